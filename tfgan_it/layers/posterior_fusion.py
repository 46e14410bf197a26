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

    A modality that is missing is left out of both: the product is over those that are present, the
    softmax is over their scores, and the weight of the others is 0.

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

    def build(
        self,
        parameters_shape: Shape,
        scores_shape: Shape | None = None,
        present_shape: Shape | None = None,
    ) -> None:
        """Does nothing, as the layer has no weights."""
        self.built = True

    def call(
        self,
        parameters: Sequence[Tensor],
        scores: Tensor | None = None,
        present: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Computes the parameters of q(c|x) and the weight of each modality.

        Args:
            parameters: Parameters of the M posteriors, `(batch, codes.posterior_params_size)` each.
            scores: Scores of the mixture's weights, `(batch, M)`.
            present: 1 for the modalities of each sample that are present, of which there is at
                least one, and 0 for those that are missing, `(batch, M)`. None if all are present.

        Returns:
            `(batch, codes.posterior_params_size)` and `(batch, M)`, float32.
        """
        if self.posterior == "mixture" and scores is None:
            raise ValueError("PosteriorFusion: a mixture needs scores (batch, modalities).")
        experts = [self.codes.split_parameters(ops.cast(each, "float32")) for each in parameters]
        columns = None
        if present is not None:
            present = ops.cast(present, "float32")
            columns = [present[:, m : m + 1] for m in range(len(experts))]
        if self.posterior == "product":
            fused = [
                self._product(part, [each[name] for each in experts], columns)
                for name, part in self.codes.parts.items()
            ]
            shares = ops.stop_gradient(self._shares(experts, present))
            return ops.concatenate(fused, axis=-1), shares
        scores = ops.cast(scores, "float32")
        if present is not None:
            scores = ops.where(present > 0.5, scores, _EXCLUDED)
        log_weights = log_softmax(scores)
        fused = [
            self._mixture(part, [each[name] for each in experts], log_weights)
            for name, part in self.codes.parts.items()
        ]
        return ops.concatenate(fused, axis=-1), ops.exp(log_weights)

    def compute_output_shape(
        self,
        parameters_shape: Shape,
        scores_shape: Shape | None = None,
        present_shape: Shape | None = None,
    ) -> tuple[Shape, Shape]:
        """Returns `(batch, codes.posterior_params_size)` and `(batch, M)`."""
        return tuple(parameters_shape[0]), (parameters_shape[0][0], len(parameters_shape))

    def _product(
        self, part: Latent, parameters: list[Tensor], present: list[Tensor] | None
    ) -> Tensor:
        counts = present or [1.0] * len(parameters)
        priors = sum(counts) - 1.0
        if isinstance(part, Categorical):
            prior = _prior(part)
            logits = sum(n * log_softmax(each) for n, each in zip(counts, parameters, strict=True))
            return ops.where(prior.support, logits - priors * prior.logs, _EXCLUDED)
        posteriors = [part.posterior(each) for each in parameters]
        precisions = [
            n / ops.square(each["scale"]) for n, each in zip(counts, posteriors, strict=True)
        ]
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

    def _shares(self, experts: list[dict[str, Tensor]], present: Tensor | None) -> Tensor:
        information = ops.stack(
            [
                sum(_information(part, each[name]) for name, part in self.codes.parts.items())
                for each in experts
            ],
            axis=-1,
        )
        equal: Any = 1.0 / len(experts)
        if present is not None:
            information *= present
            equal = present / ops.sum(present, axis=-1, keepdims=True)
        total = ops.sum(information, axis=-1, keepdims=True)
        is_zero = total < 1e-6
        return ops.where(is_zero, equal, information / ops.where(is_zero, 1.0, total))


@keras.saving.register_keras_serializable(package="tfgan_it")
class PriorIfMissing(Configurable, keras.layers.Layer):
    """Parameters of q(c|x_m) where modality m is present, those of the prior p(c) where it is not.

    Such a posterior is what a sample tells: a modality that is missing tells nothing. The density
    ratio q(k|x_m) / p(k) is then 1, so that `regularizers.CrossModalInformation` measures what is
    present. The prior of a categorical code is exact; that of a continuous one is the Gaussian of
    its mean and variance.

    Args:
        codes: Codes, a Product without noise (`latent.codes`).
        **kwargs: As for `keras.layers.Layer`.

    Source: ours, see `models.MultimodalInfoGAN`.

    Example:

    >>> layer = PriorIfMissing(Product(category=Categorical(2)))
    >>> logits = ops.array([[5.0, 0.0], [5.0, 0.0]])
    >>> print(ops.softmax(layer(logits, ops.array([[1.0], [0.0]]))).numpy().round(2))
    [[0.99 0.01]
     [0.5  0.5 ]]
    """

    def __init__(self, codes: Product, **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.codes = codes

    def build(self, parameters_shape: Shape, present_shape: Shape) -> None:
        """Does nothing, as the layer has no weights."""
        self.built = True

    def call(self, parameters: Tensor, present: Tensor) -> Tensor:
        """Selects the parameters, `(batch, codes.posterior_params_size)`.

        Args:
            parameters: Those of q(c|x_m), of the same shape.
            present: 1 where the modality is present, else 0, `(batch, 1)`.
        """
        prior = ops.concatenate([_prior_parameters(part) for part in self.codes.parts.values()], -1)
        return ops.where(present > 0.5, ops.cast(parameters, "float32"), prior)

    def compute_output_shape(self, parameters_shape: Shape, present_shape: Shape) -> Shape:
        """Returns the shape of the parameters."""
        return tuple(parameters_shape)


def _prior_parameters(part: Any) -> Tensor:
    """Returns raw parameters of the posterior nearest to the prior of a code, `(1, size)`."""
    if isinstance(part, Categorical):
        prior = _prior(part)
        return ops.where(prior.support, prior.logs, _EXCLUDED)
    shape = (1, part.dimension)
    if isinstance(part, Normal):
        return _as_parameters(part, ops.zeros(shape), ops.full(shape, float(part.scale)))
    middle, width = (part.low + part.high) / 2, part.high - part.low
    return _as_parameters(part, ops.full(shape, middle), ops.full(shape, width / math.sqrt(12)))


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
