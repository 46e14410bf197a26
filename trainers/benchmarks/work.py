"""Floating-point operations of a train step, by formula, and the speed of the machine."""

from __future__ import annotations

import math
import time

import keras
import tensorflow as tf
from keras import layers

from tfgan_it.models import GAN
from tfgan_it.regularizers import R1, R2, GradientPenalty


def products(network: keras.Model) -> list[int]:
    """Counts the multiplications of one sample in each dense and convolutional layer, in order.

    A dense layer has units x inputs; a convolution the size of its kernel for each position of the
    output or, if it is transposed, of the input.

    Example:

    >>> products(keras.Sequential([keras.Input((3,)), layers.Dense(5)]))
    [15]
    """
    counts = []
    for layer in network.layers:
        layer = layer.layer if isinstance(layer, layers.Wrapper) else layer
        if isinstance(layer, keras.Model):
            counts += products(layer)
            continue
        if isinstance(layer, layers.Conv2DTranspose):
            positions = math.prod(layer.input.shape[1:3])
        elif isinstance(layer, layers.Conv2D):
            positions = math.prod(layer.output.shape[1:3])
        elif isinstance(layer, layers.Dense):
            positions = math.prod(layer.output.shape[1:-1])
        else:
            continue
        counts.append(positions * math.prod(layer.kernel.shape))
    return counts


def step_work(model: GAN, batch_size: int) -> int:
    """Counts the floating-point operations that one train step needs at least.

    Let F and f be the products of the discriminator and of its first layer for one sample, and G
    and g those of the generator. With two operations per product and n discriminator updates:

        discriminator's update   2 (3 F - f) + G, and
                                 3 F for each gradient penalty (F forward, 2 F backward),
                                 F more if it is evaluated at other points
        generator's update       2 F + 3 G - g - G (its images are those of the last update),
                                 and F if its loss uses real images

    A gradient costs as much as its layer for the weights and again for the inputs. The gradient of
    the first layer's inputs is only needed by gradient penalties and the generator's update.
    Normalisations, activations, losses and optimisers are not counted.

    Raises:
        ValueError: If a regulariser is not counted.
    """
    first, total = products(model.discriminator)[0], sum(products(model.discriminator))
    first_of_generator, generator = products(model.generator)[0], sum(products(model.generator))
    update = 2 * (3 * total - first) + generator
    for regularizer in model.discriminator_regularizers:
        if isinstance(regularizer, (R1, R2)):
            update += 3 * total
        elif isinstance(regularizer, GradientPenalty):
            update += 4 * total
        else:
            raise ValueError(f"The work of {type(regularizer).__name__} is not counted.")
    last = 2 * total + 3 * generator - first_of_generator - generator
    if model.adversarial_loss.generator_needs_real:
        last += total
    return 2 * batch_size * (model.discriminator_steps * update + last)


class ProductRate:
    """Speed of the machine's products of square matrices, in operations per second.

    Args:
        dtype: `float32` or `bfloat16`.
        size: Number of rows and columns of the matrices.
    """

    def __init__(self, dtype: str = "float32", size: int = 2048) -> None:
        self.size = size
        matrix = tf.cast(tf.random.stateless_normal((size, size), (0, 0)), dtype)
        self._product = tf.function(lambda: tf.linalg.matmul(matrix, matrix))
        self._product()

    def measure(self, seconds: float = 1.0) -> float:
        """Measures the operations per second, over about `seconds`."""
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            self._product().numpy()
            done += 1
        return 2 * self.size**3 * done / (time.perf_counter() - began)
