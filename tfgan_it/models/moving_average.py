"""Moving average of a network's weights."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_in_range
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Nest, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class MovingAverage(Configurable, keras.layers.Layer):
    """Exponential moving average of a network's variables, with a ramp-up.

        average <- d average + (1 - d) value,   d = min(decay, (1 + t) / (10 + t))

    after update t = 0, 1, .... The ramp-up removes the influence of the initial weights.
    Batch-normalisation statistics are averaged like weights. The network is not changed: `apply`
    calls it with the averages in place of its variables.

    Args:
        decay: Largest decay of the average, in [0, 1).

    Source: Yazici et al., 2018, "The Unusual Effectiveness of Averaging in GAN Training"; the
    ramp-up is that of TensorFlow's `ExponentialMovingAverage`.
    """

    def __init__(self, decay: float = 0.999, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_in_range(self, "decay", decay, 0, 1, "[)")
        self.decay = decay

    def build_for(self, network: keras.Model) -> None:
        """Creates an average of each variable of the network, equal to its current value."""
        # only_first_replica: every replica computes the same average of mirrored weights.
        self.averages = [
            self.add_weight(
                shape=variable.shape,
                initializer="zeros",
                dtype=variable.dtype,
                trainable=False,
                aggregation="only_first_replica",
                name=variable.name,
            )
            for variable in _variables(network)
        ]
        for average, variable in zip(self.averages, _variables(network), strict=True):
            average.assign(variable)
        self.built = True

    def update(self, network: keras.Model, step: Tensor) -> None:
        """Moves the averages towards the network's variables after update `step`."""
        step = ops.cast(step, "float32")
        decay = ops.minimum(self.decay, (1.0 + step) / (10.0 + step))
        for average, variable in zip(self.averages, _variables(network), strict=True):
            average.assign(variable + ops.cast(decay, average.dtype) * (average - variable))

    def apply(self, network: keras.Model, inputs: Nest) -> Nest:
        """Returns `network(inputs, training=False)` with the averaged variables."""
        pairs = zip(_variables(network), self.averages, strict=True)
        mapping = [(variable, average.value) for variable, average in pairs]
        with keras.StatelessScope(state_mapping=mapping):
            return network(inputs, training=False)


def _variables(network: keras.Model) -> list[keras.Variable]:
    return network.weights  # Freezing a layer does not change their order.
