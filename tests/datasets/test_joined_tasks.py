import numpy as np
import pytest

from tfgan_it.datasets.discrete_tasks import table
from tfgan_it.datasets.information_tasks import gaussian
from tfgan_it.datasets.joined_tasks import among_noise, by_column, network, side_by_side, turned

PAIR = gaussian("pair", [[1, 0.8], [0.8, 1]], 1)


def test_tasks_side_by_side_are_one_gaussian_of_them_all():
    task = side_by_side("three", [PAIR] * 3)
    covariance = np.kron([[1, 0.8], [0.8, 1]], np.eye(3))
    assert task.mutual_information == pytest.approx(gaussian("", covariance, 3).mutual_information)
    x, y = task.sample(50_000, seed=1)
    np.testing.assert_allclose(np.cov(np.hstack([x, y]).T), covariance, atol=0.03)


def test_columns_among_noise():
    task = among_noise("noisy", PAIR, 2, 3)
    x, y = task.sample(50_000, seed=2)
    assert task.mutual_information == PAIR.mutual_information
    expected = np.eye(7)
    expected[0, 3] = expected[3, 0] = 0.8
    np.testing.assert_allclose(np.cov(np.hstack([x, y]).T), expected, atol=0.03)


def test_a_label_without_further_columns_stays_one():
    label = table("", [[0.5, 0.0], [0.0, 0.5]])
    x, y = among_noise("label", label, 0, 2).sample(10)
    assert x.dtype == np.int64 and y.shape == (10, 3)


def test_maps_by_column_and_turns():
    x = np.random.default_rng(0).standard_normal((100, 4))
    mapped = by_column(np.exp, np.negative, np.cbrt, np.tanh)(x)
    np.testing.assert_array_equal(mapped[:, 1], -x[:, 1])
    turn = turned(4, 3)(np.eye(4))
    np.testing.assert_allclose(turn @ turn.T, np.eye(4), atol=1e-12)
    assert not np.allclose(turn, turned(4, 4)(np.eye(4)))


def test_a_network_is_one_to_one():
    """It is undone step by step."""
    x = np.random.default_rng(0).standard_normal((200, 3))
    y = network(3, 7)(x)
    for i in (2, 1):
        y = y @ turned(3, 7 + i)(np.eye(3)).T
        y = np.where(y > 0, y, y / 0.3)
    np.testing.assert_allclose(y @ turned(3, 7)(np.eye(3)).T, x, atol=1e-12)
