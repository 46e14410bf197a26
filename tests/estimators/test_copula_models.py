import math

import numpy as np
import pytest
from scipy import stats

from tfgan_it.datasets.information_tasks import gaussian, student_t
from tfgan_it.estimators.copula_models import best_copula, fitted_copula
from tfgan_it.estimators.gaussian import CCA

DENSE = (np.eye(5) + 1) / 2


def fitted(task, n=3000, seed=0):
    return best_copula(*task.sample(n, seed), np.random.default_rng(0))


def test_of_gaussians_it_is_cca_of_normal_scores():
    task = gaussian("", DENSE, 2).mapped("", np.exp, np.cbrt)
    x, y = task.sample(3000, 1)
    model = best_copula(x, y, np.random.default_rng(0))
    assert math.isinf(model.degrees) and model.name == "Gaussian copula"
    expected = CCA("normal_scores").fit(x, y).estimate()
    assert model.nats == pytest.approx(expected, abs=1e-3)
    assert model.nats == pytest.approx(task.mutual_information, abs=3 * model.standard_error)


@pytest.mark.examples(1)
@pytest.mark.parametrize("degrees", [1, 4])
def test_of_student_t_under_increasing_maps(degrees):
    task = student_t("", DENSE, 3, degrees).mapped("", np.arctan, np.cbrt)
    found = [fitted(task, seed=seed) for seed in range(5)]
    assert np.median([model.degrees for model in found]) == pytest.approx(degrees, rel=0.3)
    nats = [model.nats for model in found]
    assert np.mean(nats) == pytest.approx(task.mutual_information, abs=0.03)


@pytest.mark.examples(1)
@pytest.mark.parametrize("n", [200, 2000])
def test_intervals_of_gaussians_hold_the_truth(n):
    task = gaussian("", [[1, 0.6], [0.6, 1]], 1)
    models = [fitted(task, n, seed) for seed in range(100)]
    errors = np.array([model.nats - task.mutual_information for model in models])
    inside = np.abs(errors) < 1.96 * np.array([model.standard_error for model in models])
    # Of 100, 95 on average: fewer than 88 happen once in 300 times.
    assert 88 <= inside.sum() <= 100
    assert abs(errors.mean()) < 4 * errors.std() / 10


def test_its_samples_have_its_scatter_and_tails():
    model = fitted(student_t("", DENSE, 2, 3))
    x, y = model.sample(np.random.default_rng(1), 100_000)
    assert x.shape == (100_000, 2) and y.shape == (100_000, 3)
    z = np.hstack([x, y])
    scale = np.sqrt(np.diag(model.scatter))
    assert stats.kstest(z[:, 0] / scale[0], stats.t(model.degrees).cdf).pvalue > 1e-3
    signs = np.mean(np.sign(z[:, 0]) == np.sign(z[:, 4]))
    r = model.scatter[0, 4] / scale[0] / scale[4]
    assert signs == pytest.approx(0.5 + math.asin(r) / math.pi, abs=0.01)


def test_information_with_the_last_columns():
    """I(x; z) of a part is that of a model of the part."""
    task = gaussian("", DENSE, 2)
    x, y = task.sample(3000, 2)
    whole = best_copula(x, y, np.random.default_rng(0))
    part = best_copula(x, y[:, 1:], np.random.default_rng(0))
    # One may be a Student-t copula of many degrees of freedom.
    assert whole.of_last(2, 3000) == pytest.approx(part.nats, abs=0.01)


def test_few_pairs_and_columns_that_determine_each_other_have_no_model():
    random = np.random.default_rng(0)
    x = random.standard_normal((30, 8))
    assert fitted_copula(x, x[:, :3], random) is None
    x = random.standard_normal((500, 1))
    assert fitted_copula(x, np.hstack([x, x]), random) is None
