"""A discrete code whose probabilities learn."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.replicas import MIRRORED
from support.small_models import (
    IMAGES,
    NOISE,
    assert_same_state,
    compiled,
    discriminate,
    discriminator_weights,
    generate,
    generator_weights,
    small_model,
)
from tfgan_it.latents import Categorical, LearnedCategorical, Normal, Product
from tfgan_it.layers import PackSamples, UnpackLogits
from tfgan_it.models import GAN
from tfgan_it.models.runtime import Stream
from tfgan_it.regularizers import CodeInformation
from tfgan_it.seeds import StatelessSeed, seeded_initializers

P = [0.5, 0.3, 0.2]


def test_rows_are_one_hot_and_as_frequent_as_asked_for():
    drawn = np.asarray(LearnedCategorical(3, P).sample(20_000, seed=1))
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert (drawn.sum(1) == 1).all()
    np.testing.assert_allclose(drawn.mean(0), P, atol=4 * 0.5 / np.sqrt(20_000))


def test_its_entropy_is_exact_and_pulls_at_nothing():
    code = LearnedCategorical(3, P)
    with tf.GradientTape() as tape:
        entropy = code.entropy()
    np.testing.assert_allclose(entropy, -np.sum(P * np.log(P)), rtol=1e-6)
    assert tape.gradient(entropy, code.logits.value) is None


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_its_gradient_is_that_of_the_relaxed_draw(temperature):
    code = LearnedCategorical(3, P, "gumbel_softmax", temperature)
    values = [1.0, -2.0, 0.5]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(code.sample(6, seed=3) * values)
    uniform = np.asarray(keras.random.uniform((6, 3), seed=3), "float64")
    noise = -np.log(-np.log(uniform))

    def relaxed(logits):
        scores = np.exp((logits + noise) / temperature)
        return np.sum(scores / scores.sum(1, keepdims=True) * values)

    logits = np.log(P)
    slopes = [(relaxed(logits + d) - relaxed(logits - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(tape.gradient(loss, code.logits.value), slopes, rtol=2e-3)


@pytest.mark.parametrize("gradient", ["score", "gumbel_softmax"])
def test_its_log_prob_moves_it_only_by_score(gradient):
    code, rows = LearnedCategorical(3, P, gradient), np.eye(3, dtype="float32")[[2, 0]]
    with tf.GradientTape() as tape:
        log_prob = Product(noise=NOISE, category=code).log_prob(
            np.hstack([np.ones((2, 6), np.float32), rows])
        )
        total = tf.reduce_sum(log_prob * [2.0, 1.0])
    slope = tape.gradient(total, code.logits.value)
    if gradient == "score":
        np.testing.assert_allclose(log_prob, np.log([0.2, 0.5]), rtol=1e-5)
        np.testing.assert_allclose(slope, [1 - 3 * 0.5, -3 * 0.3, 2 - 3 * 0.2], rtol=1e-5)
        assert code.sample(4, seed=1).shape == (4, 3)
    else:
        np.testing.assert_array_equal(log_prob, [0.0, 0.0])
        assert slope is None


def test_a_step_moves_it_only_by_the_score_of_the_adversarial_loss():
    latent = Product(noise=Normal(2), category=LearnedCategorical(3, P))
    model = compiled(small_model(latent), 0.3, 0.0, terms=[CodeInformation(5.0)])
    z = latent.sample(8, seed=StatelessSeed(model.seed, 0, Stream.LATENTS, 0))
    fakes = generate(generator_weights(model), z)
    losses = np.log1p(np.exp(-discriminate(discriminator_weights(model), fakes)[0].numpy()))
    before = latent.parts["category"].logits.numpy()
    model.train_on_batch(IMAGES[:8])
    slope = np.mean((losses - losses.mean())[:, None] * (z[:, 2:] - P), axis=0)
    assert np.abs(slope).max() > 1e-3
    moved = latent.parts["category"].logits.numpy() - before
    np.testing.assert_allclose(moved, -0.3 * slope, rtol=1e-3, atol=1e-7)


@keras.saving.register_keras_serializable(package="tests")
class Corners(keras.layers.Layer):
    """The category's corner of a triangle, to which the noise adds little."""

    def call(self, latents):
        return tf.matmul(latents[:, 1:], CORNERS) + 0.3 * latents[:, :1]


CORNERS = np.array([[-2.0, -1.0], [2.0, -1.0], [0.0, 2.0]], "float32")


def corners(pack=1, strategy=None):
    """A model whose generator makes each class, but not with its frequency."""
    with (strategy or tf.distribute.get_strategy()).scope():
        latent = Product(noise=Normal(1), category=LearnedCategorical(3))
        with seeded_initializers(1):
            inputs = keras.Input((4,))
            generator = keras.Model(inputs, Corners()(inputs))
            inputs = x = keras.Input((2,))
            if pack > 1:
                x = PackSamples(pack)(x)
            outputs = keras.layers.Dense(1)(keras.layers.Dense(16, "tanh")(x))
            if pack > 1:
                outputs = UnpackLogits(pack)([outputs, inputs])
            discriminator = keras.Model(inputs, outputs)
        model = GAN(generator, discriminator, latent, seed=3)
        model.compile(keras.optimizers.Adam(0.01, 0.5), keras.optimizers.Adam(0.02, 0.5))
    return model


def points(shares, n=4096):
    random = np.random.default_rng(0)
    category = random.choice(3, n, p=shares)
    return (CORNERS[category] + 0.3 * random.normal(size=(n, 1))).astype("float32")


@pytest.mark.slow
@pytest.mark.parametrize("pack", [1, *slow(2)])
def test_probabilities_become_the_shares_of_classes(pack):
    model = corners(pack=pack)
    model.fit(points([0.6, 0.3, 0.1]), batch_size=128, steps_per_epoch=600, verbose=0)
    learned = np.asarray(model.latent.parts["category"].prior())
    np.testing.assert_allclose(learned, [0.6, 0.3, 0.1], atol=0.06)


@pytest.mark.slow
def test_replicas_move_them_as_one_device_does():
    one, two = (corners(strategy=strategy) for strategy in (None, MIRRORED))
    for model in (one, two):
        model.fit(points([0.6, 0.3, 0.1]), batch_size=32, steps_per_epoch=3, verbose=0)
    moved = np.asarray(one.latent.parts["category"].logits) - np.log(1 / 3)
    assert np.abs(moved).max() > 0.01
    assert_same_state(one, two, tolerance=1e-5)


@pytest.mark.parametrize("gradient", ["score", *slow("gumbel_softmax")])
def test_a_game_moves_and_saves_its_probabilities(gradient, tmp_path):
    latent = Product(noise=NOISE, category=LearnedCategorical(3, P, gradient))
    model = compiled(small_model(latent), 0.5, 0.5)
    code = model.latent.parts["category"]
    assert any(variable is code.logits for variable in model.players[1].variables)
    model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
    learned = np.asarray(code.prior())
    assert np.abs(learned - P).max() > 1e-4
    np.testing.assert_allclose(learned.sum(), 1, rtol=1e-6)
    model.save(tmp_path / "m.keras")
    copy = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(copy.latent.parts["category"].prior(), learned)
    assert copy.latent.parts["category"].gradient == gradient
    np.testing.assert_array_equal(copy.generate(3, seed=2), model.generate(3, seed=2))


def test_a_fixed_code_has_nothing_to_move():
    assert Categorical(3).trainable_variables == []
    assert Product(noise=NOISE, category=Categorical(3)).trainable_variables == []


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"probabilities": [1.0, 0.0, 0.0]}, "probability of 0 is never learned"),
        ({"gradient": "scores"}, "Unknown gradient 'scores'.*nearest: score"),
        ({"temperature": 0.0}, "temperature must be above 0, got 0.0"),
    ],
)
def test_what_cannot_be_learned_is_named(arguments, text):
    with pytest.raises(ValueError, match=text):
        LearnedCategorical(3, **arguments)
