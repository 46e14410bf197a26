"""Losses of two distributions for each sample, and the checks of their arguments."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_base
from tfgan_it.configuration import Configurable
from tfgan_it.information.arrays import eager_value, upcast
from tfgan_it.information.log_probs import LogProbs, from_logits, from_probs
from tfgan_it.typing import Tensor

# Largest distance of a sum from 1: the rounding of a softmax in bfloat16.
TOLERANCE = 2.0**-7
INSTEAD = (
    "pixels and features are not probabilities: use a divergence of labels "
    "(regularizers.LabelMarginal), of Gaussian features (regularizers.FeatureGaussian) "
    "or of a density ratio (regularizers.DensityRatio)"
)


def check_rows(
    owner: str, argument: str, x: Tensor, logits: bool = False, *, allow_nan: bool = True
) -> None:
    """Checks that `x` is `(batch, K)` with a distribution in each row.

    A traced graph has only the shape, so that `fit` finds a wrong sum only with `run_eagerly=True`.
    NaN is of a model that has diverged: a loss of it is NaN, which callbacks report.

    Raises:
        ValueError: If it is not; the message gives the shape, the sum or the entry.
    """
    shape = tuple(x.shape)
    if len(shape) != 2:
        labels = "for integer labels give keras.ops.one_hot(labels, K)"
        raise ValueError(
            f"{owner}: {argument} must be (batch, K) with a distribution in each row, got shape "
            f"{shape}; {INSTEAD if len(shape) > 2 else labels}."
        )
    if shape[1] == 1:
        raise ValueError(
            f"{owner}: {argument} must have a column for each of K >= 2 outcomes, got shape "
            f"{shape}: for the probability p of one outcome give [1 - p, p]."
        )
    values = None if logits else eager_value(x)
    if values is None or not values.size:
        return
    raw = "give from_logits=True" if argument == "y_pred" else "give their softmax"
    if values.min() < 0:
        row, column = np.argwhere(values < 0)[0]
        raise ValueError(
            f"{owner}: {argument} must be probabilities, got {values[row, column]:.6g} in row "
            f"{row}; for logits {raw}; {INSTEAD}."
        )
    sums = values.sum(axis=1, dtype="float64")
    wrong = np.abs(sums - 1) > TOLERANCE
    wrong |= np.isnan(sums) & (not allow_nan)
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"{owner}: {argument} must sum to 1 in each row, got {sums[row]:.6g} in row {row}; "
            f"for logits {raw}; {INSTEAD}."
        )


# KL(true || pred) and KL(pred || true).
DIRECTIONS = ("forward", "reverse")


class ProbabilityLoss(Configurable, keras.losses.Loss):
    """A function of two distributions over the same K outcomes, for each sample.

    `call` is the class's formula for each sample, in nats divided by ln(base); `estimate` is the
    mean over samples.

    Values are exact: there is no epsilon. 0 ln 0 is 0. A divergence is +inf, never NaN, if one
    distribution lacks an outcome of the other. Gradients are finite: an entry that is exactly 0
    passes none through its logarithm or root, where the derivative is infinite, and a term that is
    +inf passes none.

    Args:
        from_logits: Whether `y_pred` is logits, which may be -inf. `y_true` is probabilities.
        base: Base of the logarithms: `math.e` for nats, 2 for bits.
        **kwargs: As for `keras.losses.Loss`: `name`, `reduction`, `dtype`. Inputs are cast to
            `dtype`, float32 by default.

    Raises:
        ValueError: If the base is invalid; in `call`, if an argument is not a distribution.
    """

    def __init__(self, from_logits: bool = False, base: float = math.e, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.from_logits, self.base = from_logits, check_base(self, base)

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes the formula for the true p and the predicted q, in nats, `(batch,)`."""
        raise NotImplementedError

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes the value of each sample, `(batch,)`.

        Args:
            y_true: Probabilities, `(batch, K)`.
            y_pred: Probabilities, or logits if `from_logits`, `(batch, K)`.
        """
        q = self.predicted(y_pred)
        p = upcast(ops.convert_to_tensor(y_true, self.dtype))
        check_rows(type(self).__name__, "y_true", p)
        shapes = tuple(p.shape), tuple(q.values.shape)
        if any(m != n and None not in (m, n) for m, n in zip(*shapes, strict=True)):
            raise ValueError(
                f"{type(self).__name__}: y_true and y_pred must have one shape, got {shapes[0]} "
                f"and {shapes[1]}."
            )
        return self.value(from_probs(p), q) / math.log(self.base)

    def predicted(self, y_pred: Tensor) -> LogProbs:
        """Returns the distributions that y_pred describes."""
        y_pred = upcast(ops.convert_to_tensor(y_pred, self.dtype))
        check_rows(type(self).__name__, "y_pred", y_pred, self.from_logits)
        return from_logits(y_pred) if self.from_logits else from_probs(y_pred)

    def estimate(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes the mean over samples, a scalar."""
        return ops.mean(self.call(y_true, y_pred))
