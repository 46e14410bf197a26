"""What codes say about factors that are known of real samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from tfgan_it.checks import check_integer
from tfgan_it.estimators import Histogram, checks
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.latents import Categorical
from tfgan_it.metrics.classifier import LabelClassifier


class FactorReader(CheckedKeywords):
    """Reads the factors of samples, by a classifier of each that learns from real samples.

    Args:
        classifier: Classifier to copy and train for each factor; `LabelClassifier()` by default.

    Attributes:
        classifiers_: The fitted classifiers, in the order of the factors.

    Example:

    >>> random = np.random.default_rng(0)
    >>> factors = random.integers(0, 2, (400, 2))
    >>> points = 4.0 * factors + random.normal(size=(400, 2))
    >>> reader = FactorReader(LabelClassifier(steps=60)).fit(points, factors)
    >>> reader([[0.0, 4.0], [4.0, 4.0]]).tolist()
    [[0, 1], [1, 1]]
    """

    def __init__(self, classifier: LabelClassifier | None = None) -> None:
        self.classifier = classifier

    def fit(self, samples: Any, factors: Any) -> FactorReader:
        """Trains a classifier of each factor.

        Args:
            samples: Real samples `(n, ...)`, as for `LabelClassifier`.
            factors: Integers from 0, `(n, factors)`, such as those of `datasets.MovingSprites`.

        Raises:
            ValueError: If factors are not `(n, factors)`, or as for `LabelClassifier.fit`.
        """
        factors = np.asarray(factors)
        if factors.ndim != 2 or len(factors) != len(samples):
            raise ValueError(
                f"FactorReader: factors must be ({len(samples)}, factors), got {factors.shape}."
            )
        self.classifiers_ = [
            clone(self.classifier or LabelClassifier()).fit(samples, factor) for factor in factors.T
        ]
        return self

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns the most probable factors, int64 `(n, factors)`.

        Raises:
            ValueError: If there is no `fit` before, or as for `LabelClassifier`.
        """
        checks.fitted(self, "classifiers_")
        read = [classifier(samples).argmax(axis=1) for classifier in self.classifiers_]
        return np.stack(read, axis=1)

    def accuracies(self, samples: Any, factors: Any) -> list[float]:
        """Returns the fraction of samples of which each factor is read correctly.

        It bounds what can be found in generated samples.
        """
        return (self(samples) == np.asarray(factors)).mean(axis=0).tolist()


def code_factor_information(
    model: Any,
    read: Callable[[Any], np.ndarray],
    factor_names: Sequence[str],
    n: int = 1000,
    seed: int = 0,
) -> dict[str, dict[str, float]]:
    """Computes I(c; v') of each categorical code c and each factor v' read of generated samples.

    Counts of n samples give it in nats, with the correction of Miller and Madow, so that it is
    about 0, or slightly below, of a code that a factor does not depend on. It is at most I(c; x).
    Of content and motion apart, a code of the content has information only on factors of the
    content, and one of the motion on those of the motion.

    Args:
        model: A `GAN` with categorical codes, without conditions.
        read: Function from samples to factors, integers `(n, factors)`, such as a fitted
            `FactorReader`.
        factor_names: Name of each factor.
        n: Number of generated samples.
        seed: Seed of their latents.

    Returns:
        Nats by the name of the factor, by the name of the code.

    Raises:
        ValueError: If the model has no categorical codes or takes conditions, or the factors that
            are read are not as many as their names.

    Source: Miller, 1955, "Note on the Bias of Information Estimates", for the correction of
    `estimators.Histogram`.
    """
    check_integer("code_factor_information", "n", n, 2)
    parts = model.latent.parts if model.latent is not None else {}
    names = [name for name, part in parts.items() if isinstance(part, Categorical)]
    if not names or model.conditions is not None:
        why = "takes conditions" if names else "has no categorical codes"
        raise ValueError(f"code_factor_information: {model.name} {why}.")
    latents = model.sample_latents(n, seed)
    columns = model.latent.split_latents(latents)
    factors = np.asarray(read(model.predict(latents, verbose=0)))
    if factors.shape != (n, len(factor_names)):
        raise ValueError(
            f"code_factor_information: read must return ({n}, {len(factor_names)}), got "
            f"{factors.shape}."
        )
    return {
        name: {
            factor: Histogram().fit(np.argmax(columns[name], axis=1), values).estimate()
            for factor, values in zip(factor_names, factors.T, strict=True)
        }
        for name in names
    }
