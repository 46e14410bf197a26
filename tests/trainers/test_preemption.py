"""SIGTERM ends a run after the step that is under way, saved, whatever it is spread over."""

import os
import re
import signal
import time

import pytest

from support.cases import slow
from support.replicas import MIRRORED
from support.run_files import model_of
from support.trainer_runner import SMALL, start_workers
from tfgan_it import callbacks, distribution

RUN = "runs/00000-dcgan-digits"
RARELY = ["--save_every=1000", "--sample_every=1000"]


def stopped_at(ended, run):
    """The step at which a run stopped, from its message, whose command is checked."""
    assert (ended.status, ended.err) == (128 + signal.SIGTERM, "")
    *_, told, how = ended.out.splitlines()
    assert how == f"  python -m trainers.train --resume={run}"
    return int(re.fullmatch(r"SIGTERM: stopped and saved at step (\d+); resume with", told)[1])


def assert_saved(root, step):
    """The end of the step is all that is saved, for nothing else was asked to be."""
    folder = root / RUN / "checkpoints"
    assert [path.name.split("-")[1] for path in callbacks.checkpoints(folder)] == [f"{step:07d}"]
    assert model_of(root / RUN).trained_steps == step
    assert not (root / RUN / "summary.json").exists()


class Terminated(callbacks.SampleGrid):
    def on_train_batch_begin(self, batch, logs=None):
        if self.model.trained_steps == 4:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("strategy", ["default", *slow("mirrored")])
def test_in_one_process(start, train, tmp_path, monkeypatch, request, strategy):
    monkeypatch.setitem(distribution.STRATEGIES, "mirrored", lambda: MIRRORED)
    options = [*RARELY, "--steps=6", f"--strategy={strategy}"]
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "SampleGrid", Terminated)
        ended = start(tmp_path, *options, recipe="dcgan")
    assert stopped_at(ended, tmp_path / RUN) == 5
    assert_saved(tmp_path, 5)
    no_training = request.getfixturevalue("no_training")
    no_training.returns = None, signal.SIGTERM
    train(f"--resume={tmp_path / RUN}", f"--export_dir={tmp_path / 'exports'}")
    [(model, _, options, run)] = no_training.calls
    assert (model.trained_steps, options["steps"], run.path) == (5, 6, tmp_path / RUN)
    assert model.distribute_strategy is distribution.strategy(strategy)


def ends_of_two_workers(root, terminated_in, act=None):
    places = [f"--run_dir={root / 'runs'}", f"--export_dir={root / 'exports'}"]
    flags = [*SMALL, *RARELY, *places, "--log_every=2", "--steps=9000"]
    workers = start_workers(root, *flags, terminated_in=terminated_in)
    try:
        if act:
            act(workers)
        chief, other = (worker.ended() for worker in workers)
    finally:
        for worker in workers:
            worker.kill()
    step = stopped_at(chief, root / RUN)
    assert stopped_at(other, "RUN (the folder that the first worker printed)") == step
    assert_saved(root, step)
    return step


@pytest.mark.slow
def test_a_signal_to_one_worker_stops_all_of_them(tmp_path):
    assert ends_of_two_workers(tmp_path, terminated_in=(None, 5)) == 5


@pytest.mark.slow
def test_a_signal_to_each_worker_stops_them_after_the_same_step(tmp_path):
    def terminate(workers):
        workers[0].wait_for("^step ")
        for worker in workers:
            worker.process.send_signal(signal.SIGTERM)
            time.sleep(0.1)

    assert 2 <= ends_of_two_workers(tmp_path, (None, None), terminate) < 9000
