"""InfoGAN of several modalities at once, such as a picture, a sound and a word."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from tfgan_it import latents, networks
from tfgan_it.datasets import Vocabulary
from tfgan_it.models import MultimodalInfoGAN
from tfgan_it.networks.modality_shapes import modality_shapes
from tfgan_it.recipes.composition import build_gan
from tfgan_it.recipes.hyperparameters import FixedLatentHyperparameters, with_terms
from tfgan_it.recipes.variants import variant_of
from tfgan_it.regularizers import CodeInformation, CrossModalInformation, ModalityInformation


@variant_of(
    build_gan,
    learning_rate=1e-3,
    discriminator_learning_rate=5e-4,
)
def multimodal_infogan(
    sample_shape: Sequence[int] | Mapping[str, Sequence[int]],
    *,
    modalities: Mapping[str, int] | None = None,
    noise: int = 16,
    categories: int = 10,
    continuous: int = 0,
    minimum_scale: float = 0.2,
    posterior: str = "product",
    lambda_information: float | Mapping[str, float] = 1.0,
    lambda_modalities: float | Mapping[str, float] = 1.0,
    cross_modal_weight: float = 4.0,
    marginal_weight: float = 1.0,
    recognition_weight: float | None = None,
    width: int = 16,
    features: int = 256,
    encoder: str = "shared",
    vocabulary: Vocabulary | None = None,
    **hyperparameters: Unpack[FixedLatentHyperparameters],
) -> MultimodalInfoGAN:
    """Multimodal InfoGAN: each modality reveals the code that generates all; compiled.

    Recognition learns the category from what real modalities share, and the generator draws what
    that recognition reads. If recognition learned from generated samples too, it would learn to
    read whatever the generator draws, whose modalities then need not be of one class: with half of
    them missing, sounds of other digits.

    Args:
        sample_shape: (height, width, channels of all modalities), divisible by 4; or a dict of the
            shape of each modality, (height, width, channels) or (length, size of the vocabulary),
            and of `present`, (number of modalities,), if some may be missing.
        modalities: Number of channels of each modality by name, in order. By default each channel
            is one: `image` and `sound` for two, `image` for one, else `modality_0` and so on. Of a
            dict they are its parts.
        noise: Columns of the noise of each modality, U(-1, 1).
        categories: K of the code `category`.
        continuous: Columns of the code `style`, U(-1, 1), which modalities share; 0 for none.
        minimum_scale: Floor of the posterior's standard deviation of `style`.
        posterior: Posterior of all modalities together: `product`, `mixture` or `attention`. On
            real pairs the weights of the latter two learn to share the most information with the
            posterior of each modality.
        lambda_information: lambda; one for all codes, or one for each by name.
        lambda_modalities: lambda_m relative to lambda; one for all modalities, or one for each.
        cross_modal_weight: Weight of the information between the categories of real pairs; 0 omits
            the term.
        marginal_weight: As for `regularizers.CrossModalInformation`.
        recognition_weight: Weight with which Q learns the category from generated samples too, see
            `regularizers.CodeInformation`. By default 0 with real pairs, and 1 without them.
        width: Channels of the first map of a trunk and the last of a generator.
        features: Units of the dense layers.
        encoder: `shared` for recognition heads on the discriminator's trunks; `separate` for heads
            with separate trunks.
        vocabulary: The characters of texts, by which they are read; the trainers give that of the
            data.
        **hyperparameters: As for `recipes.build_gan`; the moving average is of both networks.

    Source: ours, see `models.MultimodalInfoGAN`; networks and rates of Chen et al., 2016, "InfoGAN:
    Interpretable Representation Learning by Information Maximizing Generative Adversarial Nets";
    real pairs as in Ji et al., 2019, "Invariant Information Clustering for Unsupervised Image
    Classification and Segmentation". Departures: the discriminator does not maximise L_I of the
    category; those of `models.MultimodalInfoGAN`.
    """
    if modalities is None and not isinstance(sample_shape, Mapping):
        channels = sample_shape[-1]
        numbered = [f"modality_{i}" for i in range(channels)]
        modalities = dict.fromkeys({1: ["image"], 2: ["image", "sound"]}.get(channels, numbered), 1)
    names = list(modality_shapes(sample_shape, modalities))
    codes: dict[str, latents.Latent] = {"category": latents.Categorical(categories)}
    if continuous:
        codes["style"] = latents.Uniform(continuous, minimum_scale=minimum_scale)
    latent = latents.Product(noise=latents.Uniform(noise * len(names)), **codes)
    assert latent.codes is not None
    sizes: dict[str, Any] = {"modalities": modalities, "width": width, "features": features}
    terms: list[CrossModalInformation] = []
    if cross_modal_weight and len(names) > 1:
        terms = [
            CrossModalInformation(
                [f"codes_{name}" for name in names],
                weight=cross_modal_weight,
                marginal_weight=marginal_weight,
                joint=None if posterior == "product" else "codes",
            )
        ]
    if recognition_weight is None:
        recognition_weight = 0.0 if terms else 1.0
    recognition = {"category": recognition_weight}
    return build_gan(
        sample_shape,
        model=functools.partial(MultimodalInfoGAN, modalities=modalities),
        latent=latent,
        generator=functools.partial(
            networks.multimodal_generator,
            codes=latent.codes.dimension,
            vocabulary=vocabulary,
            **sizes,
        ),
        discriminator=functools.partial(
            networks.multimodal_discriminator,
            codes=latent.codes,
            posterior=posterior,
            encoder=encoder,
            **sizes,
        ),
        **with_terms(
            hyperparameters,
            discriminator_regularizers=terms,
            terms=[
                CodeInformation(lambda_information, recognition_weight=recognition),
                ModalityInformation(names, lambda_modalities, lambda_information, recognition),
            ],
        ),
    )
