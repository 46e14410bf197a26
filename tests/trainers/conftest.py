"""The trainers, each as a function of its command line that runs in this process."""

import contextlib
import dataclasses
import fcntl
import importlib
import io
import json
import os
import pathlib
import shutil
import sys
import types

import keras
import pytest
from absl import logging

from tfgan_it import callbacks
from trainers import command_line
from trainers.run_directory import load_model

_OFTEN = ["--batch_size=16", "--log_every=2", "--sample_every=2", "--save_every=2"]
_TINY = {
    "infogan": ["--set", "width=4", "--set=features=16", "--set=noise=6"],
    "dcgan": ["--recipe=dcgan", "--set=width=4", "--set=latent_dimension=6"],
}


@dataclasses.dataclass(frozen=True)
class Ended:
    """How a program ended: its exit status and what it printed."""

    status: int
    out: str
    err: str


class Program:
    """A trainer, started as from a shell but for the new process.

    Args:
        name: Its name.
        work: The module that does its work.
    """

    def __init__(self, name, work=None):
        self.program = importlib.import_module(f"trainers.{name}").PROGRAM
        self.module = importlib.import_module(f"trainers.{work or name}")

    def __call__(self, *arguments):
        """Runs it to its end."""
        arguments = list(map(str, arguments))
        policy, verbosity = keras.config.dtype_policy(), logging.get_verbosity()
        with contextlib.ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.setattr(sys, "argv", [f"trainers/{self.program.name}.py", *arguments])
            out = stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            err = stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            stack.callback(keras.config.set_dtype_policy, policy)
            stack.callback(logging.set_verbosity, verbosity)
            try:
                status = command_line.execute(self.program, arguments)
            except SystemExit as exit_:
                status = exit_.code or 0
        return Ended(status, out.getvalue(), err.getvalue())


_PROGRAMS = {
    "train": Program("train", "training_run"),
    "sample": Program("sample", "sampling"),
    "explore": Program("explore"),
    "report": Program("report"),
    "compare": Program("compare"),
    "export": Program("export"),
    "benchmark": Program("benchmark", "benchmarks.comparison"),
    "evaluate": Program("evaluate"),
    "measure": Program("measure", "measurement"),
    "card": Program("card"),
    "features": Program("features"),
    "query": Program("query"),
}


@pytest.fixture(scope="session")
def train():
    return _PROGRAMS["train"]


@pytest.fixture(scope="session")
def measure():
    return _PROGRAMS["measure"]


@pytest.fixture(scope="session")
def card():
    return _PROGRAMS["card"]


@pytest.fixture(scope="session")
def features():
    return _PROGRAMS["features"]


@pytest.fixture(scope="session")
def query():
    return _PROGRAMS["query"]


@pytest.fixture(scope="session")
def sample():
    return _PROGRAMS["sample"]


@pytest.fixture(scope="session")
def explore():
    return _PROGRAMS["explore"]


@pytest.fixture(scope="session")
def report():
    return _PROGRAMS["report"]


@pytest.fixture(scope="session")
def compare():
    return _PROGRAMS["compare"]


@pytest.fixture(scope="session")
def export():
    return _PROGRAMS["export"]


@pytest.fixture(scope="session")
def benchmark():
    return _PROGRAMS["benchmark"]


@pytest.fixture(scope="session")
def evaluate():
    return _PROGRAMS["evaluate"]


@pytest.fixture(scope="session")
def start(train):
    """Trains a tiny model with all folders below `root`."""

    def start(root, *arguments, recipe="infogan"):
        folders = [f"--run_dir={root / 'runs'}", f"--export_dir={root / 'exports'}"]
        return train(*_OFTEN, *_TINY[recipe], *folders, *arguments)

    return start


@dataclasses.dataclass(frozen=True)
class Trained:
    """A run, and what is below its root."""

    ended: Ended
    root: pathlib.Path

    @property
    def path(self):
        return self.root / "runs" / "00000-infogan-digits"


@pytest.fixture(scope="session")
def trained(start, tmp_path_factory):
    """A whole run of four steps, which one process makes for all; to be read only."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    printed = shared / "trained.json"
    with (shared / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            root = tmp_path_factory.mktemp("trained")
            ended = start(root, "--steps=4")
            assert ended.status == 0, ended.err
            printed.write_text(json.dumps([str(root), dataclasses.asdict(ended)]))
    root, ended = json.loads(printed.read_text())
    return Trained(Ended(**ended), pathlib.Path(root))


@pytest.fixture(scope="session")
def vivid(trained, tmp_path_factory):
    """The folder of a run whose images differ, as those of a few steps hardly do."""
    run = shutil.copytree(trained.path, tmp_path_factory.mktemp("vivid") / "run")
    model = load_model(run)
    for average in model.generator_average.averages:
        if len(average.shape) > 1:  # Kernels start out small.
            average.assign(20 * average)
    model.step.assign(5)
    callbacks.save_checkpoint(model, run / "checkpoints")
    assert model.generate(9, seed=0).std(axis=0).mean() > 0.1
    return run


class TrainingStarted(BaseException):
    """Training is not to start."""


@pytest.fixture
def no_training(train, monkeypatch):
    """Replaces training: stores its arguments, and returns a fixed result."""
    kept = types.SimpleNamespace(returns=None, calls=[])

    def instead(model, data, options, run, **others):
        kept.calls.append((model, data, options, run))
        if kept.returns is None:
            raise TrainingStarted
        return kept.returns

    monkeypatch.setattr(train.module, "train", instead)
    return kept
