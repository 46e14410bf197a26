"""Networks of videos: sizes, what is held and what moves, two discriminators in one."""

import numpy as np
import pytest

from tfgan_it.networks import dcgan_discriminator, dcgan_generator, video_discriminator
from tfgan_it.networks import video_generator as generator_of

SHAPE = (4, 8, 8, 1)
SIZES = {"content": 3, "motion": 2, "content_code": 2, "motion_code": 3, "path": 4, "width": 2}
COLUMNS = 3 + 4 * 2 + 2 + 3
RNG = np.random.default_rng(0)


def test_the_weights_are_those_of_a_gru_and_of_one_decoder():
    network = generator_of(SHAPE, COLUMNS, **SIZES)
    assert network.output_shape == (None, *SHAPE)
    # Keras's GRU has a bias of the inputs and one of the state.
    gru = 3 * 4 * ((2 + 3) + 4 + 2)
    decoder = dcgan_generator((8, 8, 1), 3 + 2 + 4, width=2).count_params()
    assert network.count_params() == gru + decoder


def changed_frames(first, last):
    """Which frames change with these latents, and with no others."""
    network = generator_of(SHAPE, COLUMNS, **SIZES)
    latents = RNG.normal(size=(1, COLUMNS)).astype("float32")
    other = latents.copy()
    other[:, first:last] += 1
    one, two = (np.asarray(network(x)) for x in (latents, other))
    return (one != two).any(axis=(0, 2, 3, 4)).tolist()


def test_noise_of_a_frame_changes_what_follows():
    assert changed_frames(0, 3) == [True] * 4  # The content.
    for frame in range(4):
        start = 3 + 2 * frame
        assert changed_frames(start, start + 2) == [False] * frame + [True] * (4 - frame)
    assert changed_frames(11, 13) == changed_frames(13, 16) == [True] * 4  # The codes.


def test_without_noise_and_a_gru_all_frames_are_one_image():
    network = generator_of(SHAPE, COLUMNS, **SIZES)
    gru = network.get_layer("path")
    gru.set_weights([np.zeros_like(weight) for weight in gru.get_weights()])
    video = np.asarray(network(RNG.normal(size=(2, COLUMNS)).astype("float32")))
    # Not to the bit: a row of a matrix may be summed in another order than the next.
    np.testing.assert_allclose(video, np.repeat(video[:, :1], 4, axis=1), rtol=1e-5, atol=1e-9)
    assert not np.array_equal(video[0], video[1])


def test_frames_are_judged_alone_and_together():
    network = video_discriminator(SHAPE, width=2, content_params=2, motion_params=3)
    videos = RNG.uniform(-1, 1, (2, *SHAPE)).astype("float32")
    outputs = network(videos)
    assert outputs["logits"]["image"].shape == (2, 4, 1)
    assert outputs["logits"]["video"].shape == (2, 1) and outputs["codes"].shape == (2, 5)
    order = [2, 0, 3, 1]
    shuffled = network(videos[:, order])
    np.testing.assert_allclose(
        shuffled["logits"]["image"], np.asarray(outputs["logits"]["image"])[:, order], atol=1e-6
    )
    # The content is read from frames in any order, the motion from the whole.
    np.testing.assert_allclose(shuffled["codes"][:, :2], outputs["codes"][:, :2], atol=1e-6)
    assert (np.abs(shuffled["codes"] - outputs["codes"])[:, 2:] > 1e-6).all()
    assert (np.abs(shuffled["logits"]["video"] - outputs["logits"]["video"]) > 1e-6).all()


def test_the_discriminator_of_frames_is_that_of_dcgan():
    network = video_discriminator(SHAPE, width=2)
    assert set(network.output) == {"logits"}
    of_images = dcgan_discriminator((8, 8, 1), width=2).count_params()
    # 4x4x4 kernels: 1 to 2 channels with a bias, 2 to 4 with normalisation; 1x2x2x4 to a logit.
    of_videos = (64 * 2 + 2) + (64 * 2 * 4 + 4 * 4) + (1 * 2 * 2 * 4 + 1)
    assert network.count_params() == of_images + of_videos


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: generator_of((8, 8, 1), 9), r"^Videos must have a shape \(frames, .* \(8, 8, 1\)"),
        (lambda: video_discriminator((1, 8, 8, 1)), "of at least 2 frames, got"),
        (lambda: video_discriminator((4, 9, 8, 1)), "divisible by 4 .nearest"),
        (lambda: generator_of(SHAPE, 9, **SIZES), r"3 columns .* 2 \+ 3 of codes are 16 .* got 9"),
    ],
)
def test_a_mistake_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
