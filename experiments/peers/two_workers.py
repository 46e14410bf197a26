"""Speed of two workers of one job beside two processes that know nothing of each other.

    python -m experiments.peers.two_workers --recipe=infogan --out=results/benchmark/workers.json

Each process has a core of its own, and as many samples a step. A round measures `fit` of the two
workers, which share every gradient, and of two independent processes side by side, without what a
call of `fit` does before its second step and after its last. The efficiency is the median over
rounds of the ratio of their times, 1 where sharing costs nothing. With `--reduce_dtype` two more
workers, which send gradients in that type, take their turn. Nothing else may run beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import socket
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from experiments.peers.comparison import in_turn, report, whole_number
from experiments.peers.served_steps import Measured, StepServer
from experiments.peers.speed import PRECISIONS
from experiments.suites.jobs import usable_cores
from tfgan_it.models.compilation import REDUCE_DTYPES
from trainers.processor import processor
from trainers.run_directory import provenance

WAYS = ("independent", "workers")


def started(way: str, cores: Sequence[int], arguments: Sequence[str]) -> list[StepServer]:
    """Starts a process on each core: `independent` ones, or workers of one job."""
    command = [sys.executable, "-m", "experiments.peers.worker_steps", *arguments]
    environments = [dict(os.environ) for _ in cores]
    if way != "independent":
        addresses = _free_addresses(len(cores))
        for index, environment in enumerate(environments):
            task = {"type": "worker", "index": index}
            config = {"cluster": {"worker": addresses}, "task": task}
            environment["TF_CONFIG"] = json.dumps(config)
    return [
        StepServer([*command, f"--core={core}"], environment)
        for core, environment in zip(cores, environments, strict=True)
    ]


def together(pair: Sequence[StepServer], steps: int) -> Measured:
    """Lets both take steps at once; returns the larger of their seconds and processor seconds."""
    for process in pair:
        process.begin("fit", steps)
    measured = [process.end_of_steps() for process in pair]
    return {key: max(each[key] for each in measured) for key in measured[0]}


def summary_of(rounds: Sequence[dict[str, Measured]], steps: int) -> dict[str, Any]:
    """Returns medians by way, and the ratios of the times.

    Example:

    >>> alone, shared = {"seconds": 1.0, "processor_seconds": 1.0}, {"seconds": 1.25}
    >>> shared["processor_seconds"] = 1.0
    >>> summary_of([{"independent": alone, "workers": shared}], 10)["efficiency"]
    {'workers': 0.8}
    """
    ways = list(rounds[0])
    ratios = {
        way: [each["independent"]["seconds"] / each[way]["seconds"] for each in rounds]
        for way in ways
        if way != "independent"
    }
    return {
        name: {
            way: round(1e3 * statistics.median(each[way][key] for each in rounds) / steps, 2)
            for way in ways
        }
        for name, key in (
            ("milliseconds_per_step", "seconds"),
            ("processor_milliseconds_per_step", "processor_seconds"),
        )
    } | {
        "efficiency": {way: round(statistics.median(of), 4) for way, of in ratios.items()},
        "efficiency_of_all_rounds": {
            way: [round(ratio, 4) for ratio in of] for way, of in ratios.items()
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints the result as JSON, and writes it to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recipe", choices=["infogan", "dcgan", "wgan_gp"], default="infogan")
    parser.add_argument("--image_size", type=whole_number, default=28)
    parser.add_argument("--channels", type=whole_number, default=1)
    parser.add_argument("--batch_size", type=whole_number, default=128, help="Of each process.")
    parser.add_argument("--precision", choices=PRECISIONS, default="float32")
    parser.add_argument(
        "--reduce_dtype", choices=REDUCE_DTYPES, help="Also workers that send gradients so."
    )
    parser.add_argument("--rounds", type=whole_number, default=7)
    parser.add_argument("--steps", type=whole_number, default=10)
    parser.add_argument("--out")
    options = parser.parse_args(arguments)
    if usable_cores() < 2:
        parser.error(f"needs two cores, of which this process may use {usable_cores()}")
    report(parser, options, compared)


def compared(options: argparse.Namespace) -> dict[str, Any]:
    """Measures both ways in turn; returns the record.

    Raises:
        RuntimeError: If a process fails.
    """
    shape = (options.image_size, options.image_size, options.channels)
    same = [f"--{name}={getattr(options, name)}" for name in ("recipe", "batch_size", "precision")]
    same.append(f"--shape={json.dumps(shape)}")
    ways = {way: same for way in WAYS}
    if options.reduce_dtype:
        reduced = f"--reduce_dtype={options.reduce_dtype}"
        ways[f"workers_{options.reduce_dtype}"] = [*same, reduced]
    cores = sorted(os.sched_getaffinity(0))[:2]
    with contextlib.ExitStack() as running:
        pairs = {way: started(way, cores, arguments) for way, arguments in ways.items()}
        for pair in pairs.values():
            for process in pair:
                running.callback(process.kill)
        about = {way: [process.about for process in pair] for way, pair in pairs.items()}
        measures = {
            way: functools.partial(together, pair, options.steps) for way, pair in pairs.items()
        }
        rounds = [in_turn(measures, number) for number in range(options.rounds)]
    return {
        "recipe": options.recipe,
        "image_shape": shape,
        "batch_size_of_each": options.batch_size,
        "precision": options.precision,
        "rounds": options.rounds,
        "steps_per_round": options.steps,
        **summary_of(rounds, options.steps),
        "processes": about,
        "processor": processor(),
        "cores": os.cpu_count(),
        **provenance(),
    }


def _free_addresses(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    return addresses


if __name__ == "__main__":
    main()
