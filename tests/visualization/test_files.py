import numpy as np
import pytest
from PIL import Image

from support.pictures import images_of
from tfgan_it import visualization


def test_saved_pictures_are_exact(tmp_path):
    [picture] = images_of(1)
    path = tmp_path / "made" / "here" / "picture.png"
    assert visualization.save_picture(picture, str(path)) == path
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)


def test_saved_animations_loop(tmp_path):
    frames = [np.full((20, 30, 3), 20 * index, "uint8") for index in range(7)]
    path = tmp_path / "made" / "here" / "walk.gif"
    assert visualization.save_animation(frames, str(path), milliseconds=80) == path
    with Image.open(path) as image:
        assert (image.format, image.n_frames, image.size) == ("GIF", 7, (30, 20))
        assert image.info["loop"] == 0
        for index in range(7):
            image.seek(index)
            assert image.info["duration"] == 80
            assert image.convert("RGB").getpixel((3, 3)) == (20 * index,) * 3


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 4, 3)), np.zeros((2, 4, 4, 1), "uint8"), np.zeros((4, 4, 2), "uint8"), 3],
    ids=["floats", "samples", "two channels", "a number"],
)
def test_what_is_no_picture_is_refused(tmp_path, picture):
    path, message = tmp_path / "here.png", r"^A picture is uint8 .* got .*visualization.grid"
    with pytest.raises(ValueError, match=message):
        visualization.save_picture(picture, path)
    with pytest.raises(ValueError, match=message):
        visualization.save_animation([picture], path)
    assert not list(tmp_path.iterdir())


def test_an_animation_needs_a_picture(tmp_path):
    with pytest.raises(ValueError, match="at least one picture, got none"):
        visualization.save_animation([], tmp_path / "walk.gif")
