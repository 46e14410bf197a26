import numpy as np
import pytest
from scipy import stats

from tfgan_it.datasets import invertible_maps as maps
from tfgan_it.datasets.information_tasks import gaussian
from tfgan_it.datasets.joined_tasks import turned
from tfgan_it.estimators import representations


def test_dependent_columns_are_found_and_others_not():
    random = np.random.default_rng(0)
    x, y = random.standard_normal((2, 2000, 6))
    y[:, 2] += x[:, 4] ** 2
    y[:, 5] *= np.exp(x[:, 1])
    found = representations.dependent_columns(x, y)
    assert set(zip(*map(list, found.nonzero()), strict=True)) == {(4, 2), (1, 5)}


def test_chance_finds_any_once_in_a_thousand():
    found = 0
    for seed in range(200):
        x, y = np.random.default_rng(seed).standard_normal((2, 200, 3))
        found += representations.dependent_columns(x, y).any()
    assert found <= 3


def test_the_statistic_is_chi_squared():
    statistic = []
    for seed in range(300):
        x, y = np.random.default_rng(seed).random((2, 500, 1))
        a, b = (representations._polynomials(part) for part in (x, y))
        statistic.append(sum(np.square(p.T @ q).item() for p in a for q in b) / 500)
    assert stats.kstest(statistic, stats.chi2(16).cdf).pvalue > 1e-3


@pytest.mark.parametrize("contrast", representations.CONTRASTS)
def test_turned_columns_are_turned_back(contrast):
    sources = np.random.default_rng(0).random((3000, 3))
    found = representations.components(turned(3, 1)(sources), contrast)
    correlations = np.abs(np.corrcoef(sources.T, found.T)[:3, 3:])
    assert (np.sort(correlations, axis=1)[:, -1] > 0.95).all()
    one = sources[:, :1]
    assert representations.components(one, contrast) is one


@pytest.mark.slow
def test_learned_functions_of_new_pairs_undo_a_spiral():
    task = gaussian("", np.kron([[1, 0.8], [0.8, 1]], np.eye(2)), 2)
    task = task.mapped("", maps.spiral, maps.spiral)
    x, y = representations.scores(*task.sample(3000, 1))
    features = representations.best_features(x, y, 2, np.random.default_rng(0))
    f, g = features(x[:2000], y[:2000], x[2000:], y[2000:], 2)
    assert f.shape == g.shape == (1000, 2)
    for a, b in zip(f.T, g.T, strict=True):
        assert np.corrcoef(a, b)[0, 1] > 0.65


def test_functions_of_independent_pairs_do_not_correlate_on_new_ones():
    x, y = np.random.default_rng(0).standard_normal((2, 2000, 3))
    f, g = representations.CanonicalFeatures(1.2, 0.1)(x[:1000], y[:1000], x[1000:], y[1000:], 3)
    for a, b in zip(f.T, g.T, strict=True):
        assert abs(np.corrcoef(a, b)[0, 1]) < 4 / np.sqrt(1000)
