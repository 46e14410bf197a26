"""The train step, against the same step written out with two gradient tapes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.small_models import (
    CODES,
    IMAGES,
    NOISE,
    SHAPE,
    compiled,
    discriminate,
    discriminator_weights,
    generate,
    generator_weights,
    information,
    scaled,
    small_model,
    state,
)
from tfgan_it.models.runtime import Stream
from tfgan_it.regularizers import R1, CodeInformation
from tfgan_it.seeds import StatelessSeed
from tfgan_it.terms import Term


class RealImages(Term):
    """Keeps the real images of each discriminator update; adds nothing to the loss."""

    def __init__(self, updates, batch):
        super().__init__()
        self.seen = self.add_weight((updates, batch, *SHAPE), "zeros", trainable=False)
        self.count = self.add_weight((), "zeros", "int32", trainable=False)

    def value(self, step):
        index = ops.reshape(self.count, (1, 1))
        self.seen.assign(ops.scatter_update(self.seen, index, step.batch.samples[None]))
        self.count.assign(self.count + 1)
        return ops.zeros(())


class WeightDecay(Term):
    """A term with a weight of its own and a value without samples."""

    def __init__(self):
        super().__init__()
        self.scale = self.add_weight((), "ones")

    def value(self, step):
        return ops.square(self.scale)


def latents_of(model, rows, step, update):
    return model.latent.sample(rows, seed=StatelessSeed(model.seed, step, Stream.LATENTS, update))


def descend(rate, weights, loss, *arguments):
    """The weights after one step of plain SGD."""
    weights = [tf.constant(w) for w in weights]
    with tf.GradientTape() as tape:
        tape.watch(weights)
        value = loss(weights, *arguments)
    return [w - rate * g for w, g in zip(weights, tape.gradient(value, weights), strict=True)]


def written_out(weights, shares, draws, rates, *, gamma=0.0, lambdas=None, minimax=False):
    """The generator's and discriminator's weights after one train step."""
    artist, critic = weights
    softplus, mean = tf.math.softplus, tf.reduce_mean

    def transmitted(z, parameters):
        if lambdas is None:
            return 0.0
        nats = information(z, parameters)
        return sum(lambdas[name] * mean(nats[name]) for name in nats)

    def discriminator_loss(weights, real, fake, z):
        with tf.GradientTape() as tape:
            tape.watch(real)
            logits = discriminate(weights, real)[0]
        slope = tape.gradient(logits, real)
        fake_logits, parameters = discriminate(weights, fake)
        game = mean(softplus(-logits)) + mean(softplus(fake_logits))
        penalty = gamma / 2 * mean(tf.reduce_sum(slope**2, axis=(1, 2, 3)))
        return game + penalty - transmitted(z, parameters)

    def generator_loss(weights, z):
        logits, parameters = discriminate(critic, generate(weights, z))
        game = -mean(softplus(logits)) if minimax else mean(softplus(-logits))
        return game - transmitted(z, parameters)

    for real, z in zip(map(tf.constant, shares), draws, strict=True):
        critic = descend(rates[1], critic, discriminator_loss, real, generate(artist, z), z)
    return descend(rates[0], artist, generator_loss, draws[-1]), critic


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    ("latent", "steps", "terms"),
    [
        (NOISE, 1, {}),
        (NOISE, 3, {"minimax": True}),
        (NOISE, 1, {"gamma": 4.0}),
        (CODES, 1, {"lambdas": {"category": 0.5, "style": 0.2}}),
        (CODES, 3, {"lambdas": {"category": 1.0, "style": 1.0}, "gamma": 2.0}),
    ],
)
def test_step_is_the_one_written_out(latent, steps, terms):
    rates, images = (0.3, 0.2), RealImages(2 * steps, 8)
    options = {
        "discriminator_steps": steps,
        "discriminator_regularizers": [images, *([R1(terms["gamma"])] if "gamma" in terms else [])],
        "loss": "minimax" if "minimax" in terms else "non_saturating",
    }
    if "lambdas" in terms:
        options["terms"] = [CodeInformation(terms["lambdas"])]
    model = compiled(small_model(latent), *rates, **options)
    for step in range(2):
        before = generator_weights(model), discriminator_weights(model)
        model.train_on_batch(IMAGES[step * 24 :][: 8 * steps])
        shares = images.seen.numpy()[step * steps :][:steps]
        draws = [latents_of(model, 8, step, update) for update in range(steps)]
        expected = written_out(before, shares, draws, rates, **terms)
        after = generator_weights(model), discriminator_weights(model)
        players = [sum(pair, []) for pair in (before, after, expected)]
        for old, new, wanted in zip(*players, strict=True):
            np.testing.assert_allclose(new, wanted, atol=1e-6)
            assert np.abs(new - old).max() > 1e-4
    assert model.step.numpy() == 2


def moved(model, train):
    """Paths of the weights that `train` changes."""
    before = [w.numpy() for w in model.weights]
    train()
    pairs = zip(before, model.weights, strict=True)
    return {w.path for old, w in pairs if not np.array_equal(old, w.numpy())}


@pytest.mark.parametrize("latent", [NOISE, CODES])
@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_each_update_moves_exactly_its_player(latent, player):
    rates = {f"{each}_rate": 0.1 * (each == player) for each in ("generator", "discriminator")}
    model = compiled(small_model(latent), **rates, run_eagerly=True)
    own = {v.path for v in getattr(model, player).trainable_variables}
    assert moved(model, lambda: model.train_on_batch(IMAGES[:8])) == own | {model.step.path}


def batch_statistics(network):
    return [v.numpy() for v in network.non_trainable_variables]


@pytest.mark.examples(1)
@pytest.mark.parametrize("steps", [1, 3])
def test_statistics_are_those_of_the_passes_that_count(steps):
    images = RealImages(steps, 8)
    options = {"discriminator_steps": steps, "discriminator_regularizers": [images]}
    model = compiled(small_model(normalized=True), 0.0, 0.0, **options)
    reference = small_model(normalized=True)
    model.train_on_batch(IMAGES[: 8 * steps])
    for update, real in enumerate(images.seen.numpy()):
        z = latents_of(model, 8, 0, update)
        # The generator: once a step, in the pass that its own update follows.
        fake = reference.generator(z, training=update == steps - 1)
        if update < steps - 1:
            with keras.StatelessScope():
                fake = reference.generator(z, training=True)
        # The discriminator: on both halves of each of its updates, never in the generator's.
        reference.discriminator(real, training=True)
        reference.discriminator(fake, training=True)
    for player in ("generator", "discriminator"):
        statistics, expected = (batch_statistics(getattr(m, player)) for m in (model, reference))
        np.testing.assert_allclose(statistics, expected, atol=1e-6)
        assert np.abs(statistics[0]).max() > 1e-4  # the moving mean, 0 at first


def rows(images):
    return sorted(np.rint((np.reshape(images, (-1, 16)) + 1) * 127.5).astype(int).tolist())


def test_each_discriminator_update_sees_fresh_real_images():
    images = RealImages(8, 6)
    options = {"discriminator_steps": 4, "discriminator_regularizers": [images]}
    model = compiled(small_model(), **options)
    model.fit(IMAGES, batch_size=6, verbose=0)
    assert (model.step.numpy(), images.count.numpy()) == (2, 8)
    assert rows(images.seen) == rows(scaled(IMAGES))


def test_a_dataset_is_regrouped_for_the_discriminator_updates():
    images = RealImages(8, 5)
    options = {"discriminator_steps": 2, "discriminator_regularizers": [images]}
    model = compiled(small_model(), **options)
    # 48 images make batches of 5, the last of 3; a step takes 10.
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(5)
    model.fit(dataset, steps_per_epoch=4, verbose=0)
    assert (model.step.numpy(), images.count.numpy()) == (4, 8)
    assert rows(images.seen) == rows(scaled(IMAGES[:40]))


def test_what_a_term_trains_moves_with_its_player():
    ours, theirs = WeightDecay(), WeightDecay()
    model = compiled(
        small_model(),
        generator_regularizers=[ours],
        discriminator_regularizers=[theirs],
        discriminator_steps=2,
    )
    model.train_on_batch(IMAGES[:16])
    # scale <- scale - rate * 2 * scale: once for the generator, twice for the discriminator.
    np.testing.assert_allclose([ours.scale.numpy(), theirs.scale.numpy()], [0.8, 0.64], rtol=1e-6)


class Updates(Term):
    """Counts its updates, and reports the count."""

    metric_names = ("updates",)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.count = self.add_state("count")

    def value(self, step):
        return ops.zeros(())

    def update(self, step):
        self.count.assign(self.count + 1)
        return {"updates": ops.convert_to_tensor(self.count)}


def test_parts_are_updated_after_each_discriminator_update():
    counter = Updates()
    model = compiled(
        small_model(), discriminator_regularizers=[counter], discriminator_steps=2, run_eagerly=True
    )
    logs = model.train_on_batch(IMAGES[:16], return_dict=True)
    assert model.metric_names[3:] == ["updates"] and logs["updates"] == 1.5
    assert counter.count.numpy() == 2


def test_the_generators_regularizers_are_updated_too():
    counter = Updates()
    model = compiled(small_model(), generator_regularizers=[counter], run_eagerly=True)
    logs = model.train_on_batch(IMAGES[:16], return_dict=True)
    assert counter.count.numpy() == logs["updates"] == 1


def test_metrics_of_one_name_are_refused_or_renamed():
    with pytest.raises(ValueError, match="updates"):
        compiled(small_model(), discriminator_regularizers=[Updates(), Updates()])


def test_state_names_everything_that_a_step_changes():
    model = compiled(small_model(moving_average=0.9, normalized=True))
    before = state(model)
    model.train_on_batch(IMAGES[:8])
    unchanged = sum(np.array_equal(a, b) for a, b in zip(before, state(model), strict=True))
    assert unchanged == 2  # the learning rates
