"""ACGAN's term: the information that samples carry about their labels."""

from __future__ import annotations

from typing import Any

import keras

from tfgan_it.checks import check_at_least
from tfgan_it.conditions import Label
from tfgan_it.latents import Product
from tfgan_it.losses import VariationalMutualInformation
from tfgan_it.regularizers.information.code_information import check_codes_output
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class ConditionInformation(Term):
    """-lambda L_I(y), L_I(y) = H(y) + E ln Q(y|x) <= I(y; x) in nats: ACGAN's classifier term.

    It is InfoGAN's term with an observed code, the label y, which real samples have too. The
    discriminator minimises it on real and on generated samples, the generator on generated ones. Q
    is a head of the discriminator; its logits are the output `labels`. The term reports
    `label_information_nats`, of generated samples, and `real_label_information_nats`.

    Args:
        lambda_information: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If the weight is negative; when compiled, if the model's condition is not a
            `Label`, or the discriminator lacks `labels` of its size.

    Source: Odena et al., 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs", read
    as the variational bound of Barber and Agakov, 2003, "The IM Algorithm: A Variational Approach
    to Information Maximization".

    Example:

    >>> ConditionInformation(0.5)
    ConditionInformation(lambda_information=0.5)
    """

    needs_both_players = True
    metric_names = ("label_information_nats", "real_label_information_nats")
    evaluation_metric_names = metric_names

    def __init__(self, lambda_information: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "lambda_information", lambda_information, 0)
        self.lambda_information = lambda_information

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the label of the model."""
        label = model.conditions
        if not isinstance(label, Label):
            raise ValueError(
                f"ConditionInformation needs a model with conditions=Label(K), got {label!r}."
            )
        self.information = VariationalMutualInformation(Product(label=label.prior))
        check_codes_output(model, "labels", label.classes)

    def value(self, step: Step) -> Tensor:
        """Computes -lambda (H(y) + ln Q(y|x)), `(batch,)`; the discriminator's sums both kinds."""
        generated = self.information.call(step.batch.conditions, step.outputs.generated["labels"])
        if step.phase == "generator":
            step.runtime.report(label_information_nats=-generated)
            return self.lambda_information * generated
        real = self.information.call(step.batch.conditions, step.outputs.required_real["labels"])
        step.runtime.report(real_label_information_nats=-real)
        return self.lambda_information * (real + generated)

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes both metrics of unseen samples, nats."""
        label = step.batch.conditions
        return {
            "label_information_nats": -self.information.call(
                label, step.outputs.generated["labels"]
            ),
            "real_label_information_nats": -self.information.call(
                label, step.outputs.required_real["labels"]
            ),
        }
