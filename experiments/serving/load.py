"""Load on loopback: versions that come and go under many requests, and latencies of three runtimes.

python -m experiments.serving.load --out=results/serving

First, clients ask for samples by gRPC while versions are rolled over and back: by a label that
moves between two loaded versions, then by a folder that appears and is taken away. Every answer
must be that of the version that it says. Then the signature `sample` of two generators is timed in
this process, for batches of 1 and 64, in TensorFlow's C++ loader, ONNX Runtime and LiteRT, in
rounds in which they take turns. `--parts` measures some of these anew, and keeps the others.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from experiments.serving.rolling import ROOT, WAYS, roll_over
from tfgan_it.files import local_path, read_json, replace_text, write_json
from trainers.invocation import invocation
from trainers.serving.latencies import measure

GENERATOR = ROOT / "saved_models" / "infogan_digits" / "1"
PARTS = (*WAYS, "runtimes")
PACKAGES = ("tensorflow", "onnxruntime", "ai-edge-litert", "grpcio", "numpy")


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
    """Measures, and writes `results.json` and `table.md` after each part."""
    parser = argparse.ArgumentParser(
        prog="python -m experiments.serving.load",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", required=True, help="folder of results.json and table.md")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, help="what is measured anew"
    )
    parser.add_argument("--requests", type=int, default=10_000, help="of each way of changing")
    parser.add_argument("--changes", type=int, default=6, help="of the version, at least")
    parser.add_argument("--clients", type=int, default=8, help="that send them")
    parser.add_argument("--rounds", type=int, default=7, help="in which runtimes take turns")
    parser.add_argument("--calls", type=int, default=200, help="of a runtime in a round")
    values = parser.parse_args()
    out = local_path(values.out, "out")
    with tempfile.TemporaryDirectory() as work:
        for part in values.parts:
            before = os.getloadavg()[0]
            measured = _measured(part, values, Path(tempfile.mkdtemp(dir=work)))
            path = out / "results.json"
            parts = read_json(path)["parts"] if path.exists() else {}
            parts[part] = _protocol(before) | measured
            write_json(path, record_of(parts))
            replace_text(out / "table.md", page(parts))
    print(page(parts))


def record_of(parts: dict[str, Any]) -> dict[str, Any]:
    """Returns the record of all parts, each with its own command, versions and load."""
    newest = {k: v for each in parts.values() for k, v in each["versions"].items()}
    command = "python -m experiments.serving.load --out=results/serving"
    ordered = {name: parts[name] for name in PARTS if name in parts}
    return {"command": command, "versions": newest, "parts": ordered}


def _measured(part: str, values: argparse.Namespace, work: Path) -> dict[str, Any]:
    from tfgan_it import recipes

    if part in WAYS:
        other = recipes.infogan((8, 8, 1), width=16, features=128).export(work)
        rolled = roll_over(
            [GENERATOR, other], part, values.requests, values.clients, values.changes
        )
        return {"clients": values.clients, **rolled}
    large = recipes.infogan((28, 28, 1)).export(work)
    rows = [
        {"model": name, **row}
        for name, export in (("infogan_digits, 8x8", GENERATOR), ("infogan, 28x28", large))
        for row in compare(
            runtimes(export, Path(tempfile.mkdtemp(dir=work))), values.rounds, values.calls
        )
    ]
    return {"rounds": values.rounds, "calls": values.calls, "latencies": rows}


def _protocol(load_before: float) -> dict[str, Any]:
    from trainers.processor import processor

    return {
        "command": invocation(sys.argv),
        "processor": f"{processor()}, {os.cpu_count()} processors",
        "load_average": [round(load_before, 1), round(os.getloadavg()[0], 1)],
        "versions": {name: version(name) for name in PACKAGES},
    }


def page(measured: dict[str, Any]) -> str:
    """Returns the parts that were measured as a page."""
    parts = [name for name in PARTS if name in measured]
    text = "# Serving under load\n"
    if ways := [part for part in parts if part in WAYS]:
        text += _ROLLED.format(ways="\n".join(_WAYS[way] for way in ways))
        text += "".join(_rolled_row(way, measured[way]) for way in ways)
    if "runtimes" in parts:
        compared = measured["runtimes"]
        text += _RUNTIMES.format(**compared) + "".join(
            f"| {row['model']} | {row['batch']} | {row['runtime']} "
            f"| {row['p50_ms']:g} | {row['p99_ms']:g} |\n"
            for row in sorted(compared["latencies"], key=lambda row: (row["model"], row["batch"]))
        )
    text += """
Others used the machine too, as its load average at the start and at the end of each part tells.

| part | command | processor, versions | load average |
| --- | --- | --- | --- |
"""
    for part in parts:
        each = measured[part]
        versions = ", ".join(f"{name} {number}" for name, number in each["versions"].items())
        load = " to ".join(map(str, each["load_average"]))
        text += f"| {part} | `{each['command']}` | {each['processor']}; {versions} | {load} |\n"
    return text


_WAYS = {
    "label": "`label`: both versions are loaded, and the label for which clients ask moves.",
    "folder": "`folder`: version 2 appears beside version 1 and is taken away;\n"
    "each change loads and warms up a version, seconds of a processor that requests use too.",
}
_ROLLED = """
**Versions rolled over and back.** Clients ask for one seed at a time by gRPC on loopback, clients
and server on one machine. There was no error, and each answer was that of the version that it
names, as TensorFlow's Python computes it, to 1e-5.
{ways}

| way | clients | requests | changes | answers of versions 1 + 2 | p50 ms | p99 ms | a second |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
_RUNTIMES = """
**Runtimes.** Milliseconds of a call of `sample` in one process, medians over {rounds} rounds of
{calls} calls, in which runtimes and batches take turns. Images agree to 1e-5.

| model | batch | runtime | p50 | p99 |
| --- | --- | --- | --- | --- |
"""


def _rolled_row(way: str, rolled: dict[str, Any]) -> str:
    answers = " + ".join(map(str, rolled["answers_of_version"].values()))
    return (
        f"| {way} | {rolled['clients']} | {rolled['requests']} | {rolled['changes']} | {answers} "
        f"| {rolled['p50_ms']:g} | {rolled['p99_ms']:g} | {rolled['requests_per_second']:.0f} |\n"
    )


if __name__ == "__main__":
    main()
