import math

import numpy as np
import pytest
from scipy import integrate, stats

from tfgan_it.datasets.noise_channels import angle_channel, noise_channel, waiting_times


def same(x):
    return x


@pytest.mark.parametrize("std", [0.05, 1.0, 3.0])
def test_gaussian_noise_on_a_gaussian_is_in_closed_form(std):
    task = noise_channel("gaussian", stats.norm(), stats.norm(scale=std), same)
    assert task.mutual_information == pytest.approx(math.log1p(std**-2) / 2, abs=1e-6)


def test_cauchy_noise_on_a_cauchy_is_in_closed_form():
    """The sum of two is one of twice the scale, and entropies differ by ln 2."""
    task = noise_channel("cauchy", stats.cauchy(), stats.cauchy(), same)
    assert task.mutual_information == pytest.approx(math.log(2), abs=2e-4)


def test_a_curve_and_a_scale_by_sums_over_even_grids():
    noise = stats.logistic(scale=0.4)
    task = noise_channel("curve", stats.uniform(-1, 2), noise, np.square, np.exp)
    x = np.linspace(-1, 1, 4001)[:-1] + 1 / 4000
    y = np.linspace(-30, 30, 3001)
    density = np.array([(noise.pdf((v - x**2) / np.exp(x)) / np.exp(x)).mean() for v in y])
    entropy = integrate.simpson(-density * np.log(density), x=y)
    # E ln s(x) is E x, 0.
    expected = entropy - float(noise.entropy())
    assert task.mutual_information == pytest.approx(expected, abs=1e-5)


def test_samples_are_of_the_channel():
    task = noise_channel("curve", stats.expon(), stats.norm(), np.square, lambda x: 1 + x)
    x, y = task.sample(20_000, seed=1)
    assert x.shape == y.shape == (20_000, 1)
    assert stats.kstest(x[:, 0], "expon").pvalue > 1e-3
    noise = (y - x**2) / (1 + x)
    assert stats.kstest(noise[:, 0], "norm").pvalue > 1e-3
    assert abs(stats.spearmanr(x, noise).statistic) < 0.03


def test_waiting_times_by_their_densities():
    x, y = waiting_times().sample(100_000, seed=2)
    # p(y | x) / p(y) = e^-(y - x) / (y e^-y).
    ratio = x - np.log(y)
    error = ratio.std() / math.sqrt(len(x))
    assert waiting_times().mutual_information == pytest.approx(ratio.mean(), abs=4 * error)


def test_angles_by_their_densities():
    x, y = angle_channel(2.5).sample(100_000, seed=3)
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1)
    turn = np.arctan2(y[:, 1], y[:, 0]) - np.arctan2(x[:, 1], x[:, 0])
    ratio = stats.vonmises(2.5).logpdf(turn) + math.log(2 * math.pi)
    error = ratio.std() / math.sqrt(len(x))
    assert angle_channel(2.5).mutual_information == pytest.approx(ratio.mean(), abs=4 * error)
