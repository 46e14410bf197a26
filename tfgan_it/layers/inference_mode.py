"""A network in inference mode inside another one."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.configuration import Configurable
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class InferenceMode(Configurable, keras.layers.Layer):
    """Calls a network in inference mode, also while the outer network is in training.

    Its batch normalisation uses the moving statistics and does not update them. Gradients reach its
    inputs and not its weights. For a network that is trained separately, such as an encoder that
    learns from real images and is applied to generated ones.

    Args:
        network: A built Keras model, called with `training=False`.
        **kwargs: As for `keras.layers.Layer`.

    Example:

    >>> network = keras.Sequential([keras.Input((2,)), keras.layers.Dropout(0.9)])
    >>> [float(x) for x in InferenceMode(network)(ops.ones((1, 2)), training=True)[0]]
    [1.0, 1.0]
    """

    def __init__(self, network: keras.Model, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.network = network
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Returns the network's outputs; `training` is ignored."""
        # Values that an outer scope maps, such as averages, apply inside too.
        mapping = [(weight, ops.stop_gradient(weight.value)) for weight in self.network.weights]
        with keras.StatelessScope(state_mapping=mapping):
            return self.network(inputs, training=False)
