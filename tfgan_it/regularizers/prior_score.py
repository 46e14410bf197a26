"""The score-function gradient that trains a learned prior of a latent."""

from __future__ import annotations

import keras
from keras import ops

from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class PriorScore(Term):
    """0, with the gradient E (l - mean l) d ln p(z): that of E l in the weights of p.

    l is the generator's adversarial loss and p the latent's learned distribution. `compile` adds
    the term if the latent has weights. A sample that is not generated from the drawn latents adds
    noise, but no bias.

    Args:
        **kwargs: As for `Term`.

    Source: Williams, 1992, "Simple Statistical Gradient-Following Algorithms for Connectionist
    Reinforcement Learning".

    Example:

    >>> PriorScore().players
    ('generator',)
    """

    players = ("generator",)

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the latent and the adversarial loss."""
        assert model.latent is not None, "the term is for a latent that has weights"
        self._log_prob, self._adversarial_loss = model.latent.log_prob, model.adversarial_loss.value

    def value(self, step: Step) -> Tensor:
        """Computes (l - mean l) (ln p(z) - [ln p(z)]), `(batch,)`; [.] and l pass no gradient."""
        losses = ops.stop_gradient(self._adversarial_loss(step))
        log_prob = self._log_prob(step.batch.prior_latents)
        return (losses - step.runtime.mean(losses)) * (log_prob - ops.stop_gradient(log_prob))
