"""What holds for every latent: configurations and traversals."""

import numpy as np
import pytest

from tfgan_it.latents import Categorical, Normal, Product, Uniform


def test_repr_is_the_constructor_call():
    latent = Product(noise=Normal(2), category=Categorical(3))
    assert repr(eval(repr(latent))) == repr(latent)
    assert repr(latent) == "Product(noise=Normal(dimension=2), category=Categorical(categories=3))"


@pytest.mark.parametrize("latent", [Normal(3), Uniform(3), Categorical(3)])
def test_a_plain_latent_is_all_noise(latent):
    sample = latent.sample(2, seed=0)
    assert latent.parts == {"noise": latent}
    assert latent.codes is None
    assert latent.split_latents(sample) == {"noise": sample}


def test_traversal_of_a_product_varies_its_codes():
    latent = Product(noise=Normal(3), category=Categorical(4), style=Uniform(1, low=0, high=2))
    samples = latent.sample(5, seed=0).numpy()
    traversal = latent.traversal(samples, steps=7)
    assert list(traversal) == ["category", "style_0"]
    assert traversal["category"].shape == (5, 4, 8)
    assert traversal["style_0"].shape == (5, 7, 8)
    for row in range(5):
        np.testing.assert_array_equal(traversal["category"][row, :, 3:7], np.eye(4))
        np.testing.assert_allclose(traversal["style_0"][row, :, 7], np.linspace(0, 2, 7))


@pytest.mark.parametrize("style", [Uniform(1), Uniform(2)])
def test_traversal_changes_only_the_varied_columns(style):
    latent = Product(noise=Normal(3), category=Categorical(4), style=style)
    varied = {"category": slice(3, 7), "style_0": slice(7, 8), "style_1": slice(8, 9)}
    samples = latent.sample(5, seed=0).numpy()
    original = samples.copy()
    for name, variation in latent.traversal(samples, steps=6).items():
        assert variation.dtype == np.float32
        expected = np.repeat(original[:, None], variation.shape[1], axis=1)
        expected[:, :, varied[name]] = variation[:, :, varied[name]]
        np.testing.assert_array_equal(variation, expected)
    np.testing.assert_array_equal(samples, original)


def test_traversal_without_codes_runs_along_the_noise():
    latent = Product(noise=Normal(2))
    traversal = latent.traversal(latent.sample(3, seed=0), steps=5)
    assert list(traversal) == ["noise_0", "noise_1"]
    np.testing.assert_allclose(traversal["noise_1"][2, :, 1], np.linspace(-2, 2, 5))
    plain = Normal(2).traversal(latent.sample(3, seed=0), steps=5)
    for name, variation in traversal.items():
        np.testing.assert_array_equal(plain[name], variation)


def test_traversal_without_codes_keeps_the_rows_apart():
    latent = Normal(2)
    variation = latent.traversal(latent.sample(3, seed=0), steps=5)["noise_0"]
    assert len(np.unique(variation, axis=0)) == 3


def test_traversal_of_no_samples_is_empty():
    latent = Product(noise=Normal(2), category=Categorical(3))
    assert latent.traversal(latent.sample(0, seed=0))["category"].shape == (0, 3, 5)
