"""What discriminators say beside their logit, and a generator behind a bottleneck."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED  # noqa: F401
from support.savedmodel_client import run_signatures
from tfgan_it import recipes
from tfgan_it.networks import (
    bottleneck_generator,
    bottleneck_head,
    dcgan_discriminator,
    infomax_head,
    mlp_discriminator,
    with_probe,
)

RNG = np.random.default_rng(0)
SHAPE = (8, 8, 1)
IMAGES = RNG.uniform(-1, 1, (5, *SHAPE)).astype("float32")
POINTS = RNG.normal(size=(5, 2)).astype("float32")


def scattered(model, scale=0.3):
    """Gives each weight a value of its own: new networks are all but linear."""
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(scale * rng.normal(size=variable.shape))
    return model


def kernels(model, *names):
    return [value for name in names for value in model.get_layer(name).get_weights()]


def of_images(head, **options):
    return scattered(dcgan_discriminator(SHAPE, width=4, head=head, **options))


def of_points(head, **options):
    return scattered(mlp_discriminator((2,), width=6, depth=1, head=head, **options))


# bottleneck_head


@pytest.mark.parametrize("build, data", [(of_images, IMAGES), (of_points, POINTS)])
def test_the_logit_is_linear_in_the_code(build, data):
    model = build(functools.partial(bottleneck_head, dimension=3))
    assert {name: output.shape for name, output in model.output.items()} == {
        "logits": (None, 1),
        "bottleneck": (None,),
    }
    last = keras.Model(model.input, model.get_layer("bottleneck").input)
    features = last(data).numpy().astype("float64")
    kernel, bias, logit_kernel, logit_bias = kernels(model, "bottleneck", "logits")
    mean, log_variance = np.split(features @ kernel + bias, 2, axis=1)
    assert mean.shape == (5, 3)
    outputs = model(data)
    np.testing.assert_allclose(outputs["logits"], mean @ logit_kernel + logit_bias, rtol=1e-4)
    divergence = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)
    np.testing.assert_allclose(outputs["bottleneck"], divergence, rtol=1e-4)


# infomax_head


@pytest.fixture(scope="module")
def maps():
    return RNG.normal(size=(5, 2, 3, 4)).astype("float32")


@pytest.fixture(scope="module")
def infomax():
    """The head alone, on maps (2, 3, 4)."""
    inputs = keras.Input((2, 3, 4))
    return scattered(keras.Model(inputs, infomax_head(inputs, dimension=7)), 1.0)


def test_features_of_places_and_of_the_whole_are_of_one_space(infomax, maps):
    outputs = infomax(maps)
    shapes = {name: output.shape.as_list() for name, output in outputs.items()}
    assert shapes == {"logits": [5, 1], "local": [5, 6, 7], "global": [5, 7]}
    assert {output.dtype.name for output in outputs.values()} == {"float32"}


def test_a_local_feature_is_of_its_own_place_and_only_the_logit_knows_the_order(infomax, maps):
    order = RNG.permutation(6)
    shuffled = maps.reshape(5, 6, 4)[:, order].reshape(maps.shape)
    before, after = infomax(maps), infomax(shuffled)
    np.testing.assert_allclose(after["local"], before["local"].numpy()[:, order], atol=1e-5)
    np.testing.assert_allclose(after["global"], before["global"], atol=1e-4)
    assert np.abs(after["logits"] - before["logits"]).min() > 1e-3
    other = maps.copy()
    other[:, 1, 2] += 1
    moved = np.abs(infomax(other)["local"] - before["local"]).max(axis=(0, 2)) > 1e-3
    assert moved.tolist() == [False] * 5 + [True]


def test_the_logit_is_linear_in_the_map_with_its_places(infomax, maps):
    zero, one, two = (infomax(x)["logits"].numpy() for x in (0 * maps, maps, 2 * maps))
    np.testing.assert_allclose(two - zero, 2 * (one - zero), atol=1e-5)
    weights = {weight.path: weight.numpy() for weight in infomax.trainable_variables}
    kernel, bias = (
        value
        for name in ("kernel", "bias")
        for path, value in weights.items()
        if path.endswith(f"logits/{name}")
    )
    np.testing.assert_allclose(one, maps.reshape(5, -1) @ kernel + bias, atol=1e-5)


@pytest.mark.slow
def test_every_kernel_of_the_head_is_normalised(infomax, maps):
    for _ in range(100):  # As many as the closest two singular values ask for.
        infomax(maps, training=True)
    kernels = [weight for weight in infomax.trainable_variables if weight.name == "kernel"]
    assert len(kernels) == 7  # The logit's, and three for each of two projections.
    norms = [np.linalg.norm(kernel.numpy(), 2) for kernel in kernels]
    np.testing.assert_allclose(norms, np.ones(7), atol=1e-2)


def test_projections_are_not_shared(infomax, maps):
    with tf.GradientTape(persistent=True) as tape:
        outputs = infomax(maps)
    moved = {}
    for name in ("logits", "local", "global"):
        gradients = tape.gradient(outputs[name], infomax.trainable_variables)
        moved[name] = {i for i, gradient in enumerate(gradients) if gradient is not None}
    assert not moved["local"] & moved["global"] and not moved["logits"] & moved["local"]
    assert sum(map(len, moved.values())) == len(infomax.trainable_variables)


def test_points_have_no_places():
    message = r"^infomax_head: x must be \(batch, height, width, channels\), got \(None, 6\)\.\Z"
    with pytest.raises(ValueError, match=message):
        of_points(infomax_head)


def test_on_images():
    model = of_images(functools.partial(infomax_head, dimension=7), normalization="spectral")
    shapes = {name: output.shape for name, output in model.output.items()}
    assert shapes == {"logits": (None, 1), "local": (None, 4, 7), "global": (None, 7)}


# with_probe


def one_layer():
    return scattered(keras.Sequential([keras.Input((2,)), layers.Dense(1)]))


@pytest.mark.parametrize(
    "discriminator, probe",
    [
        (lambda: of_points(None), lambda: of_points(None)),
        (lambda: of_points(bottleneck_head), lambda: of_points(None)),
        (one_layer, one_layer),
    ],
    ids=["logits", "dict", "sequential"],
)
def test_a_probe_beside_a_discriminator(discriminator, probe):
    discriminator, probe = discriminator(), probe()
    probe.set_weights([2 * weight for weight in probe.get_weights()])
    both = with_probe(discriminator, probe)
    outputs, alone = both(POINTS), discriminator(POINTS)
    alone = alone if isinstance(alone, dict) else {"logits": alone}
    assert set(outputs) == {*alone, "log_ratio"}
    for name, output in alone.items():
        np.testing.assert_array_equal(outputs[name], output)
    np.testing.assert_array_equal(outputs["log_ratio"], probe(POINTS))
    assert np.abs(outputs["log_ratio"] - outputs["logits"]).max() > 1e-2


def test_a_probe_shares_no_weights():
    discriminator, probe = of_points(None), of_points(None)
    both = with_probe(discriminator, probe)
    assert len(both.trainable_variables) == 8
    with tf.GradientTape(persistent=True) as tape:
        outputs = both(POINTS)
    for name, own, other in (
        ("logits", discriminator, probe),
        ("log_ratio", probe, discriminator),
    ):
        assert None not in tape.gradient(outputs[name], own.trainable_variables)
        gradients = tape.gradient(outputs[name], other.trainable_variables)
        assert gradients == [None] * len(gradients)


def test_a_probe_judges_each_sample_of_a_pack():
    both = with_probe(of_points(None, pack_size=2), of_points(None))
    outputs = both(np.repeat(POINTS, 2, axis=0))
    assert outputs["logits"].shape == (10, 1) and outputs["log_ratio"].shape == (10, 1)


# bottleneck_generator


@pytest.fixture(scope="module")
def generator():
    return scattered(
        bottleneck_generator(SHAPE, 9, code=4, hidden=6, width=2, features=5), scale=0.5
    )


LATENTS = RNG.normal(size=(5, 9)).astype("float32")


def encoded(generator, latents):
    """Mean and log-variance of r, from z: the last four columns."""
    dense = next(layer for layer in generator.layers if isinstance(layer, layers.Dense))
    kernel, bias = dense.get_weights()
    hidden = np.maximum(latents[:, 5:].astype("float64") @ kernel + bias, 0)
    kernel, bias = kernels(generator, "bottleneck")
    return np.split(hidden @ kernel + bias, 2, axis=1)


def test_what_it_makes(generator):
    outputs = generator(LATENTS)
    assert {name: output.shape.as_list() for name, output in outputs.items()} == {
        "samples": [5, *SHAPE],
        "bottleneck": [5],
    }
    assert np.abs(outputs["samples"]).max() <= 1
    for training in (False, True):
        again = generator(LATENTS, training=training), generator(LATENTS, training=training)
        for name in outputs:
            np.testing.assert_array_equal(again[0][name], again[1][name])


def test_images_are_made_of_the_noisy_code(generator):
    mean, log_variance = encoded(generator, LATENTS)
    r = mean + np.exp(log_variance / 2) * LATENTS[:, :5]
    images = generator.get_layer("infogan_generator")(r.astype("float32"))
    np.testing.assert_allclose(generator(LATENTS)["samples"], images, atol=1e-4)
    without = generator.get_layer("infogan_generator")(mean.astype("float32"))
    assert np.abs(images - without).max() > 1e-2


def test_its_information_is_only_that_of_the_code(generator):
    mean, log_variance = encoded(generator, LATENTS)
    expected = 0.5 * (mean**2 + np.exp(log_variance) - 1 - log_variance).sum(axis=1)
    np.testing.assert_allclose(generator(LATENTS)["bottleneck"], expected, rtol=1e-4)
    other = LATENTS.copy()
    other[:, :5] += 1
    np.testing.assert_array_equal(generator(other)["bottleneck"], generator(LATENTS)["bottleneck"])


def test_a_code_that_leaves_no_noise_is_refused():
    message = r"^GaussianBottleneck: dimension must be a whole number of at least 1, got 0\.\Z"
    with pytest.raises(ValueError, match=message):
        bottleneck_generator(SHAPE, 4, code=4)


@pytest.mark.slow
def test_a_game_with_it_is_trained_saved_and_served(tmp_path):
    small = {"width": 2, "features": 6, "latent_columns": 3, "code": 4}
    model = recipes.ibgan(SHAPE, **small, moving_average=0.5)
    model.run_eagerly = True  # Two steps are less work than a trace.
    assert model.sample_shape == SHAPE
    data = np.random.default_rng(0).integers(0, 256, (16, *SHAPE), "uint8")
    history = model.fit(data, batch_size=8, verbose=0).history
    assert history["generator_bottleneck_nats"][0] > 0
    for variable in model.trainable_variables:
        variable.assign(variable + 0.1)
    images = model.generate(3, seed=0)
    assert images.shape == (3, *SHAPE) and images.dtype == "float32"
    model.save(tmp_path / "game.keras")
    loaded = keras.models.load_model(tmp_path / "game.keras")
    np.testing.assert_array_equal(loaded.generate(3, seed=0), images)
    folder = model.export(tmp_path / "export")
    latents, codes = model.sample_latents(3, seed=0), RNG.normal(size=(3, 3)).astype("float32")
    seeds = np.zeros(3, "int64")
    noise = model.latents_of_seeds(seeds)[:, :4]
    asked = [
        ("serving_default", {"latents": latents}),
        ("generate", {"seed": seeds, "z": codes}),
        ("infer_codes", {"images": images}),
    ]
    served = run_signatures(folder, asked)
    np.testing.assert_allclose(served[0]["images"], images, atol=1e-5)
    expected = model(np.concatenate([noise, codes], axis=1))
    np.testing.assert_allclose(served[1]["images"], expected, atol=1e-5)
    for name, values in model.infer_codes(images).items():
        np.testing.assert_allclose(served[2][name], values, atol=1e-5)
