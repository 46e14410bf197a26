"""The information of a code in two views of one image."""

import types

import numpy as np
import pytest

from tfgan_it.datasets import scale_images
from tfgan_it.latents import Categorical, Normal, Product, Uniform
from tfgan_it.layers import RandomViews
from tfgan_it.metrics import (
    categorical_code,
    category_scores,
    clustering_scores,
    view_information,
)

LATENT = Product(noise=Normal(2), style=Uniform(1), kind=Categorical(4))
IMAGES = np.repeat(np.linspace(-1, 1, 40, dtype="float32"), 16).reshape(40, 4, 4, 1)
STILL = RandomViews(0, 0, 0)


def model(read, latent=LATENT):
    """Recognises what `read` says of the mean of an image."""
    return types.SimpleNamespace(
        latent=latent,
        name="made up",
        scale=scale_images,
        recognizes_codes=latent.codes is not None,
        infer_codes=lambda images, batch_size, y: {
            "kind_probabilities": read(images.mean((1, 2, 3)))
        },
    )


def quarter(means):
    return np.eye(4, dtype="float32")[np.minimum(((means + 1) * 2).astype(int), 3)]


def test_a_certain_code_of_what_stays_has_its_entropy():
    shares = quarter(IMAGES.mean((1, 2, 3))).mean(0)
    value = view_information(model(quarter), IMAGES, transformations=STILL, batch_size=7)
    np.testing.assert_allclose(value, -np.sum(shares * np.log(shares)), rtol=1e-6)


def test_a_code_of_the_view_has_almost_no_information():
    moved = RandomViews(0, 0, 0, brightness=2.0)
    noise = np.random.default_rng(0)

    def read(means):
        return np.eye(4, dtype="float32")[noise.integers(0, 4, len(means))]

    images = np.repeat(IMAGES, 50, axis=0)
    value = view_information(model(read), images, transformations=moved)
    assert value < 4 * (4 - 1) ** 2 / (2 * len(images))


def test_it_is_a_function_of_its_seed():
    moved = RandomViews(0, 0, 0, brightness=0.5)
    values = [
        view_information(model(quarter), IMAGES, transformations=moved, seed=seed)
        for seed in (0, 0, 1)
    ]
    assert values[0] == values[1] != values[2]


def test_scores_are_those_of_the_most_probable_category():
    labels = np.arange(40) % 4
    expected = clustering_scores(labels, quarter(IMAGES.mean((1, 2, 3))).argmax(-1), 4)
    assert category_scores(model(quarter), IMAGES, labels) == pytest.approx(expected)
    without = model(quarter, Product(noise=Normal(2), style=Uniform(1)))
    assert category_scores(without, IMAGES, labels) == {}


def test_the_first_categorical_code_is_found():
    assert categorical_code(model(quarter)) == "kind"
    without = model(quarter, Product(noise=Normal(2), style=Uniform(1)))
    assert categorical_code(without) is None
    with pytest.raises(ValueError, match="made up recognises no categorical code"):
        view_information(without, IMAGES)
