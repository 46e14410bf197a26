"""Claims about nearest-neighbour estimators: dimension, and heavy tails."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from experiments.suites.information_figures import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    Found,
    finished,
    line,
    recorded,
)
from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.datasets.information_tasks import tasks
from tfgan_it.estimators import KSG, KozachenkoLeonenko, NeighborKL
from tfgan_it.estimators.residual_ksg import ResidualKSG

# By quantity; the entropy uses one sample, the others two.
_ESTIMATORS: dict[str, dict[str, Callable[..., Any]]] = {
    "information": {
        "KSG-1": lambda x, y: KSG(variant=1, preprocessing="standardize").fit(x, y),
        "KSG-2": lambda x, y: KSG(variant=2, preprocessing="standardize").fit(x, y),
        "residual KSG": lambda x, y: ResidualKSG().fit(x, y),
    },
    "entropy": {
        "entropy": lambda x, _: KozachenkoLeonenko(copula=False).fit(x),
        "entropy, copula": lambda x, _: KozachenkoLeonenko().fit(x),
    },
    "divergence": {
        "KL": lambda x, y: NeighborKL(copula=False).fit(x, y),
        "KL, copula": lambda x, y: NeighborKL().fit(x, y),
    },
}


def measure_neighbors(quick: bool, seed: int) -> Found:
    """Measures errors of estimates from 5,000 Gaussian samples, over the dimension.

    Entropy and divergence are those of d coordinates with correlations of 1/2.
    """
    n = 1000 if quick else 5000
    dimensions = [1, 2, 5, 10] if quick else [1, 2, 3, 4, 5, 7, 10, 15, 20]
    seeds = [seed] if quick else [seed, seed + 1, seed + 2]
    information, wider = 2.0, 1.5
    errors: dict[str, list[float]] = {name: [] for of in _ESTIMATORS.values() for name in of}
    for d in dimensions:
        covariance = (np.eye(d) + 1) / 2
        root = np.linalg.cholesky(covariance)
        truths = {
            "information": information,
            "entropy": 0.5 * np.linalg.slogdet(2 * math.pi * math.e * covariance)[1],
            "divergence": d / 2 * (wider**-2 - 1 + 2 * math.log(wider)),
        }
        samples: dict[str, list[tuple]] = {name: [] for name in truths}
        for one in seeds:
            samples["information"].append(
                CorrelatedGaussian(d, information).sample(n, seed=(one, d))
            )
            x, y = np.random.default_rng([one, d]).standard_normal((2, n, d)) @ root.T
            samples["entropy"].append((x, None))
            samples["divergence"].append((x, wider * y))
        for what, estimators in _ESTIMATORS.items():
            for name, fitted in estimators.items():
                differences = [fitted(*pair).estimate() - truths[what] for pair in samples[what]]
                errors[name].append(float(np.mean(differences)))
    at = {d: dimensions.index(d) for d in (1, 5, 10)}
    few = [index for index, d in enumerate(dimensions) if d <= 5]
    furthest = {name: max((values[i] for i in few), key=abs) for name, values in errors.items()}
    return recorded(
        {
            "protocol": {
                "n": n,
                "seeds": seeds,
                "neighbors": 3,
                "information": f"I(x; y) = {information} nats, x and y of d dimensions each",
                "entropy": "of N(0, S), S of 1 and 1/2; without and with the copula apart",
                "KL": f"of N(0, S) from N(0, {wider}^2 S), alike",
            },
            "numbers": {
                **{
                    f"error of {name} at d = {d}": values[index]
                    for name, values in errors.items()
                    for d, index in at.items()
                },
                **{f"furthest mean of {name}, d <= 5": error for name, error in furthest.items()},
            },
            "curves": {"dimension": dimensions, **errors},
            "holds": {
                "KSG is within .1 in one dimension": all(
                    abs(errors[name][0]) < 0.1 for name in ("KSG-1", "KSG-2")
                ),
                "and more than .3 too low in ten": all(
                    errors[name][at[10]] < -0.3 for name in ("KSG-1", "KSG-2")
                ),
                "residual KSG, entropy and KL with the copula are within .05 to five": all(
                    abs(furthest[name]) < 0.05
                    for name in ("residual KSG", "entropy, copula", "KL, copula")
                ),
            },
        }
    )


def draw_neighbors(found: Found, figure: Figure) -> None:
    """Draws errors of information, of entropy and of KL, side by side."""
    curves, n = found["curves"], found["protocol"]["n"]
    titles = {
        "information": f"I(x; y) = 2 nats, n = {n:,}",
        "entropy": "entropy",
        "divergence": "KL",
    }
    for axes, (what, title) in zip(figure.subplots(1, 3), titles.items(), strict=True):
        for name, color in zip(_ESTIMATORS[what], (ORANGE, RED, BLUE), strict=False):
            color = BLUE if name in ("residual KSG", "entropy, copula", "KL, copula") else color
            line(axes, curves["dimension"], curves[name], name, color, "o-", markersize=4)
        axes.axhline(0, color=BLACK, linewidth=1)
        axes.set_xticks([1, 5, 10, 15, 20])
        finished(axes, "dimension", "estimate - truth, nats", title, "best")


_HEAVY = ("student_t_1x1_df1", "student_t_2x2_df2", "student_t_5x5_df3", "half_cube_1x1")
_WAYS = (None, "standardize", "ranks", "normal_scores", "asinh")


def measure_heavy_tails(quick: bool, seed: int) -> Found:
    """Measures errors of KSG-1 on pairs with heavy tails, by preprocessing."""
    n, seeds = (800, [seed]) if quick else (3000, [seed, seed + 1, seed + 2])
    heavy = {task.name: task for task in tasks() if task.name in _HEAVY}
    errors = {
        str(way).lower(): [
            np.mean(
                [
                    KSG(preprocessing=way).fit(*heavy[name].sample(n, seed=one)).estimate()
                    - heavy[name].mutual_information
                    for one in seeds
                ]
            )
            for name in _HEAVY
        ]
        for way in _WAYS
    }
    means = {way: np.mean(np.abs(values)) for way, values in errors.items()}
    return recorded(
        {
            "protocol": {
                "n": n,
                "seeds": seeds,
                "estimator": "KSG, variant 1, 3 neighbours",
                "truths": {name: heavy[name].mutual_information for name in _HEAVY},
            },
            "numbers": {f"mean |error|, {way}": mean for way, mean in means.items()},
            "curves": {"task": list(_HEAVY), **errors},
            "holds": {
                f"{way} is nearer than standardize": means[way] < means["standardize"]
                for way in ("ranks", "normal_scores", "asinh")
            },
        }
    )


def draw_heavy_tails(found: Found, figure: Figure) -> None:
    """Draws bars of errors, by task and preprocessing."""
    axes, curves = figure.subplots(), found["curves"]
    places = np.arange(len(curves["task"]))
    ways = [way for way in curves if way != "task"]
    for index, (way, color) in enumerate(zip(ways, (GREY, RED, ORANGE, GREEN, BLUE), strict=True)):
        axes.bar(places + 0.16 * (index - 2), curves[way], 0.15, label=way, color=color)
    axes.axhline(0, color=BLACK, linewidth=1)
    truths = found["protocol"]["truths"]
    axes.set_xticks(places, [f"{t}\nI = {truths[t]:.3f}" for t in curves["task"]], fontsize=8)
    finished(axes, "", "KSG-1 - truth, nats", legend="best")
    axes.grid(axis="x", visible=False)
