"""Mutual information of images and sounds, in what encoders of both know of each other."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from tfgan_it.checks import check_in_range, check_integer, check_seed
from tfgan_it.estimators import checks, representations
from tfgan_it.estimators.array_training import as_samples, float32_layers, shuffled, small_network
from tfgan_it.estimators.continuous_information import largest, neighbors_information
from tfgan_it.estimators.counting import counted
from tfgan_it.estimators.critic_training import CriticTraining
from tfgan_it.estimators.estimate import Candidate, Estimate
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.layers.pair_critics import SeparableCritic
from tfgan_it.losses.lower_bounds import InfoNCE

Pairs = tuple[np.ndarray, np.ndarray]
Information = Callable[[np.ndarray, np.ndarray], tuple[float, float]]
_CHUNK = 20  # Steps in one call of the graph.
_LEAST = 40  # Pairs of a half.
_GAPS = 3
_SHARED = 0.1  # Of a sum: more of it could be missed.
_LOOKS = 20
_BLOCK = 500  # Samples that are encoded at once.
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
    miss something, and not too high but by chance. Unlike bounds by a critic, which need e^I pairs
    at once or have a variance that grows as e^I, its error hardly grows with the information.

    Args:
        encoder: Function from (shape of a sample, number of outputs) to a built `keras.Model`; by
            default `small_network`. Where x and y have one shape, both sides share it, below a
            perceptron for each.
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
    for the encoders. That canonical correlations of independent sides stay below an edge is of
    Wachter, 1980, "The Limiting Empirical Measure of Multiple Discriminant Ratios".

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
            x: Images or sounds `(n, ...)`, uint8, or floats near [-1, 1]; or vectors `(n, d)`.
            y: Their partners.
            new_pairs: Function from a number and a seed to further pairs, from which encoders are
                trained in the place of a part of these; all of these are then held out.

        Raises:
            ValueError: If there are too few pairs, or samples or numbers are invalid.
        """
        unit = checks.unit(self.base)
        x, y = _checked(x, y)
        # Of vectors each column; images and sounds have their scale.
        self._scales = [_scale(part) for part in (x, y)]
        size = check_integer(self, "batch_size", self.batch_size, 2)
        steps = check_integer(self, "steps", self.steps, 1)
        check_in_range(self, "held_out", self.held_out, 0, 1, "()")
        random = np.random.default_rng(check_seed(self, self.seed) % 2**64)
        order = random.permutation(len(x))
        count = len(x) if new_pairs else round(self.held_out * len(x))
        rows, kept = order[count:], order[:count]
        least = 2 * _LEAST if new_pairs else math.ceil(2 * _LEAST / self.held_out)
        if len(x) < least or (not new_pairs and len(rows) < 2):
            raise ValueError(
                f"EncodedInformation: {len(x)} pairs are too few: give at least {least}."
            )
        draw = _of_rows(x, y, rows, random) if new_pairs is None else _of_seeds(new_pairs, random)
        size = size if new_pairs else min(size, len(rows))
        self._train(draw, steps, size)
        self.result_, self.correlations_ = self._of(x[kept], y[kept])
        self.value_ = self.result_.nats / unit
        return self

    def of(self, x: Any, y: Any) -> Estimate:
        """Estimates the information of other pairs by the trained encoders, as `fit` does.

        Args:
            x: Samples that did not train, `(n, ...)`.
            y: Their partners.

        Raises:
            ValueError: If `fit` has not been called, or there are too few pairs.
        """
        checks.fitted(self, "history_")
        return self._of(*_checked(x, y))[0]

    def _of(self, x: np.ndarray, y: np.ndarray) -> tuple[Estimate, np.ndarray]:
        if len(x) < 2 * _LEAST:
            raise ValueError(
                f"EncodedInformation: {len(x)} pairs are too few: give at least {2 * _LEAST}."
            )
        random = np.random.default_rng([self.seed % 2**64, 1])
        halves = np.array_split(random.permutation(len(x)), 2)
        with threadpool_limits(1, "blas"):
            coded = [self._encoded(x[half], y[half]) for half in halves]
            a, b, correlations = _canonical(*coded[0], *coded[1])
            found = _of_directions(a, b, correlations, random)
        return found.finished((_DOUBT,), len(a)), correlations

    def estimate(self) -> float:
        """Returns the information, in nats or units of `base`."""
        checks.fitted(self, "value_")
        return self.value_

    def _train(self, draw: Callable[[int], Pairs], steps: int, size: int) -> None:
        dimension = check_integer(self, "dimension", self.dimension, 1)
        shapes: list[tuple[int, ...]] = []
        training = CriticTraining(
            InfoNCE(),
            lambda: self._new_critic(shapes, dimension),
            None,
            self.learning_rate,
            self.seed,
        )
        history: list[np.ndarray] = []
        while (done := _CHUNK * len(history)) < steps:
            count = min(_CHUNK, steps - done)
            parts = [self._scaled(part, side) for side, part in enumerate(draw(count * size))]
            shapes = [part.shape[1:] for part in parts]
            batches = (part.reshape(count, size, *part.shape[1:]) for part in parts)
            history.append(training.run(*batches))
        self.history_ = np.concatenate(history)
        critic, inputs = training.critic, [keras.Input(shape) for shape in shapes]
        encoded = critic.g(critic.x_network(inputs[0])), critic.h(critic.y_network(inputs[1]))
        self._encoders = [keras.Model(*ends) for ends in zip(inputs, encoded, strict=True)]
        if not np.isfinite(self.history_[-1]):
            raise ValueError(
                "EncodedInformation: training diverges: use a smaller learning_rate than "
                f"{self.learning_rate}."
            )

    def _new_critic(self, shapes: Sequence[tuple[int, ...]], dimension: int) -> SeparableCritic:
        build = self.encoder or small_network
        with float32_layers():
            first = build(shapes[0], 8 * dimension)
            second = first if shapes[0] == shapes[1] else build(shapes[1], 8 * dimension)
            return SeparableCritic((8 * dimension,), dimension, x_network=first, y_network=second)

    def _encoded(self, x: np.ndarray, y: np.ndarray) -> Pairs:
        """Returns f(x) and g(y), float64 `(n, dimension)`."""
        found = []
        for side, part in enumerate((x, y)):
            blocks = np.array_split(self._scaled(part, side), -(-len(part) // _BLOCK))
            outputs = [np.asarray(self._encoders[side](block, training=False)) for block in blocks]
            found.append(np.concatenate(outputs).astype("float64"))
        return found[0], found[1]

    def _scaled(self, part: np.ndarray, side: int) -> np.ndarray:
        scale = self._scales[side]
        return as_samples(part if scale is None else (np.asarray(part) - scale[0]) / scale[1])


def _checked(x: Any, y: Any) -> Pairs:
    """Returns numbers that are finite, with the axis of samples and at least one more."""
    found = []
    for part, name in ((x, "x"), (y, "y")):
        values = checks.array(part, name)
        if values.ndim < 3:
            values = checks.samples(values, name)
        elif not values.size or not np.isfinite(values).all():
            raise ValueError(f"{name} is empty or has values that are NaN or infinite.")
        found.append(values)
    checks.same_length(found[0], found[1], "y")
    return found[0], found[1]


def _scale(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    if samples.ndim > 2:
        return None
    deviation = samples.std(axis=0)
    return samples.mean(axis=0), np.where(deviation > 0, deviation, 1.0)


def _of_rows(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray, random: np.random.Generator
) -> Callable[[int], Pairs]:
    chosen = shuffled(len(rows), random)

    def draw(count: int) -> Pairs:
        some = rows[chosen(count)]
        return x[some], y[some]

    return draw


def _of_seeds(
    new_pairs: Callable[[int, int], Pairs], random: np.random.Generator
) -> Callable[[int], Pairs]:
    return lambda count: new_pairs(count, int(random.integers(2**31)))


def _of_directions(
    a: np.ndarray, b: np.ndarray, correlations: np.ndarray, random: np.random.Generator
) -> Candidate:
    """Returns the estimate of the first directions, behind whichever large gap it is largest."""
    if not len(correlations):
        reason = "no direction correlates beyond chance"
        return Candidate("encoders", 0.0, 0.0, reason=reason)
    # Products of what x and y share correlate too, less than what they are products of.
    evidence = -np.log1p(-(np.minimum(np.append(correlations, 0.0), 0.9999) ** 2))
    counts = 1 + np.argsort(evidence[1:] - evidence[:-1], kind="stable")[:_GAPS]
    found: list[Candidate] = []
    for count in sorted(counts.tolist()):
        some = a[:, :count], b[:, :count]
        name = f"encoders, the first {count} direction{'s' * (count > 1)}"
        found.append(Candidate(f"{name}, KSG", *neighbors_information(*some)))
        for each in _sums(*some, random, max(each.nats for each in found)):
            found.append(dataclasses.replace(each, estimator=f"{name}, {each.estimator}"))
    return largest(found, len(a), f"{len(correlations)} directions correlate beyond chance")


def _sums(
    x: np.ndarray, y: np.ndarray, random: np.random.Generator, most: float
) -> Iterator[Candidate]:
    """Generates sum_i I(x_i; y_i) over pairs of independent components, less what they share.

    Each component is taken as one bit, and as it is: encoders let the other sources shine through a
    little, which components share, and which says nothing of y. Sums that are not above the `most`
    that is known are left out.
    """
    if x.shape[1] == 1:
        return
    for contrast in representations.CONTRASTS:
        p, q = (representations.components(part, contrast) for part in (x, y))
        dependence = representations.dependent_columns(p, q)
        rows, columns = linear_sum_assignment(-dependence)
        chosen = dependence[rows, columns] > 0
        p, q = p[:, rows[chosen]], q[:, columns[chosen]]
        if p.shape[1] > 1:
            bits = [np.apply_along_axis(_bit, 0, z) for z in (p, q)]
            for what, z, information in (
                ("bits", bits, _counted_information),
                ("components", [p, q], neighbors_information),
            ):
                found = _sum(what, z, information, random, most)
                if found is not None:
                    most = max(most, found.nats)
                    yield found


def _sum(
    what: str,
    z: Sequence[np.ndarray],
    information: Information,
    random: np.random.Generator,
    most: float,
) -> Candidate | None:
    """Returns the sum over pairs, or None if much is shared: in many dimensions more is missed."""
    terms = [information(z[0][:, [i]], z[1][:, [i]]) for i in range(z[0].shape[1])]
    nats = sum(term for term, _ in terms)
    if nats <= most:
        return None
    shared = min(_shared(part, information, random) for part in z)
    if shared > _SHARED * nats:
        return None
    error = math.hypot(*(error for _, error in terms))
    name = f"the sum over pairs of independent {what}"
    return Candidate(name, nats - max(0.0, shared), error)


def _shared(x: np.ndarray, information: Information, random: np.random.Generator) -> float:
    """Returns the total correlation sum_j I(x_j; x_1 ... x_{j - 1}), beyond that of chance."""
    total = 0.0
    for j in range(1, x.shape[1]):
        before, own = x[:, :j], x[:, [j]]
        total += information(before, own)[0] - information(before, random.permutation(own))[0]
    return total


def _counted_information(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Returns I(x; y) of labels, and its standard error."""
    parts = (*x.T, *y.T), tuple(x.T), tuple(y.T)
    found, _ = counted(list(zip(parts, (1, -1, -1), strict=True)), "")
    return found.nats, found.standard_error


def _bit(values: np.ndarray) -> np.ndarray:
    """Returns 0 or 1, on which side of the middle between the means of both sides values are."""
    middle = float(values.mean())
    for _ in range(_LOOKS):
        above = values > middle
        if above.all() or not above.any():
            break
        middle = float(values[above].mean() + values[~above].mean()) / 2
    return (values > middle).astype("float64")


def _canonical(
    f: np.ndarray, g: np.ndarray, new_f: np.ndarray, new_g: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns new pairs in the canonical directions of others that correlate beyond chance.

    The correlations come third.
    """
    (mean_f, white_f), (mean_g, white_g) = (_whitening(part) for part in (f, g))
    n, p, q = len(f), white_f.shape[1], white_g.shape[1]
    left, correlations, right = np.linalg.svd(
        ((f - mean_f) @ white_f).T @ ((g - mean_g) @ white_g) / n, full_matrices=False
    )
    shares = min(p / n, 1.0), min(q / n, 1.0)
    edge = math.sqrt(shares[0] * (1 - shares[1])) + math.sqrt(shares[1] * (1 - shares[0]))
    count = int((correlations > min(edge, 1.0)).sum())
    return (
        (new_f - mean_f) @ white_f @ left[:, :count],
        (new_g - mean_g) @ white_g @ right[:count].T,
        correlations[:count],
    )


def _whitening(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean and a matrix of the directions that vary, each to the variance 1."""
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(values.T)))
    kept = variances > 1e-8 * max(variances[-1], 1e-30)
    return values.mean(axis=0), directions[:, kept] / np.sqrt(variances[kept])
