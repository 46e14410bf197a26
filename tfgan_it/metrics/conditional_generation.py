"""Metrics of class-conditional generation, by an independent classifier."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from tfgan_it.estimators import Histogram, checks
from tfgan_it.latents import Categorical
from tfgan_it.metrics.classifier import LabelClassifier


def asked_class_accuracy(
    classifier: Callable[[Any], np.ndarray], samples: Any, labels: Any
) -> float:
    """Computes the fraction of samples classified as the class they were generated for.

    It does not measure the variety within a class. The accuracy of the classifier on real samples
    limits it: report the classifier and its accuracy as well.

    Args:
        classifier: Function from samples to p(y|x), `(n, K)`, such as a fitted `LabelClassifier`.
        samples: Generated samples `(n, ...)`.
        labels: Classes of generation, integers `(n,)` in 0..K-1.

    Raises:
        ValueError: If labels are not n integers in range.

    Source: Miyato and Koyama, 2018, "cGANs with Projection Discriminator", and Odena et al., 2017,
    "Conditional Image Synthesis with Auxiliary Classifier GANs", report it.

    Example:

    >>> def classifier(points):
    ...     return np.eye(2)[(points[:, 0] > 0).astype(int)]
    >>> asked_class_accuracy(classifier, np.array([[1.0], [-1.0], [2.0], [3.0]]), [1, 0, 0, 1])
    0.75
    """
    probabilities, labels = _checked("asked_class_accuracy", classifier(samples), labels)
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def asked_class_information(
    probabilities: Any,
    labels: Any,
    prior: Sequence[float] | None = None,
    base: float = math.e,
) -> float:
    """Computes a lower bound on I(y; x) of the conditions y and the samples x, in nats.

        I(y; G(z, y)) >= H(y) + mean_i ln q(y_i|x_i)

    q is the classifier. The bound is tight if q is the true posterior of y given a generated
    sample. It is H(y) if every sample is certainly of its class, and negative if the classifier is
    confidently wrong. An error of the classifier therefore counts as one of the generator.
    `LabelInformation`, in contrast, does not depend on the conditions.

    Args:
        probabilities: q(y|x_i) of n generated samples, `(n, K)`, each row summing to 1.
        labels: Classes of generation, integers `(n,)` in 0..K-1.
        prior: Prior p(y) of the labels, K numbers; by default their frequencies.
        base: Base of the logarithm: e for nats, 2 for bits.

    Returns:
        The bound; minus infinity if some q(y_i|x_i) is 0.

    Raises:
        ValueError: If probabilities, labels or prior are invalid, or the base is not above 1.

    Source: Barber and Agakov, 2003, "The IM Algorithm: A Variational Approach to Information
    Maximization".

    Example: the first sample is certain, the second uncertain.

    >>> round(asked_class_information([[1.0, 0.0], [0.5, 0.5]], [0, 1]), 4)  # ln 2 / 2
    0.3466
    """
    unit = checks.unit(base)
    return float(np.mean(asked_class_terms(probabilities, labels, prior))) / unit


def asked_class_terms(
    probabilities: Any, labels: Any, prior: Sequence[float] | None = None
) -> np.ndarray:
    """Computes H(y) + ln q(y_i|x_i) of each sample, whose mean is `asked_class_information`.

    The arguments and errors are those of `asked_class_information`; returns float64 `(n,)`.

    Example:

    >>> asked_class_terms([[1.0, 0.0], [0.5, 0.5]], [0, 1]).round(4).tolist()
    [0.6931, 0.0]
    """
    q, labels = _checked("asked_class_information", probabilities, labels)
    classes = q.shape[1]
    if prior is None:
        prior = (np.bincount(labels, minlength=classes) / len(labels)).tolist()
    # ln q of one outcome a sample: minus infinity where the classifier rules the asked class out.
    with np.errstate(divide="ignore"):
        log_q = np.log(q[np.arange(len(labels)), labels])
    return Categorical(classes, prior).entropy() + log_q


def predicted_class_information(
    probabilities: Any,
    labels: Any,
    correction: str | None = "miller_madow",
    base: float = math.e,
) -> float:
    """Computes I(y; y') of the conditions y and the predicted classes y', in nats, from counts.

        I(y; y') = sum_{y, y'} p(y, y') ln p(y, y') / p(y) p(y')

    It is at most I(y; x), because y' is a function of x. It does not depend on the numbering of the
    classes: consistently exchanged classes do not lower it, unlike `asked_class_information`.

    Args:
        probabilities: q(y|x_i) of n generated samples, `(n, K)`.
        labels: Classes of generation, integers `(n,)` in 0..K-1.
        correction: `miller_madow`, or None for the plug-in estimate, which is too high by about
            (K - 1)^2 / 2n; see `estimators.Histogram`.
        base: Base of the logarithm: e for nats, 2 for bits.

    Raises:
        ValueError: If probabilities or labels are invalid, there are fewer than two samples, the
            correction is unknown, or the base is not above 1.

    Example: two exchanged classes.

    >>> swapped = [[0.0, 1.0], [1.0, 0.0]]
    >>> round(predicted_class_information(swapped, [0, 1], correction=None), 4)
    0.6931
    >>> asked_class_information(swapped, [0, 1])
    -inf
    """
    q, labels = _checked("predicted_class_information", probabilities, labels)
    histogram = Histogram(correction=correction, base=base)
    return histogram.fit(labels, q.argmax(axis=1)).estimate()


def classification_accuracy_score(
    samples: Any,
    labels: Any,
    test_samples: Any,
    test_labels: Any,
    classifier: LabelClassifier | None = None,
) -> float:
    """Computes the accuracy on real samples of a classifier trained on generated ones.

    It is high only if samples match their classes, look real, and vary like real samples. Compare
    it with the same classifier trained on as many real samples.

    Args:
        samples: Generated samples `(n, ...)`, uint8, or floats in [-1, 1].
        labels: Classes of generation, integers `(n,)` from 0.
        test_samples: Real samples `(m, ...)` that were not used in training.
        test_labels: Classes of the test samples, integers `(m,)`.
        classifier: Classifier to copy and train; `LabelClassifier()` by default. It is not changed.

    Raises:
        ValueError: If the number of labels differs, or no generated sample has a test label.

    Source: Ravuri and Vinyals, 2019, "Classification Accuracy Score for Conditional Generative
    Models". Departures: a small network in place of a ResNet-50; a tenth of the generated samples
    is held out for early stopping.

    Example:

    >>> random = np.random.default_rng(0)
    >>> labels = random.integers(0, 2, 400)
    >>> points = random.normal(8.0 * labels[:, None], 1.0, (400, 2))
    >>> classifier = LabelClassifier(steps=60)
    >>> classification_accuracy_score(points, labels, points[:50], labels[:50], classifier)
    1.0
    """
    test_labels = np.asarray(test_labels)
    missing = np.setdiff1d(test_labels, np.asarray(labels))
    if len(test_labels) != len(test_samples) or len(missing):
        raise ValueError(
            f"classification_accuracy_score: {len(test_samples)} test samples have "
            f"{len(test_labels)} labels, of which no generated sample has {missing.tolist()}."
        )
    trained = clone(classifier or LabelClassifier()).fit(samples, labels)
    return trained.accuracy(test_samples, test_labels)


def _checked(function: str, probabilities: Any, labels: Any) -> tuple[np.ndarray, np.ndarray]:
    probabilities, labels = np.asarray(probabilities, "float64"), np.asarray(labels)
    if probabilities.ndim != 2 or not len(probabilities):
        raise ValueError(
            f"{function}: probabilities must be (n, classes), got {probabilities.shape}."
        )
    n, classes = probabilities.shape
    valid = (probabilities >= 0).all(axis=1) & (abs(probabilities.sum(axis=1) - 1) < 1e-3)
    if not valid.all():
        row = np.array2string(probabilities[valid.argmin()], threshold=10, max_line_width=1000)
        raise ValueError(
            f"{function}: rows must be at least 0 and sum to 1, got {row} in row {valid.argmin()}."
        )
    if labels.shape != (n,) or labels.dtype.kind not in "iu":
        raise ValueError(
            f"{function}: labels must be {n} integers, got {labels.dtype} {labels.shape}."
        )
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"{function}: labels lie in [{labels.min()}, {labels.max()}], must be in "
            f"0..{classes - 1}."
        )
    return probabilities, labels
