import numpy as np
import pytest

from tfgan_it.metrics import code_representation
from tfgan_it.metrics.representations import checked_codes, checked_factors, one_hot, standardised


def test_means_are_columns_and_a_category_is_the_number_of_its_largest_probability():
    codes, discrete = code_representation(
        {
            "style_mean": np.array([[0.1, 0.2], [0.3, 0.4]], "float32"),
            "style_scale": np.ones((2, 2)),
            "category_probabilities": [[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]],
            "other_probabilities": [[0.2, 0.8], [0.1, 0.9]],
            "z_mean": [[9.0], [8.0]],
        }
    )
    np.testing.assert_allclose(codes, [[0.1, 0.2, 1, 1, 9], [0.3, 0.4, 0, 1, 8]], rtol=1e-6)
    assert codes.dtype == np.float64 and discrete == (2, 3)


def test_each_value_of_a_discrete_column_gets_a_column():
    codes = np.array([[0.5, 7, 1], [0.2, 3, 1], [0.1, 7, 1]])
    wide, source = one_hot(codes, np.array([False, True, True]))
    assert wide.tolist() == [[0.5, 0, 1, 1], [0.2, 1, 0, 1], [0.1, 0, 1, 1]]
    assert source.tolist() == [0, 1, 1, 2]


def test_others_are_standardised_by_the_first():
    train = np.random.default_rng(0).normal(3, 5, (100, 2))
    one, other = standardised(train, 2 * train)
    np.testing.assert_allclose([one.mean(axis=0), one.std(axis=0)], [[0, 0], [1, 1]], atol=1e-12)
    np.testing.assert_allclose(other, (2 * train - train.mean(axis=0)) / train.std(axis=0))
    # The mean of three times .1 is not .1: what is constant stays 0 even so.
    constant, other = standardised(np.full((3, 1), 0.1), np.array([[0.1], [0.3]]))
    assert not constant.any() and not other.any()


def test_factors_are_numbered_from_0():
    factors = checked_factors(np.array([[10, -1], [30, 5], [20, -1]]), 3)
    assert factors.tolist() == [[0, 0], [2, 1], [1, 0]]
    assert checked_factors(np.array([True, False]), 2).tolist() == [[1], [0]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: code_representation({"style_scale": [[1.0]]}),
            r"need a _mean .*, got \['style_scale'\]",
        ),
        (lambda: checked_codes([[np.nan], [1.0]]), "codes has 1 values that are NaN or infinite"),
        (lambda: checked_codes([[1.0, 2.0]]), "codes has 1 sample, too few: give at least 2"),
        (lambda: checked_codes(np.zeros((2, 0))), "codes is empty"),
        (lambda: checked_codes(np.zeros((2, 2)), [2]), "columns from 0 to 1, got 2"),
        (lambda: checked_codes([[0.5], [1.0]], [0]), "discrete column 0 must hold integers"),
        (lambda: checked_factors([[1, 2], [1, 3]], 2), "factor 0 is constant: leave it out"),
        (lambda: checked_factors([[1], [2], [3]], 2), r"must be \(2, k\), .*, got \(3, 1\)"),
        (lambda: checked_factors([[0.5], [2]], 2), "factor 0 must be integers"),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)
