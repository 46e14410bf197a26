"""Images as Pillow's."""

import numpy as np
import pytest

from support.small_models import small_model
from tfgan_it import latents, models, networks, visualization

PIXELS = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 4), "uint8")


@pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (3, "RGB"), (4, "RGBA")])
@pytest.mark.parametrize("value_range", [None, (-1, 1), (0, 1), (0, 255)])
def test_every_pixel_is_kept_of_uint8_and_of_floats(channels, mode, value_range):
    pixels = PIXELS[..., :channels]
    low, high = value_range or (-1, 1)
    floats = pixels / 255 * (high - low) + low
    for images in (pixels, floats, floats.astype("float32")):
        made = visualization.to_pil(images, value_range=value_range)
        assert [(image.mode, image.size) for image in made] == [(mode, (4, 5))] * 3
        stored = np.stack([np.asarray(image).reshape(5, 4, channels) for image in made])
        np.testing.assert_array_equal(stored, pixels)


def test_a_dict_of_images_and_no_image():
    made = visualization.to_pil({"a": PIXELS, "b": PIXELS[:1, ..., :1]})
    assert [image.mode for image in made["a"] + made["b"]] == ["RGBA"] * 3 + ["L"]
    assert visualization.to_pil(np.zeros((0, 4, 4, 1))) == []


@pytest.mark.parametrize(
    "shape", [(3, 2), (3, 5, 4), (3, 5, 4, 2), (2, 8, 5, 4, 1), (3, 0, 4, 1), ()]
)
def test_what_is_not_an_image_is_refused_in_one_line(shape):
    with pytest.raises(ValueError, match=r"^Only images .*got samples \(") as error:
        visualization.to_pil(np.zeros(shape))
    assert "\n" not in str(error.value)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        visualization.to_pil(np.full((1, 2, 2, 1), np.nan))


def test_generated_images_are_those_of_the_samples():
    model = small_model(value_range=(0, 1))
    samples = model.generate(3, seed=1)
    images = model.generate(3, seed=1, as_images=True)
    expected = np.rint(samples.clip(0, 1) * 255).astype("uint8")[..., 0]
    np.testing.assert_array_equal(np.stack([np.asarray(image) for image in images]), expected)
    assert model.generate(0, as_images=True) == []


def test_points_are_not_generated_as_images():
    model = models.GAN(
        networks.mlp_generator((2,), 3, width=4),
        networks.mlp_discriminator((2,), width=4),
        latents.Normal(3),
    )
    with pytest.raises(ValueError, match=r"got samples \(2,\): visualization.grid draws others"):
        model.generate(10**9, as_images=True)
    with pytest.raises(ValueError, match="as_images must be True or False"):
        model.generate(1, as_images="yes")
