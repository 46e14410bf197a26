"""Independent runs in parallel processes or on a cluster, each recorded when it ends."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import multiprocessing
import os
import pathlib
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfgan_it.files import append_json_line, exclusive, read_json_lines, write_json_lines
from trainers.processor import warn_of_bfloat16

Job = dict[str, Any]
Record = dict[str, Any]
# What a job names of the machine: the same job has other folders on others.
PLACES = ("files_dir", "picture", "folder", "features", "partner_features")


@dataclasses.dataclass(frozen=True)
class Engine:
    """Where jobs run: in processes of this machine, or wherever an executor runs them.

    Args:
        workers: Number of parallel processes, which share the cores equally.
        executor: Function that makes a `concurrent.futures.Executor`, such as that of a cluster,
            which runs the jobs in the place of these processes. Its machines import the same code
            and share the folders that jobs name.
        shard: (i, n): only each n-th job is run, beginning with the i-th, from 1. Its records are
            in a folder of its own, so that n programs share the work without knowing each other.
        merge: Whether to run nothing, and only to read what shards have recorded.
    """

    workers: int = 1
    executor: Callable[[], concurrent.futures.Executor] | None = None
    shard: tuple[int, int] = (1, 1)
    merge: bool = False

    def start(self) -> concurrent.futures.Executor:
        """Starts the processes, or connects to the cluster."""
        if self.executor is not None:
            return self.executor()
        cores = max(1, usable_cores() // self.workers)
        return concurrent.futures.ProcessPoolExecutor(
            self.workers, multiprocessing.get_context("spawn"), _begin, (cores,)
        )


Workers = int | Engine


class ShardEnded(Exception):
    """A shard has done its jobs, and others have not: there are no results yet."""


def completed(
    jobs: list[Job], work: Callable[[Job], Record], path: pathlib.Path, workers: Workers
) -> list[Record]:
    """Runs jobs, and returns their records in order: `{"job": job, **work(job), "seconds": ...}`.

    Each record is appended to `path`, a file of JSON lines, when its job ends. Jobs with a record
    there are not run again, so that an interrupted comparison continues; nor are those with a
    record of a shard, `shard-I-of-N/` beside `path`. What a job names in `PLACES` does not count:
    it may differ between machines.

    Args:
        jobs: Jobs as JSON; equal jobs are run once.
        work: Function that runs one job; importable by name, since each worker is a new process.
        path: File of the records.
        workers: Number of parallel processes, or an `Engine`.

    Raises:
        RuntimeError: If a job failed, when all others have ended and are recorded.
        ShardEnded: If this is a shard, and jobs of others are not recorded yet.
        ValueError: If another process runs jobs with records in the same folder, or a merge lacks
            records.
    """
    engine = Engine(workers) if isinstance(workers, int) else workers
    number, count = engine.shard
    own = path if count == 1 else path.parent / f"shard-{number}-of-{count}" / path.name
    own.parent.mkdir(parents=True, exist_ok=True)
    mine = list({_key(job): job for job in jobs}.values())[number - 1 :: count]
    with exclusive(own.parent, "written"):
        if not engine.merge:
            _run(mine, work, own, path, engine)
        done = _recorded(path)
        missing = [job for job in jobs if _key(job) not in done]
        if missing and engine.merge:
            raise ValueError(
                f"{path.parent} lacks {len(missing)} of {len(jobs)} runs, such as "
                f"{_name(missing[0])}: run their shards, or without --merge."
            )
        if missing:
            raise ShardEnded(f"shard {number}/{count}: {len(mine)} runs  {own.parent}")
        if count == 1:  # What shards have recorded.
            known = {_key(record["job"]) for record in read_json_lines(path)}
            for key in dict.fromkeys(map(_key, jobs)):
                if key not in known:
                    append_json_line(path, done[key])
    return [done[_key(job)] for job in jobs]


def _recorded(path: pathlib.Path) -> dict[str, Record]:
    """Returns the records of a file and of the shards beside it, by the key of their job."""
    shards = sorted(path.parent.glob(f"shard-*-of-*/{path.name}"))
    return {_key(r["job"]): r for file in (*shards, path) for r in read_json_lines(file)}


def _run(
    jobs: list[Job],
    work: Callable[[Job], Record],
    own: pathlib.Path,
    path: pathlib.Path,
    engine: Engine,
) -> None:
    """Runs what is not recorded, and appends the records to the file of this shard."""
    write_json_lines(own, read_json_lines(own))  # Without a last line that is half written.
    done = _recorded(path)
    missing = [job for job in jobs if _key(job) not in done]
    if not missing:
        return
    if engine.executor is None:  # Else other machines compute.
        for precision in sorted({job.get("precision", "float32") for job in missing}):
            warn_of_bfloat16(precision)
    failed: list[tuple[Job, BaseException]] = []
    with engine.start() as pool:
        futures = {pool.submit(_timed, work, job): job for job in missing}
        pending, count = set(futures), 0
        while pending:
            ended, pending = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED
            )
            for future, job in futures.items():  # In order, unlike the set `ended`.
                if future not in ended:
                    continue
                if error := future.exception():  # The others go on.
                    failed.append((job, error))
                    print(f"{_name(job)} failed: {error}", file=sys.stderr, flush=True)
                    continue
                record = future.result()
                append_json_line(own, record)
                count += 1
                print(
                    f"{count}/{len(missing)}  {_name(job)}  {record['seconds']:.0f} s", flush=True
                )
    if failed:
        (job, error), others = failed[0], len(failed) - 1
        more = f" (and {others} more)" if others else ""
        raise RuntimeError(f"{_name(job)} failed: {error}{more}") from error


def usable_cores() -> int:
    """Returns the number of cores that this process may use, as limited by `taskset`."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _timed(work: Callable[[Job], Record], job: Job) -> Record:
    began = time.perf_counter()
    result = work(job)
    return {"job": job, **result, "seconds": round(time.perf_counter() - began, 1)}


def _begin(cores: int) -> None:
    """Limits the threads of a worker to its share of the cores.

    It also ends the worker when the program ends, which could be killed.
    """
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    tf.config.threading.set_intra_op_parallelism_threads(cores)
    tf.config.threading.set_inter_op_parallelism_threads(cores)


def _end_after(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _key(job: Job) -> str:
    return json.dumps({k: v for k, v in job.items() if k not in PLACES}, sort_keys=True)


def _name(job: Job) -> str:
    keys = ("recipe", "task", "system", "estimator", "claim", "dataset", "seed")
    return " ".join(str(job[name]) for name in keys if name in job)
