"""Real samples beside the conditions of others, which a discriminator must tell from pairs."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least
from tfgan_it.distribution import all_gather, positive_mask
from tfgan_it.logits import loss_per_sample
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor

EMBEDDINGS = ("sample_embedding", "condition_embedding")


@keras.saving.register_keras_serializable(package="tfgan_it")
class MatchingAware(Term):
    """The discriminator's loss with mismatched pairs in the place of generated ones.

        weight L_D(f(x_i, y_i), f(x_i, y_j)),   f(x, y) = u(x) + v(x)' t(y)

    for real x_i and the condition y_j of the sample before it in the global batch. Without it a
    discriminator learns of conditions only by the mistakes of the generator. With weight 1 the sum
    of both losses is twice the published one, whose optimum is the same. u, v and t are the
    discriminator's outputs `unconditional`, `sample_embedding` and `condition_embedding`, so that
    no further pass is needed. It reports `mismatched_loss`.

    Where a condition occurs twice in a batch some pairs match all the same; their share should be
    small.

    Args:
        weight: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative; when compiled, if the discriminator lacks one of
            these outputs.

    Source: Reed et al., 2016, "Generative Adversarial Text to Image Synthesis", GAN-CLS.
    Departures: any adversarial loss.

    Example:

    >>> MatchingAware(0.5)
    MatchingAware(weight=0.5)
    """

    players = ("discriminator",)
    metric_names = ("mismatched_loss",)

    def __init__(self, weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.weight = check_at_least(self, "weight", weight, 0)

    def build_for(self, model: BuiltGAN) -> None:
        """Takes the model's adversarial loss."""
        check_embeddings(self, model, "unconditional")
        # Not an attribute of this layer, which would save the state of the loss once more.
        loss: Any = model.adversarial_loss
        self._loss_of = lambda real, fake: loss.discriminator_loss(real, fake)

    def value(self, step: Step) -> Tensor:
        """Computes weight L_D, `(batch,)`."""
        outputs = step.outputs.required_real
        v, t = (ops.cast(outputs[name], "float32") for name in EMBEDDINGS)
        gathered = all_gather(t)
        mine = positive_mask(ops.shape(t)[0], ops.shape(gathered)[0])
        others = ops.matmul(ops.cast(mine, "float32"), ops.roll(gathered, 1, axis=0))
        mismatched = outputs["unconditional"] + ops.sum(v * others, axis=-1, keepdims=True)
        losses = loss_per_sample(self._loss_of, outputs["logits"], mismatched)
        step.runtime.report(mismatched_loss=losses)
        return self.weight * losses


def check_embeddings(term: Term, model: BuiltGAN, *more: str) -> None:
    """Raises ValueError if a discriminator does not embed both samples and conditions."""
    needed = (*EMBEDDINGS, *more)
    missing = [name for name in needed if name not in model.discriminator_outputs]
    if missing:
        raise ValueError(
            f"{type(term).__name__} needs a discriminator with the outputs {', '.join(needed)}, "
            "such as networks.text_to_image_discriminator, got "
            f"{', '.join(sorted(model.discriminator_outputs))}."
        )
