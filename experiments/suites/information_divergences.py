"""Claims about divergences of data and generator: estimates of discriminators, KL directions."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from matplotlib.figure import Figure
from scipy.optimize import minimize
from scipy.stats import norm

from experiments.suites.information_figures import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    Found,
    finished,
    line,
    recorded,
)
from tfgan_it.estimators.array_training import ArrayTraining, shuffled, small_network
from tfgan_it.estimators.density_ratio_estimator import DensityRatioEstimator
from tfgan_it.layers import spectral_normalization
from tfgan_it.losses import Hinge, Wasserstein, jensen_shannon_lower_bound

_GRID = np.linspace(-20, 20, 8001)
_WIDTH = _GRID[1] - _GRID[0]


def divergences(p: np.ndarray, q: np.ndarray) -> dict[str, float]:
    """Computes KL(p || q), KL(q || p) and JS of densities on the grid, by quadrature, in nats."""
    p, q = (np.maximum(density, 1e-300) for density in (p, q))
    m = (p + q) / 2

    def kl(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sum(a * np.log(a / b)) * _WIDTH)

    return {"kl": kl(p, q), "reverse_kl": kl(q, p), "js": (kl(p, m) + kl(q, m)) / 2}


def measure_jensen_shannon(quick: bool, seed: int) -> Found:
    """Measures JS of N(d/2, 1) and N(-d/2, 1), and the bounds of three logits, by quadrature."""
    distances = np.linspace(0, 6, 13 if quick else 49)
    # ln p/q is d x. Weight decay and early stopping reduce slopes; few training samples increase
    # them.
    slopes = {
        "exact": lambda d: d,
        "weak": lambda d: min(d, 0.5),
        "overconfident": lambda d: 4.0 * d,
    }
    truth, information = [], []
    bounds: dict[str, list[float]] = {name: [] for name in slopes}
    for d in distances:
        p, q = norm.pdf(_GRID, d / 2), norm.pdf(_GRID, -d / 2)
        truth.append(divergences(p, q)["js"])
        # H(y) - H(y|x) of the label y, which equals JS.
        m, real = (p + q) / 2, 1 / (1 + np.exp(-np.clip(d * _GRID, -700, 700)))
        terms = [np.where(s > 0, -s * np.log(np.maximum(s, 1e-300)), 0.0) for s in (real, 1 - real)]
        information.append(math.log(2) - float(np.sum(m * sum(terms)) * _WIDTH))
        for name, slope in slopes.items():
            logits = slope(d) * _GRID
            # The terms of real and of generated samples at each point: logits of 1e9 and -1e9 make
            # the other term 0.
            of_real = np.asarray(jensen_shannon_lower_bound(logits, np.full_like(logits, -1e9)))
            of_fake = np.asarray(jensen_shannon_lower_bound(np.full_like(logits, 1e9), logits))
            parts = p * (of_real - math.log(2) / 2) + q * (of_fake - math.log(2) / 2)
            bounds[name].append(float(np.sum(parts) * _WIDTH))
    at_one = int(np.argmin(np.abs(distances - 1)))
    return recorded(
        {
            "protocol": {"pairs": "N(d/2, 1) and N(-d/2, 1)", "by": "quadrature, no samples"},
            "numbers": {
                "largest |JS - I(x; y)|": max(
                    abs(a - b) for a, b in zip(truth, information, strict=True)
                ),
                "largest |JS - bound of the exact logit|": max(
                    abs(a - b) for a, b in zip(truth, bounds["exact"], strict=True)
                ),
                "JS at d = 1": truth[at_one],
                **{f"bound at d = 1, {name}": values[at_one] for name, values in bounds.items()},
                "JS at d = 6": truth[-1],
                "GAN value at d = 1": 2 * truth[at_one] - math.log(4),
            },
            "curves": {"d": distances, "js": truth, **bounds},
            "holds": {
                "JS is I(x; y)": np.allclose(truth, information, atol=1e-6),
                "the exact logit reaches it": np.allclose(truth, bounds["exact"], atol=1e-5),
                "no other passes it": all(
                    np.all(np.subtract(truth, values) > -1e-5) for values in bounds.values()
                ),
                "an overconfident logit falls below 0": min(bounds["overconfident"]) < 0,
            },
        },
        digits=7,
    )


def draw_jensen_shannon(found: Found, figure: Figure) -> None:
    """Draws the truth and three bounds over the distance."""
    axes, curves = figure.subplots(), found["curves"]
    axes.axhline(math.log(2), color=GREY, linestyle=":", linewidth=1)
    axes.text(6, math.log(2) + 0.015, "ln 2", ha="right", fontsize=8, color=GREY)
    axes.axhline(0, color=GREY, linewidth=0.8)
    line(axes, curves["d"], curves["js"], "JS = I(x; y), by quadrature", BLACK, linewidth=3.5)
    line(axes, curves["d"], curves["exact"], "ln 2 - BCE of ln p/q", BLUE, "--")
    line(axes, curves["d"], curves["weak"], "of a logit of slope 0.5 at most", GREEN)
    line(axes, curves["d"], curves["overconfident"], "of 4 ln p/q, overconfident", ORANGE)
    axes.set_ylim(-0.35, 0.78)
    finished(axes, "distance d of the means, in standard deviations", legend="lower right")
    axes.legend(fontsize=8, loc="center right", bbox_to_anchor=(1.0, 0.33))


# Data N(0, 1), generator N(d, 1.5^2).
_GENERATED_SCALE = 1.5


def measure_probe(quick: bool, seed: int) -> Found:
    """Measures KL, reverse KL and JS by a new probe, and by a hinge and a Wasserstein critic.

    All are trained on the same samples; the critics are evaluated on others.
    """
    shifts = [0.0, 1.0, 2.0] if quick else [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]
    n, steps = (2000, 200) if quick else (8000, 1000)
    fewer: dict[str, Any] = {"steps": 200} if quick else {}
    probe = DensityRatioEstimator(seed=seed, **fewer)
    critics = {name: _critic(name, seed) for name in ("hinge", "wasserstein")}
    found: dict[str, list[dict[str, float]]] = {
        "truth": [],
        "probe": [],
        **{c: [] for c in critics},
    }
    for shift in shifts:
        random = np.random.default_rng([seed, int(10 * shift)])
        real = random.normal(0, 1, (2 * n, 1)).astype("float32")
        fake = random.normal(shift, _GENERATED_SCALE, (2 * n, 1)).astype("float32")
        found["truth"].append(
            divergences(norm.pdf(_GRID), norm.pdf(_GRID, shift, _GENERATED_SCALE))
        )
        estimate = probe.fit(real[:n], fake[:n]).estimate(real[n:], fake[n:])
        found["probe"].append({name: estimate[name] for name in ("kl", "reverse_kl", "js")})
        order = np.stack(
            [shuffled(n, random)(64 * steps).reshape(steps, 64) for _ in range(2)], axis=1
        )
        order[:, 1] += n
        x, y = np.concatenate([real[:n], fake[:n]]), np.repeat([1.0, 0.0], n)
        for name, training in critics.items():
            training.restart()
            training.run(x, y, order.reshape(steps, -1))
            f, g = (training.outputs(part[n:])[:, 0] for part in (real, fake))
            js = np.mean(np.asarray(jensen_shannon_lower_bound(f, g)))
            found[name].append({"kl": f.mean(), "reverse_kl": -g.mean(), "js": js})
    curves = {
        who: {what: [row[what] for row in rows] for what in ("kl", "reverse_kl", "js")}
        for who, rows in found.items()
    }
    errors = {
        who: {
            what: float(np.mean(np.abs(np.subtract(values[what], curves["truth"][what]))))
            for what in values
        }
        for who, values in curves.items()
        if who != "truth"
    }
    return recorded(
        {
            "protocol": {
                "data": "N(0, 1)",
                "generator": f"N(shift, {_GENERATED_SCALE}^2)",
                "n": f"{n} to train and {n} to read, of either",
                "critics": f"2 hidden layers of 64, {steps} Adam steps of 2 x 64 on the same "
                "samples; wasserstein with spectral normalisation",
            },
            "numbers": {
                f"mean |error| of {what}, {who}": error
                for who, of_kind in errors.items()
                for what, error in of_kind.items()
            },
            "curves": {"shift": shifts, **curves},
            "holds": {
                f"the probe is nearer in {what} than both critics": all(
                    errors["probe"][what] < errors[critic][what] for critic in critics
                )
                for what in ("kl", "reverse_kl", "js")
            },
        }
    )


def draw_probe(found: Found, figure: Figure) -> None:
    """Draws three panels, one for each divergence."""
    curves = found["curves"]
    panels = figure.subplots(1, 3)
    titles = {"kl": "KL(p || q)", "reverse_kl": "KL(q || p)", "js": "JS(p, q)"}
    for axes, (what, title) in zip(panels, titles.items(), strict=True):
        x = curves["shift"]
        line(axes, x, curves["truth"][what], "truth", BLACK, linewidth=3.5)
        line(axes, x, curves["probe"][what], "fresh probe", BLUE, "o--", markersize=4)
        line(axes, x, curves["hinge"][what], "hinge critic", ORANGE, "s-", markersize=4)
        line(axes, x, curves["wasserstein"][what], "Wasserstein critic", GREEN, "^-", markersize=4)
        finished(axes, "shift of the generator", title=title, legend=None)
    panels[1].legend(fontsize=8, loc="upper left")


def _critic(name: str, seed: int) -> ArrayTraining:
    """Builds a critic of scalars with this loss; the Wasserstein critic is 1-Lipschitz."""
    game = {"hinge": Hinge(), "wasserstein": Wasserstein()}[name]

    def build() -> keras.Model:
        if name == "hinge":
            return small_network((1,))
        x = inputs = keras.Input((1,), dtype="float32")
        for _ in range(2):
            x = layers.LeakyReLU(0.2)(spectral_normalization(layers.Dense(64))(x))
        return keras.Model(inputs, spectral_normalization(layers.Dense(1))(x))

    def loss(labels: Any, outputs: Any) -> Any:
        real, fake = ops.split(outputs[:, 0], 2)  # The first half of a batch is real.
        value = game.discriminator_loss(real, fake)
        return ops.concatenate([value, value])

    return ArrayTraining(build, loss, 1e-3, seed)


# The mixture to which a Gaussian is fitted: weights, means, standard deviations.
_MODES = ((0.6, -2.0, 0.7), (0.4, 2.5, 0.5))


def measure_kl_directions(quick: bool, seed: int) -> Found:
    """Fits a Gaussian q to a mixture p of two by each divergence, by quadrature."""
    p = sum(w * norm.pdf(_GRID, m, s) for w, m, s in _MODES)
    starts = [(0.0, 1.0), (-2.0, -0.5), (2.5, -0.5)]
    names = ("kl", "reverse_kl", "js")
    fitted, values = {}, {}
    for name in names:

        def value(parameters: np.ndarray, name: str = name) -> float:
            return divergences(p, norm.pdf(_GRID, parameters[0], math.exp(parameters[1])))[name]

        best = min((minimize(value, s, method="BFGS") for s in starts), key=lambda r: r.fun)
        mean, scale = float(best.x[0]), math.exp(best.x[1])
        fitted[name] = (mean, scale)
        values[name] = divergences(p, norm.pdf(_GRID, mean, scale))
    mean = sum(w * m for w, m, _ in _MODES)
    deviation = math.sqrt(sum(w * (s**2 + (m - mean) ** 2) for w, m, s in _MODES))
    heaviest = max(_MODES)
    shown = slice(2800, 5201, 8)
    densities = {name: norm.pdf(_GRID, *fitted[name]) for name in names}
    numbers = {}
    for name in names:
        numbers[f"mean, by {name}"], numbers[f"deviation, by {name}"] = fitted[name]
        numbers |= {f"{what} where {name} is least": v for what, v in values[name].items()}
    return recorded(
        {
            "protocol": {
                "p": " + ".join(f"{w} N({m:g}, {s:g}^2)" for w, m, s in _MODES),
                "by": "quadrature and BFGS from three starts, the best of them; no samples",
            },
            "numbers": numbers,
            "curves": {
                "x": _GRID[shown],
                "p": p[shown],
                **{name: density[shown] for name, density in densities.items()},
            },
            "holds": {
                "forward KL matches mean and deviation of the mixture": np.allclose(
                    fitted["kl"], (mean, deviation), atol=1e-3
                ),
                "reverse KL takes the heavier mode": np.allclose(
                    fitted["reverse_kl"], heaviest[1:], atol=0.1
                ),
            },
        }
    )


def draw_kl_directions(found: Found, figure: Figure) -> None:
    """Draws the mixture and the three Gaussians."""
    axes, curves, numbers = figure.subplots(), found["curves"], found["numbers"]
    axes.fill_between(curves["x"], curves["p"], color=GREY, alpha=0.3, label="data p, two modes")
    for name, label, color, style in (
        ("kl", "KL(p || q), forward: covers", BLUE, "-"),
        ("reverse_kl", "KL(q || p), reverse: seeks", ORANGE, "-"),
        ("js", "JS", GREEN, "--"),
    ):
        value = numbers[f"{name} where {name} is least"]
        line(axes, curves["x"], curves[name], f"{label} ({value:.2f} nats)", color, style)
    axes.set_ylim(0, 0.75)
    finished(axes, "x", "density", "the Gaussian q with the least ...", "upper right")
