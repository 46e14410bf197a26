import math

import numpy as np
import pytest
from scipy import stats
from sklearn.cross_decomposition import CCA as ProjectingCCA

from tfgan_it.estimators import CCA, GaussianEntropy


def pairs(n, d_x, d_y, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, d_x))
    y = 0.5 * x @ random.standard_normal((d_x, d_y)) + random.standard_normal((n, d_y))
    return x, y


@pytest.mark.parametrize(("d_x", "d_y"), [(1, 1), (3, 2), (2, 5)])
def test_without_correction_it_is_the_formula_of_determinants(d_x, d_y):
    x, y = pairs(200, d_x, d_y)
    both = np.cov(np.hstack([x, y]).T)
    determinants = [np.linalg.det(both[:d_x, :d_x]), np.linalg.det(both[d_x:, d_x:])]
    expected = math.log(math.prod(determinants) / np.linalg.det(both)) / 2
    assert CCA(correction=None).fit(x, y).estimate() == pytest.approx(expected)


def test_correlations_are_those_of_the_projections():
    x, y = pairs(300, 3, 2)
    a, b = ProjectingCCA(2, max_iter=5000, tol=1e-12).fit_transform(x, y)
    expected = [np.corrcoef(a[:, i], b[:, i])[0, 1] for i in range(2)]
    np.testing.assert_allclose(CCA().fit(x, y).correlations_, expected, atol=1e-6)


def test_exact_for_gaussians():
    random = np.random.default_rng(0)
    x = random.standard_normal((20_000, 5))
    y = 0.9 * x + math.sqrt(0.19) * random.standard_normal((20_000, 5))
    assert CCA().fit(x, y).estimate() == pytest.approx(-2.5 * math.log(0.19), abs=0.05)


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_the_correction_is_the_bias_of_small_samples_at_any_correlation(correlation):
    random = np.random.default_rng(0)
    truth = -3 / 2 * math.log(1 - correlation**2)
    found = {"wishart": [], None: []}
    for _ in range(400):
        x, noise = random.standard_normal((2, 20, 3))
        y = correlation * x + math.sqrt(1 - correlation**2) * noise
        for correction, values in found.items():
            values.append(CCA(correction=correction).fit(x, y).estimate())
    error = np.std(found[None]) / 20
    assert np.mean(found["wishart"]) == pytest.approx(truth, abs=3 * error)
    assert np.mean(found[None]) > truth + 0.2 > truth + 3 * error


def test_linear_maps_and_order_change_nothing():
    x, y = pairs(100, 3, 2)
    value = CCA().fit(x, y).estimate()
    mixed = x @ np.array([[1e5, 0, 0], [3, 1, 0], [0, 1, 1e-4]]) + 7
    assert CCA().fit(mixed, y * -2).estimate() == pytest.approx(value, abs=1e-6)
    assert CCA().fit(x[::-1], y[::-1]).estimate() == pytest.approx(value, abs=1e-9)
    assert CCA().fit(y, x).estimate() == pytest.approx(value, abs=1e-9)
    assert CCA("standardize").fit(x, y).estimate() == pytest.approx(value, abs=1e-9)


def test_columns_that_say_nothing_new_are_left_out():
    x, y = pairs(100, 2, 2)
    value = CCA().fit(x, y).estimate()
    more = np.column_stack([x, np.full(100, 0.1), x @ [2.0, -3.0]])
    assert CCA().fit(more, y).estimate() == pytest.approx(value, abs=1e-9)
    assert CCA().fit(np.ones(100), y).estimate() == 0
    assert CCA().fit(x, np.ones((100, 3))).estimate() == 0


def test_near_certainty_keeps_its_digits_and_certainty_is_infinite():
    random = np.random.default_rng(0)
    x, noise = random.standard_normal((2, 1000))
    for size in (1e-3, 1e-9):
        # 1 - rho^2 is the residual's share of the variance of y.
        found = CCA(correction=None).fit(x, x + size * noise).estimate()
        assert found == pytest.approx(-math.log(size), abs=0.1)
    assert CCA().fit(x, -3 * x + 2).estimate() == math.inf


def test_normal_scores_undo_increasing_maps():
    random = np.random.default_rng(0)
    x = random.standard_normal((5000, 3))
    y = 0.6 * x + 0.8 * random.standard_normal((5000, 3))
    truth = -3 * math.log(0.8)
    found = CCA("normal_scores").fit(np.exp(2 * x), y**3).estimate()
    assert found == pytest.approx(truth, abs=0.05)
    assert CCA().fit(np.exp(2 * x), y**3).estimate() < truth - 0.2


def test_too_few_pairs_would_always_correlate():
    x, y = pairs(6, 3, 2)
    with pytest.raises(ValueError, match=r"CCA: 6 pairs are too few for 3 \+ 2 .* at least 7"):
        CCA().fit(x, y)
    assert math.isfinite(CCA().fit(*pairs(7, 3, 2)).estimate())


@pytest.mark.parametrize("estimator", [CCA(correction="none"), GaussianEntropy("bias")])
def test_corrections_have_names(estimator):
    x, y = pairs(20, 1, 1)
    message = f"^Unknown correction of {type(estimator).__name__} .*: use one of None, wishart"
    with pytest.raises(ValueError, match=message):
        estimator.fit(x, y) if isinstance(estimator, CCA) else estimator.fit(x)


def test_entropy_of_the_sample_s_covariance():
    x = pairs(50, 3, 2)[1]
    expected = stats.multivariate_normal(np.zeros(2), np.cov(x.T)).entropy()
    scaled = x * [1e6, 1e-9] - 7
    assert GaussianEntropy(correction=None).fit(x).estimate() == pytest.approx(expected)
    found = GaussianEntropy(correction=None).fit(scaled).estimate()
    assert found == pytest.approx(expected + math.log(1e-3), abs=1e-6)


def test_entropy_of_small_samples_is_right_on_average():
    random = np.random.default_rng(0)
    samples = random.standard_normal((2000, 8, 4))
    found = [GaussianEntropy().fit(x).estimate() for x in samples]
    truth = 2 * math.log(2 * math.pi * math.e)
    assert np.mean(found) == pytest.approx(truth, abs=3 * np.std(found) / math.sqrt(2000))
    plain = [GaussianEntropy(correction=None).fit(x).estimate() for x in samples[:200]]
    assert np.mean(plain) < truth - 0.5


def test_entropy_is_of_a_full_covariance():
    x = pairs(50, 2, 1)[0]
    for column in (np.full(50, 0.1), x @ [1.0, 2.0]):
        with pytest.raises(ValueError, match="a column is constant or a linear function"):
            GaussianEntropy().fit(np.column_stack([x, column]))
    with pytest.raises(ValueError, match="3 samples are too few for 3 dimensions: .* least 4"):
        GaussianEntropy().fit(np.eye(3))


def test_bits():
    x, y = pairs(50, 2, 2)
    for made, data in ((CCA, (x, y)), (GaussianEntropy, (x,))):
        nats = made().fit(*data).estimate()
        assert made(base=2).fit(*data).estimate() == pytest.approx(nats / math.log(2))
