import numpy as np
import pytest

from support.games import step_of_logits
from tfgan_it.regularizers import LeCam

REAL, FAKE = np.asarray([[-2, 0.25, 1, 3], [-3, -0.5, 0.5, 2]], "float32")


def anchored(real=0.5, fake=-0.25, **arguments):
    lecam = LeCam(**arguments)
    lecam.real_average.assign(real)
    lecam.fake_average.assign(fake)
    return lecam


def test_logits_are_anchored_to_the_averages_of_the_other_side():
    penalty = anchored(start=0).value(step_of_logits(REAL, FAKE))
    real, fake = np.maximum(0, REAL + 0.25), np.maximum(0, 0.5 - FAKE)
    np.testing.assert_allclose(penalty, 0.3 * (real**2 + fake**2), rtol=1e-6)


@pytest.mark.parametrize("step, applied", [(0, False), (99, False), (100, True), (101, True)])
def test_not_before_its_start(step, applied):
    loss = anchored(start=100).loss(step_of_logits(REAL, FAKE, step))
    assert (float(loss) > 0) == applied


def test_averages_are_those_of_the_last_batch_until_the_start():
    lecam = LeCam(decay=0.9, start=2)
    for step in range(3):
        assert lecam.update(step_of_logits(REAL + step, FAKE - step, step)) == {}
        assert float(lecam.real_average) == pytest.approx(REAL.mean() + step)
        assert float(lecam.fake_average) == pytest.approx(FAKE.mean() - step)
    lecam.update(step_of_logits(REAL, FAKE, 3))
    assert float(lecam.real_average) == pytest.approx(REAL.mean() + 0.9 * 2)
    assert float(lecam.fake_average) == pytest.approx(FAKE.mean() - 0.9 * 2)


def test_with_wasserstein_the_game_measures_a_lecam_divergence():
    # With averages a and -a, E_p f - E_q f - l (E_p (f + a)^2 + E_q (f - a)^2) is largest at
    # f = c (p - q) / (p + q), c = 1 / 2 l - a: there it is l c^2 D, but for a constant, with D the
    # sum of (p - q)^2 / (p + q), as long as |f| <= a.
    weight, a = 0.3, 0.4
    c, far = 1 / (2 * weight) - a, [99, 99]
    lecam = anchored(a, -a, lambda_=weight, start=0)
    values, divergences = [], []
    for first in (0.5, 0.6, 0.7):
        p, q = np.asarray([first, 1 - first]), np.asarray([0.5, 0.5])
        f = c * (p - q) / (p + q)
        assert np.abs(f).max() <= a
        penalty = p @ lecam.value(step_of_logits(f, far)).numpy()
        penalty += q @ lecam.value(step_of_logits(np.negative(far), f)).numpy()
        values.append((p - q) @ f - penalty)
        divergences.append(((p - q) ** 2 / (p + q)).sum())
    np.testing.assert_allclose(np.diff(values), weight * c**2 * np.diff(divergences), rtol=1e-4)


def test_published_defaults():
    lecam = LeCam()
    assert (lecam.lambda_, lecam.decay, lecam.start, lecam.every) == (0.3, 0.99, 1000, 1)
    assert float(lecam.real_average) == float(lecam.fake_average) == 0
