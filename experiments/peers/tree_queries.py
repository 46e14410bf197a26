"""Time of KSG beside that of the same queries of SciPy's trees alone.

    python -m experiments.peers.tree_queries --out=results/benchmark/ksg_tree_queries.json

A round fits `estimators.KSG`, and builds the trees of pairs, x and y and asks them for the same
neighbours and counts, on all cores. The result is the median over rounds of the ratio of the times.
Nothing else may run beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from scipy.spatial import KDTree

from experiments.peers.comparison import in_turn, report, seconds, whole_number
from tfgan_it.estimators import KSG
from trainers.processor import processor
from trainers.run_directory import provenance


def gaussian_pairs(n: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns standard normal x and y, each column of y with correlation .5 to that of x."""
    random = np.random.default_rng(0)
    x, noise = random.standard_normal((2, n, dimensions))
    return x, 0.5 * x + np.sqrt(0.75) * noise


def queries(x: np.ndarray, y: np.ndarray, neighbors: int = 3) -> None:
    """Asks SciPy's trees what the first variant of KSG asks."""
    pairs = np.hstack([x, y])
    # Of each pair: itself, its neighbours, and the next, which tells ties.
    distances, _ = KDTree(pairs).query(pairs, neighbors + 2, p=np.inf, workers=-1)
    radii = np.nextafter(distances[:, neighbors], 0)
    for side in (x, y):
        KDTree(side).query_ball_point(side, radii, p=np.inf, workers=-1, return_length=True)


def compared(options: argparse.Namespace) -> dict[str, Any]:
    """Measures both in turn; returns the record."""
    x, y = gaussian_pairs(options.n, options.dimensions)
    ways = {
        "ksg": lambda: seconds(lambda: KSG().fit(x, y)),
        "queries": lambda: seconds(lambda: queries(x, y)),
    }
    rounds = [in_turn(ways, number) for number in range(options.rounds)]
    return {
        "n": options.n,
        "dimensions": [options.dimensions, options.dimensions],
        "rounds": options.rounds,
        "seconds": {
            name: round(statistics.median(each[name] for each in rounds), 3) for name in ways
        },
        "ratio": round(statistics.median(e["ksg"] / e["queries"] for e in rounds), 3),
        "processor": processor(),
        "cores": os.cpu_count(),
        "scipy": scipy.__version__,
        **provenance(),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, prints the result as JSON, and writes it to a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=whole_number, default=20_000)
    parser.add_argument("--dimensions", type=whole_number, default=10, help="Of each side.")
    parser.add_argument("--rounds", type=whole_number, default=7)
    parser.add_argument("--out")
    report(parser, parser.parse_args(arguments), compared)


if __name__ == "__main__":
    main()
