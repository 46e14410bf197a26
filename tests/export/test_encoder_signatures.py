"""Signatures that a model adds: an encoder's, in C++ as in Keras."""

import json

import numpy as np
import pytest
import tensorflow as tf

from support.savedmodel_client import run_signatures
from tfgan_it import export, recipes
from tfgan_it.export.signatures import Signature, Signatures
from tfgan_it.models import GAN

SHAPE = (8, 8, 1)
IMAGES = np.random.default_rng(0).uniform(-1, 1, (5, *SHAPE)).astype("float32")


@pytest.fixture(scope="module")
def model():
    """Averages that differ from the weights, so that it shows which of them is read."""
    model = recipes.variational_infogan(
        SHAPE, width=2, features=5, noise=4, categories=3, moving_average=0.9
    )
    rng = np.random.default_rng(1)
    for owner in (model.generator, model.discriminator, model.encoder):
        for variable in owner.variables:
            variable.assign(rng.uniform(-1, 1, variable.shape))
    for owner in (model.generator_average, model.discriminator_average, model.encoder_average):
        for variable in owner.variables:
            low = 0.5 if variable.name == "moving_variance" else -1
            variable.assign(rng.uniform(low, 1, variable.shape))
    return model


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    return export.export(model, tmp_path_factory.mktemp("variational"))


@pytest.mark.slow
def test_encoded_and_reconstructed_as_in_keras(model, folder):
    latents = model.encode(IMAGES)
    category, style = latents[:, 4:7], latents[:, 7:]
    encoded, reconstructed, empty, decoded, generated, codes = run_signatures(
        folder,
        [
            ("encode", {"images": IMAGES}),
            ("reconstruct", {"images": IMAGES}),
            ("encode", {"images": IMAGES[:0]}),
            ("serving_default", {"latents": latents}),
            ("generate", {"seed": np.arange(5), "category": category, "style": style}),
            ("infer_codes", {"images": IMAGES}),
        ],
    )
    np.testing.assert_allclose(encoded["latents"], latents, atol=1e-5)
    np.testing.assert_allclose(reconstructed["images"], model.reconstruct(IMAGES), atol=1e-5)
    np.testing.assert_allclose(decoded["images"], reconstructed["images"], atol=1e-5)
    assert empty["latents"].shape == (0, 9)
    assert generated["images"].shape == IMAGES.shape
    np.testing.assert_array_equal(codes["category_probabilities"].argmax(1), category.argmax(1))


@pytest.mark.slow
def test_only_averages_are_stored(model, folder):
    stored = sorted(
        tuple(shape)
        for name, shape in tf.train.list_variables(str(folder / "variables" / "variables"))
        if name != "_CHECKPOINTABLE_OBJECT_GRAPH"
    )
    averages = model.generator_average, model.discriminator_average, model.encoder_average
    assert stored == sorted(tuple(v.shape) for average in averages for v in average.variables)


@pytest.mark.slow
def test_they_are_described_and_warm_up(model, folder):
    described = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())["signatures"]
    images = {"images": "float32 (None, 8, 8, 1)"}
    assert described["encode"] == {"inputs": images, "outputs": {"latents": "float32 (None, 9)"}}
    assert described["reconstruct"] == {"inputs": images, "outputs": images}
    examples = Signatures(model).examples()
    np.testing.assert_array_equal(examples["encode"]["images"], examples["score"]["images"])
    assert examples["encode"]["images"].shape == (1, *SHAPE)


class Extended(GAN):
    """Adds a signature, replaces one and takes one away."""

    def extra_signatures(self):
        rows, half = tf.TensorSpec((None, 2), tf.float32), tf.TensorSpec((None,), tf.int64)
        return {
            "total": Signature(
                lambda words, weights, latents: {"sum": tf.reduce_sum(words, axis=1) * weights},
                {
                    "words": rows,
                    "weights": tf.TensorSpec((None,), tf.float32),
                    "latents": tf.TensorSpec((None, 5), tf.float32),
                },
                {"words": tf.constant([[3.0, 4.0]])},
            ),
            "sample": (lambda seed: {"twice": tf.cast(2 * seed, tf.float32)}, {"seed": half}),
            "score": None,
        }


def test_a_model_adds_replaces_and_takes_away():
    plain = recipes.dcgan(SHAPE, latent_dimension=5, width=2)
    signatures = Signatures(Extended(plain.generator, plain.discriminator, plain.latent))
    assert list(signatures.inputs) == ["serving_default", "sample", "total"]
    assert list(signatures.inputs["total"]) == ["words", "weights", "latents"]
    functions = signatures.trace()
    assert functions["sample"](seed=tf.constant([3, 4], tf.int64))["twice"].numpy().tolist() == [
        6,
        8,
    ]
    words, latents = tf.constant([[1.0, 2.0]]), tf.zeros((1, 5))
    total = functions["total"](words=words, weights=tf.constant([2.0]), latents=latents)
    assert total["sum"].numpy().tolist() == [6]
    example = signatures.examples()["total"]
    assert example["words"].numpy().tolist() == [[3, 4]]
    assert example["weights"].numpy().tolist() == [0]
    np.testing.assert_array_equal(
        example["latents"], signatures.examples()["serving_default"]["latents"]
    )
