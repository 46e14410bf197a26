"""Wasserstein InfoGAN."""

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
    loss="wasserstein",
    learning_rate=1e-4,
    beta_2=0.9,
    discriminator_steps=5,
)
def wasserstein_infogan(
    sample_shape: Sequence[int],
    *,
    noise: int = 30,
    scale: float = 0.1,
    categories: int = 10,
    beta_noise: float = 10.0,
    beta_category: float = 10.0,
    lambda_: float = 10.0,
    width: int = 64,
    features: int = 1024,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """ClusterGAN: a Wasserstein InfoGAN whose separate encoder infers noise and category.

        critic:       E f(G) - E f(x) + lambda E (||grad f(x^)|| - 1)^2
        generator, E: -E f(G) + beta_noise E mean_i (z_i - E_z(G)_i)^2 - beta_category E ln Q(c|G)

    The noise is a further code, `z`, whose posterior has the fixed scale s of the prior:
    -ln Q(z|x) = |z - E_z(x)|^2 / (2 s^2) + constant. The published weight is therefore a lambda of
    2 s^2 beta_noise / noise, and L_I of `z` is at most 1/2 nat a column. `information_gap_nats` is
    H(c) - L_I of the category. The gradient penalty applies only to the critic's logits and trunk;
    the encoder has a separate trunk.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        noise: Columns of `z` ~ N(0, scale^2 I).
        scale: Standard deviation of `z`.
        categories: K of the code `category`.
        beta_noise: Weight of the squared error of `z`, a mean over its columns.
        beta_category: Weight of the cross-entropy of `category`.
        lambda_: Weight of the gradient penalty.
        width: Channels of the first map of both trunks and the last of the generator.
        features: Units of the dense layers.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of both networks.

    Source: Mukherjee et al., 2019, "ClusterGAN: Latent Space Clustering in Generative Adversarial
    Networks", and the authors' code, which has the mean over columns where the paper's formula has
    their sum (`beta_noise=300`). Departures: the encoder is updated with the critic, by the same
    two terms, five times for each generator update, instead of once with the generator; those of
    `networks.plain_trunk` and `networks.infogan_generator`; one interpolation weight for each
    sample, as in WGAN-GP; the moving average.
    """
    latent = latents.Product(
        category=latents.Categorical(categories),
        z=latents.Normal(noise, scale=scale, posterior_scale=scale),
    )
    weights = {"category": beta_category, "z": 2 * scale**2 * beta_noise / noise}
    assert latent.codes is not None
    sizes: dict[str, Any] = {"width": width, "features": features}
    return build_gan(
        sample_shape,
        latent=latent,
        generator=functools.partial(networks.infogan_generator, **sizes),
        discriminator=functools.partial(
            networks.critic_with_encoder,
            posterior_params_size=latent.codes.posterior_params_size,
            **sizes,
        ),
        **with_terms(
            hyperparameters,
            discriminator_regularizers=[GradientPenalty(lambda_)],
            terms=[CodeInformation(weights)],
        ),
    )
