import math

import numpy as np
import pytest
from scipy.special import digamma

from tfgan_it.datasets.discrete_tasks import rectified_pair, table
from tfgan_it.estimators import KSG, MixtureKSG, Ross


def by_the_formula(x, y, k):
    """Point by point, from all distances."""
    n, values = len(x), []
    for i in range(n):
        d_x, d_y = np.abs(x - x[i]).max(axis=1), np.abs(y - y[i]).max(axis=1)
        both = np.maximum(d_x, d_y)
        radius = np.sort(np.delete(both, i))[k - 1]
        if radius == 0:
            counts = [(d == 0).sum() for d in (both, d_x, d_y)]
        else:
            counts = [k, (d_x < radius).sum(), (d_y < radius).sum()]
        values.append(digamma(counts[0]) - digamma(counts[1]) - digamma(counts[2]))
    return digamma(n) + np.mean(values)


@pytest.mark.parametrize("k", [1, 3, 6])
def test_it_is_its_formula(k):
    random = np.random.default_rng(k)
    x = random.integers(3, size=(90, 2)).astype("float64")
    x[:30] += random.standard_normal((30, 2))
    y = np.maximum(x[:, :1] + random.standard_normal((90, 1)), 0)
    mixture = MixtureKSG(k, preprocessing=None).fit(x, y)
    assert mixture.estimate() == pytest.approx(by_the_formula(x, y, k), abs=1e-12)
    assert mixture.contributions_.shape == (90,)
    assert mixture.contributions_.mean() == pytest.approx(mixture.estimate())


def test_of_densities_it_is_ksg():
    x, y = np.random.default_rng(0).standard_normal((2, 500, 2))
    y += x
    assert MixtureKSG().fit(x, y).estimate() == pytest.approx(KSG().fit(x, y).estimate())


def test_of_a_label_it_is_ross_where_labels_are_further_apart_than_neighbours():
    labels = np.random.default_rng(1).integers(3, size=600)
    y = labels + np.random.default_rng(2).standard_normal(600)
    found = MixtureKSG(preprocessing=None).fit(1000.0 * labels, y).estimate()
    assert found == pytest.approx(Ross(preprocessing=None).fit(y, labels).estimate(), abs=1e-9)


def test_atoms_and_tables_without_bias():
    task = rectified_pair(0.8)
    found = [MixtureKSG().fit(*task.sample(2000, seed)).estimate() for seed in range(10)]
    assert np.mean(found) == pytest.approx(task.mutual_information, abs=0.03)
    task = table("", [[0.4, 0.1], [0.1, 0.4]])
    found = [MixtureKSG(base=2).fit(*task.sample(2000, seed)).estimate() for seed in range(10)]
    assert np.mean(found) == pytest.approx(task.mutual_information / math.log(2), abs=0.02)


def test_a_constant_side_knows_nothing():
    assert MixtureKSG().fit(np.zeros(20), np.arange(20.0)).estimate() == 0.0


def test_too_few_samples():
    with pytest.raises(ValueError, match="3 samples, too few for neighbors=3"):
        MixtureKSG().fit([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
