"""InfoMax: mutual information of the discriminator's local and global features."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.distribution import all_gather, positive_mask
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor

SOURCES = ("real", "generated")


@keras.saving.register_keras_serializable(package="tfgan_it")
class InfoMax(Term):
    """-weight I_NCE(local; global): InfoNCE between local and global features of the same image.

        I_NCE = E_i,p [ S_iip - ln(e^S_iip + sum_{j != i, q} e^S_ijq) ] + ln(1 + (B - 1) P)

    S_ijq is the product of image i's global feature and image j's local feature at position q of P.
    The positions of all other images of the global batch of B are the negatives. It is a lower
    bound on the mutual information of the two, in nats, and at most ln(1 + (B - 1) P). The
    discriminator must output `local` `(batch, positions, dimension)` and `global`
    `(batch, dimension)`, as from `networks.infomax_head`. It reports `infomax_nats_<source>`.

    Args:
        source: `real`, a term of the discriminator, or `generated`, a term of the generator.
        weight: Weight of the term, alpha and beta of the paper.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the source is unknown or the weight negative; when called, if the features
            are missing.

    Source: Lee et al., 2021, "InfoMax-GAN: Improved Adversarial Image Generation via Information
    Maximization and Contrastive Learning", and the authors' code.

    Example:

    >>> InfoMax("generated", weight=0.1)
    InfoMax(source='generated', weight=0.1)
    """

    def __init__(self, source: str = "real", weight: float = 0.2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_choice("source", source, SOURCES)
        check_at_least(self, "weight", weight, 0)
        self.source, self.weight = source, weight
        self.players = ("discriminator" if source == "real" else "generator",)
        self.metric_names = (f"infomax_nats_{source}",)

    def value(self, step: Step) -> Tensor:
        """Computes -weight I_NCE, `(batch,)`."""
        is_real = self.source == "real"
        outputs = step.outputs.required_real if is_real else step.outputs.generated
        if not {"local", "global"} <= set(outputs):
            raise ValueError(
                "InfoMax: the discriminator must give 'local' and 'global' (see "
                f"networks.infomax_head), got {', '.join(sorted(outputs))}."
            )
        information = self.information(outputs["local"], outputs["global"])
        step.runtime.report(**{self.metric_names[0]: information})
        return -self.weight * information

    def information(self, local_features: Tensor, global_features: Tensor) -> Tensor:
        """Computes I_NCE of each image of this replica, nats, `(batch,)`.

        Args:
            local_features: Features of positions, `(batch, positions, dimension)`.
            global_features: Features of whole images, `(batch, dimension)`.
        """
        local_features = ops.cast(local_features, "float32")
        global_features = ops.cast(global_features, "float32")
        positives = ops.einsum("id,ipd->ip", global_features, local_features)
        scores = ops.einsum("id,jpd->ijp", global_features, all_gather(local_features))
        rows, columns, positions = ops.shape(scores)
        same_image = positive_mask(rows, columns)[:, :, None]
        scores = ops.where(same_image, -math.inf, scores)
        # Not `information.info_nce`: each positive of an image has the negatives of all others.
        negatives = ops.logsumexp(ops.reshape(scores, (rows, -1)), axis=-1, keepdims=True)
        choices = 1.0 + ops.cast((columns - 1) * positions, "float32")
        return ops.mean(positives - ops.logaddexp(positives, negatives), axis=-1) + ops.log(choices)
