"""Time of measures of sample quality: PRDC beside the package `prdc`, Fréchet distance, MIND.

    pip install prdc
    python -m experiments.peers.sample_quality --out=results/benchmark/sample_quality.json

A round computes precision, recall, density and coverage of normal features by `metrics.prdc` and by
`compute_prdc`; the result is the median over rounds of the ratio of the times. Fréchet distance,
without its standard error, and MIND follow once each. Nothing else may run beside it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import statistics
from collections.abc import Sequence
from importlib import metadata
from typing import Any

import numpy as np

from experiments.peers.comparison import in_turn, report, seconds, whole_number
from tfgan_it import metrics
from trainers.benchmarks.memory import peak_mebibytes
from trainers.processor import processor
from trainers.run_directory import provenance

NEIGHBORS = 5


def features(n: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns two samples of normal features, float32 `(n, dimensions)`."""
    random = np.random.default_rng(0)
    first, second = random.standard_normal((2, n, dimensions), dtype="float32")
    return first, second


def peer(real: np.ndarray, generated: np.ndarray) -> dict[str, float]:
    """Computes the four measures by the package `prdc`, in silence.

    Raises:
        RuntimeError: If the package is missing.
    """
    try:
        from prdc import compute_prdc
    except ImportError as error:
        raise RuntimeError("the comparison needs prdc: pip install prdc.") from error
    with contextlib.redirect_stdout(io.StringIO()):
        return compute_prdc(real, generated, NEIGHBORS)


def compared(options: argparse.Namespace) -> dict[str, Any]:
    """Measures all; returns the record."""
    sizes = {
        "prdc": [options.n, options.dimensions],
        "frechet_distance": [options.frechet_n, options.frechet_dimensions],
        "mind": [options.mind_n, options.mind_dimensions],
    }
    small, pair = features(100, 2), features(*sizes["prdc"])
    for warm in (metrics.prdc, metrics.mind, peer):
        warm(*small)
    before = peak_mebibytes()
    metrics.prdc(*pair)
    memory = peak_mebibytes() - before
    ways = {
        "prdc": lambda: seconds(lambda: metrics.prdc(*pair)),
        "peer": lambda: seconds(lambda: peer(*pair)),
    }
    rounds = [in_turn(ways, number) for number in range(options.rounds)]
    taken = {name: statistics.median(each[name] for each in rounds) for name in ways}
    pair = features(*sizes["mind"])
    taken["mind"] = seconds(lambda: metrics.mind(*pair))
    pair = features(*sizes["frechet_distance"])
    taken["frechet_distance"] = seconds(lambda: metrics.frechet_distance(*pair, blocks=0))
    return {
        "sizes": sizes,
        "rounds": options.rounds,
        "seconds": {name: round(value, 2) for name, value in taken.items()},
        "ratio": round(statistics.median(e["peer"] / e["prdc"] for e in rounds), 2),
        "prdc_mebibytes": round(memory),
        "processor": processor(),
        "cores": os.cpu_count(),
        "prdc": _version(),
        **provenance(),
    }


def _version() -> str | None:
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version("prdc")
    return None


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints the result as JSON, and writes it to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=whole_number, default=10_000, help="Samples of PRDC.")
    parser.add_argument("--dimensions", type=whole_number, default=1000, help="Features of PRDC.")
    parser.add_argument("--frechet_n", type=whole_number, default=50_000)
    parser.add_argument("--frechet_dimensions", type=whole_number, default=2048)
    parser.add_argument("--mind_n", type=whole_number, default=5000)
    parser.add_argument("--mind_dimensions", type=whole_number, default=512)
    parser.add_argument("--rounds", type=whole_number, default=3)
    parser.add_argument("--out")
    report(parser, parser.parse_args(arguments), compared)


if __name__ == "__main__":
    main()
