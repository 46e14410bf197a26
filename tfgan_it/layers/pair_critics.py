"""Critics of pairs: layers that score each x of a batch against each y."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_choice, check_integer, check_sizes
from tfgan_it.configuration import Configurable
from tfgan_it.distribution import all_gather
from tfgan_it.typing import Shape, Tensor


class PairCritic(Configurable, keras.layers.Layer):
    """`critic(x, y)` is S_ij = f(x_i, y_j), float32 `(rows, columns)`, for an InformationBound.

    The rows are this replica's x, the columns the y of all replicas, one after the other; square on
    one device. x and y are flattened to `(rows, features)` after their networks, if any. Scores are
    float32 under every dtype policy.

    Args:
        x_network: A Keras model that is applied to x first, such as a convolutional one.
        y_network: A Keras model that is applied to y first.
        **kwargs: As for `keras.layers.Layer`.

    Attributes:
        conditional: Whether scores are ln q(y_j|x_i).
    """

    conditional = False

    def __init__(
        self,
        x_network: keras.Model | None = None,
        y_network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.x_network, self.y_network = x_network, y_network

    def build(self, x_shape: Shape, y_shape: Shape) -> None:
        """Creates the weights for inputs of these shapes."""
        self.build_for(
            _features_after(self.x_network, x_shape), _features_after(self.y_network, y_shape)
        )

    def build_for(self, x_features: int, y_features: int) -> None:
        """Creates the weights for flat inputs of these widths."""
        raise NotImplementedError

    def call(self, x: Tensor, y: Tensor, training: bool | None = None) -> Tensor:
        """Computes the scores of all pairs, float32 `(rows, columns)`.

        Args:
            x: Samples of x, `(rows, ...)`.
            y: Samples of y, `(rows, ...)`.
            training: Whether the networks are in training mode.
        """
        x = self._embedded(self.x_network, x, training)
        y = self._embedded(self.y_network, y, training)
        return self.scores(x, y)

    def scores(self, x: Tensor, y: Tensor) -> Tensor:
        """Computes all scores from flat inputs of this replica, float32 `(rows, columns)`."""
        raise NotImplementedError

    def _embedded(
        self, network: keras.Model | None, inputs: Tensor, training: bool | None
    ) -> Tensor:
        if network is not None:
            inputs = network(inputs, training=training)
        return flattened(ops.cast(inputs, self.compute_dtype))

    def _perceptron(
        self,
        hidden: Sequence[int],
        activation: str | Callable[[Tensor], Tensor],
        outputs: int,
        name: str,
    ) -> Tensor:
        # With the critic's dtype policy, so that a mixed one applies to the kernels.
        layers = [
            *(keras.layers.Dense(n, activation, dtype=self.dtype_policy) for n in hidden),
            keras.layers.Dense(outputs, dtype=self.dtype_policy),
        ]
        return keras.Sequential(layers, name=name)


class PerceptronCritic(PairCritic):
    """A critic made of perceptrons.

    Args:
        hidden: Numbers of units of the hidden layers.
        activation: Activation of the hidden layers.
        x_network: As for `PairCritic`.
        y_network: As for `PairCritic`.
        **kwargs: As for `keras.layers.Layer`.
    """

    def __init__(
        self,
        hidden: Sequence[int] = (256, 256),
        activation: str | Callable[[Tensor], Tensor] = "relu",
        x_network: keras.Model | None = None,
        y_network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(x_network, y_network, **kwargs)
        self.hidden = check_sizes(self, "hidden", hidden, layers=True)
        self.activation = keras.activations.get(activation)


@keras.saving.register_keras_serializable(package="tfgan_it")
class SeparableCritic(PerceptronCritic):
    """S_ij = g(x_i)' h(y_j), with g and h perceptrons: B passes for B^2 scores.

    Args:
        hidden: Numbers of units of the hidden layers of g and of h.
        dimension: Number of outputs of g and h.
        activation: Activation of the hidden layers.
        x_network: As for `PairCritic`.
        y_network: As for `PairCritic`.
        **kwargs: As for `keras.layers.Layer`.

    Source: the separable critic of Poole et al., 2019, "On Variational Bounds of Mutual
    Information".

    Example:

    >>> critic = SeparableCritic(hidden=(8,), dimension=4)
    >>> critic(ops.ones((5, 2)), ops.ones((5, 3))).shape.as_list()
    [5, 5]
    """

    def __init__(
        self,
        hidden: Sequence[int] = (256, 256),
        dimension: int = 32,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        x_network: keras.Model | None = None,
        y_network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(hidden, activation, x_network, y_network, **kwargs)
        self.dimension = check_integer(self, "dimension", dimension, 1)

    def build_for(self, x_features: int, y_features: int) -> None:
        """Creates the weights for flat inputs of these widths."""
        # Not in the constructor, as layers draw the seeds of their weights when they are created.
        self.g = self._perceptron(self.hidden, self.activation, self.dimension, "g")
        self.h = self._perceptron(self.hidden, self.activation, self.dimension, "h")
        self.g.build((None, x_features))
        self.h.build((None, y_features))

    def scores(self, x: Tensor, y: Tensor) -> Tensor:
        """Computes g(x_i)' h(y_j), float32 `(rows, columns)`."""
        g, h = ops.cast(self.g(x), "float32"), ops.cast(self.h(y), "float32")
        return ops.matmul(g, ops.transpose(all_gather(h)))


@keras.saving.register_keras_serializable(package="tfgan_it")
class ConcatenatedCritic(PerceptronCritic):
    """S_ij = f([x_i, y_j]), with f a perceptron: B^2 passes, and any interaction of x and y.

    Args:
        hidden: Numbers of units of the hidden layers.
        activation: Activation of the hidden layers.
        x_network: As for `PairCritic`.
        y_network: As for `PairCritic`.
        **kwargs: As for `keras.layers.Layer`.

    Source: the joint critic of Belghazi et al., 2018, "Mutual Information Neural Estimation".

    Example:

    >>> critic = ConcatenatedCritic(hidden=(8,))
    >>> critic(ops.ones((5, 2)), ops.ones((5, 3))).shape.as_list()
    [5, 5]
    """

    def __init__(
        self,
        hidden: Sequence[int] = (256, 256),
        activation: str | Callable[[Tensor], Tensor] = "relu",
        x_network: keras.Model | None = None,
        y_network: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(hidden, activation, x_network, y_network, **kwargs)

    def build_for(self, x_features: int, y_features: int) -> None:
        """Creates the weights for flat inputs of these widths."""
        self.f = self._perceptron(self.hidden, self.activation, 1, "f")
        self.f.build((None, x_features + y_features))

    def scores(self, x: Tensor, y: Tensor) -> Tensor:
        """Computes f([x_i, y_j]), float32 `(rows, columns)`."""
        y = all_gather(y)
        rows, columns = ops.shape(x)[0], ops.shape(y)[0]
        x = ops.repeat(x, columns, axis=0)
        y = ops.tile(y, (rows, 1))
        scores = self.f(ops.concatenate([x, y], axis=-1))
        return ops.cast(ops.reshape(scores, (rows, columns)), "float32")


@keras.saving.register_keras_serializable(package="tfgan_it")
class BilinearCritic(PairCritic):
    """S_ij = x_i' W y_j, with W learned: for features, or with networks.

    Args:
        x_network: As for `PairCritic`.
        y_network: As for `PairCritic`.
        **kwargs: As for `keras.layers.Layer`.

    Source: van den Oord et al., 2018, "Representation Learning with Contrastive Predictive Coding".

    Example:

    >>> critic = BilinearCritic()
    >>> critic(ops.ones((5, 2)), ops.ones((5, 3))).shape.as_list()
    [5, 5]
    """

    def build_for(self, x_features: int, y_features: int) -> None:
        """Creates W."""
        self.kernel = self.add_weight(
            name="kernel", shape=(x_features, y_features), initializer="glorot_uniform"
        )

    def scores(self, x: Tensor, y: Tensor) -> Tensor:
        """Computes x_i' W y_j, float32 `(rows, columns)`."""
        x = ops.cast(ops.matmul(x, ops.cast(self.kernel, x.dtype)), "float32")
        return ops.matmul(x, ops.transpose(ops.cast(all_gather(y), "float32")))


def get(critic: str | keras.layers.Layer) -> keras.layers.Layer:
    """Returns the critic of that name with its defaults, or the layer itself.

    Raises:
        ValueError: If the name is unknown; the message gives the nearest.

    Example:

    >>> get("bilinear").conditional
    False
    """
    if isinstance(critic, keras.layers.Layer):
        return critic
    # It imports this module.
    from tfgan_it.layers.gaussian_critic import GaussianCritic

    critics = {
        "bilinear": BilinearCritic,
        "concatenated": ConcatenatedCritic,
        "gaussian": GaussianCritic,
        "separable": SeparableCritic,
    }
    check_choice("critic", critic, critics)
    return critics[critic]()


def flattened(inputs: Tensor) -> Tensor:
    """Flattens `(rows, ...)` to `(rows, features)`."""
    return ops.reshape(inputs, (-1, math.prod(inputs.shape[1:])))


def _features_after(network: keras.Model | None, shape: Shape) -> int:
    if network is not None:
        if not network.built:
            network.build(shape)
        shape = network.compute_output_shape(shape)
    return math.prod(shape[1:])
