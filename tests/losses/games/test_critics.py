import numpy as np
import pytest
import tensorflow as tf

from support.games import assert_equal_on_two, slopes_of
from support.replicas import MIRRORED
from support.small_models import IMAGES, compiled, small_model
from tfgan_it.losses import (
    Hinge,
    KLWasserstein,
    RelativisticAverage,
    RelativisticPairing,
    Wasserstein,
)

REAL = np.asarray([-80, -1, 0, 0.5, 1, 3], "float32")
FAKE = np.asarray([30, -2, 0, -1, 0.25, -5], "float32")


def test_wasserstein():
    np.testing.assert_array_equal(Wasserstein().discriminator_loss(REAL, FAKE), FAKE - REAL)
    np.testing.assert_array_equal(Wasserstein().generator_loss(None, FAKE), -FAKE)


def test_hinge_stops_at_the_margins():
    expected = np.maximum(0, 1 - REAL) + np.maximum(0, 1 + FAKE)
    np.testing.assert_allclose(Hinge().discriminator_loss(REAL, FAKE), expected)
    np.testing.assert_array_equal(Hinge().generator_loss(None, FAKE), -FAKE)
    logits = tf.constant([1.5, 0.5]), tf.constant([-1.5, -0.5])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        value = Hinge().discriminator_loss(*logits)
    np.testing.assert_array_equal(tape.gradient(value, logits), [[0, -1], [0, 1]])


def test_relativistic_pairing_sees_differences_only():
    loss = RelativisticPairing()
    difference = (REAL - FAKE).astype("float64")
    expected = np.logaddexp(0, -difference)
    np.testing.assert_allclose(loss.discriminator_loss(REAL, FAKE), expected, rtol=1e-6)
    expected = np.logaddexp(0, difference)
    np.testing.assert_allclose(loss.generator_loss(REAL, FAKE), expected, rtol=1e-6, atol=1e-40)
    moved = loss.discriminator_loss(REAL[1:] + 2, FAKE[1:] + 2)
    np.testing.assert_allclose(moved, loss.discriminator_loss(REAL[1:], FAKE[1:]), rtol=1e-6)


def test_relativistic_average_sees_the_mean_of_the_other_kind():
    loss, real, fake = RelativisticAverage(), REAL.astype("float64"), FAKE.astype("float64")
    expected = np.logaddexp(0, fake.mean() - real) + np.logaddexp(0, fake - real.mean())
    np.testing.assert_allclose(loss.discriminator_loss(REAL, FAKE), expected, rtol=1e-5)
    expected = np.logaddexp(0, real.mean() - fake) + np.logaddexp(0, real - fake.mean())
    np.testing.assert_allclose(loss.generator_loss(REAL, FAKE), expected, rtol=1e-5)


def test_gradient_of_the_relativistic_average_passes_through_the_means():
    real, fake = tf.constant(REAL[1:]), tf.constant(FAKE[1:])
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        total = tf.reduce_mean(RelativisticAverage().discriminator_loss(real, fake))
    slopes = tape.gradient(total, [real, fake])

    def value(real, fake):
        real_mean, fake_mean = real.mean(), fake.mean()
        losses = np.logaddexp(0, fake_mean - real) + np.logaddexp(0, fake - real_mean)
        return losses.mean()

    expected = slopes_of(value, REAL[1:], FAKE[1:])
    for slope, finite_difference in zip(slopes, expected, strict=True):
        np.testing.assert_allclose(slope, finite_difference, atol=1e-6)


def test_means_are_over_the_batches_of_all_replicas_and_at_each_position():
    real, fake = np.random.default_rng(0).normal(size=(2, 4, 3)).astype("float32")

    def loss(real, fake):
        return tf.reduce_mean(RelativisticAverage().discriminator_loss(real, fake))

    expected = np.logaddexp(0, fake.mean(axis=0) - real) + np.logaddexp(0, fake - real.mean(axis=0))
    assert float(assert_equal_on_two(loss, real, fake)) == pytest.approx(expected.mean(), rel=1e-5)


def weights(logits):
    exponentials = np.exp(logits.astype("float64") - logits.max())
    return len(logits) * exponentials / exponentials.sum()


def test_kl_wasserstein_reweights_the_batch():
    r = weights(FAKE)
    assert r.mean() == pytest.approx(1)
    np.testing.assert_allclose(KLWasserstein().generator_loss(None, FAKE), -r * FAKE, rtol=1e-5)
    expected = np.maximum(0, 1 - REAL) + np.maximum(0, 1 + r * FAKE)
    np.testing.assert_allclose(KLWasserstein().discriminator_loss(REAL, FAKE), expected, rtol=1e-5)


def test_equal_logits_have_equal_weights():
    logits = np.full(5, 7.0, "float32")
    np.testing.assert_allclose(KLWasserstein().generator_loss(None, logits), -logits, rtol=1e-6)


def test_patches_are_reweighted_as_samples_are():
    patches = np.random.default_rng(0).normal(size=(3, 2, 2, 1)).astype("float32")
    losses = KLWasserstein().generator_loss(None, patches)
    r = weights(patches.ravel()).reshape(patches.shape)
    assert r.mean() == pytest.approx(1)
    np.testing.assert_allclose(losses, -r * patches, rtol=1e-5)


def test_gradient_of_kl_wasserstein_passes_through_the_weights():
    logits = FAKE[1:]
    with tf.GradientTape() as tape:
        x = tf.constant(logits)
        tape.watch(x)
        total = tf.reduce_mean(KLWasserstein().generator_loss(None, x))
    # The mean is the softmax-weighted mean m of the logits: d m / d f_i = s_i (1 + f_i - m).
    s = weights(logits) / len(logits)
    m = s @ logits
    np.testing.assert_allclose(tape.gradient(total, x), -s * (1 + logits - m), rtol=1e-4, atol=1e-6)


def test_kl_wasserstein_at_extreme_logits():
    logits = tf.constant([1e4, -1e4, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        values = KLWasserstein().generator_loss(None, logits)
    np.testing.assert_allclose(values, [-3e4, 0, 0])
    assert np.isfinite(tape.gradient(values, logits)).all()


def test_weights_are_over_the_batches_of_all_replicas():
    shares = np.split(FAKE, 2)

    def gradient():
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        logits = tf.constant(np.asarray(shares))[replica]
        with tf.GradientTape() as tape:
            tape.watch(logits)
            losses = KLWasserstein().generator_loss(None, logits)
            mean = tf.reduce_mean(losses) / 2
        return losses, tape.gradient(mean, logits)

    parts = MIRRORED.run(tf.function(gradient))
    values, slopes = (np.concatenate(MIRRORED.experimental_local_results(part)) for part in parts)
    np.testing.assert_allclose(values, -weights(FAKE) * FAKE, rtol=1e-5)
    s = weights(FAKE) / len(FAKE)
    np.testing.assert_allclose(slopes, -s * (1 + FAKE - s @ FAKE), rtol=1e-4, atol=1e-6)


def test_relativistic_generator_is_shown_real_logits():
    class Spy(RelativisticPairing):
        def generator_loss(self, real_logits, fake_logits):
            shapes.append((real_logits.shape, fake_logits.shape))
            return super().generator_loss(real_logits, fake_logits)

    shapes = []
    model = compiled(small_model(), loss=Spy(), run_eagerly=True)
    shapes.clear()  # Of the check of what it returns.
    before = [v.numpy() for v in model.generator.trainable_variables]
    model.fit(IMAGES, batch_size=16, verbose=0)
    assert set(shapes) == {((16,), (16,))}
    after = [v.numpy() for v in model.generator.trainable_variables]
    assert all(np.abs(a - b).max() > 1e-5 for a, b in zip(before, after, strict=True))
