import pathlib
import re
import shlex
import signal
import subprocess
import sys

import pytest

import trainers
from support.run_files import model_of, summary

CHECKOUT = pathlib.Path(trainers.__file__).parents[1]


@pytest.fixture
def shell(tmp_path):
    """Starts programs in processes of their own, which end with the test."""
    started = []

    def shell(*command):
        with (tmp_path / "stderr.txt").open("w") as err:
            process = subprocess.Popen(
                [sys.executable, *map(str, command)],
                cwd=CHECKOUT,
                stdout=subprocess.PIPE,
                stderr=err,
                text=True,
            )
        started.append(process)
        return process

    yield shell
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def complaints(tmp_path):
    """What the last process wrote on stderr, but for TensorFlow's greeting."""

    def complaints():
        lines = (tmp_path / "stderr.txt").read_text().splitlines()
        return [
            line for line in lines if not re.match("(WARNING: All log|[IW]0000 |To enable)", line)
        ]

    return complaints


@pytest.mark.slow
def test_a_process_that_is_terminated_and_resumed(shell, complaints, tmp_path):
    exports = f"--export_dir={tmp_path / 'exports'}"
    options = ["--recipe=dcgan", "--set=width=4", "--set=latent_dimension=4", "--batch_size=16"]
    options += ["--steps=300", "--log_every=5", f"--run_dir={tmp_path / 'runs'}", exports]
    process = shell("-m", "trainers.train", *options)
    for line in process.stdout:
        if line.startswith("step "):
            break
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, complaints()) == (143, [])
    *_, told, how = out.splitlines()
    step = int(re.fullmatch(r"SIGTERM: stopped and saved at step (\d+); resume with", told)[1])
    run = tmp_path / "runs" / "00000-dcgan-digits"
    assert 5 <= step < 300
    assert model_of(run).trained_steps == step

    python, *told = shlex.split(how)
    assert python == "python"
    process = shell(*told, exports)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, complaints()) == (0, [])
    assert f"{run}, from step {step}\n" in out
    assert summary(run)["steps"] == model_of(run).trained_steps == 300


# Runs each as `python -m trainers.NAME --help` does, but imports the library once for all.
HELP = """
import os, runpy, sys
import tfgan_it
for name in sys.argv[1:]:
    print("====", name, flush=True)
    if not os.fork():
        sys.argv = [f"trainers/{name}.py", "--help"]
        runpy.run_module(f"trainers.{name}", run_name="__main__", alter_sys=True)
    os.wait()
"""


@pytest.mark.slow
def test_help_lists_the_flags(shell, complaints):
    shown = {
        "train": ["recipe", "dataset", "steps", "set", "resume", "[no]dry_run", "[no]list"],
        "sample": ["model", "seeds", "out", "columns", "rows", "steps", "frames"],
        "export": ["model", "name", "export_dir", "version"],
        "benchmark": ["recipe", "rounds", "out"],
        "evaluate": ["suite", "[no]quick", "recipes", "seeds", "workers", "out"],
    }
    process = shell("-c", HELP, *shown)
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, complaints()) == (0, [])
    told = dict(part.split("\n", 1) for part in out.split("==== ")[1:])
    for name, wanted in shown.items():
        assert f"python -m trainers.{name}" in told[name]
        for flag in wanted:
            assert f"\n  --{flag}:" in told[name]
