"""Information of images by encoders, where it is known."""

import math

import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.datasets.image_information import flip_of, same_class_images
from tfgan_it.estimators import EncodedInformation
from tfgan_it.estimators import encoded_information as module

RANDOM = np.random.default_rng(0)
SMALL = {"steps": 150, "batch_size": 64, "dimension": 4}


def bits(n, sources, flip, seed=0):
    """Bits and what a symmetric channel makes of them, each with a little noise."""
    random = np.random.default_rng(seed)
    x = random.integers(2, size=(n, sources))
    y = x ^ (random.random((n, sources)) < flip)
    return [2.0 * z - 1 + 0.02 * random.normal(size=z.shape) for z in (x, y)]


def turned(z, seed):
    """The same in other coordinates."""
    matrix = np.linalg.qr(np.random.default_rng(seed).normal(size=(z.shape[1],) * 2))[0]
    return z @ matrix


def capacity(sources, flip):
    rest = sum(-p * math.log(p) for p in (flip, 1 - flip) if p > 0)
    return sources * (math.log(2) - rest)


@pytest.mark.parametrize(
    ("sources", "flip"), [(3, 0.1), pytest.param(8, 0.0, marks=pytest.mark.slow)]
)
def test_bits_that_encoders_have_turned_are_found_again(sources, flip):
    x, y = bits(2000, sources, flip)
    a, b = turned(x, 1), turned(y, 1)
    correlations = np.full(sources, 1 - 2 * flip)
    found = module._of_directions(a, b, correlations, np.random.default_rng(0))
    truth = capacity(sources, flip)
    assert found.nats == pytest.approx(truth, abs=0.02 * sources)
    assert "independent bits" in found.estimator or "KSG" in found.estimator


def test_what_components_share_is_not_counted_twice():
    x, y = bits(1000, 2, 0.05)
    twice = [
        np.hstack([z, z[:, :1] * z[:, 1:] + 0.02 * RANDOM.normal(size=(1000, 1))]) for z in (x, y)
    ]
    found = module._of_directions(*twice, np.array([0.9, 0.9, 0.8]), np.random.default_rng(0))
    assert found.nats == pytest.approx(capacity(2, 0.05), abs=0.1)


@pytest.mark.parametrize("p", [1, 3])
def test_directions_of_independent_sides_are_within_the_edge(p):
    sides = [RANDOM.normal(size=(2000, p)) for _ in range(4)]
    a, b, correlations = module._canonical(*sides)
    assert a.shape[1] == b.shape[1] == len(correlations) <= 1
    assert np.all(correlations < 0.12)


def test_canonical_directions_are_those_of_other_pairs():
    shared = RANDOM.normal(size=(4000, 1))
    f = np.hstack([RANDOM.normal(size=(4000, 2)), shared]) @ RANDOM.normal(size=(3, 3))
    g = np.hstack([shared + 0.5 * RANDOM.normal(size=(4000, 1)), RANDOM.normal(size=(4000, 1))])
    a, b, correlations = module._canonical(f[:2000], g[:2000], f[2000:], g[2000:])
    assert a.shape == b.shape == (2000, 1)
    assert correlations[0] == pytest.approx(1 / math.sqrt(1.25), abs=0.03)
    assert abs(np.corrcoef(a[:, 0], shared[2000:, 0])[0, 1]) > 0.99


def test_bits_are_counted():
    """Of a bit and its copy ln 2; of two fair bits and their parity none in pairs, ln 2 of both."""
    random = np.random.default_rng(0)
    a, b = random.integers(2, size=(2, 4000, 1)).astype("float64")
    parity = np.abs(a - b)
    information = module._counted_information
    assert information(a, a)[0] == pytest.approx(math.log(2), abs=2e-3)
    assert information(a, parity)[0] == pytest.approx(0, abs=2e-3)
    assert information(np.hstack([a, b]), parity)[0] == pytest.approx(math.log(2), abs=2e-3)
    shared = module._shared(np.hstack([a, b, parity]), information, random)
    assert shared == pytest.approx(math.log(2), abs=4e-3)


def test_a_bit_is_the_side_of_the_middle_between_both_means():
    values = np.array([0.0, 0.1, 0.2, 5.0])
    assert module._bit(values).tolist() == [0, 0, 0, 1]
    assert module._bit(np.ones(3)).tolist() == [0, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize(("sources", "nats"), [(4, 1.4), (4, 2.7)])
def test_pictures_of_the_same_classes(sources, nats):
    data = datasets.load("digits")
    training, test = (
        same_class_images(data, sources, flip_of(nats, sources), test=part)
        for part in (False, True)
    )
    estimator = EncodedInformation(steps=400, batch_size=128, dimension=16)
    estimator.fit(*test.sample(4000, seed=1), new_pairs=training.sample)
    assert estimator.estimate() == pytest.approx(nats, abs=0.1)
    low, high = estimator.result_.interval
    assert low < estimator.estimate() < high and estimator.result_.n == 2000
    assert len(estimator.history_) == 400


def test_it_is_a_function_of_data_and_seed():
    x, y = (z.astype("float32") for z in bits(500, 2, 0.1))
    found = [EncodedInformation(**SMALL, seed=seed).fit(x, y).estimate() for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    bits_ = EncodedInformation(**SMALL, base=2).fit(x, y)
    before = bits_.correlations_.copy()
    assert bits_.of(x[::-1], y[::-1]).n == 250  # Other pairs leave what was fitted as it is.
    np.testing.assert_array_equal(bits_.correlations_, before)
    assert bits_.estimate() == pytest.approx(found[0] / math.log(2))
    assert bits_.result_.nats == found[0]


def test_independent_sides_have_none():
    x, y = RANDOM.normal(size=(2, 800, 3)).astype("float32")
    result = EncodedInformation(**SMALL).fit(x, y).result_
    assert abs(result.nats) < 0.06 and result.warnings


def test_sides_of_other_shapes():
    level = RANDOM.normal(size=(900, 1, 1, 1)).astype("float32")
    image = np.tanh(level + 0.1 * RANDOM.normal(size=(900, 8, 8, 1)))
    vector = np.tanh(level[:, 0, 0] + np.sqrt(0.5) * RANDOM.normal(size=(900, 1)))
    found = EncodedInformation(**SMALL).fit(image.astype("float32"), vector.astype("float32"))
    assert found.estimate() == pytest.approx(0.5 * math.log(3), abs=0.15)


@pytest.mark.parametrize(
    ("options", "x", "y", "message"),
    [
        ({}, np.zeros((50, 2)), np.zeros((50, 2)), "50 pairs are too few: give at least 200"),
        ({}, np.zeros((300, 2)), np.zeros((299, 2)), "equal lengths|300"),
        ({"steps": 0}, np.zeros((300, 2)), np.zeros((300, 2)), "steps must be a whole number"),
        ({"held_out": 1.0}, np.zeros((300, 2)), np.zeros((300, 2)), "held_out must be"),
        ({"dimension": 0}, np.zeros((300, 2)), np.zeros((300, 2)), "dimension must be a whole"),
    ],
)
def test_mistakes_are_one_line(options, x, y, message):
    with pytest.raises(ValueError, match=message) as error:
        EncodedInformation(**options).fit(x, y)
    assert "\n" not in str(error.value)
