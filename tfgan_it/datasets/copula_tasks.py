"""Pairs of uniform numbers with the copulas of the textbooks, and their information."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from tfgan_it.datasets.information_tasks import InformationTask


def clayton(theta: float) -> InformationTask:
    """Clayton's copula, whose pairs are close where both are small.

        C(u, v) = (u^-t + v^-t - 1)^(-1/t)

    Args:
        theta: t, above 0; Kendall's tau is t / (t + 2).

    Source: Nelsen, 2006, "An Introduction to Copulas".
    """

    def ln_density(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        ln_u, ln_v = np.log(u), np.log(v)
        # ln(u^-t + v^-t - 1) without overflow for small u and v.
        largest = -theta * np.minimum(ln_u, ln_v)
        rest = np.exp(-theta * ln_u - largest) + np.exp(-theta * ln_v - largest) - np.exp(-largest)
        ln_sum = largest + np.log(rest)
        return math.log(1 + theta) - (1 + theta) * (ln_u + ln_v) - (2 + 1 / theta) * ln_sum

    def second(u: np.ndarray, share: np.ndarray) -> np.ndarray:
        return ((share ** (-theta / (1 + theta)) - 1) * u**-theta + 1) ** (-1 / theta)

    return _copula(f"clayton_{theta:g}", ln_density, second)


def frank(theta: float) -> InformationTask:
    """Frank's copula, whose pairs are as close in the middle as at the ends.

        C(u, v) = -1/t ln(1 + (e^-tu - 1) (e^-tv - 1) / (e^-t - 1))

    Args:
        theta: t, not 0.

    Source: Nelsen, 2006, "An Introduction to Copulas".
    """
    whole = -math.expm1(-theta)

    def ln_density(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        below = whole - np.expm1(-theta * u) * np.expm1(-theta * v)
        return math.log(theta * whole) - theta * (u + v) - 2 * np.log(below)

    def second(u: np.ndarray, share: np.ndarray) -> np.ndarray:
        part = share * whole / (np.exp(-theta * u) * (1 - share) + share)
        return -np.log1p(-part) / theta

    return _copula(f"frank_{theta:g}", ln_density, second)


def _copula(
    name: str,
    ln_density: Callable[[np.ndarray, np.ndarray], np.ndarray],
    second: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> InformationTask:
    """Makes a task of the ln of a copula's density and of v's quantile at a share given u."""
    z = np.linspace(-8.2, 8.2, 1200)
    u, mass = special.ndtr(z), np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])
    ln_ratio = ln_density(u[:, None], u)
    information = float(mass @ (np.exp(ln_ratio) * ln_ratio) @ mass)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        u, share = random.random((2, n, 1))
        return u, second(u, share)

    return InformationTask(name, information, draw)
