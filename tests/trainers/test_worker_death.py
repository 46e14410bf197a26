"""A job whose workers die, one after the other, resumes from its last checkpoint."""

import pathlib
import re
import types

import pytest
import tensorflow as tf

from support.run_files import model_of, one_line, summary
from support.trainer_runner import SMALL, start_workers
from tfgan_it import callbacks, distribution, models
from trainers import workers

STEPS = 80


def kill(workers, victim, run):
    """Kills one once there is a checkpoint; returns how the other one ended, and the last step."""
    try:
        workers[0].wait_for("^step ")  # Then a checkpoint follows at once.
        while not callbacks.checkpoints(run / "checkpoints"):
            assert None is workers[0].process.poll()
        workers[victim].kill()
        ended = workers[1 - victim].ended(seconds=90)
    finally:
        for worker in workers:
            worker.kill()
    saved = callbacks.checkpoints(run / "checkpoints")[0].name
    return types.SimpleNamespace(ended=ended, saved=int(saved.split("-")[1]))


EVERY = ["--log_every=5", "--save_every=5", "--sample_every=1000", f"--steps={STEPS}"]


@pytest.mark.slow
def test_when_a_worker_is_killed_the_chief_stops_and_names_its_run(tmp_path):
    run = tmp_path / "runs" / "00000-dcgan-digits"
    places = [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    killed = kill(start_workers(tmp_path, *SMALL, *EVERY, *places), 1, run)
    found = re.fullmatch(
        r"A worker is unavailable after step (\d+): restart all workers with --resume=(.+)\.",
        one_line(killed.ended),
    )
    assert 5 <= killed.saved <= int(found[1]) < STEPS
    assert pathlib.Path(found[2]) == run
    assert model_of(run).trained_steps == killed.saved


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    """The chief is killed, then the other worker; the third start completes."""
    root = tmp_path_factory.mktemp("job")
    run = root / "runs" / "00000-dcgan-digits"
    exports = f"--export_dir={root / 'exports'}"
    workers = start_workers(root / "1", *SMALL, *EVERY, exports, f"--run_dir={root / 'runs'}")
    without_chief = kill(workers, 0, run)
    printed = workers[0].wait_for(r"^(.+), from step 0$")[1]
    workers = start_workers(root / "2", f"--resume={printed}", exports)
    alone = kill(workers, 1, run)
    told = re.search(r"--resume=\S+(?=\.)", alone.ended.err)[0]
    workers = start_workers(root / "3", told, exports)
    try:
        ends = [worker.ended() for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    return types.SimpleNamespace(
        run=run, without_chief=without_chief, alone=alone, ends=ends, root=root
    )


@pytest.mark.slow
def test_without_the_chief_the_other_stops_and_prints_how_to_resume(job):
    found = re.fullmatch(
        r"A worker is unavailable after step (\d+): restart all workers with --resume=RUN \(the "
        r"folder that the first worker printed\)\.",
        one_line(job.without_chief.ended),
    )
    assert 5 <= int(found[1]) < STEPS


@pytest.mark.slow
def test_a_remaining_chief_stops_and_prints_how_to_resume(job):
    found = re.fullmatch(
        r"A worker is unavailable after step (\d+): restart all workers with --resume=(.+)\.",
        one_line(job.alone.ended),
    )
    assert 10 <= int(found[1]) < STEPS
    assert pathlib.Path(found[2]) == job.run


@pytest.mark.slow
def test_they_resume_from_the_last_checkpoint(job):
    assert f"{job.run}, from step {job.without_chief.saved}\n" in job.alone.ended.out
    assert f"{job.run}, from step {job.alone.saved}\n" in job.ends[0].out
    assert 5 <= job.without_chief.saved <= job.alone.saved < STEPS


@pytest.mark.slow
def test_in_the_end_the_run_is_whole(job):
    assert [(ended.status, ended.err) for ended in job.ends] == [(0, ""), (0, "")]
    assert model_of(job.run).trained_steps == summary(job.run)["steps"] == STEPS
    assert (job.root / "exports" / "dcgan_digits" / "1" / "saved_model.pb").is_file()


@pytest.mark.slow
def test_a_worker_that_stops_leaves_no_files(job):
    assert [path.name for path in (job.root / "runs").iterdir()] == [job.run.name]
    for stopped in ("1/worker1", "3/worker1"):
        assert {path.name for path in (job.root / stopped).iterdir()} == {"out", "err"}


GONE = [tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError]


@pytest.mark.parametrize("error", GONE)
@pytest.mark.parametrize("many", [True, False])
def test_only_among_many_workers_one_is_gone(start, tmp_path, monkeypatch, error, many):
    def fails(*args, **kwargs):
        raise error(None, None, "connection reset")

    monkeypatch.setattr(models.GAN, "fit", fails)
    monkeypatch.setattr(distribution, "has_many_workers", lambda strategy: many)
    monkeypatch.setattr(workers, "gather_texts", lambda strategy, text: [text])
    if not many:
        assert "connection reset" in one_line(start(tmp_path, "--steps=2", recipe="dcgan"))
        return
    run = tmp_path / "runs" / "00000-dcgan-digits"
    assert one_line(start(tmp_path, "--steps=2", recipe="dcgan")) == (
        f"A worker is unavailable after step 0: restart all workers with --resume={run}."
    )
