"""Estimates of a mutual information from a density ratio; not all are bounds on mini-batches."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_above, check_in_range
from tfgan_it.information import bounds
from tfgan_it.information.scores import (
    linearized_exp,
    log_mean_exp_negatives,
    mean_negatives,
    positive_scores,
)
from tfgan_it.losses.information_bound import InformationBound
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class DonskerVaradhan(InformationBound):
    """E_p(x,y) S - ln E_p(x)p(y) e^S, the second mean over i != j of the batch.

    With exact expectations it is a lower bound on I(x; y), tight at
    S = ln p(x, y) / (p(x) p(y)) + any constant. The logarithm of a batch mean is too small on
    average, so that the value of a batch is neither a lower nor an upper bound.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Donsker and Varadhan, 1983, "Asymptotic Evaluation of Certain Markov Process
    Expectations for Large Time, IV"; as Belghazi et al., 2018, "Mutual Information Neural
    Estimation".

    Example: a constant changes nothing.

    >>> scores = 2.0 * ops.eye(3) + 100.0
    >>> print(f"{float(DonskerVaradhan().estimate(None, scores)):.4f}")
    2.0000
    """

    bound = None

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - ln mean_{j != k} e^S_jk, `(columns,)`."""
        return bounds.donsker_varadhan(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class MINE(DonskerVaradhan):
    """`DonskerVaradhan` with a gradient whose denominator is a moving average.

        gradient: E_p(x,y) dS - E_p(x)p(y)[e^S dS] / m
        m <- decay m + (1 - decay) mean_{i != j} e^S_ij, which includes this batch

    The gradient of the logarithm of a batch mean is biased, since E[a/b] is not E[a]/E[b]; a slow m
    removes the bias. m starts at the first batch's mean. Its logarithm is a Keras Variable that
    `call` and `critic_loss` update and `estimate` does not. With replicas, create the loss inside
    the strategy's scope. The value is that of the batch, as for `DonskerVaradhan`.

    Args:
        decay: Decay of m, in [0, 1). 0 gives the biased gradient.
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Raises:
        ValueError: If decay is outside [0, 1).

    Source: Belghazi et al., 2018, "Mutual Information Neural Estimation", section 3.2.

    Example:

    >>> loss = MINE()
    >>> print(f"{float(loss(ops.zeros(3), 2.0 * ops.eye(3))):.4f}")
    -2.0000
    >>> print(f"{float(loss.log_denominator):.4f}")
    0.0000
    """

    def __init__(self, decay: float = 0.99, maximize: bool | None = None, **kwargs: Any) -> None:
        super().__init__(maximize, **kwargs)
        check_in_range(self, "decay", decay, 0, 1, "[)")
        self.decay = float(decay)
        # ln 0, before the first batch.
        self.log_denominator = keras.Variable(
            -math.inf,
            dtype="float32",
            trainable=False,
            aggregation="only_first_replica",
            name="log_denominator",
        )

    @property
    def variables(self) -> tuple[keras.Variable, ...]:
        """ln m, a scalar; -infinity before the first batch."""
        return (self.log_denominator,)

    def surrogate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Updates m; computes S_ii - mean_{j != i} e^S_ij / m with m constant, `(columns,)`."""
        log_mean = ops.stop_gradient(log_mean_exp_negatives(scores))
        previous = ops.convert_to_tensor(self.log_denominator)
        updated = log_mean
        if self.decay > 0:
            # The moving average of m, of which only logarithms stay finite.
            average = ops.logaddexp(
                math.log(self.decay) + previous, math.log1p(-self.decay) + log_mean
            )
            updated = ops.where(ops.isfinite(previous), average, log_mean)
        self.log_denominator.assign(updated)
        return positive_scores(scores) - mean_negatives(linearized_exp(scores - updated))


@keras.saving.register_keras_serializable(package="tfgan_it")
class JensenShannonNWJ(InformationBound):
    """The value of `NWJ` at 1 + S, with the gradient of the Jensen-Shannon divergence.

        value:    1 + E_p(x,y) S - E_p(x)p(y) e^S <= I(x; y)
        gradient: that of E_p(x,y)[-softplus(-S)] - E_p(x)p(y) softplus(S)

    Both have their maximum at S = ln p(x, y) / (p(x) p(y)). Training is as stable as that of a
    classifier; the value has the variance of NWJ.

    Args:
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information", section 2.3; the
    gradient of Hjelm et al., 2019, "Learning Deep Representations by Mutual Information Estimation
    and Maximization". Departures: other code evaluates NWJ at S, not 1 + S, which is too low; above
    40 the exponential is replaced by its tangent, which avoids overflow.

    Example:

    >>> print(f"{float(JensenShannonNWJ().estimate(None, 2.0 * ops.eye(3))):.4f}")
    2.0000
    """

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes 1 + S_ii - mean_{j != i} e^S_ij, `(columns,)`."""
        return bounds.tuba(scores)

    def surrogate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes -softplus(-S_ii) - mean_{j != i} softplus(S_ij), `(columns,)`."""
        return bounds.pair_classification(scores)


@keras.saving.register_keras_serializable(package="tfgan_it")
class SMILE(InformationBound):
    """`DonskerVaradhan` with clipped scores in its denominator, trained as a classifier.

        value:    E_p(x,y) S - ln E_p(x)p(y) e^clip(S, -tau, tau)
        gradient: that of E_p(x,y)[-softplus(-S)] - E_p(x)p(y) softplus(S)

    Clipping bounds the variance by about e^tau and biases the value: it is neither a lower nor an
    upper bound. It does not affect the gradient.

    Args:
        tau: Largest absolute value of a clipped score; infinity for no clipping.
        maximize: As for `InformationBound`.
        **kwargs: As for `keras.losses.Loss`.

    Raises:
        ValueError: If tau is not above 0.

    Source: Song and Ermon, 2020, "Understanding the Limitations of Variational Mutual Information
    Estimators".

    Example:

    >>> print(f"{float(SMILE(tau=1.0).estimate(None, 20.0 * ops.eye(3) - 10.0)):.4f}")
    11.0000
    """

    bound = None

    def __init__(self, tau: float = 5.0, maximize: bool | None = None, **kwargs: Any) -> None:
        super().__init__(maximize, **kwargs)
        check_above(self, "tau", tau, 0, infinite=True)
        self.tau = float(tau)

    def information(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes S_ii - ln mean_{j != k} e^clip(S_jk, -tau, tau), `(columns,)`."""
        return bounds.donsker_varadhan(scores, self.tau)

    def surrogate(self, reference: Tensor, scores: Tensor) -> Tensor:
        """Computes -softplus(-S_ii) - mean_{j != i} softplus(S_ij), `(columns,)`."""
        return bounds.pair_classification(scores)
