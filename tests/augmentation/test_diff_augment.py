import keras
import numpy as np
import pytest

from support.games import drawn, step_of
from tfgan_it.augmentation import DiffAugment, InstanceNoise
from tfgan_it.augmentation import transformations as t

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, size=(5, 8, 8, 3)).astype("float32")
NUMBERS = RNG.uniform(size=(5, 5, 2)).astype("float32")


def test_the_policy_in_its_order():
    u, v = np.moveaxis(NUMBERS, 2, 0)
    expected = t.brightness(IMAGES, u[:, 0] - 0.5)
    expected = t.saturation(expected, 2 * u[:, 1])
    expected = t.contrast_about_mean(expected, u[:, 2] + 0.5)
    expected = t.translation(expected, u[:, 3], v[:, 3])
    expected = t.cutout(expected, u[:, 4], v[:, 4])
    augmented = DiffAugment().augment(IMAGES, drawn(NUMBERS))
    np.testing.assert_allclose(augmented, expected, atol=1e-6)


def test_another_order():
    u, v = np.moveaxis(NUMBERS[:, :2], 2, 0)
    expected = t.translation(t.cutout(IMAGES, u[:, 0], v[:, 0]), u[:, 1], v[:, 1])
    augmented = DiffAugment("cutout,translation").augment(IMAGES, drawn(NUMBERS[:, :2]))
    np.testing.assert_array_equal(augmented, expected)


@pytest.mark.parametrize("policy, count", [("color", 3), ("translation", 1), ("cutout,color", 4)])
def test_two_numbers_for_each_transformation_of_an_image(policy, count):
    shapes = []

    def draw(function):
        shapes.append(function(5, seed=0).shape)
        return function(5, seed=0)

    DiffAugment(policy).augment(IMAGES, draw)
    assert shapes == [(5, count, 2)]


def test_it_remembers_and_reports_nothing():
    assert DiffAugment().weights == [] and DiffAugment().metric_names == ()


@pytest.mark.parametrize("policy, name", [("colour", "colour"), ("color,cut", "cut"), ("", "")])
def test_an_unknown_policy(policy, name):
    message = rf"^Unknown policy '{name}': use one of color, .* \(nearest: \w+\)\.\Z"
    with pytest.raises(ValueError, match=message):
        DiffAugment(policy)


def test_noise_is_added_to_every_pixel():
    noise = RNG.normal(size=IMAGES.shape).astype("float32")
    augmented = InstanceNoise(0.3).augment(IMAGES, drawn(noise))
    np.testing.assert_allclose(augmented, IMAGES + 0.3 * noise, rtol=1e-5, atol=1e-6)


def test_noise_is_normal_and_independent_for_each_pixel():
    images = np.zeros((50, 8, 8, 3), "float32")
    noise = InstanceNoise(0.5).augment(images, lambda f: f(50, seed=keras.random.SeedGenerator(0)))
    noise = noise.numpy().ravel()
    assert noise.std() == pytest.approx(0.5, rel=5 / np.sqrt(2 * noise.size))
    assert abs(noise.mean()) < 5 * 0.5 / np.sqrt(noise.size)
    assert (noise**4).mean() / noise.var() ** 2 == pytest.approx(
        3, rel=5 * np.sqrt(96 / noise.size) / 3
    )
    assert len(np.unique(noise)) > 0.99 * noise.size


def test_noise_falls_linearly_to_nothing():
    noise, seen = InstanceNoise(0.8, steps=4), []
    for step in range(6):
        seen.append(float(noise.present))
        (reported,) = noise.update(step_of(step=step)).values()
        assert float(reported) == float(noise.present)
    np.testing.assert_allclose(seen, [0.8, 0.6, 0.4, 0.2, 0, 0], atol=1e-6)


def test_noise_stays_where_no_end_is_given():
    noise = InstanceNoise(0.8)
    noise.update(step_of(step=10**9))
    assert float(noise.present) == pytest.approx(0.8)
