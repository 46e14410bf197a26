"""The score-function gradient of drawn tokens."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_in_range, check_integer
from tfgan_it.layers import PaddingMask
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class TokenScore(Term):
    """0, with the gradient -E (f - b) d ln p(x): that of -E f in the logits of drawn tokens.

    f is the discriminator's score of a generated text x, the reward, and b the baseline, a moving
    mean of f that starts from the first batch. ln p(x) is the sum of ln softmax(l) at the drawn
    tokens; the generator gives the logits l as `token_logits`, `(batch, length, size)`.

    Args:
        momentum: Decay of the moving mean, in [0, 1).
        padding: Token of the padding: what is behind the first of them does not count, for a
            discriminator that does not see it. None to count all tokens.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the momentum is outside [0, 1), or, in `compile`, the generator has no
            `token_logits`.

    Source: Williams, 1992, "Simple Statistical Gradient-Following Algorithms for Connectionist
    Reinforcement Learning".

    Example:

    >>> TokenScore(momentum=0.9).players
    ('generator',)
    """

    players = ("generator",)

    def __init__(self, momentum: float = 0.99, padding: int | None = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.momentum = check_in_range(self, "momentum", momentum, 0, 1, "[)")
        self.padding = None if padding is None else check_integer(self, "padding", padding, 0)
        self.baseline = self.add_state("baseline")
        self.weight = self.add_state("weight")  # Of the batches in the mean: 1 - momentum^n.

    def build_for(self, model: BuiltGAN) -> None:
        """Checks that the generator gives the logits of its tokens."""
        outputs = model.generator.output
        if not isinstance(outputs, dict) or "token_logits" not in outputs:
            raise ValueError(
                "TokenScore: the generator must give 'samples' and 'token_logits', as "
                "networks.text_generator(..., sampling='one_hot') does."
            )

    def update(self, step: Step) -> dict[str, Tensor]:
        """Moves the mean towards that of this batch's scores."""
        mean = step.runtime.mean(step.outputs.generated_scores)
        rate = 1 - self.momentum
        self.baseline.assign(self.momentum * self.baseline + rate * mean)
        self.weight.assign(self.momentum * self.weight + rate)
        return {}

    def value(self, step: Step) -> Tensor:
        """Computes -(f - b) (ln p(x) - [ln p(x)]), `(batch,)`; [.] and f pass no gradient."""
        tokens = ops.stop_gradient(step.outputs.generator["samples"])
        log_prob = ops.sum(
            tokens * ops.log_softmax(step.outputs.generator["token_logits"], axis=-1), axis=-1
        )
        if self.padding is not None:
            log_prob = log_prob * PaddingMask(self.padding)(tokens)[..., 0]
        log_prob = ops.sum(log_prob, axis=-1)
        baseline = self.baseline / ops.maximum(self.weight, 1e-12)
        advantage = ops.stop_gradient(step.outputs.generated_scores - baseline)
        return -advantage * (log_prob - ops.stop_gradient(log_prob))
