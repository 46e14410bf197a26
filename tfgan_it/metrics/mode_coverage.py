"""Coverage of the modes of a known mixture."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_above
from tfgan_it.configuration import Configurable
from tfgan_it.datasets.mixtures import GaussianMixture
from tfgan_it.information import kullback_leibler


@keras.saving.register_keras_serializable(package="tfgan_it")
class ModeCoverage(Configurable, keras.metrics.Metric):
    """Number of covered modes, fraction of good samples and reverse KL, since the last reset.

    A sample belongs to the mode with the nearest centre, and is good within `radius` standard
    deviations of it. `result` is

        modes         modes with at least one good sample
        high_quality  fraction of good samples; 1 - exp(-radius^2 / 2) for the mixture in 2-D
        reverse_kl    KL(q || p) in nats, q the histogram of samples over modes, p uniform
        floor         (K - 1) / 2n, the mean of reverse_kl for n samples of the mixture

    Args:
        centres: Centres of the modes, `(K, dimension)`.
        std: Standard deviation of each mode, along each axis.
        radius: Radius of a mode in standard deviations.
        **kwargs: As for `keras.metrics.Metric`.

    Source: Srivastava et al., 2017, "VEEGAN: Reducing Mode Collapse in GANs using Implicit
    Variational Learning"; the reverse KL of Lin et al., 2018, "PacGAN: The Power of Two Samples in
    Generative Adversarial Networks".

    Example:

    >>> metric = ModeCoverage([[0.0, 0.0], [1.0, 0.0]], std=0.1)
    >>> metric.update_state(np.array([[0.0, 0.1], [0.4, 0.0], [1.0, 0.0], [1.1, 0.0]]))
    >>> {name: round(float(value), 4) for name, value in metric.result().items()}
    {'modes': 2.0, 'high_quality': 0.75, 'reverse_kl': 0.0, 'floor': 0.125}
    """

    def __init__(self, centres: Any, std: float, radius: float = 3.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.centres = np.asarray(centres, "float64")
        self.std = check_above(self, "std", std, 0)
        self.radius = check_above(self, "radius", radius, 0)
        shape = (len(self.centres),)
        self.samples = self.add_weight(shape=shape, initializer="zeros", name="samples")
        self.good = self.add_weight(shape=shape, initializer="zeros", name="good")

    def update_state(self, points: Any) -> None:
        """Adds samples, float `(n, dimension)`; distances are float64.

        Raises:
            ValueError: If samples have another dimension than the centres.
        """
        points = ops.convert_to_tensor(points, "float64")
        if tuple(points.shape[1:]) != self.centres.shape[1:]:
            raise ValueError(
                f"ModeCoverage: points must be (n, {self.centres.shape[1]}), got "
                f"{tuple(points.shape)}."
            )
        differences = points[:, None, :] - self.centres
        distances = ops.sqrt(ops.sum(ops.square(differences), axis=-1))
        nearest = ops.one_hot(ops.argmin(distances, axis=1), len(self.centres), dtype="float32")
        good = ops.cast(distances <= self.radius * self.std, "float32")
        self.samples.assign(self.samples + ops.sum(nearest, axis=0))
        self.good.assign(self.good + ops.sum(nearest * good, axis=0))

    def result(self) -> dict[str, Any]:
        """Returns the four values by name; all 0 without samples."""
        n, modes = ops.sum(self.samples), len(self.centres)
        share = self.samples / ops.maximum(n, 1.0)
        return {
            "modes": ops.sum(ops.cast(self.good > 0, "float32")),
            "high_quality": ops.sum(self.good) / ops.maximum(n, 1.0),
            "reverse_kl": kullback_leibler(share, ops.full_like(share, 1 / modes)),
            "floor": ops.where(n > 0, (modes - 1) / (2.0 * ops.maximum(n, 1.0)), 0.0),
        }


def mode_coverage(points: Any, mixture: GaussianMixture) -> dict[str, float]:
    """Computes `ModeCoverage` of points.

    Args:
        points: Samples `(n, dimension)`.
        mixture: Mixture that the generator should learn.

    Example:

    >>> from tfgan_it.datasets import ring
    >>> mode_coverage(ring().sample(2500), ring())["modes"]
    8.0
    """
    metric = ModeCoverage(mixture.centres, mixture.std)
    metric.update_state(points)
    return {name: float(value) for name, value in metric.result().items()}
