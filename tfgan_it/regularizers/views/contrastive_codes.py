"""The contrastive regulariser: a network recognises which code two generated images share."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import keras
from keras import ops

from tfgan_it.checks import check_at_least, check_integer
from tfgan_it.information import categorical_log_prob
from tfgan_it.latents import Categorical, Latent, LearnedCategorical, Uniform
from tfgan_it.networks.pairs import pair_classifier
from tfgan_it.seeds import seeded_initializers
from tfgan_it.step import Step
from tfgan_it.terms import BuiltGAN, Term
from tfgan_it.typing import Draw, Tensor


@dataclasses.dataclass(frozen=True)
class _Choice:
    """A code that a pair may share: its columns and its part of the latent."""

    start: int
    stop: int
    part: Latent


@keras.saving.register_keras_serializable(package="tfgan_it")
class ContrastiveCodes(Term):
    """weight CE(k, H(G(z, c), G(z, c'))): H predicts which code k two generated images share.

    c and c' agree in the code k, drawn uniformly from K, and differ in all others. Generator and H
    both minimise the cross-entropy, so that each code changes a separate factor. As k is uniform,
    ln K - CE is a lower bound on I(k; x, x') in nats, at most ln K. The term reports this bound as
    `contrastive_nats`, H's `contrastive_accuracy`, by chance 1 / K, and `contrastive_gap`.

    Each column of a continuous code is a choice of k, and so is each categorical code as a whole:
    two images share it if they have one category. The codes that are not shared are

        uniform:      |c - c'| >= gap: both uniform on a range reduced by the gap, then moved apart
        categorical:  of different categories while the gap is above 0, if all are equally likely
        all others:   drawn independently; so are the first two at gap 0

    so that the task is easy at first. The gap falls to 0 in equal drops, over `gap_steps` generator
    updates. H belongs to this term, and the generator's optimiser trains it.

    Args:
        weight: Weight of the term, the paper's alpha.
        gap: Initial gap, in the units of the codes.
        gap_steps: Number of generator updates after which the gap is 0.
        gap_drops: Number of drops; 1 keeps the initial gap until `gap_steps`.
        start: Generator update at which the term and the schedule of the gap begin.
        shared_noise: Whether the two images share their noise, as in the authors' code.
        width: Number of channels of H's first feature map.
        **kwargs: As for `Term`.

    Raises:
        ValueError: If a number is outside its range; when compiled, if there are fewer than two
            codes to choose from, or the gap is not below the range of a code.

    Source: Lin et al., 2020, "InfoGAN-CR and ModelCentrality: Self-supervised Model Training and
    Selection for Disentangling GANs", and the authors' code. Departures: H is not reset when the
    gap drops; the generator's optimiser trains it at its learning rate; both images of a pair pass
    the generator in one batch; those of `networks.pair_classifier`; categorical codes.

    Example:

    >>> ContrastiveCodes(weight=1.0, start=1000)
    ContrastiveCodes(weight=1.0, start=1000)
    """

    metric_names = ("contrastive_nats", "contrastive_accuracy", "contrastive_gap")
    players = ("generator",)

    def __init__(
        self,
        weight: float = 2.0,
        gap: float = 1.9,
        gap_steps: int = 35_000,
        gap_drops: int = 1,
        start: int = 0,
        shared_noise: bool = True,
        width: int = 32,
        **kwargs: Any,
    ) -> None:
        super().__init__(start=start, **kwargs)
        check_at_least(self, "weight", weight, 0)
        check_at_least(self, "gap", gap, 0)
        for name, value, minimum in (
            ("gap_steps", gap_steps, 0),
            ("gap_drops", gap_drops, 1),
            ("width", width, 1),
        ):
            check_integer(self, name, value, minimum)
        self.weight, self.gap, self.gap_steps, self.gap_drops = weight, gap, gap_steps, gap_drops
        self.shared_noise, self.width = shared_noise, width
        self.classifier: keras.Model | None = None

    def build_for(self, model: BuiltGAN) -> None:
        """Finds the codes among the latent's columns and builds H."""
        self.choices = _choices(model.latent) if model.latent is not None else ()
        if model.latent is None or len(self.choices) < 2:
            raise ValueError(
                f"ContrastiveCodes: the latent must have at least 2 codes to choose from, got "
                f"{len(self.choices)} in {model.latent!r}."
            )
        self.latent = model.latent
        for choice in self.choices:
            if isinstance(choice.part, Uniform) and self.gap >= choice.part.high - choice.part.low:
                raise ValueError(
                    f"ContrastiveCodes: gap must be below the range of {choice.part!r}, got "
                    f"{self.gap}."
                )
        if self.classifier is None:
            with seeded_initializers(model.seed + 1):  # A seed other than the networks'.
                self.classifier = pair_classifier(
                    model.sample_shape, len(self.choices), width=self.width
                )

    def value(self, step: Step) -> Tensor:
        """Computes weight CE, `(batch,)`."""
        gap = self.gap_at(step.runtime.step)
        shared, first, second = self.pairs(step.runtime.draw, gap)
        images = step.networks.generate(ops.concatenate([first, second]))["samples"]
        assert self.classifier is not None, "compile builds it"
        logits = self.classifier(ops.concatenate(ops.split(images, 2), axis=-1), training=True)
        choices = len(self.choices)
        code = ops.one_hot(shared, choices, dtype="float32")
        cross_entropy = -categorical_log_prob(code, ops.cast(logits, "float32"))
        correct = ops.cast(ops.argmax(logits, axis=-1), "int32") == shared
        step.runtime.report(
            # H of the uniform choice, less what the classifier leaves unknown.
            contrastive_nats=math.log(choices) - cross_entropy,
            contrastive_accuracy=ops.cast(correct, "float32"),
            contrastive_gap=gap,
        )
        return self.weight * cross_entropy

    def gap_at(self, step: Tensor) -> Tensor:
        """Computes the gap at a generator update, float32 scalar."""
        if not self.gap_steps:
            return ops.zeros(())
        since = ops.cast(ops.maximum(step - self.start, 0), "float32")
        fallen = ops.floor(since * (self.gap_drops / self.gap_steps)) / self.gap_drops
        return self.gap * ops.relu(1.0 - fallen)

    def pairs(self, draw: Draw, gap: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Draws the shared code, int32 `(batch,)`, and the latents of both images of a pair.

        Args:
            draw: As for `Runtime.draw`.
            gap: Smallest distance of uniform codes that are not shared.
        """
        choices = len(self.choices)
        # The difficulty of this task must not train a learned prior.
        first, second = (ops.stop_gradient(draw(self.latent.sample)) for _ in range(2))
        shared = draw(lambda n, seed: keras.random.randint((n,), 0, choices, seed=seed))
        shared = ops.cast(shared, "int32")
        uniform = draw(lambda n, seed: keras.random.uniform((n, choices), seed=seed))
        noise = self.latent.dimension - sum(c.stop - c.start for c in self.choices)
        one = [first[:, :noise]]
        other = [first[:, :noise] if self.shared_noise else second[:, :noise]]
        for index, choice in enumerate(self.choices):
            columns = slice(choice.start, choice.stop)
            same = (shared == index)[:, None]
            c, other_c = first[:, columns], second[:, columns]
            apart = _separated(choice.part, c, other_c, gap, uniform[:, index])
            one.append(ops.where(same, c, apart[0]))
            other.append(ops.where(same, c, apart[1]))
        return shared, ops.concatenate(one, axis=1), ops.concatenate(other, axis=1)


def _choices(latent: Latent) -> tuple[_Choice, ...]:
    choices, start = [], 0
    for name, part in latent.parts.items():
        if name != "noise":
            width = part.dimension if isinstance(part, Categorical) else 1
            for first in range(0, part.dimension, width):
                choices.append(_Choice(start + first, start + first + width, part))
        start += part.dimension
    return tuple(choices)


def _separated(
    part: Latent, first: Tensor, second: Tensor, gap: Tensor, uniform: Tensor
) -> tuple[Tensor, Tensor]:
    """Moves two draws of one code apart by the gap.

    Args:
        part: Latent of the code.
        first: First draw from it, `(batch, columns)`.
        second: Second draw from it, `(batch, columns)`.
        gap: Smallest distance, a scalar.
        uniform: Uniform numbers in [0, 1), `(batch,)`, that choose another category.
    """
    if isinstance(part, Uniform):
        scale = 1.0 - gap / (part.high - part.low)
        middle = 0.5 * (part.low + part.high)
        first, second = (middle + scale * (code - middle) for code in (first, second))
        shift = ops.where(first > second, 0.5 * gap, -0.5 * gap)
        return first + shift, second - shift
    learned = isinstance(part, LearnedCategorical)
    if isinstance(part, Categorical) and part.probabilities is None and not learned:
        k = part.categories
        steps = 1 + ops.cast(ops.floor(uniform * (k - 1)), "int32")
        index = (ops.cast(ops.argmax(first, axis=-1), "int32") + steps) % k
        other = ops.one_hot(index, k, dtype="float32")
        return first, ops.where(gap > 0.0, other, second)
    return first, second
