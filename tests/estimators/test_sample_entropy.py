import math

import numpy as np
import pytest
from scipy import stats

from tfgan_it.estimators import entropy, kl_divergence, total_correlation


@pytest.mark.parametrize(
    ("distribution", "estimator"),
    [(stats.norm(3, 2), None), (stats.expon(), "KozachenkoLeonenko"), (stats.uniform(), None)],
    ids=["gaussian", "exponential", "uniform"],
)
def test_entropies_and_their_intervals(distribution, estimator):
    truth, inside = float(distribution.entropy()), 0
    for seed in range(20):
        result = entropy(distribution.rvs(500, random_state=seed))
        assert estimator in (None, result.estimator)
        inside += result.interval[0] <= truth <= result.interval[1]
        assert result.nats == pytest.approx(truth, abs=0.25)
    assert inside >= 16


def test_no_entropy_is_above_the_gaussian_of_its_covariance():
    from tfgan_it.estimators import GaussianEntropy

    for seed in range(5):
        x = np.random.default_rng(seed).standard_normal((300, 4))
        assert entropy(x).nats <= GaussianEntropy().fit(x).estimate()


def test_entropy_of_labels():
    labels = np.repeat(["a", "b", "c"], [500, 250, 250])
    result = entropy(labels)
    assert result.nats == pytest.approx(1.5 * math.log(2) + 2 / 2000)
    (warning,) = entropy([f"{i}" for i in range(20)]).warnings
    assert "20 samples are few for 20 different values" in warning


def test_values_that_repeat_have_no_density():
    x = np.round(np.random.default_rng(0).standard_normal(500), 1)
    result = entropy(x)
    assert result.nats == -math.inf and "minus infinity" in result.warnings[-2]


def test_divergence_of_numbers():
    random = np.random.default_rng(1)
    result = kl_divergence(random.normal(0, 1, (2000, 2)), random.normal(0.5, 1, (1500, 2)))
    assert result.nats == pytest.approx(0.25, abs=0.08)
    assert result.interval[0] < 0.25 < result.interval[1]


def test_divergence_of_labels():
    random = np.random.default_rng(2)
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    truth, inside, values = stats.entropy(p, q), 0, []
    for _ in range(100):
        result = kl_divergence(random.choice(3, 400, p=p), random.choice(3, 300, p=q))
        inside += result.interval[0] <= truth <= result.interval[1]
        values.append(result.nats)
    assert 87 <= inside <= 100
    assert np.mean(values) == pytest.approx(truth, abs=4 * np.std(values) / 10)
    result = kl_divergence(["a", "b"] * 10, ["a"] * 20)
    assert result.nats == math.inf and "never occur in y" in result.warnings[0]


def test_divergence_of_other_columns():
    with pytest.raises(ValueError, match="must have the same columns"):
        kl_divergence(np.zeros((20, 2)), np.zeros((20, 3)))


@pytest.mark.slow
def test_total_correlation():
    random = np.random.default_rng(3)
    z, *noise = random.standard_normal((4, 2000))
    columns = np.column_stack([z + 0.5 * part for part in noise])
    covariance = np.full((3, 3), 0.8) + 0.2 * np.eye(3)
    truth = -np.linalg.slogdet(covariance)[1] / 2
    result = total_correlation(columns)
    assert result.nats == pytest.approx(truth, abs=0.08)
    assert result.interval[0] < truth < result.interval[1]
    assert abs(total_correlation(np.column_stack(noise)).nats) < 0.05
    coins = random.integers(2, size=(2, 4000))
    table = np.column_stack([*coins, coins.sum(axis=0) % 2])
    assert total_correlation(table).nats == pytest.approx(math.log(2), abs=0.01)
    with pytest.raises(ValueError, match="the columns to compare"):
        total_correlation(z)
