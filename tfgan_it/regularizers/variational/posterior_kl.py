"""The information that an encoder writes into the noise, at a price."""

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

    For a model that encodes, such as `models.VariationalInfoGAN`: among its generator's outputs is
    `posterior_kl`. It reports `posterior_kl_nats`.

    Args:
        weight: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: a negative weight; when compiled, a model that does not encode.

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
        """Finds the model's encoder."""
        if not hasattr(model, "posterior_kl"):
            raise ValueError(
                f"PosteriorKL needs a model that encodes samples, such as VariationalInfoGAN, got "
                f"{type(model).__name__}."
            )
        self._posterior_kl = model.posterior_kl

    def value(self, step: Step) -> Tensor:
        """weight KL(q(z|x) || p(z)), `(encoded samples,)`."""
        kl = step.outputs.generator["posterior_kl"]
        step.runtime.report(posterior_kl_nats=kl)
        return self.weight * kl

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """The KL of unseen samples, nats."""
        return {"posterior_kl_nats": self._posterior_kl(step.batch.samples)}
