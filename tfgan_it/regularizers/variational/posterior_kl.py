"""The weighted KL of an encoder's posterior from the prior."""

from __future__ import annotations

from typing import Any

import keras

from tfgan_it.checks import check_at_least
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class PosteriorKL(Term):
    """weight KL(q(z|x) || p(z)) of encoded real samples, in nats.

    For a model that encodes, such as `models.VariationalInfoGAN`, whose generator outputs
    `posterior_kl`. It reports `posterior_kl_nats`.

    Args:
        weight: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative; when compiled, if the model does not encode.

    Source: Kingma and Welling, 2014, "Auto-Encoding Variational Bayes".

    Example:

    >>> PosteriorKL(0.1)
    PosteriorKL(weight=0.1)
    """

    players = ("generator",)
    metric_names = evaluation_metric_names = ("posterior_kl_nats",)

    def __init__(self, weight: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "weight", weight, 0)
        self.weight = weight

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the model's encoder."""
        if not hasattr(model, "posterior_kl"):
            raise ValueError(
                f"PosteriorKL needs a model that encodes samples, such as VariationalInfoGAN, got "
                f"{type(model).__name__}."
            )
        self._posterior_kl = model.posterior_kl

    def value(self, step: Step) -> Tensor:
        """Computes weight KL(q(z|x) || p(z)), `(encoded samples,)`."""
        kl = step.outputs.generator["posterior_kl"]
        step.runtime.report(posterior_kl_nats=kl)
        return self.weight * kl

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes the KL of unseen samples, nats."""
        return {"posterior_kl_nats": self._posterior_kl(step.batch.samples)}
