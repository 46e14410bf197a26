"""Pairs of a number and what a noisy channel makes of it, whose information is a quadrature."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from tfgan_it.datasets.information_tasks import InformationTask

_SIGNALS, _OUTPUTS = 1200, 4000  # Points of the axes of the signal and of the output.

Function = Callable[[np.ndarray], np.ndarray]


def noise_channel(
    name: str, signal: Any, noise: Any, function: Function, scale: Function | float = 1.0
) -> InformationTask:
    """y = f(x) + s(x) e, with a signal x and an independent noise e of known distributions.

        I(x; y) = H(y) - H(e) - E ln s(x)

    H(y) is a quadrature of -p ln p on a grid that is dense around the middle of y and reaches far
    into the tails, with p(y) the mean of the noise's density over x, which is a function of a
    standard normal number. For smooth noise not narrower than a twentieth of the signal its error
    is below 1e-4 nats.

    Args:
        name: Name of the task.
        signal: Distribution of x, with `ppf` and `isf`, such as a frozen one of `scipy.stats`.
        noise: Distribution of e, with `ppf`, `pdf` and `entropy`.
        function: f, of an array.
        scale: s, of an array, above 0; or a number.

    Example: a Gaussian of variance 1 through noise of variance 1 is 1/2 ln 2.

    >>> from scipy import stats
    >>> task = noise_channel("sum", stats.norm(), stats.norm(), lambda x: x)
    >>> print(f"{task.mutual_information:.4f}")
    0.3466
    """

    def parts(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        s = scale(x) if callable(scale) else np.full_like(x, scale)
        return function(x), s

    z = np.linspace(-7.5, 7.5, _SIGNALS)
    share = special.ndtr(-np.abs(z))
    x = np.where(z < 0, signal.ppf(share), signal.isf(share))
    weights = np.exp(-(z**2) / 2)
    weights /= weights.sum()
    middle, s = parts(x)
    quantiles = (np.arange(100) + 0.5) / 100
    centres, scales = parts(signal.ppf(quantiles)[:, None])
    low, centre, high = np.quantile(centres + scales * noise.ppf(quantiles), [0.25, 0.5, 0.75])
    unit = (high - low) / 2
    # y = centre + unit sinh(t): fine in the middle, and 10^7 units in the tails.
    t = np.linspace(-18, 18, _OUTPUTS)
    y, slope = centre + unit * np.sinh(t), unit * np.cosh(t)
    with np.errstate(over="ignore"):  # Of densities that are 0 there.
        density = np.concatenate(
            [(noise.pdf((part[:, None] - middle) / s) / s) @ weights for part in np.split(y, 10)]
        )
    entropy = -float(special.xlogy(density, density) @ slope) * (t[1] - t[0])
    information = entropy - float(noise.entropy()) - float(np.log(s) @ weights)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = signal.ppf(random.random((n, 1)))
        middle, s = parts(x)
        return x, middle + s * noise.ppf(random.random((n, 1)))

    return InformationTask(name, information, draw)


def waiting_times() -> InformationTask:
    """x ~ Exp(1), y = x + e, e ~ Exp(1): I = H(Gamma(2)) - H(Exp) = Euler's constant, .577 nats.

    Example:

    >>> round(waiting_times().mutual_information, 4)
    0.5772
    """

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.exponential(size=(n, 1))
        return x, x + random.exponential(size=(n, 1))

    return InformationTask("waiting_times", float(np.euler_gamma), draw)


def angle_channel(concentration: float) -> InformationTask:
    """x a uniform angle and y a turn of it by von Mises noise, both as points of a circle.

        I = ln(2 pi) - H(noise) = k I_1(k) / I_0(k) - ln I_0(k),   k the concentration

    Args:
        concentration: k, above 0.

    Example:

    >>> round(angle_channel(4.0).mutual_information, 4)
    1.0291
    """
    k = concentration
    ln_bessel = math.log(special.i0e(k)) + k
    information = k * float(special.i1e(k) / special.i0e(k)) - ln_bessel

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.uniform(-np.pi, np.pi, size=(n, 1))
        y = x + random.vonmises(0.0, k, size=(n, 1))
        return tuple(np.hstack([np.cos(a), np.sin(a)]) for a in (x, y))  # type: ignore[return-value]

    return InformationTask(f"angles_{k:g}", information, draw)
