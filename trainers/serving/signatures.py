"""What a client knows of a served model: its tensors by signature, and which version is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from tfgan_it.errors import nearest_names


class ModelSpec(NamedTuple):
    """Which model, and which version of it: a number, a label, or by default the highest."""

    name: str
    version: int | None = None
    label: str | None = None


class TensorSpec(NamedTuple):
    """Dtype and shape of a tensor; sizes that a request chooses are None, strings are object."""

    dtype: np.dtype
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{'string' if self.dtype.kind == 'O' else self.dtype} {self.shape}"


class Signature(NamedTuple):
    """The inputs and outputs of a signature by name."""

    inputs: Mapping[str, TensorSpec]
    outputs: Mapping[str, TensorSpec]


def check_inputs(name: str, signature: Signature, inputs: Mapping[str, np.ndarray]) -> int:
    """Returns the number of examples in inputs that fit a signature.

    Raises:
        ValueError: If a name is missing or unknown, a dtype or a shape is another one, or the
            inputs have different numbers of examples.

    Example:

    >>> signature = Signature({"seed": TensorSpec(np.dtype("int64"), (None,))}, {})
    >>> check_inputs("sample", signature, {"seed": np.zeros((2, 1), "int64")})
    Traceback (most recent call last):
    ...
    ValueError: sample: seed must be int64 (None,), got int64 (2, 1).
    """
    for key in inputs:
        if key not in signature.inputs:
            nearest = nearest_names(key, signature.inputs)
            takes = ", ".join(signature.inputs)
            raise ValueError(
                f"{name} has no input {key!r}: it takes {takes} (nearest: {nearest[0]})."
            )
    for key, spec in signature.inputs.items():
        if key not in inputs:
            raise ValueError(f"{name} needs {key}, {spec}, which is missing.")
        array = inputs[key]
        fits = array.ndim == len(spec.shape) and all(
            size in (None, given) for size, given in zip(spec.shape, array.shape, strict=True)
        )
        if not fits or array.dtype != spec.dtype:
            raise ValueError(
                f"{name}: {key} must be {spec}, got {TensorSpec(array.dtype, array.shape)}."
            )
    counts = {key: len(array) for key, array in inputs.items()}
    if len(set(counts.values())) > 1:
        text = ", ".join(f"{key} {count}" for key, count in counts.items())
        raise ValueError(f"{name}: all inputs need the same number of examples, got {text}.")
    return next(iter(counts.values()), 0)


Outputs = dict[str, np.ndarray]
Signatures = dict[str, Signature]
Versions = dict[int, tuple[str, str]]  # State and error by number.


def unexpected_answer(target: str, error: Any) -> ValueError:
    """Returns the error of an answer that is not one of TensorFlow Serving."""
    return ValueError(f"{target} does not answer as TensorFlow Serving does: {error}")
