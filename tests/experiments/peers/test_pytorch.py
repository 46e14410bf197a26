"""The program of the other library: its command line, with and without PyTorch."""

import importlib.util
import pathlib
import subprocess
import sys

import pytest

from experiments.peers import speed

PROGRAM = pathlib.Path(speed.__file__).with_name("pytorch.py")


def ended(*flags):
    command = [sys.executable, str(PROGRAM), *flags]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_help_needs_no_pytorch():
    told = ended("--help")
    assert told.returncode == 0 and "--alone" in told.stdout and "pip install torch" in told.stdout


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--steps=0", "--steps: must be a whole number of at least 1, got '0'"),
        ("--image_size=6", "--image_size: must be divisible by 4, got 6"),
        ("--forms=float32_channels_last,fast", "got 'fast'"),
        ("--recipe=gan", "invalid choice: 'gan'"),
    ],
)
def test_mistakes_need_no_pytorch(flag, message):
    told = ended(flag)
    assert told.returncode == 2 and message in told.stderr


@pytest.mark.skipif(importlib.util.find_spec("torch") is not None, reason="PyTorch is here")
def test_without_pytorch_one_line_says_how_to_get_it():
    told = ended()
    assert told.returncode == 1 and told.stderr.count("\n") == 1
    assert "needs torch: pip install torch numpy, for " in told.stderr
