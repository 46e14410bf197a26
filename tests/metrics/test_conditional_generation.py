import math

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score

from tfgan_it.estimators.array_training import small_network
from tfgan_it.metrics import (
    LabelClassifier,
    asked_class_accuracy,
    asked_class_information,
    classification_accuracy_score,
    predicted_class_information,
)

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 4, 3000)


def probabilities(predicted, sure=0.9, classes=4):
    """Rows with `sure` at the predicted class and the rest shared by the others."""
    other = (1 - sure) / (classes - 1)
    return other + (sure - other) * np.eye(classes)[predicted]


def channel(error):
    """The labels, a share `error` of them replaced by one of the others."""
    wrong = RANDOM.random(len(LABELS)) < error
    return np.where(wrong, (LABELS + RANDOM.integers(1, 4, len(LABELS))) % 4, LABELS)


def test_accuracy_is_the_share_of_samples_of_their_class():
    images = np.arange(5)[:, None]
    rows = probabilities([0, 1, 2, 3, 0])
    assert asked_class_accuracy(lambda x: rows[x[:, 0]], images, [0, 1, 2, 0, 1]) == 0.6


@pytest.mark.parametrize("sure", [0.9, 0.999, 0.25])
def test_information_of_a_sure_classifier(sure):
    labels = np.repeat(np.arange(4), 5)
    # All of them right: H(y) + ln q = ln 4 + ln sure.
    expected = math.log(4) + math.log(sure)
    found = asked_class_information(probabilities(labels, sure), labels)
    assert found == pytest.approx(expected, abs=1e-12)
    bits = asked_class_information(probabilities(labels, sure), labels, base=2)
    assert bits == pytest.approx(expected / math.log(2))


def test_information_is_tight_where_q_is_the_posterior():
    error = 0.2
    predicted = channel(error)
    # Of a symmetric channel: ln K - H(1 - e, e / 3, e / 3, e / 3).
    truth = math.log(4) - entropy([1 - error] + [error / 3] * 3)
    found = asked_class_information(probabilities(predicted, 1 - error), LABELS, prior=[0.25] * 4)
    assert found == pytest.approx(truth, abs=0.05)
    for sure in (0.5, 0.99):  # Any other q gives less.
        assert asked_class_information(probabilities(predicted, sure), LABELS) < found


def test_the_prior_is_the_share_of_labels_where_it_is_not_given():
    labels = np.array([0, 0, 0, 1])
    rows = probabilities(labels, 0.5, classes=3)
    shares = asked_class_information(rows, labels)
    assert shares == pytest.approx(entropy([0.75, 0.25]) + math.log(0.5))
    given = asked_class_information(rows, labels, prior=[0.5, 0.25, 0.25])
    assert given == pytest.approx(1.5 * math.log(2) + math.log(0.5))


def test_information_below_zero_where_the_classifier_is_surely_wrong():
    assert asked_class_information(probabilities((LABELS + 1) % 4, 0.97), LABELS) < -2
    rows = np.eye(4)[(LABELS + 1) % 4]
    assert asked_class_information(rows, LABELS) == -math.inf


@pytest.mark.parametrize("error", [0.0, 0.3, 0.75])
def test_predicted_information_against_scikit_learn(error):
    predicted = channel(error)
    plain = predicted_class_information(probabilities(predicted), LABELS, correction=None)
    assert plain == pytest.approx(mutual_info_score(LABELS, predicted), abs=1e-12)
    corrected = predicted_class_information(probabilities(predicted), LABELS)
    truth = math.log(4) - entropy([1 - error] + [error / 3] * 3)
    assert corrected == pytest.approx(truth, abs=0.04)
    bits = predicted_class_information(probabilities(predicted), LABELS, base=2)
    assert bits == pytest.approx(corrected / math.log(2))


def test_predicted_information_does_not_depend_on_the_numbers_of_classes():
    predicted = channel(0.3)
    swapped = predicted_class_information(probabilities((predicted + 1) % 4), LABELS)
    assert swapped == pytest.approx(predicted_class_information(probabilities(predicted), LABELS))


def drawn(n, shift=0):
    labels = RANDOM.integers(0, 3, n)
    points = RANDOM.normal(size=(n, 2)) / 3
    points[:, 0] += 2.0 * ((labels + shift) % 3)
    return points, labels


def test_classification_accuracy_score():
    test = drawn(500)
    classifier = LabelClassifier(steps=400)
    # Thresholds half way: Phi(3) at the ends, 2 Phi(3) - 1 between.
    good = classification_accuracy_score(*drawn(1000), *test, classifier)
    assert good == pytest.approx(1 - 4 / 3 * 0.00135, abs=0.01)
    # Samples of another class than asked for look as real as ever, and teach the wrong thing.
    assert classification_accuracy_score(*drawn(1000, shift=1), *test, classifier) < 0.02
    assert not hasattr(classifier, "num_classes_")


def test_the_arguments_of_the_classifier_count():
    widths = []

    def network(shape, classes):
        widths.append(7)
        return small_network(shape, classes, width=7)

    classification_accuracy_score(
        *drawn(100), *drawn(10), LabelClassifier(network, steps=5, seed=3)
    )
    assert widths == [7]


@pytest.mark.parametrize("function", [asked_class_information, predicted_class_information])
@pytest.mark.parametrize(
    "rows, labels, message",
    [
        (np.ones(3), [0], "probabilities must be (n, classes), got (3,)."),
        (np.ones((0, 2)), [], "probabilities must be (n, classes), got (0, 2)."),
        ([[1, 0], [1, 1]], [0, 1], "rows must be at least 0 and sum to 1, got [1. 1.] in row 1."),
        ([[2, -1]], [0], "rows must be at least 0 and sum to 1, got [ 2. -1.] in row 0."),
        ([[math.nan, 1]], [0], "rows must be at least 0 and sum to 1, got [nan  1.] in row 0."),
        ([[1, 0]], [0, 1], "labels must be 1 integers, got int64 (2,)."),
        ([[1, 0]], [0.5], "labels must be 1 integers, got float64 (1,)."),
        ([[1, 0]], [2], "labels lie in [2, 2], must be in 0..1."),
        ([[1, 0]], [-1], "labels lie in [-1, -1], must be in 0..1."),
    ],
)
def test_what_is_refused(function, rows, labels, message):
    with pytest.raises(ValueError) as error:
        function(rows, labels)
    assert str(error.value) == f"{function.__name__}: {message}"


def test_invalid_priors_and_bases():
    rows = probabilities(LABELS)
    with pytest.raises(ValueError, match="probabilities must be 4 numbers of at least 0 that sum"):
        asked_class_information(rows, LABELS, prior=[0.5, 0.5])
    with pytest.raises(ValueError, match="base"):
        asked_class_information(rows, LABELS, base=1)


def test_test_labels_that_were_never_generated():
    points, labels = drawn(100)
    with pytest.raises(ValueError) as error:
        classification_accuracy_score(points, labels, points[:3], [0, 1, 7])
    assert str(error.value) == (
        "classification_accuracy_score: 3 test samples have 3 labels, of which no generated sample "
        "has [7]."
    )
    with pytest.raises(ValueError, match="3 test samples have 2 labels"):
        classification_accuracy_score(points, labels, points[:3], [0, 1])
