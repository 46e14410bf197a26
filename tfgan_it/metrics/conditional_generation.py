"""Whether generated samples are of the class that was asked for, by an independent classifier."""

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
    """Share of samples whose most probable class is the one that was asked for, in [0, 1].

    It says nothing about the variety within a class, and it is at most what the classifier reaches
    on real samples: name the classifier and its accuracy beside the number.

    Args:
        classifier: From samples to p(y|x), `(n, K)`, such as a fitted `LabelClassifier`.
        samples: Generated samples `(n, ...)`.
        labels: The classes that were asked for, integers `(n,)` in 0..K-1.

    Raises:
        ValueError: labels of another number or out of range.

    Source: Miyato and Koyama, 2018, "cGANs with Projection Discriminator", and Odena et al., 2017,
    "Conditional Image Synthesis with Auxiliary Classifier GANs", which report it.

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
    """A lower bound on I(y; x) of the classes y asked for and the samples x, in nats.

        I(y; G(z, y)) >= H(y) + mean_i ln q(y_i|x_i)

    q is the classifier. The bound is tight where q is the true posterior of y given a generated
    sample; it is H(y) where every sample is surely of its class, and below 0 where the classifier
    is confidently wrong. So an error of the classifier counts as one of the generator.

    It is not `LabelInformation`, which does not look at what was asked for.

    Args:
        probabilities: q(y|x_i) of n generated samples, `(n, K)`, each row summing to 1.
        labels: The classes that were asked for, integers `(n,)` in 0..K-1.
        prior: p(y), from which the labels were drawn, K numbers; their shares where None.
        base: Base of the logarithm: e for nats, 2 for bits.

    Returns:
        The bound; minus infinity where a class that was asked for has the probability 0.

    Raises:
        ValueError: probabilities, labels or a prior that are not right, a base not above 1.

    Source: Barber and Agakov, 2003, "The IM Algorithm: A Variational Approach to Information
    Maximization".

    Example: one of two samples is surely right, of the other nothing is known.

    >>> round(asked_class_information([[1.0, 0.0], [0.5, 0.5]], [0, 1]), 4)  # ln 2 / 2
    0.3466
    """
    q, labels = _checked("asked_class_information", probabilities, labels)
    unit, classes = checks.unit(base), q.shape[1]
    if prior is None:
        prior = (np.bincount(labels, minlength=classes) / len(labels)).tolist()
    # ln q of one outcome a sample: minus infinity where the classifier rules the asked class out.
    with np.errstate(divide="ignore"):
        log_q = np.log(q[np.arange(len(labels)), labels])
    return (Categorical(classes, prior).entropy() + float(np.mean(log_q))) / unit


def predicted_class_information(
    probabilities: Any,
    labels: Any,
    correction: str | None = "miller_madow",
    base: float = math.e,
) -> float:
    """I(y; y') of the classes y asked for and the most probable classes y', in nats, from counts.

        I(y; y') = sum_{y, y'} p(y, y') ln p(y, y') / p(y) p(y')

    With the shares of all samples it is at most I(y; x), for y' is a function of x. It does not
    depend on how classes are numbered: a generator that confuses two classes consistently loses
    nothing here, and much in `asked_class_information`.

    Args:
        probabilities: q(y|x_i) of n generated samples, `(n, K)`.
        labels: The classes that were asked for, integers `(n,)` in 0..K-1.
        correction: `miller_madow`, or None for the plug-in estimate, which is too high by about
            (K - 1)^2 / 2n; see `estimators.Histogram`.
        base: Base of the logarithm: e for nats, 2 for bits.

    Raises:
        ValueError: probabilities or labels that are not right, fewer than two samples, an unknown
            correction, a base not above 1.

    Example: classes that are exchanged are told apart as well as ever.

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
    """Accuracy on real samples of a classifier that was trained on generated ones, in [0, 1].

    It is high only where samples are of the class asked for, look real, and vary as real ones do.
    The same classifier trained on as many real samples gives the number to compare it with.

    Args:
        samples: Generated samples `(n, ...)`, uint8, or floats in [-1, 1].
        labels: The classes that were asked for, integers `(n,)` from 0.
        test_samples: Real samples `(m, ...)` that trained nothing.
        test_labels: Their classes, integers `(m,)`.
        classifier: Not changed: a copy with its arguments is trained. `LabelClassifier()` where
            None.

    Raises:
        ValueError: another number of labels, a test label that no generated sample has.

    Source: Ravuri and Vinyals, 2019, "Classification Accuracy Score for Conditional Generative
    Models". Departures: a small network in place of a ResNet-50; a tenth of the generated samples
    ends its training.

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
    right = (probabilities >= 0).all(axis=1) & (abs(probabilities.sum(axis=1) - 1) < 1e-3)
    if not right.all():
        row = np.array2string(probabilities[right.argmin()], threshold=10, max_line_width=1000)
        raise ValueError(
            f"{function}: rows must be at least 0 and sum to 1, got {row} in row {right.argmin()}."
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
