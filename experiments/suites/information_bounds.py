"""Claims about estimates from scores, with exact critics instead of training."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops
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
from tfgan_it.datasets import correlated_gaussian
from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.losses import NWJ, SMILE, DonskerVaradhan, InfoNCE, InformationBound

DIMENSION = 20


class ExactScores:
    """Estimates of losses from the exact scores of Gaussian pairs."""

    def __init__(self, losses: dict[str, tuple[InformationBound, float]]) -> None:
        """Takes `losses` by name, each with a constant that is added to ln p(y|x)/p(y)."""
        self.losses = losses
        self._estimates = tf.function(self._traced, autograph=False, reduce_retracing=True)

    def estimates(self, information: float, size: int, seed: Any) -> np.ndarray:
        """Computes the estimate of each loss on one batch of new pairs."""
        x, y = CorrelatedGaussian(DIMENSION, information).sample(size, seed=seed)
        return self._estimates(x, y, tf.constant(information, tf.float32)).numpy()

    def _traced(self, x: Any, y: Any, information: Any) -> Any:
        conditional = correlated_gaussian.log_conditional(x, y, information, False)
        marginal = correlated_gaussian.log_marginal(y, False)
        scores = conditional - marginal[None, :]
        return ops.stack([loss.estimate(None, scores + add) for loss, add in self.losses.values()])


def measure_info_nce(quick: bool, seed: int) -> Found:
    """Measures InfoNCE with the exact critic for three batch sizes."""
    sizes = [8, 64] if quick else [8, 64, 512]
    truth = np.linspace(0, 10, 6 if quick else 21)
    pairs, curves = 1024 if quick else 4096, {}
    for size in sizes:
        exact = ExactScores({"InfoNCE": (InfoNCE(), 0.0)})
        curves[str(size)] = [
            np.mean([exact.estimates(i, size, (seed, size, b)) for b in range(pairs // size)])
            for i in truth
        ]
    return recorded(
        {
            "protocol": {
                "pairs": f"Gaussian, {DIMENSION} dimensions",
                "critic": "exact, ln p(y|x)/p(y)",
                "batches": f"as many as make {pairs} pairs",
            },
            "numbers": {
                **{f"estimate at I = 10, B = {b}": curve[-1] for b, curve in curves.items()},
                **{f"ln {b}": math.log(int(b)) for b in curves},
            },
            "curves": {"truth": truth, **curves},
            "holds": {
                "never above ln B": all(
                    max(curve) <= math.log(int(b)) + 1e-5 for b, curve in curves.items()
                ),
                "never above I by more than .1": all(
                    np.all(np.subtract(curve, truth) < 0.1) for curve in curves.values()
                ),
            },
        }
    )


def draw_info_nce(found: Found, figure: Figure) -> None:
    """Draws estimates over the truth, with the upper limits."""
    axes, curves = figure.subplots(), found["curves"]
    line(axes, curves["truth"], curves["truth"], "truth", BLACK, linewidth=1.2)
    for (size, values), color in zip(
        [item for item in curves.items() if item[0] != "truth"], (ORANGE, GREEN, BLUE), strict=False
    ):
        line(axes, curves["truth"], values, f"B = {size}", color)
        axes.axhline(math.log(int(size)), color=color, linestyle=":", linewidth=1)
        axes.text(0.05, math.log(int(size)) + 0.12, f"ln {size}", fontsize=8, color=color)
    finished(axes, "I(x; y), nats", "InfoNCE with the exact critic, nats", legend="upper left")
    axes.legend(fontsize=8, loc="upper left", bbox_to_anchor=(0.12, 1.0))


def nwj_deviation(information: np.ndarray, dimension: int, n: int) -> np.ndarray:
    """Standard deviation of NWJ over batches of n Gaussian pairs with the exact critic.

    The variance in closed form is

        d rho^2 / n + (e^2I - 1 + (1 - rho^4)^-d - 1) / n (n - 1)

    The first term is that of the scores of pairs, d rho^2 each; the second that of e^(S - 1) over
    n (n - 1) products, of which (i, j) and (j, i) are dependent. All other covariances are 0, since
    the mean of e^(S - 1) over one of its arguments is 1.

    Args:
        information: I in nats.
        dimension: Dimension d.
        n: Number of pairs in a batch.
    """
    square = -np.expm1(-2 * information / dimension)  # rho^2
    products = np.expm1(2 * information) + (1 - square**2) ** -dimension - 1
    return np.sqrt(dimension * square / n + products / (n * (n - 1)))


def measure_variance(quick: bool, seed: int) -> Found:
    """Measures mean and standard deviation of five estimates over batches of 64, exact critic."""
    n, batches = 64, 40 if quick else 500
    truth = np.array([1, 4, 8] if quick else [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], "float64")
    exact = ExactScores(
        {
            "NWJ": (NWJ(), 1.0),
            "DV": (DonskerVaradhan(), 0.0),
            "SMILE, tau = 5": (SMILE(5.0), 0.0),
            "SMILE, tau = 1": (SMILE(1.0), 0.0),
            "InfoNCE": (InfoNCE(), 0.0),
        }
    )
    values = np.array(
        [[exact.estimates(i, n, (seed, int(i), b)) for b in range(batches)] for i in truth]
    )  # (levels, batches, losses)
    means = dict(zip(exact.losses, values.mean(axis=1).T, strict=True))
    deviations = dict(zip(exact.losses, values.std(axis=1, ddof=1).T, strict=True))
    nwj = nwj_deviation(truth, DIMENSION, n)
    numbers = {}
    for level in (1, 4, 8):
        at = list(truth).index(level)
        numbers[f"NWJ at I = {level}: exact deviation"] = nwj[at]
        for name in exact.losses:
            numbers[f"{name} at I = {level}: mean"] = means[name][at]
            numbers[f"{name} at I = {level}: deviation"] = deviations[name][at]
    at = list(truth).index(8)
    return recorded(
        {
            "protocol": {
                "pairs": f"Gaussian, {DIMENSION} dimensions",
                "critic": "exact, ln p(y|x)/p(y), and 1 more for NWJ",
                "batches": f"{batches} of {n} pairs at each level",
                "exact deviation": "in closed form",
            },
            "numbers": numbers,
            "curves": {"truth": truth, "mean": means, "deviation": deviations, "nwj_exact": nwj},
            "holds": {
                "at 1 nat the batches show NWJ's deviation": abs(deviations["NWJ"][0] / nwj[0] - 1)
                < 0.2,
                "it is more than ten nats at 8": nwj[at] > 10,
                "at 8 nats the batches do not show it": deviations["NWJ"][at] < nwj[at] / 4,
                "InfoNCE varies least at 8 nats": min(
                    deviations, key=lambda name: deviations[name][at]
                )
                == "InfoNCE",
            },
        }
    )


def draw_variance(found: Found, figure: Figure) -> None:
    """Draws means on the left, standard deviations on the right."""
    left, right = figure.subplots(1, 2)
    curves = found["curves"]
    colors = dict(zip(curves["mean"], (ORANGE, RED, GREEN, GREY, BLUE), strict=True))
    line(left, curves["truth"], curves["truth"], "truth", BLACK, linewidth=1.2)
    for name, color in colors.items():
        line(left, curves["truth"], curves["mean"][name], name, color, "o-", markersize=3)
        line(right, curves["truth"], curves["deviation"][name], name, color, "o-", markersize=3)
    line(right, curves["truth"], curves["nwj_exact"], "NWJ, in closed form", BLACK, "--")
    left.set_ylim(0, 13)
    right.set_yscale("log")
    finished(left, "I(x; y), nats", "mean over batches, nats", legend="upper left")
    finished(right, "I(x; y), nats", "deviation over batches, nats", legend="upper left")
