"""Training of a critic on pairs of samples, many steps in one call of a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_seed
from tfgan_it.losses.information_bound import InformationBound
from tfgan_it.optimizers import Adam
from tfgan_it.seeds import seeded_initializers

# Outside training: largest number of pairs in a matrix of scores, and of scores computed at once
# (128 MiB for each hidden layer of 256 on both x and y).
_ROWS, _PAIRS = 4096, 2**17


class CriticTraining:
    """Trains a critic, and optionally a model of y, on batches of pairs.

    A loss with arbitrary scores f(x, y) trains the critic by its `critic_loss`. With a conditional
    loss, whose scores are ln q(y|x), q and the reference r are trained by maximum likelihood: the
    objective is the mean of -ln q(y|x) - ln r(y). Without trainable weights `run` only estimates.
    A copy, by `pickle` or `copy.deepcopy`, has the same weights and a new optimiser.

    Args:
        loss: Information bound to train by and to estimate; one with a state (MINE) must not be
            shared.
        critic: Function that builds the layer `critic(x, y) -> scores`.
        reference: Function that builds the layer `reference(y) -> ln r(y)`, or None.
        learning_rate: Learning rate of Adam.
        seed: Seed of the weights.

    Example: x equals y, and InfoNCE of 64 samples is at most ln 64 = 4.16.

    >>> from tfgan_it.layers.pair_critics import SeparableCritic
    >>> from tfgan_it.losses.lower_bounds import InfoNCE
    >>> training = CriticTraining(InfoNCE(), lambda: SeparableCritic(hidden=(32,)), seed=0)
    >>> x = np.random.default_rng(0).standard_normal((300, 64, 2)).astype("float32")
    >>> values = training.run(x, x)
    >>> values.shape, bool(values[0] < 1 < values[-1] < 4.16)
    ((300,), True)
    """

    def __init__(
        self,
        loss: InformationBound,
        critic: Callable[[], Any],
        reference: Callable[[], Any] | None = None,
        learning_rate: float = 5e-4,
        seed: int = 0,
    ) -> None:
        self.loss, self.seed, self.learning_rate = loss, check_seed(self, seed), learning_rate
        self._make_critic, self._make_reference = critic, reference
        self._columns: tuple[int, int] | None = None
        self.critic: Any = None
        self.reference: Any = None
        self._optimizer = Adam(learning_rate)
        self._steps = tf.function(self._run, reduce_retracing=True)

    def __getstate__(self) -> dict[str, Any]:
        """Returns the arguments and the weights, without graphs, which cannot be copied."""
        makers = self._make_critic, self._make_reference
        arguments = self.loss, *makers, self.learning_rate, self.seed
        weights = None if self._columns is None else self.get_weights()
        return {"arguments": arguments, "columns": self._columns, "weights": weights}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Builds the layers again."""
        self.__init__(*state["arguments"])  # type: ignore[misc]
        if state["columns"] is not None:
            self.build(*(np.zeros((2, columns)) for columns in state["columns"]))
            self.set_weights(state["weights"])

    @property
    def variables(self) -> list[keras.Variable]:
        """Trainable variables; they exist after the first batch."""
        return [
            variable for layer in self._network_layers for variable in layer.trainable_variables
        ]

    @property
    def _network_layers(self) -> list[Any]:
        return [layer for layer in (self.critic, self.reference) if layer is not None]

    @property
    def _weights(self) -> list[keras.Variable]:
        return [
            variable
            for layer in self._network_layers
            for variable in getattr(layer, "weights", layer.trainable_variables)
        ]

    def run(self, x: Any, y: Any) -> np.ndarray:
        """Takes a step on each batch.

        Args:
            x: float32 `(steps, batch, d_x)`; x[i, j] and y[i, j] are a pair.
            y: float32 `(steps, batch, d_y)`.

        Returns:
            The estimate on each batch in nats, before its step, float32 `(steps,)`.
        """
        self.build(x[0], y[0])
        return self._steps(_float32(x), _float32(y)).numpy()

    def estimate(self, x: Any, y: Any) -> float:
        """Computes the loss's estimate in nats: the mean over equal blocks of at most 4,096 pairs.

        Args:
            x: Samples `(n, d_x)`.
            y: Samples `(n, d_y)`.
        """
        return self._averaged(x, y, self.loss.estimate)

    def objective(self, x: Any, y: Any) -> float:
        """Computes the training objective on held-out pairs; arguments as for `estimate`.

        If a loss trains by a surrogate, whose gradient is not that of its value, the objective is
        the surrogate; except for a loss with a state, which the pairs would change.
        """
        return self._averaged(x, y, self._held_out_objective)

    def get_weights(self) -> list[np.ndarray]:
        """Returns a copy of the weights, trainable or not."""
        return [variable.numpy().copy() for variable in self._weights]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Sets the result of `get_weights`."""
        for variable, value in zip(self._weights, weights, strict=True):
            variable.assign(value)

    def build(self, x: Any, y: Any) -> None:
        """Builds the layers for these shapes, if they are not built."""
        if self.critic is not None:
            return
        with seeded_initializers(self.seed):
            self.critic = self._make_critic()
            self.reference = None if self._make_reference is None else self._make_reference()
            self._scores(_float32(x[:2]), _float32(y[:2]))
        self._optimizer.build(self.variables)
        self._columns = x.shape[-1], y.shape[-1]

    def _scores(self, x: Any, y: Any) -> tuple[Any, Any]:
        reference = None if self.reference is None else self.reference(y)
        return reference, self.critic(x, y)

    def _run(self, x: Any, y: Any) -> Any:
        values = tf.TensorArray(tf.float32, size=len(x))
        for i in tf.range(len(x)):
            values = values.write(i, self._step(x[i], y[i]))
        return values.stack()

    @tf.autograph.experimental.do_not_convert
    def _step(self, x: Any, y: Any) -> Any:
        weights = [variable.value for variable in self.variables]
        with tf.GradientTape() as tape:
            reference, scores = self._scores(x, y)
            if self.loss.conditional:
                objective = _negative_log_likelihood(reference, scores)
            else:
                objective = ops.mean(self.loss.critic_loss(reference, scores))
        value = self.loss.estimate(reference, scores)
        if weights:
            self._optimizer.apply(tape.gradient(objective, weights), self.variables)
        return value

    def _held_out_objective(self, reference: Any, scores: Any) -> Any:
        if self.loss.conditional:
            return _negative_log_likelihood(reference, scores)
        surrogate = None if self.loss.variables else self.loss.surrogate(reference, scores)
        if surrogate is None:
            return -self.loss.estimate(reference, scores)
        return -ops.mean(surrogate)

    def _averaged(self, x: Any, y: Any, quantity: Callable[[Any, Any], Any]) -> float:
        """Computes the mean of a quantity of (reference, scores) over blocks of pairs."""
        self.build(x, y)
        blocks = np.array_split(np.arange(len(x)), -(-len(x) // _ROWS))
        values = [
            float(quantity(*self._many_scores(_float32(x[rows]), _float32(y[rows]))))
            for rows in blocks
        ]
        return float(np.average(values, weights=[len(rows) for rows in blocks]))

    def _many_scores(self, x: Any, y: Any) -> tuple[Any, Any]:
        rows = max(1, _PAIRS // len(x))
        parts = [self.critic(x[i : i + rows], y) for i in range(0, len(x), rows)]
        return None if self.reference is None else self.reference(y), ops.concatenate(parts)


def _negative_log_likelihood(reference: Any, scores: Any) -> Any:
    ln_q = ops.diagonal(scores)
    return ops.mean(-ln_q if reference is None else -ln_q - reference)


def _float32(values: Any) -> Any:
    return ops.convert_to_tensor(values, "float32")


def perceptron_baseline(hidden: Sequence[int] = (256, 256)) -> keras.Sequential:
    """Builds the baseline ln a(y), `(batch, 1)`, of TUBA and the interpolated bound."""
    layers = [keras.layers.Dense(units, "relu") for units in hidden]
    return keras.Sequential([*layers, keras.layers.Dense(1)], name="baseline")
