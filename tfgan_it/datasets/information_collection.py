"""Eighty pairs of known information: half to choose an estimator by, half to test it.

Families are whole on one side: which is on which was settled before any estimator met them, but for
the eighteen of `information_tasks`, which had been looked at before and stand among those to choose
by. Only Gaussian and Student-t pairs are on both sides, in other dimensions and with other
dependence.
"""

from __future__ import annotations

import functools

import numpy as np
from scipy import stats

from tfgan_it.datasets import information_tasks
from tfgan_it.datasets import invertible_maps as maps
from tfgan_it.datasets.copula_tasks import clayton, frank
from tfgan_it.datasets.discrete_tasks import (
    censored_poisson,
    labelled_gaussians,
    rectified_pair,
    stepped_uniform,
    table,
)
from tfgan_it.datasets.information_tasks import (
    InformationTask,
    additive_uniform,
    gaussian,
    gaussian_mixture,
    student_t,
)
from tfgan_it.datasets.joined_tasks import among_noise, by_column, network, side_by_side, turned
from tfgan_it.datasets.noise_channels import angle_channel, noise_channel, waiting_times


@functools.lru_cache(maxsize=1)
def development_tasks() -> tuple[InformationTask, ...]:
    """Returns the tasks by which an estimator may be chosen.

    Example:

    >>> len(development_tasks())
    38
    """
    normal, uniform = stats.norm(), stats.uniform()
    parabola = noise_channel("parabola", normal, stats.norm(scale=0.5), np.square)
    return (
        *information_tasks.tasks(),
        noise_channel("uniform_and_normal_noise", uniform, stats.norm(scale=0.2), _same),
        noise_channel("cauchy_noise", normal, stats.cauchy(scale=0.3), _same),
        parabola,
        noise_channel("steps", normal, stats.norm(scale=0.4), lambda x: np.tanh(4 * x)),
        gaussian("normal_5x5_dense", _dense(10, 0.4), 5),
        gaussian("normal_20x20_sparse", _paired(20, 3, 0.7), 20),
        gaussian("normal_50x50_dense", _dense(100, 0.5), 50),
        gaussian("independent_5x5", np.eye(10), 5).mapped("independent_5x5", maps.half_cube),
        student_t("student_t_10x10_df2", _paired(10, 2, 0.5), 10, 2),
        student_t("student_t_20x3_df5", _dense(23, 0.3), 20, 5),
        side_by_side("uniform_noise_3x3_turned", [additive_uniform(0.5)] * 3).mapped(
            "uniform_noise_3x3_turned", turned(3, 1), turned(3, 2)
        ),
        among_noise("parabola_among_noise_8x8", parabola, 7, 7),
        gaussian("", _paired(10, 3, 0.8), 10).mapped("spiral_10x10", maps.spiral, maps.spiral),
        _mixture("mixture_scales", [0.7, 0.3], [(0, 0)] * 2, [_pair(0.8), 9 * _pair(-0.5)]),
        table("table_5x4", _table(5, 4, 1)),
        table("poisson_channel", _poisson_channel()),
        labelled_gaussians("three_labels", [0.5, 0.3, 0.2], [-1, 1, 2], [1, 0.5, 1.5]),
        among_noise(
            "two_labels_1x10", labelled_gaussians("", [0.5, 0.5], [-1, 1], [1, 1]), 0, 9
        ).mapped("two_labels_1x10", y=turned(10, 3)),
        stepped_uniform(5),
        rectified_pair(0.8),
    )


@functools.lru_cache(maxsize=1)
def test_tasks() -> tuple[InformationTask, ...]:
    """Returns the tasks by which nothing may be chosen.

    Example:

    >>> len(test_tasks())
    42
    """
    normal = stats.norm()
    sine = noise_channel("sine", normal, stats.norm(scale=0.4), lambda x: np.sin(2 * x))
    bands = _mixture("", [0.3, 0.4, 0.3], [(-2, 1), (0, -1), (2, 1)], [0.2 * np.eye(2)] * 3)
    uniform_pair = gaussian("", _paired(1, 1, 0.75), 1).mapped("", maps.normal_cdf, maps.normal_cdf)
    monotone = by_column(np.exp, lambda x: x**3, maps.normal_cdf, maps.wiggly, maps.bimodal)
    return (
        noise_channel("laplace_noise", normal, stats.laplace(scale=0.5), _same),
        noise_channel("logistic_and_t_noise", stats.logistic(), stats.t(3, scale=0.7), _same),
        noise_channel("narrow_noise", stats.uniform(), stats.norm(scale=0.05), _same),
        noise_channel("gamma_factor", normal, stats.loggamma(2), _same).mapped(
            "gamma_factor", np.exp, np.exp
        ),
        noise_channel("changing_variance", normal, normal, np.zeros_like, np.exp),
        sine,
        waiting_times(),
        angle_channel(4.0),
        clayton(2.0),
        frank(8.0),
        gaussian("independent_1x1", np.eye(2), 1),
        gaussian("independent_10x10", np.eye(20), 10).mapped("independent_10x10", np.exp, np.exp),
        gaussian("normal_2x2_dense", _dense(4, 0.6), 2),
        gaussian("normal_10x10_sparse", _paired(10, 3, 0.7), 10),
        gaussian("normal_25x25_random", _random_covariance(50, 4), 25),
        gaussian("normal_50x50_sparse", _paired(50, 4, 0.6), 50),
        gaussian("normal_30x1", _dense(31, 0.2), 30),
        student_t("student_t_3x2_df4", _dense(5, 0.5), 3, 4),
        student_t("student_t_10x10_df5", _dense(20, 0.5), 10, 5),
        student_t("student_t_25x25_df3", _paired(25, 5, 0.6), 25, 3),
        student_t("student_t_50x50_df8", _dense(100, 0.3), 50, 8),
        gaussian("", _dense(10, 0.5), 5).mapped("monotone_5x5", monotone, monotone),
        student_t("", _dense(8, 0.5), 4, 3).mapped("arctan_t_4x4_df3", np.arctan, np.arctan),
        gaussian("", _paired(5, 2, 0.8), 5).mapped("network_5x5", network(5, 5), network(5, 8)),
        uniform_pair.mapped("helix_3x1", x=maps.helix),
        gaussian("", _paired(4, 2, 0.8), 4).mapped("whirl_4x4", maps.whirl, maps.whirl),
        gaussian("", _paired(10, 2, 0.8), 10).mapped("whirl_10x10", maps.whirl, maps.whirl),
        side_by_side("", [waiting_times()] * 4).mapped(
            "waiting_times_4x4_turned", turned(4, 6), turned(4, 7)
        ),
        _mixture(
            "mixture_bands", [0.3, 0.4, 0.3], [(-2, 1), (0, -1), (2, 1)], [0.2 * np.eye(2)] * 3
        ),
        _mixture("mixture_outliers", [0.95, 0.05], [(0, 0)] * 2, [_pair(0.9), 25 * np.eye(2)]),
        side_by_side("", [bands] * 3).mapped("mixtures_3x3_turned", turned(3, 9), turned(3, 10)),
        among_noise("sine_among_noise_5x5", sine, 4, 4),
        among_noise("clayton_among_noise_20x20", clayton(2.0), 19, 19),
        among_noise("normal_among_noise_25x1", gaussian("", _pair(0.8), 1), 24, 0),
        table("table_8x8", _table(8, 8, 11)),
        table("thinned_binomial", _thinned_binomial(10, 0.7)),
        table("independent_20x20", np.full((20, 20), 1 / 400)),
        censored_poisson(0.15),
        labelled_gaussians("five_labels", [0.2] * 5, [-3, -1.5, 0, 1.5, 3], [0.6] * 5),
        among_noise(
            "four_labels_1x5", labelled_gaussians("", [0.25] * 4, [-3, -1, 1, 3], [1] * 4), 0, 4
        ).mapped("four_labels_1x5", y=turned(5, 12)),
        labelled_gaussians("label_of_scale", [0.6, 0.4], [0, 0], [1, 3]),
        gaussian("", _pair(0.9), 1).mapped("sinh_1x1", lambda x: np.sinh(4 * x)),
    )


def _same(x: np.ndarray) -> np.ndarray:
    return x


def _mixture(name: str, weights: object, means: object, covariances: object) -> InformationTask:
    return gaussian_mixture(name, weights, np.asarray(means, "float64"), covariances)


def _pair(correlation: float) -> np.ndarray:
    return np.array([[1, correlation], [correlation, 1]])


def _paired(dimension: int, pairs: int, correlation: float) -> np.ndarray:
    covariance = np.eye(2 * dimension)
    for i in range(pairs):
        covariance[i, dimension + i] = covariance[dimension + i, i] = correlation
    return covariance


def _dense(dimension: int, correlation: float) -> np.ndarray:
    return np.full((dimension, dimension), correlation) + (1 - correlation) * np.eye(dimension)


def _random_covariance(dimension: int, seed: int) -> np.ndarray:
    """Returns the covariance of a few draws of independent columns, which correlate by chance."""
    rows = np.random.default_rng(seed).standard_normal((4 * dimension, dimension))
    return rows.T @ rows / len(rows)


def _table(rows: int, columns: int, seed: int) -> np.ndarray:
    weights = np.random.default_rng(seed).gamma(0.5, size=(rows, columns))
    return weights / weights.sum()


def _poisson_channel() -> np.ndarray:
    """Returns the table of a count of Poisson(1, 4, 9 or 16) by which of these it is, to 60."""
    rates = np.array([[1.0], [4.0], [9.0], [16.0]])
    cells = stats.poisson(rates).pmf(np.arange(60)) / 4
    return cells / cells.sum()


def _thinned_binomial(count: int, kept: float) -> np.ndarray:
    """Returns the table of x ~ Bin(count, 1/2) and y ~ Bin(x, kept)."""
    x = np.arange(count + 1)
    return stats.binom(count, 0.5).pmf(x)[:, None] * stats.binom(x[:, None], kept).pmf(x)
