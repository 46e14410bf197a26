"""Independent runs in parallel processes, each recorded when it ends."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import threading
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from tfgan_it.files import append_json_line, exclusive, read_json_lines, write_json_lines

Job = dict[str, Any]
Record = dict[str, Any]


def completed(
    jobs: list[Job], work: Callable[[Job], Record], path: pathlib.Path, workers: int
) -> list[Record]:
    """Runs jobs, and returns their records in order: `{"job": job, **work(job), "seconds": ...}`.

    Each record is appended to `path`, a file of JSON lines, when its job ends. Jobs with a record
    there are not run again, so that an interrupted comparison continues.

    Args:
        jobs: Jobs as JSON; equal jobs are run once.
        work: Function that runs one job; importable by name, since each worker is a new process.
        path: File of the records.
        workers: Number of parallel processes, which share the cores equally.

    Raises:
        RuntimeError: If a job failed; jobs that had ended are recorded.
        ValueError: If another process runs jobs with records in the same folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(path.parent, "written"):
        return _completed(jobs, work, path, workers)


def _completed(
    jobs: list[Job], work: Callable[[Job], Record], path: pathlib.Path, workers: int
) -> list[Record]:
    done = {_key(record["job"]): record for record in read_json_lines(path)}
    missing = list({_key(job): job for job in jobs if _key(job) not in done}.values())
    write_json_lines(path, list(done.values()))
    cores = max(1, usable_cores() // workers)
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), _begin, (cores,)
    )
    failed: tuple[Job, BaseException] | None = None
    with pool:
        futures = {pool.submit(_timed, work, job): job for job in missing}
        pending, count = set(futures), 0
        while pending:
            ended, pending = concurrent.futures.wait(
                pending, return_when=concurrent.futures.FIRST_COMPLETED
            )
            for future, job in futures.items():  # In order, unlike the set `ended`.
                if future not in ended:
                    continue
                if error := future.exception():
                    failed = failed or (job, error)
                    continue
                done[_key(job)] = record = future.result()
                append_json_line(path, record)
                count += 1
                print(
                    f"{count}/{len(missing)}  {_name(job)}  {record['seconds']:.0f} s", flush=True
                )
            if failed:  # Running jobs finish; waiting ones are cancelled.
                pending = {future for future in pending if not future.cancel()}
    if failed:
        raise RuntimeError(f"{_name(failed[0])} failed: {failed[1]}") from failed[1]
    return [done[_key(job)] for job in jobs]


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
    return json.dumps(job, sort_keys=True)


def _name(job: Job) -> str:
    keys = ("recipe", "estimator", "claim", "dataset", "seed")
    return " ".join(str(job[name]) for name in keys if name in job)
