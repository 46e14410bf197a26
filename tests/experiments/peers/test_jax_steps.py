"""The program of Keras on JAX: its command line, with and without JAX."""

import importlib.util
import subprocess
import sys

import pytest

from experiments.peers.speed import BY_JAX, JAX_PROGRAM


def ended(*flags):
    command = [sys.executable, str(JAX_PROGRAM), *flags]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_help_needs_no_jax():
    told = ended("--help")
    assert told.returncode == 0 and "pip install jax keras" in told.stdout
    assert all(recipe in told.stdout for recipe in BY_JAX)


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("--batch_size=0", "--batch_size: must be a whole number of at least 1, got '0'"),
        ("--image_size=6", "--image_size: must be divisible by 4, got 6"),
        ("--forms=float32_jax,fast", "must be of float32_jax, bfloat16_jax, got 'fast'"),
        ("--recipe=wgan_gp", "invalid choice: 'wgan_gp'"),
    ],
)
def test_mistakes_need_no_jax(flag, message):
    told = ended(flag)
    assert told.returncode == 2 and message in told.stderr


@pytest.mark.skipif(importlib.util.find_spec("jax") is not None, reason="JAX is here")
def test_without_jax_one_line_says_how_to_get_it():
    told = ended()
    assert told.returncode == 1 and told.stderr.count("\n") == 1
    assert "needs jax: pip install jax keras, for " in told.stderr
