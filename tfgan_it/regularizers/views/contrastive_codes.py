"""The contrastive regulariser: which code do two generated images share?"""

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
    """A code that a pair may share: its columns, and its part of the latent."""

    start: int
    stop: int
    part: Latent


@keras.saving.register_keras_serializable(package="tfgan_it")
class ContrastiveCodes(Term):
    """weight CE(k, H(G(z, c), G(z, c'))): H tells which code k two generated images share.

    c and c' agree in the code k, drawn uniformly of K, and differ in all others. Generator and H
    both minimise the cross-entropy, so that each code changes something of its own. As k is
    uniform, ln K - CE is a lower bound on I(k; x, x') in nats, at most ln K. Reported are
    `contrastive_nats`, that bound, `contrastive_accuracy` of H, by chance 1 / K, and
    `contrastive_gap`.

    Each column of a continuous code is a choice of k, and so is each categorical code as a whole:
    two images share it where they are of one category. Of the codes that are not shared

        uniform:      |c - c'| >= gap;  both uniform on what the gap leaves, pushed apart by it
        categorical:  another category while the gap is above 0, where all are as likely
        all others:   drawn anew; so are those two at gap 0

    so that the task is easy at first. The gap falls to 0 in equal drops, over `gap_steps` generator
    updates. H belongs to this term, and the generator's optimiser moves it.

    Args:
        weight: Weight of the term; the paper's alpha.
        gap: Gap of the first steps, in the codes' own units.
        gap_steps: Generator updates after which it is 0.
        gap_drops: In so many drops: one keeps the first gap until then.
        start: The generator update at which the term, and the count of the gap, begins.
        shared_noise: Whether the two images have their noise in common, as in the authors' code; it
            is drawn twice otherwise.
        width: Channels of H's first map.
        **kwargs: As for `Term`.

    Raises:
        ValueError: a number outside its range; when compiled, fewer than two codes to choose from,
            a gap that is not below the range of a code.

    Source: Lin et al., 2020, "InfoGAN-CR and ModelCentrality: Self-supervised Model Training and
    Selection for Disentangling GANs", and the authors' code. Departures: H is not made anew when
    the gap drops; it is moved by the generator's optimiser and at its rate; both images of a pair
    pass the generator in one batch; those of `networks.pair_classifier`; categorical codes.

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
        """Finds the codes among the latent's columns, and builds H."""
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
            with seeded_initializers(model.seed + 1):  # Not the numbers of the networks.
                self.classifier = pair_classifier(
                    model.sample_shape, len(self.choices), width=self.width
                )

    def value(self, step: Step) -> Tensor:
        """weight CE, `(batch,)`."""
        gap = self.gap_at(step.runtime.step)
        shared, first, second = self.pairs(step.runtime.draw, gap)
        images = step.networks.generate(ops.concatenate([first, second]))["samples"]
        assert self.classifier is not None, "compile builds it"
        logits = self.classifier(ops.concatenate(ops.split(images, 2), axis=-1), training=True)
        choices = len(self.choices)
        code = ops.one_hot(shared, choices, dtype="float32")
        cross_entropy = -categorical_log_prob(code, ops.cast(logits, "float32"))
        found = ops.cast(ops.argmax(logits, axis=-1), "int32") == shared
        step.runtime.report(
            # H of the uniform choice, less what the classifier leaves unknown.
            contrastive_nats=math.log(choices) - cross_entropy,
            contrastive_accuracy=ops.cast(found, "float32"),
            contrastive_gap=gap,
        )
        return self.weight * cross_entropy

    def gap_at(self, step: Tensor) -> Tensor:
        """The gap at a generator update, float32 scalar."""
        if not self.gap_steps:
            return ops.zeros(())
        since = ops.cast(ops.maximum(step - self.start, 0), "float32")
        fallen = ops.floor(since * (self.gap_drops / self.gap_steps)) / self.gap_drops
        return self.gap * ops.relu(1.0 - fallen)

    def pairs(self, draw: Draw, gap: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Which code is shared, int32 `(batch,)`, and the latents of both images of a pair.

        Args:
            draw: As `Runtime.draw`.
            gap: Least distance of uniform codes that are not shared.
        """
        choices = len(self.choices)
        # A learned prior is not moved by what is easy to tell.
        first, second = (ops.stop_gradient(draw(self.latent.sample)) for _ in range(2))
        shared = draw(lambda rows, seed: keras.random.randint((rows,), 0, choices, seed=seed))
        shared = ops.cast(shared, "int32")
        turns = draw(lambda rows, seed: keras.random.uniform((rows, choices), seed=seed))
        noise = self.latent.dimension - sum(c.stop - c.start for c in self.choices)
        one = [first[:, :noise]]
        other = [first[:, :noise] if self.shared_noise else second[:, :noise]]
        for index, choice in enumerate(self.choices):
            columns = slice(choice.start, choice.stop)
            same = (shared == index)[:, None]
            apart = _apart(choice.part, first[:, columns], second[:, columns], gap, turns[:, index])
            one.append(ops.where(same, first[:, columns], apart[0]))
            other.append(ops.where(same, first[:, columns], apart[1]))
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


def _apart(
    part: Latent, first: Tensor, second: Tensor, gap: Tensor, turn: Tensor
) -> tuple[Tensor, Tensor]:
    """Two draws of one code, moved apart by the gap.

    Args:
        part: The code's latent.
        first: `(batch, columns)`, drawn from it.
        second: The same, drawn again.
        gap: Scalar.
        turn: Uniform numbers in [0, 1), `(batch,)`, for the choice of another category.
    """
    if isinstance(part, Uniform):
        left = 1.0 - gap / (part.high - part.low)
        middle = 0.5 * (part.low + part.high)
        first, second = (middle + left * (code - middle) for code in (first, second))
        push = ops.where(first > second, 0.5 * gap, -0.5 * gap)
        return first + push, second - push
    learned = isinstance(part, LearnedCategorical)
    if isinstance(part, Categorical) and part.probabilities is None and not learned:
        k = part.categories
        steps = 1 + ops.cast(ops.floor(turn * (k - 1)), "int32")
        index = (ops.cast(ops.argmax(first, axis=-1), "int32") + steps) % k
        other = ops.one_hot(index, k, dtype="float32")
        return first, ops.where(gap > 0.0, other, second)
    return first, second
