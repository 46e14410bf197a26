"""Adversarial losses: what each player of the game minimises, given the discriminator's logits."""

from __future__ import annotations

import abc
import difflib
import math
from typing import Any

import keras
from keras import ops


class AdversarialLoss(abc.ABC):
    """A two-player game on logits; high means real.

    Both methods return one value per sample, `(batch,)`; the train step takes the mean. Logits
    are `(batch,)`; the loss itself never sees images. Stateless: hyperparameters only.
    """

    @abc.abstractmethod
    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """What the discriminator minimises, `(batch,)`."""

    @abc.abstractmethod
    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """What the generator minimises, `(batch,)`.

        `real_logits` are None unless `generator_needs_real` is True.
        """

    generator_needs_real = False

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> AdversarialLoss:
        """Builds the loss that `get_config` described."""
        return cls(**config)


@keras.saving.register_keras_serializable(package="tfgan_it")
class Minimax(AdversarialLoss):
    """The game as first stated: min_G max_D E ln D(x) + E ln(1 - D(G)), D = sigmoid(f).

        discriminator: softplus(-f(x)) + softplus(f(G))
        generator:     -softplus(f(G))

    At the optimal discriminator the value is 2 JS(p || q) - ln 4. The generator's gradient
    vanishes where the discriminator is sure: `NonSaturating` exists for that.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets".

    Example:

    >>> zero = ops.zeros((1,))
    >>> print(f"{float(Minimax().discriminator_loss(zero, zero)[0]):.4f}")
    1.3863
    """

    def discriminator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """softplus(-f(x)) + softplus(f(G)), nats."""
        return ops.softplus(-real_logits) + ops.softplus(fake_logits)

    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """-softplus(f(G)) = ln(1 - D(G)), nats."""
        return -ops.softplus(fake_logits)


@keras.saving.register_keras_serializable(package="tfgan_it")
class NonSaturating(Minimax):
    """`Minimax` with the generator's loss replaced by softplus(-f(G)) = -ln D(G).

    The fixed point is the same, and the gradient is strong where the generator is worst.

    Source: Goodfellow et al., 2014, "Generative Adversarial Nets", section 3.
    """

    def generator_loss(self, real_logits: Any, fake_logits: Any) -> Any:
        """softplus(-f(G)), nats."""
        return ops.softplus(-fake_logits)


ADVERSARIAL_LOSSES = {"minimax": Minimax, "non_saturating": NonSaturating}


def get(loss: str | AdversarialLoss) -> AdversarialLoss:
    """The adversarial loss of that name, or the object itself.

    Raises:
        ValueError: names the loss, what is allowed, and the nearest name.
    """
    if isinstance(loss, AdversarialLoss):
        return loss
    if loss not in ADVERSARIAL_LOSSES:
        near = difflib.get_close_matches(str(loss), ADVERSARIAL_LOSSES, n=1, cutoff=0)
        raise ValueError(
            f"Unknown adversarial loss {loss!r}: use an AdversarialLoss or one of "
            f"{', '.join(sorted(ADVERSARIAL_LOSSES))} (nearest: {near[0]})."
        )
    return ADVERSARIAL_LOSSES[loss]()


def jensen_shannon_lower_bound(real_logits: Any, fake_logits: Any) -> Any:
    """ln 2 - 1/2 (softplus(-f(x)) + softplus(f(G))): a lower bound on JS(p || q), nats, `(batch,)`.

    Its mean is at most JS(p || q) = I(x; y), y the fair coin that picks real or generated, for
    any f, with equality at f = ln p/q. It can be negative: then f says less than nothing.

    Source: Goodfellow et al., 2014, theorem 1, read as a variational bound on I(x; y).
    """
    return math.log(2.0) - 0.5 * (ops.softplus(-real_logits) + ops.softplus(fake_logits))
