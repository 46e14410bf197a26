import math

import keras
import numpy as np
import pytest
from keras import layers

from tfgan_it import latents, metrics, models
from tfgan_it.seeds import seeded_initializers

MATRIX = np.random.default_rng(0).normal(size=(2, 5)).astype("float32")


def linear_model(latent, matrix=MATRIX, **options):
    """A GAN whose generator is z W."""
    inputs = keras.Input((latent.dimension,))
    dense = layers.Dense(matrix.shape[1], use_bias=False)
    generator = keras.Model(inputs, dense(inputs))
    dense.set_weights([matrix])
    points = keras.Input((matrix.shape[1],))
    return models.GAN(generator, keras.Model(points, layers.Dense(1)(points)), latent, **options)


@pytest.fixture(scope="module")
def model():
    return linear_model(latents.Normal(2), moving_average=0.9)


def test_own_samples_are_found_and_others_lose_their_distance_to_the_plane(model):
    z = np.random.default_rng(1).normal(size=(5, 2)).astype("float32")
    images = z @ MATRIX
    images[3:] += np.random.default_rng(2).normal(size=(2, 5)).astype("float32")
    before = [np.array(v) for v in model.weights]
    found = metrics.invert_generator(model, images, starts=2, batch_size=2, noise_std=0.5)
    np.testing.assert_allclose(found.latents[:3], z[:3], atol=1e-3)
    best = np.linalg.lstsq(MATRIX.T.astype("float64"), images.T, rcond=None)[0].T
    np.testing.assert_allclose(found.latents, best, atol=2e-3)
    expected = np.mean((images - best @ MATRIX) ** 2, axis=1)
    np.testing.assert_allclose(found.squared_errors, expected, atol=1e-5)
    nats = 5 / 2 * math.log(2 * math.pi * 0.25) + 5 * found.squared_errors / (2 * 0.25)
    np.testing.assert_allclose(found.nats, nats, rtol=1e-6)
    assert found.mean_squared_error.name == "inversion_error" and found.mean_nats.n == 5
    np.testing.assert_allclose(found.samples, found.latents @ MATRIX, atol=1e-5)
    for value, old in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(value, old)


@pytest.mark.slow
def test_it_is_a_function_of_the_seed_and_of_each_image_alone(model):
    images = np.random.default_rng(3).normal(size=(4, 5)).astype("float32")
    options = {"steps": 7, "batch_size": 4}
    first, again = (metrics.invert_generator(model, images, **options) for _ in range(2))
    np.testing.assert_array_equal(first.latents, again.latents)
    one = metrics.invert_generator(model, images[:3], **options)
    np.testing.assert_allclose(one.latents, first.latents[:3], rtol=1e-5)
    other = metrics.invert_generator(model, images, seed=1, **options)
    assert not np.allclose(other.latents, first.latents)


@pytest.mark.slow
def test_bounded_latents_stay_in_their_interval_and_categories_are_categories():
    latent = latents.Product(noise=latents.Uniform(1), category=latents.Categorical(3))
    matrix = np.array([[1, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0], [0, 0, 0, 3]], "float32")
    model = linear_model(latent, matrix)
    images = np.array([[0.5, 0, 3, 0], [4.0, 3, 0, 0]], "float32")
    found = metrics.invert_generator(model, images, starts=12, steps=150)
    np.testing.assert_allclose(found.latents, [[0.5, 0, 1, 0], [1, 1, 0, 0]], atol=2e-2)


def test_a_conditional_generator_gets_the_conditions_of_the_images():
    with seeded_initializers(1):
        inputs = [keras.Input((2,)), keras.Input((3,))]
        joined = layers.Concatenate()(inputs)
        generator = keras.Model(inputs, layers.Dense(4)(joined))
        points = keras.Input((4,))
        outputs = layers.Dense(1)(layers.Concatenate()([points, inputs[1]]))
        critic = keras.Model([points, inputs[1]], outputs)
    model = models.GAN(generator, critic, latents.Normal(2), conditions=3)
    labels = np.array([0, 2, 1])
    images = model.generate(3, seed=5, conditions=labels)
    found = metrics.invert_generator(model, images, conditions=labels)
    assert found.squared_errors.max() < 1e-5
    wrong = metrics.invert_generator(model, images, conditions=(labels + 1) % 3)
    assert wrong.squared_errors.max() > 10 * found.squared_errors.max()
    with pytest.raises(ValueError, match="is conditional: give conditions"):
        metrics.invert_generator(model, images)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"starts": 0}, "invert_generator: starts must be a whole number"),
        ({"noise_std": 0.0}, "invert_generator: noise_std must be"),
        ({"images": np.zeros((2, 3), "float32")}, "images have shape"),
    ],
)
def test_mistakes_are_one_line(model, options, line):
    images = options.pop("images", np.zeros((2, 5), "float32"))
    with pytest.raises(ValueError, match=line):
        metrics.invert_generator(model, images, **options)
