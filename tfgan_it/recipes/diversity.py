"""Recipes against mode collapse and overfitted discriminators."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Unpack, cast

from tfgan_it.augmentation import AdaptiveAugmentation
from tfgan_it.models import GAN, AdaGAN
from tfgan_it.recipes.dcgan import dcgan
from tfgan_it.recipes.hyperparameters import (
    DCGANHyperparameters,
    FixedDiscriminatorDCGANHyperparameters,
    with_terms,
)
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import LeCam


@variant_of(dcgan)
def pacgan(
    sample_shape: Sequence[int],
    *,
    pack_size: int = 2,
    **hyperparameters: Unpack[FixedDiscriminatorDCGANHyperparameters],
) -> GAN:
    """PacGAN: the discriminator takes several samples together, which reveals mode collapse.

    Args:
        sample_shape: As for `dcgan`.
        pack_size: Number of samples stacked on the channels; batch sizes are a multiple of it.
        **hyperparameters: As for `dcgan`.

    Source: Lin et al., 2018, "PacGAN: The Power of Two Samples in Generative Adversarial
    Networks". Departures: those of `dcgan`.
    """
    return dcgan(sample_shape, discriminator={"pack_size": pack_size}, **hyperparameters)


@variant_of(dcgan, loss="hinge", normalization="spectral", beta_1=0.0)
def lecam(
    sample_shape: Sequence[int],
    *,
    lambda_: float = 0.3,
    start: int = 1000,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> GAN:
    """LeCam GAN: the hinge loss, with logits pulled to their moving averages; for few data.

    Args:
        sample_shape: As for `dcgan`.
        lambda_: Weight of the term.
        start: Number of steps before the term is applied.
        **hyperparameters: As for `dcgan`.

    Source: Tseng et al., 2021, "Regularizing Generative Adversarial Networks under Limited Data".
    Departures: DCGAN's networks with spectral normalisation in place of BigGAN's, and its rates.
    """
    term = LeCam(lambda_, start=start)
    return dcgan(sample_shape, **with_terms(hyperparameters, discriminator_regularizers=[term]))


@variant_of(dcgan)
def dcgan_ada(
    sample_shape: Sequence[int],
    *,
    target: float = 0.6,
    images: int = 500_000,
    geometric: bool = True,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> GAN:
    """DCGAN with adaptive augmentation, whose strength follows the discriminator's overfitting.

    Args:
        sample_shape: (height, width, channels), height and width divisible by 4.
        target: Target of r, the mean sign of the logits on real images.
        images: Number of real images over which p can rise from 0 to 1.
        geometric: Whether to flip, rotate, translate and scale.
        **hyperparameters: As for `dcgan`.

    Source: Karras et al., 2020, "Training Generative Adversarial Networks with Limited Data".
    Departures: DCGAN's networks in place of StyleGAN2's; those of
    `augmentation.AdaptiveAugmentation`.
    """
    augmentation = AdaptiveAugmentation(target, images=images, geometric=geometric)
    hyperparameters.setdefault("augmentation", augmentation)
    return dcgan(sample_shape, **hyperparameters)


@variant_of(dcgan)
def adagan(
    sample_shape: Sequence[int],
    *,
    components: int = 3,
    steps_per_component: int = 1000,
    classifier_steps: int = 500,
    classifier_learning_rate: float = 1e-3,
    **hyperparameters: Unpack[DCGANHyperparameters],
) -> AdaGAN:
    """AdaGAN: a mixture of DCGANs, each trained on the data that the previous ones miss.

    Args:
        sample_shape: As for `dcgan`.
        components: Number of generators.
        steps_per_component: Generator updates of each component but the last.
        classifier_steps: Updates of the classifier that finds the missed data.
        classifier_learning_rate: Learning rate of the classifier's Adam.
        **hyperparameters: As for `dcgan`. A schedule restarts with each component.

    Source: Tolstikhin et al., 2017, "AdaGAN: Boosting Generative Models". Departures: those of
    `dcgan` and `models.AdaGAN`.
    """
    gan = dcgan(
        sample_shape,
        model=functools.partial(
            AdaGAN,
            components=components,
            steps_per_component=steps_per_component,
            classifier_steps=classifier_steps,
            classifier_learning_rate=classifier_learning_rate,
        ),
        **hyperparameters,
    )
    return cast("AdaGAN", gan)
