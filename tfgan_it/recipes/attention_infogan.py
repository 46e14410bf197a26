"""InfoGAN with attention."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Unpack

from tfgan_it import networks
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.infogan import infogan_codes
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation


@variant_of(
    build_gan,
    loss="hinge",
    learning_rate=1e-3,
    discriminator_learning_rate=4e-4,
    beta_1=0.0,
    beta_2=0.9,
)
def attention_infogan(
    sample_shape: Sequence[int],
    *,
    noise: int = 62,
    categories: int = 10,
    continuous: int = 2,
    minimum_scale: float = 0.2,
    lambda_information: float | Mapping[str, float] | None = None,
    width: int = 64,
    hidden: int = 128,
    prior: str = "uniform",
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """Attention InfoGAN: self-attention in both networks, and an attention map for each code.

    The hinge loss ignores samples beyond its margin, which leaves more of the shared trunk to the
    codes. With `loss="non_saturating"` the logits are nearer to ln p/q, and `js_nats` is tighter.
    `visualization.attention_maps` shows the positions that each code depends on.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        noise: Columns of the incompressible noise, U(-1, 1).
        categories: K of the code `category`; 0 for none.
        continuous: Columns of the code `style`, U(-1, 1); 0 for none.
        minimum_scale: Floor of the posterior's standard deviation of `style`.
        lambda_information: The paper's lambda; one for all codes, or one for each by name. The
            default is 1 for `category` and `minimum_scale`^2 for `style`, as for `infogan`.
        width: Channels of the discriminator's first map and the generator's last.
        hidden: Units of the recognition head's hidden layers.
        prior: Prior of `category`, as for `infogan`.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of both networks.

    Source: our combination of Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by
    Information Maximizing Generative Adversarial Nets", and Zhang et al., 2019, "Self-Attention
    Generative Adversarial Networks": the latter's spectral normalisation in both networks,
    self-attention, hinge loss, betas and discriminator's rate. Departures: InfoGAN's rate for the
    generator, because at SAGAN's 1e-4 almost no information is transmitted in the first hundreds of
    steps; those of `networks.attention_infogan_generator` and `regularizers.CodeInformation`.
    """
    latent, weights = infogan_codes(noise, categories, continuous, minimum_scale, prior)
    if lambda_information is None:
        lambda_information = weights
    assert latent.codes is not None
    return build_gan(
        sample_shape,
        latent=latent,
        generator=functools.partial(networks.attention_infogan_generator, width=width),
        discriminator=functools.partial(
            networks.attention_infogan_discriminator,
            posterior_params_size={
                n: code.posterior_params_size for n, code in latent.codes.parts.items()
            },
            width=width,
            hidden=hidden,
        ),
        **with_terms(hyperparameters, terms=[CodeInformation(lambda_information)]),
    )
