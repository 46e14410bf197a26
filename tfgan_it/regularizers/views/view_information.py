"""Recognition of codes, trained on real images: two views of an image have the same code."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_choice, check_in_range, check_integer
from tfgan_it.distribution import all_gather, replicas
from tfgan_it.information import (
    categorical_log_prob,
    improved_groups,
    joint_table,
    most_informative_groups,
)
from tfgan_it.latents import LearnedCategorical
from tfgan_it.layers import InferenceMode, OverclusteringHead, RandomViews
from tfgan_it.losses import IICLoss
from tfgan_it.regularizers.views.neighbor_embedding import without_offset
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor

NEIGHBORS = ("images", "features")
_SMALLEST_SHARE = 1e-3  # Of an initial prior: its logarithm must be finite.


@keras.saving.register_keras_serializable(package="tfgan_it")
class ViewInformation(Term):
    """-weight [I(o; o') + I(c; c') + beta E ln p(c)] of two random views of each real image.

    o is an overcomplete code of many outcomes, c = g(o) the category, a group of outcomes:

        P_ij = 1/N sum_n q(i|t(x_n)) q(j|t'(x_n)),   I = sum_ij P_ij ln P_ij / (P_i P_j)

    over the global batch, with P made symmetric. Only o is trained in the first `search_steps`
    generator updates. Then the outcomes are grouped so as to keep most of the information between
    an image and its nearest neighbour in the global batch, whose joint table is a moving average.
    From then on both o and c are trained, and every `regroup_every` updates outcomes move to groups
    that keep more.

    A direct search for few categories often ends with two classes in one category. Many outcomes
    can be merged in many ways, and information selects the right one. Views do not suffice for it:
    they never turn one style of a seven into another, and neighbours do.

    Information is largest for equal shares. -ln p(c) is the cost of a category under its prior; a
    uniform p gives all categories the same cost, and the term has no effect. If the model's first
    code is a `latents.LearnedCategorical`, p is set to the shares of the groups when they are
    found, and the term trains it from then on. Then -E ln p(c) is the entropy of the category, and
    a frequent class is split only if each nat of that entropy brings more than `beta` nats of
    information.

    The discriminator must contain, in a `layers.InferenceMode`, an encoder with the outputs
    `outcomes`, logits, and `features` and with a `layers.OverclusteringHead` on the outcomes, as
    `networks.grouped_discriminator` has. The player that has the term trains the encoder; it should
    be the generator, as Q minimises with G. The term reports `outcome_nats`, I(o; o'), and
    `category_nats`, I(c; c').

    Args:
        weight: Weight of the term.
        search_steps: Number of generator updates before the outcomes are grouped.
        regroup_every: Number of generator updates between later improvements of the groups.
        transformations: Transformation t, which keeps the content of the image; None for the
            default `layers.RandomViews`.
        decay: Decay of the average of the joint table of neighbours.
        neighbors: Definition of the nearest neighbour: `images`, by the distance of pixels, or
            `features`, by the angle between the encoder's features of one view of each. Features
            ignore what views change, such as brightness.
        beta: Weight of the category's entropy if the prior is learned.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If a number is outside its range or `neighbors` is unknown; when compiled, if
            the discriminator has no outcomes.

    Source: Ji et al., 2019, "Invariant Information Clustering for Unsupervised Image Classification
    and Segmentation", whose overcomplete head is discarded; grouping it is ours, after Slonim and
    Tishby, 1999, "Agglomerative Information Bottleneck", and Strouse and Schwab, 2017, "The
    Deterministic Information Bottleneck".

    Example:

    >>> ViewInformation(0.5, regroup_every=100)
    ViewInformation(weight=0.5, regroup_every=100)
    """

    metric_names = ("outcome_nats", "category_nats")

    def __init__(
        self,
        weight: float = 1.0,
        search_steps: int = 1000,
        regroup_every: int = 500,
        transformations: RandomViews | None = None,
        decay: float = 0.99,
        neighbors: str = "images",
        beta: float = 0.35,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        check_at_least(self, "weight", weight, 0)
        check_integer(self, "search_steps", search_steps, 1)
        check_integer(self, "regroup_every", regroup_every, 1)
        check_in_range(self, "decay", decay, 0, 1, "[)")
        check_choice("neighbors", neighbors, NEIGHBORS)
        check_in_range(self, "beta", beta, 0, 1, "[)")
        self.weight, self.decay, self.neighbors, self.beta = weight, decay, neighbors, beta
        self.search_steps, self.regroup_every = search_steps, regroup_every
        self.transformations = transformations or RandomViews()
        self.information = IICLoss()

    def build_for(self, model: BuiltGAN) -> None:
        """Binds the encoder and its head, and creates the joint table."""
        network = model.discriminator
        encoders = [layer.network for layer in network.layers if isinstance(layer, InferenceMode)]
        layers = [layer for encoder in encoders for layer in encoder.layers]
        heads = [layer for layer in layers if isinstance(layer, OverclusteringHead)]
        if len(encoders) != 1 or len(heads) != 1:
            raise ValueError(
                "ViewInformation needs a discriminator with an encoder in inference mode that "
                f"groups outcomes, such as networks.grouped_discriminator, got {network.name}."
            )
        # In partials, as Keras would track layers among the attributes as part of this term.
        self.encoder = functools.partial(_itself, encoders[0])
        self.grouping = functools.partial(_itself, heads[0])
        codes = model.latent.codes if model.latent is not None else None
        first = next(iter(codes.parts.values())) if codes is not None else None
        # Keras does not track the prior, which belongs to the latent.
        self.prior = first if isinstance(first, LearnedCategorical) else None
        outcomes = int(heads[0].groups.shape[0])
        if not hasattr(self, "joint"):
            self.joint = self.add_state("joint", shape=(outcomes, outcomes))

    @property
    def networks(self) -> list[keras.Model]:
        """The encoder, which the player that has the term trains."""
        return [self.encoder()]

    def value(self, step: Step) -> Tensor:
        """Computes -weight [I(o; o') + I(c; c') + beta E ln p(c)], `(batch,)`."""
        views = [
            self.transformations.transform(step.batch.samples, step.runtime.draw) for _ in range(2)
        ]
        views = ops.stop_gradient(ops.concatenate(views))
        outputs = self.encoder()(views, training=True)
        posteriors = ops.split(ops.softmax(ops.cast(outputs["outcomes"], "float32")), 2)
        self._update_joint(step, posteriors, ops.split(outputs["features"], 2)[0])
        members = self.grouping().members()
        categories = [ops.matmul(posterior, members) for posterior in posteriors]
        outcome_loss, category_loss = (
            self.information.call(*pair) for pair in (posteriors, categories)
        )
        step.runtime.report(outcome_nats=-outcome_loss, category_nats=-category_loss)
        grouped = ops.cast(step.runtime.step >= self.search_steps, "float32")
        if self.prior is not None:
            log_p = categorical_log_prob(0.5 * sum(categories), self.prior.logits)
            category_loss -= self.beta * log_p
        return self.weight * (outcome_loss + grouped * category_loss)

    def update(self, step: Step) -> dict[str, Tensor]:
        """Groups the outcomes at the end of the search, and improves the groups later."""
        groups, categories = self.grouping().groups, self.grouping().categories
        beta = 0.0 if self.prior is None else self.beta
        since = step.runtime.step + 1 - self.search_steps

        def initial_groups() -> Tensor:
            return most_informative_groups(self.joint, categories, beta=beta)

        def better_groups() -> Tensor:
            return improved_groups(self.joint, groups, categories, beta)

        def log_shares() -> Tensor:
            shares = ops.matmul(ops.sum(self.joint, axis=1), self.grouping().members())
            return ops.log(ops.maximum(shares / ops.sum(shares), _SMALLEST_SHARE))

        is_due = ops.logical_and(since > 0, since % self.regroup_every == 0)
        assignments = [(groups, since == 0, initial_groups), (groups, is_due, better_groups)]
        if self.prior is not None:
            assignments.append((self.prior.logits, since == 0, log_shares))
        for variable, condition, value in assignments:
            if replicas() > 1:  # Replicas cannot assign inside a branch.
                variable.assign(ops.where(condition, value(), variable))
            else:
                variable.assign(ops.cond(condition, value, lambda kept=variable: kept + 0))
        return {}

    def _update_joint(self, step: Step, posteriors: list[Tensor], features: Tensor) -> None:
        p, q = (all_gather(ops.stop_gradient(posterior)) for posterior in posteriors)
        if self.neighbors == "features":  # At unit length distances order as angles do.
            points = all_gather(ops.normalize(ops.stop_gradient(features)))
        else:
            points = all_gather(ops.cast(step.batch.samples, "float32"))
        q = ops.take(q, nearest_neighbors(points), axis=0)
        joint = joint_table(p, q, symmetric=True)
        applies = step.runtime.step % self.every == 0
        average = self.decay * self.joint + (1.0 - self.decay) * joint
        self.joint.assign(ops.where(applies, average, self.joint))


def nearest_neighbors(samples: Tensor) -> Tensor:
    """Finds the index of each sample's nearest other sample by squared distance, int32 `(batch,)`.

    Args:
        samples: At least two samples, float32 `(batch, ...)`.
    """
    points = without_offset(ops.reshape(samples, (ops.shape(samples)[0], -1)))
    lengths = ops.sum(ops.square(points), axis=1)
    distances = lengths[None, :] - 2.0 * ops.matmul(points, ops.transpose(points))
    is_self = ops.eye(ops.shape(points)[0]) > 0
    return ops.argmin(ops.where(is_self, float("inf"), distances), axis=1)


def _itself(layer: keras.layers.Layer) -> Tensor:
    return layer
