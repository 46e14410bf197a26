"""The distance of a translation from its true partner."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.logits import per_sample
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor

_DISTANCES = {"l1": ops.abs, "l2": ops.square}


@keras.saving.register_keras_serializable(package="tfgan_it")
class PairedReconstruction(Term):
    """lambda |b - G(a)|, the mean over the numbers of a sample, of pairs (a, b).

    For `models.TranslationGAN` with `paired=True`. It reports `reconstruction_loss`, the distance
    without its weight, of unseen samples too. Samples in [-1, 1] have twice the distance of samples
    in [0, 1].

    Args:
        lambda_: Weight of the term, the paper's lambda.
        distance: `l1`, the absolute error as published, or `l2`, the squared error.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative or the distance unknown; when compiled, if the model's
            samples are not pairs.

    Source: Isola et al., 2017, "Image-to-Image Translation with Conditional Adversarial Networks".

    Example:

    >>> PairedReconstruction(10.0)
    PairedReconstruction(lambda_=10.0)
    """

    players = ("generator",)
    metric_names = evaluation_metric_names = ("reconstruction_loss",)

    def __init__(self, lambda_: float = 100.0, distance: str = "l1", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lambda_ = check_at_least(self, "lambda_", lambda_, 0)
        self.distance = check_choice("distance", distance, _DISTANCES)

    def build_for(self, model: BuiltGAN) -> None:
        """Checks that samples are pairs."""
        shape = model.sample_shape
        if not (isinstance(shape, dict) and "b" in shape and getattr(model, "paired", False)):
            raise ValueError(
                "PairedReconstruction needs a model of pairs, such as TranslationGAN with "
                f"paired=True, got {type(model).__name__}."
            )

    def value(self, step: Step) -> Tensor:
        """Computes the term, `(batch,)`."""
        distance = self._distance(step)
        step.runtime.report(reconstruction_loss=distance)
        return self.lambda_ * distance

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes the distance of unseen samples."""
        return {"reconstruction_loss": self._distance(step)}

    def _distance(self, step: Step) -> Tensor:
        real, translated = step.batch.samples["b"], step.batch.generated["b"]
        difference = ops.cast(translated, "float32") - ops.cast(real, "float32")
        return per_sample(_DISTANCES[self.distance](difference))
