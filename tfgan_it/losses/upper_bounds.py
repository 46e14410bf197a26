"""Upper bounds on a mutual information, and a difference of entropies, in nats."""

from __future__ import annotations

import keras

from tfgan_it.information import bounds
from tfgan_it.information.scores import positive_scores
from tfgan_it.losses.information_bound import InformationBound
from tfgan_it.typing import Tensor


class _MostLikelyConditional(InformationBound):
    """An upper bound by ln q(y|x), whose critic maximises the likelihood of joint pairs."""

    bound = "upper"
    conditional = True

    def critic_loss(self, reference: Tensor, scores: Tensor) -> Tensor:
        """-ln q(y_i|x_i), nats, `(rows,)`."""
        return -self._rows(lambda reference, scores: positive_scores(scores), reference, scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class CLUB(_MostLikelyConditional):
    """E_p(x,y) ln q(y|x) - E_p(x)p(y) ln q(y|x), the second mean over i != j.

    `scores` are ln q(y|x). It is an upper bound on I(x; y) if q is the true conditional; otherwise
    only if KL(p(x, y) || q(x, y)) <= KL(p(x) p(y) || q(x, y)). The critic always maximises the
    likelihood of the pairs, E ln q(y|x).

    Args:
        maximize: False or None.
        **kwargs: As for `keras.losses.Loss`.

    Source: Cheng et al., 2020, "CLUB: A Contrastive Log-ratio Upper Bound of Mutual Information".
    Departures: the paper's second mean includes i = j, which shrinks the value by (B - 1) / B.

    Example:

    >>> from keras import ops
    >>> print(f"{float(CLUB().estimate(None, 3.0 * ops.eye(4) - 5.0)):.4f}")
    3.0000
    """

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - mean_{j != i} S_ij, `(columns,)`."""
        return bounds.club(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class LeaveOneOut(_MostLikelyConditional):
    """E[ln p(y_i|x_i) - ln mean_{j != i} p(y_i|x_j)] >= I(x; y): the batch is the marginal.

    `scores` are ln p(y|x). It is an upper bound for the true conditional, and needs no model of the
    marginal. A critic that learns the conditional maximises the likelihood of the pairs.

    Args:
        maximize: False or None.
        **kwargs: As for `keras.losses.Loss`.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information", section 2.2.

    Example:

    >>> from keras import ops
    >>> print(f"{float(LeaveOneOut().estimate(None, 3.0 * ops.eye(4) - 5.0)):.4f}")
    3.0000
    """

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - ln mean_{j != i} e^S_ji, `(columns,)`."""
        return bounds.leave_one_out(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class VariationalUpperBound(InformationBound):
    """E ln p(y|x) - E ln r(y) = E KL(p(y|x) || r(y)) >= I(x; y): the term of a bottleneck.

    `scores` are ln p(y|x) of the true conditional, usually an encoder; `reference` is ln r(y) for
    any density r. The gap is KL(p(y) || r(y)). The critic is r: it maximises the likelihood of y.

    Args:
        maximize: False or None.
        **kwargs: As for `keras.losses.Loss`.

    Source: Alemi et al., 2017, "Deep Variational Information Bottleneck"; the name is that of Poole
    et al., 2019, "On Variational Bounds of Mutual Information".

    Example: a fair coin that x determines.

    >>> from keras import ops
    >>> fair = ops.array([-0.6931472, -0.6931472])
    >>> print(f"{float(VariationalUpperBound().estimate(fair, ops.array([0.0, 0.0]))):.4f}")
    0.6931
    """

    bound = "upper"
    conditional = True
    needs_reference = True
    joint_only = True

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - ln r(y_i), `(rows,)`."""
        return scores - reference

    def critic_loss(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes -ln r(y_i), nats, `(rows,)`."""
        return -self._rows(lambda reference, scores: reference, reference, scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class DifferenceOfEntropies(InformationBound):
    """H_q(y) - H_q(y|x) = E ln q(y|x) - E ln q(y), each a cross-entropy under a separate model.

    `scores` are ln q(y|x), `reference` is ln q(y). Each cross-entropy is too high, so that the
    difference is neither a lower nor an upper bound; it does not need e^I samples. The critic is
    both models: it always maximises both likelihoods.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: McAllester and Stratos, 2020, "Formal Limitations on the Measurement of Mutual
    Information".

    Example:

    >>> from keras import ops
    >>> fair = ops.array([-0.6931472, -0.6931472])
    >>> print(f"{float(DifferenceOfEntropies().estimate(fair, ops.array([0.0, 0.0]))):.4f}")
    0.6931
    """

    bound = None
    conditional = True
    needs_reference = True
    joint_only = True

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes ln q(y_i|x_i) - ln q(y_i), `(rows,)`."""
        return scores - reference

    def critic_loss(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes -ln q(y_i|x_i) - ln q(y_i), nats, `(rows,)`."""
        return -self._rows(lambda reference, scores: scores + reference, reference, scores)
