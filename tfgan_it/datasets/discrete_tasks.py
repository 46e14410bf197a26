"""Pairs with a discrete side, or with atoms, and their information."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from tfgan_it.datasets.information_tasks import InformationTask

_POINTS = 4001  # Of a quadrature over a continuous side.


def table(name: str, probabilities: Any) -> InformationTask:
    """(x, y) are the row and the column of a cell: I = sum p ln(p / (p_x p_y)).

    Args:
        name: Name of the task.
        probabilities: Probabilities of the cells, `(rows, columns)`, summing to 1.

    Example: the input and output of a binary symmetric channel, ln 2 - H(.1).

    >>> round(table("channel", [[0.45, 0.05], [0.05, 0.45]]).mutual_information, 4)
    0.3681
    """
    p = np.asarray(probabilities, "float64")
    independent = p.sum(axis=1, keepdims=True) * p.sum(axis=0)
    information = float(np.sum(special.rel_entr(p, independent)))

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        cells = random.choice(p.size, size=n, p=p.ravel())
        x, y = np.divmod(cells, p.shape[1])
        return x[:, None], y[:, None]

    return InformationTask(name, information, draw)


def labelled_gaussians(name: str, weights: Any, means: Any, stds: Any) -> InformationTask:
    """x is a label and y ~ N(mean, std^2) of it: I = sum_l w_l KL(p_l || sum_m w_m p_m).

    Args:
        name: Name of the task.
        weights: Probabilities of the labels, `(labels,)`.
        means: Means, `(labels,)`.
        stds: Standard deviations, `(labels,)`.
    """
    weights, means, stds = (np.asarray(part, "float64") for part in (weights, means, stds))
    grid = np.linspace((means - 10 * stds).min(), (means + 10 * stds).max(), _POINTS)
    z = (grid - means[:, None]) / stds[:, None]
    densities = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / stds[:, None]
    terms = special.rel_entr(densities, np.maximum(weights @ densities, 1e-300))
    information = float(weights @ terms.sum(axis=1) * (grid[1] - grid[0]))

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.choice(len(weights), size=(n, 1), p=weights)
        return x, means[x] + stds[x] * random.standard_normal((n, 1))

    return InformationTask(name, information, draw)


def stepped_uniform(values: int) -> InformationTask:
    """x is uniform on 0 ... m - 1, y ~ U(x, x + 2): I = ln m - (m - 1) ln(2) / m.

    Args:
        values: m, at least 1.

    Source: Gao, Kannan, Oh and Viswanath, 2017, "Estimating Mutual Information for
    Discrete-Continuous Mixtures".
    """
    information = float(np.log(values) - (values - 1) * np.log(2) / values)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.integers(values, size=(n, 1))
        return x, x + 2 * random.random((n, 1))

    return InformationTask(f"stepped_uniform_{values}", information, draw)


def censored_poisson(zero: float) -> InformationTask:
    """x ~ Exp(1), y is 0 with probability p, else Poisson(x): a number and a count with more zeros.

    The information is a quadrature over x of KL(p(y|x) || p(y)).

    Args:
        zero: p, in [0, 1).

    Source: the pairs are those of Gao, Kannan, Oh and Viswanath, 2017, "Estimating Mutual
    Information for Discrete-Continuous Mixtures".
    """
    # x = t^2, because the divergence has a term x ln x at 0; to where e^-x is 1e-18.
    t = np.linspace(0, 6.5, _POINTS)
    nodes, node_weights = t**2, 2 * t * np.exp(-(t**2)) * (t[1] - t[0])
    counts = np.arange(400)
    given = np.exp(
        special.xlogy(counts, nodes[:, None]) - nodes[:, None] - special.gammaln(counts + 1)
    )
    given = (1 - zero) * given + zero * (counts == 0)
    # Of x ~ Exp(1), a count is geometric: 2^-(k + 1).
    marginal = (1 - zero) * 0.5 ** (counts + 1.0) + zero * (counts == 0)
    information = float(node_weights @ special.rel_entr(given, marginal).sum(axis=1))

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.exponential(size=(n, 1))
        return x, np.where(random.random((n, 1)) < zero, 0, random.poisson(x))

    return InformationTask(f"censored_poisson_{zero:g}", information, draw)


def rectified_pair(correlation: float) -> InformationTask:
    """x = a, y = max(b, 0) of a Gaussian pair (a, b): half of y is an atom at 0.

        I(x; y) = 1/2 I(a; b) + I(a; b > 0) - correction

    computed as the mean over a of the divergence of y's law given a from its law.

    Args:
        correlation: Correlation of a and b, in (-1, 1).
    """
    r, s = correlation, np.sqrt(1 - correlation**2)
    axis = np.linspace(-9, 9, 1801)
    weights = np.exp(-(axis**2) / 2) / np.sqrt(2 * np.pi) * (axis[1] - axis[0])
    atom = special.ndtr(-r * axis / s)
    of_atom = special.rel_entr(atom, 0.5)
    # Where b is above 0, of its density given a and of that of all b.
    b = np.linspace(0, 12, 4001)
    z = (b - r * axis[:, None]) / s
    given = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / s
    ln_ratio = (b**2 - z**2) / 2 - np.log(s)
    of_density = np.trapezoid(given * ln_ratio, b, axis=1)
    information = float(weights @ (of_atom + of_density))

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, other = random.standard_normal((2, n, 1))
        return x, np.maximum(r * x + s * other, 0)

    return InformationTask(f"rectified_{correlation:g}", information, draw)
