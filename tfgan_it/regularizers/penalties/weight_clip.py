"""Constraints on a network's weights."""

from __future__ import annotations

import keras
from keras import ops

from tfgan_it.checks import check_above
from tfgan_it.configuration import Configurable
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class WeightClip(Configurable, keras.constraints.Constraint):
    """w <- clip(w, -limit, limit) after each update: keeps WGAN's critic Lipschitz.

    Args:
        limit: Largest absolute value of a weight, the paper's c.

    Raises:
        ValueError: If the limit is not above 0.

    Source: Arjovsky et al., 2017, "Wasserstein GAN".

    Example:

    >>> print(WeightClip(0.1)(ops.array([-1.0, 0.05, 2.0])).numpy())
    [-0.1   0.05  0.1 ]
    """

    def __init__(self, limit: float = 0.01) -> None:
        self.limit = check_above(self, "limit", limit, 0)

    def __call__(self, w: Tensor) -> Tensor:
        """Returns the clipped weights."""
        return ops.clip(w, -self.limit, self.limit)
