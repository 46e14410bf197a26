"""InfoGAN."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

from tfgan_it import latents, networks
from tfgan_it.checks import check_choice
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation

# Lambda of `style` if Q does not share the discriminator's trunk, or competes with an encoder.
STYLE_ALONE = 0.1
PRIORS: dict[str, Callable[..., latents.Categorical]] = {
    "uniform": latents.Categorical,
    "learned": latents.LearnedCategorical,
    "gumbel_softmax": functools.partial(latents.LearnedCategorical, gradient="gumbel_softmax"),
}


def infogan_codes(
    noise: int,
    categories: int,
    continuous: int,
    minimum_scale: float,
    prior: str = "uniform",
    style_weight: float | None = None,
) -> tuple[latents.Product, dict[str, float]]:
    """Returns the latent of `infogan`, and lambda of each code: 1, and `style_weight` for `style`.

    By default `style_weight` is `minimum_scale`^2. The gradient of ln N(c; m, s) in m is
    (c - m) / s^2, so that at the smallest scale the weighted gradient is c - m, as with the
    authors' scale of 1 and lambda of 1.

    Raises:
        ValueError: If there is no code, or the prior is unknown.
    """
    check_choice("prior", prior, PRIORS)
    codes: dict[str, latents.Latent] = {}
    if categories:
        codes["category"] = PRIORS[prior](categories)
    if continuous:
        codes["style"] = latents.Uniform(continuous, minimum_scale=minimum_scale)
    if not codes:
        raise ValueError("infogan: categories and continuous are both 0; give it a code to send.")
    weights = {"category": 1.0, "style": minimum_scale**2 if style_weight is None else style_weight}
    latent = latents.Product(noise=latents.Uniform(noise), **codes)
    return latent, {name: weights[name] for name in codes}


@variant_of(
    build_gan,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
)
def infogan(
    sample_shape: Sequence[int],
    *,
    noise: int = 62,
    categories: int = 10,
    continuous: int = 2,
    minimum_scale: float = 0.2,
    lambda_information: float | Mapping[str, float] | None = None,
    width: int = 64,
    features: int = 1024,
    encoder: str = "shared",
    prior: str = "uniform",
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """InfoGAN: a GAN that transmits a categorical and continuous codes, compiled.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        noise: Columns of the incompressible noise, U(-1, 1).
        categories: K of the code `category`; 0 for none.
        continuous: Columns of the code `style`, U(-1, 1); 0 for none.
        minimum_scale: Floor of the posterior's standard deviation of `style`.
        lambda_information: The paper's lambda; one for all codes, or one for each by name. The
            default is 1 for `category` and `minimum_scale`^2 = .04 for `style`, which gives the
            gradients of the authors' code, see `infogan_codes`. With larger values the style
            encodes classes. With a separate encoder it is .1, as smaller values have no effect.
        width: Channels of the first map of the trunk and the last of the generator.
        features: Units of the dense layers.
        encoder: `shared` for Q as a head on the discriminator's trunk, as in the paper; `separate`
            for Q with a separate trunk.
        prior: Prior of `category`: `uniform`, or `learned` for classes of unequal frequencies;
            `gumbel_softmax` learns by the published gradient, see `latents.LearnedCategorical`.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of both networks.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets", section 7.2 and the authors' code. Departures: those
    of `networks.infogan_generator` and `regularizers.CodeInformation`; the moving average; a floor
    of .2 for the scale of `style`, so that it encodes visible changes and leaves classes to
    `category`.
    """
    style_weight = STYLE_ALONE if encoder == "separate" else None
    latent, weights = infogan_codes(
        noise, categories, continuous, minimum_scale, prior, style_weight
    )
    if lambda_information is None:
        lambda_information = weights
    assert latent.codes is not None
    sizes: dict[str, Any] = {"width": width, "features": features}
    return build_gan(
        sample_shape,
        latent=latent,
        generator=functools.partial(networks.infogan_generator, **sizes),
        discriminator=functools.partial(
            networks.infogan_discriminator,
            posterior_params_size=latent.codes.posterior_params_size,
            encoder=encoder,
            **sizes,
        ),
        **with_terms(hyperparameters, terms=[CodeInformation(lambda_information)]),
    )
