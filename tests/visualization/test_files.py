import numpy as np
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
