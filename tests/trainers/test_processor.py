"""What the programs know of the processor."""

import warnings

import pytest

from trainers import processor

XEON = "model name : Xeon\nflags : fpu avx2 avx512f avx512_bf16\n\nmodel name : Xeon\nflags : {}\n"


@pytest.fixture
def info(tmp_path, monkeypatch):
    path = tmp_path / "cpuinfo"
    monkeypatch.setattr(processor, "_INFO", path)
    devices(monkeypatch, "CPU")
    return path


def devices(monkeypatch, *kinds):
    """Only these devices compute."""
    found = [type("Device", (), {"device_type": kind}) for kind in kinds]
    monkeypatch.setattr(processor.tf.config, "list_physical_devices", lambda: found)


def test_the_name_and_what_speed_depends_on(info):
    info.write_text(XEON.format("fpu avx2 avx512f avx512_bf16 sse"))
    assert processor.processor() == "Xeon, avx2, avx512f, avx512_bf16"
    info.unlink()  # As on systems that are not Linux.
    assert isinstance(processor.processor(), str)


@pytest.mark.parametrize(
    ("text", "precision", "warns"),
    [
        (XEON.format("fpu avx2"), "mixed_bfloat16", True),
        (XEON.format("fpu avx2"), "float32", False),
        (XEON.format("avx2 avx512_bf16"), "mixed_bfloat16", False),
        ("Features : asimd bf16\n", "mixed_bfloat16", False),
        ("Features : asimd\n", "mixed_bfloat16", True),
        ("", "mixed_bfloat16", False),
    ],
)
def test_bfloat16_without_instructions_is_warned_of(info, text, precision, warns):
    info.write_text(text)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        processor.warn_of_bfloat16(precision)
    assert [("no instructions" in str(w.message)) for w in caught] == [True] * warns


def test_a_device_beside_the_processor_is_not_warned_of(info, monkeypatch):
    info.write_text(XEON.format("fpu"))
    devices(monkeypatch, "CPU", "GPU")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        processor.warn_of_bfloat16("mixed_bfloat16")
