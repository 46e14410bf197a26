"""Lower bounds on a mutual information, in nats."""

from __future__ import annotations

from typing import Any

import keras

from tfgan_it.checks import check_in_range
from tfgan_it.information import bounds
from tfgan_it.losses.information_bound import (
    InformationBound,
)
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class BarberAgakov(InformationBound):
    """E ln q(y|x) - E ln p(y) = H(y) + E ln q(y|x) <= I(x; y).

    The gap is E KL(p(y|x) || q(y|x)). `scores` are ln q(y|x), `reference` is ln p(y), which must be
    known: for a code, minus its entropy serves as well.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Barber and Agakov, 2003, "The IM Algorithm".

    Example: a fair coin, and q that knows it.

    >>> from keras import ops
    >>> fair = ops.array([-0.6931472, -0.6931472])
    >>> print(f"{float(BarberAgakov().estimate(fair, ops.array([0.0, 0.0]))):.4f}")
    0.6931
    """

    conditional = True
    needs_reference = True
    joint_only = True

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """S_ii - ln p(y_i), `(rows,)`."""
        return scores - reference


@keras.saving.register_keras_serializable(package="tfgan_it")
class TUBA(InformationBound):
    """1 + E_p(x,y)[S - ln a(y)] - E_p(x)p(y) e^S / a(y) <= I(x; y), for any S and any a(y) > 0.

    Tight at S = ln p(y|x) and a(y) = p(y), or with both multiplied by any function of y.
    `reference` is ln a(y), the baseline, which may be learned: its gradient is that of the bound.
    The mean over p(x)p(y) is over i != j. Its variance grows as e^I.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information", eq. 7. Departures: an
    exponent above 40 goes on as its tangent, so that nothing overflows; beyond it the value is no
    bound.

    Example:

    >>> from keras import ops
    >>> print(f"{float(TUBA().estimate(ops.zeros(2), 2.0 * ops.eye(2))):.4f}")
    2.0000
    """

    needs_reference = True

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """1 + S_ii - ln a(y_i) - mean_{j != i} e^S_ij / a(y_j), `(columns,)`."""
        return bounds.tuba(scores, reference)


@keras.saving.register_keras_serializable(package="tfgan_it")
class NWJ(InformationBound):
    """E_p(x,y) S - E_p(x)p(y) e^(S - 1) <= I(x; y): `TUBA` with a(y) = e.

    Tight at S = 1 + ln p(x, y) / (p(x) p(y)). The mean over p(x)p(y) is over i != j. Its variance
    grows as e^I.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Nguyen, Wainwright and Jordan, 2010, "Estimating Divergence Functionals and the
    Likelihood Ratio by Convex Risk Minimization"; MINE-f of Belghazi et al., 2018. Departures: as
    for `TUBA`.

    Example: where the critic sees no difference, no information.

    >>> from keras import ops
    >>> print(f"{float(NWJ().estimate(None, ops.ones((3, 3)))):.4f}")
    0.0000
    """

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """S_ii - mean_{j != i} e^(S_ij - 1), `(columns,)`."""
        return bounds.nwj(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class InfoNCE(InformationBound):
    """E[S_ii - ln sum_j e^S_ij] + ln B <= min(I(x; y), ln B), over the B pairs of all replicas.

    The logarithm of the softmax that finds the y of its x among B. Tight as B grows, at
    S = ln p(y|x) / p(y) + any function of x. With scores of ln q(y|x) it is still a lower bound.

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
        """S_ii - ln sum_j e^S_ij + ln B, `(columns,)`."""
        return bounds.info_nce(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Interpolated(InformationBound):
    """I_alpha: `TUBA` whose baseline is partly the batch itself; between NWJ and InfoNCE.

        1 + E ln e^f(x1,y) / b(y) - E e^f(x1,y) / b(y) <= I(x; y)
        b(y) = alpha mean_k e^f(x_k,y) + (1 - alpha) q(y)

    The first mean is over y drawn with x1, the second over y drawn apart from all x_k; both x1 and
    B - 2 others are among the x_k. So for each y_i the pairs are scored against
    b_ij = alpha mean_{k != j} e^S_ki + (1 - alpha) q(y_i):

        information_i = 1 + S_ii - mean_{j != i} ln b_ij - mean_{j != i} e^S_ji / b_ii

    alpha = 0 is TUBA with a = q; alpha = 1 is InfoNCE over B - 1, at most ln(B - 1). In between,
    bias is traded against variance: no batch gives more than 1 + ln((B - 1) / alpha). `reference`
    is ln q(y), which may be learned.

    Args:
        alpha: Share of the batch in the baseline, in [0, 1].
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Raises:
        ValueError: alpha outside of [0, 1].

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information", eq. 14, and the
    authors' code, for the sets that are left out.

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
        """1 + S_ii - mean_{j != i} ln b_ij - mean_{j != i} e^S_ji / b_ii, `(columns,)`."""
        return bounds.interpolated(scores, reference, self.alpha)
