"""Latents of real samples, and samples with other codes, by a generator that can be inverted."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from support.small_models import IMAGES, small_model
from tfgan_it import latents
from tfgan_it.models import GAN

LATENT = latents.Product(
    noise=latents.Normal(2), kind=latents.Categorical(3), style=latents.Uniform(1)
)


class Shown(layers.Layer):
    """The latent itself, its columns twice as large."""

    def call(self, x):
        return 2.0 * x


class Read(layers.Layer):
    """Q that reads the category and the style off a sample."""

    def call(self, x):
        scale = ops.zeros_like(x[:, :1]) - 3.0
        codes = ops.concatenate([20.0 * x[:, 2:5], x[:, 5:] / 2, scale], axis=-1)
        return {"logits": x[:, :1], "codes": codes}


def transparent(conditions=None):
    inputs = keras.Input((6,))
    samples = keras.Input((6,))
    generator = keras.Model(inputs, Shown()(inputs))
    return GAN(generator, keras.Model(samples, Read()(samples)), LATENT, value_range=None)


def real(n=5):
    z = LATENT.sample(n, seed=7)
    return np.asarray(z), 2.0 * np.asarray(z)


def test_a_latent_is_found_again():
    z, x = real()
    found = transparent().encode(x, starts=1, steps=600)
    np.testing.assert_allclose(found, z, atol=0.02)


def test_codes_change_and_the_rest_stays():
    z, x = real()
    model = transparent()
    edited = model.edit(x, {"kind": 2, "style": [0.5]}, starts=1, steps=600)
    expected = np.concatenate([z[:, :2], np.tile([[0.0, 0.0, 1.0, 0.5]], (5, 1))], axis=1)
    np.testing.assert_allclose(edited, 2 * expected, atol=0.05)
    np.testing.assert_allclose(model.edit(x, starts=1, steps=600), x, atol=0.05)


def test_every_start_has_the_inferred_codes():
    """With few steps a start of another category would be kept by chance."""
    z, x = real(20)
    found = transparent().encode(x, starts=2, steps=1)
    np.testing.assert_array_equal(found[:, 2:5], z[:, 2:5])


def test_a_model_without_codes():
    model = small_model(latents.Normal(3))
    found = model.encode(IMAGES[:3], starts=2, steps=3)
    assert found.shape == (3, 3)
    np.testing.assert_allclose(
        model.edit(IMAGES[:3], starts=2, steps=3), model.predict(found, verbose=0), atol=1e-5
    )
    with pytest.raises(ValueError, match="Unknown code 'kind'"):
        model.edit(IMAGES[:3], {"kind": 1})


def test_what_is_refused():
    model, (_, x) = transparent(), real()
    for call, message in [
        (lambda: model.edit(x, {"kinds": 1}), "Unknown code 'kinds': use one of kind, style"),
        (lambda: model.edit(x, {"kind": 3}), "kind must be a category from 0 to 2"),
        (lambda: model.edit(None, {"kind": 1}), r"images have shape \(\), expected \(n, 6\)"),
        (lambda: model.edit({"a": x}, {"kind": 1}), r"images have shape \(\), expected"),
        (lambda: model.encode(x, starts=0), "starts must be"),
        (lambda: model.encode(x, steps=0), "steps must be"),
        (lambda: model.encode(x[:, :3]), r"images have shape \(5, 3\)"),
    ]:
        with pytest.raises(ValueError, match=message) as error:
            call()
        assert "\n" not in str(error.value)
