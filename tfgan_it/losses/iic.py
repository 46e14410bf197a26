"""Mutual information of two discrete variables, from the probabilities of a batch."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_base
from tfgan_it.configuration import Configurable
from tfgan_it.distribution import all_gather
from tfgan_it.information.arrays import upcast
from tfgan_it.information.joint_tables import joint_table, log_ratios, mutual_information
from tfgan_it.information.log_probs import from_logits
from tfgan_it.losses.probabilities import check_rows
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class IICLoss(Configurable, keras.losses.Loss):
    """I(a; b) of two predictions for each sample, p(a|x_n) and q(b|x'_n), to be maximised.

        P_ij = 1/N sum_n p_n(i) q_n(j),   I(a; b) = sum_ij P_ij ln P_ij / (P_i P_j)

    over the global batch. a and b are independent given the sample, and share what the samples x_n
    and x'_n have in common: an image and a sound of one object, or two transformed views of one
    image. I is at most ln K, reached if both predictions are certain, agree up to a permutation,
    and use all K outcomes equally. It needs no labels.

    `call` is minus the contribution of each sample, sum_ij p_n(i) q_n(j) ln P_ij / (P_i P_j). The
    mean over the global batch is -I, and its gradient is that of -I.

    Values are exact: 0 ln 0 is 0 and there is no epsilon. An entry P_ij that is exactly 0 passes no
    gradient. A batch of N independent pairs has about (K - 1)^2 / 2N nats by chance.

    Args:
        symmetric: Whether to replace P by (P + P^T)/2, for predictions whose order is arbitrary. It
            aligns outcome i of both, and needs equal numbers of outcomes.
        entropy_weight: lambda in sum_ij P_ij (ln P_ij - lambda ln P_i - lambda ln P_j), that is
            lambda (H(a) + H(b)) - H(a, b). Above 1 it favours equal use of the outcomes, and the
            value is not a mutual information.
        from_logits: Whether both predictions are logits.
        base: Base of the logarithms: `math.e` for nats, 2 for bits.
        name: Name of the loss.
        **kwargs: As for `keras.losses.Loss`: `reduction`, `dtype`.

    Raises:
        ValueError: If the base is invalid or the entropy weight is negative; in `call`, if a
            prediction is not a distribution, or the shapes do not match.

    Source: Ji et al., 2019, "Invariant Information Clustering for Unsupervised Image Classification
    and Segmentation".

    Example: two predictions that agree on two equal outcomes share ln 2.

    >>> import numpy as np
    >>> a, b = np.eye(2)[[0, 1, 1, 0]], np.eye(2)[[1, 0, 0, 1]]
    >>> print(f"{float(IICLoss(symmetric=False).estimate(a, b)):.4f}")
    0.6931
    """

    def __init__(
        self,
        symmetric: bool = True,
        entropy_weight: float = 1.0,
        from_logits: bool = False,
        base: float = math.e,
        name: str = "iic_information",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        check_at_least(self, "entropy_weight", entropy_weight, 0)
        self.symmetric, self.entropy_weight = bool(symmetric), float(entropy_weight)
        self.from_logits, self.base = bool(from_logits), check_base(self, base)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes minus each sample's contribution to I over the global batch, `(batch,)`.

        Args:
            y_true: First prediction, `(batch, K)`: probabilities, or logits if `from_logits`.
            y_pred: Second prediction for the same samples, `(batch, L)`; L = K if `symmetric`.
        """
        p, q = self._probabilities(y_true, y_pred)
        ratios = log_ratios(self._joint(p, q), self.entropy_weight)
        return -ops.sum(ops.matmul(p, ratios) * q, axis=-1) / math.log(self.base)

    def estimate(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes I(a; b) over the global batch, a scalar; arguments as for `call`."""
        joint = self._joint(*self._probabilities(y_true, y_pred))
        return mutual_information(joint, self.entropy_weight) / math.log(self.base)

    def _probabilities(self, *predictions: Tensor) -> tuple[Tensor, ...]:
        probabilities = []
        for argument, x in zip(("y_true", "y_pred"), predictions, strict=True):
            x = upcast(ops.convert_to_tensor(x, self.dtype))
            check_rows("IICLoss", argument, x, self.from_logits)
            probabilities.append(from_logits(x).values if self.from_logits else x)
        (m, k), (n, columns) = (tuple(x.shape) for x in probabilities)
        if (self.symmetric and k != columns) or (m != n and None not in (m, n)):
            instead = " (symmetric=False allows other columns)" if m == n else ""
            raise ValueError(
                f"IICLoss: y_true and y_pred must have one shape{instead}, got {(m, k)} "
                f"and {(n, columns)}."
            )
        return tuple(probabilities)

    def _joint(self, p: Tensor, q: Tensor) -> Tensor:
        """Computes P over the global batch, `(K, L)`."""
        return joint_table(all_gather(p), all_gather(q), self.symmetric)


def iic_information(
    p: Tensor, q: Tensor, *, symmetric: bool = True, entropy_weight: float = 1.0
) -> Tensor:
    """Computes I(a; b) = sum_ij P_ij ln P_ij / (P_i P_j) over the global batch, nats, a scalar.

    It is differentiable in both, and the same number on each replica. See `IICLoss`.

    Args:
        p: Probabilities of the first prediction, `(batch, K)`.
        q: Probabilities of the second prediction for the same samples, `(batch, K)`.
        symmetric: As for `IICLoss`.
        entropy_weight: As for `IICLoss`.

    Example: a noisy channel, whose joint table is [[.4, .1], [.1, .4]].

    >>> p = [[1.0, 0.0], [0.0, 1.0]]
    >>> print(f"{float(iic_information(p, [[0.8, 0.2], [0.2, 0.8]])):.4f}")
    0.1927
    """
    return IICLoss(symmetric, entropy_weight).estimate(p, q)
