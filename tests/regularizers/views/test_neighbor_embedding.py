"""KL of neighbourhoods, against two loops over all pairs."""

import functools

import numpy as np
import pytest
import tensorflow as tf

from support.games import POINTS, assert_equal_on_two, game_of_points, slopes_of, step_of
from tfgan_it.regularizers import NeighborEmbedding

RNG = np.random.default_rng(0)
LATENTS = RNG.normal(size=(6, 3)).astype("float32")
SAMPLES = RNG.normal(size=(6, 2)).astype("float32")


def joint(x):
    """P over ordered pairs, one pair after the other."""
    n = len(x)
    distances = [np.linalg.norm(x[i] - x[j]) for i in range(n) for j in range(n) if i != j]
    variance = np.var(distances)
    t = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            if i != j:
                t[i, j] = 1 / (1 + np.sum((x[i] - x[j]) ** 2) / (2 * (variance + 1e-6)))
    conditional = t / t.sum(axis=1, keepdims=True)
    return (conditional + conditional.T) / (2 * n)


def kl(latents, samples):
    p, q = joint(latents), joint(samples)
    return sum(
        p[i, j] * np.log(p[i, j] / q[i, j]) for i in range(len(p)) for j in range(len(p)) if i != j
    )


def shown(latents=LATENTS, samples=SAMPLES, **more):
    outputs = {"logits": samples[:, 0], "features": samples}
    return step_of(generated_outputs=outputs, latents=latents, phase="generator", **more)


def test_the_divergence_and_its_gradient():
    assert joint(LATENTS).sum() == pytest.approx(1)
    reports, samples, latents = {}, tf.constant(SAMPLES), tf.constant(LATENTS)
    with tf.GradientTape() as tape:
        tape.watch([latents, samples])
        term = NeighborEmbedding(0.4).loss(shown(latents, samples, report=reports.update))
    of_latents, gradient = tape.gradient(term, [latents, samples])
    expected = kl(LATENTS, SAMPLES)
    assert expected > 0.05
    assert float(term) == pytest.approx(0.4 * expected, rel=1e-4)
    assert float(reports["neighbor_embedding_nats"]) == pytest.approx(expected, rel=1e-4)
    assert of_latents is None
    (slopes,) = slopes_of(lambda samples: 0.4 * kl(LATENTS, samples), SAMPLES)
    np.testing.assert_allclose(gradient, slopes, atol=1e-5)


def test_it_is_zero_for_a_copy_and_does_not_see_the_scale():
    divergence = NeighborEmbedding().divergence
    assert float(divergence(LATENTS, LATENTS)) == pytest.approx(0, abs=1e-6)
    assert float(divergence(LATENTS, 300 * LATENTS + 7)) == pytest.approx(0, abs=1e-4)
    expected = kl(LATENTS, SAMPLES)
    assert float(divergence(0.1 * LATENTS, 50 * SAMPLES)) == pytest.approx(expected, rel=1e-2)


def test_collapse_costs_and_its_gradient_is_finite():
    divergence = NeighborEmbedding().divergence
    one_mode = SAMPLES.copy()
    one_mode[1:] = SAMPLES[0] + 1e-3 * SAMPLES[1:]  # Five samples of one, and an outlier.
    one_mode[0] += 5
    assert float(divergence(LATENTS, one_mode)) > 2 * float(divergence(LATENTS, LATENTS))
    for collapsed in (np.ones_like(SAMPLES), np.repeat(SAMPLES[:2], 3, axis=0)):
        samples = tf.constant(collapsed)
        with tf.GradientTape() as tape:
            tape.watch(samples)
            value = divergence(LATENTS, samples)
        assert np.isfinite(value) and np.isfinite(tape.gradient(value, samples)).all()


@pytest.mark.slow
def test_pairs_are_those_of_all_replicas():
    part = NeighborEmbedding(0.4)
    # As one array, since the term has no gradient in the latents by themselves.
    both = np.concatenate([LATENTS, SAMPLES], axis=1)
    term = assert_equal_on_two(lambda x: part.loss(shown(x[:, :3], x[:, 3:])), both)
    assert float(term) == pytest.approx(0.4 * kl(LATENTS, SAMPLES), rel=1e-4)


def test_without_features_pixels_count():
    images = RNG.normal(size=(6, 2, 2, 1)).astype("float32")
    step = step_of(generated=images, latents=LATENTS)
    value = float(NeighborEmbedding(features=None).loss(step))
    assert value == pytest.approx(kl(LATENTS, images.reshape(6, 4)), rel=1e-4)


def test_features_of_half_precision_are_widened():
    half = tf.cast(SAMPLES, "float16")
    value = NeighborEmbedding().divergence(LATENTS, half)
    assert value.dtype == "float32"
    assert float(value) == pytest.approx(kl(LATENTS, half.numpy().astype("f8")), rel=1e-3)


@pytest.mark.slow
def test_samples_that_follow_it_get_the_neighbours_of_their_latents():
    points = tf.Variable(RNG.normal(size=(6, 2)).astype("float32"))
    latents, nats = LATENTS[:, :2], []
    for _ in range(150):
        with tf.GradientTape() as tape:
            nats.append(NeighborEmbedding().divergence(latents, points))
        points.assign_sub(tape.gradient(nats[-1], points))
    assert float(nats[0]) > 0.05 and float(nats[-1]) < 0.2 * float(nats[0])


def test_it_moves_the_generator_and_not_the_discriminator():
    models = []
    for weight in (0.0, 30.0):
        make = functools.partial(NeighborEmbedding, weight, features=None)
        models.append(game_of_points(generator_regularizers=[make], run_eagerly=True))
        models[-1].train_on_batch(POINTS[:8])
    one, other = (model.discriminator.get_weights() for model in models)
    for ours, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    one, other = (model.generator.get_weights() for model in models)
    moved = [np.abs(a - b).max() for a, b in zip(one, other, strict=True)]
    # The KL does not see a shift of all points, which the last bias is.
    assert min(moved[:-1]) > 1e-4 and moved[-1] < 1e-6


def test_a_discriminator_without_features_is_refused():
    step = step_of(generated_outputs={"logits": SAMPLES[:, 0]}, latents=LATENTS)
    message = r"^NeighborEmbedding: the discriminator must give 'features', got logits\.\Z"
    with pytest.raises(ValueError, match=message):
        NeighborEmbedding().loss(step)


def test_a_batch_of_two_is_refused():
    message = r"^NeighborEmbedding: the batch must be at least 3, got 2\.\Z"
    with pytest.raises(ValueError, match=message):
        NeighborEmbedding().loss(shown(LATENTS[:2], SAMPLES[:2]))


@pytest.mark.parametrize("offset", [1e3, 1e4])
def test_an_offset_changes_no_distance(offset):
    samples = np.random.default_rng(5).normal(size=(24, 6)).astype("float32")
    latents = np.random.default_rng(6).normal(size=(24, 3)).astype("float32")
    term = NeighborEmbedding()
    plain = float(term.divergence(latents, samples))
    moved = np.round(samples, 2) + np.float32(offset), np.round(latents, 2) + np.float32(offset)
    assert float(term.divergence(latents, moved[0])) == pytest.approx(plain, abs=5e-3)
    assert float(term.divergence(moved[1], samples)) == pytest.approx(plain, abs=5e-3)
