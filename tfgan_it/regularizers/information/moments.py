"""KL divergences of a generator's batches from the data: of labels, of Gaussian features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_above, check_at_least, check_choice, check_in_range
from tfgan_it.distribution import all_gather
from tfgan_it.information import (
    diagonal_gaussian_kullback_leibler,
    gaussian_kullback_leibler,
)
from tfgan_it.regularizers.information.neighbor_entropy import features_of, frozen
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class LabelMarginal(Term):
    """weight KL(q(y) || p(y)): labels are as frequent in a generated batch as in the data.

    q(y) is the mean of a classifier's probabilities over the global batch, and p(y) the target. A
    batch of N samples of p itself has about (K - 1) / 2N nats. It is a term of the generator, and
    reports `label_marginal_nats`.

    Args:
        classifier: A built Keras model that maps images to probabilities `(batch, K)`. Its weights
            are not trained.
        marginal: Target p(y), K numbers above 0 with the sum 1; None for a uniform one.
        weight: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the marginal has another length, a 0 or a sum that is not 1; if the weight
            is negative.

    Source: KL of labels as in the balancing terms of Salimans et al., 2016, "Improved Techniques
    for Training GANs", whose score has the same q(y).

    Example:

    >>> classifier = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    >>> LabelMarginal(classifier, [0.5, 0.25, 0.25]).marginal
    [0.5, 0.25, 0.25]
    """

    metric_names = ("label_marginal_nats",)
    players = ("generator",)

    def __init__(
        self,
        classifier: keras.Model,
        marginal: Sequence[float] | None = None,
        weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        classes = classifier.output_shape[-1]
        p = np.full(classes, 1 / classes) if marginal is None else np.asarray(marginal, "float64")
        if p.shape != (classes,) or not (p > 0).all() or abs(p.sum() - 1) > 1e-4:
            raise ValueError(
                f"LabelMarginal: marginal must be {classes} numbers above 0 with the sum 1, got "
                f"{p.tolist()}."
            )
        check_at_least(self, "weight", weight, 0)
        self.classifier, self.weight = frozen(classifier), weight
        self.marginal = p.tolist()

    def value(self, step: Step) -> Tensor:
        """Computes weight KL(q(y) || p(y)), a scalar."""
        labels = ops.cast(self.classifier(step.batch.generated, training=False), "float32")
        q = ops.mean(all_gather(labels), axis=0)
        p = ops.convert_to_tensor(self.marginal, "float32")
        p = p / ops.sum(p)
        # The floor passes a gradient to a class whose mean probability underflows to 0, to which
        # information.kullback_leibler would pass none.
        divergence = ops.sum(q * (ops.log(ops.maximum(q, 1e-20)) - ops.log(p)))
        step.runtime.report(label_marginal_nats=divergence)
        return self.weight * divergence


COVARIANCES = ("diagonal", "full")


@keras.saving.register_keras_serializable(package="tfgan_it")
class FeatureGaussian(Term):
    """weight KL(N(m_G, S_G) || N(m_x, S_x)) between the features of generated and real batches.

    m_G, S_G are those of the global batch. m_x, S_x are those of moving averages of the first two
    moments of real batches, a <- decay a + (1 - decay) batch, which start at the first batch:

        S_x <- decay S_x + (1 - decay) S + decay (1 - decay) (m_x - m) (m_x - m)^T

    with mean m and covariance S of a batch. So a mean that is large beside the standard deviation
    does not cancel it. `floor` is added to each variance, or 1e-6 of their sum if that is more and
    the covariance is full. The discriminator is updated first, so that the averages exist from the
    first step. It is a term of the generator; it reports `feature_gaussian_nats`.

    Args:
        features: A built Keras model that maps images to features `(batch, d)`. Its weights are not
            trained. None compares all numbers of a sample, which suits points.
        covariance: `diagonal`; or `full`, for fewer features than samples in a batch.
        weight: Weight of the term.
        decay: Decay of the data's moments.
        floor: Floor of the variances.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the covariance is unknown, the weight negative, the decay outside [0, 1) or
            the floor not above 0.

    Source: the closed form of the Gaussian KL; feature matching as in Salimans et al., 2016,
    "Improved Techniques for Training GANs".

    Example:

    >>> FeatureGaussian(covariance="full", weight=0.1)
    FeatureGaussian(covariance='full', weight=0.1)
    """

    metric_names = ("feature_gaussian_nats",)
    players = ("generator",)

    def __init__(
        self,
        features: keras.Model | None = None,
        covariance: str = "diagonal",
        weight: float = 1.0,
        decay: float = 0.99,
        floor: float = 1e-3,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("covariance", covariance, COVARIANCES)
        check_at_least(self, "weight", weight, 0)
        check_in_range(self, "decay", decay, 0, 1, "[)")
        check_above(self, "floor", floor, 0)
        self.features, self.covariance = frozen(features), covariance
        self.weight, self.decay, self.floor = weight, decay, floor
        self.seen = self.add_state("seen")

    def build_for(self, model: BuiltGAN) -> None:
        """Creates the moving averages of the data's moments."""
        if hasattr(self, "mean"):
            return
        shape = model.sample_shape if self.features is None else self.features.output_shape[1:]
        d = math.prod(shape)
        variances = (d, d) if self.covariance == "full" else (d,)
        self.mean = self.add_state("mean", shape=(d,))
        self.variances = self.add_state("variances", shape=variances)

    def value(self, step: Step) -> Tensor:
        """Computes weight KL, a scalar."""
        generated = self._moments(all_gather(features_of(step.batch.generated, self.features)))
        real = ops.convert_to_tensor(self.mean), ops.convert_to_tensor(self.variances)
        divergence = self._divergence(*generated, *real)
        step.runtime.report(feature_gaussian_nats=divergence)
        return self.weight * divergence

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates the data's moments."""
        features = all_gather(features_of(step.batch.samples, self.features))
        mean, variances = self._moments(features)
        decay = self.decay * ops.cast(self.seen > 0, "float32")
        between = decay * (1.0 - decay) * self._products((self.mean - mean)[None])
        self.variances.assign(decay * self.variances + (1.0 - decay) * variances + between)
        self.mean.assign(decay * self.mean + (1.0 - decay) * mean)
        self.seen.assign(1.0)
        return {}

    def _moments(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = ops.mean(x, axis=0)
        return mean, self._products(x - mean)

    def _products(self, x: Tensor) -> Tensor:
        """Computes the mean of the squares of x, or of the products of its columns."""
        if self.covariance == "diagonal":
            return ops.mean(ops.square(x), axis=0)
        return ops.matmul(ops.transpose(x), x) / ops.cast(ops.shape(x)[0], "float32")

    def _divergence(
        self, mean: Tensor, variances: Tensor, other_mean: Tensor, other_variances: Tensor
    ) -> Tensor:
        if self.covariance == "diagonal":
            # `floor` keeps them above 0.
            log_variance, other_log_variance = (
                ops.log(v + self.floor)[None] for v in (variances, other_variances)
            )
            return diagonal_gaussian_kullback_leibler(
                mean[None], log_variance, other_mean[None], other_log_variance
            )[0]
        covariance, other = (self._positive(v) for v in (variances, other_variances))
        return ops.sum(gaussian_kullback_leibler(mean, covariance, other_mean, other))

    def _positive(self, covariance: Tensor) -> Tensor:
        """Adds the floor, and what float32 needs for the Cholesky factor."""
        floor = ops.maximum(self.floor, 1e-6 * ops.stop_gradient(ops.trace(covariance)))
        return covariance + floor * ops.eye(covariance.shape[0])
