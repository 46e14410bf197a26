"""The recognition of codes learns from real images: two views of one image carry one code."""

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
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Tensor

NEIGHBORS = ("images", "features")
_SMALLEST_SHARE = 1e-3  # That a prior begins with: its logarithm must be finite.


@keras.saving.register_keras_serializable(package="tfgan_it")
class ViewInformation(Term):
    """-weight [I(o; o') + I(c; c') + beta E ln p(c)] of two random views of each real image.

    o is an over-complete code of many outcomes, c = g(o) the category, a group of outcomes:

        P_ij = 1/N sum_n q(i|t(x_n)) q(j|t'(x_n)),   I = sum_ij P_ij ln P_ij / (P_i P_j)

    over the global batch, P made symmetric. In the first `search_steps` generator updates o alone
    learns. Then the outcomes are put into the groups that keep most of the information of an image
    and its nearest neighbour in the global batch, whose joint table is averaged over the last
    steps; from there on both o and c learn, and now and then an outcome moves to a group in which
    it keeps more.

    A direct search for few categories ends where two classes share one; what many outcomes say can
    be united in very many ways, and information tells which is right. Views alone would not: they
    never turn one way to write a seven into another, and neighbours do.

    Information is most where shares are equal. -ln p(c) is what it costs to name a category by its
    prior: with a uniform p that is one cost for all, and the term does not count. Where the game
    draws its first code from a `latents.LearnedCategorical`, p becomes the shares of the groups
    when they are found, and is moved by the term from there on. Then -E ln p(c) is the entropy of
    the category, and a frequent class is split only where each nat that it costs brings more than
    `beta` nats of information.

    The discriminator must hold an encoder that gives `outcomes`, logits, and `features`, with the
    `layers.OverclusteringHead` that reads the outcomes, in a `layers.InferenceMode`, as
    `networks.grouped_discriminator` does. The player in whose list the term stands moves the
    encoder: as Q minimises with G, that is the generator's. Reported are `outcome_nats`, I(o; o'),
    and `category_nats`, I(c; c').

    Args:
        weight: Weight of the term.
        search_steps: Generator updates before outcomes are grouped.
        regroup_every: Generator updates between two improvements of the groups after that.
        transformations: t, which keeps what the image shows; None for the default
            `layers.RandomViews`.
        decay: Decay of the average of the joint table of neighbours.
        neighbors: What is near: `images` of the least distance of pixels, or `features` of the
            least angle between what the encoder makes of one view of each. Features do not see
            what views change, such as how bright a thing is.
        beta: Price of a nat that naming the category costs, where the prior is learned.
        **kwargs: As for `Term`.

    Raises:
        ValueError: a number outside its range, unknown neighbours; when compiled, a discriminator
            without outcomes.

    Source: the information is that of Ji et al., 2019, "Invariant Information Clustering for
    Unsupervised Image Classification and Segmentation", where an over-complete head helps but
    is thrown away; grouping it is ours, after Slonim and Tishby, 1999, "Agglomerative Information
    Bottleneck", and Strouse and Schwab, 2017, "The Deterministic Information Bottleneck".

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
        """Finds what recognises the code, and makes the joint table."""
        network = model.discriminator
        encoders = [layer.network for layer in network.layers if isinstance(layer, InferenceMode)]
        layers = [layer for encoder in encoders for layer in encoder.layers]
        found = [layer for layer in layers if isinstance(layer, OverclusteringHead)]
        if len(encoders) != 1 or len(found) != 1:
            raise ValueError(
                "ViewInformation needs a discriminator with an encoder in inference mode that "
                f"groups outcomes, such as networks.grouped_discriminator, got {network.name}."
            )
        # In partials, for layers that are attributes would count as this part's own.
        self.encoder = functools.partial(_itself, encoders[0])
        self.grouping = functools.partial(_itself, found[0])
        codes = model.latent.codes if model.latent is not None else None
        first = next(iter(codes.parts.values())) if codes is not None else None
        # The prior is none of this part's own either.
        self.prior = first if isinstance(first, LearnedCategorical) else None
        outcomes = int(found[0].groups.shape[0])
        if not hasattr(self, "joint"):
            self.joint = self.add_state("joint", shape=(outcomes, outcomes))

    @property
    def networks(self) -> list[keras.Model]:
        """The encoder, which the player in whose list the term stands trains."""
        return [self.encoder()]

    def value(self, step: Step) -> Tensor:
        """-weight [I(o; o') + I(c; c') + beta E ln p(c)], `(batch,)`."""
        views = [
            self.transformations.transform(step.batch.samples, step.runtime.draw) for _ in range(2)
        ]
        views = ops.stop_gradient(ops.concatenate(views))
        outputs = self.encoder()(views, training=True)
        readings = ops.split(ops.softmax(ops.cast(outputs["outcomes"], "float32")), 2)
        self._remember(step, readings, ops.split(outputs["features"], 2)[0])
        members = self.grouping().members()
        categories = [ops.matmul(reading, members) for reading in readings]
        of_outcomes, of_categories = (
            self.information.call(*pair) for pair in (readings, categories)
        )
        step.runtime.report(outcome_nats=-of_outcomes, category_nats=-of_categories)
        grouped = ops.cast(step.runtime.step >= self.search_steps, "float32")
        if self.prior is not None:
            log_p = categorical_log_prob(0.5 * sum(categories), self.prior.logits)
            of_categories -= self.beta * log_p
        return self.weight * (of_outcomes + grouped * of_categories)

    def update(self, step: Step) -> dict[str, Tensor]:
        """Groups the outcomes at the end of the search, and improves the groups later on."""
        groups, categories = self.grouping().groups, self.grouping().categories
        beta = 0.0 if self.prior is None else self.beta
        since = step.runtime.step + 1 - self.search_steps

        def found() -> Tensor:
            return most_informative_groups(self.joint, categories, beta=beta)

        def improved() -> Tensor:
            return improved_groups(self.joint, groups, categories, beta)

        def log_shares() -> Tensor:
            of_groups = ops.matmul(ops.sum(self.joint, axis=1), self.grouping().members())
            return ops.log(ops.maximum(of_groups / ops.sum(of_groups), _SMALLEST_SHARE))

        again = ops.logical_and(since > 0, since % self.regroup_every == 0)
        assignments = [(groups, since == 0, found), (groups, again, improved)]
        if self.prior is not None:
            assignments.append((self.prior.logits, since == 0, log_shares))
        for variable, when, chosen in assignments:
            if replicas() > 1:  # They cannot assign inside a branch.
                variable.assign(ops.where(when, chosen(), variable))
            else:
                variable.assign(ops.cond(when, chosen, lambda kept=variable: kept + 0))
        return {}

    def _remember(self, step: Step, readings: list[Tensor], features: Tensor) -> None:
        p, q = (all_gather(ops.stop_gradient(reading)) for reading in readings)
        if self.neighbors == "features":  # Of unit length: the least distance is the least angle.
            rows = all_gather(ops.normalize(ops.stop_gradient(features)))
        else:
            rows = all_gather(ops.cast(step.batch.samples, "float32"))
        q = ops.take(q, nearest_neighbors(rows), axis=0)
        joint = joint_table(p, q, symmetric=True)
        applies = step.runtime.step % self.every == 0
        moved = self.decay * self.joint + (1.0 - self.decay) * joint
        self.joint.assign(ops.where(applies, moved, self.joint))


def nearest_neighbors(samples: Tensor) -> Tensor:
    """The row of the other sample of least squared distance, for each one; int32 `(batch,)`.

    Args:
        samples: float32 `(batch, ...)`, at least two.
    """
    rows = ops.reshape(samples, (ops.shape(samples)[0], -1))
    lengths = ops.sum(ops.square(rows), axis=1)
    distances = lengths[None, :] - 2.0 * ops.matmul(rows, ops.transpose(rows))
    own = ops.eye(ops.shape(rows)[0]) > 0
    return ops.argmin(ops.where(own, float("inf"), distances), axis=1)


def _itself(layer: keras.layers.Layer) -> Tensor:
    return layer
