"""Mutual information by a critic, trained and evaluated on different pairs."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_in_range, check_integer, check_seed, check_sizes
from tfgan_it.estimators import checks, copies, identities, preprocessing
from tfgan_it.estimators.critic_training import CriticTraining, perceptron_baseline
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.layers import pair_critics
from tfgan_it.layers.gaussian_critic import GaussianMarginal
from tfgan_it.losses import information_bound
from tfgan_it.losses.information_bound import InformationBound


class NeuralEstimator(CheckedKeywords, BaseEstimator):
    """I(x; y) in nats, by a loss on scores and a critic.

    `fit` splits the pairs by `seed`. The training part trains the critic, and a model of y if the
    loss needs one. The validation part stops training and selects the weights. `estimate` is the
    loss's value on the test part, all pairs at once. A lower bound therefore holds: the test pairs
    neither train nor select.

    Losses with arbitrary scores f(x, y) train by their `critic_loss`, with a multilayer perceptron
    for ln a(y) if needed. Conditional losses train by maximum likelihood, with a Gaussian r(y) if
    needed; `barber_agakov`, whose p(y) is then unknown, and `variational_upper_bound` are not
    bounds here. The same objective on the validation part selects the weights.

    Args:
        loss: A loss, or its name, such as `info_nce`, `nwj`, `smile`, `donsker_varadhan`, `club`.
        critic: `separable`, `concatenated`, `bilinear`, `gaussian`, or a layer of scores of x and
            y, which is copied with new weights. A conditional loss (`club`, `barber_agakov`,
            `difference_of_entropies`, `leave_one_out`, `variational_upper_bound`) needs `gaussian`,
            whose scores are ln q(y|x).
        preprocessing: Preprocessing of each coordinate, which does not change the information:
            `standardize`; `ranks`, `normal_scores` or `asinh` for heavy tails; a function of
            `(n, d)`; or None. It applies to all pairs before splitting; new pairs are preprocessed
            together with those of `fit`. Without preprocessing the estimate depends on offset and
            scale, and float32 loses what is small beside an offset.
        hidden: Units of each hidden layer of a critic given by name.
        batch_size: Number of pairs in a batch; at most the training part.
        learning_rate: Learning rate of Adam.
        steps: Largest number of steps.
        check_every: Number of steps between validations.
        patience: Number of validations without improvement before training ends.
        validation: Fraction of the validation part.
        test: Fraction of the test part.
        seed: Seed of the split, the weights and the batches. Equal seeds and data give equal
            estimates.
        base: Base of the logarithm: e for nats, 2 for bits.

    Attributes:
        steps_: Number of training steps.
        parts_: Indices of the training, validation and test pairs.
        critic_: The trained critic.
        history_: Estimate on the validation part at each validation.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information"; Czyz et al., 2023,
    "Beyond Normal: On the Evaluation of Mutual Information Estimators", for held-out pairs.
    Departures: the defaults are tuned on correlated Gaussians of 1 to 5 dimensions.

    Example: y = x + noise, with the information 1/2 ln 2 = 0.35.

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
            x: Samples `(n,)` or `(n, d_x)`.
            y: Samples `(n,)` or `(n, d_y)`.

        Raises:
            ValueError: If samples or arguments are invalid, the critic does not fit the loss, or
                training diverges.

        Warns:
            RuntimeWarning: Of many copies, of outliers, and if y is a function of x.
        """
        x, y = checks.pairs(x, y)
        identities.warn_of_identity(x, y)
        copies.warn_of_copies(
            np.hstack([x, y]), "NeuralEstimator", "the critic meets it in training and test parts"
        )
        self._unit = checks.unit(self.base)
        self._check_settings()
        if self.preprocessing == "standardize":
            for part in (x, y):
                checks.warn_of_outliers(part, "NeuralEstimator")
        random = np.random.default_rng(check_seed(self, self.seed) % 2**64)
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
                best, weights, best_look = objective, training.get_weights(), len(self.history_)
        if weights is not None:  # None: no look gave a finite objective.
            training.set_weights(weights)
        value = self._finite(training.estimate(x[test], y[test])) / self._unit
        self._training, self.value_ = training, value
        return self

    def estimate(self, x: Any = None, y: Any = None) -> float:
        """Returns the information of the test pairs, or of new pairs, in nats or units of `base`.

        Args:
            x: New samples `(m,)` or `(m, d_x)`, or None.
            y: New samples `(m,)` or `(m, d_y)`, or None.

        Raises:
            ValueError: If `fit` has not been called, only one of x and y is given, they have other
                dimensions, or the estimate is not finite.
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
        return self._finite(self._training.estimate(*self._prepared(x, y))) / self._unit

    @property
    def critic_(self) -> keras.layers.Layer:
        """The trained critic."""
        checks.fitted(self, "value_")
        return self._training.critic

    def _check_settings(self) -> None:
        for name, least in (("batch_size", 2), ("steps", 1), ("check_every", 1), ("patience", 1)):
            check_integer(self, name, getattr(self, name), least)
        check_sizes(self, "hidden", self.hidden, layers=True)
        check_in_range(self, "validation", self.validation, 0, 1, "()")
        check_in_range(self, "test", self.test, 0, 1, "()")
        check_in_range(self, "learning_rate", self.learning_rate, 0, 1, "(]")

    def _finite(self, nats: float) -> float:
        """Returns an estimate, or says that training has diverged."""
        return checks.finite(
            "NeuralEstimator",
            nats,
            f"the critic diverges: use a smaller learning_rate than {self.learning_rate}, or "
            "preprocessing='ranks'",
        )

    def _prepared(self, x: Any = None, y: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Preprocesses the pairs of `fit`; or new pairs, together with those of `fit`."""
        transform = preprocessing.get(self.preprocessing)

        def prepared(fitted: np.ndarray, new: Any) -> np.ndarray:
            together = fitted if new is None else np.concatenate([fitted, new])
            skipped = 0 if new is None else len(fitted)
            return transform(together)[skipped:].astype("float32")

        return prepared(self._pairs[0], x), prepared(self._pairs[1], y)

    def _parts(self, order: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Splits indices into training, validation and test parts."""
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
        # A copy without state, in nats; the estimator converts units.
        loss = type(loss).from_config({**loss.get_config(), "base": math.e})
        critic = pair_critics.get(self.critic)
        config = critic.get_config()
        if isinstance(self.critic, str) and "hidden" in config:
            config["hidden"] = tuple(self.hidden)
        if loss.conditional and not getattr(critic, "conditional", False):
            name = self.critic if isinstance(self.critic, str) else type(critic).__name__
            raise ValueError(
                f"NeuralEstimator: {type(loss).__name__} takes scores that are ln q(y|x), got the "
                f"critic {name!r}: use critic='gaussian'."
            )
        reference = None
        if loss.needs_reference:
            baseline = functools.partial(perceptron_baseline, self.hidden)
            reference = GaussianMarginal if loss.conditional else baseline
        return CriticTraining(
            loss,
            functools.partial(type(critic).from_config, config),
            reference,
            self.learning_rate,
            self.seed,
        )


def shuffled_batches(
    random: np.random.Generator, rows: np.ndarray, size: int
) -> Iterator[np.ndarray]:
    """Yields the indices of shuffled batches, without the remainder of each epoch.

    Args:
        random: Random generator that shuffles once an epoch.
        rows: Indices `(n,)`.
        size: Batch size, at most n.
    """
    size = min(size, len(rows))
    while True:
        order = random.permutation(rows)
        yield from order[: len(order) // size * size].reshape(-1, size)
