import numpy as np
import pytest
from PIL import Image

from support.small_models import CODES, NOISE, small_model
from tfgan_it import latents, visualization
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
    picture = visualization.grid(images, gap=3)
    assert picture.shape == (rows * 43 + 3, columns * 53 + 3, 3)
    assert picture.dtype == np.uint8
    for index, image in enumerate(images):
        np.testing.assert_array_equal(cut(picture, index, columns, 40, 50, 3), image)


def test_all_that_is_no_image_is_white():
    picture = visualization.grid(np.zeros((5, 40, 50, 3), "uint8"), columns=4, gap=2)
    assert picture.shape == (2 * 42 + 2, 4 * 52 + 2, 3)
    assert np.count_nonzero(picture == 0) == 5 * 40 * 50 * 3
    assert np.count_nonzero(picture == 255) == picture.size - 5 * 40 * 50 * 3


@pytest.mark.parametrize(("columns", "shape"), [(1, (240, 50)), (4, (80, 200)), (6, (40, 300))])
def test_columns_without_gaps(columns, shape):
    images = images_of(6)
    picture = visualization.grid(images, columns=columns, gap=0)
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
    np.testing.assert_array_equal(visualization.grid(image[None], gap=0), shown(image))


@pytest.mark.parametrize(
    ("height", "width", "factor"), [(8, 8, 5), (28, 28, 2), (39, 90, 2), (40, 7, 6), (64, 64, 1)]
)
def test_small_images_are_enlarged_without_smoothing(height, width, factor):
    [image] = images_of(1, height, width)
    picture = visualization.grid(image[None], gap=0)
    block = np.ones((factor, factor, 1), "uint8")
    np.testing.assert_array_equal(picture, np.kron(image, block))


def test_floats_are_pixels_in_minus_one_to_one():
    images = images_of(2)
    picture = visualization.grid(images)
    np.testing.assert_array_equal(visualization.grid(images / 127.5 - 1.0), picture)
    beyond = np.array([-9.0, -1.0, 0.0, 1.0, 9.0], "float32").reshape(1, 1, 5, 1)
    shown = visualization.grid(beyond, gap=0)[0, ::40, 0]
    assert shown.tolist() == [0, 0, 128, 255, 255]


def test_what_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        visualization.grid(np.full((1, 8, 8, 1), np.nan))


BLUE, ORANGE = np.array([30, 70, 190]), np.array([245, 160, 60])


def drawn(picture):
    """Rows and columns of the pixels that are not white, and the spans of both."""
    rows, columns = np.nonzero((picture < 255).any(axis=-1))
    spans = (rows.min(), rows.max(), columns.min(), columns.max()) if len(rows) else None
    return len(rows), spans


def test_a_point_is_a_dot_of_three_pixels_each_way():
    picture = visualization.scatter([[0.0, 0.0]], limit=1.0, side=11)
    assert picture.shape == (11, 11, 3) and picture.dtype == np.uint8
    assert drawn(picture) == (9, (4, 6, 4, 6))
    # One point covers .3 + 1 / 10 of the paper.
    np.testing.assert_allclose(
        picture[4:7, 4:7], np.full((3, 3, 3), 0.6 * 255 + 0.4 * BLUE), atol=1
    )


@pytest.mark.parametrize(
    ("point", "spans"),
    [
        ((0.5, 0.5), (20, 40, 60, 80)),
        ((-0.5, 0.5), (20, 40, 20, 40)),
        ((0.5, -0.5), (60, 80, 60, 80)),
        ((0.0, 0.9), (0, 10, 45, 55)),
    ],
)
def test_x_goes_to_the_right_and_y_up(point, spans):
    count, (top, bottom, left, right) = drawn(visualization.scatter([point], limit=1.0, side=100))
    assert count == 9
    assert spans[0] <= top and bottom <= spans[1] and spans[2] <= left and right <= spans[3]


def test_many_points_in_one_place_are_as_dark_as_it_gets():
    def color(count):
        return visualization.scatter(np.zeros((count, 2)), limit=1.0, side=11)[5, 5].astype(int)

    assert color(1).sum() > color(3).sum() > color(6).sum() > color(10).sum()
    np.testing.assert_array_equal(color(10), BLUE)
    np.testing.assert_array_equal(color(1000), BLUE)


def test_a_reference_lies_below_in_orange():
    points, reference = np.zeros((20, 2)), np.array([[0.0, 0.0]] * 20 + [[0.5, 0.0]] * 20)
    picture = visualization.scatter(points, limit=1.0, reference=reference, side=101)
    np.testing.assert_array_equal(picture[50, 50], BLUE)
    np.testing.assert_array_equal(picture[50, 75], ORANGE)
    assert drawn(picture)[0] == 18
    np.testing.assert_array_equal(
        visualization.scatter(points, 1.0, reference=np.zeros((0, 2)), side=101),
        visualization.scatter(points, 1.0, side=101),
    )


def test_points_beyond_the_limit_and_no_numbers_are_not_drawn():
    beyond = [(1.1, 0.0), (0.0, -1.1), (np.nan, 0.0), (0.0, np.nan), (np.inf, 0.0), (0.0, -np.inf)]
    assert drawn(visualization.scatter(beyond, limit=1.0)) == (0, None)
    both = visualization.scatter([*beyond, (0.0, 0.0)], limit=1.0)
    np.testing.assert_array_equal(both, visualization.scatter([(0.0, 0.0)], limit=1.0))


def test_without_a_limit_all_points_are_in_the_picture():
    points = [(-300.0, 0.0), (0.0, 200.0), (0.0, 0.0), (np.nan, np.inf)]
    count, (top, bottom, left, right) = drawn(visualization.scatter(points))
    assert count == 3 * 9
    # 1.05 x 300 to either side: the outermost dot is 240 x .05 / 2.1 = 5.7 pixels from the edge.
    assert (left, right) == (4, 121)
    assert top == pytest.approx(120 * (1 - 200 / 315), abs=2) and bottom == 121


@pytest.mark.parametrize("points", [np.zeros((0, 2)), np.full((3, 2), np.nan)])
def test_no_points_are_a_white_picture(points):
    picture = visualization.scatter(points)
    assert picture.shape == (240, 240, 3) and (picture == 255).all()


def test_of_many_coordinates_two_are_drawn():
    points = RANDOM.normal(size=(30, 5))
    np.testing.assert_array_equal(
        visualization.scatter(points, 3), visualization.scatter(points[:, :2], 3)
    )


def test_a_grid_of_points_is_one_scatter():
    points = RANDOM.normal(size=(30, 2))
    np.testing.assert_array_equal(
        visualization.grid(points, columns=3), visualization.scatter(points)
    )


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
    made = visualization.code_traversal(model, rows=4, steps=6, seed=5)
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
    picture = visualization.code_traversal(model, rows=2, seed=3)["category"]
    for index, image in enumerate(to_uint8(images)):
        tile = cut(picture, 3 + index, 3, 40, 40, 2)[::10, ::10]
        assert np.abs(tile.astype(int) - image).max() <= 1


def test_a_traversal_shows_so_many_codes_and_columns_at_most():
    model = Recorder(latents.Normal(14))
    made = visualization.code_traversal(model, rows=2, steps=3)
    assert list(made) == [f"noise_{column}" for column in range(12)]
    assert len(model.asked) == 12
    latent = latents.Product(category=latents.Categorical(2), style=latents.Uniform(10))
    made = visualization.code_traversal(Recorder(latent), rows=1, steps=2, most=2)
    assert list(made) == ["category", "style_0"]


def test_a_traversal_shows_each_code():
    latent = latents.Product(category=latents.Categorical(2), style=latents.Uniform(10))
    made = visualization.code_traversal(Recorder(latent), rows=1, steps=2)
    assert list(made) == ["category", *(f"style_{column}" for column in range(10))]


def test_the_seed_makes_the_picture():
    model = small_model(CODES)
    first = visualization.sample_grid(model, 4, seed=1)
    np.testing.assert_array_equal(first, visualization.sample_grid(model, 4, seed=1))
    assert not np.array_equal(first, visualization.sample_grid(model, 4, seed=2))
    again = [visualization.code_traversal(model, 2, seed=1) for _ in range(2)]
    for name in again[0]:
        np.testing.assert_array_equal(again[0][name], again[1][name])
    other = visualization.code_traversal(model, 2, seed=2)
    assert not np.array_equal(other["category"], again[0]["category"])


def test_stacked_pictures_have_titles():
    parts = {"a_wide": np.full((50, 90, 3), 7, "uint8"), "b": np.full((20, 30, 3), 9, "uint8")}
    picture = visualization.stacked(parts)
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


def test_a_montage_is_filled_row_by_row():
    sizes = {"a": (20, 30), "b": (50, 40), "c": (10, 10), "d": (30, 60), "e": (20, 20)}
    parts = {
        name: np.full((*size, 3), 10 * index, "uint8")
        for index, (name, size) in enumerate(sizes.items())
    }
    picture = visualization.montage(parts, columns=2)
    heights = [16 + 50, 16 + 30, 16 + 20]  # Of the rows: a title, and the tallest picture.
    assert picture.shape == (sum(heights), 2 * 60, 3) and picture.dtype == np.uint8
    rest = picture.copy()
    for index, (height, width) in enumerate(sizes.values()):
        top, left = sum(heights[: index // 2]), index % 2 * 60
        assert (picture[top + 16 : top + 16 + height, left : left + width] == 10 * index).all()
        assert picture[top : top + 16, left : left + 60].min() < 128
        rest[top + 16 : top + 16 + height, left : left + width] = 255
        rest[top : top + 16, left : left + 60] = 255
    assert (rest == 255).all()


def test_a_montage_is_no_wider_than_its_pictures():
    parts = {name: np.zeros((20, 30, 3), "uint8") for name in "ab"}
    assert visualization.montage(parts, columns=5).shape == (16 + 20, 2 * 30, 3)


def test_an_interpolation_is_a_closed_walk_along_straight_lines():
    model = Recorder(CODES)
    frames = visualization.interpolation(model, [4, 9, 2], frames=5)
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
    frames = visualization.interpolation(model, [4, 9], frames=3)
    for frame, seed in zip(frames[::3], [4, 9], strict=True):
        expected = visualization.grid(model.generate(1, seed=seed), gap=0)
        assert frame.shape == (40, 40, 3)
        assert np.abs(frame.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("seeds", [[], [3]])
def test_an_interpolation_needs_two_seeds(seeds):
    with pytest.raises(ValueError, match=f"at least two seeds, got {len(seeds)}"):
        visualization.interpolation(Recorder(NOISE), seeds)


class Points(Recorder):
    """As Recorder, of points: the first two columns of the latents, ten times as large."""

    sample_shape = (2,)

    def predict(self, asked, verbose=0):
        self.asked.append(np.asarray(asked))
        return 10 * np.asarray(asked)[:, :2]

    def generate(self, n, seed):
        return self.predict(self.sample_latents(n, seed))


def test_a_sample_of_points_is_a_scatter_of_forty_times_as_many():
    model = Points(NOISE)
    picture = visualization.sample_grid(model, n=5, seed=2)
    expected = 10 * np.asarray(NOISE.sample(200, seed=2))[:, :2]
    np.testing.assert_array_equal(picture, visualization.scatter(expected))


def test_a_traversal_of_points_is_a_scatter_for_each_column():
    made = visualization.code_traversal(Points(NOISE), rows=3, steps=4)
    assert list(made) == [f"noise_{column}" for column in range(6)]
    assert {picture.shape for picture in made.values()} == {(240, 240, 3)}
    # The path of the first column is four points of each of three rows, that of the third is none.
    assert drawn(made["noise_0"])[0] > 4 * drawn(made["noise_2"])[0] / 2


def test_an_interpolation_of_points_keeps_its_scale():
    model = Points(NOISE)
    frames = visualization.interpolation(model, [4, 9], frames=5)
    [asked] = model.asked
    limit = 1.05 * np.abs(10 * asked[:, :2]).max()
    for frame, latent in zip(frames, asked, strict=True):
        np.testing.assert_array_equal(frame, visualization.scatter([10 * latent[:2]], limit=limit))
        assert drawn(frame)[0] == 9


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


class Inverting:
    """Reconstructs an image as its negative."""

    def reconstruct(self, images):
        return 1 - 2 * np.asarray(images, "float32") / 255


@pytest.mark.parametrize(("columns", "rows"), [(5, [5]), (3, [3, 2]), (9, [5])])
def test_below_each_row_of_images_stand_their_reconstructions(columns, rows):
    images = images_of(5)
    picture = visualization.reconstructions(Inverting(), images, columns=columns)
    columns = min(columns, 5)
    assert picture.shape == (2 * len(rows) * 42 + 2, columns * 52 + 2, 3)
    for index, image in enumerate(images):
        place = index // columns * 2 * columns + index % columns
        np.testing.assert_array_equal(cut(picture, place, columns, 40, 50, 2), image)
        below = cut(picture, place + columns, columns, 40, 50, 2)
        np.testing.assert_array_equal(below, 255 - image)
    if rows[-1] < columns:
        assert (cut(picture, 2 * columns + 2, columns, 40, 50, 2) == 255).all()


class Looking:
    """Its first query looks at one corner alone, its second everywhere."""

    def discriminate(self, images):
        maps = np.zeros((len(images), 2, 4, 4), "float32")
        maps[:, 0, 0, 0] = 1
        maps[:, 1] = 1 / 16
        return {"attention": maps}


def test_attention_is_red_where_a_query_looks():
    images = images_of(3, 40, 40)
    picture = visualization.attention_maps(Looking(), images, opacity=0.5)
    assert picture.shape == (3 * 42 + 2, 3 * 42 + 2, 3)
    for index, image in enumerate(images):
        tiles = [cut(picture, 3 * index + i, 3, 40, 40, 2) for i in range(3)]
        np.testing.assert_array_equal(tiles[0], image)
        half_red = 0.5 * image + np.array([127.5, 0, 0])
        # Around the centre of the corner's place; half a place beyond its border nothing is left.
        np.testing.assert_allclose(tiles[1][:5, :5], half_red[:5, :5], atol=1)
        np.testing.assert_array_equal(tiles[1][20:, 20:], image[20:, 20:])
        np.testing.assert_allclose(tiles[2], half_red, atol=1)


def test_without_attention_there_is_no_picture_of_it():
    message = (
        r"^attention_maps: the discriminator must give 'attention' \(see "
        r"networks.attention_infogan_discriminator\), got logits\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        visualization.attention_maps(small_model(), np.zeros((2, 4, 4, 1), "float32"))
