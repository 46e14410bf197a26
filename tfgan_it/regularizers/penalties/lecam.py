"""LeCam regularisation: it anchors the discriminator's outputs to their moving averages."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_in_range
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class LeCam(Term):
    """lambda (relu(f(x) - a_G)^2 + relu(a_x - f(G))^2), a the moving averages of f.

    a_x and a_G follow E f(x) and E f(G): a <- decay a + (1 - decay) E f. Until step `start` they
    are the means of the last batch, and the term is 0. If a sample has several logits, f is their
    mean (see `tfgan_it.logits`). With the Wasserstein loss the regularised game minimises a LeCam
    divergence. It helps with little data.

    Args:
        lambda_: Weight of the term, the paper's lambda.
        decay: Decay of both averages.
        start: Number of steps before the term is applied.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative or the decay outside [0, 1).

    Source: Tseng et al., 2021, "Regularizing Generative Adversarial Networks under Limited Data",
    and the authors' code. Departures: the averages include a batch only after its update.

    Example:

    >>> LeCam(0.1, start=500)
    LeCam(lambda_=0.1, start=500)
    """

    players = ("discriminator",)

    def __init__(
        self, lambda_: float = 0.3, decay: float = 0.99, start: int = 1000, **kwargs: Any
    ) -> None:
        super().__init__(start=start, **kwargs)
        check_at_least(self, "lambda_", lambda_, 0)
        check_in_range(self, "decay", decay, 0, 1, "[)")
        self.lambda_, self.decay = lambda_, decay
        self.real_average = self.add_state("real_average")
        self.fake_average = self.add_state("fake_average")

    def value(self, step: Step) -> Tensor:
        """Computes lambda (relu(f(x) - a_G)^2 + relu(a_x - f(G))^2), `(batch,)`."""
        real = ops.relu(step.outputs.real_scores - self.fake_average)
        fake = ops.relu(self.real_average - step.outputs.generated_scores)
        return self.lambda_ * (ops.square(real) + ops.square(fake))

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates both averages with the means over the global batch."""
        decay = self.decay * ops.cast(step.runtime.step > self.start, "float32")
        for average, scores in (
            (self.real_average, step.outputs.real_scores),
            (self.fake_average, step.outputs.generated_scores),
        ):
            average.assign(decay * average + (1.0 - decay) * step.runtime.mean(scores))
        return {}
