"""Networks of samples with several modalities: channels of one array, or parts of a dict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import keras
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice
from tfgan_it.datasets.modalities import PRESENT
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.latents import Product
from tfgan_it.layers import PosteriorFusion, PriorIfMissing
from tfgan_it.networks.dcgan import normal_initializer
from tfgan_it.networks.infogan import (
    ENCODERS,
    infogan_generator,
    infogan_trunk,
    recognition_head,
)
from tfgan_it.networks.modality_shapes import modality_shapes
from tfgan_it.networks.text import text_generator, text_trunk

POSTERIORS = ("product", "mixture", "attention")
_KEY = 16  # Columns of a key of the attention.


@network_builder
def multimodal_generator(
    image_shape: Sequence[int] | Mapping[str, Sequence[int]],
    latent_dimension: int,
    *,
    modalities: Mapping[str, int] | None = None,
    codes: int,
    width: int = 64,
    features: int = 1024,
    vocabulary: Vocabulary | None = None,
) -> keras.Model:
    """Builds a generator with a separate generator and noise for each modality.

        x = G_1(z_1, c), ..., G_M(z_M, c)

    The modalities therefore share only the codes. Images have `infogan_generator`, texts
    `text_generator` with one block and the most
    probable tokens, with the straight-through gradient. A sample is complete: `present` is 1.

    Args:
        image_shape: (height, width, channels of all modalities), divisible by 4, for outputs on the
            channels of one array; or a dict of shapes, see `modality_shapes.modality_shapes`.
        latent_dimension: Columns of the noise (first) and the codes together.
        modalities: Number of channels of each modality by name, in order; for one array.
        codes: Columns of the codes. The noise is divided evenly among modalities.
        width: As for `infogan_generator`, for each modality.
        features: As for `infogan_generator`, for each modality.
        vocabulary: The characters of texts.

    Raises:
        ValueError: If modalities do not add up to the channels, or do not divide the noise.
    """
    shapes = modality_shapes(image_shape, modalities)
    noise = latent_dimension - codes
    if noise < len(shapes) or noise % len(shapes):
        raise ValueError(
            f"multimodal_generator: {noise} columns of noise cannot be shared evenly by "
            f"{len(shapes)} modalities."
        )
    share = noise // len(shapes)
    inputs = keras.Input((latent_dimension,), name="latents")
    samples = {}
    for index, (name, shape) in enumerate(shapes.items()):
        if len(shape) == 3:
            network = infogan_generator(shape, share + codes, width=width, features=features)
        else:
            network = text_generator(
                shape,
                share + codes,
                width=4 * width,
                blocks=1,
                sampling="argmax",  # Soft tokens would tell generated texts from real ones.
                vocabulary=vocabulary,
            )
        network = keras.Model(network.input, network.output, name=f"{name}_generator")
        part = inputs[:, index * share : (index + 1) * share]
        samples[name] = network(layers.Concatenate()([part, inputs[:, noise:]]))
    if isinstance(image_shape, Mapping):
        if PRESENT in image_shape:
            samples[PRESENT] = ops.ones_like(inputs[:, : len(shapes)], dtype="float32")
        return keras.Model(inputs, samples, name="multimodal_generator")
    images = list(samples.values())
    concatenate = layers.Concatenate(dtype="float32", name="images")
    outputs = concatenate(images) if images[1:] else images[0]
    return keras.Model(inputs, outputs, name="multimodal_generator")


@network_builder
def multimodal_discriminator(
    image_shape: Sequence[int] | Mapping[str, Sequence[int]],
    codes: Product,
    *,
    modalities: Mapping[str, int] | None = None,
    posterior: str = "product",
    width: int = 64,
    features: int = 1024,
    hidden: int = 256,
    encoder: str = "shared",
) -> keras.Model:
    """Builds a discriminator with a posterior of the codes for each modality and for all.

    Each modality has a trunk of its own with features f_m, `infogan_trunk` for images and
    `text_trunk` for texts. The logit is

        l(x) = l_1...M(f_1, ..., f_M) + l_1(f_1) + ... + l_M(f_M)

    like the logarithm of a density ratio: the ratios of the modalities, and that of their
    dependence, a head on all features. `codes_<modality>` are the parameters of Q_m(c|x_m), a
    function of that modality only; `codes` are the parameters of the joint posterior, by

        product     the product of experts
        mixture     softmax weights of scores s_m(f_m), each a function of its modality only
        attention   softmax weights of q . k_m / sqrt(d), with keys k_m of f_m and a query q of the
                    features of all modalities, so that a weight depends on what the others show

    Where the part `present` of a sample is 0, the modality is missing: it is replaced by a constant
    before its trunk, its features and its logit are 0, its posterior is the prior, and the joint
    posterior is that of the others.

    Args:
        image_shape: As for `multimodal_generator`.
        codes: Codes of the latent, `latent.codes`.
        modalities: Number of channels of each modality by name, in order; for one array.
        posterior: `product`, `mixture` or `attention`; see `layers.PosteriorFusion`.
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
    by Information Maximizing Generative Adversarial Nets"; fusion as `layers.PosteriorFusion`;
    attention of Vaswani et al., 2017, "Attention Is All You Need", one head over modalities;
    masked samples after Li, Jiang and Marlin, 2019, "MisGAN: Learning from Incomplete Data with
    Generative Adversarial Networks". Departures: recognition heads have Glorot's initialisation, so
    that posteriors differ between samples from the start: real pairs give no gradient if all
    posteriors are equal.
    """
    check_choice("encoder", encoder, ENCODERS)
    check_choice("posterior", posterior, POSTERIORS)
    shapes = modality_shapes(image_shape, modalities)
    inputs, parts, present = _inputs(image_shape, shapes)
    trunk_features, encoded_features, parameters, logits, scores = [], [], {}, [], []
    for name, x in parts.items():
        is_there = None if present is None else present[name]
        trunk = encoded = _trunk(shapes[name], f"{name}_trunk", width, features)(x)
        if encoder == "separate":
            encoded = _trunk(shapes[name], f"{name}_encoder", width, features)(x)
        head = recognition_head(
            codes.posterior_params_size,
            features,
            kernel_initializer="glorot_uniform",
            name=f"codes_{name}",
        )
        trunk_features.append(_masked(trunk, is_there))
        encoded_features.append(_masked(encoded, is_there))
        parameters[name] = head(encoded)
        logits.append(_masked(_logit(trunk, f"{name}_logits"), is_there))
        if posterior != "attention":
            scores.append(_logit(encoded, f"{name}_score"))
    if len(parts) > 1:
        joint = layers.Dense(hidden, kernel_initializer=normal_initializer(), name="joint")
        x = layers.LeakyReLU(negative_slope=0.2)(joint(layers.Concatenate()(trunk_features)))
        logits.append(_logit(x, "joint_logits"))
    if posterior == "attention":
        scores = _attention(encoded_features, list(shapes))
    fusion = PosteriorFusion(
        codes, "product" if posterior == "product" else "mixture", name="fusion"
    )
    scores = layers.Concatenate(dtype="float32")(scores) if scores[1:] else scores[0]
    mask = {} if present is None else {"present": inputs[PRESENT]}
    fused, modality_weights = fusion(
        list(parameters.values()), *([] if posterior == "product" else [scores]), **mask
    )
    if present is not None:
        parameters = {
            name: PriorIfMissing(codes, name=f"known_{name}")(q, present[name])
            for name, q in parameters.items()
        }
    outputs = {
        "logits": layers.Add(dtype="float32", name="logits")(logits) if logits[1:] else logits[0],
        "codes": fused,
        "modality_weights": modality_weights,
        **{f"codes_{name}": q for name, q in parameters.items()},
    }
    return keras.Model(inputs, outputs, name="multimodal_discriminator")


def _inputs(
    image_shape: Sequence[int] | Mapping[str, Sequence[int]], shapes: dict[str, tuple[int, ...]]
) -> tuple[
    keras.KerasTensor | dict[str, keras.KerasTensor],
    dict[str, keras.KerasTensor],
    dict[str, keras.KerasTensor] | None,
]:
    """Returns the inputs, each modality, and for each whether it is there, `(batch, 1)`."""
    if not isinstance(image_shape, Mapping):
        inputs = keras.Input(tuple(image_shape), name="images")
        parts, first = {}, 0
        for name, shape in shapes.items():
            parts[name] = inputs[..., first : first + shape[-1]]
            first += shape[-1]
        return inputs, parts, None
    parts = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
    if PRESENT not in image_shape:
        return parts, parts, None
    mask = keras.Input((len(shapes),), name=PRESENT)
    present = {name: mask[:, i : i + 1] for i, name in enumerate(shapes)}
    shown = {}
    for name, x in parts.items():
        is_there = ops.reshape(present[name], (-1, *[1] * len(shapes[name])))
        # Black, as the smallest value of an image is -1; no token, as that of a text is 0.
        least = -1.0 if len(shapes[name]) == 3 else 0.0
        shown[name] = (x - least) * is_there + least
    return {**parts, PRESENT: mask}, shown, present


def _trunk(shape: tuple[int, ...], name: str, width: int, features: int) -> keras.Model:
    if len(shape) == 3:
        return infogan_trunk(shape, name=name, width=width, features=features)
    return text_trunk(shape, name=name, width=4 * width, features=features)


def _masked(x: keras.KerasTensor, is_there: keras.KerasTensor | None) -> keras.KerasTensor:
    return x if is_there is None else x * is_there


def _attention(features: list[keras.KerasTensor], names: list[str]) -> list[keras.KerasTensor]:
    """Returns the score of each modality, `(batch, 1)`: the products of its key and the query."""
    together = layers.Concatenate()(features) if features[1:] else features[0]
    query = layers.Dense(_KEY, dtype="float32", name="query")(together)
    keys = [
        layers.Dense(_KEY, dtype="float32", name=f"{name}_key")(f)
        for name, f in zip(names, features, strict=True)
    ]
    return [ops.sum(query * key, -1, keepdims=True) / math.sqrt(_KEY) for key in keys]


def _logit(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    return layers.Dense(1, kernel_initializer=normal_initializer(), dtype="float32", name=name)(x)
