"""Penalties on the gradient of the discriminator with respect to its input."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.regularizers.regularizer import Regularizer, StepContext


def squared_gradient_norm(context: StepContext, images: Any) -> Any:
    """||grad f(x)||^2 of each sample, over all of its axes, `(batch,)`, float32."""
    gradient = context.gradient(lambda x: context.discriminate(x)["logits"], images)
    gradient = ops.cast(gradient, "float32")
    return ops.sum(ops.square(gradient), axis=tuple(range(1, len(gradient.shape))))


@keras.saving.register_keras_serializable(package="tfgan_it")
class R1(Regularizer):
    """gamma / 2 ||grad f(x)||^2 on real images: makes the game converge where GANs cycle.

    Args:
        gamma: Weight; the paper's gamma, so the term carries gamma / 2.

    Source: Mescheder et al., 2018, "Which Training Methods for GANs do actually Converge?"
    """

    def __init__(self, gamma: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if gamma < 0:
            raise ValueError(f"R1: gamma must be at least 0, got {gamma}.")
        self.gamma = gamma

    def penalty(self, context: StepContext) -> Any:
        """gamma / 2 ||grad f(x)||^2, `(batch,)`."""
        return 0.5 * self.gamma * squared_gradient_norm(context, context.real)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "gamma": self.gamma}
