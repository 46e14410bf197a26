import math

import numpy as np
import pytest

from tfgan_it.estimators import conditional_mutual_information, interaction_information

RANDOM = np.random.default_rng(0)
Z, COMMON, OWN, OTHER = RANDOM.standard_normal((4, 2000))


@pytest.mark.parametrize(
    ("x", "y", "truth", "estimator"),
    [
        (Z + OWN, Z + OTHER, 0.0, "Gaussian copula"),
        (Z + COMMON + OWN, np.exp(Z + COMMON + OTHER), -math.log(0.75) / 2, "Gaussian copula"),
        # y is z in the square of a noise that x is: none without z, as y's sign is that of z.
        (COMMON, Z + COMMON**2 + 0.5 * OWN, 0.803, "FrenzelPompe"),
    ],
    ids=["none", "gaussian", "parabola"],
)
def test_numbers(x, y, truth, estimator):
    result = conditional_mutual_information(x, y, Z)
    assert result.estimator.startswith(estimator)
    assert result.nats == pytest.approx(truth, abs=0.06)


def test_conditions_of_many_columns_and_the_warning():
    conditions = np.column_stack([Z, *RANDOM.standard_normal((8, 2000))])
    result = conditional_mutual_information(Z + OWN, Z + OTHER, conditions)
    assert abs(result.nats) < 0.05 and not result.warnings
    result = conditional_mutual_information(COMMON, COMMON**2 + 0.5 * OWN, conditions)
    assert result.estimator == "FrenzelPompe of the dependent columns of z"
    assert result.nats == pytest.approx(0.803, abs=0.06)
    many = np.column_stack([COMMON, *RANDOM.standard_normal((5, 2000))])
    result = conditional_mutual_information(many, COMMON**2 + Z + 0.5 * OWN, Z)
    assert "In 8 columns neighbours are far" in result.warnings[0]


def test_labels_by_their_table():
    """x and y are equal where z is 1, else independent: half of ln 2."""
    x, other, z = RANDOM.integers(2, size=(3, 8000))
    y = np.where(z == 1, x, other)
    result = conditional_mutual_information(x, y, z)
    assert result.nats == pytest.approx(math.log(2) / 2, abs=0.02)
    assert result.interval[0] < math.log(2) / 2 < result.interval[1]


def test_a_label_as_the_condition_of_numbers():
    z = RANDOM.integers(2, size=2000)
    x = 3 * z + OWN
    result = conditional_mutual_information(x, 3 * z + OTHER, z)
    assert result.estimator == "FrenzelPompe" and abs(result.nats) < 0.06
    assert abs(conditional_mutual_information(x, np.full(2000, 2.5), z).nats) == 0


def test_interaction_is_synergy_above_and_redundancy_below_0():
    coin, other = RANDOM.integers(2, size=(2, 4000))
    both = (coin + other) % 2
    for three in ((coin, other, both), (both, coin, other)):
        assert interaction_information(*three).nats == pytest.approx(math.log(2), abs=0.01)
    result = interaction_information(Z + OWN, Z + OTHER, Z)
    # I(x; y) of a correlation of 1/2 is lost.
    assert result.nats == pytest.approx(math.log(0.75) / 2, abs=0.04)
    assert result.interval[0] < math.log(0.75) / 2 < result.interval[1]
    assert "less" in result.estimator


def test_bad_samples():
    with pytest.raises(ValueError, match="x and z must have equal lengths, got 20 and 19"):
        conditional_mutual_information(np.arange(20.0), np.arange(20.0), np.arange(19.0))
    with pytest.raises(ValueError, match="3 samples are too few"):
        conditional_mutual_information([1, 2, 3], [1, 2, 3], [1, 2, 3])
