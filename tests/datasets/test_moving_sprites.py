import numpy as np
import pytest

from tfgan_it import visualization
from tfgan_it.datasets import MovingSprites, Sprites, VideoDataset, load, moving_sprites

FIXED, STILL = [[2, 3, 0, 0, 0, 0, 0, 2]], 2


def centres_of_mass(videos):
    """(right, down) in pixels from the left upper corner, `(n, frames, 2)`."""
    videos = videos[..., 0].astype("float64")
    places = np.arange(videos.shape[-1]) + 0.5
    mass = videos.sum(axis=(2, 3))
    return (
        np.stack([videos.sum(axis=2) @ places, videos.sum(axis=3) @ places], -1) / mass[..., None]
    )


def test_the_product_of_all_factors_is_there_and_numbers_are_their_inverse():
    moving = MovingSprites(frames=8)
    assert len(moving) == 3 * 4 * 2 * 16 * 4 * 4 * 4 * 5
    rows = np.arange(0, len(moving), 7)
    np.testing.assert_array_equal(moving.index_of(moving.factors_of(rows)), rows)
    assert sorted(moving.content_factors + moving.motion_factors) == list(range(8))
    names = [moving.factor_names[i] for i in moving.content_factors]
    assert names == ["shape", "scale"]


@pytest.mark.parametrize("image_size", [32, 64])
def test_the_centre_of_mass_of_each_frame_is_on_the_path(image_size):
    moving = MovingSprites(12, image_size)
    factors = moving.sample_factors(300, seed=0)
    videos = moving.images_at(factors)
    assert videos.shape == (300, 12, image_size, image_size, 1) and videos.dtype == np.uint8
    # The figures themselves are exact to .06 of a 32nd of the side (tests of sprites).
    np.testing.assert_allclose(
        centres_of_mass(videos), moving.centres_at(factors), atol=0.06 * image_size / 32 + 0.02
    )


def test_a_path_is_told_in_pixels():
    # From 13.5 + 8.5 of 32 to the right by 2 in each frame, to the wall at 15 + 8.5 and back.
    [path] = MovingSprites(5).centres_at([[0, 0, 0, 0, 3, 3, 1, 2]])
    assert path.tolist() == [[22, 14], [23, 14], [21, 14], [19, 14], [17, 14]]
    [large] = MovingSprites(5, 64).centres_at([[0, 0, 0, 0, 3, 3, 1, 2]])
    np.testing.assert_array_equal(large, 2 * path)


def test_at_whole_pixels_a_frame_is_a_sprite():
    # By 2 in each frame, from 5.5 + 1/2... of which those on whole pixels are compared.
    moving, sprites = MovingSprites(6), Sprites()
    for shape, scale, rotation in ((0, 3, 0), (1, 1, 3), (2, 2, 4)):
        factors = [[shape, scale, 0, 0, 0, 1, 1, rotation]]
        frames = moving.images_at(factors)[0]
        x, y = (moving.centres_at(factors)[0] - 8.5).T
        for t in (1, 3, 5):
            assert x[t] == int(x[t]) and y[t] == 5.5
            orientation = (rotation - 2) * t % 16
            upper, lower = sprites.images_at(
                [[shape, scale, orientation, int(x[t]), row] for row in (5, 6)]
            ).astype("int64")
            # Half a pixel lower: the mean of both, rounded up.
            np.testing.assert_array_equal(frames[t], (upper + lower + 1) // 2)


def test_figures_turn_by_their_speed_and_stay_upright_without_it():
    moving = MovingSprites(9)
    factors = np.repeat(FIXED, 5, axis=0)
    factors[:, -1] = range(5)
    factors[:, 2] = 1
    videos = moving.images_at(factors)
    np.testing.assert_array_equal(*videos[[0, 4], 0])
    # After 8 frames: a full turn at 45 degrees in a frame, and half of one at 22.5.
    place = moving.centres_at(factors)
    np.testing.assert_array_equal(place, place[:1].repeat(5, axis=0))
    np.testing.assert_array_equal(videos[0, 8], videos[2, 8])
    np.testing.assert_array_equal(videos[4, 8], videos[2, 8])
    np.testing.assert_array_equal(videos[1, 8], videos[3, 8])
    assert (videos[1, 8] != videos[2, 8]).any() and (videos[1, 4] != videos[3, 4]).any()


def test_brightness_stays_while_a_figure_moves():
    moving = MovingSprites(16)
    factors = moving.sample_factors(200, seed=3)
    factors[:, -1] = STILL
    mass = moving.images_at(factors).sum(axis=(2, 3, 4)).astype("float64")
    # Rounding to whole values of pixels, of which a figure has dozens on its edge.
    assert (np.ptp(mass, axis=1) < 0.01 * mass.mean(axis=1)).all()


def test_videos_are_one_for_each_motion_and_figure():
    moving = MovingSprites(8)
    factors = moving.factors_of(np.arange(len(moving)))
    one_figure = factors[(factors[:, :2] == [1, 0]).all(axis=1)][::3]
    one_motion = factors[(factors[:, 2:7] == [0, 3, 2, 1, 2]).all(axis=1)]
    for rows in (one_figure, one_motion):
        assert len({video.tobytes() for video in moving.images_at(rows)}) == len(rows)


def test_more_frames_continue_a_video():
    factors = MovingSprites().sample_factors(20, seed=1)
    np.testing.assert_array_equal(
        MovingSprites(16).images_at(factors)[:, :8], MovingSprites(8).images_at(factors)
    )


def test_what_is_loaded_is_a_fixed_choice_with_its_shapes():
    data = load("moving_sprites")
    assert isinstance(data, VideoDataset) and data.sample_shape == (16, 32, 32, 1)
    assert (len(data.train_images), len(data.test_images)) == (9_000, 1_000)
    assert data.class_names == ("triangle", "half_disc", "heart") and data.num_classes == 3
    assert np.ptp(np.bincount(data.test_labels)) <= 20
    videos = np.concatenate([data.train_images[:1_000], data.test_images])
    assert len({video.tobytes() for video in videos}) == 2_000
    # A triangle fills less of its circle than a heart.
    mass = data.train_images[:, 0].mean(axis=(1, 2, 3))
    means = [mass[data.train_labels == label].mean() for label in range(3)]
    assert means[0] < means[1] < means[2]
    assert visualization.grid(data.test_images[:2]).ndim == 3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: MovingSprites(1), "^MovingSprites: frames must be a whole number of at least 2"),
        (lambda: MovingSprites(16, 28), "^MovingSprites: image_size must be 32 or 64, got 28.$"),
        (lambda: MovingSprites(10**9).centres_at([[0] * 8]), "paths of 1000000000 frames need 119"),
        (lambda: MovingSprites().images_at([[0] * 7]), r"factors must be \(n, 8\)"),
        (
            lambda: MovingSprites().images_at([[0, 0, 0, 0, 4, 0, 0, 0]]),
            "^MovingSprites: speed must be from 0 to 3, got 4.$",
        ),
        (lambda: load("moving_sprites", image_size=48), "image_size must be 32 or 64, got 48"),
        (lambda: load("moving_sprites", image_size=(32, 64)), "^videos are square: image_size"),
        (lambda: moving_sprites(frames=2.5), "frames must be a whole number"),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)
