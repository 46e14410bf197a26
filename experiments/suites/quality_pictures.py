"""How measures of sample quality rank systems: a picture, and rank correlations."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import rankdata, spearmanr

from tfgan_it.files import replacing

# Measures and whether a high value is good.
DIRECTIONS = {
    "frechet_distance": False,
    "kernel_distance": False,
    "mind": False,
    "precision": True,
    "recall": True,
    "density": True,
    "coverage": True,
    "vendi_score": True,
    "inception_score": True,
    "js": False,
    "kl": False,
    "reverse_kl": False,
    "gilbo": True,
}


def ranks(values: Mapping[str, Mapping[str, float]]) -> dict[str, np.ndarray]:
    """Returns the rank of each system by each measure, from 1 for the best.

    Args:
        values: Measures by name, of each system by name.

    Example:

    >>> values = {"a": {"mind": 1.0, "recall": 0.1}, "b": {"mind": 2.0, "recall": 0.9}}
    >>> {name: rank.tolist() for name, rank in ranks(values).items()}
    {'mind': [1.0, 2.0], 'recall': [2.0, 1.0]}
    """
    names = [name for name in DIRECTIONS if all(name in measures for measures in values.values())]
    return {
        name: rankdata([(-1 if DIRECTIONS[name] else 1) * m[name] for m in values.values()])
        for name in names
    }


def rank_correlations(values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Returns Spearman's correlation of the ranks by each measure with those by the first.

    It is absent where all systems are equal.

    Example:

    >>> values = {"a": {"mind": 1.0, "recall": 0.1}, "b": {"mind": 2.0, "recall": 0.9}}
    >>> rank_correlations(values)
    {'mind': 1.0, 'recall': -1.0}
    """
    found = ranks(values)
    first = next(iter(found.values()))
    return {
        name: round(float(spearmanr(first, rank)[0]), 3)
        for name, rank in found.items()
        if np.ptp(first) and np.ptp(rank)
    }


def ranks_picture(values: Mapping[str, Mapping[str, float]], path: pathlib.Path) -> None:
    """Draws a table of ranks, coloured from the best to the worst; a PNG file.

    Args:
        values: As for `ranks`.
        path: File of the picture.
    """
    found = ranks(values)
    order = np.argsort(next(iter(found.values())), kind="stable")
    table = np.array([rank[order] for rank in found.values()]).T
    figure = Figure(figsize=(2 + 0.55 * len(found), 1.6 + 0.24 * len(values)), dpi=120)
    axes = figure.add_subplot()
    axes.imshow(table, cmap="viridis_r", aspect="auto")
    for (row, column), rank in np.ndenumerate(table):
        light = rank > (len(values) + 1) / 2
        axes.text(
            column,
            row,
            f"{rank:g}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if light else "black",
        )
    names = [name.replace("_", " ") for name in found]
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize=8)
    systems = list(values)
    axes.set_yticks(range(len(systems)), [systems[i] for i in order], fontsize=8)
    figure.tight_layout()
    with replacing(path) as partial:
        figure.savefig(partial, format="png")
