"""WaveGAN: sounds as waveforms, without and with labels, and with codes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Unpack

from tfgan_it import latents, networks
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation, GradientPenalty


@variant_of(
    build_gan,
    drop=["generator", "discriminator", "model", "latent", "latent_dimension"],
    loss="wasserstein",
    learning_rate=1e-4,
    beta_2=0.9,
    discriminator_steps=5,
)
def wave_gan(
    sample_shape: Sequence[int],
    *,
    conditions: Any = None,
    noise: int = 100,
    categories: int = 0,
    bits: int = 0,
    lambda_information: float = 1.0,
    lambda_: float = 10.0,
    width: int = 64,
    kernel_size: int = 25,
    phase_shuffle: int = 2,
    rate: int | None = None,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """WaveGAN: WGAN-GP on waveforms, by one-dimensional convolutions; with codes ciwGAN, fiwGAN.

    With labels, the generator takes `conditions` beside its latents and the discriminator projects
    on them. With codes, it is an InfoGAN whose Q is a separate network: one code `category` of
    `categories` values (ciwGAN), or `bits` codes `bit_0`, `bit_1`, ... of two values each (fiwGAN).

    Args:
        sample_shape: (length, channels), the length divisible by 4 and at least 32.
        conditions: Number of classes, or `conditions` as for `models.GAN`; None for none.
        noise: Columns of the incompressible noise, U(-1, 1).
        categories: K of the code `category`; 0 for none.
        bits: Number of binary codes; 0 for none.
        lambda_information: The weight of L_I, one for all codes.
        lambda_: Weight of the gradient penalty.
        width: Channels of the generator's last hidden map and the discriminator's first; the
            paper's d.
        kernel_size: Size of every convolution.
        phase_shuffle: Largest shift of `layers.PhaseShuffle`, the paper's n; 0 for none.
        rate: Samples per second, by which sounds are written; the trainers give that of the data.
        **hyperparameters: As for `recipes.build_gan`; with codes, the moving average is of both
            networks.

    Raises:
        ValueError: If the shape is not one of waveforms.

    Source: Donahue, McAuley and Puckette, 2019, "Adversarial Audio Synthesis"; for codes, Begus,
    2020, "CiwGAN and fiwGAN: Encoding information in acoustic data to model lexical learning with
    Generative Adversarial Networks"; for labels, Miyato and Koyama, 2018, "cGANs with Projection
    Discriminator". Departures: those of `networks.wave_generator` and `layers.PhaseShuffle`; Q is
    updated with the discriminator, five times for each generator update; labels; the moving
    average.
    """
    parts: dict[str, latents.Latent] = {}
    if categories:
        parts["category"] = latents.Categorical(categories)
    for bit in range(bits):
        parts[f"bit_{bit}"] = latents.Categorical(2)
    latent: latents.Latent = latents.Uniform(noise)
    added: dict[str, Any] = {"discriminator_regularizers": [GradientPenalty(lambda_)]}
    posterior_params_size = 0
    if parts:
        latent = latents.Product(noise=latent, **parts)
        assert latent.codes is not None
        posterior_params_size = latent.codes.posterior_params_size
        added["terms"] = [CodeInformation(lambda_information)]
    sizes: dict[str, Any] = {"width": width, "kernel_size": kernel_size}
    return build_gan(
        sample_shape,
        conditions=conditions,
        latent=latent,
        generator=functools.partial(networks.wave_generator, rate=rate, **sizes),
        discriminator=functools.partial(
            networks.wave_discriminator,
            posterior_params_size=posterior_params_size,
            phase_shuffle=phase_shuffle,
            **sizes,
        ),
        **with_terms(hyperparameters, **added),
    )
