"""What a trained generator gives: samples by seed, and by code."""

import numpy as np
import pytest

from support.small_models import (
    CODES,
    IMAGES,
    NOISE,
    SHAPE,
    compiled,
    generate,
    generator_weights,
    small_model,
)
from tfgan_it.latents import Categorical, Normal, Product, Uniform


@pytest.fixture(scope="module")
def averaged():
    """A GAN whose average and weights differ."""
    model = compiled(small_model(moving_average=0.9), generator_rate=1.0)
    model.train_on_batch(IMAGES[:16])
    return model


def averages(model):
    return [v.numpy() for v in model.generator_average.averages]


def test_generate_is_a_function_of_seed_and_row(averaged):
    images = averaged.generate(9, seed=3)
    assert images.shape == (9, *SHAPE) and images.dtype == "float32"
    assert np.abs(images).max() <= 1
    np.testing.assert_allclose(averaged.generate(4, seed=3), images[:4], atol=1e-6)
    np.testing.assert_allclose(averaged.generate(9, seed=3, batch_size=2), images, atol=1e-6)
    assert len(np.unique(images.reshape(9, -1), axis=0)) == 9
    assert not np.isclose(averaged.generate(9, seed=4), images).all(axis=(1, 2, 3)).any()


def test_generate_without_a_seed_differs_from_call_to_call(averaged):
    assert not np.allclose(averaged.generate(2), averaged.generate(2), atol=1e-3)


def test_sample_latents(averaged):
    samples = averaged.sample_latents(500, seed=0)
    assert samples.shape == (500, NOISE.dimension) and samples.dtype == "float32"
    assert abs(samples.mean()) < 0.1 and abs(samples.std() - 1) < 0.1
    np.testing.assert_array_equal(averaged.sample_latents(3, seed=0), samples[:3])
    assert averaged.sample_latents(0, seed=0).shape == (0, NOISE.dimension)
    assert not np.allclose(averaged.sample_latents(2), averaged.sample_latents(2))


def test_generate_nothing(averaged):
    assert averaged.generate(0, seed=0).shape == (0, *SHAPE)


def test_images_come_from_the_averaged_weights(averaged):
    z = averaged.sample_latents(5, seed=0)
    expected = generate(averages(averaged), z)
    for images in (averaged(z), averaged.predict(z, verbose=0), averaged.generate(5, seed=0)):
        np.testing.assert_allclose(images, expected, atol=1e-6)
    trained = generate(generator_weights(averaged), z)
    assert not np.allclose(trained, expected, atol=1e-2)
    np.testing.assert_allclose(averaged(z, training=True), trained, atol=1e-6)


def test_without_an_average_images_come_from_the_weights():
    model = small_model()
    z = model.sample_latents(5, seed=0)
    expected = generate(generator_weights(model), z)
    np.testing.assert_allclose(model.generate(5, seed=0), expected, atol=1e-6)


# Codes by name


@pytest.fixture(scope="module")
def coded():
    return small_model(CODES)


def test_given_codes_replace_only_sampled_codes(coded):
    drawn = coded.sample_latents(5, seed=0)
    for codes, columns, values in (
        ({"category": 2}, slice(2, 5), [0, 0, 1]),
        ({"category": [1, 0, 2, 1, 1]}, slice(2, 5), np.eye(3)[[1, 0, 2, 1, 1]]),
        ({"category": [0.2, 0.3, 0.5]}, slice(2, 5), [0.2, 0.3, 0.5]),
        ({"style": [0.25]}, slice(5, 6), 0.25),
        ({"style": np.linspace(-1, 1, 5)[:, None]}, slice(5, 6), np.linspace(-1, 1, 5)[:, None]),
        ({"category": 0, "style": [-1.0]}, slice(2, 6), [1, 0, 0, -1]),
    ):
        expected = drawn.copy()
        expected[:, columns] = values
        np.testing.assert_allclose(coded.sample_latents(5, seed=0, codes=codes), expected)
        images = generate(generator_weights(coded), expected)
        np.testing.assert_allclose(coded.generate(5, seed=0, codes=codes), images, atol=1e-6)
    plain = coded.generate(5, seed=0)
    np.testing.assert_array_equal(coded.generate(5, seed=0, codes={}), plain)


def test_two_codes_of_which_one_is_a_plane():
    latent = Product(noise=Normal(2), category=Categorical(4), style=Uniform(2))
    model = small_model(latent)
    latents = model.sample_latents(5, seed=0, codes={"category": 3, "style": [0.5, 0.0]})
    np.testing.assert_array_equal(latents[:, 2:], np.tile([0, 0, 0, 1, 0.5, 0], (5, 1)))
    np.testing.assert_array_equal(latents[:, :2], model.sample_latents(5, seed=0)[:, :2])


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ({"categroy": 1}, r"^Unknown code 'categroy': .* \(nearest: category\)\.\Z"),
        ({"noise": [0.0, 0.0]}, "^Unknown code 'noise'"),
        ({"category": 3}, "^category must be a category from 0 to 2, .* got 3"),
        ({"category": [0, 1]}, r"^category must be a category .* one or \(5,\), got \[0 1\]"),
        ({"style": [0.0, 1.0]}, r"^style must be \(5, 1\), or \(1,\) for all, got \(2,\)\.\Z"),
    ],
)
def test_codes_that_do_not_fit(coded, codes, message):
    for ask in (coded.generate, coded.sample_latents):
        with pytest.raises(ValueError, match=message) as error:
            ask(5, seed=0, codes=codes)
        assert "\n" not in str(error.value)


def test_a_model_without_codes_has_none_to_give():
    with pytest.raises(ValueError, match=r"^Unknown code 'category': there is none"):
        small_model().generate(2, codes={"category": 1})


def test_conditions_for_a_model_without_conditions():
    message = r"^This model takes no conditions: GAN\(\.\.\., conditions=\.\.\.\) sets them\.\Z"
    for n in (0, 2):
        with pytest.raises(ValueError, match=message):
            small_model().generate(n, conditions=1)
