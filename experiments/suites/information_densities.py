"""Claims about bounds by a known density: of a code, and upper and lower bounds."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

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
from tfgan_it.latents import Product, Uniform
from tfgan_it.losses import (
    CLUB,
    BarberAgakov,
    InfoNCE,
    LeaveOneOut,
    VariationalMutualInformation,
    VariationalUpperBound,
)

DIMENSION = 20


def measure_code_information(quick: bool, seed: int) -> Found:
    """Measures L_I of a U(-1, 1) code over the scale of Q, for an exact and a noisy recovery."""
    scales = np.geomspace(0.05, 1.5, 40)
    code = ((np.arange(400, dtype="float32") + 0.5) / 200 - 1)[:, None]  # The midpoint rule.
    error = 0.2  # Standard deviation of the noise on the code.
    nodes, weights = np.polynomial.hermite_e.hermegauss(21)
    weights = weights / weights.sum()
    recovered, noisy = [], []
    for scale in scales:
        loss = VariationalMutualInformation(Product(code=Uniform(1, minimum_scale=float(scale))))
        # The softplus of -30 is 0, so sigma equals its floor.
        recovered.append(float(loss.estimate(code, np.concatenate([code, 0 * code - 30], axis=1))))
        # The mean over c + error * nodes, by quadrature.
        parts = [np.concatenate([code + error * n, 0 * code - 30], axis=1) for n in nodes]
        values = [float(loss.estimate(code, part)) for part in parts]
        noisy.append(float(np.dot(weights, values)))
    at_one = float(
        VariationalMutualInformation(Product(code=Uniform(1, minimum_scale=1.0))).estimate(
            code, np.concatenate([code, 0 * code - 30], axis=1)
        )
    )
    # h of U(-1, 1) + N(0, error^2), less that of the noise.
    x = np.linspace(-3, 3, 6001)
    density = (norm.cdf((x + 1) / error) - norm.cdf((x - 1) / error)) / 2
    inside = density > 0
    entropy = -np.sum(density[inside] * np.log(density[inside])) * (x[1] - x[0])
    information = float(entropy - 0.5 * math.log(2 * math.pi * math.e * error**2))
    excess = float(np.mean(-norm.logpdf(code))) - Uniform(1).entropy()
    zero = float(np.exp(np.interp(0, -np.array(recovered), np.log(scales))))
    floor = 0.2
    ceiling = float(np.interp(math.log(floor), np.log(scales), recovered))
    return recorded(
        {
            "protocol": {
                "code": "U(-1, 1)",
                "recovered": "Q's mean is the code",
                "noisy": f"Q's mean is the code + N(0, {error}^2)",
                "by": "quadrature",
            },
            "numbers": {
                "H(c)": Uniform(1).entropy(),
                "L_I at sigma = 1, code recovered": at_one,
                "sigma where L_I is 0, code recovered": zero,
                "ceiling of L_I with a floor of 0.2": ceiling,
                "ceiling of two codes with a floor of 0.2": 2 * ceiling,
                "excess of the entropy under N(0, 1)": excess,
                "I(c; x) of the noisy code": information,
                "largest L_I of the noisy code": max(noisy),
                "sigma where it is largest": scales[int(np.argmax(noisy))],
            },
            "curves": {
                "sigma": scales,
                "recovered": recovered,
                "noisy": noisy,
                "wrong": np.add(noisy, excess),
            },
            "holds": {
                "vacuous at sigma = 1": at_one < 0,
                "positive below .798 alone": abs(zero - 0.798) < 0.002,
                "below the information": max(noisy) < information,
                "above it with the wrong entropy": max(noisy) + excess > information,
            },
        }
    )


def draw_code_information(found: Found, figure: Figure) -> None:
    """Draws L_I over sigma."""
    axes, curves, numbers = figure.subplots(), found["curves"], found["numbers"]
    axes.axhline(0, color=GREY, linewidth=0.8)
    line(axes, curves["sigma"], curves["recovered"], "code recovered exactly", BLUE)
    line(axes, curves["sigma"], curves["noisy"], "code seen with noise of 0.2", GREEN)
    line(axes, curves["sigma"], curves["wrong"], "the same, H(c) under N(0, 1)", ORANGE, "--")
    information = numbers["I(c; x) of the noisy code"]
    axes.axhline(information, color=GREEN, linestyle=":", linewidth=1.2)
    axes.text(1.5, information + 0.05, "I(c; x), noisy", ha="right", fontsize=8, color=GREEN)
    axes.axvline(0.2, color=GREY, linestyle=":", linewidth=1)
    axes.text(0.204, -0.93, "a floor of 0.2", fontsize=8, color=GREY)
    value = numbers["L_I at sigma = 1, code recovered"]
    axes.plot([1.0], [value], "o", color=BLUE)
    axes.annotate(
        f"sigma = 1: {value:.3f}", (1.0, value), (0.62, -0.75), fontsize=8,
        arrowprops={"arrowstyle": "-", "color": GREY},
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks([0.05, 0.1, 0.2, 0.5, 1.0], ["0.05", "0.1", "0.2", "0.5", "1"])
    axes.set_ylim(-1, 3)
    finished(axes, "sigma of Q(c|x)", "L_I, nats", legend="upper right")


def measure_sandwich(quick: bool, seed: int) -> Found:
    """Measures upper and lower bounds of a Gaussian channel with known densities.

    The posterior of Barber and Agakov's bound has the right mean and a standard deviation that is
    too large by a factor; the gap is its KL from the right one, in closed form.
    """
    n, batches = 128, 10 if quick else 60
    truth = np.array([1, 4] if quick else [0.5, 1, 2, 3, 4, 5, 6], "float64")
    width = 1.5  # r(y) = N(0, width^2 I) in the variational upper bound.
    found: dict[str, list[float]] = {name: [] for name in _SANDWICH}
    for information in truth:
        pairs = CorrelatedGaussian(DIMENSION, information)
        values = np.zeros(len(_SANDWICH))
        for batch in range(batches):
            x, y = pairs.sample(n, seed=(seed, int(10 * information), batch))
            conditional, marginal = pairs.log_conditional(x, y), pairs.log_marginal(y)
            wide = norm.logpdf(y, 0, width).sum(axis=1).astype("float32")
            scores = conditional - marginal[None, :]
            values += [
                float(bound)
                for bound in (
                    CLUB().estimate(None, conditional),
                    LeaveOneOut().estimate(None, conditional),
                    VariationalUpperBound().estimate(wide, conditional),
                    BarberAgakov().estimate(marginal, conditional),
                    InfoNCE().estimate(None, scores),
                )
            ]
        for name, value in zip(_SANDWICH, values / batches, strict=True):
            found[name].append(value)
    factors = np.array([1.0, 1.25, 1.5, 2.0, 2.5, 3.0])
    pairs = CorrelatedGaussian(DIMENSION, 4.0)
    rest = math.exp(-4.0 / DIMENSION)
    gaps = []
    x, y = pairs.sample(40_000, seed=(seed, 0))
    marginal = norm.logpdf(y).sum(axis=1)
    for factor in factors:
        scores = norm.logpdf(y, pairs.correlation * x, factor * rest).sum(axis=1)
        bound = BarberAgakov().estimate(marginal.astype("float32"), scores.astype("float32"))
        gaps.append(4.0 - float(bound))
    # KL(N(0, 1) || N(0, f^2)) in each dimension.
    kl = DIMENSION * (np.log(factors) + 0.5 / factors**2 - 0.5)
    marginal_gap = DIMENSION * (math.log(width) + 0.5 / width**2 - 0.5)
    at = list(truth).index(4.0)
    return recorded(
        {
            "protocol": {
                "pairs": f"Gaussian, {DIMENSION} dimensions, exact conditional density",
                "batches": f"{batches} of {n} pairs at each level",
                "variational upper bound": f"r(y) = N(0, {width}^2 I)",
                "posteriors": "of Barber and Agakov at I = 4: right mean, deviation too large",
            },
            "numbers": {
                **{f"{name} at I = 4": values[at] for name, values in found.items()},
                "KL(p(y) || r(y))": marginal_gap,
                **{f"gap, deviation x {f:g}": g for f, g in zip(factors, gaps, strict=True)},
                **{f"KL, deviation x {f:g}": k for f, k in zip(factors, kl, strict=True)},
            },
            "curves": {"truth": truth, **found, "factor": factors, "gap": gaps, "kl": kl},
            "holds": {
                "upper bounds are above": all(
                    np.all(np.subtract(found[name], truth) > -0.05) for name in _SANDWICH[:3]
                ),
                "lower bounds are below": all(
                    np.all(np.subtract(found[name], truth) < 0.05) for name in _SANDWICH[3:]
                ),
                "the gap of Barber and Agakov's is the KL": np.allclose(gaps, kl, atol=0.06),
            },
        }
    )


_SANDWICH = (
    "CLUB",
    "leave-one-out",
    "variational upper bound",
    "Barber-Agakov",
    "InfoNCE",
)


def draw_sandwich(found: Found, figure: Figure) -> None:
    """Draws bounds on the left, the gap and the KL on the right."""
    left, right = figure.subplots(1, 2)
    curves = found["curves"]
    truth = np.array(curves["truth"])
    for name, color, marker in zip(
        _SANDWICH, (RED, GREEN, ORANGE, GREY, BLUE), "o^svd", strict=True
    ):
        line(left, truth, curves[name], name, color, f"{marker}-", markersize=4)
    line(left, truth, truth, "truth", BLACK, "--", linewidth=1.2)
    left.set_ylim(-0.5, 17.5)
    finished(left, "I(x; y), nats", "bound, nats", legend="upper left")
    line(right, curves["factor"], curves["kl"], "KL(p(y|x) || q(y|x)), closed form", GREY)
    line(right, curves["factor"], curves["gap"], "I - bound, measured", BLUE, "o", markersize=5)
    title = "Barber-Agakov at I = 4"
    finished(right, "deviation of q(y|x) / the right one", "gap, nats", title, "upper left")
