"""ClusterGAN's losses with their published weights, and what is kept apart in its critic."""

import numpy as np
import pytest
import tensorflow as tf

from support.games import step_of
from tfgan_it import latents, recipes
from tfgan_it.regularizers import GradientPenalty

SHAPE = (8, 8, 1)
ROWS = 6
SMALL = {"width": 2, "features": 5, "noise": 4, "categories": 3, "run_eagerly": True}
RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, (40, *SHAPE)).astype("float32")


def small(**hyperparameters):
    return recipes.wasserstein_infogan(SHAPE, **SMALL, **hyperparameters)


@pytest.fixture(scope="module")
def model():
    return small(discriminator_steps=1)


def published(codes, z, logits, beta_noise, beta_category):
    """The authors' terms: a mean square over rows and columns, and a cross-entropy."""
    category, noise = codes[:, :3], codes[:, 3:]
    log_q = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    cross_entropy = -np.mean(np.sum(category * log_q, axis=1))
    return beta_noise * np.mean((noise - z) ** 2) + beta_category * cross_entropy


@pytest.mark.examples(2)
@pytest.mark.parametrize(
    ("betas", "expected"),
    [({}, (10, 10)), ({"beta_noise": 3.0, "beta_category": 0.5, "scale": 0.7}, (3, 0.5))],
)
@pytest.mark.parametrize("phase", ["discriminator", "generator"])
def test_the_terms_are_the_published_ones_up_to_a_constant(betas, expected, phase):
    model = small(**betas)
    codes = model.latent.sample(ROWS, seed=0).numpy().astype("float64")

    def ours(z, logits):
        parameters = tf.constant(np.concatenate([logits, z], axis=1), "float32")
        outputs = {"codes": parameters}
        step = step_of(phase=phase, latents=tf.constant(codes), generated_outputs=outputs)
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            loss = tf.reduce_mean(model.terms[0].value(step))
        return float(loss), tape.gradient(loss, parameters).numpy()

    given = [(RNG.normal(size=(ROWS, 4)), RNG.normal(size=(ROWS, 3))) for _ in range(2)]
    (first, slopes), (second, _) = (ours(*each) for each in given)
    wanted = [published(codes, *each, *expected) for each in given]
    assert second - first == pytest.approx(wanted[1] - wanted[0], rel=1e-4)
    z, logits = given[0]
    share = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    of_logits = expected[1] * (share - codes[:, :3]) / ROWS
    of_z = expected[0] * 2 * (z - codes[:, 3:]) / (ROWS * 4)
    np.testing.assert_allclose(slopes, np.concatenate([of_logits, of_z], axis=1), atol=1e-5)


def test_for_mnist_the_noise_weighs_10_over_30_columns():
    shown = recipes.wasserstein_infogan(SHAPE, width=2, features=4)
    assert repr(shown.latent) == repr(
        latents.Product(
            category=latents.Categorical(10),
            z=latents.Normal(30, scale=0.1, posterior_scale=0.1),
        )
    )
    # -ln q = |z - m|^2 / (2 .1^2): 50 times the square.
    assert shown.terms[0].weights_by_code["category"] == 10
    assert 50 * 30 * shown.terms[0].weights_by_code["z"] == pytest.approx(10)


def weights_of(model, *, of):
    trunk = {"critic": "critic_trunk", "encoder": "encoder_trunk"}[of]
    head = {"critic": "logits", "encoder": "codes"}[of]
    parts = [model.discriminator.get_layer(name) for name in (trunk, head)]
    return [weight for part in parts for weight in part.trainable_variables]


def test_the_penalty_applies_only_to_the_critic(model):
    [penalty] = model.discriminator_regularizers
    assert type(penalty) is GradientPenalty and penalty.lambda_ == 10.0

    def critic_of(images):
        return model.discriminate(images, training=True)["logits"]

    step = step_of(critic_of, IMAGES[:5], IMAGES[5:10])
    critic, encoder = (weights_of(model, of=of) for of in ("critic", "encoder"))
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(penalty.value(step))
    slopes = tape.gradient(value, [*critic, *encoder])
    for weight, slope in zip(critic, slopes[: len(critic)], strict=True):
        if weight.name == "kernel":
            assert np.abs(slope).max() > 0
    assert slopes[len(critic) :] == [None] * len(encoder)


def test_the_encoder_moves_in_every_critic_step_and_the_critic_is_not_moved_by_codes():
    changes = []
    for betas in ({}, {"beta_noise": 0.0, "beta_category": 0.0}):
        model = small(discriminator_steps=2, optimizer="rmsprop", **betas)
        owned = {of: weights_of(model, of=of) for of in ("critic", "encoder")}
        before = {of: [w.numpy() for w in weights] for of, weights in owned.items()}
        model.train_on_batch(IMAGES[:8])
        assert int(model.discriminator_optimizer.iterations.numpy()) == 2
        pairs = {of: zip(before[of], owned[of], strict=True) for of in owned}
        changes.append({of: [a - w.numpy() for a, w in both] for of, both in pairs.items()})
    for with_codes, without in zip(changes[0]["critic"], changes[1]["critic"], strict=True):
        np.testing.assert_array_equal(with_codes, without)
        assert with_codes.any() or with_codes.shape == (1,)  # A logit's bias: E f(G) - E f(x).
    assert all(change.any() for change in changes[0]["encoder"])
    assert not any(change.any() for change in changes[1]["encoder"])


def test_what_is_reported(model):
    history = model.fit(IMAGES, batch_size=4, steps_per_epoch=1, verbose=0).history
    own = ["information_nats", "information_nats_category", "information_nats_z"]
    assert model.metric_names[3:] == [*own, "information_gap_nats"] and set(history) > set(own)
    gap = np.log(3) - history["information_nats_category"][0]
    assert history["information_gap_nats"][0] == pytest.approx(gap, abs=1e-5)
    assert history["information_nats_z"][0] < 0.5 * 4
