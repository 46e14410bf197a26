"""Load on loopback: versions that come and go under many requests, and latencies of three runtimes.

python -m experiments.serving.load --out=results/serving

First, clients ask for samples by gRPC while version 2 appears beside version 1, is served, and is
taken back, again and again: every answer must be that of one version, whole. Then the signature
`sample` of two generators is timed in this process, for batches of 1 and 64, in TensorFlow's C++
loader, ONNX Runtime and LiteRT, in rounds in which they take turns.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_it.files import local_path, replace_text, write_json
from trainers.serving.grpc_client import GrpcClient
from trainers.serving.latencies import measure
from trainers.serving.signatures import ModelSpec

ROOT = Path(__file__).parents[2]
GENERATOR = ROOT / "saved_models" / "infogan_digits" / "1"
PACKAGES = ("tensorflow", "onnxruntime", "ai-edge-litert", "grpcio", "numpy")
SEEDS = 16


@contextlib.contextmanager
def served(folder: Path, poll_seconds: float = 0.1) -> Iterator[str]:
    """Starts the server of a folder of versions in its own process; yields its gRPC address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.serving", "--port=0", "--rest_api_port=0"]
        + ["--model_name=m", f"--model_base_path={folder}"]
        + [f"--file_system_poll_wait_seconds={poll_seconds}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        match = re.match(r"gRPC (\S+),", process.stdout.readline())
        if match is None:
            raise OSError("The server has not started.")
        yield match[1]
    finally:
        process.terminate()
        process.wait()


def roll_over(exports: list[Path], requests: int, clients: int) -> dict[str, Any]:
    """Serves the first export, lets the second come and go under load, and checks every answer.

    Args:
        exports: Two exports with the signature `sample`, whose images differ.
        requests: Number of requests, each of one seed.
        clients: Number of threads that send them.

    Returns:
        Latencies, the number of answers of each version, and how often a version was taken up.

    Raises:
        AssertionError: If an answer is not that of one version.
    """
    spec, seeds = ModelSpec("m"), np.arange(SEEDS)
    with tempfile.TemporaryDirectory() as root:
        folder, aside = Path(root, "m"), Path(root, "aside")
        shutil.copytree(exports[0], folder / "1")
        shutil.copytree(exports[1], aside)
        with served(folder) as address:
            client = GrpcClient(address, deadline=60)
            expected = {1: client.predict(spec, "sample", {"seed": seeds})["images"]}
            aside.rename(folder / "2")
            _await(client, {1: "END", 2: "AVAILABLE"})
            expected[2] = client.predict(spec, "sample", {"seed": seeds})["images"]
            assert np.abs(expected[1] - expected[2]).max() > 0.1
            counts: Counter[int] = Counter()
            numbers = itertools.count()

            def ask() -> None:
                seed = next(numbers) % SEEDS
                answer = client.predict(spec, "sample", {"seed": seeds[seed : seed + 1]})["images"]
                whose = [n for n, all_ in expected.items() if _equal(answer[0], all_[seed])]
                assert len(whose) == 1, f"An answer for seed {seed} is not that of one version."
                counts[whose[0]] += 1

            ended, changes = threading.Event(), [0]

            def change() -> None:
                for there in itertools.cycle((False, True)):
                    if ended.is_set():
                        return
                    (aside if there else folder / "2").rename(folder / "2" if there else aside)
                    wanted = {1: "END", 2: "AVAILABLE"} if there else {1: "AVAILABLE", 2: "END"}
                    _await(client, wanted)
                    changes[0] += 1

            changing = threading.Thread(target=change)
            changing.start()
            try:
                latencies = measure(ask, requests, clients)
            finally:
                ended.set()
                changing.join()
    latencies = {name: round(number, 2) for name, number in latencies.items()}
    answers = {str(number): count for number, count in sorted(counts.items())}
    return {
        "answers_of_version": answers,
        "changes_of_version": changes[0],
        "errors": 0,
        **latencies,
    }


def _await(client: GrpcClient, states: dict[int, str]) -> None:
    while {n: state for n, (state, _) in client.versions("m").items()} != states:
        time.sleep(0.05)


def _equal(image: np.ndarray, expected: np.ndarray) -> bool:
    return bool(np.abs(image - expected).max() < 1e-5)


def runtimes(export: Path, work: Path) -> dict[str, Callable[[np.ndarray], Any]]:
    """Returns `sample` of an export in each runtime, a function of seeds."""
    import tensorflow as tf

    from experiments.serving.servable import Servable
    from tfgan_it.export import litert, onnx

    loaded = tf.saved_model.load(export)  # It holds the variables.
    traced = tf.function(lambda **inputs: loaded.signatures["sample"](**inputs), autograph=False)
    functions = {"sample": traced.get_concrete_function(seed=tf.TensorSpec((None,), tf.int64))}
    onnx.write(functions, work / "onnx")
    litert.write(functions, work / "litert")
    servable = Servable(export)
    in_onnx = onnx.read(work / "onnx", ["sample"])["sample"]
    in_litert = litert.read(work / "litert", ["sample"])["sample"]
    return {
        "C++ loader": lambda seeds: servable.predict("sample", {"seed": seeds}),
        "onnxruntime": lambda seeds: in_onnx(seed=seeds),
        "LiteRT": lambda seeds: in_litert(seed=seeds),
    }


def compare(
    calls: dict[str, Callable[[np.ndarray], Any]], rounds: int, requests: int
) -> list[dict[str, Any]]:
    """Returns, for each runtime and batch, the medians over the rounds of p50 and p99 of a call.

    Raises:
        AssertionError: If runtimes do not give the same images.
    """
    measured: dict[tuple[str, int], list[dict[str, float]]] = {}
    for batch in (1, 64):
        images = [np.asarray(call(np.arange(batch))["images"]) for call in calls.values()]
        assert all(_equal(each, images[0]) for each in images)
    for _ in range(rounds):
        for (name, call), batch in itertools.product(calls.items(), (1, 64)):
            seeds = np.arange(batch)
            call(seeds)
            measured.setdefault((name, batch), []).append(
                measure(functools.partial(call, seeds), requests, 1)
            )
    return [
        {"runtime": name, "batch": batch}
        | {key: round(float(np.median([r[key] for r in each])), 3) for key in ("p50_ms", "p99_ms")}
        for (name, batch), each in measured.items()
    ]


def main() -> None:
    """Measures, and writes `results.json` and `table.md`."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.serving.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", required=True, help="folder of results.json and table.md")
    parser.add_argument("--requests", type=int, default=10_000, help="under changing versions")
    parser.add_argument("--clients", type=int, default=8, help="that send them")
    parser.add_argument("--rounds", type=int, default=7, help="in which runtimes take turns")
    parser.add_argument("--calls", type=int, default=200, help="of a runtime in a round")
    values = parser.parse_args()
    out = local_path(values.out, "out")
    from tfgan_it import recipes
    from trainers.benchmarks.comparison import processor

    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as work:
        other = recipes.infogan((8, 8, 1), width=16, features=128).export(Path(work, "other"))
        large = recipes.infogan((28, 28, 1)).export(Path(work, "large"))
        rolled = roll_over([GENERATOR, other], values.requests, values.clients)
        latencies = [
            {"model": name, **row}
            for name, export in (("infogan_digits, 8x8", GENERATOR), ("infogan, 28x28", large))
            for row in compare(
                runtimes(export, Path(tempfile.mkdtemp(dir=work))), values.rounds, values.calls
            )
        ]
    record = {
        "command": "python -m experiments.serving.load --out=results/serving",
        "versions": {name: version(name) for name in PACKAGES},
        "protocol": {
            "processor": f"{processor()}, {os.cpu_count()} processors",
            "load_average": [round(load_before, 1), round(os.getloadavg()[0], 1)],
            "requests": values.requests,
            "clients": values.clients,
            "rounds": values.rounds,
            "calls": values.calls,
        },
        "rollover": rolled,
        "latencies": latencies,
    }
    write_json(out / "results.json", record)
    replace_text(out / "table.md", page(record))
    print(page(record))


def page(record: dict[str, Any]) -> str:
    """Returns the record as a page."""
    rolled, protocol = record["rollover"], record["protocol"]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    answers = ", ".join(f"{n} of version {k}" for k, n in rolled["answers_of_version"].items())
    before, after = protocol["load_average"]
    rows = "\n".join(
        f"| {row['model']} | {row['batch']} | {row['runtime']} "
        f"| {row['p50_ms']:g} | {row['p99_ms']:g} |"
        for row in sorted(record["latencies"], key=lambda row: (row["model"], row["batch"]))
    )
    return f"""# Serving under load

`{record["command"]}`; {protocol["processor"]}; {versions}.
Load average of the machine, which others used too: {before} at the start, {after} at the end.

**Versions that come and go.** {protocol["clients"]} clients sent {protocol["requests"]} requests of
one seed by gRPC on loopback, while version 2 appeared beside version 1 and was taken back:
{rolled["changes_of_version"]} changes, {rolled["errors"]} errors. Every answer was that of one
version: {answers}. p50 {rolled["p50_ms"]:g} ms, p99 {rolled["p99_ms"]:g} ms,
{rolled["requests_per_second"]:.0f} requests a second, clients and server on one machine.

**Runtimes.** Milliseconds of a call of `sample` in one process, medians over {protocol["rounds"]}
rounds of {protocol["calls"]} calls, in which runtimes and batches take turns. Images agree to 1e-5.

| model | batch | runtime | p50 | p99 |
| --- | --- | --- | --- | --- |
{rows}
"""


if __name__ == "__main__":
    main()
