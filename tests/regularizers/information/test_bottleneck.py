"""The price of information, against NumPy and in a game whose networks do not move."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.games import POINTS, assert_survives, game_of_points, history_of, step_of
from support.small_models import compiled
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.models.runtime import Stream
from tfgan_it.networks import bottleneck_head, mlp_discriminator
from tfgan_it.regularizers import Bottleneck
from tfgan_it.seeds import StatelessSeed

REAL, FAKE = np.asarray([[0.5, 2.0, 0.1, 1.0], [0.0, 3.0, 0.2, 0.4]], "float32")
HEAD = functools.partial(bottleneck_head, dimension=3)


def sent(real=REAL, fake=FAKE):
    """A step of the discriminator whose samples have sent these nats."""
    real, fake = (tf.convert_to_tensor(nats)[:, None] for nats in (real, fake))
    return step_of(
        real_outputs={"logits": real, "bottleneck": real},
        generated_outputs={"logits": fake, "bottleneck": fake},
        generator_outputs={"samples": fake, "bottleneck": 2 * fake},
    )


@pytest.mark.parametrize("limit", [None, 0.0, 0.7])
def test_the_price_of_what_real_and_generated_samples_send(limit):
    penalty = Bottleneck(beta=3.0, information_limit=limit).value(sent())
    assert penalty.dtype == "float32" and penalty.shape == (4,)
    np.testing.assert_allclose(penalty, 3 * ((REAL + FAKE) / 2 - (limit or 0)), rtol=1e-6)


def test_the_price_of_what_the_generator_sends():
    penalty = Bottleneck("generator", beta=3.0, information_limit=0.7).value(sent())
    np.testing.assert_allclose(penalty, 3 * (2 * FAKE - 0.7), rtol=1e-6)


def test_its_gradient_is_only_beta():
    bottleneck = Bottleneck(beta=3.0, information_limit=0.7)
    real, fake = tf.constant(REAL), tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        term = bottleneck.loss(sent(real, fake))
    for gradient in tape.gradient(term, [real, fake]):
        np.testing.assert_allclose(gradient, np.full(4, 3 / 2 / 4), rtol=1e-6)
    assert bottleneck.trainable_variables == []


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_a_fixed_price_stays(player):
    bottleneck = Bottleneck(player, beta=0.3, alpha=5.0)
    reported = bottleneck.update(sent())
    nats = (REAL + FAKE) / 2 if player == "discriminator" else 2 * FAKE
    assert list(reported) == list(bottleneck.metric_names) == [f"{player}_bottleneck_nats"]
    np.testing.assert_allclose(reported[f"{player}_bottleneck_nats"], nats, rtol=1e-6)
    assert float(bottleneck.beta) == pytest.approx(0.3)


def test_the_dual_price_moves_by_the_excess():
    bottleneck = Bottleneck(beta=0.3, information_limit=0.7, alpha=0.25)
    beta = 0.3
    for offset in (0.0, 1.0, -0.5, -9.0, -9.0, 2.0):
        reported = bottleneck.update(sent(REAL + offset, FAKE + offset))
        beta = max(0.0, beta + 0.25 * ((REAL + FAKE).mean() / 2 + offset - 0.7))
        assert float(bottleneck.beta) == pytest.approx(beta, abs=1e-6)
        assert float(reported["discriminator_bottleneck_beta"]) == pytest.approx(beta, abs=1e-6)
    assert beta > 0.3


def information(weights, x):
    """KL of the code of each point, from the discriminator's weights, float64 `(n,)`."""
    kernel, bias, code_kernel, code_bias = weights[:4]
    hidden = x.astype("float64") @ kernel + bias
    parameters = np.where(hidden > 0, hidden, 0.2 * hidden) @ code_kernel + code_bias
    mean, log_variance = np.split(parameters, 2, axis=1)
    return 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)


@pytest.mark.parametrize("limit, alpha", [(0.5, 0.3), (2.5, 0.1)])
def test_in_a_game_that_stands_still_beta_is_the_one_written_out(limit, alpha):
    make = functools.partial(Bottleneck, beta=0.1, information_limit=limit, alpha=alpha)
    model = game_of_points(
        head=HEAD, rates=(0.0, 0.0), discriminator_regularizers=[make], run_eagerly=True
    )
    history = history_of(model, batch_size=48, steps=4)
    weights = model.discriminator.get_weights()
    beta, clipped = 0.1, 0
    for step in range(4):
        latents = model.latent.sample(48, seed=StatelessSeed(model.seed, step, Stream.LATENTS, 0))
        samples = POINTS, model.generator(latents).numpy()
        nats = np.mean([information(weights, x).mean() for x in samples])
        clipped += beta + alpha * (nats - limit) < 0
        beta = max(0.0, beta + alpha * (nats - limit))
        assert history["discriminator_bottleneck_nats"][step] == pytest.approx(nats, rel=1e-4)
        assert history["discriminator_bottleneck_beta"][step] == pytest.approx(beta, abs=1e-5)
    assert beta > 1 if limit == 0.5 else clipped


@pytest.mark.slow
def test_information_finds_its_limit():
    make = functools.partial(Bottleneck, information_limit=0.2, alpha=0.05)
    model = game_of_points(head=HEAD, rates=(0.02, 0.1), discriminator_regularizers=[make])
    first = history_of(model, batch_size=16, steps=1)["discriminator_bottleneck_nats"][0]
    model.fit(POINTS, batch_size=16, epochs=80, verbose=0)
    last = model.fit(POINTS, batch_size=16, epochs=20, verbose=0).history
    nats = np.mean(last["discriminator_bottleneck_nats"])
    assert first > 1 and nats == pytest.approx(0.2, rel=0.15)
    assert np.mean(last["discriminator_bottleneck_beta"]) > 0


def test_a_loaded_beta_continues_as_the_original(tmp_path):
    make = functools.partial(Bottleneck, beta=0.5, information_limit=0.2, alpha=0.1)
    model = game_of_points(head=HEAD, discriminator_regularizers=[make], run_eagerly=True)
    model.fit(POINTS, batch_size=8, steps_per_epoch=2, verbose=0)
    saved = float(model.discriminator_regularizers[0].beta)
    loaded = assert_survives(model, tmp_path, POINTS).discriminator_regularizers[0]
    assert (loaded.player, loaded.get_config()["beta"], loaded.alpha) == ("discriminator", 0.5, 0.1)
    assert loaded.information_limit == 0.2 and loaded.metric_names == make().metric_names
    assert saved > 0.55 and float(loaded.beta) > saved + 0.05


def test_a_generator_that_sends_is_priced():
    # It has one weight, whose square is its information but for the latents.

    class Scaled(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight((), "ones")

        def call(self, x):
            return self.scale * x

    scaled = Scaled()
    inputs = keras.Input((3,))
    outputs = {
        "samples": keras.layers.Dense(2, trainable=False)(inputs),
        "bottleneck": scaled(inputs)[:, 0] ** 2,
    }
    generator = keras.Model(inputs, outputs)
    model = compiled(
        GAN(generator, mlp_discriminator((2,), width=4, depth=1), Normal(3), seed=3),
        0.01,
        0.0,
        generator_regularizers=[Bottleneck("generator", beta=2.0)],
        run_eagerly=True,
    )
    history = history_of(model, steps=1)
    z = model.latent.sample(8, seed=StatelessSeed(3, 0, Stream.LATENTS, 0)).numpy()[:, 0]
    expected = (z**2).mean()
    assert history["generator_bottleneck_nats"][0] == pytest.approx(expected, rel=1e-5)
    assert float(scaled.scale) == pytest.approx(1 - 0.01 * 2 * 2 * expected, rel=1e-5)


@pytest.mark.parametrize("player, outputs", [("discriminator", "logits"), ("generator", "samples")])
def test_networks_that_send_nothing_are_refused(player, outputs):
    arguments = {f"{player}_regularizers": [functools.partial(Bottleneck, player)]}
    model = game_of_points(run_eagerly=True, **arguments)
    message = rf"^Bottleneck: the {player} must give 'bottleneck', .* got {outputs}\.\Z"
    with pytest.raises(ValueError, match=message):
        model.train_on_batch(POINTS[:8])
