"""MoCoGAN: videos whose content and motion have latents and codes of their own."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from tfgan_it import latents, networks
from tfgan_it.models import GAN
from tfgan_it.networks.video import checked_video_shape
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation


@variant_of(build_gan)
def video_gan(
    sample_shape: Sequence[int],
    *,
    content: int = 50,
    motion: int = 10,
    content_categories: int = 0,
    motion_categories: int = 6,
    path: int = 10,
    lambda_information: float | Mapping[str, float] = 1.0,
    width: int = 64,
    normalization: str | None = "batch",
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """MoCoGAN: a latent of the content is held over the frames, that of the motion is a path.

    Two discriminators judge it: one single frames, one the whole video. The codes `content` and
    `motion` are categories, whose information is recovered from frames and from the video.

    Args:
        sample_shape: (frames, height, width, channels), height and width divisible by 4.
        content: Columns of the content's noise, N(0, 1).
        motion: Columns of the motion's noise in each frame, N(0, 1).
        content_categories: K of the code `content`; 0 for none.
        motion_categories: K of the code `motion`; 0 for none.
        path: Units of the recurrent layer.
        lambda_information: The weight of L_I, one for all codes or one for each by name.
        width: Channels of the last hidden map of a frame and of the discriminators' first.
        normalization: Normalisation of the discriminators: `batch` or None.
        **hyperparameters: As for `recipes.build_gan`; with codes, the moving average is of both
            networks.

    Raises:
        ValueError: If the shape is not one of videos.

    Source: Tulyakov, Liu, Yang and Kautz, 2018, "MoCoGAN: Decomposing Motion and Content for Video
    Generation". Departures: those of `networks.video_generator` and `networks.video_discriminator`;
    videos of one length; no weight decay; no noise on what the discriminators see, which
    `augmentation="instance_noise"` adds; the moving average.
    """
    columns = content + checked_video_shape(sample_shape)[0] * motion
    sizes = {"content": content_categories, "motion": motion_categories}
    codes = {name: latents.Categorical(size) for name, size in sizes.items() if size}
    added: dict[str, Any] = {"terms": [CodeInformation(lambda_information)]} if codes else {}
    return build_gan(
        sample_shape,
        latent=latents.Product(noise=latents.Normal(columns), **codes),
        generator=functools.partial(
            networks.video_generator,
            content=content,
            motion=motion,
            content_code=content_categories,
            motion_code=motion_categories,
            path=path,
            width=width,
        ),
        discriminator=functools.partial(
            networks.video_discriminator,
            content_params=content_categories,
            motion_params=motion_categories,
            width=width,
            normalization=normalization,
        ),
        **with_terms(hyperparameters, **added),
    )
