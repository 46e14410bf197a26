"""Reproducible training of a small network on arrays, in one compiled loop."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_in_range, check_seed
from tfgan_it.datasets.images import scale_images
from tfgan_it.optimizers import Adam
from tfgan_it.seeds import seeded_initializers


class ArrayTraining:
    """Trains a network on arrays in memory, many steps in one call of one graph.

    It changes no global seed or random state. The network is float32 whatever the global dtype
    policy. To train again, call `restart`, which reuses the graph. A copy, by `pickle` or
    `copy.deepcopy`, has the same state; `pickle` needs functions that it finds by
    name, not lambdas.

    Args:
        build: Function that builds the network.
        loss: Function from labels `(batch,)` and the network's outputs to losses `(batch,)`.
        learning_rate: Learning rate of Adam.
        seed: Seed of the weights, and of random layers without a seed.

    Raises:
        ValueError: If the learning rate is not in (0, 1], or the seed is not one.

    Example: the mean of two numbers, by least squares.

    >>> def build():
    ...     return keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    >>> training = ArrayTraining(build, lambda y, outputs: (y - outputs[:, 0]) ** 2, 0.1)
    >>> x, y = np.zeros((2, 1), "float32"), np.array([1.0, 2.0], "float32")
    >>> _ = training.run(x, y, np.tile([0, 1], (300, 1)))
    >>> training.outputs(x).round(3).tolist()
    [[1.5], [1.5]]
    """

    def __init__(
        self,
        build: Callable[[], keras.Model],
        loss: Callable[[Any, Any], Any],
        learning_rate: float,
        seed: int = 0,
    ) -> None:
        check_in_range(self, "learning_rate", learning_rate, 0, 1, "(]")
        with seeded_initializers(check_seed(self, seed)), float32_layers():
            self.network = build()
        self.build, self.seed = build, seed
        self.loss, self.learning_rate = loss, learning_rate
        self.optimizer = Adam(learning_rate, name="adam")
        self.optimizer.build(self.network.trainable_variables)
        self._first = self.state()
        rows = tf.TensorSpec((None, *self.network.input_shape[1:]), tf.float32)
        labels, order = tf.TensorSpec((None,), tf.float32), tf.TensorSpec((None, None), tf.int32)
        self._run = tf.function(self._steps, [rows, labels, order], autograph=False)
        self._outputs = tf.function(self.network.__call__, [rows], autograph=False)

    def __getstate__(self) -> dict[str, Any]:
        """Returns the arguments and the state, without graphs, which cannot be copied."""
        names = ("build", "loss", "learning_rate", "seed")
        return {name: getattr(self, name) for name in names} | {"state": self.state()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Builds the network and the graphs again."""
        values = state["state"]
        self.__init__(**{name: state[name] for name in state if name != "state"})  # type: ignore[misc]
        self.set_state(values)

    @property
    def _trained_variables(self) -> list[keras.Variable]:
        return [*self.network.variables, *self.optimizer.variables]

    def state(self) -> list[np.ndarray]:
        """Returns all variables that training changes."""
        return [ops.convert_to_numpy(variable) for variable in self._trained_variables]

    def set_state(self, state: Sequence[np.ndarray]) -> None:
        """Restores the result of `state`."""
        for variable, value in zip(self._trained_variables, state, strict=True):
            variable.assign(value)

    def restart(self) -> None:
        """Restores the initial weights and optimiser state."""
        self.set_state(self._first)

    def run(self, x: np.ndarray, y: np.ndarray, order: np.ndarray) -> float:
        """Takes an Adam step on each batch.

        Args:
            x: Samples, float32 `(n, ...)`.
            y: Labels, float32 `(n,)`.
            order: Indices of the samples of each batch, integers `(steps, batch)`.

        Returns:
            The mean loss over the steps.
        """
        return float(self._run(x, y.astype("float32"), order.astype("int32")))

    def run_while_better(
        self,
        x: np.ndarray,
        y: np.ndarray,
        order: Callable[[int], np.ndarray],
        look: Callable[[], float],
        *,
        steps: int,
        every: int,
        patience: int,
    ) -> int:
        """Trains from the initial weights with early stopping, and keeps the best weights.

        After `patience` validations without progress (of 1e-4) it returns to the best weights with
        a third of the learning rate; the third time, training ends.

        Args:
            x: As for `run`.
            y: As for `run`.
            order: Function from a number of steps to the indices of each, `(steps, batch)`.
            look: Function that returns the validation loss.
            steps: Largest number of steps.
            every: Number of steps between validations.
            patience: Number of validations without progress.

        Returns:
            The number of steps.

        Raises:
            ValueError: If no validation loss is finite.
        """
        self.restart()
        best, best_state, since, falls, step = math.inf, self.state(), 0, 0, 0
        while step < steps and falls < 3:
            count = min(every, steps - step)
            self.run(x, y, order(count))
            step += count
            value = look()
            since = 0 if value < best - 1e-4 else since + 1
            if value < best:
                best, best_state = value, self.state()
            if since >= patience:
                since, falls = 0, falls + 1
                self.set_state(best_state)
                self.optimizer.learning_rate = self.learning_rate / 3**falls
        if best == math.inf:
            raise ValueError(
                f"No validation loss is finite, so that there is no best step: use a smaller "
                f"learning_rate than {self.learning_rate}, and samples of a scale near 1."
            )
        self.set_state(best_state)
        return step

    def outputs(self, x: np.ndarray, batch_size: int = 1024) -> np.ndarray:
        """Returns the network's outputs in inference mode, float32 `(n, outputs)`."""
        parts = [x[start : start + batch_size] for start in range(0, len(x), batch_size)]
        return np.concatenate([self._outputs(part).numpy() for part in parts])

    def _steps(self, x: Any, y: Any, order: Any) -> Any:
        steps = tf.shape(order)[0]

        def step(index: Any, total: Any) -> tuple[Any, Any]:
            rows = order[index]
            with tf.GradientTape() as tape:
                outputs = self.network(tf.gather(x, rows), training=True)
                loss = ops.mean(self.loss(tf.gather(y, rows), outputs))
            variables = self.network.trainable_variables
            self.optimizer.apply(tape.gradient(loss, variables), variables)
            return index + 1, total + loss

        _, total = tf.while_loop(lambda index, _: index < steps, step, (0, 0.0))
        return total / tf.cast(steps, tf.float32)


@contextlib.contextmanager
def float32_layers() -> Iterator[None]:
    """Builds layers without a dtype of their own in float32, whatever the global policy is."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


@network_builder
def small_network(shape: Sequence[int], outputs: int = 1, width: int | None = None) -> keras.Model:
    """Builds a small network from images, videos, sequences or points to `(batch, outputs)`.

    Points `(dimension,)`: two dense layers of `width` (by default 64). Images `(height, width,
    channels)` of any size: 4x4 convolutions of stride 2, channels doubling from `width` (by default
    16), at least two and until no side is above 7. The frames of videos `(frames, height, width,
    channels)` are channels of one image. Sequences `(length, columns)`: likewise, by convolutions
    of 8 steps and stride 4. Leaky ReLU of slope .2, He's initialisation, without normalisation;
    float32.

    Raises:
        ValueError: If the shape is not that of images, videos, sequences or points.

    Example:

    >>> small_network((28, 28, 1), 10).output_shape, small_network((2,)).output_shape
    ((None, 10), (None, 1))
    """
    if len(shape) not in (1, 2, 3, 4):
        raise ValueError(
            f"small_network: shape must be (dimension,), (length, columns), (height, width, "
            f"channels) or (frames, height, width, channels), got {tuple(shape)}."
        )
    x = inputs = keras.Input(tuple(shape), name="samples", dtype="float32")
    common = {"kernel_initializer": "he_normal", "dtype": "float32"}
    # Explicit names: automatic names would shift the numbering of the caller's layers.
    if len(shape) == 1:
        for index in range(2):
            x = layers.Dense(width or 64, name=f"hidden_{index}", **common)(x)
            x = layers.LeakyReLU(0.2, name=f"bent_{index}", dtype="float32")(x)
    else:
        if len(shape) == 4:
            frames, *sides, channels = shape
            x = layers.Permute((2, 3, 1, 4), name="frames_last", dtype="float32")(x)
            x = layers.Reshape((*sides, frames * channels), name="frames", dtype="float32")(x)
        index, side, channels = 0, max(shape[-3:-1]), width or 16
        convolution, size, stride = layers.Conv2D, 4, 2
        if len(shape) == 2:
            convolution, size, stride = layers.Conv1D, 8, 4
        while index < 2 or side > 7:
            x = convolution(
                channels * 2 ** min(index, 3), size, stride, "same", name=f"map_{index}", **common
            )(x)
            x = layers.LeakyReLU(0.2, name=f"bent_{index}", dtype="float32")(x)
            index, side = index + 1, -(-side // stride)
        x = layers.Flatten(name="flat", dtype="float32")(x)
    return keras.Model(inputs, layers.Dense(outputs, name="outputs", **common)(x), name="small")


def shuffled(n: int, random: np.random.Generator) -> Callable[[int], np.ndarray]:
    """Returns a function from a count to the next of 0..n-1, reshuffled after each pass.

    Example:

    >>> rows = shuffled(3, np.random.default_rng(0))
    >>> sorted([*rows(2).tolist(), *rows(1).tolist()]), len(rows(7))
    ([0, 1, 2], 7)
    """
    remaining = np.empty(0, "int64")

    def next_rows(count: int) -> np.ndarray:
        nonlocal remaining
        missing = -(-max(count - len(remaining), 0) // n)
        remaining = np.concatenate([remaining, *(random.permutation(n) for _ in range(missing))])
        rows, remaining = remaining[:count], remaining[count:]
        return rows

    return next_rows


def as_samples(samples: Any) -> np.ndarray:
    """Converts images or points to float32: uint8 to [-1, 1], shape `(n,)` to `(n, 1)`."""
    samples = np.asarray(samples)
    if samples.dtype == np.uint8:
        return ops.convert_to_numpy(scale_images(samples))
    samples = samples.astype("float32")
    return samples[:, None] if samples.ndim == 1 else samples
