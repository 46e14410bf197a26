"""Adversarial losses: the objectives of both players, as functions of the logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_in_range
from tfgan_it.information import jensen_shannon_lower_bound
from tfgan_it.logits import loss_per_sample, mean_per_sample
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


class AdversarialLoss(Term):
    """A two-player game on logits; high means real. It is the first term of both players' losses.

    The two losses are elementwise: they take logits of any shape, `(batch,)` or one for each patch
    or token, and return that shape. The term of a player is the mean over a sample's logits, and
    the sum over several discriminators (see `tfgan_it.logits`). It reports `discriminator_loss`,
    `generator_loss` and `js_nats`, the `jensen_shannon_lower_bound`.

    Attributes:
        generator_needs_real: Whether `generator_loss` uses `real_logits`.
        own_metric_names: Names of the metrics that a loss adds to these three.
    """

    generator_needs_real = False
    own_metric_names: tuple[str, ...] = ()
    evaluation_metric_names = ("discriminator_loss", "generator_loss", "js_nats")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metric_names = self.evaluation_metric_names + self.own_metric_names

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes the discriminator's loss for each logit."""
        raise NotImplementedError(f"{type(self).__name__} must define discriminator_loss.")

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes the generator's loss for each logit.

        `real_logits` are None in training unless `generator_needs_real`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define generator_loss.")

    def value(self, step: Step) -> Tensor:
        """Computes the loss of the player of this phase, `(batch,)`."""
        in_discriminator_phase = step.phase == "discriminator"
        loss = self.discriminator_loss if in_discriminator_phase else self.generator_loss
        losses = self._per_sample(loss, step)
        step.runtime.report(**{f"{step.phase}_loss": losses})
        if in_discriminator_phase:
            step.runtime.report(js_nats=self._js_nats(step))
        return losses

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes both losses and the bound on unseen samples."""
        return {
            "discriminator_loss": self._per_sample(self.discriminator_loss, step),
            "generator_loss": self._per_sample(self.generator_loss, step),
            "js_nats": self._js_nats(step),
        }

    @staticmethod
    def _per_sample(function: Callable[..., Tensor], step: Step) -> Tensor:
        real, generated = step.outputs.real, step.outputs.generated
        return loss_per_sample(function, real and real["logits"], generated["logits"])

    @staticmethod
    def _js_nats(step: Step) -> Tensor:
        real, generated = step.outputs.required_real, step.outputs.generated
        return mean_per_sample(jensen_shannon_lower_bound, real["logits"], generated["logits"])


@keras.saving.register_keras_serializable(package="tfgan_it")
class Minimax(AdversarialLoss):
    """The original GAN: min_G max_D E ln D(x) + E ln(1 - D(G)), D = sigmoid(f).

        discriminator: softplus(-f(x)) + softplus(f(G))
        generator:     -softplus(f(G))

    At the optimal discriminator the value is 2 JS(p || q) - ln 4. The generator's gradient
    vanishes where the discriminator is confident; `NonSaturating` avoids that.

    Args:
        label_smoothing: s of one-sided label smoothing: real samples count as real with weight
            1 - s and as fake with s, so that the best logit on certain reals is ln((1 - s) / s).
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If `label_smoothing` is outside [0, 1).

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets"; smoothing by Salimans et al.,
    2016, "Improved Techniques for Training GANs".

    Example:

    >>> zero = ops.zeros((1,))
    >>> print(f"{float(Minimax().discriminator_loss(zero, zero)[0]):.4f}")
    1.3863
    """

    def __init__(self, label_smoothing: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.label_smoothing = check_in_range(self, "label_smoothing", label_smoothing, 0, 1, "[)")

    def discriminator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes softplus(-f(x)) + s f(x) + softplus(f(G)), nats."""
        real = ops.softplus(-real_logits) + self.label_smoothing * real_logits
        return real + ops.softplus(fake_logits)

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes -softplus(f(G)) = ln(1 - D(G)), nats."""
        return -ops.softplus(fake_logits)


@keras.saving.register_keras_serializable(package="tfgan_it")
class NonSaturating(Minimax):
    """`Minimax` with the generator's loss replaced by softplus(-f(G)) = -ln D(G).

    The fixed point is the same, and the gradient is strong where the generator is worst.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets", section 3.

    Example:

    >>> print(NonSaturating().generator_loss(None, ops.array([0.0])).numpy().round(4))
    [0.6931]
    """

    def generator_loss(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        """Computes softplus(-f(G)), nats."""
        return ops.softplus(-fake_logits)
