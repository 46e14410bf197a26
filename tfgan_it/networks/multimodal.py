"""Networks of samples with several modalities, concatenated on the channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice
from tfgan_it.latents import Product
from tfgan_it.layers import PosteriorFusion
from tfgan_it.networks.dcgan import normal_initializer
from tfgan_it.networks.infogan import (
    ENCODERS,
    infogan_generator,
    infogan_trunk,
    recognition_head,
)
from tfgan_it.networks.sizes import checked_image_shape


def checked_modalities(
    modalities: Mapping[str, int], image_shape: Sequence[int]
) -> dict[str, slice]:
    """Returns the slice of channels of each modality, by name.

    Raises:
        ValueError: If there is no modality, one has no channels, or they do not add up to the
            channels of the shape.
    """
    counts = list(modalities.values())
    if not counts or any(count < 1 for count in counts) or sum(counts) != image_shape[-1]:
        raise ValueError(
            f"modalities must share the {image_shape[-1]} channels of {tuple(image_shape)}, got "
            f"{dict(modalities)}."
        )
    channels, start = {}, 0
    for name, count in modalities.items():
        channels[name] = slice(start, start + count)
        start += count
    return channels


@network_builder
def multimodal_generator(
    image_shape: Sequence[int],
    latent_dimension: int,
    *,
    modalities: Mapping[str, int],
    codes: int,
    width: int = 64,
    features: int = 1024,
) -> keras.Model:
    """Builds a generator with a separate generator and noise for each modality.

        x = [G_1(z_1, c), ..., G_M(z_M, c)] on the channels

    The modalities therefore share only the codes.

    Args:
        image_shape: (height, width, channels of all modalities), divisible by 4.
        latent_dimension: Columns of the noise (first) and the codes together.
        modalities: Number of channels of each modality by name, in order.
        codes: Columns of the codes. The noise is divided evenly among modalities.
        width: As for `infogan_generator`, for each modality.
        features: As for `infogan_generator`, for each modality.

    Raises:
        ValueError: If modalities do not add up to the channels, or do not divide the noise.
    """
    image_shape = checked_image_shape(image_shape)
    channels = checked_modalities(modalities, image_shape)
    noise = latent_dimension - codes
    if noise < len(channels) or noise % len(channels):
        raise ValueError(
            f"multimodal_generator: {noise} columns of noise cannot be shared evenly by "
            f"{len(channels)} modalities."
        )
    share = noise // len(channels)
    inputs = keras.Input((latent_dimension,), name="latents")
    images = []
    for index, name in enumerate(channels):
        network = infogan_generator(
            (*image_shape[:2], modalities[name]), share + codes, width=width, features=features
        )
        network = keras.Model(network.input, network.output, name=f"{name}_generator")
        part = inputs[:, index * share : (index + 1) * share]
        images.append(network(layers.Concatenate()([part, inputs[:, noise:]])))
    concatenate = layers.Concatenate(dtype="float32", name="images")
    outputs = concatenate(images) if images[1:] else images[0]
    return keras.Model(inputs, outputs, name="multimodal_generator")


@network_builder
def multimodal_discriminator(
    image_shape: Sequence[int],
    codes: Product,
    *,
    modalities: Mapping[str, int],
    posterior: str = "product",
    width: int = 64,
    features: int = 1024,
    hidden: int = 256,
    encoder: str = "shared",
) -> keras.Model:
    """Builds a discriminator with a posterior of the codes for each modality and for all.

    Each modality has a trunk of its channels with features f_m. The logit is

        l(x) = l_12(f_1, f_2) + l_1(f_1) + l_2(f_2)

    like the logarithm of a density ratio: the ratios of the modalities, and that of their
    dependence, a head on all features. `codes_<modality>` are the parameters of Q_m(c|x_m), a
    function of that modality only; `codes` are the parameters of the joint posterior.

    Args:
        image_shape: (height, width, channels of all modalities), divisible by 4.
        codes: Codes of the latent, `latent.codes`.
        modalities: Number of channels of each modality by name, in order.
        posterior: `product` or `mixture`, see `layers.PosteriorFusion`.
        width: Channels of each trunk's first map.
        features: Number of features of each trunk.
        hidden: Units of the joint head.
        encoder: `shared` for recognition heads on the discriminator's trunks; or `separate` for
            heads with separate trunks.

    Returns:
        A model with the outputs `logits`, `codes`, `codes_<modality>`, and `modality_weights`, the
        weight of each modality in the joint posterior, `(batch, modalities)`.

    Raises:
        ValueError: If encoder or posterior are unknown (the message names the nearest), or
            modalities do not add up to the channels.

    Example:

    >>> from tfgan_it.latents import Categorical
    >>> model = multimodal_discriminator(
    ...     (32, 32, 2), Product(category=Categorical(10)), modalities={"image": 1, "sound": 1}
    ... )
    >>> sorted(model.output)
    ['codes', 'codes_image', 'codes_sound', 'logits', 'modality_weights']

    Source: trunks and heads of Chen et al., 2016, "InfoGAN: Interpretable Representation Learning
    by Information Maximizing Generative Adversarial Nets"; fusion as `layers.PosteriorFusion`.
    Departures: recognition heads have Glorot's initialisation, so that posteriors differ between
    samples from the start: real pairs give no gradient if all posteriors are equal.
    """
    check_choice("encoder", encoder, ENCODERS)
    image_shape = checked_image_shape(image_shape)
    channels = checked_modalities(modalities, image_shape)
    inputs = keras.Input(image_shape, name="images")
    trunk_features, parameters, logits, scores = [], {}, [], []
    for name, part in channels.items():
        shape, x = (*image_shape[:2], modalities[name]), inputs[..., part]
        sizes = {"width": width, "features": features}
        trunk = encoded = infogan_trunk(shape, name=f"{name}_trunk", **sizes)(x)
        if encoder == "separate":
            encoded = infogan_trunk(shape, name=f"{name}_encoder", **sizes)(x)
        head = recognition_head(
            codes.posterior_params_size,
            features,
            kernel_initializer="glorot_uniform",
            name=f"codes_{name}",
        )
        trunk_features.append(trunk)
        parameters[f"codes_{name}"] = head(encoded)
        logits.append(_logit(trunk, f"{name}_logits"))
        scores.append(_logit(encoded, f"{name}_score"))
    if len(channels) > 1:
        joint = layers.Dense(hidden, kernel_initializer=normal_initializer(), name="joint")
        x = layers.LeakyReLU(negative_slope=0.2)(joint(layers.Concatenate()(trunk_features)))
        logits.append(_logit(x, "joint_logits"))
    fusion = PosteriorFusion(codes, posterior, name="fusion")
    scores = layers.Concatenate(dtype="float32")(scores) if scores[1:] else scores[0]
    fused, modality_weights = fusion(
        list(parameters.values()), *([scores] if posterior == "mixture" else [])
    )
    outputs = {
        "logits": layers.Add(dtype="float32", name="logits")(logits) if logits[1:] else logits[0],
        "codes": fused,
        "modality_weights": modality_weights,
        **parameters,
    }
    return keras.Model(inputs, outputs, name="multimodal_discriminator")


def _logit(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.Dense(1, kernel_initializer=normal_initializer(), dtype="float32", name=name)(x)
