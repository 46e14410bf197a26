"""A server of `experiments.serving` in a process of its own, on free ports of this machine."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "saved_models" / "infogan_digits"


class Served(NamedTuple):
    """The two addresses, and the process."""

    grpc: str
    rest: str
    process: subprocess.Popen


@contextlib.contextmanager
def serving(*flags):
    """Starts the server with these flags, and ends it."""
    command = [sys.executable, "-m", "experiments.serving", "--port=0", "--rest_api_port=0"]
    process = subprocess.Popen(
        [*command, *map(str, flags)],
        cwd=ROOT,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        line = process.stdout.readline()
        addresses = re.fullmatch(r"gRPC (\S+), REST (\S+)\n", line)
        assert addresses, line
        yield Served(*addresses.groups(), process)
    finally:
        process.terminate()
        try:
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
            process.stdout.close()


@contextlib.contextmanager
def of_the_generator():
    """A server of the generator that the repository holds, without versions of later trainings."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "1").symlink_to(GENERATOR / "1")
        with serving("--model_name=digits", f"--model_base_path={folder}") as served:
            yield served
