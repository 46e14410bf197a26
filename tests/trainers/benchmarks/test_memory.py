"""Resident memory: what was taken is in the peak, and what the parent took is not."""

import pathlib
import subprocess
import sys

import pytest

from trainers.benchmarks import memory

pytestmark = pytest.mark.skipif(
    not pathlib.Path("/proc/self/status").exists(), reason="the system has no /proc/self/status"
)


def test_the_peak_counts_what_was_given_back():
    before = memory.resident_mebibytes()
    bytearray(200 << 20)[:: 1 << 12] = b"x" * (200 << 8)  # Touches each page.
    assert memory.peak_mebibytes() >= before + 190
    assert memory.resident_mebibytes() < memory.peak_mebibytes()


def test_the_peak_of_the_parent_does_not_count():
    taken = bytearray(300 << 20)
    taken[:: 1 << 12] = b"x" * (300 << 8)
    source = pathlib.Path(memory.__file__).read_text()
    program = f"{source}\nprint(peak_mebibytes())"
    assert float(subprocess.check_output([sys.executable, "-c", program])) < 100


def test_a_system_without_the_field_is_named(tmp_path, monkeypatch):
    (tmp_path / "status").write_text("Name:\tx\n")
    monkeypatch.setattr(memory, "_STATUS", tmp_path / "status")
    with pytest.raises(OSError, match=r"status has no VmHWM\."):
        memory.peak_mebibytes()
