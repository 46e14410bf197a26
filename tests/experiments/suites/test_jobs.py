import builtins
import concurrent.futures
import functools
import json
import operator
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest
import tensorflow as tf

from experiments.suites import engines, jobs
from experiments.suites.engines import engine
from experiments.suites.jobs import Engine, ShardEnded, completed
from tfgan_it.files import lock

# Works that a fresh process finds by name, and that need no TensorFlow.
ECHO, ANSWER = dict, operator.itemgetter("answer")


def job(seed, **more):
    return {"recipe": "gan", "dataset": "ring", "seed": seed, **more}


A, B, C = (job(seed, answer={"kl": 0.5 * seed}) for seed in range(3))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "here" / "runs.jsonl"


@pytest.fixture
def light(monkeypatch):
    """Processes that do not import TensorFlow to limit its threads."""
    monkeypatch.setattr(jobs, "_begin", builtins.abs)


@pytest.fixture
def threads(monkeypatch):
    """In place of processes; what they are started with."""
    started = []

    class Pool(concurrent.futures.ThreadPoolExecutor):
        def __init__(self, workers, context, initializer, arguments):
            assert context.get_start_method() == "spawn"
            started.append((workers, initializer, arguments))
            super().__init__(workers)

    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", Pool)
    return started


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def without_seconds(records):
    for record in records:
        assert record["seconds"] >= 0
    return [{k: v for k, v in record.items() if k != "seconds"} for record in records]


@pytest.mark.slow
def test_fresh_processes_do_the_jobs_and_a_failing_one_is_named(light, path, capsys):
    with pytest.raises(RuntimeError, match=r"^gan ring 7 failed: 'answer'$") as error:
        completed([A, B, C, job(7)], ANSWER, path, 2)
    assert isinstance(error.value.__cause__, KeyError)
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told] == ["1/4", "2/4", "3/4"]
    assert {line.split("  ")[1] for line in told} == {"gan ring 0", "gan ring 1", "gan ring 2"}
    records = completed([A, B, C], ANSWER, path, 2)
    assert without_seconds(records) == [
        {"job": A, "kl": 0.0},
        {"job": B, "kl": 0.5},
        {"job": C, "kl": 1.0},
    ]
    assert sorted(lines(path), key=lambda record: record["job"]["seed"]) == records


def test_others_go_on_after_a_failure(threads, path):
    with pytest.raises(RuntimeError, match=r"^gan ring 7 failed: 'answer'$"):
        completed([job(7), A, B], ANSWER, path, 1)
    assert [record["job"] for record in lines(path)] == [A, B]
    with pytest.raises(RuntimeError, match=r"^gan ring 7 failed: 'answer' \(and 1 more\)$"):
        completed([job(7), C, job(8), A], ANSWER, path, 1)
    assert [record["job"] for record in lines(path)] == [A, B, C]


def test_records_come_in_the_order_of_the_jobs(threads, path):
    ended = {seed: threading.Event() for seed in range(3)}

    def last_first(job):
        if job["seed"] < 2:
            assert ended[job["seed"] + 1].wait(10)
        ended[job["seed"]].set()
        return {}

    records = completed([A, B, C], last_first, path, 3)
    assert [record["job"] for record in records] == [A, B, C]
    assert len(lines(path)) == 3


def test_what_is_recorded_is_not_run_again(threads, path):
    [first] = completed([B], ECHO, path, 1)
    ran = []

    def work(job):
        ran.append(job["seed"])
        return {}

    records = completed([A, B, C], work, path, 1)
    assert ran == [0, 2]
    assert records[1] == first
    assert [record["job"] for record in lines(path)] == [B, A, C]
    before = path.read_bytes()
    assert completed([C, A], work, path, 1) == [records[2], records[0]]
    assert ran == [0, 2] and path.read_bytes() == before


def test_a_job_with_another_setting_is_another_job(threads, path):
    completed([job(0, steps=5)], ECHO, path, 1)
    [record] = completed([job(0, steps=6)], ECHO, path, 1)
    assert record["steps"] == 6
    # The order of the settings does not change a job.
    assert completed([dict(reversed(job(0, steps=5).items()))], None, path, 1)[0]["steps"] == 5


def test_equal_jobs_are_one(threads, path):
    ran = []

    def work(job):
        ran.append(job["seed"])
        return {}

    records = completed([A, B, A], work, path, 1)
    assert ran == [0, 1]
    assert [record["job"] for record in records] == [A, B, A]
    assert len(lines(path)) == 2


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_last_line_that_is_half_written_is_run_again(threads, path, cut):
    completed([A, B], ECHO, path, 1)
    whole = path.read_text()
    first = whole.splitlines(keepends=True)[0]
    path.write_text(whole[: len(first) + cut])
    ran = []

    def work(job):
        ran.append(job["seed"])
        return {"again": True}

    records = completed([A, B], work, path, 1)
    assert ran == [1]
    assert "again" in records[1] and "again" not in records[0]
    assert lines(path) == records


@pytest.mark.slow
def test_a_worker_ends_with_the_program(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        "import os, pathlib, time\n"
        "from experiments.suites.jobs import completed\n"
        "def work(job):\n"
        "    pathlib.Path(job['told']).write_text(str(os.getpid()))\n"
        "    time.sleep(100)\n"
        "if __name__ == '__main__':\n"
        f"    completed([{{'told': {str(tmp_path / 'told')!r}}}], work, "
        f"__import__('pathlib').Path({str(tmp_path / 'runs')!r}), 1)\n"
    )
    root = pathlib.Path(jobs.__file__).parents[2]
    program = subprocess.Popen([sys.executable, script], env=os.environ | {"PYTHONPATH": str(root)})
    told = tmp_path / "told"
    assert waited(lambda: told.is_file() and told.read_text())
    program.kill()
    program.wait()
    status = pathlib.Path("/proc", told.read_text(), "status")
    assert waited(lambda: not status.is_file() or "(zombie)" in status.read_text())


def waited(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def test_seconds_are_those_of_the_work(threads, path, monkeypatch):
    clock = iter([100.0, 102.26])
    monkeypatch.setattr(jobs.time, "perf_counter", lambda: next(clock))
    assert completed([A], ECHO, path, 1)[0]["seconds"] == 2.3


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="a process has no set of cores")
def test_cores_that_are_not_ours_do_not_count():
    ours = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(ours)})
        assert jobs.usable_cores() == 1
    finally:
        os.sched_setaffinity(0, ours)
    assert jobs.usable_cores() == len(ours)


@pytest.mark.parametrize(("cores", "workers", "share"), [(8, 2, 4), (8, 3, 2), (2, 5, 1)])
def test_workers_share_the_cores(threads, path, monkeypatch, cores, workers, share):
    monkeypatch.setattr(jobs, "usable_cores", lambda: cores)
    completed([A], ECHO, path, workers)
    [(count, initializer, arguments)] = threads
    assert count == workers
    limits = []
    for kind in ("intra", "inter"):
        name = f"set_{kind}_op_parallelism_threads"
        monkeypatch.setattr(
            tf.config.threading, name, lambda n, kind=kind: limits.append((kind, n))
        )
    initializer(*arguments)
    assert limits == [("intra", share), ("inter", share)]


def test_a_second_comparison_in_the_folder_is_refused(tmp_path):
    descriptor = lock(tmp_path)
    with pytest.raises(ValueError, match=f"^{tmp_path} is being written by another process"):
        completed([job(0)], ECHO, tmp_path / "runs.jsonl", 1)
    os.close(descriptor)
    assert not list(tmp_path.iterdir())


def test_shards_share_the_jobs_and_are_merged(threads, path):
    ran = []

    def work(job):
        ran.append(job["seed"])
        return {"answer": job["seed"]}

    with pytest.raises(ShardEnded, match=f"^shard 1/2: 2 runs  {path.parent}/shard-1-of-2$"):
        completed([A, B, C, A], work, path, Engine(1, shard=(1, 2)))
    assert ran == [0, 2] and not path.exists()
    with pytest.raises(ValueError, match="lacks 1 of 3 runs, such as gan ring 1: run their shards"):
        completed([A, B, C], work, path, Engine(1, merge=True))
    # The last shard has them all.
    last = completed([A, B, C], work, path, Engine(1, shard=(2, 2)))
    assert [record["answer"] for record in last] == [0, 1, 2] and ran == [0, 2, 1]
    assert completed([A, B, C], None, path, Engine(1, merge=True)) == last == lines(path)
    # A second stage, whose jobs follow from the records of the first.
    with pytest.raises(ShardEnded):
        completed([job(7), job(8)], work, path, Engine(1, shard=(2, 2)))
    assert ran == [0, 2, 1, 8]


def test_a_shard_continues_where_it_was_interrupted(threads, path):
    part = Engine(1, shard=(1, 2))
    with pytest.raises(RuntimeError, match="gan ring 7 failed"):
        completed([A, B, job(7)], ANSWER, path, part)
    [record] = lines(path.parent / "shard-1-of-2" / "runs.jsonl")
    assert record["job"] == A
    with pytest.raises(ShardEnded):
        completed([A, B, C], ANSWER, path, part)
    found = lines(path.parent / "shard-1-of-2" / "runs.jsonl")
    assert [each["job"] for each in found] == [A, C]


def test_the_same_job_in_other_folders_is_the_same(threads, path):
    completed([job(0, picture="/here/a.png", files_dir="/here")], ECHO, path, 1)
    [record] = completed([job(0, picture="/there/a.png")], None, path, 1)
    assert record["job"]["picture"] == "/here/a.png"


def test_any_executor_runs_the_jobs(path):
    ran = []

    def work(job):
        ran.append(threading.current_thread().name)
        return {}

    start = functools.partial(concurrent.futures.ThreadPoolExecutor, 2, "elsewhere")
    records = completed([A, B], work, path, Engine(executor=start))
    assert len(records) == 2 and all(name.startswith("elsewhere") for name in ran)


@pytest.mark.slow
def test_a_cluster_of_two_workers(path):
    distributed = pytest.importorskip("dask.distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        on_cluster = engine(None, None, cluster.scheduler_address, False)
        with pytest.raises(RuntimeError, match=r"^gan ring 7 failed: 'answer'$"):
            completed([A, B, C, job(7)], ANSWER, path, on_cluster)
        records = completed([A, B, C], ANSWER, path, on_cluster)
    assert without_seconds(records) == [
        {"job": A, "kl": 0.0},
        {"job": B, "kl": 0.5},
        {"job": C, "kl": 1.0},
    ]


def test_a_scheduler_that_does_not_answer(monkeypatch):
    pytest.importorskip("dask.distributed")
    monkeypatch.setattr(engines, "_SECONDS", 0.2)
    on_cluster = engine(1, None, "tcp://127.0.0.1:9", False)
    with pytest.raises(OSError, match="^No dask scheduler answers at tcp://127.0.0.1:9: ") as error:
        on_cluster.start()
    assert "\n" not in str(error.value)


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'tfgan_it\[dask\]'"):
        engine(1, None, "tcp://127.0.0.1:9", False)
