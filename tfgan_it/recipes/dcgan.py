"""DCGAN, on images and on points, which most recipes modify."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from tfgan_it import networks
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import DCGANHyperparameters, GameHyperparameters
from tfgan_it.recipes.variants import variant_of


@variant_of(build_gan)
def dcgan(
    sample_shape: Sequence[int],
    *,
    width: int = 64,
    kernel_size: int = 4,
    depth: int = 2,
    normalization: str | None = "batch",
    discriminator: Mapping[str, Any] | None = None,
    model: Callable[..., GAN] = GAN,
    **hyperparameters: Unpack[GameHyperparameters],
) -> GAN:
    """DCGAN: convolutional networks and the non-saturating loss, compiled.

    Args:
        sample_shape: (height, width, channels) of images, height and width divisible by 4; or
            (dimension,) of points, for which the networks are multilayer perceptrons.
        width: Channels of the generator's last hidden map and the discriminator's first; units of
            each hidden layer for points.
        kernel_size: Size of every convolution.
        depth: Hidden layers of each network for points.
        normalization: Normalisation of the discriminator: `batch` (none for points), `spectral` or
            None.
        discriminator: Further arguments of `networks.dcgan_discriminator`, or of
            `networks.mlp_discriminator` for points.
        model: Builds the model, as for `recipes.build_gan`.
        **hyperparameters: As for `recipes.build_gan`.

    Source: Radford et al., 2015, "Unsupervised Representation Learning with Deep Convolutional
    Generative Adversarial Networks". Departures: those of `networks.dcgan_generator`; the moving
    average.
    """
    build_generator: Callable[..., Any] = networks.dcgan_generator
    build_discriminator: Callable[..., Any] = networks.dcgan_discriminator
    sizes: dict[str, Any] = {"width": width, "kernel_size": kernel_size}
    if len(sample_shape) == 1:
        build_generator = networks.mlp_generator
        build_discriminator = networks.mlp_discriminator
        sizes = {"width": width, "depth": depth}
        normalization = None if normalization == "batch" else normalization
    return build_gan(
        sample_shape,
        generator=functools.partial(build_generator, **sizes),
        discriminator=functools.partial(
            build_discriminator, normalization=normalization, **sizes, **(discriminator or {})
        ),
        model=model,
        **hyperparameters,
    )


@variant_of(dcgan, loss="minimax")
def gan(sample_shape: Sequence[int], **hyperparameters: Unpack[DCGANHyperparameters]) -> GAN:
    """The original GAN: the minimax loss, on DCGAN's networks.

    Args:
        sample_shape: As for `dcgan`.
        **hyperparameters: As for `dcgan`.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets". Departures: convolutional
    networks and Adam in place of maxout, ReLU and sigmoid layers with momentum.
    """
    return dcgan(sample_shape, **hyperparameters)
