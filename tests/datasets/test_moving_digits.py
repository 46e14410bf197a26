import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.datasets import MovingDigits, MovingSprites, digits, load, moving_digits

DIGITS = digits()


def test_a_digit_moves_along_the_path_of_a_sprite():
    moving, sprites = MovingDigits(frames=6), MovingSprites(frames=6)
    motions = [[0, 3, 2, 1, 0], [1, 9, 3, 2, 2]]
    paths = moving.centres_at([[5, *motion] for motion in motions])
    np.testing.assert_array_equal(paths, sprites.centres_at([[1, 2, *m, 2] for m in motions]))
    # A white square is its own mark: its box is in the middle of the path.
    square = np.full((1, 8, 8, 1), 255, "uint8")
    [video] = MovingDigits(square, 6).images_at([[0, *motions[0]]])
    for frame, (x, y) in zip(video[..., 0] / 255, paths[0], strict=True):
        places = np.arange(32) + 0.5
        assert frame.sum() == pytest.approx(17 * 17, abs=0.2)
        assert frame.sum(axis=0) @ places / 289 == pytest.approx(x, abs=0.02)
        assert frame.sum(axis=1) @ places / 289 == pytest.approx(y, abs=0.02)


@pytest.mark.parametrize("image_size", [32, 64])
def test_a_frame_shows_its_image(image_size):
    moving = MovingDigits(DIGITS.test_images, 4, image_size)
    assert len(moving) == 360 * 2 * 16 * 4 * 4 * 4
    factors = moving.sample_factors(40, seed=0)
    videos = moving.images_at(factors)[..., 0].astype("float64")
    side = 17 * image_size // 32
    resized = datasets.resize_dataset(DIGITS, side).test_images[factors[:, 0], ..., 0]
    mass = videos.sum(axis=(2, 3))
    np.testing.assert_allclose(mass, resized.sum(axis=(1, 2))[:, None] * np.ones(4), rtol=0.01)
    # The frame at the digit's place resembles its image, and no other as much.
    corner = np.rint(moving.centres_at(factors)[:, 0] - side / 2).astype(int)
    for index, (x, y) in enumerate(corner):
        seen = videos[index, 0, y : y + side, x : x + side].ravel()
        likeness = [np.corrcoef(seen, other.ravel())[0, 1] for other in resized]
        found = factors[np.argmax(likeness), 0]  # Two videos may show one image.
        assert found == factors[index, 0] and max(likeness) > 0.9


def test_training_videos_are_of_training_images_and_test_videos_of_test_images():
    data = moving_digits(frames=3)
    assert repr(data) == (
        "VideoDataset('moving_digits', 9000 train + 1000 test videos of 3x32x32x1, 10 classes)"
    )
    for part, total in (("train", 9_000), ("test", 1_000)):
        images, labels = (getattr(DIGITS, f"{part}_{kind}") for kind in ("images", "labels"))
        of_videos = getattr(data, f"{part}_labels")
        assert of_videos.tolist() == [labels[i % len(images)] for i in range(total)]
        mass = getattr(data, f"{part}_images")[..., 0].sum(axis=(2, 3), dtype="float64")
        resized = getattr(datasets.resize_dataset(DIGITS, 17), f"{part}_images")
        expected = np.resize(resized.sum(axis=(1, 2, 3)), total)
        np.testing.assert_allclose(mass[:, 0], expected, rtol=0.02)
    again = moving_digits(frames=3)
    assert datasets.fingerprint(again) == datasets.fingerprint(data)


@pytest.mark.slow
def test_with_raw_files_they_are_those_of_mnist(files_dir):
    data = load("moving_digits", files_dir=files_dir)
    assert data.sample_shape == (16, 32, 32, 1)
    mnist = load("mnist", files_dir=files_dir)
    np.testing.assert_array_equal(data.train_labels, mnist.train_labels[:9_000])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: MovingDigits(np.zeros((3, 8, 8), "uint8")), "uint8 .*, got uint8 .3, 8, 8."),
        (lambda: MovingDigits(np.zeros((3, 8, 8, 1))), "got float64"),
        (lambda: MovingDigits(frames=0), "^MovingDigits: frames must be"),
        (lambda: MovingDigits(frames=2).index_of([[1437, 0, 0, 0, 0, 0]]), "image must be from 0"),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)
