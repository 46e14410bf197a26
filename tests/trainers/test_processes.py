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
    """The lines that the last process wrote on stderr."""
    return lambda: (tmp_path / "stderr.txt").read_text().splitlines()


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


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("train", ["recipe", "dataset", "steps", "set", "resume", "[no]dry_run", "[no]list"]),
        ("sample", ["model", "seeds", "out", "columns", "rows", "steps", "frames"]),
        ("export", ["model", "name", "export_dir", "version"]),
        ("benchmark", ["recipe", "rounds", "out"]),
        ("evaluate", ["suite", "[no]quick", "recipes", "seeds", "workers", "out"]),
    ],
)
def test_help_lists_the_flags(shell, complaints, name, wanted):
    process = shell("-m", f"trainers.{name}", "--help")
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, complaints()) == (0, [])
    assert f"python -m trainers.{name}" in out
    for flag in wanted:
        assert f"\n  --{flag}:" in out


def test_the_programs_as_commands_of_one(shell, complaints):
    process = shell("-m", "trainers", "train", "--recipe=wgan", "--dry_run")
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, complaints()) == (0, [])
    assert out.startswith("      recipe  wgan\n")
    process = shell("-m", "trainers", "trian")
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out, len(complaints())) == (2, "", 1)


def test_a_closed_pipe_is_no_error(tmp_path):
    """As of `| head`: the reader of the help is gone."""
    command = f"{sys.executable} -m trainers train --helpfull | head -1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", command], cwd=CHECKOUT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode in (0, 141) and ended.stderr == ""
