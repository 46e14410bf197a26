"""Constraints on a network's weights."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tfgan_it")
class WeightClip(keras.constraints.Constraint):
    """w <- clip(w, -limit, limit) after each update: WGAN's crude way to a Lipschitz critic.

    Args:
        limit: c of the paper, .01.

    Raises:
        ValueError: a limit that is not above 0.

    Source: Arjovsky et al., 2017, "Wasserstein GAN".
    """

    def __init__(self, limit: float = 0.01) -> None:
        if not limit > 0:
            raise ValueError(f"WeightClip: limit must be above 0, got {limit}.")
        self.limit = limit

    def __call__(self, w: Any) -> Any:
        """The clipped weights."""
        return ops.clip(w, -self.limit, self.limit)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"limit": self.limit}
