"""Consistency regularisation: the discriminator ignores transformations of its input."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import Augmentation
from tfgan_it.checks import check_at_least
from tfgan_it.logits import score
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Consistency(Term):
    """lambda (f(x) - f(T(x)))^2 on real samples x and a random transformation T.

    If a sample has several logits, f is their mean (see `tfgan_it.logits`), as a transformation
    that moves the sample may move its patches.

    Args:
        augmentation: Transformation T, such as `augmentation.DiffAugment("translation")`. It must
            not be the model's own augmentation.
        lambda_: Weight of the term, the paper's lambda.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Zhang et al., 2020, "Consistency Regularization for Generative Adversarial Networks".

    Example:

    >>> from tfgan_it.augmentation import DiffAugment
    >>> Consistency(DiffAugment("translation"))
    Consistency(augmentation=DiffAugment(policy='translation'))
    """

    players = ("discriminator",)

    def __init__(self, augmentation: Augmentation, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "lambda_", lambda_, 0)
        self.augmentation, self.lambda_ = augmentation, lambda_

    def value(self, step: Step) -> Tensor:
        """Computes lambda (f(x) - f(T(x)))^2, `(batch,)`."""
        transformed = self.augmentation.augment(step.batch.samples, step.runtime.draw)
        transformed_scores = score(step.networks.discriminate(transformed)["logits"])
        return self.lambda_ * ops.square(step.outputs.real_scores - transformed_scores)

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates the state of the transformation."""
        self.augmentation.update(step)
        return {}
