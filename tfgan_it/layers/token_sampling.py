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

MODES = ("softmax", "gumbel", "straight_through", "one_hot")
_LEAST = 1e-6  # Of the uniform numbers, whose logarithms must be finite in float32.


@keras.saving.register_keras_serializable(package="tfgan_it")
class TokenSampling(Configurable, keras.layers.Layer):
    """Tokens of a sequence, `(batch, length, size)`, from their logits l, by softmax or by chance.

    With Gumbel noise g and the temperature t, the token is, by `mode`:

        softmax:           softmax(l / t), soft and without chance
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

    Source: Jang, Gu and Poole, 2017, "Categorical Reparameterization with Gumbel-Softmax".
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
        if self.mode == "softmax":
            return ops.softmax(inputs / self.temperature, axis=-1)
        logits, noise = inputs
        uniform = ops.clip((1 + ops.erf(noise / math.sqrt(2))) / 2, _LEAST, 1 - _LEAST)
        perturbed = logits - ops.log(-ops.log(uniform))
        soft = ops.softmax(perturbed / self.temperature, axis=-1)
        if self.mode == "gumbel":
            return soft
        size = perturbed.shape[-1]
        hard = ops.one_hot(ops.argmax(perturbed, axis=-1), size, dtype=soft.dtype)
        if self.mode == "one_hot":
            return ops.stop_gradient(hard)
        return hard + (soft - ops.stop_gradient(soft))  # Exactly one-hot.

    def compute_output_shape(self, input_shape: Nest) -> Shape:
        """Returns the shape of the logits."""
        return tuple(input_shape if self.mode == "softmax" else input_shape[0])


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
