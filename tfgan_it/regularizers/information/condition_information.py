"""ACGAN's term: the information that samples carry about the label they were asked for."""

from __future__ import annotations

from typing import Any

import keras

from tfgan_it.checks import check_at_least
from tfgan_it.conditions import Label
from tfgan_it.latents import Product
from tfgan_it.losses import VariationalMutualInformation
from tfgan_it.regularizers.information.code_information import check_codes_output
from tfgan_it.step import Step
from tfgan_it.terms import Term


@keras.saving.register_keras_serializable(package="tfgan_it")
class ConditionInformation(Term):
    """-lambda L_I(y), L_I(y) = H(y) + E ln Q(y|x) <= I(y; x) in nats: ACGAN's classifier term.

    It is InfoGAN's term with observed codes: the code is the label y, which real samples have too.
    So the discriminator minimises it on real and on generated samples, the generator on generated
    ones. Q is a head of the discriminator, whose logits are its output `labels`. It reports
    `label_information_nats`, of generated samples, and `real_label_information_nats`.

    Args:
        lambda_information: Weight of the term.
        **kwargs: As for `Term`.

    Raises:
        ValueError: a negative weight; when compiled, a model whose condition is not a `Label`, a
            discriminator without `labels` of its size.

    Source: Odena et al., 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs", read
    as the variational bound of Barber and Agakov, 2003, "The IM Algorithm".

    Example:

    >>> ConditionInformation(0.5)
    ConditionInformation(lambda_information=0.5)
    """

    metric_names = ("label_information_nats", "real_label_information_nats")
    evaluation_metric_names = metric_names

    def __init__(self, lambda_information: float = 1.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "lambda_information", lambda_information, 0)
        self.lambda_information = lambda_information

    def build_for(self, model: Any) -> None:
        """Finds the label of the model."""
        label = model.conditions
        if not isinstance(label, Label):
            raise ValueError(
                f"ConditionInformation needs a model with conditions=Label(K), got {label!r}."
            )
        self.information = VariationalMutualInformation(Product(label=label.prior))
        check_codes_output(model, "labels", label.classes)

    def value(self, step: Step) -> Any:
        """-lambda (H(y) + ln Q(y|x)), `(batch,)`; in the discriminator's phase of both kinds."""
        generated = self.information.call(step.batch.conditions, step.outputs.generated["labels"])
        if step.phase == "generator":
            step.runtime.report(label_information_nats=-generated)
            return self.lambda_information * generated
        real = self.information.call(step.batch.conditions, step.outputs.real["labels"])
        step.runtime.report(real_label_information_nats=-real)
        return self.lambda_information * (real + generated)

    def evaluate(self, step: Step) -> dict[str, Any]:
        """Both, of unseen samples, nats."""
        label = step.batch.conditions
        return {
            "label_information_nats": -self.information.call(
                label, step.outputs.generated["labels"]
            ),
            "real_label_information_nats": -self.information.call(
                label, step.outputs.real["labels"]
            ),
        }
