"""Tokens from logits, and the mask of their padding."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_choice, check_integer, check_type
from tfgan_it.configuration import Configurable
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.typing import Nest, Shape, Tensor

MODES = ("softmax", "argmax", "gumbel", "straight_through", "one_hot")
WITHOUT_NOISE = ("softmax", "argmax")  # Modes without chance.
_LEAST = 1e-6  # Of the uniform numbers, whose logarithms must be finite in float32.


@keras.saving.register_keras_serializable(package="tfgan_it")
class TokenSampling(Configurable, keras.layers.Layer):
    """Tokens of a sequence, `(batch, length, size)`, from their logits l, by softmax or by chance.

    With Gumbel noise g and the temperature t, the token is, by `mode`:

        softmax:           softmax(l / t), soft and without chance
        argmax:            one_hot(argmax(l)), without chance, with the gradient of softmax(l / t)
        gumbel:            y = softmax((l + g) / t), soft; the Gumbel-softmax distribution
        straight_through:  one_hot(argmax(l + g)), a draw from softmax(l), with the gradient of y
        one_hot:           the same draw, without a gradient, for `regularizers.TokenScore`

    The three modes by chance take the pair `[logits, noise]`: noise z ~ N(0, 1) in the shape of the
    logits, g = -ln(-ln P(z)) with the normal distribution function P. It is a part of the latents:
    a latent then gives one text, in training, in inference mode and exported alike.

    Args:
        mode: One of those.
        temperature: The temperature t, above 0. As it falls to 0, soft tokens become one-hot.
        vocabulary: What the tokens mean, for those who read samples; None if nobody does.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the mode is unknown or the temperature is not above 0.

    Source: Jang, Gu and Poole, 2017, "Categorical Reparameterization with Gumbel-Softmax"; the
    gradient of `argmax` is the straight-through estimator of Bengio, Leonard and Courville, 2013,
    "Estimating or Propagating Gradients Through Stochastic Neurons for Conditional Computation".
    Departures: the noise is an input.

    Example:

    >>> logits = ops.log(ops.convert_to_tensor([[[0.75, 0.25]]]))
    >>> print(TokenSampling(temperature=0.5)(logits).numpy().round(4))
    [[[0.9 0.1]]]
    """

    def __init__(
        self,
        mode: str = "softmax",
        temperature: float = 1.0,
        vocabulary: Vocabulary | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.mode = check_choice("mode", mode, MODES)
        self.temperature = check_above(self, "temperature", temperature, 0)
        if vocabulary is not None:
            check_type(self, "vocabulary", vocabulary, [Vocabulary])
        self.vocabulary = vocabulary

    def call(self, inputs: Nest) -> Tensor:
        """Computes the tokens of logits, or of `[logits, noise]`."""
        if self.mode in WITHOUT_NOISE:
            soft = ops.softmax(inputs / self.temperature, axis=-1)
            return soft if self.mode == "softmax" else _straight_through(inputs, soft)
        logits, noise = inputs
        uniform = ops.clip((1 + ops.erf(noise / math.sqrt(2))) / 2, _LEAST, 1 - _LEAST)
        perturbed = logits - ops.log(-ops.log(uniform))
        soft = ops.softmax(perturbed / self.temperature, axis=-1)
        if self.mode == "gumbel":
            return soft
        tokens = _straight_through(perturbed, soft)
        return ops.stop_gradient(tokens) if self.mode == "one_hot" else tokens

    def compute_output_shape(self, input_shape: Nest) -> Shape:
        """Returns the shape of the logits."""
        return tuple(input_shape if self.mode in WITHOUT_NOISE else input_shape[0])


def _straight_through(scores: Tensor, soft: Tensor) -> Tensor:
    """Returns one-hot tokens of the largest scores, exactly, with the gradient of the soft ones."""
    # Not argmax, which neither ONNX nor LiteRT can hold; the first of equal scores is chosen.
    largest = ops.cast(scores >= ops.max(scores, axis=-1, keepdims=True), soft.dtype)
    hard = largest * ops.cast(ops.cumsum(largest, axis=-1) < 1.5, soft.dtype)
    return hard + (soft - ops.stop_gradient(soft))


@keras.saving.register_keras_serializable(package="tfgan_it")
class PaddingMask(Configurable, keras.layers.Layer):
    """1 up to and with the first padding of a text, 0 behind it, `(batch, length, 1)`.

    For soft tokens with probabilities p_s of the padding, it is max(0, 1 - sum_{s < t} p_s): a
    lower bound of the probability that no padding precedes t, exact for one-hot tokens.

    Args:
        padding: Column of the padding.
        **kwargs: As for `keras.layers.Layer`.

    Example:

    >>> tokens = ops.one_hot([[1, 2, 0, 1]], 3)
    >>> print(PaddingMask()(tokens)[0, :, 0].numpy())
    [1. 1. 1. 0.]
    """

    def __init__(self, padding: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.padding = check_integer(self, "padding", padding, 0)

    def call(self, inputs: Tensor) -> Tensor:
        """Computes the mask of tokens `(batch, length, size)`."""
        padding = inputs[..., self.padding : self.padding + 1]
        return ops.relu(1 - (ops.cumsum(padding, axis=1) - padding))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns `(batch, length, 1)`."""
        return (*input_shape[:-1], 1)
