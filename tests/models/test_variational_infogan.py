"""An encoder in the model: its inputs, losses, gradients and use."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.encoding_models import (
    LATENT,
    features_of,
    kl_of,
    linear_encoder,
    posterior_of,
    variational,
)
from support.games import assert_survives, drawn
from support.replicas import MIRRORED
from support.small_models import (
    IMAGES,
    SHAPE,
    assert_same_state,
    compiled,
    discriminator_weights,
    generator_weights,
    information,
    scaled,
)
from tfgan_it.latents import Categorical, Product, Uniform
from tfgan_it.models import VariationalInfoGAN
from tfgan_it.models.runtime import Stream
from tfgan_it.regularizers import CodeInformation, FeatureReconstruction, PosteriorKL
from tfgan_it.seeds import StatelessSeed

BATCH = 8
REAL = scaled(IMAGES[:BATCH]).astype("float64")
METRICS = ["posterior_kl_nats", "reconstruction_loss"]


# What a step does, in NumPy


def softmax(x):
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def images_of(weights, latents):
    hidden = np.tanh(latents @ weights[0] + weights[1])
    return np.tanh(hidden @ weights[2] + weights[3]).reshape(-1, *SHAPE)


@functools.cache
def numbers(call, columns, kind="normal"):
    """The numbers of one call of the first step's `draw`, for all rows of the batch."""
    seed = StatelessSeed(7, 0, Stream.SAMPLING, 0, call)
    return getattr(keras.random, kind)((BATCH, columns), seed=seed).numpy().astype("float64")


@functools.cache
def latents_drawn():
    return (
        LATENT.sample(BATCH, seed=StatelessSeed(7, 0, Stream.LATENTS, 0)).numpy().astype("float64")
    )


class FirstStep:
    """The first step's latents, images and losses, in float64, without a model."""

    def __init__(self, generator, discriminator, encoder):
        self.latents = latents_drawn().copy()
        mean, scale = posterior_of(encoder, REAL[::2])
        parameters = features_of(discriminator, REAL[::2]) @ discriminator[4] + discriminator[5]
        edges = np.cumsum(softmax(parameters[:, :3]), axis=1)
        category = (numbers(1, 1, "uniform")[::2] >= edges[:, :2]).sum(axis=1)
        sigma = 0.05 + np.log1p(np.exp(parameters[:, 4:]))
        style = np.clip(parameters[:, 3:4] + sigma * numbers(2, 1)[::2], -1, 1)
        noise = mean + scale * numbers(0, 2)[::2]
        self.latents[::2] = np.concatenate([noise, np.eye(3)[category], style], axis=1)
        self.images = images_of(generator, self.latents)
        features = features_of(discriminator, self.images)
        self.logits = (features @ discriminator[2] + discriminator[3])[:, 0]
        parameters = features @ discriminator[4] + discriminator[5]
        self.information = {k: v.numpy() for k, v in information(self.latents, parameters).items()}
        self.kl = kl_of(mean, scale)
        difference = features[::2] - features_of(discriminator, REAL[::2])
        self.reconstruction = np.sum(difference**2, axis=1) / 2

    def generator_loss(self, kl_weight, reconstruction_weight):
        adversarial = np.mean(np.log1p(np.exp(-self.logits)))
        variational = kl_weight * self.kl + reconstruction_weight * self.reconstruction
        return adversarial - np.mean(sum(self.information.values())) + np.mean(variational)


def encoder_weights(model):
    return [v.numpy() for v in model.encoder.trainable_variables]


def all_weights(model):
    weights = generator_weights(model), discriminator_weights(model), encoder_weights(model)
    return [[w.astype("float64") for w in group] for group in weights]


def moved(rates, **weights):
    """What one step at these rates subtracts from each group of weights, and what it reports."""
    model = compiled(variational(), *rates, run_eagerly=True, terms=terms(**weights))
    before = all_weights(model)
    logs = model.train_on_batch(IMAGES[:BATCH], return_dict=True)
    changes = [
        [a - b for a, b in zip(old, new, strict=True)]
        for old, new in zip(before, all_weights(model), strict=True)
    ]
    return changes, logs


WEIGHTS = {"kl_weight": 0.7, "reconstruction_weight": 1.3}


def terms(kl_weight=1.0, reconstruction_weight=1.0, lambda_information=1.0):
    return [
        CodeInformation(lambda_information),
        PosteriorKL(kl_weight),
        FeatureReconstruction(reconstruction_weight),
    ]


@pytest.fixture(scope="module")
def generator_step():
    return moved((1.0, 0.0), **WEIGHTS)


@pytest.mark.parametrize(
    ("group", "tensor", "name"),
    [
        (0, 0, "generator's hidden kernel"),
        (0, 3, "pixels' bias"),
        (2, 0, "encoder's kernel"),
        (2, 1, "encoder's bias"),
    ],
)
def test_the_generators_step_follows_the_slope_of_its_whole_loss(
    generator_step, group, tensor, name
):
    update = generator_step[0][group][tensor]
    weights = all_weights(variational())
    assert np.abs(update).max() > 1e-2
    for index in list(np.ndindex(update.shape))[::7]:
        values = []
        for sign in (1, -1):
            changed = [[w.copy() for w in part] for part in weights]
            changed[group][tensor][index] += sign * 1e-4
            values.append(FirstStep(*changed).generator_loss(**WEIGHTS))
        slope = (values[0] - values[1]) / 2e-4
        assert update[index] == pytest.approx(slope, abs=2e-5), (name, index)


def test_what_a_step_reports(generator_step):
    _, logs = generator_step
    step = FirstStep(*all_weights(variational()))
    assert logs["posterior_kl_nats"] == pytest.approx(step.kl.mean(), rel=1e-5)
    assert logs["reconstruction_loss"] == pytest.approx(step.reconstruction.mean(), rel=1e-5)
    # Only of latents that were sampled from the prior.
    for name, values in step.information.items():
        assert logs[f"information_nats_{name}"] == pytest.approx(values[1::2].mean(), rel=1e-4)
        assert abs(values[1::2].mean() - values.mean()) > 1e-3
    adversarial = np.mean(np.log1p(np.exp(-step.logits)))
    assert logs["generator_loss"] == pytest.approx(adversarial, rel=1e-5)
    assert list(logs)[-2:] == METRICS


def test_the_discriminators_step_moves_no_encoder_and_does_not_see_its_terms():
    free, priced = (
        moved((0.0, 1.0), kl_weight=weight, reconstruction_weight=weight)[0] for weight in (0, 5)
    )
    for change, other in zip(free[1], priced[1], strict=True):
        np.testing.assert_array_equal(change, other)
        assert change.any()
    assert not any(change.any() for change in [*free[0], *free[2]])


# A step's latents


def test_every_second_row_is_a_sample_of_its_images_posterior():
    model = compiled(variational(), terms=terms())
    model.discriminator.get_layer("codes").bias.assign([0.0, 0.3, 0.0, 0.9, 0.0])
    latents = LATENT.sample(BATCH, seed=1)
    normal = np.random.default_rng(0).normal(size=(BATCH, 2))
    uniform = np.linspace(0, 1, BATCH, endpoint=False)[:, None]
    style = np.random.default_rng(1).normal(size=(BATCH, 1))
    made = model.sample_batch(
        {"samples": tf.constant(REAL, "float32")},
        latents,
        lambda z, conditions: {"samples": model.generator(z)},
        drawn(normal, uniform, style),
    )
    given, outputs = made.latents, made.outputs
    every = np.arange(BATCH)
    assert every[made.from_prior].tolist() == [1, 3, 5, 7]
    assert every[made.reconstructed].tolist() == [0, 2, 4, 6]
    np.testing.assert_array_equal(given[1::2], latents[1::2])
    mean, scale = posterior_of(encoder_weights(model), REAL[::2])
    np.testing.assert_allclose(given[::2, :2], mean + scale * normal[::2], atol=1e-5)
    np.testing.assert_allclose(outputs["posterior_kl"], kl_of(mean, scale), rtol=1e-5)
    np.testing.assert_allclose(outputs["samples"], model.generator(given), atol=1e-6)
    posterior = model.infer_codes(IMAGES[:BATCH:2])
    edges = np.cumsum(posterior["category_probabilities"], axis=1)
    category = [np.searchsorted(row, u) for row, u in zip(edges, uniform[::2, 0], strict=True)]
    np.testing.assert_array_equal(given[::2, 2:5], np.eye(3)[category])
    wanted = posterior["style_mean"] + posterior["style_scale"] * style[::2]
    np.testing.assert_allclose(given[::2, 5:], np.clip(wanted, -1, 1), atol=1e-5)
    assert (np.abs(wanted) > 1).any() and (np.abs(wanted) < 1).any()


def test_an_odd_batch_has_one_reconstruction_more():
    model = compiled(variational(), 0.1, 0.1, run_eagerly=True, terms=terms())
    for rows in (1, 5):
        assert np.isfinite(
            list(model.train_on_batch(IMAGES[:rows], return_dict=True).values())
        ).all()
        assert [int(m.count.numpy()) for m in model.metrics[-2:]] == [rows - rows // 2] * 2
        assert int(model.metrics[3].count.numpy()) == rows // 2
        model.reset_metrics()


def test_several_discriminator_steps():
    model = compiled(variational(), discriminator_steps=2, run_eagerly=True, terms=terms())
    before = encoder_weights(model)
    logs = model.train_on_batch(IMAGES[: 2 * BATCH], return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    for old, new in zip(before, encoder_weights(model), strict=True):
        assert np.abs(old - new).max() > 1e-3


# What it is good for


def typical(model, images):
    """The latents that should be read, in NumPy."""
    posterior = model.infer_codes(images)
    mean, _ = posterior_of(encoder_weights(model), scaled(images))
    category = np.eye(3)[posterior["category_probabilities"].argmax(axis=1)]
    return np.concatenate([mean, category, np.clip(posterior["style_mean"], -1, 1)], axis=1)


@pytest.mark.parametrize("images", [IMAGES, scaled(IMAGES)], ids=["uint8", "float"])
def test_encode_and_reconstruct(images):
    model = variational()
    model.discriminator.get_layer("codes").bias.assign([0.0, 0.3, 0.0, 0.7, 0.0])
    expected = typical(model, IMAGES)
    assert len(np.unique(expected[:, 2:5], axis=0)) > 1 and (expected[:, 5] == 1).any()
    encoded = model.encode(images, batch_size=20)
    assert encoded.dtype == np.float32 and encoded.shape == (48, 6)
    np.testing.assert_allclose(encoded, expected, atol=1e-5)
    made = model.reconstruct(images, batch_size=20)
    weights = [w.astype("float64") for w in generator_weights(model)]
    np.testing.assert_allclose(made, images_of(weights, expected), atol=1e-5)


def test_edit_changes_one_code_and_keeps_what_else_was_read():
    model = variational()
    latents = model.encode(IMAGES[:4])
    for codes, columns, values in (
        ({"category": 2}, slice(2, 5), [0, 0, 1]),
        ({"category": [1, 0, 2, 1]}, slice(2, 5), np.eye(3)[[1, 0, 2, 1]]),
        ({"category": [0.2, 0.3, 0.5]}, slice(2, 5), [0.2, 0.3, 0.5]),
        ({"style": [0.25]}, slice(5, 6), 0.25),
        ({"style": np.linspace(-1, 1, 4)[:, None]}, slice(5, 6), np.linspace(-1, 1, 4)[:, None]),
        ({"category": 0, "style": [-1.0]}, slice(2, 6), [1, 0, 0, -1]),
    ):
        expected = latents.copy()
        expected[:, columns] = values
        edited = model.edit(IMAGES[:4], codes)
        np.testing.assert_allclose(edited, model(expected), atol=1e-6)
    np.testing.assert_allclose(model.edit(IMAGES[:4]), model.reconstruct(IMAGES[:4]), atol=1e-6)


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ({"categroy": 1}, r"^Unknown code 'categroy': .* \(nearest: category\)\.\Z"),
        ({"noise": [0.0, 0.0]}, "^Unknown code 'noise'"),
        ({"category": 3}, "^category must be a category from 0 to 2, .* got 3"),
        ({"category": [0, 1]}, r"^category must be a category .* one or \(4,\), got \[0 1\]"),
        ({"style": [0.0, 1.0]}, r"^style must be \(4, 1\), or \(1,\) for all, got \(2,\)\.\Z"),
        ({"style": 0.5}, r"^style must be \(4, 1\), or \(1,\) for all, got \(\)\.\Z"),
    ],
)
def test_edits_that_do_not_fit(codes, message):
    with pytest.raises(ValueError, match=message):
        variational().edit(IMAGES[:4], codes)


def test_evaluate_reconstructs_from_the_posteriors_mean():
    model = compiled(variational(), terms=terms())
    evaluated = model.evaluate(IMAGES, batch_size=20, verbose=0)
    weights = discriminator_weights(model)
    real = features_of(weights, scaled(IMAGES))
    made = features_of(weights, images_of(generator_weights(model), typical(model, IMAGES)))
    expected = np.mean(np.sum((real - made) ** 2, axis=1)) / 2
    assert evaluated["reconstruction_loss"] == pytest.approx(expected, rel=1e-4)
    kl = kl_of(*posterior_of(encoder_weights(model), scaled(IMAGES)))
    assert evaluated["posterior_kl_nats"] == pytest.approx(kl.mean(), rel=1e-4)


@pytest.mark.slow
def test_training_reconstructs():
    rows = np.indices(SHAPE[:2])[0][..., None] / 1.5 - 1
    four = np.stack([rows, -rows, rows.swapaxes(0, 1), -rows.swapaxes(0, 1)]).astype("float32")
    model = variational()
    optimizers = [keras.optimizers.Adam(0.01) for _ in range(2)]
    model.compile(*optimizers, terms=terms(lambda_information=0.1, kl_weight=0.1))
    model.fit(np.tile(four, (4, 1, 1, 1)), batch_size=16, steps_per_epoch=180, verbose=0)
    distances = np.mean((model.reconstruct(four)[:, None] - four) ** 2, axis=(2, 3, 4))
    np.testing.assert_array_equal(distances.argmin(axis=1), range(4))
    assert np.diag(distances).mean() < 0.7 * np.var(four)


# Weights


def test_the_average_of_the_encoder_is_what_reads():
    model = compiled(variational(moving_average=0.9), 1.0, 0.0, run_eagerly=True, terms=terms())
    first = encoder_weights(model)
    model.train_on_batch(IMAGES[:BATCH])
    # After the first update d = 1/10.
    averages = [0.1 * a + 0.9 * b for a, b in zip(first, encoder_weights(model), strict=True)]
    for average, expected in zip(model.encoder_average.averages, averages, strict=True):
        np.testing.assert_allclose(average, expected, atol=1e-6)
    mean, _ = posterior_of(averages, scaled(IMAGES))
    np.testing.assert_allclose(model.encode(IMAGES)[:, :2], mean, atol=1e-5)
    assert np.abs(mean - posterior_of(encoder_weights(model), scaled(IMAGES))[0]).max() > 1e-3


def test_a_loaded_model_continues_as_the_original(tmp_path):
    model = compiled(variational(moving_average=0.9), run_eagerly=True, terms=terms(**WEIGHTS))
    model.fit(IMAGES, batch_size=8, steps_per_epoch=2, verbose=0)
    loaded = assert_survives(model, tmp_path)
    assert type(loaded) is VariationalInfoGAN
    assert [term.weight for term in loaded.terms[1:]] == [0.7, 1.3]
    np.testing.assert_allclose(loaded.encode(IMAGES), model.encode(IMAGES), atol=1e-5)


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    def trained(strategy):
        with strategy.scope():
            model = compiled(variational(moving_average=0.5), terms=terms(**WEIGHTS))
        history = model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0).history
        return model, history

    one, reported = trained(tf.distribute.get_strategy())
    two, others = trained(MIRRORED)
    assert_same_state(one, two, tolerance=1e-5)
    for quantity in reported:
        assert reported[quantity] == pytest.approx(others[quantity], abs=1e-4), quantity


# What does not fit


def replaced(**parts):
    model = variational()
    parts = {name: getattr(model, name) for name in ("generator", "discriminator", "latent")} | {
        "encoder": model.encoder,
        **parts,
    }
    return VariationalInfoGAN(**parts)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (
            {"latent": Product(noise=Uniform(2), category=Categorical(3), style=Uniform(1))},
            "^VariationalInfoGAN encodes noise that is Normal and needs codes .*, got Product",
        ),
        (
            {"encoder": linear_encoder(2)},
            r"^The encoder must take samples \(4, 4, 1\) and give 4 .*, got \(4, 4, 1\) to \(2,\)",
        ),
        ({"encoder": linear_encoder(4, (2, 2, 1))}, r"got \(2, 2, 1\) to \(4,\)\.\Z"),
    ],
)
def test_parts_that_do_not_fit(parts, message):
    with pytest.raises(ValueError, match=message) as error:
        replaced(**parts)
    assert "\n" not in str(error.value)
