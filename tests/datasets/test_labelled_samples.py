"""Videos and sounds in memory; tests of images are in test_images.py."""

import numpy as np
import pytest

from tfgan_it.datasets import SoundDataset, VideoDataset, check_images, fingerprint, mirrored

VIDEOS = np.arange(6 * 4 * 3 * 2, dtype="uint8").reshape(6, 4, 3, 2, 1)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def test_videos_have_the_attributes_of_images():
    data = VideoDataset("clips", VIDEOS, VIDEOS[:2], LABELS, LABELS[:2], ("a", "b", "c", "d"))
    assert data.sample_shape == (4, 3, 2, 1) and data.num_classes == 4
    expected = "VideoDataset('clips', 6 train + 2 test videos of 4x3x2x1, 4 classes)"
    assert repr(data) == expected
    assert fingerprint(data)["train_images"].startswith("6x4x3x2x1 uint8 sha256:")
    check_images(data.train_images, data.sample_shape, minimum=6)
    with pytest.raises(ValueError, match="^Only images have mirror images, got clips"):
        mirrored(data)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((VIDEOS[0], VIDEOS), r"expected \(n, frames, height, width, channels\): for grey images"),
        ((VIDEOS, VIDEOS[:, :3]), "test_images are 3x3x2x1 .* both parts need one video shape"),
        ((VIDEOS / 255, VIDEOS), "train_images is float64, expected uint8"),
        ((VIDEOS, VIDEOS, LABELS[:5]), "train_labels must be an int64 array of shape"),
        ((VIDEOS, VIDEOS[:0]), "it holds no pixels"),
    ],
)
def test_what_is_not_videos_is_refused(arrays, message):
    with pytest.raises(ValueError, match=message):
        VideoDataset("clips", *arrays)


SOUNDS = np.linspace(-1, 1, 6 * 40, dtype="float32").reshape(6, 40, 1)


def test_sounds_have_the_attributes_of_images():
    data = SoundDataset("tones", SOUNDS, SOUNDS[:2], LABELS, LABELS[:2], rate=4000)
    assert data.sample_shape == (40, 1) and data.num_classes == 3 and data.rate == 4000
    assert repr(data) == "SoundDataset('tones', 6 train + 2 test sounds of 40x1, 3 classes)"
    assert fingerprint(data)["train_images"].startswith("6x40x1 float32 sha256:")
    check_images(data.train_images, data.sample_shape, minimum=6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train_images": SOUNDS.astype("float64")}, "is float64, expected float32$"),
        ({"train_images": SOUNDS[..., 0]}, r"expected \(n, length, channels\)"),
        ({"test_images": 2 * SOUNDS}, r"test_images must be in \[-1, 1\], got a largest of 2$"),
        ({"test_images": SOUNDS * np.float32(np.nan)}, r"must be in \[-1, 1\], got .* nan$"),
        ({"test_images": SOUNDS[:0]}, "it holds no samples"),
        ({"rate": 0}, "rate must be .* at least 1, got 0"),
    ],
)
def test_what_is_not_sounds_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        SoundDataset("tones", **{"train_images": SOUNDS, "test_images": SOUNDS} | arguments)
