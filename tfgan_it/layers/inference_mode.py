"""A network that is asked inside another one, and learns nothing from it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.configuration import Configurable
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class InferenceMode(Configurable, keras.layers.Layer):
    """Calls a network as it is used after training, also while what it is part of is in training.

    Its batch normalisation uses the statistics that it has and does not move them; its weights get
    no gradient from here, its inputs do. For a network that learns by calls of its own, such as an
    encoder that learns from real images and is asked about generated ones.

    Args:
        network: Built; called with `training=False`.
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
        """The network's outputs; `training` does not matter."""
        # Values that hold outside, such as averages, hold inside.
        held = [(weight, ops.stop_gradient(weight.value)) for weight in self.network.weights]
        with keras.StatelessScope(state_mapping=held):
            return self.network(inputs, training=False)
