"""Pairs of images, sounds and vectors: shapes, scales, copies."""

import warnings

import numpy as np
import pytest

from tfgan_it.estimators import paired_samples

RANDOM = np.random.default_rng(0)


def test_vectors_get_a_second_axis_and_images_stay_as_they_are():
    pixels = RANDOM.integers(0, 256, (5, 4, 4, 1), "uint8")
    x, y = paired_samples.checked_pairs(np.arange(5), pixels)
    assert x.shape == (5, 1) and x.dtype == "float64"
    assert y is pixels or (y.dtype == "uint8" and np.array_equal(y, pixels))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((0, 4, 4, 1)), "x is empty, of shape .0, 4, 4, 1."),
        (np.full((2, 4, 4, 1), [[[[1.0]]], [[[np.nan]]]]), "x has 1 values that .* in row 1"),
        (np.full((2, 4, 4, 1), 1e200), "x has values beyond 1e.150"),
        (np.array(["a", "b"]), "x must be real numbers"),
        (np.zeros((3, 4, 4, 1)), "equal lengths"),
    ],
)
def test_what_is_refused(x, message):
    with pytest.raises(ValueError, match=message) as error:
        paired_samples.checked_pairs(x, np.zeros(2))
    assert "\n" not in str(error.value)


def test_the_scale_of_images_is_one_and_that_of_vectors_is_of_each_column():
    near = np.tanh(RANDOM.normal(size=(50, 4, 4, 1)))
    assert paired_samples.scale_of(near) is None
    mean, deviation = paired_samples.scale_of(100 * near + 7)
    assert mean == pytest.approx((100 * near + 7).mean())
    assert deviation == pytest.approx((100 * near).std())
    mean, deviation = paired_samples.scale_of(np.array([[1.0, 5.0], [3.0, 5.0]]))
    assert mean.tolist() == [2.0, 5.0] and deviation.tolist() == [1.0, 1.0]
    assert paired_samples.scale_of(np.zeros((5, 4, 4, 1)))[1] == 1.0


def test_pairs_that_occur_twice_are_warned_of():
    x, y = RANDOM.normal(size=(2, 60, 4, 4, 1))
    with pytest.warns(RuntimeWarning, match="have an exact copy, and encoders meet it in both"):
        paired_samples.warn_of_copies(np.repeat(x, 2, axis=0), np.repeat(y, 2, axis=0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # One picture with several partners is not a copy of a pair.
        paired_samples.warn_of_copies(np.repeat(x, 2, axis=0), np.concatenate([y, y[::-1]]))


def test_sides_that_are_equal_are_warned_of():
    x, y = RANDOM.normal(size=(2, 60, 4, 4, 1))
    with pytest.warns(RuntimeWarning, match="y is x, so that the information is the entropy of x"):
        paired_samples.warn_of_identity(x, x.copy())
    with pytest.warns(RuntimeWarning, match="rises wherever column 0 of x rises"):
        paired_samples.warn_of_identity(x[:, 0, 0], 3 * x[:, 0, 0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        paired_samples.warn_of_identity(x, y)
        paired_samples.warn_of_identity(0 * x, 0 * x)
