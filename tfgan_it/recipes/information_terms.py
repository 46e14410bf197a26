"""Recipes that limit or maximise information: VDB, IB-GAN, InfoMax-GAN, MEG."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Unpack

from tfgan_it import latents, networks
from tfgan_it.models import GAN
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.dcgan import dcgan
from tfgan_it.recipes.hyperparameters import (
    DCGANHyperparameters,
    FixedDiscriminatorDCGANHyperparameters,
    FixedLatentHyperparameters,
    with_terms,
)
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import R1, Bottleneck, CodeInformation, InfoMax, MutualInformation


@variant_of(dcgan, normalization=None)
def vdb(
    sample_shape: Sequence[int],
    *,
    information_limit: float = 0.2,
    alpha: float = 1e-5,
    code: int = 128,
    **hyperparameters: Unpack[FixedDiscriminatorDCGANHyperparameters],
) -> GAN:
    """VDB: a discriminator with a bottleneck of limited information.

    Args:
        sample_shape: As for `dcgan`.
        information_limit: Largest information of the bottleneck in nats, the paper's I_c.
        alpha: Step of the dual variable beta, which starts at 0.
        code: Columns of the code.
        **hyperparameters: As for `dcgan`.

    Source: Peng et al., 2019, "Variational Discriminator Bottleneck: Improving Imitation Learning,
    Inverse RL, and GANs by Constraining Information Flow". Departures: DCGAN's networks and rates
    in place of residual ones.
    """
    term = Bottleneck("discriminator", information_limit=information_limit, alpha=alpha)
    head = functools.partial(networks.bottleneck_head, dimension=code)
    return dcgan(
        sample_shape,
        discriminator={"head": head},
        **with_terms(hyperparameters, discriminator_regularizers=[term]),
    )


@variant_of(
    build_gan,
    learning_rate=1e-3,
    discriminator_learning_rate=2e-4,
)
def ibgan(
    sample_shape: Sequence[int],
    *,
    latent_columns: int = 16,
    code: int = 16,
    minimum_scale: float = 0.2,
    lambda_information: float = 0.1,
    beta: float = 0.1,
    width: int = 64,
    features: int = 1024,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> GAN:
    """IB-GAN: z passes through a bottleneck r to the generator, and is inferred from the image.

        V(D, G) - lambda (E ln Q(z|G(r)) + H(z) - beta E KL(e(r|z) || N(0, I)))

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        latent_columns: Columns of z ~ N(0, I).
        code: Columns of r.
        minimum_scale: Floor of the posterior's standard deviation of z.
        lambda_information: The paper's lambda; .1 is ours, because with 1 images of digits only
            encode the latent.
        beta: The paper's beta, which is tuned for each data set; .1 is ours.
        width: Channels of the first map of the trunk and the last of the generator.
        features: Units of the dense layers.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of both networks.

    Source: Jeon et al., 2021, "IB-GAN: Disentangled Representation Learning with Information
    Bottleneck Generative Adversarial Networks". Departures: InfoGAN's networks and rates; a
    learned scale of Q with a floor.
    """
    latent = latents.Product(
        noise=latents.Normal(code), z=latents.Normal(latent_columns, minimum_scale=minimum_scale)
    )
    assert latent.codes is not None
    sizes: dict[str, Any] = {"width": width, "features": features}
    term = Bottleneck("generator", beta=lambda_information * beta)
    return build_gan(
        sample_shape,
        latent=latent,
        generator=functools.partial(networks.bottleneck_generator, code=latent_columns, **sizes),
        discriminator=functools.partial(
            networks.infogan_discriminator,
            posterior_params_size=latent.codes.posterior_params_size,
            **sizes,
        ),
        **with_terms(
            hyperparameters,
            generator_regularizers=[term],
            terms=[CodeInformation(lambda_information)],
        ),
    )


@variant_of(
    dcgan,
    loss="hinge",
    normalization="spectral",
    latent="normal",
    latent_dimension=128,
    beta_1=0.0,
    beta_2=0.9,
    schedule="linear",
    discriminator_steps=5,
)
def infomax_gan(
    sample_shape: Sequence[int],
    *,
    weight: float = 0.2,
    code: int = 1024,
    **hyperparameters: Unpack[FixedDiscriminatorDCGANHyperparameters],
) -> GAN:
    """InfoMax-GAN: contrastive learning of local and global features of the same image.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        weight: Weight of the term on real images in the discriminator's loss and on generated ones
            in the generator's: the paper's alpha and beta.
        code: Columns of the space in which features are compared.
        **hyperparameters: As for `dcgan`.

    Source: Lee et al., 2021, "InfoMax-GAN: Improved Adversarial Image Generation via Information
    Maximization and Contrastive Learning". Departures: DCGAN's networks with spectral normalisation
    in place of SNGAN's residual ones; those of `networks.infomax_head`.
    """
    if len(sample_shape) == 1:
        raise ValueError(
            f"infomax_gan compares positions of images, not points of shape {tuple(sample_shape)}."
        )
    head = functools.partial(networks.infomax_head, dimension=code)
    return dcgan(
        sample_shape,
        discriminator={"head": head},
        **with_terms(
            hyperparameters,
            discriminator_regularizers=[InfoMax("real", weight)],
            generator_regularizers=[InfoMax("generated", weight)],
        ),
    )


@variant_of(
    dcgan,
    loss="wasserstein",
    normalization=None,
    latent="normal",
    latent_dimension=128,
    learning_rate=1e-4,
    beta_2=0.9,
    discriminator_steps=5,
)
def meg(
    sample_shape: Sequence[int],
    *,
    lambda_: float = 0.1,
    beta: float = 1.0,
    information: str = "smile",
    clipped: bool = False,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> GAN:
    """MEG: the discriminator is a negative energy, and the generator maximises its entropy.

        energy:    E f(G) - E f(x) + lambda E ||grad f(x)||^2
        generator: -E f(G) - beta I(z; G(z)),   a surrogate of its entropy

    Args:
        sample_shape: As for `dcgan`.
        lambda_: Weight of the penalty on the energy's gradient at the data.
        beta: Weight of the information.
        information: Loss that estimates the information, by default with the paper's
            Jensen-Shannon objective. With `mine` and `clipped` this is MINE-GAN's term.
        clipped: Whether the term's gradient is scaled down to the norm of the adversarial one.
        **hyperparameters: As for `dcgan`.

    Source: Kumar et al., 2019, "Maximum Entropy Generators for Energy-Based Models"; clipping by
    Belghazi et al., 2018, "Mutual Information Neural Estimation". Departures: DCGAN's networks; a
    separable critic of latents and samples, with all other pairs of the batch as negatives; lambda
    is ours.
    """
    term = MutualInformation(information, beta=beta, clipped=clipped)
    return dcgan(
        sample_shape,
        **with_terms(
            hyperparameters,
            discriminator_regularizers=[R1(2 * lambda_)],
            generator_regularizers=[term],
        ),
    )
