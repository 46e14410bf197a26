import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.losses import LeastSquares

REAL = np.asarray([-80, -1, 0, 0.5, 1, 3], "float32")
FAKE = np.asarray([90, -2, 0, 1, 0.25, 5], "float32")


@pytest.mark.parametrize("labels", [(0, 1, 1), (-1, 1, 0), (0.5, -0.5, 2)])
def test_half_the_squared_distance_from_each_label(labels):
    a, b, c = labels
    loss = LeastSquares(a, b, c)
    expected = (REAL - b) ** 2 / 2 + (FAKE - a) ** 2 / 2
    np.testing.assert_allclose(loss.discriminator_loss(REAL, FAKE), expected, rtol=1e-6)
    np.testing.assert_allclose(loss.generator_loss(None, FAKE), (FAKE - c) ** 2 / 2, rtol=1e-6)


def test_gradient_is_the_distance_itself():
    loss, logits = LeastSquares(-1, 1, 0), [tf.constant(REAL), tf.constant(FAKE)]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(logits)
        values = loss.discriminator_loss(*logits), loss.generator_loss(None, logits[1])
    real, fake = tape.gradient(values[0], logits)
    np.testing.assert_allclose(real, REAL - 1, rtol=1e-6)
    np.testing.assert_allclose(fake, FAKE + 1, rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(values[1], logits[1]), FAKE, rtol=1e-6)


P = np.asarray([0.4, 0.3, 0.2, 0.1])
Q = np.asarray([0.1, 0.2, 0.3, 0.4])


def expected_loss(loss, logits):
    """E over a draw from P and one from Q of the discriminator's loss."""
    pairs = np.repeat(logits, 4).astype("float32"), np.tile(logits, 4).astype("float32")
    return np.outer(P, Q).ravel() @ loss.discriminator_loss(*pairs).numpy()


@pytest.mark.parametrize("labels", [(0, 1, 1), (-1, 1, 0)])
def test_the_best_discriminator_mixes_the_labels_by_the_densities(labels):
    a, b, _ = labels
    loss, best = LeastSquares(*labels), (b * P + a * Q) / (P + Q)
    least = expected_loss(loss, best)
    for move in np.random.default_rng(0).normal(size=(20, 4)):
        assert expected_loss(loss, best + 0.1 * move) > least + 1e-6


def test_generator_minimises_a_chi_squared_divergence_with_labels_of_the_right_distances():
    # What the paper minimises over the generator is its own term on both distributions.
    loss, best = LeastSquares(-1, 1, 0), ((P - Q) / (P + Q)).astype("float32")
    value = (P + Q) @ loss.generator_loss(None, best).numpy()
    assert value == pytest.approx(((P - Q) ** 2 / (P + Q)).sum() / 2, rel=1e-6)
    shared = 2 * Q
    chi_squared = ((shared - (P + Q)) ** 2 / (P + Q)).sum()
    assert value == pytest.approx(chi_squared / 2, rel=1e-6)


def test_one_label_for_both_teaches_nothing():
    with pytest.raises(ValueError, match=r"^LeastSquares: .* must differ, got 1 for both\.\Z"):
        LeastSquares(1, 1)
