"""Self-attention over the positions of a feature map."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from tfgan_it.configuration import Configurable
from tfgan_it.layers.spectral import spectral_normalization
from tfgan_it.typing import Shape, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class SelfAttention(Configurable, layers.Layer):
    """y = x + g v(softmax(theta(x) phi(x)') h(x)), g a weight that starts at 0.

    theta and phi are 1x1 convolutions to C / 8 channels, h to C / 2, v back to C; phi and h are
    max-pooled by 2. At g = 0 the layer is the identity, so that attention starts gradually.

    Args:
        spectral_normalization: Whether to normalise the convolutions spectrally.
        **kwargs: As for `keras.layers.Layer`.

    Source: Zhang et al., 2019, "Self-Attention Generative Adversarial Networks", and the authors'
    code.

    Example:

    >>> print(float(ops.sum(SelfAttention()(ops.ones((1, 4, 4, 8))))))
    128.0
    """

    def __init__(self, spectral_normalization: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.spectral_normalization = spectral_normalization

    def build(self, input_shape: Shape) -> None:
        """Creates the convolutions and g."""
        channels = input_shape[-1]
        narrow, half = max(1, channels // 8), max(1, channels // 2)
        self.theta, self.phi = self._convolution(narrow), self._convolution(narrow)
        self.h, self.v = self._convolution(half), self._convolution(channels)
        for convolution in (self.theta, self.phi, self.h):
            convolution.build(input_shape)
        self.v.build((*input_shape[:-1], half))
        self.gain = self.add_weight(name="gain", shape=(), initializer="zeros")
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Adds the attended values to `inputs`, `(batch, height, width, C)`."""
        values = _pooled(self.h(inputs, training=training))
        mixed = ops.matmul(self._attention(inputs, training), _positions(values))
        mixed = ops.reshape(mixed, (-1, *inputs.shape[1:3], mixed.shape[-1]))
        return inputs + self.gain * ops.cast(self.v(mixed, training=training), inputs.dtype)

    def attention_maps(self, inputs: Tensor) -> Tensor:
        """Computes the attention of each position to each pooled one.

        Args:
            inputs: Feature maps, `(batch, height, width, C)`.

        Returns:
            `(batch, height width, height width / 4)`; each row sums to 1.
        """
        return self._attention(inputs, training=False)

    def _attention(self, inputs: Tensor, training: bool) -> Tensor:
        queries = _positions(self.theta(inputs, training=training))
        keys = _positions(_pooled(self.phi(inputs, training=training)))
        return ops.softmax(ops.matmul(queries, ops.transpose(keys, (0, 2, 1))))

    def _convolution(self, filters: int) -> layers.Layer:
        convolution = layers.Conv2D(
            filters, 1, data_format="channels_last", use_bias=False, dtype=self.dtype_policy
        )
        return spectral_normalization(convolution) if self.spectral_normalization else convolution


def _pooled(x: Tensor) -> Tensor:
    return ops.max_pool(x, 2, 2, data_format="channels_last")


def _positions(x: Tensor) -> Tensor:
    """Reshapes `(batch, height, width, channels)` to `(batch, height width, channels)`."""
    height, width, channels = x.shape[1:]
    return ops.reshape(x, (-1, height * width, channels))
