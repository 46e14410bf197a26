"""Gradient matching: the score has the same mean gradient at real and generated samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops, tree

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.distribution import all_gather
from tfgan_it.logits import score
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor

SCORES: dict[str, Callable[[Any], Any]] = {
    "probability": ops.sigmoid,
    "logit": lambda logits: logits,
}


@keras.saving.register_keras_serializable(package="tfgan_it")
class GradientMatching(Term):
    """a ||E grad s(x) - E grad s(G)||^2 + b (E grad s(x).x - E grad s(G).G)^2, s a score of D.

    It makes the first-order expansions of s around the data and around the samples equal. The
    expectations are over the global batch, each before its difference is squared. If a sample has
    several logits, s is the mean of their scores (see `tfgan_it.logits`). It reports `gradient_gap`
    and `gradient_product_gap`, the two differences without their weights.

    Args:
        weight: Weight a of the difference of the gradients.
        product_weight: Weight b of the difference of their products with the samples.
        score: `probability`, s = sigmoid(f) as published, whose slope is at most a quarter of the
            logit's and vanishes where D is confident; or `logit`, s = f, for losses whose logits
            are not those of a probability.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the score is unknown or a weight is negative.

    Source: Tran et al., 2019, "Improving GAN with neighbors embedding and gradient matching".
    Departures: the adversarial loss replaces the difference of the scores themselves, which is the
    generator's loss there; a square in place of the second absolute value; one scale for images of
    all sizes, that of [-1, 1].

    Example:

    >>> GradientMatching(0.5, score="logit")
    GradientMatching(weight=0.5, score='logit')
    """

    metric_names = ("gradient_gap", "gradient_product_gap")
    players = ("generator",)

    def __init__(
        self,
        weight: float = 1.0,
        product_weight: float = 1.0,
        score: str = "probability",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_choice("score", score, SCORES)
        check_at_least(self, "weight", weight, 0)
        check_at_least(self, "product_weight", product_weight, 0)
        self.weight, self.product_weight, self.score = weight, product_weight, score

    def value(self, step: Step) -> Tensor:
        """Computes the two terms, a scalar."""
        activation = SCORES[self.score]

        def score_of(x: Tensor) -> Tensor:
            return score(tree.map_structure(activation, step.networks.discriminate(x)["logits"]))

        def means(images: Tensor) -> tuple[Tensor, Tensor]:
            slopes = step.networks.gradient(score_of, images)
            products = ops.sum(ops.reshape(slopes * images, (ops.shape(images)[0], -1)), axis=-1)
            return _global_mean(slopes), _global_mean(products)

        real, fake = means(step.batch.samples), means(step.batch.generated)
        gap = ops.sum(ops.square(ops.stop_gradient(real[0]) - fake[0]))
        product_gap = ops.square(ops.stop_gradient(real[1]) - fake[1])
        step.runtime.report(gradient_gap=gap, gradient_product_gap=product_gap)
        return self.weight * gap + self.product_weight * product_gap


def _global_mean(values: Tensor) -> Tensor:
    """Computes the mean over the samples of all replicas, whose batches are of one size."""
    return ops.mean(all_gather(ops.mean(ops.cast(values, "float32"), axis=0)[None]), axis=0)
