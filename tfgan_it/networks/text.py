"""Residual one-dimensional convolutions for sequences of tokens."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.layers import PaddingMask, TokenSampling
from tfgan_it.layers.token_sampling import MODES, WITHOUT_NOISE
from tfgan_it.typing import Tensor

_RESIDUE = 0.3  # Weight of a block beside its shortcut.


def token_noise(sample_shape: Sequence[int], sampling: str) -> int:
    """Returns the number of latent columns that draw the tokens: one for each logit, or none.

    Args:
        sample_shape: (length, size of the vocabulary).
        sampling: Mode of `layers.TokenSampling`.

    Raises:
        ValueError: If the shape is not one of sequences, or the mode is unknown.
    """
    length, size = _checked_shape(sample_shape)
    return 0 if check_choice("sampling", sampling, MODES) in WITHOUT_NOISE else length * size


@network_builder
def text_generator(
    sample_shape: Sequence[int],
    latent_dimension: int,
    *,
    width: int = 512,
    blocks: int = 5,
    sampling: str = "softmax",
    temperature: float = 1.0,
    vocabulary: Vocabulary | None = None,
) -> keras.Model:
    """Builds a generator of tokens `(batch, length, size)`, all of a text at once.

    Args:
        sample_shape: (length, size of the vocabulary).
        latent_dimension: Columns of the latents. Where tokens are drawn by chance, the last
            length * size of them are the normal noise of the draws.
        width: Channels of every block.
        blocks: Number of residual blocks, each of two convolutions of width 5.
        sampling: Mode of `layers.TokenSampling`, the last layer. The outputs of `one_hot` are
            `samples` and `token_logits`, of which `regularizers.TokenScore` makes a gradient.
        temperature: Temperature of that layer.
        vocabulary: The characters; its size must be that of the shape.

    Raises:
        ValueError: If the shape is not one of sequences, does not fit the vocabulary, or there are
            too few latents.

    Source: Gulrajani et al., 2017, "Improved Training of Wasserstein GANs", appendix C, and the
    authors' code. Departures: sampling other than `softmax`.
    """
    length, size = _checked_shape(sample_shape)
    if vocabulary is not None and vocabulary.size != size:
        raise ValueError(
            f"text_generator: the vocabulary has {vocabulary.size} tokens, sample_shape {size}."
        )
    noise = token_noise(sample_shape, sampling)
    if latent_dimension <= noise:
        raise ValueError(
            f"text_generator: sampling={sampling} needs more than {noise} latents, one for each "
            f"logit, got {latent_dimension}."
        )
    inputs = keras.Input((latent_dimension,), name="latents")
    x = layers.Dense(length * width)(inputs[:, : latent_dimension - noise] if noise else inputs)
    x = layers.Reshape((length, width))(x)
    for _ in range(blocks):
        x = _block(x, width)
    logits = layers.Conv1D(size, 1, dtype="float32", name="token_logits")(x)
    tokens = TokenSampling(sampling, temperature, vocabulary, dtype="float32", name="samples")
    if not noise:
        return keras.Model(inputs, tokens(logits), name="text_generator")
    samples = tokens([logits, layers.Reshape((length, size))(inputs[:, -noise:])])
    outputs = {"samples": samples, "token_logits": logits} if sampling == "one_hot" else samples
    return keras.Model(inputs, outputs, name="text_generator")


@network_builder
def text_discriminator(
    sample_shape: Sequence[int],
    *,
    width: int = 512,
    blocks: int = 5,
    masked: bool = True,
    per_token: bool = False,
) -> keras.Model:
    """Builds a discriminator of tokens to logits `(batch, 1)`, or one for each token.

    Its first convolution, of width 1, is the embedding of the tokens.

    Args:
        sample_shape: (length, size of the vocabulary), token 0 the padding.
        width: Channels of every block.
        blocks: As for `text_generator`.
        masked: Whether tokens behind the first padding are masked, see `layers.PaddingMask`.
        per_token: Whether each token has a logit, `(batch, length, 1)`. Masked ones are 0, and the
            others are scaled so that the mean over all is that of the tokens that are not masked.

    Raises:
        ValueError: If the shape is not one of sequences.

    Source: as for `text_generator`. Departures: the mask; `per_token`.
    """
    length, size = _checked_shape(sample_shape)
    inputs = keras.Input((length, size), name="samples")
    mask = PaddingMask()(inputs) if masked else None
    x = layers.Conv1D(width, 1)(inputs if mask is None else layers.Multiply()([inputs, mask]))
    for _ in range(blocks):
        x = _block(x, width)
    if not per_token:
        logits = layers.Dense(1, dtype="float32")(layers.Flatten()(x))
        return keras.Model(inputs, logits, name="text_discriminator")
    logits = layers.Conv1D(1, 1, dtype="float32")(x)
    if mask is not None:
        logits = logits * mask * length / ops.sum(mask, axis=1, keepdims=True)
    return keras.Model(inputs, logits, name="text_discriminator")


@network_builder
def text_trunk(
    sample_shape: Sequence[int],
    *,
    width: int = 64,
    blocks: int = 1,
    features: int = 256,
    pooled: bool = False,
    name: str = "text_trunk",
) -> keras.Model:
    """Builds a trunk from tokens `(batch, length, size)` to features `(batch, features)`.

    The embedding and the blocks of `text_discriminator`, one dense layer and a leaky ReLU.

    Args:
        sample_shape: (length, size of the vocabulary).
        width: Channels of every block.
        blocks: As for `text_generator`.
        features: Number of features.
        pooled: Whether the largest value of each channel over the characters, without the padding,
            makes the features, so that they do not depend on where a word is.
        name: Name of the network.

    Raises:
        ValueError: If the shape is not one of sequences.

    Source: as for `text_generator`. Departures: the dense layer.
    """
    length, size = _checked_shape(sample_shape)
    inputs = keras.Input((length, size), name="samples")
    x = layers.Conv1D(width, 1)(inputs)
    for _ in range(blocks):
        x = _block(x, width)
    if pooled:
        x = layers.Multiply()([layers.ReLU()(x), PaddingMask()(inputs)])
        x = layers.GlobalMaxPooling1D()(x)
    else:
        x = layers.Flatten()(x)
    x = layers.Dense(features)(x)
    return keras.Model(inputs, layers.LeakyReLU(negative_slope=0.2)(x), name=name)


def _block(x: Tensor, width: int) -> Tensor:
    initializer = keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform")
    y = x
    for _ in range(2):
        y = layers.ReLU()(y)
        y = layers.Conv1D(width, 5, padding="same", kernel_initializer=initializer)(y)
    return layers.Add()([x, layers.Rescaling(_RESIDUE)(y)])


def _checked_shape(sample_shape: Sequence[int]) -> tuple[int, int]:
    if len(sample_shape) != 2 or sample_shape[1] < 2:
        raise ValueError(
            "Texts must have a shape (length, size of the vocabulary), the size at least 2, got "
            f"{tuple(sample_shape)}."
        )
    length, size = sample_shape
    return length, size
