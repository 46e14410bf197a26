import math

import numpy as np
import pytest

from tfgan_it.estimators.calibration import calibration_error, platt_calibration


def test_calibration_finds_the_slope_and_offset_of_the_likeliest_logit():
    # The log-ratio of N(1, 1) to N(-1, 1) at x is 2 x.
    drawn = np.random.default_rng(7)
    f, g = drawn.normal(1, 1, 50_000), drawn.normal(-1, 1, 50_000)
    assert platt_calibration(f / 5 + 3, g / 5 + 3) == pytest.approx((10, -30), rel=0.02)


def test_calibration_of_separable_samples_is_finite():
    scale, offset = platt_calibration(np.full(20, 1.0), np.full(10, -1.0))
    # Platt's targets: (20 + 1) / (20 + 2) and 1 / (10 + 2) are met by two numbers exactly.
    high, low = (math.log(p / (1 - p)) for p in (21 / 22, 1 / 12))
    assert scale == pytest.approx((high - low) / 2, rel=1e-4)
    assert offset == pytest.approx((high + low) / 2, rel=1e-3)


def test_logits_that_point_the_wrong_way_are_not_turned_round():
    assert platt_calibration(np.full(20, -1.0), np.full(20, 1.0))[0] == 0


def test_calibration_error_by_hand():
    probabilities = [0.1, 0.1, 0.4, 0.6, 0.7, 0.9]
    labels = [0, 1, 0, 1, 1, 1]
    # |1 - .2| + |1 - 1| + |2 - 1.6| of six.
    assert calibration_error(probabilities, labels, bins=3) == pytest.approx(1.2 / 6)
    weights = [1, 2, 1, 1, 1, 4]
    expected = (abs(2 - 0.3) + abs(1 - 1.0) + abs(5 - 4.3)) / 10
    assert calibration_error(probabilities, labels, 3, weights) == pytest.approx(expected)


def test_samples_of_one_probability_share_a_bin():
    assert calibration_error(np.full(10, 0.5), [1] * 5 + [0] * 5, bins=5) == 0
