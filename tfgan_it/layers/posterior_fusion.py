"""Fusion of the posteriors of a code given several modalities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_choice
from tfgan_it.configuration import Configurable
from tfgan_it.information import (
    LogProbs,
    diagonal_gaussian_entropy,
    from_logits,
    from_probs,
    kullback_leibler,
    log_softmax,
)
from tfgan_it.latents import Categorical, Latent, Normal, Product
from tfgan_it.typing import Shape, Tensor

POSTERIORS = ("product", "mixture")
_EXCLUDED = -1e9  # Logit of an outcome of prior probability 0; infinity times 0 is NaN.
_SMALLEST = 1e-4  # Smallest excess of a standard deviation over its floor.


@keras.saving.register_keras_serializable(package="tfgan_it")
class PosteriorFusion(Configurable, keras.layers.Layer):
    """q(c|x_1..x_M) from the q_m(c|x_m) of M modalities, as raw parameters of the codes.

        product   q(c|x) proportional to p(c) prod_m q_m(c|x_m) / p(c)
        mixture   q(c|x) = sum_m w_m(x) q_m(c|x_m),   w = softmax(scores)

    The product is Bayes's rule if the modalities are independent given the code and each q_m is
    exact. Agreement makes it certain, and a q_m equal to p(c) changes nothing. The mixture selects
    between modalities with the weights w. Logarithms are added, so that neither underflows.

    A continuous code stays Gaussian. The product adds precisions, 1/s^2 = sum_m 1/s_m^2 -
    (M - 1) / s_0^2, for a prior N(0, s_0^2); a uniform prior has no precision. The mixture is
    replaced by a Gaussian of its mean and variance. The floor of the scale is that of each q_m.

    The second output is the weight of each modality, M numbers with the sum 1 for each sample: the
    mixture's w; or for the product, without a gradient, the share of KL(q_m || p) in their sum,
    which is H(p) - H(q_m) for a uniform prior, and 1/M if all are 0.

    Args:
        codes: Codes, a Product without noise (`latent.codes`).
        posterior: `product` or `mixture`.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the posterior is unknown or the codes contain noise or a code with a fixed
            `posterior_scale`.

    Source: Wu and Goodman, 2018, "Multimodal Generative Models for Scalable Weakly-Supervised
    Learning" (product of experts); Shi et al., 2019, "Variational Mixture-of-Experts Autoencoders
    for Multi-Modal Deep Generative Models" (mixture). Departures: each expert is a posterior, not a
    factor next to the prior, hence the division; the mixture's weights are learned.

    Example: two modalities at odds of 3 to 1 give 9 to 1.

    >>> fusion = PosteriorFusion(Product(category=Categorical(2)))
    >>> logits = ops.log(ops.array([[0.75, 0.25]]))
    >>> parameters, modality_weights = fusion([logits, logits])
    >>> [f"{float(p):.4f}" for p in ops.softmax(parameters)[0]], modality_weights.numpy().tolist()
    (['0.9000', '0.1000'], [[0.5, 0.5]])
    """

    def __init__(self, codes: Product, posterior: str = "product", **kwargs: Any) -> None:
        # Half precision would round a small probability to 0.
        super().__init__(**{"dtype": "float32", **kwargs})
        check_choice("posterior", posterior, POSTERIORS)
        if not isinstance(codes, Product) or "noise" in codes.parts:
            raise ValueError(
                f"PosteriorFusion: codes must be a Product without noise (latent.codes), got "
                f"{codes!r}."
            )
        for name, part in codes.parts.items():
            if getattr(part, "posterior_scale", None) is not None:
                raise ValueError(
                    f"PosteriorFusion: the posterior of code {name!r} must have a learned scale, "
                    f"got {part!r}."
                )
        self.codes, self.posterior = codes, posterior

    def build(self, parameters_shape: Shape, scores_shape: Shape | None = None) -> None:
        """Does nothing, as the layer has no weights."""
        self.built = True

    def call(
        self, parameters: Sequence[Tensor], scores: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Computes the parameters of q(c|x) and the weight of each modality.

        Args:
            parameters: Parameters of the M posteriors, `(batch, codes.posterior_params_size)` each.
            scores: Scores of the mixture's weights, `(batch, M)`.

        Returns:
            `(batch, codes.posterior_params_size)` and `(batch, M)`, float32.
        """
        if self.posterior == "mixture" and scores is None:
            raise ValueError("PosteriorFusion: a mixture needs scores (batch, modalities).")
        experts = [self.codes.split_parameters(ops.cast(each, "float32")) for each in parameters]
        if self.posterior == "product":
            fused = [
                self._product(part, [each[name] for each in experts])
                for name, part in self.codes.parts.items()
            ]
            return ops.concatenate(fused, axis=-1), ops.stop_gradient(self._shares(experts))
        log_weights = log_softmax(ops.cast(scores, "float32"))
        fused = [
            self._mixture(part, [each[name] for each in experts], log_weights)
            for name, part in self.codes.parts.items()
        ]
        return ops.concatenate(fused, axis=-1), ops.exp(log_weights)

    def compute_output_shape(
        self, parameters_shape: Shape, scores_shape: Shape | None = None
    ) -> tuple[Shape, Shape]:
        """Returns `(batch, codes.posterior_params_size)` and `(batch, M)`."""
        return tuple(parameters_shape[0]), (parameters_shape[0][0], len(parameters_shape))

    def _product(self, part: Latent, parameters: list[Tensor]) -> Tensor:
        priors = len(parameters) - 1
        if isinstance(part, Categorical):
            prior = _prior(part)
            logits = sum(log_softmax(each) for each in parameters)
            return ops.where(prior.support, logits - priors * prior.logs, _EXCLUDED)
        posteriors = [part.posterior(each) for each in parameters]
        precisions = [1.0 / ops.square(each["scale"]) for each in posteriors]
        total = sum(precisions)
        if isinstance(part, Normal):
            # Experts wider than the prior would give a negative precision.
            prior = 1.0 / part.scale**2
            total = ops.maximum(total - priors * prior, prior)
        mean = sum(
            precision * each["mean"] for precision, each in zip(precisions, posteriors, strict=True)
        )
        return _as_parameters(part, mean / total, 1.0 / ops.sqrt(total))

    def _mixture(self, part: Latent, parameters: list[Tensor], log_weights: Tensor) -> Tensor:
        if isinstance(part, Categorical):
            stacked = ops.stack([log_softmax(each) for each in parameters], axis=1)
            return ops.logsumexp(stacked + log_weights[:, :, None], axis=1)
        posteriors = [part.posterior(each) for each in parameters]
        weights = ops.exp(log_weights)[:, :, None]
        means = ops.stack([each["mean"] for each in posteriors], axis=1)
        variances = ops.stack([ops.square(each["scale"]) for each in posteriors], axis=1)
        mean = ops.sum(weights * means, axis=1)
        spread = ops.square(means - mean[:, None, :])
        return _as_parameters(part, mean, ops.sqrt(ops.sum(weights * (variances + spread), axis=1)))

    def _shares(self, experts: list[dict[str, Tensor]]) -> Tensor:
        information = ops.stack(
            [
                sum(_information(part, each[name]) for name, part in self.codes.parts.items())
                for each in experts
            ],
            axis=-1,
        )
        total = ops.sum(information, axis=-1, keepdims=True)
        is_zero = total < 1e-6
        return ops.where(is_zero, 1.0 / len(experts), information / ops.where(is_zero, 1.0, total))


def _prior(part: Categorical) -> LogProbs:
    """Returns p, `(1, K)`."""
    p = part.probabilities or [1 / part.categories] * part.categories
    return from_probs(np.asarray(p, "float32")[None])


def _information(part: Latent, parameters: Tensor) -> Tensor:
    """Computes KL(q || p) of a categorical code, max(H(p) - H(q), 0) of another, in nats."""
    if isinstance(part, Categorical):
        prior = _prior(part)
        logits = ops.where(prior.support, parameters, -math.inf)
        return kullback_leibler(from_logits(logits), prior)
    entropy = diagonal_gaussian_entropy(part.posterior(parameters)["scale"])
    return ops.maximum(part.entropy() - entropy, 0.0)


def _as_parameters(part: Any, mean: Tensor, scale: Tensor) -> Tensor:
    """Returns raw parameters of a posterior with this mean and scale, at least the floor."""
    excess = ops.maximum(scale - part.minimum_scale, _SMALLEST)
    # The inverse of softplus, excess + ln(1 - exp -excess); ONNX has no expm1.
    half = ops.tanh(excess / 2)
    raw = excess + ops.log(2 * half / (1 + half))
    return ops.concatenate([mean, raw], axis=-1)
