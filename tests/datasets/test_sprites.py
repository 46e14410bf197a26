import hashlib
import itertools

import numpy as np
import pytest

from tfgan_it.datasets import Sprites, load

UPRIGHT, MIDDLE = 0, 8
TINY = load("digits")


def one(shape, scale=3, orientation=UPRIGHT, x=MIDDLE, y=MIDDLE, image_size=32):
    """One image as shares of white, float `(side, side)`."""
    image = Sprites(image_size).images_at([[shape, scale, orientation, x, y]])
    return image[0, :, :, 0] / 255


def centre_of_mass(image):
    """(to the right, down), in 32nds of the side, from the left upper corner."""
    places = (np.arange(len(image)) + 0.5) * 32 / len(image)
    return image.sum(axis=0) @ places / image.sum(), image.sum(axis=1) @ places / image.sum()


@pytest.mark.parametrize("image_size", [32, 64])
def test_the_product_of_all_factors_is_there(image_size):
    made = Sprites(image_size)
    assert len(made) == 3 * 4 * 16 * 16 * 16
    images = made.images_at(made.factors_of([0, len(made) - 1]))
    assert images.shape == (2, image_size, image_size, 1) and images.dtype == np.uint8
    assert made.sample_shape == images.shape[1:]


def test_numbers_and_factors_are_each_other_s_inverse():
    made = Sprites()
    every = np.arange(len(made))
    factors = made.factors_of(every)
    assert (factors[1:] != factors[:-1]).any(axis=1).all()
    np.testing.assert_array_equal(made.index_of(factors), every)
    # By hand: the last factor changes fastest.
    by_hand = (((2 * 4 + 1) * 16 + 5) * 16 + 7) * 16 + 9
    assert made.index_of([[2, 1, 5, 7, 9]]).tolist() == [by_hand]


def test_sampled_factors_are_a_function_of_the_seed_and_uniform():
    made = Sprites()
    factors = made.sample_factors(30_000, seed=4)
    np.testing.assert_array_equal(factors, made.sample_factors(30_000, np.random.default_rng(4)))
    assert (factors != made.sample_factors(30_000, seed=5)).any()
    for column, size in zip(factors.T, made.factor_sizes, strict=True):
        counts = np.bincount(column, minlength=size)
        assert len(counts) == size
        # Five standard deviations of a binomial share.
        assert np.abs(counts / 30_000 - 1 / size).max() < 5 * np.sqrt(1 / size / 30_000)
    correlations = np.corrcoef(factors.T) - np.eye(5)
    assert np.abs(correlations).max() < 5 / np.sqrt(30_000)


# Areas of the shapes in a circle of radius 1, and the radii in 32nds of the side.
AREAS = {
    # Corners (0, 1), (-1/2, -1/2), (1/2, -1/2).
    0: 0.75,
    # r^2 (1 + (4 / 3 pi)^2) = 1.
    1: np.pi / 2 / (1 + (4 / (3 * np.pi)) ** 2),
    # s (1 + (pi / 4 + 1/3) / (2 + pi / 2)) = 1, and an area of (2 + pi / 2) s^2.
    2: (2 + np.pi / 2) / (1 + (np.pi / 4 + 1 / 3) / (2 + np.pi / 2)) ** 2,
}
RADII = (4.8, 6.0, 7.2, 8.4)


@pytest.mark.parametrize("shape", AREAS)
@pytest.mark.parametrize("image_size", [32, 64])
def test_figures_have_the_area_of_their_shape(shape, image_size):
    for (scale, radius), orientation in itertools.product(enumerate(RADII), (0, 3, 9)):
        image = one(shape, scale, orientation, image_size=image_size)
        area = image.sum() * (32 / image_size) ** 2
        assert area == pytest.approx(AREAS[shape] * radius**2, rel=0.02)


@pytest.mark.parametrize("shape", AREAS)
@pytest.mark.parametrize("image_size", [32, 64])
def test_the_centre_of_mass_is_at_the_position(shape, image_size):
    for scale, orientation in itertools.product((0, 3), (0, 5, 11)):
        for x, y in ((0, 15), (15, 4), (8, 8)):
            image = one(shape, scale, orientation, x, y, image_size)
            assert centre_of_mass(image) == pytest.approx((8.5 + x, 8.5 + y), abs=0.06)


@pytest.mark.parametrize("shape", AREAS)
def test_a_quarter_turn_is_four_steps_of_orientation_counter_clockwise(shape):
    for orientation in (0, 1, 6):
        # In the middle of a square of its own, 17 pixels wide.
        figure = one(shape, orientation=orientation)[8:25, 8:25]
        turned = one(shape, orientation=(orientation + 4) % 16)[8:25, 8:25]
        np.testing.assert_array_equal(turned, np.rot90(figure))


@pytest.mark.parametrize("shape", AREAS)
def test_upright_figures_are_mirrored_by_their_axis_and_only_by_it(shape):
    figure = one(shape)[8:25, 8:25]
    np.testing.assert_array_equal(figure, figure[:, ::-1])
    assert np.abs(figure - figure[::-1]).mean() > 0.05


def test_orientation_0_is_as_described():
    triangle, half_disc, heart = (one(shape) > 0.5 for shape in range(3))
    widths = triangle.sum(axis=1)
    widths = widths[widths > 0]
    assert (np.diff(widths) >= 0).all() and widths[0] <= 2 and widths[-1] >= 7
    widths = half_disc.sum(axis=1)
    assert widths[widths > 0][-1] == widths.max()
    # The heart has two bumps above and a tip below.
    rows = np.flatnonzero(heart.any(axis=1))
    runs = [np.count_nonzero(np.diff(heart[row].astype(int)) == 1) for row in rows]
    assert runs[0] == 2 and runs[-1] == 1 and heart[rows[-1]].sum() <= 3


@pytest.mark.parametrize("shape", AREAS)
def test_every_orientation_is_another_image(shape):
    for scale in range(4):
        images = np.array([one(shape, scale, orientation) for orientation in range(16)])
        different = np.sqrt(np.square(images[:, None] - images[None]).mean(axis=(2, 3)))
        np.fill_diagonal(different, 1)
        ink = np.sqrt(np.square(images).mean())
        # Nowhere nearer than a quarter of the figure itself.
        assert different.min() > 0.25 * ink


def test_all_figures_differ():
    factors = np.stack(np.indices((3, 4, 16)), -1).reshape(-1, 3)
    rows = np.hstack([factors, np.full((192, 2), MIDDLE)])
    images = Sprites().images_at(rows).reshape(192, -1) / 255
    squares = np.square(images).sum(axis=1)
    distances = squares[:, None] + squares - 2 * images @ images.T
    np.fill_diagonal(distances, np.inf)
    assert (distances.min(axis=1) > 0.05 * squares).all()


def test_positions_move_the_figure_by_whole_pixels():
    left = one(2, x=3, y=2)
    np.testing.assert_array_equal(np.roll(left, (5, 4), (0, 1)), one(2, x=7, y=7))
    small = one(2, x=3, y=2, image_size=64)
    np.testing.assert_array_equal(np.roll(small, (10, 8), (0, 1)), one(2, x=7, y=7, image_size=64))


def test_a_large_image_is_the_small_one_with_more_pixels():
    rows = Sprites().sample_factors(50, seed=1)
    small = Sprites(32).images_at(rows).astype("float64")
    large = Sprites(64).images_at(rows).reshape(50, 32, 2, 32, 2, 1).mean(axis=(2, 4))
    # Both sample what they show, with points that are not the same.
    assert np.abs(small - large).max() < 0.15 * 255
    assert np.abs(small - large).mean() < 0.5


def test_a_pixel_is_the_share_of_its_points_within_the_figure():
    image = one(0, orientation=2)
    assert set(np.rint(image * 64).ravel()) > {0, 64}
    np.testing.assert_array_equal(np.rint(np.rint(image * 64) * 255 / 64), np.rint(image * 255))
    # A triangle turned by 45 degrees, points of which are tested one by one.
    turn = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)
    points = (np.arange(32 * 8) + 0.5) / 8 - 16.5
    right, up = np.meshgrid(points, -points)
    u, v = np.einsum("ij,jhw->ihw", turn, np.stack([right, up])) / 8.4
    corners = np.array([[0, 1], [-0.5, -0.5], [0.5, -0.5]])
    inside = np.ones(u.shape, bool)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        edge = end - start
        inside &= edge[0] * (v - start[1]) - edge[1] * (u - start[0]) >= 0
    shares = inside.reshape(32, 8, 32, 8).mean(axis=(1, 3))
    # Points on the very edge are rounded either way.
    assert np.abs(shares - image).max() <= 1.01 / 64


@pytest.mark.parametrize(
    ("image_size", "bits"),
    [
        (32, "7b33640156ea025f6faa9a394e0ed895bcc18c83f55b645e41dfbf9f15c58777"),
        (64, "2ab0c5ec96d3c6f5ce6e60dcfac48d0f857ff778fccb2366923f27af7c80242f"),
    ],
)
def test_the_bits_never_change(image_size, bits):
    # Pinned: what is measured on them is comparable only while they stay.
    every = np.arange(0, 49_152, 37)
    made = Sprites(image_size)
    images = made.images_at(made.factors_of(every))
    assert hashlib.sha256(images.tobytes()).hexdigest() == bits


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Sprites(28), "Sprites: image_size must be 32 or 64, got 28."),
        (lambda: Sprites().images_at([[3, 0, 0, 0, 0]]), "Sprites: shape must be from 0 to 2"),
        (lambda: Sprites().images_at([[0, 0, -1, 0, 0]]), "orientation must be from 0 to 15"),
        (lambda: Sprites().index_of([0, 0, 0, 0, 0]), r"must be \(n, 5\), got the shape \(5,\)"),
        (lambda: Sprites().index_of([[0.5] * 5]), "factors must be integers, got float64"),
        (lambda: Sprites().factors_of([0, 49_152]), r"from 0 to 49151, got 0\.\.49152"),
        (lambda: Sprites().factors_of(3), r"must be \(n,\), .* got the shape \(\)"),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)


def test_what_is_loaded_are_all_images_once_with_their_shapes():
    data = load("sprites")
    assert data.name == "sprites" and data.sample_shape == (32, 32, 1)
    assert data.class_names == ("triangle", "half_disc", "heart")
    assert (len(data.train_images), len(data.test_images)) == (44_236, 4_916)
    assert np.ptp(np.bincount(data.test_labels)) <= 1
    made = Sprites()
    number = {made.images_at(made.factors_of([i])).tobytes(): i for i in range(0, 49_152, 97)}
    found = {}
    for images, labels in (
        (data.train_images, data.train_labels),
        (data.test_images, data.test_labels),
    ):
        for image, label in zip(images, labels, strict=True):
            if (index := number.get(image[None].tobytes())) is not None:
                assert index not in found and label == index // (4 * 16**3)
                found[index] = label
    assert len(found) == len(number)


def test_the_size_that_is_asked_for_is_honoured(monkeypatch):
    asked = []
    monkeypatch.setattr("tfgan_it.datasets.sprites", lambda side: asked.append(side) or TINY)
    assert load("sprites", image_size=64) is TINY
    assert load("sprites", image_size=28).sample_shape == (28, 28, 1)
    assert load("sprites", image_size=(16, 24)).sample_shape == (16, 24, 1)
    assert asked == [64, 64, 64]


def test_a_name_that_is_nearly_right_is_answered():
    with pytest.raises(ValueError, match="no data set 'sprits': .* sprites[,;]"):
        load("sprits")
