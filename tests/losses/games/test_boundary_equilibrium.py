import numpy as np
import pytest

from support.games import step_of_logits
from tfgan_it.losses import BoundaryEquilibrium

REAL, FAKE = -np.asarray([[0.3, 0.1, 0.2], [0.9, 0.4, 0.5]], "float32")


@pytest.mark.parametrize("k", [0.0, 0.3, 1.0])
def test_reconstruction_errors_are_balanced_by_k(k):
    loss = BoundaryEquilibrium()
    loss.k.assign(k)
    np.testing.assert_allclose(loss.discriminator_loss(REAL, FAKE), -REAL - k * -FAKE, rtol=1e-6)
    np.testing.assert_allclose(loss.generator_loss(None, FAKE), -FAKE)


def test_k_starts_at_nothing():
    assert float(BoundaryEquilibrium().k) == 0


def test_update_moves_k_and_reports_convergence():
    loss = BoundaryEquilibrium(gamma=0.7, lambda_k=0.5)
    loss.k.assign(0.6)
    reported = loss.update(step_of_logits(REAL, FAKE))
    real, fake = 0.2, 0.6
    k = 0.6 + 0.5 * (0.7 * real - fake)
    assert float(loss.k) == pytest.approx(k) == pytest.approx(float(reported["k"]))
    expected = real + abs(0.7 * real - fake)
    assert float(reported["convergence"]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("logits, k", [((REAL, FAKE), 0.0), ((FAKE, REAL), 1.0)])
def test_k_stays_between_nothing_and_one(logits, k):
    loss = BoundaryEquilibrium(gamma=1.0, lambda_k=100.0)
    loss.update(step_of_logits(*logits))
    assert float(loss.k) == k
