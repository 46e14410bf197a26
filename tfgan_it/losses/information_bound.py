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

    (x_i, y_i) are drawn together, and S_ii is the score of that pair; S_ij with i != j is that of a
    pair drawn apart. `call` is minimised: it is minus the value where `maximize`, else the value.
    The mean of `call` is exactly minus or plus `estimate`.

    A subclass gives `information`, its value for each pair, and `surrogate` where the gradient is
    that of something else.

    All is computed in float32. Scores of +-1e4 give finite values and gradients: sums of
    exponentials are taken as logarithms, and an exponential that stands alone goes on as its
    tangent above e^40.

    Args:
        maximize: Whether `call` is to raise the information or to lower it; by default it is raised
            but for an upper bound, which can only be lowered.
        base: Base of the logarithms: `math.e` for nats, 2 for bits.
        **kwargs: As for `keras.losses.Loss`: `name`, `reduction`, `dtype`.

    Attributes:
        bound: `lower` or `upper` bound on I(x; y), or None where it is neither.
        conditional: Whether scores must be ln q(y_j|x_i), of a normalised conditional density.
        needs_reference: Whether it needs `reference`, the logarithm of a density of y.
        joint_only: Whether it looks at the pairs S_ii only.

    Raises:
        ValueError: an upper bound that is to be maximised; when called, scores of other shapes, no
            reference where one is needed, a row alone where others are needed. A row alone is
            found where the number of rows is known when traced; elsewhere its value is NaN (of
            InfoNCE 0).
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
        """What the loss remembers from batch to batch."""
        return ()

    def call(self, reference: Tensor, scores: Tensor) -> Tensor:
        """What is minimised by whom the information is about, nats, `(rows,)`.

        Args:
            reference: ln r(y_i), `(rows,)`; None or anything else where it is not needed.
            scores: `(rows, columns)`: this replica's x_i against the y_j of all replicas, one
                replica after the other; square on one device. `(rows,)`, the S_ii alone, where
                `joint_only`.
        """
        return self._minimised(self.maximize, reference, scores)

    def estimate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """The information in nats, a scalar; arguments as for `call`.

        On replicas it is the mean over this replica's rows.
        """
        return ops.mean(self._rows(self.information, reference, scores))

    def critic_loss(self, reference: Tensor, scores: Tensor) -> Tensor:
        """What is minimised by the critic, nats, `(rows,)`; arguments as for `call`."""
        return self._minimised(True, reference, scores)

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """The value of each pair of the global batch, nats, `(columns,)`.

        Args:
            reference: ln r(y_i), float32 `(columns,)`; None where it is not needed.
            scores: float32 `(columns, columns)`; `(rows,)`, the S_ii, where `joint_only`.
        """
        raise NotImplementedError

    def surrogate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """What has the gradient of `call` and `critic_loss` in place of the value's, or None."""
        return None

    def _minimised(self, maximize: bool, reference: Tensor, scores: Tensor) -> Tensor:
        sign = -1.0 if maximize else 1.0
        return sign * self._rows(self._value_with_gradient, reference, scores)

    def _value_with_gradient(self, reference: Tensor, scores: Tensor) -> Tensor:
        surrogate = self.surrogate(reference, scores)
        value = self.information(reference, scores)
        if surrogate is None:
            return value
        # The difference is 0 exactly, whatever the surrogate's size.
        return ops.stop_gradient(value) + (surrogate - ops.stop_gradient(surrogate))

    def _rows(self, quantity: Tensor, reference: Tensor, scores: Tensor) -> Tensor:
        """This replica's rows of a quantity of the global batch."""
        reference, scores = self._checked(reference, scores)
        if self.joint_only:
            if len(scores.shape) == 2:
                scores = _own(positive_scores(all_gather(scores)), scores)
            return quantity(reference, scores) / math.log(self.base)
        reference = None if reference is None else all_gather(reference)
        return _own(quantity(reference, all_gather(scores)), scores) / math.log(self.base)

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
                f"{name}: scores must have a column for each row of all replicas, which are "
                f"{copies}, got {shape}."
            )
        if not self.joint_only and columns == 1:
            raise ValueError(f"{name}: needs at least 2 rows, got 1: what would it be compared to?")
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
        """Keeps `variables` in a `.keras` file."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Takes `variables` back, where the file has them."""
        for i, variable in enumerate(self.variables):
            if str(i) in store.keys():  # noqa: SIM118
                variable.assign(store[str(i)])


def get(loss: str | InformationBound) -> InformationBound:
    """The bound or estimate of that name with its defaults, or the object itself.

    Raises:
        ValueError: names the loss, what is allowed, and the nearest name.

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


def _own(values: Tensor, scores: Tensor) -> Tensor:
    """Of the values of the global batch, those of the rows of this replica's scores."""
    rows, columns = scores.shape
    even = rows is not None and rows * replicas() == columns
    rows = rows if even else ops.convert_to_tensor(ops.shape(scores)[0], "int32")
    return shard_for_replica(lambda total: values, rows, even=even)
