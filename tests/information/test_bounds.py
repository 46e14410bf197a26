import numpy as np
import pytest
import tensorflow as tf

from numpy_bounds import VALUES, classification
from tfgan_it.information import bounds

RNG = np.random.default_rng(0)
REFERENCE, SCORES = RNG.normal(size=6), RNG.normal(0, 5, (6, 6))


@pytest.mark.parametrize(
    "function, expected",
    [
        (lambda r, s: bounds.tuba(s, r), VALUES["tuba"]),
        (lambda r, s: bounds.tuba(s), VALUES["jensen_shannon_nwj"]),
        (lambda r, s: bounds.nwj(s), VALUES["nwj"]),
        (lambda r, s: bounds.info_nce(s), VALUES["info_nce"]),
        (lambda r, s: bounds.interpolated(s, r, 0.01), VALUES["interpolated"]),
        (lambda r, s: bounds.donsker_varadhan(s), VALUES["donsker_varadhan"]),
        (lambda r, s: bounds.donsker_varadhan(s, 5.0), VALUES["smile"]),
        (lambda r, s: bounds.club(s), VALUES["club"]),
        (lambda r, s: bounds.leave_one_out(s), VALUES["leave_one_out"]),
        (lambda r, s: bounds.pair_classification(s), classification),
    ],
)
def test_value_of_each_pair_in_float64(function, expected):
    values = function(tf.constant(REFERENCE), tf.constant(SCORES))
    assert values.dtype == "float64"
    np.testing.assert_allclose(values, expected(REFERENCE, SCORES), rtol=1e-9)
