import math

import numpy as np
import pytest
from scipy import integrate, stats

from tfgan_it.datasets.discrete_tasks import (
    censored_poisson,
    labelled_gaussians,
    rectified_pair,
    stepped_uniform,
    table,
)

N = 200_000


def agrees(task, ratio):
    """Compares with the mean of ln p(y | x) / p(y) over the task's samples."""
    error = ratio.std() / math.sqrt(len(ratio))
    assert error < 0.01
    assert task.mutual_information == pytest.approx(ratio.mean(), abs=4 * error)


def test_a_table_by_its_samples_and_by_entropies():
    cells = np.array([[0.1, 0.2, 0.0], [0.3, 0.1, 0.3]])
    task = table("cells", cells)
    entropies = [stats.entropy(part) for part in (cells.sum(0), cells.sum(1), cells.ravel())]
    assert task.mutual_information == pytest.approx(entropies[0] + entropies[1] - entropies[2])
    x, y = task.sample(N, seed=1)
    assert x.dtype == y.dtype == np.int64
    counts = np.zeros_like(cells)
    np.add.at(counts, (x[:, 0], y[:, 0]), 1 / N)
    np.testing.assert_allclose(counts, cells, atol=0.005)


def test_labelled_gaussians_by_their_densities():
    weights, means, stds = (
        np.array([0.5, 0.3, 0.2]),
        np.array([-1.0, 1, 2]),
        np.array([1, 0.5, 1.5]),
    )
    task = labelled_gaussians("three", weights, means, stds)
    x, y = task.sample(N, seed=2)
    densities = stats.norm(means, stds).pdf(y)
    own = np.take_along_axis(densities, x, axis=1)[:, 0]
    agrees(task, np.log(own / (densities @ weights)))


def test_steps_by_their_densities():
    x, y = stepped_uniform(4).sample(N, seed=3)
    covering = sum(((y >= label) & (y < label + 2)).astype(int) for label in range(4))
    agrees(stepped_uniform(4), np.log(4 / covering[:, 0]))


def test_counts_with_zeros_by_adaptive_integration():
    zero = 0.3

    def divergence(x):
        counts = np.arange(80)
        given = (1 - zero) * stats.poisson(x).pmf(counts) + zero * (counts == 0)
        marginal = (1 - zero) * 0.5 ** (counts + 1.0) + zero * (counts == 0)
        return math.exp(-x) * stats.entropy(given, marginal)

    expected = integrate.quad(divergence, 0, 40)[0]
    assert censored_poisson(zero).mutual_information == pytest.approx(expected, abs=1e-6)
    x, y = censored_poisson(zero).sample(N, seed=4)
    assert np.mean(y == 0) == pytest.approx(zero + 0.7 * 0.5, abs=0.005)
    assert stats.kstest(x[:, 0], "expon").pvalue > 1e-3


@pytest.mark.parametrize("r", [-0.5, 0.8])
def test_a_rectified_pair_by_its_densities(r):
    task, s = rectified_pair(r), math.sqrt(1 - r**2)
    x, y = (part[:, 0] for part in task.sample(N, seed=5))
    assert np.mean(y == 0) == pytest.approx(0.5, abs=0.005)
    above = stats.norm(r * x, s).logpdf(y) - stats.norm.logpdf(y)
    agrees(task, np.where(y > 0, above, stats.norm.logcdf(-r * x / s) + math.log(2)))
