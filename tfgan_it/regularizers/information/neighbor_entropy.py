"""Entropy of generated samples from the distances of neighbours, maximised."""

from __future__ import annotations

import math
from typing import Any, TypeVar

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_integer
from tfgan_it.distribution import all_gather, positive_mask
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor

Network = TypeVar("Network", bound="keras.Model | None")


@keras.saving.register_keras_serializable(package="tfgan_it")
class NeighborEntropy(Term):
    """-weight H(G), from the distance eps of each sample to its k-th neighbour in the batch.

        H = ln(N - 1) - psi(k) + ln c_d + d <ln eps>,   c_d the volume of the Euclidean unit ball

    This is the Kozachenko-Leonenko estimate in nats over the global batch of N. Its gradient pushes
    samples away from their neighbours, by d / eps. It is a differential entropy, so that its zero
    has no meaning. In more than a few dimensions it is biased low, and only its gradient is
    meaningful. It reports `sample_entropy_nats`.

    Args:
        weight: Weight of the term.
        neighbors: Rank k of the neighbour.
        features: A built Keras model that maps images to features `(batch, d)`, used in place of
            the pixels. Its weights are not trained.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If `neighbors` is below 1 or the weight negative; when called, if a batch of
            known size has too few samples.

    Source: Kozachenko and Leonenko, 1987, "Sample Estimate of the Entropy of a Random Vector".
    Departures: a floor of 1e-6 under the distance, as the logarithm of 0 has no gradient.

    Example:

    >>> NeighborEntropy(0.01, neighbors=5)
    NeighborEntropy(weight=0.01, neighbors=5)
    """

    metric_names = ("sample_entropy_nats",)
    players = ("generator",)

    def __init__(
        self,
        weight: float = 1e-3,
        neighbors: int = 3,
        features: keras.Model | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_integer(self, "neighbors", neighbors, 1)
        check_at_least(self, "weight", weight, 0)
        self.weight, self.neighbors, self.features = weight, neighbors, frozen(features)

    def value(self, step: Step) -> Tensor:
        """Computes -weight H, `(batch,)`: each sample's part of the estimate."""
        entropy = self.entropy(features_of(step.batch.generated, self.features))
        step.runtime.report(sample_entropy_nats=entropy)
        return -self.weight * entropy

    def entropy(self, samples: Tensor) -> Tensor:
        """Computes each sample's part of the estimate of H, nats, `(batch,)`.

        Args:
            samples: Features of samples, `(batch, d)`.
        """
        gathered = all_gather(samples)
        rows, columns, d = ops.shape(samples)[0], ops.shape(gathered)[0], samples.shape[-1]
        if isinstance(columns, int) and columns <= self.neighbors:
            raise ValueError(
                f"NeighborEntropy: neighbors={self.neighbors} needs a batch above that, got "
                f"{columns}."
            )
        squared = ops.sum(ops.square(samples[:, None, :] - gathered[None, :, :]), axis=-1)
        # A sample is not a neighbour of itself.
        squared = ops.where(positive_mask(rows, columns), math.inf, squared)
        nearest = -ops.top_k(-squared, self.neighbors)[0][:, -1]
        log_distance = 0.5 * ops.log(ops.maximum(nearest, 1e-12))
        # ln of the volume of the Euclidean unit ball, and digamma(k) of a whole k.
        volume = 0.5 * d * math.log(math.pi) - math.lgamma(0.5 * d + 1)
        psi = -0.5772156649015329 + sum(1.0 / i for i in range(1, self.neighbors))
        return ops.log(ops.cast(columns - 1, "float32")) - psi + volume + d * log_distance


def frozen(network: Network) -> Network:
    """Returns the network with its weights frozen."""
    if network is not None:
        network.trainable = False
    return network


def features_of(images: Tensor, network: keras.Model | None) -> Tensor:
    """Computes features of images in inference mode, or flattens them; float32 `(batch, d)`."""
    features = images if network is None else network(images, training=False)
    return ops.reshape(ops.cast(features, "float32"), (-1, math.prod(features.shape[1:])))
