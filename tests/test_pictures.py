import numpy as np
import pytest
from PIL import Image

from small_models import CODES, NOISE, small_model
from tfgan_it import latents, pictures
from tfgan_it.datasets import to_uint8

RANDOM = np.random.default_rng(0)


def images_of(n, height=40, width=50, channels=3):
    return RANDOM.integers(0, 256, (n, height, width, channels), "uint8")


def cut(picture, index, columns, height, width, gap):
    """The tile of one image, found by walking the grid."""
    top, left = gap, gap
    for _ in range(index // columns):
        top += height + gap
    for _ in range(index % columns):
        left += width + gap
    return picture[top : top + height, left : left + width]


@pytest.mark.parametrize(
    ("n", "rows", "columns"),
    [(1, 1, 1), (2, 1, 2), (3, 2, 2), (4, 2, 2), (5, 2, 3), (7, 3, 3), (9, 3, 3), (10, 3, 4)],
)
def test_grid_is_about_square(n, rows, columns):
    images = images_of(n)
    picture = pictures.grid(images, gap=3)
    assert picture.shape == (rows * 43 + 3, columns * 53 + 3, 3)
    assert picture.dtype == np.uint8
    for index, image in enumerate(images):
        np.testing.assert_array_equal(cut(picture, index, columns, 40, 50, 3), image)


def test_all_that_is_no_image_is_white():
    picture = pictures.grid(np.zeros((5, 40, 50, 3), "uint8"), columns=4, gap=2)
    assert picture.shape == (2 * 42 + 2, 4 * 52 + 2, 3)
    assert np.count_nonzero(picture == 0) == 5 * 40 * 50 * 3
    assert np.count_nonzero(picture == 255) == picture.size - 5 * 40 * 50 * 3


@pytest.mark.parametrize(("columns", "shape"), [(1, (240, 50)), (4, (80, 200)), (6, (40, 300))])
def test_columns_without_gaps(columns, shape):
    images = images_of(6)
    picture = pictures.grid(images, columns=columns, gap=0)
    assert picture.shape == (*shape, 3)
    for index, image in enumerate(images):
        np.testing.assert_array_equal(cut(picture, index, columns, 40, 50, 0), image)


@pytest.mark.parametrize(
    ("channels", "shown"),
    [
        (1, lambda image: np.concatenate([image, image, image], axis=-1)),
        (2, lambda image: np.stack([image.astype(int).sum(-1) // 2] * 3, axis=-1)),
        (3, lambda image: image),
        (4, lambda image: image[:, :, :3]),
        (5, lambda image: image[:, :, :3]),
    ],
)
def test_channels(channels, shown):
    [image] = images_of(1, channels=channels)
    np.testing.assert_array_equal(pictures.grid(image[None], gap=0), shown(image))


@pytest.mark.parametrize(
    ("height", "width", "factor"), [(8, 8, 5), (28, 28, 2), (39, 90, 2), (40, 7, 6), (64, 64, 1)]
)
def test_small_images_are_enlarged_without_smoothing(height, width, factor):
    [image] = images_of(1, height, width)
    picture = pictures.grid(image[None], gap=0)
    block = np.ones((factor, factor, 1), "uint8")
    np.testing.assert_array_equal(picture, np.kron(image, block))


def test_floats_are_pixels_in_minus_one_to_one():
    images = images_of(2)
    picture = pictures.grid(images)
    np.testing.assert_array_equal(pictures.grid(images / 127.5 - 1.0), picture)
    beyond = np.array([-9.0, -1.0, 0.0, 1.0, 9.0], "float32").reshape(1, 1, 5, 1)
    shown = pictures.grid(beyond, gap=0)[0, ::40, 0]
    assert shown.tolist() == [0, 0, 128, 255, 255]


def test_what_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        pictures.grid(np.full((1, 8, 8, 1), np.nan))


class Recorder:
    """A model that keeps the latents it is asked about; it makes 4x4 images."""

    def __init__(self, latent):
        self.latent, self.asked = latent, []

    def sample_latents(self, n, seed):
        return np.asarray(self.latent.sample(n, seed=seed))

    def predict(self, asked, verbose=0):
        self.asked.append(np.asarray(asked))
        return np.zeros((len(asked), 4, 4, 1), "float32")


def test_a_traversal_changes_one_code_and_nothing_else():
    latent = latents.Product(
        noise=latents.Normal(2), category=latents.Categorical(3), style=latents.Uniform(2)
    )
    model = Recorder(latent)
    made = pictures.code_traversal(model, rows=4, steps=6, seed=5)
    samples = np.asarray(latent.sample(4, seed=5))
    assert len(np.unique(samples, axis=0)) == 4
    way = np.linspace(-1, 1, 6)[:, None]
    paths = {"category": ([2, 3, 4], np.eye(3)), "style_0": ([5], way), "style_1": ([6], way)}
    assert list(made) == list(paths)
    for (name, (columns, path)), asked in zip(paths.items(), model.asked, strict=True):
        expected = np.repeat(samples, len(path), axis=0)
        expected[:, columns] = np.tile(path, (4, 1))
        np.testing.assert_allclose(asked, expected, atol=1e-6)
        assert asked.dtype == np.float32
        # 4x4 images are shown ten times as large.
        assert made[name].shape == (4 * 42 + 2, len(path) * 42 + 2, 3)


def test_a_traversal_shows_what_the_model_makes_of_it():
    model = small_model(CODES)
    latents_ = model.sample_latents(2, 3)
    row = np.repeat(latents_[1:], 3, axis=0)
    row[:, 2:5] = np.eye(3)
    images = np.asarray(model(row))
    picture = pictures.code_traversal(model, rows=2, seed=3)["category"]
    for index, image in enumerate(to_uint8(images)):
        tile = cut(picture, 3 + index, 3, 40, 40, 2)[::10, ::10]
        assert np.abs(tile.astype(int) - image).max() <= 1


def test_a_traversal_without_codes_shows_the_first_ten_columns_of_the_noise():
    model = Recorder(latents.Normal(12))
    made = pictures.code_traversal(model, rows=2, steps=3)
    assert list(made) == [f"noise_{column}" for column in range(10)]
    assert len(model.asked) == 10


def test_a_traversal_shows_each_code():
    latent = latents.Product(category=latents.Categorical(2), style=latents.Uniform(10))
    made = pictures.code_traversal(Recorder(latent), rows=1, steps=2)
    assert list(made) == ["category", *(f"style_{column}" for column in range(10))]


def test_the_seed_makes_the_picture():
    model = small_model(CODES)
    first = pictures.sample_grid(model, 4, seed=1)
    np.testing.assert_array_equal(first, pictures.sample_grid(model, 4, seed=1))
    assert not np.array_equal(first, pictures.sample_grid(model, 4, seed=2))
    again = [pictures.code_traversal(model, 2, seed=1) for _ in range(2)]
    for name in again[0]:
        np.testing.assert_array_equal(again[0][name], again[1][name])
    other = pictures.code_traversal(model, 2, seed=2)
    assert not np.array_equal(other["category"], again[0]["category"])


def test_stacked_pictures_have_titles():
    parts = {"a_wide": np.full((50, 90, 3), 7, "uint8"), "b": np.full((20, 30, 3), 9, "uint8")}
    picture = pictures.stacked(parts)
    assert picture.shape == (16 + 50 + 16 + 20, 90, 3)
    assert picture.dtype == np.uint8
    assert (picture[16:66] == 7).all()
    assert (picture[82:, :30] == 9).all()
    assert (picture[82:, 30:] == 255).all()
    titles = picture[:16], picture[66:82]
    for title in titles:
        assert title.min() < 128
        assert (title == 255).mean() > 0.5
    assert not np.array_equal(*titles)


def test_an_interpolation_is_a_closed_walk_along_straight_lines():
    model = Recorder(CODES)
    frames = pictures.interpolation(model, [4, 9, 2], frames=5)
    assert len(frames) == 3 * 5
    [asked] = model.asked
    stops = [np.asarray(CODES.sample(1, seed=seed))[0] for seed in (4, 9, 2, 4)]
    for index, latent in enumerate(asked):
        start, stop = stops[index // 5], stops[index // 5 + 1]
        np.testing.assert_allclose(latent, start + index % 5 / 5 * (stop - start), atol=1e-6)
    np.testing.assert_allclose(asked[:, 2:5].sum(axis=-1), 1, atol=1e-6)
    assert asked.dtype == np.float32


def test_an_interpolation_passes_the_images_of_its_seeds():
    model = small_model(NOISE)
    frames = pictures.interpolation(model, [4, 9], frames=3)
    for frame, seed in zip(frames[::3], [4, 9], strict=True):
        expected = pictures.grid(model.generate(1, seed=seed), gap=0)
        assert frame.shape == (40, 40, 3)
        assert np.abs(frame.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("seeds", [[], [3]])
def test_an_interpolation_needs_two_seeds(seeds):
    with pytest.raises(ValueError, match=f"at least two seeds, got {len(seeds)}"):
        pictures.interpolation(Recorder(NOISE), seeds)


def test_saved_pictures_are_exact(tmp_path):
    [picture] = images_of(1)
    path = tmp_path / "made" / "here" / "picture.png"
    assert pictures.save_picture(picture, str(path)) == path
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image), picture)


def test_saved_animations_loop(tmp_path):
    frames = [np.full((20, 30, 3), 20 * index, "uint8") for index in range(7)]
    path = tmp_path / "made" / "here" / "walk.gif"
    assert pictures.save_animation(frames, str(path), milliseconds=80) == path
    with Image.open(path) as image:
        assert (image.format, image.n_frames, image.size) == ("GIF", 7, (30, 20))
        assert image.info["loop"] == 0
        for index in range(7):
            image.seek(index)
            assert image.info["duration"] == 80
            assert image.convert("RGB").getpixel((3, 3)) == (20 * index,) * 3
