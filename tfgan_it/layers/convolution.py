"""Convolutions of images whose kernel's gradient is a convolution itself, where that is faster."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.keywords import CheckedKeywords
from tfgan_it.typing import Tensor

# Where oneDNN's own gradient was the slower one: small maps, with as many channels as a vector.
_LARGEST_MAP, _FEWEST_CHANNELS = 8, 32


@dataclasses.dataclass(frozen=True)
class SameConvolution:
    """A convolution y = k * x of images with `same` padding, and both of its gradients.

    The three are the derivatives of one trilinear form <y', k * x>, so that the gradients of each
    are the other two, in every order. The kernel's gradient is computed as a convolution too, whose
    samples are the channels of x, whose channels are the samples, whose kernel is y' and whose
    dilation is the stride.

    Args:
        image_size: Height and width of x.
        kernel_size: Height and width of k, none below the stride.
        strides: Vertical and horizontal stride.

    Example:

    >>> convolution = SameConvolution((2, 2), (2, 2), (2, 2))
    >>> x, y = ops.ones((3, 2, 2, 1)), ops.ones((3, 1, 1, 1))
    >>> ops.squeeze(convolution.kernels(x, y)).numpy().tolist()
    [[3.0, 3.0], [3.0, 3.0]]
    """

    image_size: tuple[int, int]
    kernel_size: tuple[int, int]
    strides: tuple[int, int]

    def outputs(self, images: Tensor, kernels: Tensor) -> Tensor:
        """Computes y from x `(batch, height, width, a)` and k `(rows, columns, a, b)`."""

        @tf.custom_gradient
        def differentiable(x: Tensor, k: Tensor) -> Any:
            y = tf.nn.conv2d(x, k, self.strides, "SAME")
            return y, lambda dy: (self.images(dy, k), self.kernels(x, dy))

        return differentiable(images, kernels)

    def images(self, outputs: Tensor, kernels: Tensor) -> Tensor:
        """Computes the gradient of x from that of y: the transposed convolution."""

        @tf.custom_gradient
        def differentiable(y: Tensor, k: Tensor) -> Any:
            shape = (ops.shape(y)[0], *self.image_size, k.shape[2])
            x = tf.nn.conv2d_transpose(y, k, shape, self.strides, "SAME")
            return x, lambda dx: (self.outputs(dx, k), self.kernels(dx, y))

        return differentiable(outputs, kernels)

    def kernels(self, images: Tensor, outputs: Tensor) -> Tensor:
        """Computes the gradient of k from x and the gradient of y."""

        @tf.custom_gradient
        def differentiable(x: Tensor, y: Tensor) -> Any:
            k = tf.nn.conv2d(
                ops.transpose(x, (3, 1, 2, 0)),
                ops.transpose(y, (1, 2, 0, 3)),
                1,
                [[0, 0], *map(self._padding, (0, 1)), [0, 0]],
                dilations=self.strides,
            )
            return ops.transpose(k, (1, 2, 0, 3)), lambda dk: (
                self.images(y, dk),
                self.outputs(x, dk),
            )

        return differentiable(images, outputs)

    def _padding(self, axis: int) -> list[int]:
        size, stride = self.image_size[axis], self.strides[axis]
        total = (-(-size // stride) - 1) * stride + self.kernel_size[axis] - size
        return [total // 2, total - total // 2]


@keras.saving.register_keras_serializable(package="tfgan_it")
class Conv2D(CheckedKeywords, keras.layers.Conv2D):
    """Keras's convolution; in bfloat16 training on processors, small maps have a faster gradient.

    Arguments, weights and outputs are those of `keras.layers.Conv2D`. Where the map of outputs has
    at most 8 rows and columns, and inputs and outputs at least 32 channels, the kernel's gradient
    is computed as a convolution, which there takes a fifth to nine tenths of the time; it is the
    same up to rounding. All other cases, float32, graphics cards and inference among them, are
    Keras's. A batch without samples has no such gradient and is refused by TensorFlow; compiled by
    XLA it is neither faster nor slower.

    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning".

    Example:

    >>> layer = Conv2D(64, 4, strides=2, padding="same", use_bias=False)
    >>> layer(ops.ones((2, 8, 8, 32))).shape
    TensorShape([2, 4, 4, 64])
    """

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Convolves `(batch, height, width, channels)`."""
        size, channels = inputs.shape[1:-1], inputs.shape[-1]
        faster = _of_small_maps(self, size, channels) if training is True else None
        if faster is None:
            return super().call(inputs)
        return _finished(self, faster.outputs(inputs, tf.convert_to_tensor(self.kernel)))


@keras.saving.register_keras_serializable(package="tfgan_it")
class Conv2DTranspose(CheckedKeywords, keras.layers.Conv2DTranspose):
    """Keras's transposed convolution, with the gradient of `layers.Conv2D` on small maps.

    Arguments, weights and outputs are those of `keras.layers.Conv2DTranspose`. What is said of the
    outputs of `layers.Conv2D` holds for the inputs.

    Source: Dumoulin and Visin, 2016, "A guide to convolution arithmetic for deep learning".

    Example:

    >>> layer = Conv2DTranspose(32, 4, strides=2, padding="same", use_bias=False)
    >>> layer(ops.ones((2, 4, 4, 64))).shape
    TensorShape([2, 8, 8, 32])
    """

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Convolves `(batch, height, width, channels)`; maps become larger by the strides."""
        size = [
            n and n * stride for n, stride in zip(inputs.shape[1:-1], self.strides, strict=True)
        ]
        small = training is True and self.output_padding is None
        faster = _of_small_maps(self, size, inputs.shape[-1]) if small else None
        if faster is None:
            return super().call(inputs)
        return _finished(self, faster.images(inputs, tf.convert_to_tensor(self.kernel)))


def _of_small_maps(
    layer: Conv2D | Conv2DTranspose, image_size: Sequence[int | None], channels: int | None
) -> SameConvolution | None:
    """Returns the convolution of a layer if its kernel's gradient is faster as a convolution."""
    usual = (layer.padding, layer.data_format) == ("same", "channels_last")
    usual = usual and getattr(layer, "groups", 1) == 1 and set(layer.dilation_rate) == {1}
    usual = usual and min(layer.filters, channels or 0) >= _FEWEST_CHANNELS
    if not usual or layer.compute_dtype != "bfloat16":
        return None
    known = height, width = (image_size[0] or 0, image_size[1] or 0)
    for size, kernel, stride in zip(known, layer.kernel_size, layer.strides, strict=True):
        if not 0 < size <= _LARGEST_MAP * stride or kernel < max(2, stride):
            return None
    if any(device.device_type != "CPU" for device in tf.config.list_logical_devices()):
        return None
    return SameConvolution((height, width), layer.kernel_size, layer.strides)


def _finished(layer: Conv2D | Conv2DTranspose, outputs: Tensor) -> Tensor:
    """Adds the bias and applies the activation, as Keras's layers do."""
    if layer.use_bias:
        outputs = ops.add(outputs, layer.bias)
    return outputs if layer.activation is None else layer.activation(outputs)
