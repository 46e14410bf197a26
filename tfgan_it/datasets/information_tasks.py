"""Non-Gaussian pairs of samples with known mutual information."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from tfgan_it.checks import check_above, check_seed
from tfgan_it.datasets import invertible_maps as maps
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.memory import check_samples

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True, eq=False)
class InformationTask(CheckedKeywords):
    """Pairs (x, y) with their mutual information.

    Args:
        name: Name of the task in records.
        mutual_information: The exact I(x; y) in nats.
        draw: Function from a NumPy generator and n to x `(n, d_x)` and y `(n, d_y)`.

    Example:

    >>> task = additive_uniform(0.5)
    >>> x, y = task.sample(3, seed=0)
    >>> task.name, task.mutual_information, x.shape, y.shape
    ('additive_uniform_0.5', 0.5, (3, 1), (3, 1))
    """

    name: str
    mutual_information: float
    draw: Draw

    def sample(self, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draws `n` pairs, float64 `(n, d_x)` and `(n, d_y)`, as a function of the seed."""
        check_samples(self, n, 2)
        return self.draw(np.random.default_rng(check_seed(self, seed) % 2**64), n)

    @property
    def x_shape(self) -> tuple[int, ...]:
        """Shape of a sample of x, `(d_x,)`."""
        return self.sample(1)[0].shape[1:]

    @property
    def y_shape(self) -> tuple[int, ...]:
        """Shape of a sample of y, `(d_y,)`."""
        return self.sample(1)[1].shape[1:]

    def mapped(
        self,
        name: str,
        x: Callable[[np.ndarray], np.ndarray] = lambda x: x,
        y: Callable[[np.ndarray], np.ndarray] = lambda y: y,
    ) -> InformationTask:
        """Returns the task of mapped samples; one-to-one maps preserve the information.

        Args:
            name: Name of the new task.
            x: One-to-one map of the samples of x; see `invertible_maps`. The identity by default.
            y: One-to-one map of the samples of y. The identity by default.
        """

        def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
            first, second = self.draw(random, n)
            return x(first), y(second)

        return InformationTask(name, self.mutual_information, draw)


def additive_uniform(epsilon: float) -> InformationTask:
    """y = x + noise, x ~ U(0, 1), noise ~ U(-epsilon, epsilon).

        I = epsilon - ln(2 epsilon)   if epsilon <= 1/2,   1 / (4 epsilon)   otherwise

    Args:
        epsilon: Half the width of the noise, above 0.

    Raises:
        ValueError: If epsilon is not above 0.

    Source: Czyz et al., 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators".
    """
    check_above("additive_uniform", "epsilon", epsilon, 0)
    narrow = epsilon <= 0.5
    information = epsilon - math.log(2 * epsilon) if narrow else 1 / (4 * epsilon)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x = random.uniform(size=(n, 1))
        return x, x + random.uniform(-epsilon, epsilon, size=(n, 1))

    return InformationTask(f"additive_uniform_{epsilon}", information, draw)


def gaussian(name: str, covariance: Any, x_dimension: int) -> InformationTask:
    """(x, y) ~ N(0, C): I = 1/2 ln(|C_xx| |C_yy| / |C|).

    Args:
        name: Name of the task.
        covariance: C, `(d, d)`, positive definite.
        x_dimension: Number of coordinates of x, which are the first of the d.

    Source: Gelfand and Yaglom, 1959, "Calculation of the Amount of Information about a Random
    Function Contained in Another Such Function".

    Example:

    >>> print(f"{gaussian('pair', [[1, 0.75], [0.75, 1]], 1).mutual_information:.4f}")
    0.4133
    """
    covariance = np.asarray(covariance, "float64")
    parts = (covariance[:x_dimension, :x_dimension], covariance[x_dimension:, x_dimension:])
    marginal = sum(np.linalg.slogdet(part)[1] for part in parts)
    information = (marginal - np.linalg.slogdet(covariance)[1]) / 2
    root = np.linalg.cholesky(covariance)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        both = random.standard_normal((n, len(root))) @ root.T
        return both[:, :x_dimension], both[:, x_dimension:]

    return InformationTask(name, float(information), draw)


def student_t(name: str, scale: Any, x_dimension: int, df: float) -> InformationTask:
    """(x, y) ~ multivariate Student-t: a Gaussian divided by a random scale common to all columns.

        I = I_Gauss(scale) + f(v) + f(v + d_x + d_y) - f(v + d_x) - f(v + d_y),
        f(u) = ln Gamma(u / 2) - (u / 2) psi(u / 2)

    The common scale makes x and y dependent even if `scale` is diagonal.

    Args:
        name: Name of the task.
        scale: Scale matrix, `(d, d)`, positive definite.
        x_dimension: Number of coordinates of x, which are the first of the d.
        df: Degrees of freedom v; 1 is the Cauchy distribution.

    Raises:
        ValueError: If df is not above 0.

    Source: Arellano-Valle, Contreras-Reyes and Genton, 2013, "Shannon Entropy and Mutual
    Information for Multivariate Skew-Elliptical Distributions".
    """
    check_above("student_t", "df", df, 0)
    normal = gaussian(name, scale, x_dimension)
    y_dimension = len(scale) - x_dimension

    def term(u: float) -> float:
        return float(special.gammaln(u / 2) - u / 2 * special.digamma(u / 2))

    tails = term(df) + term(df + x_dimension + y_dimension)
    tails -= term(df + x_dimension) + term(df + y_dimension)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = normal.draw(random, n)
        common = np.sqrt(random.chisquare(df, size=(n, 1)) / df)
        return x / common, y / common

    return InformationTask(name, normal.mutual_information + tails, draw)


def gaussian_mixture(name: str, weights: Any, means: Any, covariances: Any) -> InformationTask:
    """(x, y) ~ mixture of two-dimensional Gaussians; I is the quadrature of p ln(p / (p_x p_y)).

    For a smooth density the trapezoidal rule converges faster than any power of its step. With a
    step of a tenth of the smallest standard deviation its error is below 1e-8 nats.

    Args:
        name: Name of the task.
        weights: Probabilities of the modes, `(modes,)`, summing to 1.
        means: Means of the modes, `(modes, 2)`.
        covariances: Covariances of the modes, `(modes, 2, 2)`.
    """
    weights, means, covariances = (np.asarray(a, "float64") for a in (weights, means, covariances))
    stds = np.sqrt(covariances[:, [0, 1], [0, 1]])
    least = np.sqrt(np.linalg.eigvalsh(covariances).min())
    axes = []
    for axis in (0, 1):
        low = (means[:, axis] - 9 * stds[:, axis]).min()
        high = (means[:, axis] + 9 * stds[:, axis]).max()
        axes.append(np.arange(low, high, least / 10))
    x, y = axes[0][:, None], axes[1][None, :]
    joint, p_x, p_y = 0.0, 0.0, 0.0
    for weight, mean, covariance, std in zip(weights, means, covariances, stds, strict=True):
        a, b = x - mean[0], y - mean[1]
        (p, q), (_, r) = np.linalg.inv(covariance)
        peak = weight / (2 * math.pi * math.sqrt(np.linalg.det(covariance)))
        joint = joint + peak * np.exp(-(p * a**2 + 2 * q * a * b + r * b**2) / 2)
        p_x = p_x + weight * _normal_density(a / std[0]) / std[0]
        p_y = p_y + weight * _normal_density(b / std[1]) / std[1]
    ratio = joint / np.maximum(p_x * p_y, 1e-300)
    information = float(special.xlogy(joint, ratio).sum() * (least / 10) ** 2)
    roots = np.linalg.cholesky(covariances)

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        modes = random.choice(len(weights), size=n, p=weights)
        noise = random.standard_normal((n, 2))
        both = means[modes] + np.einsum("nij,nj->ni", roots[modes], noise)
        return both[:, :1], both[:, 1:]

    return InformationTask(name, information, draw)


def tasks() -> list[InformationTask]:
    """Returns eighteen non-Gaussian tasks of 1 to 25 dimensions.

    They have heavy tails (Student-t), bounded margins (uniform), several modes, curves and spirals
    embedded in more dimensions, or only two dependent pairs of coordinates among 25.

    Source: after Czyz et al., 2023, "Beyond Normal: On the Evaluation of Mutual Information
    Estimators"; the additive uniform noise and half-cubed Gaussians also in Kraskov et al., 2004,
    "Estimating mutual information", and Gao et al., 2015, "Efficient Estimation of Mutual
    Information for Strongly Dependent Variables". The mixtures and the curve are new here.

    Example:

    >>> len(tasks())
    18
    """
    pair = gaussian("pair", _paired(1, 1, 0.75), 1)
    uniform = pair.mapped("uniform_margins", maps.normal_cdf, maps.normal_cdf)
    cauchy = student_t("student_t_1x1_df1", np.eye(2), 1, df=1)
    cross = [[[1, c], [c, 1]] for c in (0.9, -0.9)]
    four = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    return [
        additive_uniform(0.1),
        additive_uniform(0.5),
        additive_uniform(0.75),
        uniform,
        pair.mapped("half_cube_1x1", maps.half_cube, maps.half_cube),
        pair.mapped("wiggly_1x1", maps.wiggly, maps.wiggly),
        pair.mapped("bimodal_1x1", maps.bimodal, maps.bimodal),
        cauchy,
        cauchy.mapped("asinh_student_t_1x1_df1", np.arcsinh, np.arcsinh),
        student_t("student_t_2x2_df2", _dense(4), 2, df=2),
        student_t("student_t_5x5_df3", _dense(10), 5, df=3),
        uniform.mapped("swiss_roll_2x1", x=maps.swiss_roll),
        uniform.mapped("curve_1x5", y=maps.curve),
        gaussian("", _paired(3, 2, 0.8), 3).mapped("spiral_3x3", maps.spiral, maps.spiral),
        gaussian("", _paired(5, 2, 0.8), 5).mapped("spiral_5x5", maps.spiral, maps.spiral),
        gaussian("", _paired(25, 2, 0.8), 25).mapped(
            "half_cube_25x25", maps.half_cube, maps.half_cube
        ),
        gaussian_mixture("mixture_cross", [0.5, 0.5], np.zeros((2, 2)), cross),
        gaussian_mixture("mixture_four", [0.4, 0.1, 0.1, 0.4], four, [0.16 * np.eye(2)] * 4),
    ]


def _paired(dimension: int, pairs: int, correlation: float) -> np.ndarray:
    """Returns a covariance in which only the first `pairs` of (x_i, y_i) are correlated."""
    covariance = np.eye(2 * dimension)
    for i in range(pairs):
        covariance[i, dimension + i] = covariance[dimension + i, i] = correlation
    return covariance


def _dense(dimension: int) -> np.ndarray:
    """Returns a covariance in which all correlations are 1/2."""
    return (np.eye(dimension) + 1) / 2


def _normal_density(x: np.ndarray) -> np.ndarray:
    return np.exp(-np.square(x) / 2) / math.sqrt(2 * math.pi)
