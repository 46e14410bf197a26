import numpy as np
import pytest

from support.pictures import cut, drawn, images_of
from tfgan_it import visualization

RANDOM = np.random.default_rng(0)


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
