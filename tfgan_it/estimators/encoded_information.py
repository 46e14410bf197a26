"""Mutual information of images and sounds, in what encoders of both know of each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from tfgan_it.checks import check_in_range, check_integer, check_seed, shown
from tfgan_it.errors import one_line
from tfgan_it.estimators import checks
from tfgan_it.estimators.array_training import as_samples, float32_layers, shuffled, small_network
from tfgan_it.estimators.canonical_directions import (
    PAIRS_PER_DIRECTION,
    canonical_directions,
    information_of_directions,
)
from tfgan_it.estimators.critic_training import CriticTraining
from tfgan_it.estimators.estimate import Estimate
from tfgan_it.estimators.paired_samples import (
    Pairs,
    checked_pairs,
    drawn_ahead,
    scale_of,
    warn_of_copies,
    warn_of_identity,
)
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.layers.pair_critics import SeparableCritic
from tfgan_it.losses.lower_bounds import InfoNCE

_CHUNK = 20  # Steps in one call of the graph.
_LEAST = 40  # Pairs of a half.
_BLOCK = 500  # Samples that are encoded at once.
_LIKE = 8  # Samples that stand for the shape and the scale of all.
_DOUBT = (
    "Encoders may miss what x and y share: the information may be larger than the interval says."
)


class EncodedInformation(CheckedKeywords, BaseEstimator):
    """I(x; y) in nats of images, sounds or long vectors: that of a few learned functions of each.

    1. Encoders f and g are trained by InfoNCE on pairs, so that f(x) tells its own g(y).
    2. On held-out pairs, the canonical directions of f(x) and g(y) that correlate beyond chance.
    3. On other held-out pairs, what `KSG` finds in the first of these directions, up to each of the
       three largest gaps of the correlations; or what it finds in pairs of their independent
       components, less what components share. Components count as they are, and as a bit each.

    No function of x knows more of y than x does, so that the estimate is too low where encoders
    miss something, and not too high but by chance. The interval reaches up to what the directions
    tell the pairs that chose them, but it does not know what encoders miss. Unlike bounds by a
    critic, which need e^I pairs at once or have a variance that grows as e^I, its error hardly
    grows with the information.

    Args:
        encoder: Function from (shape of a sample, number of outputs) to a `keras.Model` with
            outputs `(batch, number)`; by default `small_network`. Where x and y have one shape,
            both sides share it, below a perceptron for each.
        dimension: Number of outputs of f and g.
        batch_size: Number of pairs in a step.
        steps: Largest number of training steps.
        learning_rate: Learning rate of Adam.
        held_out: Share of the pairs that do not train, in (0, 1); halves of them are for 2 and 3.
        seed: Seed of split, weights and batches. Equal seeds and data give equal estimates.
        base: Base of the logarithm of `estimate`: e for nats, 2 for bits.

    Attributes:
        result_: The `Estimate`, in nats.
        correlations_: Canonical correlations of the directions, the largest first.
        history_: InfoNCE of each training batch in nats, at most the logarithm of its size.

    Source: van den Oord et al., 2018, "Representation Learning with Contrastive Predictive Coding",
    for the encoders.

    Example: the brightness of a picture is that of its partner, but for noise.

    >>> random = np.random.default_rng(0)
    >>> light = random.normal(size=(1500, 1, 1, 1))
    >>> x = np.tanh(light + 0.1 * random.normal(size=(1500, 8, 8, 1)))
    >>> y = np.tanh(light + random.normal(size=(1500, 1, 1, 1)) + 0.1 * x[::-1])
    >>> information = EncodedInformation(steps=100, batch_size=64, dimension=2).fit(x, y)
    >>> bool(abs(information.estimate() - 0.35) < 0.12)  # 1/2 ln 2
    True
    """

    def __init__(
        self,
        encoder: Callable[[tuple[int, ...], int], keras.Model] | None = None,
        *,
        dimension: int = 32,
        batch_size: int = 128,
        steps: int = 2000,
        learning_rate: float = 1e-3,
        held_out: float = 0.4,
        seed: int = 0,
        base: float = math.e,
    ) -> None:
        self.encoder, self.dimension = encoder, dimension
        self.batch_size, self.steps = batch_size, steps
        self.learning_rate, self.held_out = learning_rate, held_out
        self.seed, self.base = seed, base

    def fit(
        self, x: Any, y: Any, *, new_pairs: Callable[[int, int], Pairs] | None = None
    ) -> EncodedInformation:
        """Trains encoders and estimates the information.

        Args:
            x: Images or sounds `(n, ...)`, uint8, or floats near [-1, 1]; others are standardised
                as a whole. Or vectors `(n, d)`, of which each column is.
            y: Their partners.
            new_pairs: Function from a number and a seed to so many further pairs `(x, y)`, from
                which encoders are trained in the place of a part of these; all of these are then
                held out. It is called by another thread, while training goes on, one call after
                another.

        Raises:
            ValueError: If there are too few pairs, samples or numbers are invalid, new pairs are
                not like these, or training diverges.

        Warns:
            RuntimeWarning: Of many copies, and if y is a function of x.
        """
        unit = checks.unit(self.base)
        x, y = checked_pairs(x, y)
        self._scales = [scale_of(part) for part in (x, y)]
        self._like = x[:_LIKE], y[:_LIKE]
        size = check_integer(self, "batch_size", self.batch_size, 2)
        steps = check_integer(self, "steps", self.steps, 1)
        check_integer(self, "dimension", self.dimension, 1)
        check_in_range(self, "learning_rate", self.learning_rate, 0, 1, "(]")
        check_in_range(self, "held_out", self.held_out, 0, 1, "()")
        for name, function in (("encoder", self.encoder), ("new_pairs", new_pairs)):
            network = isinstance(function, keras.Layer)  # It is one side's, not a function to both.
            if function is not None and (network or not callable(function)):
                raise ValueError(
                    f"EncodedInformation: {name} must be a function or None, got {shown(function)}."
                )
        random = np.random.default_rng(check_seed(self, self.seed) % 2**64)
        order = random.permutation(len(x))
        count = len(x) if new_pairs else round(self.held_out * len(x))
        rows, kept = order[count:], order[:count]
        least = 2 * _LEAST
        if new_pairs is None:
            least = math.ceil(max(least / self.held_out, 2.5 / (1 - self.held_out)))
            warn_of_copies(x, y)
        if len(x) < least:
            raise ValueError(
                f"EncodedInformation: {len(x)} pairs are too few: give at least {least}."
            )
        warn_of_identity(x, y)
        draw = _of_rows(x, y, rows, random) if new_pairs is None else self._of(new_pairs, random)
        self._train(draw, steps, size if new_pairs else min(size, len(rows)))
        self.result_, self.correlations_ = self._estimated(x[kept], y[kept])
        self.value_ = self.result_.nats / unit
        return self

    def of(self, x: Any, y: Any) -> Estimate:
        """Estimates the information of other pairs by the trained encoders, as `fit` does.

        Args:
            x: Samples that did not train, `(n, ...)`, of the shape and the scale of those of `fit`.
            y: Their partners.

        Raises:
            ValueError: If `fit` has not been called, there are too few pairs, or they are not like
                those of `fit`.
        """
        checks.fitted(self, "result_")
        x, y = checked_pairs(x, y)
        self._check_alike((x, y), ("x", "y"))
        return self._estimated(x, y)[0]

    def _check_alike(self, pairs: Pairs, names: tuple[str, str]) -> None:
        for part, like, name in zip(pairs, self._like, names, strict=True):
            if part.shape[1:] != like.shape[1:]:
                raise ValueError(
                    f"EncodedInformation: {name} must have the shape (n, "
                    f"{', '.join(map(str, like.shape[1:]))}) of those of fit, got {part.shape}."
                )
            if like.ndim > 2:
                checks.same_scale(like, part, ("what fit was given", name), scaled=True)

    def _estimated(self, x: np.ndarray, y: np.ndarray) -> tuple[Estimate, np.ndarray]:
        if len(x) < 2 * _LEAST:
            raise ValueError(
                f"EncodedInformation: {len(x)} pairs are too few: give at least {2 * _LEAST}."
            )
        random = np.random.default_rng([self.seed % 2**64, 1])
        halves = np.array_split(random.permutation(len(x)), 2)
        with threadpool_limits(1, "blas"):
            coded = [self._encoded(x[half], y[half]) for half in halves]
            directions = canonical_directions(*coded[0], *coded[1])
            found = information_of_directions(directions, random)
        doubts, most = [_DOUBT], len(halves[0]) // PAIRS_PER_DIRECTION
        if most < self.dimension:
            doubts.append(
                f"{len(x)} pairs tell of {most} of the {self.dimension} dimensions: give more "
                f"pairs, or a smaller dimension."
            )
        return found.finished(tuple(doubts), len(halves[1])), directions.correlations

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_

    def _train(self, draw: Callable[[int], Pairs], steps: int, size: int) -> None:
        shapes = [part.shape[1:] for part in self._like]
        training = CriticTraining(
            InfoNCE(), lambda: self._new_critic(shapes), None, self.learning_rate, self.seed
        )
        counts = [min(_CHUNK, steps - done) for done in range(0, steps, _CHUNK)]
        history = []
        for count, pairs in zip(counts, drawn_ahead(draw, [n * size for n in counts]), strict=True):
            parts = [self._scaled(part, side) for side, part in enumerate(pairs)]
            batches = (part.reshape(count, size, *part.shape[1:]) for part in parts)
            history.append(training.run(*batches))
        self.history_ = np.concatenate(history)
        critic, inputs = training.critic, [keras.Input(shape) for shape in shapes]
        encoded = critic.g(critic.x_network(inputs[0])), critic.h(critic.y_network(inputs[1]))
        self._encoders = [keras.Model(*ends) for ends in zip(inputs, encoded, strict=True)]

    def _new_critic(self, shapes: Sequence[tuple[int, ...]]) -> SeparableCritic:
        outputs = 8 * self.dimension
        with float32_layers():
            first = self._new_encoder(shapes[0], outputs)
            second = first if shapes[0] == shapes[1] else self._new_encoder(shapes[1], outputs)
            hidden = (outputs,)
            return SeparableCritic(hidden, self.dimension, x_network=first, y_network=second)

    def _new_encoder(self, shape: tuple[int, ...], outputs: int) -> Any:
        if self.encoder is None:
            return small_network(shape, outputs)
        encoder = self.encoder(shape, outputs)
        try:
            found = tuple(encoder(keras.Input(shape)).shape)
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(
                f"EncodedInformation: encoder must return a network for samples of {shape}, got "
                f"{shown(encoder)}: {one_line(error)}."
            ) from None
        if len(found) != 2 or found[1] is None:
            raise ValueError(
                f"EncodedInformation: the outputs of encoder must be (batch, {outputs}), got "
                f"{found}."
            )
        return encoder

    def _encoded(self, x: np.ndarray, y: np.ndarray) -> Pairs:
        """Returns f(x) and g(y), float64 `(n, dimension)`."""
        found = []
        for side, part in enumerate((x, y)):
            blocks = np.array_split(self._scaled(part, side), -(-len(part) // _BLOCK))
            outputs = [np.asarray(self._encoders[side](block, training=False)) for block in blocks]
            found.append(np.concatenate(outputs).astype("float64"))
            if not np.isfinite(found[-1]).all():
                raise ValueError(
                    "EncodedInformation: training diverges: use a smaller learning_rate than "
                    f"{self.learning_rate}."
                )
        return found[0], found[1]

    def _of(
        self, new_pairs: Callable[[int, int], Pairs], random: np.random.Generator
    ) -> Callable[[int], Pairs]:
        def draw(count: int) -> Pairs:
            pairs = new_pairs(count, int(random.integers(2**31)))
            if not isinstance(pairs, tuple | list) or len(pairs) != 2:
                raise ValueError(
                    f"EncodedInformation: new_pairs must return (x, y), got {shown(pairs)}."
                )
            x, y = checked_pairs(*pairs, names=("x of new_pairs", "y of new_pairs"))
            if len(x) != count:
                raise ValueError(
                    f"EncodedInformation: new_pairs({count}, seed) must return {count} pairs, got "
                    f"{len(x)}."
                )
            self._check_alike((x, y), ("x of new_pairs", "y of new_pairs"))
            return x, y

        return draw

    def _scaled(self, part: np.ndarray, side: int) -> np.ndarray:
        scale = self._scales[side]
        return as_samples(part if scale is None else (np.asarray(part) - scale[0]) / scale[1])


def _of_rows(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray, random: np.random.Generator
) -> Callable[[int], Pairs]:
    chosen = shuffled(len(rows), random)

    def draw(count: int) -> Pairs:
        some = rows[chosen(count)]
        return x[some], y[some]

    return draw
