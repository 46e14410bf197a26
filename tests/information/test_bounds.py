"""The functions in float64; formulas and gradients are tested as losses, in tests/losses."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import losses
from tfgan_it.information import bounds

RNG = np.random.default_rng(0)
SCORES, REFERENCE = RNG.normal(0, 1.5, (6, 6)), RNG.normal(size=6)


@pytest.mark.parametrize(
    "loss, function",
    [
        (losses.TUBA(), bounds.tuba),
        (losses.NWJ(), lambda s, r: bounds.nwj(s)),
        (losses.InfoNCE(), lambda s, r: bounds.info_nce(s)),
        (losses.Interpolated(0.3), lambda s, r: bounds.interpolated(s, r, 0.3)),
        (losses.DonskerVaradhan(), lambda s, r: bounds.donsker_varadhan(s)),
        (losses.SMILE(1.0), lambda s, r: bounds.donsker_varadhan(s, 1.0)),
        (losses.JensenShannonNWJ(), lambda s, r: bounds.tuba(s)),
        (losses.CLUB(), lambda s, r: bounds.club(s)),
        (losses.LeaveOneOut(), lambda s, r: bounds.leave_one_out(s)),
    ],
)
def test_the_mean_is_the_estimate_of_the_loss(loss, function):
    values = function(tf.constant(SCORES), tf.constant(REFERENCE))
    assert values.dtype == "float64" and values.shape == (6,)
    estimate = float(loss.estimate(REFERENCE, SCORES))
    assert np.mean(values) == pytest.approx(estimate, rel=1e-5)


def test_a_classifier_of_pairs():
    negatives = SCORES[~np.eye(6, dtype=bool)]
    expected = -np.logaddexp(0, -np.diag(SCORES)).mean() - np.logaddexp(0, negatives).mean()
    assert np.mean(bounds.pair_classification(tf.constant(SCORES))) == pytest.approx(expected)
