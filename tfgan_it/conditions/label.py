"""A class label as condition."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.conditions.condition import Condition, as_numpy, check_count
from tfgan_it.latents import Categorical
from tfgan_it.typing import Seed, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Label(Condition):
    """One of K classes, which the networks receive as a one-hot vector `(K,)`.

    Raw labels are whole numbers in 0..K-1 of any dtype, `(n,)` or `(n, 1)`; or rows `(n, K)` of
    probabilities, such as one-hot labels. Rows are not rounded, so that a generator can produce a
    mixture of classes.

    Args:
        classes: Number K of classes, at least 2.
        probabilities: Prior p(y), K numbers that sum to 1; None for a uniform prior. It is used to
            draw labels when the user gives none.

    Attributes:
        prior: Prior p(y), a `latents.Categorical` of one-hot labels. An auxiliary classifier
            maximises its posterior log-probability.

    Raises:
        ValueError: If there are fewer than two classes, or the probabilities are invalid.

    Example:

    >>> label = Label(3)
    >>> print(label.prepare([2, 0]).numpy())
    [[0. 0. 1.]
     [1. 0. 0.]]
    >>> label.broadcast(2, 4).tolist()
    [2, 2, 2, 2]
    >>> round(label.entropy(), 4)
    1.0986
    """

    raw_shape = ()
    raw_dtype = "int64"
    has_prior = True

    def __init__(self, classes: int, probabilities: Sequence[float] | None = None) -> None:
        self.classes = check_integer(self, "classes", classes, 2)
        self.prior = Categorical(self.classes, probabilities)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape `(K,)`."""
        return (self.classes,)

    def prepare(self, y: Tensor) -> Tensor:
        """Converts labels to one-hot vectors, float32 `(n, K)`; casts rows of probabilities."""
        y = ops.convert_to_tensor(y)
        if len(y.shape) == 2 and y.shape[-1] == self.classes:
            return ops.cast(y, "float32")
        return ops.one_hot(ops.cast(ops.reshape(y, (-1,)), "int32"), self.classes, dtype="float32")

    def check(self, y: Tensor, n: int) -> None:
        """Checks that `y` holds a label for each of n samples.

        Args:
            y: Labels `(n,)` or `(n, 1)`, or rows of probabilities `(n, K)`.
            n: Number of samples.

        Raises:
            ValueError: If the shape, the count or a label is invalid; the message is one line.
        """
        y = as_numpy(y)
        allowed = f"whole numbers in 0..{self.classes - 1} or rows of {self.classes} probabilities"
        if y.dtype.kind not in "biuf":
            raise ValueError(f"Label: labels are {y.dtype}, must be {allowed}.")
        check_count(y, n, "Label")
        rows = y.shape[1:] == (self.classes,)
        if y.shape[1:] not in ((), (1,)) and not rows:
            raise ValueError(
                f"Label: labels have shape {y.shape}, must be (n,), (n, 1) or (n, {self.classes})."
            )
        if not n:
            return
        if rows:
            sums = y.sum(axis=1, dtype="float64")
            wrong = ~((y >= 0).all(axis=1) & (abs(sums - 1) < 1e-3))
            if wrong.any():
                row = np.array2string(y[wrong.argmax()], threshold=10, max_line_width=1000)
                raise ValueError(
                    f"Label: row {wrong.argmax()} of the labels is {row}, must be one-hot, or "
                    f"{self.classes} numbers of at least 0 that sum to 1."
                )
            return
        if y.dtype.kind == "f" and not (whole := y == np.floor(y)).all():
            raise ValueError(f"Label: labels hold {y[~whole][0]:.4g}, must be {allowed}.")
        low, high = y.min(), y.max()
        if low < 0 or high >= self.classes:
            low, high = (f"{end:.10g}" if y.dtype.kind == "f" else int(end) for end in (low, high))
            raise ValueError(f"Label: labels lie in [{low}, {high}], must be {allowed}.")

    def broadcast(self, value: Tensor, n: int) -> np.ndarray:
        """Returns labels of n samples, int64 `(n,)`; rows of probabilities as float32 `(n, K)`.

        Args:
            value: One label; or an array of 1 or n of them, `(1,)` or `(n,)`, or of rows `(1, K)`
                or `(n, K)`.
            n: Number of samples.

        Raises:
            ValueError: As for `check`.
        """
        y = super().broadcast(value, n)
        rows = y.shape[1:] == (self.classes,)
        return y.astype("float32") if rows else y.reshape(-1).astype("int64")

    def sample(self, n: Tensor, seed: Seed = None) -> Tensor:
        """Draws n labels from p(y), int64 `(n,)`."""
        return ops.cast(ops.argmax(self.prior.sample(n, seed), axis=-1), "int64")

    def entropy(self) -> float:
        """Returns H(y) = -sum_k p_k ln p_k in nats; ln K if p is uniform."""
        return self.prior.entropy()

    def describe(self) -> str:
        """Returns a description in one line."""
        prior = "uniform" if self.prior.probabilities is None else "with given probabilities"
        return f"one of {self.classes} classes, {prior}, H(y) = {self.entropy():.4f} nats"
