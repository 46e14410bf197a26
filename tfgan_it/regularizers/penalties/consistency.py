"""Consistency regularisation: the discriminator ignores what does not matter."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import Augmentation
from tfgan_it.components import StepContext
from tfgan_it.regularizers.regularizer import Regularizer


@keras.saving.register_keras_serializable(package="tfgan_it")
class Consistency(Regularizer):
    """lambda (f(x) - f(T(x)))^2 on real images x and a random transformation T.

    Args:
        augmentation: T, such as `augmentation.DiffAugment("translation")`; an object of its own,
            not the game's.
        lambda_: Weight; the paper's lambda.
        **kwargs: As for `Regularizer`.

    Raises:
        ValueError: a negative weight.

    Source: Zhang et al., 2020, "Consistency Regularization for Generative Adversarial Networks".
    """

    def __init__(self, augmentation: Augmentation, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not lambda_ >= 0:
            raise ValueError(f"Consistency: lambda_ must be at least 0, got {lambda_}.")
        self.augmentation, self.lambda_ = augmentation, lambda_

    def penalty(self, context: StepContext) -> Any:
        """lambda (f(x) - f(T(x)))^2, `(batch,)`."""
        transformed = self.augmentation.augment(context.real, context.draw)
        logits = context.discriminate(transformed)["logits"]
        return self.lambda_ * ops.square(context.real_outputs["logits"] - logits)

    def update(self, context: StepContext) -> dict[str, Any]:
        """Moves what the transformation remembers."""
        self.augmentation.update(context)
        return {}

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        augmentation = keras.saving.serialize_keras_object(self.augmentation)
        return {**super().get_config(), "augmentation": augmentation, "lambda_": self.lambda_}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Consistency:
        """Builds the regulariser that `get_config` described."""
        augmentation = keras.saving.deserialize_keras_object(config["augmentation"])
        return cls(**{**config, "augmentation": augmentation})
