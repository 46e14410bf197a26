"""Neighbour embedding: distances of samples follow the distances of their latents."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least
from tfgan_it.distribution import all_gather
from tfgan_it.information import from_log_probs, kullback_leibler
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor

# Floor of the variance of distances, for a batch of equal samples.
_FLOOR = 1e-6


@keras.saving.register_keras_serializable(package="tfgan_it")
class NeighborEmbedding(Term):
    """weight KL(P || Q): pairs of samples have the same relative distances as their latents.

        P_ij = (p_j|i + p_i|j) / 2N,   p_j|i = t_ij / sum_{k != i} t_ik,
        t_ij = 1 / (1 + ||z_i - z_j||^2 / 2 s^2),   s^2 the variance of the distances ||z_i - z_j||

    over the pairs i != j of the global batch of N; Q is the same for features of the samples. It is
    an inverse t-SNE: a generator that maps many latents to one sample has a Q with neighbours that
    P lacks. Both are joint distributions of pairs, so the KL is in nats, at least 0, and invariant
    to the scale of either space. It reports `neighbor_embedding_nats`.

    Args:
        weight: Weight of the term.
        features: Name of the discriminator's output that gives the distances of samples, such as
            `features` of `networks.infogan_discriminator`; None for their pixels.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative; when called, if the features are missing, or a batch
            of known size has fewer than 3 samples.

    Source: Tran et al., 2019, "Improving GAN with neighbors embedding and gradient matching".
    Departures: in the generator's step on generated samples only, as there is no autoencoder; a
    floor of 1e-6 under s^2.

    Example:

    >>> NeighborEmbedding(0.5)
    NeighborEmbedding(weight=0.5)
    """

    metric_names = ("neighbor_embedding_nats",)
    players = ("generator",)

    def __init__(
        self, weight: float = 1.0, features: str | None = "features", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "weight", weight, 0)
        self.weight, self.features = weight, features

    def value(self, step: Step) -> Tensor:
        """Computes weight KL(P || Q), a scalar."""
        samples = step.batch.generated
        if self.features is not None:
            if self.features not in step.outputs.generated:
                raise ValueError(
                    f"NeighborEmbedding: the discriminator must give {self.features!r}, got "
                    f"{', '.join(sorted(step.outputs.generated))}."
                )
            samples = step.outputs.generated[self.features]
        divergence = self.divergence(step.batch.latents, samples)
        step.runtime.report(neighbor_embedding_nats=divergence)
        return self.weight * divergence

    def divergence(self, latents: Tensor, samples: Tensor) -> Tensor:
        """Computes KL(P || Q) in nats, a scalar that is equal on all replicas.

        Args:
            latents: Latents, `(batch, dimension)`.
            samples: Samples generated from them, or their features, `(batch, ...)`.
        """
        p, q = (_log_joint(all_gather(_flatten(x))) for x in (latents, samples))
        p, q = from_log_probs(ops.stop_gradient(p)), from_log_probs(q)
        return kullback_leibler(p, q, axis=(0, 1))


def _flatten(x: Tensor) -> Tensor:
    return ops.reshape(ops.cast(x, "float32"), (-1, math.prod(x.shape[1:])))


def without_offset(x: Tensor) -> Tensor:
    """Subtracts the mean from points `(n, d)` if it is large beside their standard deviation.

    Distances by ||x||^2 + ||y||^2 - 2 x'y would lose all digits to it. Other points stay as they
    are, to the last digit.
    """
    mean = ops.stop_gradient(ops.mean(x, axis=0, keepdims=True))
    is_far = ops.mean(ops.square(mean)) > 100.0 * ops.mean(ops.square(x - mean))
    return x - ops.where(is_far, mean, 0.0)


def _log_joint(x: Tensor) -> Tensor:
    """Computes ln P_ij of the samples of all replicas, `(N, N)`; very low on the diagonal."""
    x = without_offset(x)
    n = ops.shape(x)[0]
    if isinstance(n, int) and n < 3:
        raise ValueError(f"NeighborEmbedding: the batch must be at least 3, got {n}.")
    norms = ops.sum(ops.square(x), axis=-1)
    squared = norms[:, None] + norms[None, :] - 2.0 * ops.matmul(x, ops.transpose(x))
    diagonal = ops.arange(n)[:, None] == ops.arange(n)[None, :]
    squared = ops.where(diagonal, 0.0, ops.maximum(squared, 0.0))
    pairs = ops.cast(n * (n - 1), "float32")
    # The gradient of the root is infinite at 0, for equal samples.
    distances = ops.where(diagonal, 0.0, ops.sqrt(squared + 1e-12))
    mean = ops.sum(distances) / pairs
    variance = ops.sum(ops.where(diagonal, 0.0, ops.square(distances - mean))) / pairs
    # A kernel of Student's t, normalised in logarithms, where far neighbours do not underflow.
    log_t = -ops.log1p(squared / (2.0 * (variance + _FLOOR)))
    log_t = ops.where(diagonal, -1e9, log_t)  # Infinity would give NaN gradients.
    log_conditional = log_t - ops.logsumexp(log_t, axis=1, keepdims=True)
    log_sum = ops.logaddexp(log_conditional, ops.transpose(log_conditional))
    return log_sum - ops.log(2.0 * ops.cast(n, "float32"))
