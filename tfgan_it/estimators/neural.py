"""Mutual information by a critic that is trained on one part of the pairs and read on another."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_above, check_in_range, check_integer
from tfgan_it.estimators import checks, preprocessing
from tfgan_it.estimators.critic_training import CriticTraining, perceptron_baseline
from tfgan_it.layers import pair_critics
from tfgan_it.layers.gaussian_critic import GaussianMarginal
from tfgan_it.losses import information_bound
from tfgan_it.losses.information_bound import InformationBound


class NeuralEstimator(BaseEstimator):
    """I(x; y) in nats, by any of the losses on scores and a critic of your choice.

    `fit` shares the pairs out into three parts by `seed`. The critic, and a Gaussian model of y
    where the loss needs one, are trained on the first; the second says when to stop and which
    weights to keep; `estimate` is the loss's value on the third, all of its pairs at once. So a
    lower bound is one: the pairs that it is taken from trained nothing and chose nothing.

    Losses whose scores are any f(x, y) are trained by their `critic_loss`, with a perceptron for
    ln a(y) where they need one. Conditional ones are fitted by maximum likelihood, with a Gaussian
    for r(y) where they need one: `barber_agakov`, whose p(y) is then not known, and
    `variational_upper_bound` are no bounds here. The weights that are kept are the best by the same
    on the second part.

    Args:
        loss: A name, such as `info_nce`, `nwj`, `smile`, `donsker_varadhan`, `club`, or the loss.
        critic: `separable`, `concatenated`, `bilinear`, `gaussian`, or a layer that gives scores of
            x and y, which is copied, with fresh weights. A conditional loss (`club`,
            `barber_agakov`, `difference_of_entropies`, `leave_one_out`, `variational_upper_bound`)
            needs `gaussian`, whose scores are ln q(y|x).
        preprocessing: Preprocessing of each coordinate, which leaves the information as it is:
            `standardize`; `ranks`, `normal_scores` or `asinh` where tails are heavy; a function of
            `(n, d)`; None. Of all pairs, before they are shared out; fresh ones beside those of
            `fit`.
        hidden: Units of each hidden layer of the critic, where it is named.
        batch_size: Pairs in a batch; all of the first part where it has fewer.
        learning_rate: Learning rate of Adam.
        steps: At most.
        check_every: Steps from one look at the second part to the next.
        patience: Looks without a better one, after which training ends.
        validation: Share of the second part.
        test: Share of the third part.
        seed: Seed of the parts, the weights and the batches. Equal seeds and data give equal
            estimates.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        steps_: Steps that were taken.
        parts_: Rows of the pairs that trained, that chose the weights, and that are held out.
        critic_: The trained critic.
        history_: The loss's estimate on the second part at each look.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information"; Czyz et al., 2023,
    "Beyond Normal: On the Evaluation of Mutual Information Estimators", for held-out pairs.
    Departures: the defaults were chosen on correlated Gaussians of 1 to 5 dimensions.

    Example: of y = x + noise, whose information is 1/2 ln 2 = 0.35.

    >>> random = np.random.default_rng(0)
    >>> x = random.standard_normal((1000, 1))
    >>> y = x + random.standard_normal((1000, 1))
    >>> estimator = NeuralEstimator("info_nce", hidden=(32,), steps=300).fit(x, y)
    >>> bool(0.2 < estimator.estimate() < 0.5)
    True
    """

    def __init__(
        self,
        loss: str | InformationBound = "info_nce",
        critic: str | keras.layers.Layer = "separable",
        preprocessing: str | preprocessing.Transform | None = "standardize",
        *,
        hidden: Sequence[int] = (256, 256),
        batch_size: int = 128,
        learning_rate: float = 5e-4,
        steps: int = 4000,
        check_every: int = 50,
        patience: int = 8,
        validation: float = 0.2,
        test: float = 0.2,
        seed: int = 0,
        base: float = math.e,
    ) -> None:
        self.loss = loss
        self.critic = critic
        self.preprocessing = preprocessing
        self.hidden = hidden
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.steps = steps
        self.check_every = check_every
        self.patience = patience
        self.validation = validation
        self.test = test
        self.seed = seed
        self.base = base

    def fit(self, x: Any, y: Any) -> NeuralEstimator:
        """Trains the critic on pairs.

        Args:
            x: `(n,)` or `(n, d_x)`.
            y: `(n,)` or `(n, d_y)`.

        Raises:
            ValueError: samples or settings that it cannot work with; a critic that does not fit
                the loss.
        """
        x, y = checks.pairs(x, y)
        self._unit = checks.unit(self.base)
        self._check_settings()
        random = np.random.default_rng(self.seed)
        training = self._new_training()
        self.parts_ = train, validation, test = self._parts(random.permutation(len(x)))
        self._pairs = x, y
        x, y = self._prepared()
        held_out = x[validation], y[validation]
        batches = shuffled_batches(random, train, self.batch_size)
        best, weights, best_look = math.inf, None, 0
        self.history_: list[float] = []
        self.steps_ = 0
        while self.steps_ < self.steps and len(self.history_) < best_look + self.patience:
            count = min(self.check_every, self.steps - self.steps_)
            rows = np.stack([next(batches) for _ in range(count)])
            training.run(x[rows], y[rows])
            self.steps_ += count
            self.history_.append(training.estimate(*held_out) / self._unit)
            objective = training.objective(*held_out)
            if objective < best:
                best, weights, best_look = objective, training.weights(), len(self.history_)
        if weights is not None:  # None: no look gave a finite objective.
            training.restore(weights)
        self._training, self.critic_ = training, training.critic
        self.value_ = training.estimate(x[test], y[test]) / self._unit
        return self

    def estimate(self, x: Any = None, y: Any = None) -> float:
        """The information, in nats or units of `base`, of pairs that were held out or are fresh.

        Args:
            x: `(m,)` or `(m, d_x)`, or None.
            y: `(m,)` or `(m, d_y)`, or None.

        Raises:
            ValueError: `fit` has not been called; one of x and y alone, or of other dimensions.
        """
        checks.fitted(self, "value_")
        if x is None and y is None:
            return self.value_
        x, y = checks.pairs(x, y)
        columns, fitted = [[part.shape[1] for part in two] for two in ((x, y), self._pairs)]
        if columns != fitted:
            raise ValueError(
                f"NeuralEstimator: was fitted on x of {fitted[0]} and y of {fitted[1]} columns, "
                f"got {columns[0]} and {columns[1]}."
            )
        return self._training.estimate(*self._prepared(x, y)) / self._unit

    def _check_settings(self) -> None:
        for name, least in (("batch_size", 2), ("steps", 1), ("check_every", 1), ("patience", 1)):
            check_integer(self, name, getattr(self, name), least)
        check_in_range(self, "validation", self.validation, 0, 1, "()")
        check_in_range(self, "test", self.test, 0, 1, "()")
        check_above(self, "learning_rate", self.learning_rate, 0)

    def _prepared(self, x: Any = None, y: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """The pairs of `fit`, preprocessed; or fresh ones, beside them and by the same rule."""
        transform = preprocessing.get(self.preprocessing)

        def prepared(own: np.ndarray, fresh: Any) -> np.ndarray:
            together = own if fresh is None else np.concatenate([own, fresh])
            skipped = 0 if fresh is None else len(own)
            return transform(together)[skipped:].astype("float32")

        return prepared(self._pairs[0], x), prepared(self._pairs[1], y)

    def _parts(self, order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The rows to train on, to stop by and to estimate from."""
        count = len(order)
        test, validation = (max(2, round(s * count)) for s in (self.test, self.validation))
        if count - test - validation < 2:
            raise ValueError(
                f"NeuralEstimator: {count} pairs are too few for a validation part of "
                f"{self.validation} and a test part of {self.test}: two must be left to train on."
            )
        return order[test + validation :], order[test : test + validation], order[:test]

    def _new_training(self) -> CriticTraining:
        loss = information_bound.get(self.loss)
        # Its state, if any, is of one training; the unit is the estimator's.
        loss = type(loss).from_config({**loss.get_config(), "base": math.e})
        critic = pair_critics.get(self.critic)
        config = critic.get_config()
        if isinstance(self.critic, str) and "hidden" in config:
            config["hidden"] = tuple(self.hidden)
        if loss.conditional and not getattr(critic, "conditional", False):
            told = self.critic if isinstance(self.critic, str) else type(critic).__name__
            raise ValueError(
                f"NeuralEstimator: {type(loss).__name__} takes scores that are ln q(y|x), got the "
                f"critic {told!r}: use critic='gaussian'."
            )
        reference = None
        if loss.needs_reference:
            baseline = functools.partial(perceptron_baseline, self.hidden)
            reference = GaussianMarginal if loss.conditional else baseline
        return CriticTraining(
            loss,
            lambda: type(critic).from_config(config),
            reference,
            self.learning_rate,
            self.seed,
        )


def shuffled_batches(
    random: np.random.Generator, rows: np.ndarray, size: int
) -> Iterator[np.ndarray]:
    """Rows of batch after batch: every row once before any row twice, but for a remainder.

    Args:
        random: Shuffles the rows once an epoch.
        rows: `(n,)`.
        size: Rows of a batch; all of them where there are fewer.
    """
    size = min(size, len(rows))
    while True:
        order = random.permutation(rows)
        yield from order[: len(order) // size * size].reshape(-1, size)
