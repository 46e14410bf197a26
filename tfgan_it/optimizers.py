"""Optimisers by name, and Adam as one fused operation."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from tfgan_it.identifiers import resolve
from tfgan_it.keras_private import adam_moments
from tfgan_it.keywords import CheckedKeywords


@keras.saving.register_keras_serializable(package="tfgan_it")
class Adam(CheckedKeywords, keras.optimizers.Adam):
    """Keras's Adam with one operation for each variable.

        m <- m + (1 - beta_1) (g - m),   v <- v + (1 - beta_2) (g^2 - v),
        w <- w - learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    Keras uses ten operations, each of which reads and writes all weights: on a CPU an eighth of an
    InfoGAN step. Arguments, state and numbers, up to the last digit, are those of
    `keras.optimizers.Adam`, which also handles `amsgrad` and sparse gradients.

    Source: Kingma and Ba, 2015, "Adam: A Method for Stochastic Optimization", with the epsilon of
    the efficient form at the end of their section 2.

    Example:

    >>> weight = keras.Variable([1.0])
    >>> Adam(0.1).apply([ops.convert_to_tensor([2.0])], [weight])
    >>> round(float(weight[0]), 4)
    0.9
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Updates one variable."""
        if self.amsgrad or isinstance(gradient, tf.IndexedSlices):
            super().update_step(gradient, variable, learning_rate)
            return
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        mean, square = adam_moments(self, variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=mean.value.handle,
            v=square.value.handle,
            beta1_power=ops.power(ops.cast(self.beta_1, dtype), step),
            beta2_power=ops.power(ops.cast(self.beta_2, dtype), step),
            lr=ops.cast(learning_rate, dtype),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=ops.cast(gradient, dtype),
        )


# Every optimiser of Keras by name; `adam` is the fused one.
OPTIMIZERS: dict[str, type[keras.optimizers.Optimizer]] = {
    **{
        name.lower(): kind
        for name, kind in sorted(vars(keras.optimizers).items())
        if inspect.isclass(kind)
        and issubclass(kind, keras.optimizers.Optimizer)
        and kind is not keras.optimizers.Optimizer
        and kind.__name__ not in ("LossScaleOptimizer", "MultiOptimizer")  # They hold others.
    },
    "adam": Adam,
}


def get(identifier: Any) -> keras.optimizers.Optimizer:
    """Returns a Keras optimiser.

    Args:
        identifier: An optimiser, returned as it is; its class or name, with defaults; or its
            configuration.

    Raises:
        ValueError: If it is anything else; the message gives the nearest name.

    Example:

    >>> type(get("RMSprop")).__name__
    'RMSprop'
    """
    if isinstance(identifier, Mapping) and "module" not in identifier:
        # A configuration of class and arguments alone, as `keras.optimizers.get` takes it.
        name, config = identifier.get("class_name"), identifier.get("config") or {}
        if kind := OPTIMIZERS.get(str(name).lower()):
            identifier = {**keras.saving.serialize_keras_object(kind()), "config": config}
    return resolve("optimizer", identifier, keras.optimizers.Optimizer, OPTIMIZERS)
