"""Bounds and estimates of a mutual information from the scores of pairs, in nats."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_base, check_choice
from tfgan_it.configuration import Configurable
from tfgan_it.distribution import all_gather, replicas
from tfgan_it.information.scores import positive_scores
from tfgan_it.seeds import shard_for_replica
from tfgan_it.typing import Tensor


class InformationBound(Configurable, keras.losses.Loss):
    """A bound or an estimate of I(x; y), from scores S_ij = f(x_i, y_j) of a batch of pairs.

    S_ii is the score of a pair (x_i, y_i) drawn jointly; S_ij with i != j is that of an independent
    pair. `call` is to be minimised: it is minus the value if `maximize`, else the value. The mean
    of `call` is exactly minus or plus `estimate`.

    A subclass defines `information`, the value for each pair, and `surrogate` if the gradient is
    not that of the value.

    All is computed in float32. Scores of +-1e4 give finite values and gradients: sums of
    exponentials are computed as logarithms, and above e^40 a single exponential is replaced by its
    tangent.

    Args:
        maximize: Whether minimising `call` raises the information or lowers it. By default it is
            raised, except for an upper bound, which can only be lowered.
        base: Base of the logarithms: `math.e` for nats, 2 for bits.
        **kwargs: As for `keras.losses.Loss`: `name`, `reduction`, `dtype`.

    Attributes:
        bound: `lower` or `upper` bound on I(x; y), or None if it is neither.
        conditional: Whether scores must be ln q(y_j|x_i) of a normalised conditional density.
        needs_reference: Whether it needs `reference`, the logarithm of a density of y.
        joint_only: Whether it uses only the pairs S_ii.

    Raises:
        ValueError: If an upper bound is to be maximised; when called, if scores have a wrong shape,
            a required reference is missing, or there is only one pair. A single pair goes unnoticed
            if the batch size is unknown when traced; its value is then NaN (0 for InfoNCE).
    """

    bound: str | None = "lower"
    conditional = False
    needs_reference = False
    joint_only = False

    def __init__(self, maximize: bool | None = None, base: float = math.e, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        name = type(self).__name__
        self.base = check_base(self, base)
        if maximize not in (None, True, False):
            raise ValueError(f"{name}: maximize must be True, False or None, got {maximize!r}.")
        if maximize and self.bound == "upper":
            raise ValueError(
                f"{name}: maximize must be False, got True: an upper bound may rise while the "
                "information falls; to raise the information use a lower bound, such as InfoNCE."
            )
        self.maximize = self.bound != "upper" if maximize is None else bool(maximize)

    @property
    def variables(self) -> tuple[keras.Variable, ...]:
        """State of the loss between batches."""
        return ()

    def call(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes the loss of the networks that produce x and y, nats, `(rows,)`.

        Args:
            reference: ln r(y_i), `(rows,)`; ignored if it is not needed.
            scores: `(rows, columns)`: this replica's x_i against the y_j of all replicas, one
                replica after the other; square on one device. If `joint_only`, S_ii, `(rows,)`.
        """
        return self._minimised(self.maximize, reference, scores)

    def estimate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes the information in nats, a scalar; arguments as for `call`.

        On replicas it is the mean over this replica's rows.
        """
        return ops.mean(self._rows(self.information, reference, scores))

    def critic_loss(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes the loss of the critic, nats, `(rows,)`; arguments as for `call`."""
        return self._minimised(True, reference, scores)

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes the value of each pair of the global batch, nats, `(columns,)`.

        Args:
            reference: ln r(y_i), float32 `(columns,)`; None if it is not needed.
            scores: float32 `(columns, columns)`; if `joint_only`, S_ii, `(rows,)`.
        """
        raise NotImplementedError

    def surrogate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes a quantity whose gradient replaces that of `information`; None for none."""
        return None

    def _minimised(self, maximize: bool, reference: Tensor, scores: Tensor) -> Tensor:
        sign = -1.0 if maximize else 1.0
        return sign * self._rows(self._value_with_gradient, reference, scores)

    def _value_with_gradient(self, reference: Tensor, scores: Tensor) -> Tensor:
        surrogate = self.surrogate(reference, scores)
        value = self.information(reference, scores)
        if surrogate is None:
            return value
        # The difference is exactly 0, whatever the surrogate's size.
        return ops.stop_gradient(value) + (surrogate - ops.stop_gradient(surrogate))

    def _rows(self, quantity: Tensor, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes a quantity of the global batch; returns this replica's part, `(rows,)`."""
        reference, scores = self._checked(reference, scores)
        if self.joint_only:
            if len(scores.shape) == 2:
                scores = _replica_part(positive_scores(all_gather(scores)), scores)
            return quantity(reference, scores) / math.log(self.base)
        reference = None if reference is None else all_gather(reference)
        return _replica_part(quantity(reference, all_gather(scores)), scores) / math.log(self.base)

    def _checked(self, reference: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
        name, copies = type(self).__name__, replicas()
        scores = ops.cast(ops.convert_to_tensor(scores), "float32")
        shape = tuple(scores.shape)
        if not (len(shape) == 2 or (len(shape) == 1 and self.joint_only)):
            allowed = "(rows, columns) or (rows,)" if self.joint_only else "(rows, columns)"
            raise ValueError(f"{name}: scores must be of shape {allowed}, got {shape}.")
        rows, columns = shape if len(shape) == 2 else (shape[0], None)
        if None not in (rows, columns) and (columns == rows) != (copies == 1):
            raise ValueError(
                f"{name}: scores must have a column for each row of all {copies} replicas, got "
                f"{shape}."
            )
        if not self.joint_only and columns == 1:
            raise ValueError(f"{name}: needs at least 2 rows, got 1; one pair has no negatives.")
        if not self.needs_reference:
            return None, scores
        if reference is None:
            raise ValueError(f"{name}: needs reference, ln of a density of y, (rows,), got None.")
        reference = ops.cast(ops.convert_to_tensor(reference), "float32")
        if len(reference.shape) not in (1, 2) or tuple(reference.shape[1:]) not in ((), (1,)):
            raise ValueError(
                f"{name}: reference must be of shape (rows,), got {tuple(reference.shape)}."
            )
        if None not in (rows, reference.shape[0]) and rows != reference.shape[0]:
            raise ValueError(
                f"{name}: reference must have a value for each of {rows} rows, got "
                f"{reference.shape[0]}."
            )
        return ops.reshape(reference, (-1,)), scores

    def save_own_variables(self, store: Any) -> None:
        """Saves `variables` in a `.keras` file."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Loads `variables`, if the file has them."""
        for i, variable in enumerate(self.variables):
            if str(i) in store.keys():  # noqa: SIM118
                variable.assign(store[str(i)])


def get(loss: str | InformationBound) -> InformationBound:
    """Returns the bound or estimate of that name with its defaults, or the object itself.

    Raises:
        ValueError: If the name is unknown; the message gives the nearest.

    Example:

    >>> get("info_nce").bound
    'lower'
    """
    if isinstance(loss, InformationBound):
        return loss
    # They import this module.
    from tfgan_it.losses import lower_bounds, ratio_estimates, upper_bounds

    losses = {
        "barber_agakov": lower_bounds.BarberAgakov,
        "club": upper_bounds.CLUB,
        "difference_of_entropies": upper_bounds.DifferenceOfEntropies,
        "donsker_varadhan": ratio_estimates.DonskerVaradhan,
        "info_nce": lower_bounds.InfoNCE,
        "interpolated": lower_bounds.Interpolated,
        "jensen_shannon_nwj": ratio_estimates.JensenShannonNWJ,
        "leave_one_out": upper_bounds.LeaveOneOut,
        "mine": ratio_estimates.MINE,
        "nwj": lower_bounds.NWJ,
        "smile": ratio_estimates.SMILE,
        "tuba": lower_bounds.TUBA,
        "variational_upper_bound": upper_bounds.VariationalUpperBound,
    }
    check_choice("information bound", loss, losses)
    return losses[loss]()


def _replica_part(values: Tensor, scores: Tensor) -> Tensor:
    """Returns the values of this replica's rows out of those of the global batch."""
    rows, columns = scores.shape
    even = rows is not None and rows * replicas() == columns
    rows = rows if even else ops.convert_to_tensor(ops.shape(scores)[0], "int32")
    return shard_for_replica(lambda total: values, rows, even=even)
