"""Claims about information in GAN training: a bottleneck, and the generator's entropy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

from experiments.suites.information_figures import (
    BLUE,
    GREY,
    ORANGE,
    Found,
    finished,
    line,
    recorded,
)
from tfgan_it import datasets, metrics, recipes, regularizers

_COMMON: dict[str, Any] = {
    "latent": "normal",
    "latent_dimension": 2,
    "width": 64,
    "depth": 2,
    "steps_per_execution": 50,
}
_LIMIT = 2.0


def measure_bottleneck(quick: bool, seed: int) -> Found:
    """Measures the information of VDB's bottleneck on the ring, with beta adapted and beta = 0."""
    data = datasets.points("ring")
    every, points = 50, 6 if quick else 40
    settings: dict[str, Any] = {"learning_rate": 1e-3, "code": 4, "information_limit": _LIMIT}
    curves: dict[str, list[float]] = {}
    for name, alpha in (("free", 0.0), ("held", 1e-3)):
        keras.backend.clear_session()
        model = recipes.vdb((2,), alpha=alpha, seed=seed, **settings, **_COMMON)
        history = _fitted(model, data, every, points)
        curves[name] = [logs["discriminator_bottleneck_nats"] for logs in history]
        if alpha:
            curves["beta"] = [logs["discriminator_bottleneck_beta"] for logs in history]
    last = {name: np.mean(values[-points // 4 :]) for name, values in curves.items()}
    return recorded(
        {
            "protocol": {
                "data": "ring",
                "recipe": "vdb, code of 4 columns, perceptrons of 2 x 64, Adam 1e-3, batch 128",
                "steps": every * points,
                "I_c": _LIMIT,
                "alpha": "1e-3 (held), 0 (free)",
                "numbers": f"of the last quarter; each point the mean of {every} steps",
                "seed": seed,
            },
            "numbers": {
                "I_c": _LIMIT,
                "information, held": last["held"],
                "information, free": last["free"],
                "beta": last["beta"],
            },
            "curves": {"step": every * (np.arange(points) + 1), **curves},
            "holds": {
                "held within a tenth of I_c": abs(last["held"] - _LIMIT) < 0.1 * _LIMIT,
                "free is above twice I_c": last["free"] > 2 * _LIMIT,
            },
        }
    )


def draw_bottleneck(found: Found, figure: Figure) -> None:
    """Draws the information on the left, beta on the right."""
    left, right = figure.subplots(1, 2)
    curves, limit = found["curves"], found["numbers"]["I_c"]
    line(left, curves["step"], curves["free"], "beta held at 0", ORANGE)
    line(left, curves["step"], curves["held"], "beta moves with alpha = 1e-3", BLUE)
    left.axhline(limit, color=GREY, linestyle="--", linewidth=1, label=f"I_c = {limit:g} nats")
    left.set_yscale("log")
    left.set_yticks([1, 2, 5, 10, 20, 50], ["1", "2", "5", "10", "20", "50"])
    left.minorticks_off()
    line(right, curves["step"], curves["beta"], "beta", BLUE)
    finished(left, "step", "information of a sample, nats", legend="best")
    finished(right, "step", "beta, the price of a nat", legend=None)


def measure_entropy_maximisation(quick: bool, seed: int) -> Found:
    """Measures the modes of the ring with and without a term for the generator's entropy."""
    data = datasets.points("ring")
    every, points = (50, 1) if quick else (250, 8)
    seeds = [seed] if quick else [seed, seed + 1, seed + 2]
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in _GAMES}
    for name in _GAMES:
        for one in seeds:
            keras.backend.clear_session()
            model = _GAMES[name](one)
            history = _fitted(model, data, every, points)
            sampled = model.generate(2500, seed=0, batch_size=2500)
            coverage = metrics.mode_coverage(sampled, data.mixture)
            runs[name].append(
                {
                    **coverage,
                    "information": history[-1].get("mutual_information_nats"),
                    "samples": sampled[:600].round(3).tolist() if one == seed else None,
                }
            )
    means = {
        name: {
            what: float(np.mean([run[what] for run in of_game]))
            for what in ("modes", "high_quality", "reverse_kl")
        }
        for name, of_game in runs.items()
    }
    plain, with_term = means["minimax"], means["minimax + I(z; G)"]
    return recorded(
        {
            "protocol": {
                "data": "ring of 8",
                "n": 2500,
                "steps": every * points,
                "seeds": seeds,
                "networks": "averaged; perceptrons of 2 x 64, batch 128",
                "games": {
                    "minimax": "recipes.gan, Adam 1e-2",
                    "minimax + I(z; G)": "the same, regularizers.MutualInformation of InfoNCE, 0.1",
                    "meg, beta = 0": "recipes.meg, Adam 1e-3, 2 discriminator steps",
                    "meg, beta = 1": "the same, by the Jensen-Shannon gradient",
                },
                "chosen": "rate and weight of the minimax games with seed 100",
            },
            "numbers": {
                f"{what}, {name}": value
                for name, found in means.items()
                for what, value in found.items()
            },
            "runs": {
                name: [{k: v for k, v in run.items() if k != "samples"} for run in of_game]
                for name, of_game in runs.items()
            },
            "samples": {name: of_game[0]["samples"] for name, of_game in runs.items()},
            "holds": {
                "the term keeps modes of the minimax game": with_term["modes"] > plain["modes"],
                "and lowers its reverse KL": with_term["reverse_kl"] < plain["reverse_kl"],
                "it lowers that of meg": means["meg, beta = 1"]["reverse_kl"]
                < means["meg, beta = 0"]["reverse_kl"],
            },
        }
    )


_GAMES = {
    "minimax": lambda seed: recipes.gan((2,), seed=seed, learning_rate=1e-2, **_COMMON),
    "minimax + I(z; G)": lambda seed: recipes.gan(
        (2,),
        seed=seed,
        learning_rate=1e-2,
        generator_regularizers=[regularizers.MutualInformation("info_nce", beta=0.1)],
        **_COMMON,
    ),
    "meg, beta = 0": lambda seed: _meg(0.0, seed),
    "meg, beta = 1": lambda seed: _meg(1.0, seed),
}


def _meg(beta: float, seed: int) -> Any:
    return recipes.meg(
        (2,), beta=beta, seed=seed, learning_rate=1e-3, discriminator_steps=2, **_COMMON
    )


def draw_entropy_maximisation(found: Found, figure: Figure) -> None:
    """Draws points of the first seed of each game, over the centres."""
    centres = datasets.ring().centres
    panels = figure.subplots(1, len(found["samples"]), sharex=True, sharey=True)
    for axes, (name, points) in zip(panels, found["samples"].items(), strict=True):
        points = np.array(points)
        axes.scatter(*centres.T, s=70, facecolors="none", edgecolors=ORANGE, linewidths=1.5)
        axes.scatter(*points.T, s=2, color=BLUE, alpha=0.5)
        run = found["runs"][name][0]
        axes.set_title(f"{name}\n{run['modes']:.0f} modes, KL {run['reverse_kl']:.3f}", fontsize=10)
        axes.set_aspect("equal")
        axes.set_xlim(-1.6, 1.6)
        axes.set_ylim(-1.6, 1.6)
        axes.grid(alpha=0.3)


def _fitted(model: Any, data: Any, every: int, points: int) -> Sequence[dict[str, float]]:
    """Trains in parts, and returns the logs of each."""
    logs = []
    for _ in range(points):
        history = model.fit(data.train_images, batch_size=128, steps_per_epoch=every, verbose=0)
        logs.append({name: float(values[-1]) for name, values in history.history.items()})
    return logs
