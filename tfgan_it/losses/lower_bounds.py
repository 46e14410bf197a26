"""Lower bounds on a mutual information, in nats."""

from __future__ import annotations

from typing import Any

import keras

from tfgan_it.checks import check_in_range
from tfgan_it.information import bounds
from tfgan_it.losses.information_bound import InformationBound
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class BarberAgakov(InformationBound):
    """E ln q(y|x) - E ln p(y) = H(y) + E ln q(y|x) <= I(x; y).

    The gap is E KL(p(y|x) || q(y|x)). `scores` are ln q(y|x), and `reference` is the true ln p(y);
    for a code, minus its entropy serves as well.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Barber and Agakov, 2003, "The IM Algorithm: A Variational Approach to Information
    Maximization".

    Example: a fair coin that q predicts perfectly.

    >>> from keras import ops
    >>> fair = ops.array([-0.6931472, -0.6931472])
    >>> print(f"{float(BarberAgakov().estimate(fair, ops.array([0.0, 0.0]))):.4f}")
    0.6931
    """

    conditional = True
    needs_reference = True
    joint_only = True

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - ln p(y_i), `(rows,)`."""
        return scores - reference


@keras.saving.register_keras_serializable(package="tfgan_it")
class TUBA(InformationBound):
    """1 + E_p(x,y)[S - ln a(y)] - E_p(x)p(y) e^S / a(y) <= I(x; y), for any S and any a(y) > 0.

    It is tight at S = ln p(y|x) and a(y) = p(y), or with both multiplied by any function of y.
    `reference` is ln a(y), the baseline, which may be learned: its gradient is that of the bound.
    The mean over p(x)p(y) is over i != j. The variance grows as e^I.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information", eq. 7. Departures:
    above 40 the exponential is replaced by its tangent, which avoids overflow; the value is then
    not a bound.

    Example:

    >>> from keras import ops
    >>> print(f"{float(TUBA().estimate(ops.zeros(2), 2.0 * ops.eye(2))):.4f}")
    2.0000
    """

    needs_reference = True

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes 1 + S_ii - ln a(y_i) - mean_{j != i} e^S_ij / a(y_j), `(columns,)`."""
        return bounds.tuba(scores, reference)


@keras.saving.register_keras_serializable(package="tfgan_it")
class NWJ(InformationBound):
    """E_p(x,y) S - E_p(x)p(y) e^(S - 1) <= I(x; y): `TUBA` with a(y) = e.

    It is tight at S = 1 + ln p(x, y) / (p(x) p(y)). The mean over p(x)p(y) is over i != j. The
    variance grows as e^I.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Nguyen, Wainwright and Jordan, 2010, "Estimating Divergence Functionals and the
    Likelihood Ratio by Convex Risk Minimization"; MINE-f of Belghazi et al., 2018, "Mutual
    Information Neural Estimation". Departures: as for `TUBA`.

    Example: a critic that gives all pairs one score finds no information.

    >>> from keras import ops
    >>> print(f"{float(NWJ().estimate(None, ops.ones((3, 3)))):.4f}")
    0.0000
    """

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - mean_{j != i} e^(S_ij - 1), `(columns,)`."""
        return bounds.nwj(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class InfoNCE(InformationBound):
    """E[S_ii - ln sum_j e^S_ij] + ln B <= min(I(x; y), ln B), over the B pairs of all replicas.

    It is the log-softmax of x's own y among B, plus ln B. It becomes tight as B grows, at
    S = ln p(y|x) / p(y) + any function of x. With scores ln q(y|x) it is still a lower bound.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: van den Oord et al., 2018, "Representation Learning with Contrastive Predictive Coding".

    Example: perfect scores of four pairs.

    >>> from keras import ops
    >>> print(f"{float(InfoNCE().estimate(None, 50.0 * ops.eye(4))):.4f}")
    1.3863
    """

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - ln sum_j e^S_ij + ln B, `(columns,)`."""
        return bounds.info_nce(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Interpolated(InformationBound):
    """I_alpha: `TUBA` with a baseline that is partly the batch mean; between NWJ and InfoNCE.

        1 + E ln e^f(x1,y) / b(y) - E e^f(x1,y) / b(y) <= I(x; y)
        b(y) = alpha mean_k e^f(x_k,y) + (1 - alpha) q(y)

    The first mean is over y drawn jointly with x1, the second over y independent of all x_k; the
    x_k are x1 and B - 2 others. So the baseline of y_i is
    b_ij = alpha mean_{k != j} e^S_ki + (1 - alpha) q(y_i):

        information_i = 1 + S_ii - mean_{j != i} ln b_ij - mean_{j != i} e^S_ji / b_ii

    alpha = 0 is TUBA with a = q; alpha = 1 is InfoNCE over B - 1, at most ln(B - 1). alpha trades
    bias against variance: no batch gives more than 1 + ln((B - 1) / alpha). `reference` is ln q(y),
    which may be learned.

    Args:
        alpha: Weight of the batch mean in the baseline, in [0, 1].
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Raises:
        ValueError: If alpha is outside [0, 1].

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information", eq. 14, and the
    authors' code, for the excluded indices.

    Example:

    >>> from keras import ops
    >>> print(f"{float(Interpolated(1.0).estimate(ops.zeros(4), 50.0 * ops.eye(4))):.4f}")
    1.0986
    """

    needs_reference = True

    def __init__(self, alpha: float = 0.01, maximize: bool | None = None, **kwargs: Any) -> None:
        super().__init__(maximize, **kwargs)
        check_in_range(self, "alpha", alpha, 0, 1)
        self.alpha = float(alpha)

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes 1 + S_ii - mean_{j != i} ln b_ij - mean_{j != i} e^S_ji / b_ii, `(columns,)`."""
        return bounds.interpolated(scores, reference, self.alpha)
