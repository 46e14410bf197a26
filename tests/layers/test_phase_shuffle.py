"""Random shifts of sequences in time, against NumPy's reflected padding."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.layers import PhaseShuffle
from tfgan_it.seeds import StatelessSeed, layer_noise

X = np.random.default_rng(0).normal(size=(5, 7, 3)).astype("float32")


def drawing(seed):
    """Inside it, layers draw as they do in an update of the discriminator."""
    stream = StatelessSeed(seed)
    return layer_noise(lambda sample, n: sample(n, seed=stream))


def padded(x, shift, most):
    """x_{t - shift}, of a sequence that is mirrored at its ends."""
    wide = np.pad(x, ((most, most), (0, 0)), mode="reflect")
    return wide[most - shift : most - shift + len(x)]


def test_every_shift_against_numpy():
    shifts = np.array([-2, -1, 0, 1, 2])
    expected = np.stack([padded(x, s, 2) for x, s in zip(X, shifts, strict=True)])
    np.testing.assert_array_equal(PhaseShuffle(2).shifted(X, tf.constant(shifts)), expected)


def test_shifts_are_uniform_and_of_each_sequence():
    n, most = 5000, 2
    ramp = np.broadcast_to(np.arange(9, dtype="float32")[:, None], (n, 9, 2))
    with drawing(3):
        shifted = PhaseShuffle(most)(ramp).numpy()
    shifts = 4 - shifted[:, 4, 0]
    assert set(shifts) == {-2, -1, 0, 1, 2}
    counts = np.bincount((shifts + most).astype(int)) / n
    # Six standard errors.
    np.testing.assert_allclose(counts, 0.2, atol=6 * np.sqrt(0.16 / n))
    np.testing.assert_array_equal(shifted[..., 0], shifted[..., 1])


@pytest.mark.parametrize("training", [False, True])
def test_nothing_is_shifted_outside_of_the_discriminators_update(training):
    layer = PhaseShuffle(3)
    np.testing.assert_array_equal(layer(X, training=training), X)
    with layer_noise(None):
        np.testing.assert_array_equal(layer(X, training=training), X)
    with drawing(0):
        np.testing.assert_array_equal(PhaseShuffle(0)(X, training=training), X)


def test_gradients_go_back_to_where_samples_came_from():
    weights = np.random.default_rng(1).normal(size=X.shape).astype("float32")
    x, shifts, layer = tf.constant(X), tf.constant([-2, -1, 0, 1, 2]), PhaseShuffle(2)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = tf.reduce_sum(weights * layer.shifted(x, shifts) ** 3)
        first = inner.gradient(value, x)
        total = tf.reduce_sum(first**2)
    second = outer.gradient(total, x)
    # The layer is linear: y = P x, so that d value / dx = P' (3 w y^2), and so on.
    for row, shift in enumerate([-2, -1, 0, 1, 2]):
        matrix = padded(np.eye(7), shift, 2)
        y, w = matrix @ X[row], weights[row]
        gradient = matrix.T @ (3 * w * y**2)
        np.testing.assert_allclose(first[row], gradient, rtol=1e-4, atol=1e-5)
        expected = matrix.T @ (6 * w * y * (matrix @ (2 * gradient)))
        np.testing.assert_allclose(second[row], expected, rtol=1e-3, atol=1e-3)


def test_half_precision_is_kept():
    with drawing(0):
        assert PhaseShuffle(2, dtype="mixed_float16")(X).dtype == "float16"


@pytest.mark.parametrize("shape", [(2, 2, 3), (2, 8), (2, None, 3)])
def test_sequences_that_are_too_short_are_refused(shape):
    with pytest.raises(ValueError, match=r"^PhaseShuffle: sequences must be .* largest shift 2, "):
        PhaseShuffle(2).build(shape)
