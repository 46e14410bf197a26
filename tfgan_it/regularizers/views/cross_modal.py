"""Mutual information between the posteriors of one code given parts of a sample, maximised."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_at_least, check_choice
from tfgan_it.distribution import all_gather
from tfgan_it.errors import unknown_name
from tfgan_it.information import (
    from_log_probs,
    kullback_leibler,
    log_mean_exp,
    log_softmax,
    shared_code_scores,
)
from tfgan_it.latents import Categorical
from tfgan_it.losses.iic import IICLoss
from tfgan_it.losses.lower_bounds import InfoNCE
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor

OBJECTIVES = ("shared_code", "joint_table")


@keras.saving.register_keras_serializable(package="tfgan_it")
class CrossModalInformation(Term):
    """-weight [I - marginal_weight KL(q_bar || p)], of two posteriors for each real sample.

    The posteriors q_a(k|x), q_b(k|x) of one categorical code are two outputs of the discriminator
    on the same real sample, such as for its image and for its sound. The term trains recognition on
    real samples without labels, as the parts of a sample share only its class. I is one of

        shared_code   InfoNCE of the scores ln sum_k q_a(k|x_i) q_b(k|x_j) / p(k), which match the
                      parts a and b by the code only, both ways; a lower bound
        joint_table   the information of P_kl = E q_a(k|x) q_b(l|x). It ignores permutations of the
                      categories, so it suits posteriors of one network

    in nats, over the global batch; see `losses.shared_code_scores` and `losses.IICLoss`.
    KL(q_bar || p), of the mean posterior over the batch from the code's prior, averaged over both,
    keeps all categories in use; without it two classes can share a category. For more than two
    outputs it is the mean over all pairs. It is a term of the discriminator, and reports
    `cross_modal_information_nats`, I, and `code_marginal_nats`, the KL.

    A posterior of all parts together may have weights of its own, such as those of an attention.
    They learn if `joint` names it: -weight J is added, J the mean information between it and the
    posterior of each part, reported as `joint_information_nats`. As the joint posterior depends on
    that part too, J is no information between parts.

    Args:
        outputs: Names of at least two outputs of the discriminator, each with the parameters of all
            codes.
        code: Name of the categorical code.
        weight: Weight of the term.
        marginal_weight: Weight of the marginals' KL in the term.
        objective: `shared_code` or `joint_table`.
        joint: Name of the output with the parameters of the joint posterior; None for one without
            weights of its own, such as a product.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If there are fewer than two outputs, a weight is negative, the objective or the
            code is unknown, or the code is not categorical or its prior has a 0; when called, if an
            output is missing.

    Source: Ji et al., 2019, "Invariant Information Clustering for Unsupervised Image Classification
    and Segmentation" (the joint table); van den Oord et al., 2018, "Representation Learning with
    Contrastive Predictive Coding" (InfoNCE). Departures: two parts of one sample in place of two
    views; a critic of categories only; the marginals' divergence from the prior.

    Example:

    >>> CrossModalInformation(["codes_image", "codes_sound"], weight=0.5)
    CrossModalInformation(outputs=['codes_image', 'codes_sound'], weight=0.5)
    """

    metric_names: tuple[str, ...] = ("cross_modal_information_nats", "code_marginal_nats")
    players = ("discriminator",)

    def __init__(
        self,
        outputs: Sequence[str],
        code: str = "category",
        weight: float = 1.0,
        marginal_weight: float = 1.0,
        objective: str = "shared_code",
        joint: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(outputs, str) or len(outputs) < 2:
            raise ValueError(
                f"CrossModalInformation: outputs must name at least two, got {outputs!r}."
            )
        check_at_least(self, "weight", weight, 0)
        check_at_least(self, "marginal_weight", marginal_weight, 0)
        check_choice("objective", objective, OBJECTIVES)
        self.outputs, self.code, self.objective = tuple(outputs), code, objective
        self.weight, self.marginal_weight, self.joint = weight, marginal_weight, joint
        if joint is not None:
            self.metric_names = (*self.metric_names, "joint_information_nats")

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the code and its prior."""
        codes = model.latent.codes if model.latent is not None else None
        parts = codes.parts if codes is not None else {}
        if codes is None or self.code not in parts:
            raise unknown_name("code", self.code, parts)
        part = parts[self.code]
        if not isinstance(part, Categorical):
            raise ValueError(f"CrossModalInformation: the code must be Categorical, got {part!r}.")
        prior = np.asarray(part.probabilities or [1 / part.categories] * part.categories)
        if not prior.all():
            raise ValueError(
                f"CrossModalInformation: the code's prior must have no 0, got {part!r}."
            )
        # No outcome is excluded: plain logarithms are finite.
        self._codes, self._log_prior = codes, np.log(prior).astype("float32")

    def value(self, step: Step) -> Tensor:
        """Computes the term, a scalar."""
        outputs = step.outputs.required_real
        names = [*self.outputs, *([] if self.joint is None else [self.joint])]
        missing = [name for name in names if name not in outputs]
        if missing:
            raise ValueError(
                f"CrossModalInformation: the discriminator must give {missing[0]!r}, got "
                f"{', '.join(sorted(outputs))}."
            )
        posteriors = [
            ops.cast(self._codes.split_parameters(outputs[name])[self.code], "float32")
            for name in names
        ]
        parts = posteriors[: len(self.outputs)]
        pairs = list(itertools.combinations(parts, 2))
        information = sum(self._information(*pair) for pair in pairs) / len(pairs)
        marginal = sum(map(self._divergence, parts)) / len(parts)
        step.runtime.report(cross_modal_information_nats=information, code_marginal_nats=marginal)
        loss = self.marginal_weight * marginal - information
        if self.joint is not None:
            shared = sum(self._information(posteriors[-1], part) for part in parts) / len(parts)
            step.runtime.report(joint_information_nats=shared)
            loss -= shared
        return self.weight * loss

    def _information(self, first: Tensor, second: Tensor) -> Tensor:
        if self.objective == "joint_table":
            return IICLoss(from_logits=True).estimate(first, second)
        # Both ways: one b out of all for each a of this replica, and one a out of all for each b.
        return 0.5 * sum(
            InfoNCE().estimate(None, shared_code_scores(a, all_gather(b), self._log_prior))
            for a, b in ((first, second), (second, first))
        )

    def _divergence(self, logits: Tensor) -> Tensor:
        mean = log_mean_exp(log_softmax(all_gather(logits)), axis=0)
        return kullback_leibler(from_log_probs(mean), from_log_probs(self._log_prior))
