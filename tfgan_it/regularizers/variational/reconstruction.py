"""The distance of a reconstruction from its sample, in the discriminator's features."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class FeatureReconstruction(Term):
    """weight / 2 ||f(x) - f(x^)||^2: reconstructions x^ resemble their x to the discriminator.

    f is the discriminator's output `features`. For a model that reconstructs real samples, such as
    `models.VariationalInfoGAN`. It reports `reconstruction_loss`, 1/2 ||f(x) - f(x^)||^2. On unseen
    samples x^ is generated from the posterior's mean.

    Args:
        weight: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative; when compiled, if the model does not reconstruct, or
            the discriminator lacks `features`.

    Source: Larsen et al., 2016, "Autoencoding beyond pixels using a learned similarity metric".

    Example:

    >>> FeatureReconstruction(0.1)
    FeatureReconstruction(weight=0.1)
    """

    players = ("generator",)
    metric_names = evaluation_metric_names = ("reconstruction_loss",)

    def __init__(self, weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "weight", weight, 0)
        self.weight = weight

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the model's reconstruction."""
        if not hasattr(model, "reconstructed"):
            raise ValueError(
                "FeatureReconstruction needs a model that reconstructs samples, such as "
                f"VariationalInfoGAN, got {type(model).__name__}."
            )
        if "features" not in model.discriminator_outputs:
            raise ValueError(
                "FeatureReconstruction: the discriminator must give 'features' (batch, n), in "
                f"which samples are compared, got {', '.join(model.discriminator_outputs)}."
            )
        self._reconstructed = model.reconstructed

    def value(self, step: Step) -> Tensor:
        """Computes weight / 2 ||f(x) - f(x^)||^2, `(reconstructed samples,)`."""
        where = step.batch.reconstructed
        samples = [x[where] for x in (step.batch.samples, step.batch.generated)]
        # In one batch, so that the same statistics normalise both: equal samples, equal features.
        both = step.networks.discriminate_unaugmented(ops.concatenate(samples))["features"]
        distance = half_squared_distance(*ops.split(both, 2))
        step.runtime.report(reconstruction_loss=distance)
        return self.weight * distance

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes the distance of unseen samples."""
        features = [
            step.networks.discriminate_unaugmented(x)["features"]
            for x in (step.batch.samples, self._reconstructed(step.batch.samples))
        ]
        return {"reconstruction_loss": half_squared_distance(*features)}


def half_squared_distance(features: Tensor, others: Tensor) -> Tensor:
    """Computes 1/2 ||f - g||^2, `(batch,)`, float32."""
    difference = ops.cast(features, "float32") - ops.cast(others, "float32")
    return 0.5 * ops.sum(ops.square(difference), axis=-1)
