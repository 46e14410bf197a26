"""CycleGAN's terms: translating a sample to the other domain and back recovers it."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least
from tfgan_it.logits import per_sample
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


class _AbsoluteDifference(Term):
    """lambda (|x_a - y_a| + |x_b - y_b|), means over the numbers of a sample."""

    players = ("generator",)

    def __init__(self, lambda_: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "lambda_", lambda_, 0)
        self.lambda_ = lambda_

    def translations(self, step: Step) -> dict[str, Tensor]:
        """Returns the samples to compare with the real ones, by domain."""
        raise NotImplementedError

    def value(self, step: Step) -> Tensor:
        """Computes the term, `(batch,)`."""
        real, translated = step.batch.samples, self.translations(step)
        distance = sum(
            per_sample(ops.abs(real[name] - ops.cast(translated[name], real[name].dtype)))
            for name in sorted(real)
        )
        step.runtime.report(**{self.metric_names[0]: distance})
        return self.lambda_ * distance


@keras.saving.register_keras_serializable(package="tfgan_it")
class CycleConsistency(_AbsoluteDifference):
    """lambda (|a - F(G(a))| + |b - G(F(b))|), means over the numbers of a sample.

    For `models.DomainTranslationGAN`. It reports `cycle_loss`, the sum without its weight.

    Args:
        lambda_: Weight of the term, the paper's lambda.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks".

    Example:

    >>> CycleConsistency(20.0)
    CycleConsistency(lambda_=20.0)
    """

    metric_names = ("cycle_loss",)

    def __init__(self, lambda_: float = 10.0, **kwargs: Any) -> None:
        super().__init__(lambda_, **kwargs)

    def translations(self, step: Step) -> dict[str, Tensor]:
        """Computes F(G(a)) and G(F(b)) from the generated samples G(a) and F(b)."""
        return step.networks.generate(step.batch.generated)["samples"]


@keras.saving.register_keras_serializable(package="tfgan_it")
class IdentityMapping(_AbsoluteDifference):
    """lambda (|a - F(a)| + |b - G(b)|): a translator keeps samples of its target domain.

    For `models.DomainTranslationGAN` whose domains have samples of one shape. It reports
    `identity_loss`, the sum without its weight.

    Args:
        lambda_: Weight of the term; in the paper half of that of `CycleConsistency`.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative.

    Source: Zhu et al., 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent
    Adversarial Networks", section 5.2.

    Example:

    >>> IdentityMapping(2.5)
    IdentityMapping(lambda_=2.5)
    """

    metric_names = ("identity_loss",)

    def __init__(self, lambda_: float = 5.0, **kwargs: Any) -> None:
        super().__init__(lambda_, **kwargs)

    def translations(self, step: Step) -> dict[str, Tensor]:
        """Computes F(a) and G(b)."""
        real = step.batch.samples
        return step.networks.generate({"a": real["b"], "b": real["a"]})["samples"]
