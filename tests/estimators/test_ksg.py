import math
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_regression

from tfgan_it.estimators import KSG, Ross, preprocessing


def gaussian_pairs(n, dimension, correlation, seed=0):
    random = np.random.default_rng(seed)
    x = random.standard_normal((n, dimension))
    noise = random.standard_normal((n, dimension))
    return x, correlation * x + math.sqrt(1 - correlation**2) * noise


def by_the_formula(x, y, k, variant):
    """Point by point, from all distances."""
    n, values = len(x), []
    for i in range(n):
        d_x, d_y = np.abs(x - x[i]).max(axis=1), np.abs(y - y[i]).max(axis=1)
        others = np.arange(n) != i
        near = np.argsort(np.where(others, np.maximum(d_x, d_y), np.inf))[:k]
        if variant == 1:
            radius = max(d_x[near[-1]], d_y[near[-1]])
            n_x, n_y = (d_x[others] < radius).sum(), (d_y[others] < radius).sum()
            values.append(digamma(n_x + 1) + digamma(n_y + 1))
        else:
            n_x = (d_x[others] <= d_x[near].max()).sum()
            n_y = (d_y[others] <= d_y[near].max()).sum()
            values.append(digamma(n_x) + digamma(n_y) + 1 / k)
    return digamma(k) + digamma(n) - np.mean(values)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("k", "d_x", "d_y"), [(1, 1, 1), (3, 2, 1), (5, 1, 4), (2, 9, 8)])
def test_both_variants_are_their_formulas(variant, k, d_x, d_y):
    random = np.random.default_rng(k)
    x, y = random.standard_normal((80, d_x)), random.standard_normal((80, d_y))
    y[:, 0] += x[:, 0]
    found = KSG(k, variant, preprocessing=None).fit(x, y).estimate()
    assert found == pytest.approx(by_the_formula(x, y, k, variant), abs=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("dimension", "correlation"), [(1, 0.0), (1, 0.9), (2, 0.6), (5, 0.0)])
def test_gaussian_pairs_within_05(variant, dimension, correlation):
    x, y = gaussian_pairs(5000, dimension, correlation)
    truth = -dimension / 2 * math.log(1 - correlation**2)
    assert KSG(variant=variant).fit(x, y).estimate() == pytest.approx(truth, abs=0.05)


def test_it_is_what_scikit_learn_estimates_in_one_dimension():
    x, y = gaussian_pairs(1000, 1, 0.7)
    expected = mutual_info_regression(x, y[:, 0], n_neighbors=4, random_state=0)[0]
    found = KSG(4, preprocessing="standardize").fit(x, y).estimate()
    assert found == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("variant", [1, 2])
def test_order_scale_and_sides_do_not_matter(variant):
    x, y = gaussian_pairs(400, 2, 0.8)
    ksg = KSG(variant=variant, preprocessing="standardize")
    value = ksg.fit(x, y).estimate()
    order = np.random.default_rng(1).permutation(400)
    for a, b in [
        (x[order], y[order]),
        (x * [1e-9, -1e6], y + 100),
        (x[:, ::-1], y),
        (y, x),
        (x.astype("float32").astype("float64"), y),
    ]:
        assert ksg.fit(a, b).estimate() == pytest.approx(value, abs=1e-3)
    assert ksg.fit(x[order], y[order]).estimate() == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("name", ["ranks", "normal_scores"])
def test_with_ranks_increasing_maps_do_not_matter(name):
    x, y = gaussian_pairs(500, 2, 0.8)
    value = KSG(preprocessing=name).fit(x, y).estimate()
    mapped = KSG(preprocessing=name).fit(np.exp(3 * x), y**3).estimate()
    assert mapped == value
    standardised = KSG(preprocessing="standardize").fit(np.exp(3 * x), y**3).estimate()
    assert standardised < value - 0.1


@pytest.mark.parametrize("variant", [1, 2])
def test_constant_columns_carry_nothing(variant):
    x, y = gaussian_pairs(300, 1, 0.8)
    estimator = KSG(variant=variant)
    value = estimator.fit(x, y).estimate()
    assert estimator.fit(np.column_stack([x, np.full(300, 0.1)]), y).estimate() == value
    assert estimator.fit(np.full(300, 0.1), y).estimate() == 0
    assert estimator.fit(x, np.zeros((300, 2))).estimate() == 0


def test_copies_of_pairs_are_refused():
    x, y = gaussian_pairs(50, 1, 0.5)
    x, y = np.concatenate([x, x[:2], x[:2]]), np.concatenate([y, y[:2], y[:2]])
    with pytest.warns(RuntimeWarning):
        assert math.isfinite(KSG(3).fit(x, y).estimate())
    message = "^KSG: 6 of 54 pairs have 2 or more exact copies.*add noise.*Ross.*Histogram.*$"
    with pytest.raises(ValueError, match=message):
        KSG(2).fit(x, y)


@pytest.mark.parametrize("variant", [1, 2])
def test_pairs_that_occur_twice_count_once(variant):
    x, y = gaussian_pairs(500, 1, 0.6)
    twice = np.concatenate([x, x]), np.concatenate([y, y])
    with pytest.warns(RuntimeWarning, match="^KSG: 500 of 1000 pairs are exact copies of others"):
        found = KSG(variant=variant).fit(*twice).estimate()
    assert found == pytest.approx(KSG(variant=variant).fit(x, y).estimate(), abs=1e-9)
    with (
        pytest.warns(RuntimeWarning),
        pytest.raises(ValueError, match="^KSG: 3 different pairs are too few for neighbors=3"),
    ):
        KSG(variant=variant).fit([0.0, 1, 2, 2], [0.0, 1, 2, 2])


RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=2000)
FLAGS, COUNTS = RANDOM.integers(0, 2, 2000), RANDOM.poisson(0.5, 2000)
GAUSSIAN = RANDOM.normal(size=2000)
DISCRETE = {
    # Informations of atoms and Gaussians, by quadrature of the densities given each atom.
    "a label that y tells": (FLAGS, FLAGS + NOISE / 1000, math.log(2)),
    "an independent label": (FLAGS > 0, NOISE, 0.0),
    "counts": (COUNTS, COUNTS + NOISE / 2, 0.4992),
    "a ReLU": (np.maximum(GAUSSIAN, 0), GAUSSIAN + NOISE / 2, 0.5892),
    "a label on the other side": (FLAGS + NOISE / 1000, FLAGS, math.log(2)),
}


@pytest.mark.parametrize("neighbors", [3, 10])
@pytest.mark.parametrize(("x", "y", "truth"), DISCRETE.values(), ids=DISCRETE)
def test_variant_2_of_a_side_with_atoms(x, y, truth, neighbors):
    found = KSG(neighbors, variant=2).fit(x, y).estimate()
    assert found == pytest.approx(truth, abs=0.06)


def test_rounding_on_both_sides_is_warned_of_and_noise_helps():
    x, y = (np.round(10 * part) for part in gaussian_pairs(2000, 3, 0.6))
    with pytest.warns(RuntimeWarning, match=r"^KSG: for \d\d% of the pairs the neighbour 3 is as"):
        KSG().fit(x, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noise = np.random.default_rng(1).random((2, 2000, 3))
        found = KSG().fit(x + noise[0], y + noise[1]).estimate()
        expected = KSG().fit(*gaussian_pairs(2000, 3, 0.6)).estimate()
        assert found == pytest.approx(expected, abs=0.05)
        KSG(preprocessing="ranks").fit(*gaussian_pairs(60, 1, 0.6))
        KSG().fit(*(part.astype("float32") for part in gaussian_pairs(5000, 1, 0.6)))


def test_with_labels_far_apart_variant_1_is_ross():
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 400)
    x = random.standard_normal((400, 2)) + labels[:, None]
    far = KSG(preprocessing=None).fit(x, 100 * labels).estimate()
    assert far == pytest.approx(Ross(preprocessing=None).fit(x, labels).estimate(), abs=1e-12)


def test_bits():
    x, y = gaussian_pairs(200, 1, 0.9)
    nats = KSG().fit(x, y).estimate()
    assert KSG(base=2).fit(x, y).estimate() == pytest.approx(nats / math.log(2))


def test_bytes_are_numbers():
    random = np.random.default_rng(0)
    x = random.permutation(256).astype("uint8")
    y = x + random.standard_normal(256)
    expected = KSG().fit(x.astype("float64"), y).estimate()
    assert KSG().fit(x, y).estimate() == expected > 2


@pytest.mark.parametrize("variant", [0, 3, "1", None])
def test_there_are_two_variants(variant):
    with pytest.raises(ValueError, match=f"variant must be 1 or 2, got {variant!r}: use 1"):
        KSG(variant=variant).fit([0.0, 1.0, 2.0, 4.0], [0.0, 1.0, 2.0, 4.0])


def test_columns_are_preprocessed_on_each_side():
    x, y = gaussian_pairs(200, 2, 0.5)
    by_name = KSG(preprocessing="asinh").fit(x, y).estimate()
    by_hand = KSG(preprocessing=None).fit(preprocessing.asinh(x), preprocessing.asinh(y)).estimate()
    by_function = KSG(preprocessing=preprocessing.asinh).fit(x, y).estimate()
    assert by_name == by_hand == by_function


def test_memory_is_linear():
    peaks = []
    for n in (1000, 4000):
        x, y = gaussian_pairs(n, 10, 0.5)
        tracemalloc.start()
        KSG().fit(x, y)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 5 * peaks[0]
    assert peaks[1] < 4000**2  # A matrix of distances has 8 bytes for each of these.
