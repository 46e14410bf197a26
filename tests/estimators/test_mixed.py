import math
import warnings

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif

from tfgan_it.estimators import Ross


def labelled(n, classes=3, distance=1.5, seed=0):
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, n)
    return random.standard_normal(n) + distance * labels, labels


def test_it_is_what_scikit_learn_estimates():
    x, labels = labelled(1000)
    labels[:2] = 3  # Has fewer samples than there are neighbours.
    expected = mutual_info_classif(x[:, None], labels, n_neighbors=3, random_state=0)[0]
    assert Ross().fit(x, labels).estimate() == pytest.approx(expected, abs=1e-4)


def test_the_information_of_a_mixture():
    x, labels = labelled(5000)

    def density(t):
        return np.mean([stats.norm.pdf(t, 1.5 * label) for label in range(3)])

    entropy = integrate.quad(lambda t: -density(t) * math.log(density(t)), -8, 11)[0]
    truth = entropy - stats.norm.entropy()
    assert Ross().fit(x, labels).estimate() == pytest.approx(truth, abs=0.03)


def test_labels_in_five_dimensions():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 5000)
    x = random.standard_normal((5000, 5))
    assert Ross().fit(x, labels).estimate() == pytest.approx(0, abs=0.03)
    x[:, 0] += 20 * labels
    assert Ross().fit(x, labels).estimate() == pytest.approx(math.log(2), abs=0.01)


def test_labels_that_occur_once_are_dropped():
    x, labels = labelled(300)
    value = Ross().fit(x, labels)
    assert value.dropped_ == 0
    more = np.concatenate([x, [7.0, -9.0]]), np.concatenate([labels, [50, 60]])
    found = Ross(preprocessing=None).fit(*more)
    assert found.dropped_ == 2
    assert found.estimate() == Ross(preprocessing=None).fit(x, labels).estimate()


def test_when_every_label_occurs_once_nothing_is_left():
    with pytest.raises(ValueError, match="each of the 5 labels occurs once: .* use KSG"):
        Ross().fit(np.arange(5.0), np.arange(5))


def test_one_label_carries_nothing():
    x, _ = labelled(100)
    assert Ross().fit(x, np.zeros(100, int)).estimate() == pytest.approx(0, abs=1e-12)


def test_a_constant_x_carries_nothing():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    found = Ross().fit(np.full(100, 0.3), labels).estimate()
    assert found == pytest.approx(digamma(100) - digamma(99) + _gap(50, 30, 20), abs=1e-12)
    assert abs(found) < 0.03


def _gap(*sizes):
    return sum(s * (digamma(s - 1) - digamma(s)) for s in sizes) / sum(sizes)


def test_ties_of_integers_count():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 4000)
    x = np.where(random.random(4000) < 0.9, labels, 1 - labels)
    table = np.array([[0.45, 0.05], [0.05, 0.45]])
    truth = np.sum(table * np.log(table / 0.25))
    assert Ross().fit(x, labels).estimate() == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "bool", "float32"])
def test_small_types_of_labels(dtype):
    x, labels = labelled(400, classes=2)
    value = Ross().fit(x, labels).estimate()
    assert Ross().fit(x, labels.astype(dtype)).estimate() == value


def test_labels_beyond_a_byte_and_their_names_do_not_matter():
    x, labels = labelled(300)
    value = Ross().fit(x, labels).estimate()
    assert Ross().fit(x, np.array([-(10**12), 7, 400])[labels]).estimate() == value


def test_order_and_scale_do_not_matter():
    x, labels = labelled(400)
    value = Ross().fit(x, labels).estimate()
    order = np.random.default_rng(1).permutation(400)
    assert Ross().fit(x[order], labels[order]).estimate() == pytest.approx(value, abs=1e-9)
    assert Ross().fit(1e5 * x - 3, labels).estimate() == pytest.approx(value, abs=1e-9)
    mapped = Ross(preprocessing="ranks").fit(np.exp(x), labels).estimate()
    assert mapped == Ross(preprocessing="ranks").fit(x, labels).estimate()


def test_bits():
    x, labels = labelled(300)
    nats = Ross().fit(x, labels).estimate()
    assert Ross(base=2).fit(x, labels).estimate() == pytest.approx(nats / math.log(2))


def test_lengths_must_be_equal():
    with pytest.raises(ValueError, match="x and labels must have equal lengths, got 3 and 2"):
        Ross().fit(np.zeros(3), [0, 1])


@pytest.mark.parametrize("times", [2, 15])
def test_copies_are_warned_of_and_atoms_are_not(times):
    x, labels = labelled(200)
    with pytest.warns(RuntimeWarning, match="^Ross: 100% of the samples have an exact copy"):
        Ross().fit(np.tile(x, times), np.tile(labels, times))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Ross().fit(np.maximum(x, 1), labels)
        Ross().fit(np.round(x), labels)
