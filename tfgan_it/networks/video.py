"""Networks of videos, content and motion apart: MoCoGAN's."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import keras
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_sizes, shown
from tfgan_it.networks.dcgan import (
    batch_normalization,
    dcgan_discriminator,
    dcgan_generator,
    normal_initializer,
)
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.typing import Tensor


@network_builder
def video_generator(
    sample_shape: Sequence[int],
    latent_dimension: int,
    *,
    content: int = 50,
    motion: int = 10,
    content_code: int = 0,
    motion_code: int = 0,
    path: int = 10,
    width: int = 64,
) -> keras.Model:
    """Builds a generator of videos: what is shown is held over the frames, how it moves is a path.

        h_t = GRU(h_{t-1}, [e_t, c_M]),   x_t = G([z_C, c_C, h_t])

    The latents are, in order, the noise z_C of the content; the noise e_t of each frame; the codes
    c_C of the content and c_M of the motion. G is `dcgan_generator`, the same for every frame.

    Args:
        sample_shape: (frames, height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents, as the sizes below make them.
        content: Columns of the content's noise.
        motion: Columns of the motion's noise in each frame.
        content_code: Columns of the content's code; 0 for none.
        motion_code: Columns of the motion's code; 0 for none.
        path: Units of the GRU, the columns of h_t.
        width: Channels of the last hidden map of G.

    Returns:
        A model from latents `(batch, latent_dimension)` to float32 videos in [-1, 1].

    Raises:
        ValueError: If the shape is not one of videos, or the columns differ from their sum.

    Source: Tulyakov, Liu, Yang and Kautz, 2018, "MoCoGAN: Decomposing Motion and Content for Video
    Generation". Departures: h_0 is 0 in place of noise; a code of the content.

    Example:

    >>> network = video_generator((4, 8, 8, 1), 5 + 4 * 2, content=5, motion=2, width=2)
    >>> network.output_shape
    (None, 4, 8, 8, 1)
    """
    frames, *image_shape = checked_video_shape(sample_shape)
    sizes = [content, frames * motion, content_code, motion_code]
    if latent_dimension != sum(sizes):
        raise ValueError(
            f"video_generator: {content} columns of content, {frames} frames x {motion} of motion "
            f"and {content_code} + {motion_code} of codes are {sum(sizes)} latents, got "
            f"{latent_dimension}."
        )
    latents = keras.Input((latent_dimension,), name="latents")
    starts = [sum(sizes[:i]) for i in range(5)]
    z, e, of_content, of_motion = (
        latents[:, start:stop] for start, stop in zip(starts, starts[1:], strict=False)
    )
    steps = ops.reshape(e, (-1, frames, motion))
    if motion_code:
        steps = ops.concatenate([steps, layers.RepeatVector(frames)(of_motion)], axis=-1)
    moved = layers.GRU(path, return_sequences=True, unroll=True, name="path")(steps)
    held = ops.concatenate([z, of_content], axis=-1) if content_code else z
    x = ops.concatenate([layers.RepeatVector(frames)(held), moved], axis=-1)
    decoder = dcgan_generator(image_shape, x.shape[-1], width=width)
    # One batch of all frames: its normalisation is over all of them.
    images = decoder(ops.reshape(x, (-1, x.shape[-1])))
    videos = layers.Identity(dtype="float32", name="videos")(
        ops.reshape(images, (-1, frames, *image_shape))
    )
    return keras.Model(latents, videos, name="video_generator")


@network_builder
def video_discriminator(
    sample_shape: Sequence[int],
    *,
    content_params: int = 0,
    motion_params: int = 0,
    width: int = 64,
    normalization: str | None = "batch",
) -> keras.Model:
    """Builds two discriminators in one: of single frames, and of the video by 3-D convolutions.

    A loss sums over the two. That of frames is a mean over all frames, the expected value of the
    loss of a random one. Q has a head on each: the content is read from the frames, the mean of
    their parameters, and the motion from the video.

    Args:
        sample_shape: (frames, height, width, channels), height and width divisible by 4.
        content_params: `posterior_params_size` of the content's code; 0 for none.
        motion_params: That of the motion's code; 0 for none.
        width: Channels of the first map of both.
        normalization: As for `dcgan_discriminator`: `batch`, or None. Both have it.

    Returns:
        A model to `logits`, a dict of `image` `(batch, frames, 1)` and `video` `(batch, 1)`; with
        codes also to `codes` `(batch, content_params + motion_params)`; float32.

    Raises:
        ValueError: If the shape is not one of videos.

    Source: as for `video_generator`. Departures: all frames in place of one at random; convolutions
    of stride 2 in time too; one logit of a video in place of one for each patch; the code of the
    content.

    Example:

    >>> model = video_discriminator((4, 8, 8, 1), motion_params=3, width=2)
    >>> model.output["logits"]["image"].shape, model.output["codes"].shape
    ((None, 4, 1), (None, 3))
    """
    frames, *image_shape = checked_video_shape(sample_shape)
    videos = keras.Input((frames, *image_shape), name="samples")

    def outputs_of(x: Tensor, name: str, params: int) -> dict[str, Tensor]:
        flat = layers.Flatten()(x)
        outputs = {"logits": _dense(1, f"{name}_logits")(flat)}
        return outputs | ({"codes": _dense(params, f"{name}_codes")(flat)} if params else {})

    of_images = dcgan_discriminator(
        image_shape,
        width=width,
        normalization=normalization,
        head=functools.partial(outputs_of, name="image", params=content_params),
    )
    images = of_images(ops.reshape(videos, (-1, *image_shape)))
    by_frame = {k: ops.reshape(x, (-1, frames, x.shape[-1])) for k, x in images.items()}
    x: Tensor = videos
    for stage in range(halvings(image_shape, smallest=4)):
        batch = normalization == "batch" and stage > 0
        x = layers.Conv3D(
            width * 2**stage,
            4,
            strides=2,
            padding="same",
            use_bias=not batch,
            kernel_initializer="he_normal" if normalization is None else normal_initializer(),
        )(x)
        x = layers.LeakyReLU(negative_slope=0.2)(batch_normalization()(x) if batch else x)
    whole = outputs_of(x, "video", motion_params)
    outputs: Tensor = {"logits": {"image": by_frame["logits"], "video": whole["logits"]}}
    codes = [ops.mean(by_frame["codes"], axis=1)] if content_params else []
    codes += [whole["codes"]] if motion_params else []
    if codes:
        outputs["codes"] = ops.concatenate(codes, axis=-1) if len(codes) > 1 else codes[0]
    return keras.Model(videos, outputs, name="video_discriminator")


def checked_video_shape(sample_shape: Sequence[int]) -> tuple[int, ...]:
    """Returns (frames, height, width, channels), of at least 2 frames.

    Raises:
        ValueError: If the shape differs.
    """
    try:
        shape = check_sizes("", "sample_shape", sample_shape)
    except ValueError:
        shape = ()
    if len(shape) != 4 or shape[0] < 2:
        raise ValueError(
            "Videos must have a shape (frames, height, width, channels), of at least 2 frames, got "
            f"{shown(sample_shape)}."
        )
    return (shape[0], *checked_image_shape(shape[1:]))


def _dense(units: int, name: str) -> layers.Dense:
    return layers.Dense(units, kernel_initializer=normal_initializer(), dtype="float32", name=name)
