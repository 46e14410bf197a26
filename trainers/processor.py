"""The processor of this machine, and whether it has instructions for bfloat16."""

from __future__ import annotations

import pathlib
import platform
import warnings

import tensorflow as tf

_INFO = pathlib.Path("/proc/cpuinfo")
_BFLOAT16 = "avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16"  # The last is ARM's.
_TOLD = "avx2", "avx512f", "avx512_bf16", "amx_bf16"


def processor() -> str:
    """Returns the name of the processor, and those of its instructions on which speed depends."""
    fields = _fields()
    told = [flag for flag in _TOLD if flag in _instructions(fields)]
    return ", ".join([fields.get("model name", platform.processor()), *told])


def warn_of_bfloat16(precision: str) -> None:
    """Warns of bfloat16 where only a processor without instructions for it computes.

    Args:
        precision: Keras dtype policy.
    """
    known = _instructions(_fields())
    if precision != "mixed_bfloat16" or not known or known.intersection(_BFLOAT16):
        return
    if all(device.device_type == "CPU" for device in tf.config.list_physical_devices()):
        warnings.warn(
            "This processor has no instructions for bfloat16, which makes mixed_bfloat16 several "
            "times as slow as float32.",
            stacklevel=2,
        )


def _fields() -> dict[str, str]:
    """Reads what Linux tells of the last core; nothing on other systems."""
    text = _INFO.read_text() if _INFO.exists() else ""
    lines = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip(): value.strip() for name, _, value in lines}


def _instructions(fields: dict[str, str]) -> set[str]:
    return set((fields.get("flags") or fields.get("Features") or "").split())
