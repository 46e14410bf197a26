import numpy as np
import pytest

from support.pictures import RANDOM, cut, drawn, images_of
from tfgan_it import visualization


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


def test_everything_outside_images_is_white():
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


def test_points_beyond_the_limit_or_not_finite_are_not_drawn():
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


def test_time_of_a_sequence_goes_to_the_right_and_features_go_up():
    sequence = np.full((1, 5, 3), -1.0)
    sequence[0, 4, 0] = 1.0  # The last moment, the first feature.
    sequence[0, 0, 2] = 0.0
    picture = visualization.grid(sequence, gap=0)
    factor = 14  # At least 40 pixels each way.
    assert picture.shape == (3 * factor, 5 * factor, 3)
    shown = picture[factor // 2 :: factor, factor // 2 :: factor, 0]
    expected = np.zeros((3, 5))
    expected[2, 4], expected[0, 0] = 255, 128
    np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize(
    ("values", "shown"),
    [([0.0, 0.5, 1.0], [0, 128, 255]), ([0.0, 2.0, 4.0], [0, 128, 255])]
    + [([-4.0, 0.0, 2.0], [0, 128, 191]), ([-0.5, 0.0, 0.5], [64, 128, 191])],
)
def test_brightness_of_sequences(values, shown):
    picture = visualization.grid(np.reshape(values, (1, 3, 1)), gap=0)
    assert picture[0, picture.shape[1] // 6 :: picture.shape[1] // 3, 0].tolist() == shown


def test_sequences_of_uint8_are_pixels():
    sequence = np.array([[[0], [7], [255]]], "uint8")
    assert set(visualization.grid(sequence, gap=0).ravel()) == {0, 7, 255}


def test_nothing_is_enlarged_beyond_400_pixels():
    assert visualization.grid(np.zeros((1, 150, 2)), gap=0).shape == (4, 300, 3)
    assert visualization.grid(np.zeros((1, 500, 2)), gap=0).shape == (2, 500, 3)


@pytest.mark.parametrize(("frames", "taken"), [(3, [0, 1, 2]), (15, range(0, 15, 2))])
def test_a_video_is_a_strip_of_frames(frames, taken):
    videos = np.stack([images_of(frames, 40, 50) for _ in range(2)])
    picture = visualization.grid(videos, gap=3)
    width = 50 * len(taken)
    assert picture.shape == (2 * 43 + 3, width + 6, 3)
    for row, video in enumerate(videos):
        strip = cut(picture, row, 1, 40, width, 3)
        np.testing.assert_array_equal(strip, np.concatenate(video[list(taken)], axis=1))


def test_a_dict_is_drawn_part_by_part():
    parts = {"a_b": images_of(4), "points": RANDOM.normal(size=(9, 2)), "number": np.zeros(4)}
    picture = visualization.grid(parts)
    drawn_alone = {name: visualization.grid(parts[name]) for name in ("a_b", "points")}
    np.testing.assert_array_equal(picture, visualization.stacked(drawn_alone))


@pytest.mark.parametrize(
    ("shape", "drawable"),
    [((), False), ((2,), True), ((3, 2), True), ((4, 4, 1), True), ((2, 4, 4, 1), True)]
    + [((1, 2, 4, 4, 1), False), ({"a": (), "b": (2,)}, True), ({"a": ()}, False)],
)
def test_what_can_be_drawn(shape, drawable):
    assert visualization.is_drawable(shape) is drawable


@pytest.mark.parametrize("samples", [np.zeros(3), np.zeros((2,) * 6)])
def test_what_nothing_draws_is_refused_in_one_line(samples):
    with pytest.raises(ValueError, match=r"^grid: samples must be points .*, got shape \(.*\)\.$"):
        visualization.grid(samples)


def test_classes_of_points_have_colors():
    points = np.array([[0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]]).repeat(20, axis=0)
    labels = np.array([0, 3, 10]).repeat(20)
    picture = visualization.scatter(points, limit=1.0, side=100, labels=labels)
    first, other, eleventh = picture[25, 75], picture[75, 25], picture[75, 75]
    np.testing.assert_array_equal(first, BLUE)
    np.testing.assert_array_equal(eleventh, BLUE)
    assert np.abs(other.astype(int) - BLUE).max() > 50


def test_pairs_stand_above_each_other():
    upper, lower = images_of(5), images_of(5, channels=1)
    picture = visualization.pairs(upper, lower, columns=3)
    assert picture.shape == (4 * 42 + 2, 3 * 52 + 2, 3)
    for i in range(5):
        place = i // 3 * 6 + i % 3
        np.testing.assert_array_equal(cut(picture, place, 3, 40, 50, 2), upper[i])
        below = cut(picture, place + 3, 3, 40, 50, 2)
        np.testing.assert_array_equal(below, np.repeat(lower[i], 3, axis=-1))
