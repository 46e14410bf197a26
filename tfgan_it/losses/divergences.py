"""Entropies and divergences of distributions over K outcomes, as losses in nats."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.information.divergences import jensen_shannon, kullback_leibler, renyi
from tfgan_it.information.entropy import cross_entropy, shannon_entropy
from tfgan_it.information.log_probs import LogProbs
from tfgan_it.losses.probabilities import DIRECTIONS, ProbabilityLoss
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Entropy(ProbabilityLoss):
    """H(q) = -sum q ln q of the predictions. `y_true` is ignored, and may be None in `call`.

    Minimising it makes predictions certain; maximising it makes them uniform. 0 <= H <= ln K.

    Args:
        maximize: Whether `call` returns -H, so that training raises the entropy. `estimate`
            returns +H in both cases.
        **kwargs: As for `ProbabilityLoss`: `from_logits`, `base`, and those of
            `keras.losses.Loss`.

    Raises:
        ValueError: As for `ProbabilityLoss`.

    Source: Shannon, 1948, "A Mathematical Theory of Communication"; as a loss by Grandvalet and
    Bengio, 2004, "Semi-supervised Learning by Entropy Minimization".

    Example: a fair coin has one bit.

    >>> print(float(Entropy(base=2).estimate(None, [[0.5, 0.5]])))
    1.0
    """

    def __init__(self, maximize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.maximize = maximize

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes H(q), or -H(q) if `maximize`, `(batch,)`.

        Args:
            y_true: Ignored.
            y_pred: Probabilities, or logits if `from_logits`, `(batch, K)`.
        """
        q = self.predicted(y_pred)
        entropy = shannon_entropy(q) / math.log(self.base)
        return -entropy if self.maximize else entropy

    def estimate(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Computes the mean of H(q) over samples, a scalar."""
        mean = ops.mean(self.call(y_true, y_pred))
        return -mean if self.maximize else mean


@keras.saving.register_keras_serializable(package="tfgan_it")
class CrossEntropy(ProbabilityLoss):
    """-sum p ln q = H(p) + KL(p || q).

    Arguments and errors are those of `ProbabilityLoss`.

    Source: Shannon, 1948, "A Mathematical Theory of Communication"; the name is Good's, 1956,
    "Some Terminology and Notation in Information Theory". Unlike Keras's, it has no epsilon.

    Example:

    >>> print(f"{float(CrossEntropy().estimate([[0.0, 1.0]], [[0.75, 0.25]])):.4f}")
    1.3863
    """

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes -sum p ln q, `(batch,)`."""
        return cross_entropy(p, q)


@keras.saving.register_keras_serializable(package="tfgan_it")
class KullbackLeibler(ProbabilityLoss):
    """KL(p || q) = sum p ln(p/q), p true and q predicted; or KL(q || p).

    Args:
        direction: `forward`, KL(true || pred), which penalises outcomes that the prediction
            lacks, or `reverse`, KL(pred || true), which penalises outcomes that it adds.
        **kwargs: As for `ProbabilityLoss`: `from_logits`, `base`, and those of
            `keras.losses.Loss`.

    Raises:
        ValueError: If the direction is unknown; as for `ProbabilityLoss`.

    Source: Kullback and Leibler, 1951, "On Information and Sufficiency".

    Example: an outcome that the prediction lacks.

    >>> p, q = [[0.5, 0.5]], [[1.0, 0.0]]
    >>> print(float(KullbackLeibler().estimate(p, q)))
    inf
    >>> print(f"{float(KullbackLeibler('reverse').estimate(p, q)):.4f}")
    0.6931
    """

    def __init__(self, direction: str = "forward", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.direction = check_choice("direction", direction, DIRECTIONS)

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes KL(p || q), or KL(q || p), `(batch,)`."""
        p, q = (p, q) if self.direction == "forward" else (q, p)
        return kullback_leibler(p, q)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Jeffreys(ProbabilityLoss):
    """J(p, q) = sum (p - q) ln(p/q) = KL(p || q) + KL(q || p).

    Arguments and errors are those of `ProbabilityLoss`.

    Source: Jeffreys, 1946, "An Invariant Form for the Prior Probability in Estimation Problems".

    Example:

    >>> print(f"{float(Jeffreys().estimate([[0.25, 0.75]], [[0.75, 0.25]])):.4f}")
    1.0986
    """

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes KL(p || q) + KL(q || p), `(batch,)`."""
        return kullback_leibler(p, q) + kullback_leibler(q, p)


@keras.saving.register_keras_serializable(package="tfgan_it")
class SymmetricCrossEntropy(ProbabilityLoss):
    """-sum p ln q - sum q ln p = H(p) + H(q) + J(p, q).

    It is +inf with one-hot labels p, since -ln p is: smooth them first. Arguments and errors are
    those of `ProbabilityLoss`.

    Source: Wang et al., 2019, "Symmetric Cross Entropy for Robust Learning with Noisy Labels".
    Departures: both terms have weight 1, and ln 0 is not replaced by -4.

    Example:

    >>> print(f"{float(SymmetricCrossEntropy().estimate([[0.5, 0.5]], [[0.75, 0.25]])):.4f}")
    1.5301
    """

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes -sum p ln q - sum q ln p, `(batch,)`."""
        return cross_entropy(p, q) + cross_entropy(q, p)


@keras.saving.register_keras_serializable(package="tfgan_it")
class JensenShannon(ProbabilityLoss):
    """JS(p, q) = 1/2 KL(p || m) + 1/2 KL(q || m), m = (p + q)/2; 0 <= JS <= ln 2.

    It is I(x; y) if a fair coin y decides whether x is drawn from p or from q. Arguments and
    errors are those of `ProbabilityLoss`.

    Source: Lin, 1991, "Divergence Measures Based on the Shannon Entropy".

    Example: disjoint distributions are one bit apart.

    >>> print(float(JensenShannon(base=2).estimate([[1.0, 0.0]], [[0.0, 1.0]])))
    1.0
    """

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes JS(p, q), `(batch,)`."""
        return jensen_shannon(p, q)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Renyi(ProbabilityLoss):
    """D_a(p || q) = ln(sum p^a q^(1-a)) / (a - 1), p true and q predicted.

    See `information.renyi` for its limits.

    Args:
        alpha: Order a, from 0 to inf.
        **kwargs: As for `ProbabilityLoss`: `from_logits`, `base`, and those of
            `keras.losses.Loss`.

    Raises:
        ValueError: If the order is negative; as for `ProbabilityLoss`.

    Source: Renyi, 1961, "On Measures of Entropy and Information".

    Example:

    >>> print(f"{float(Renyi(2.0).estimate([[0.25, 0.75]], [[0.5, 0.5]])):.4f}")
    0.2231
    """

    def __init__(self, alpha: float = 0.5, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.alpha = float(check_at_least(self, "alpha", alpha, 0, infinite=True))

    def value(self, p: LogProbs, q: LogProbs) -> Tensor:
        """Computes D_a(p || q), `(batch,)`."""
        return renyi(p, q, self.alpha)
