"""Information of images by encoders, where it is known."""

import math
import threading
import warnings

import keras
import numpy as np
import pytest
from sklearn.base import clone

from tfgan_it import datasets
from tfgan_it.datasets.image_information import flip_of, same_class_images
from tfgan_it.estimators import EncodedInformation

RANDOM = np.random.default_rng(0)
SMALL = {"steps": 150, "batch_size": 64, "dimension": 4}


def bits(n, sources, flip, seed=0):
    """Bits and what a symmetric channel makes of them, each with a little noise."""
    random = np.random.default_rng(seed)
    x = random.integers(2, size=(n, sources))
    y = x ^ (random.random((n, sources)) < flip)
    return [2.0 * z - 1 + 0.02 * random.normal(size=z.shape) for z in (x, y)]


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
    short = {**SMALL, "steps": 40}
    found = [EncodedInformation(**short, seed=seed).fit(x, y).estimate() for seed in (0, 0, 1)]
    assert found[0] == found[1] != found[2]
    bits_ = EncodedInformation(**short, base=2).fit(x, y)
    before = bits_.correlations_.copy()
    assert bits_.of(x[::-1], y[::-1]).n == 250  # Other pairs leave what was fitted as it is.
    np.testing.assert_array_equal(bits_.correlations_, before)
    assert bits_.estimate() == pytest.approx(found[0] / math.log(2))
    assert bits_.result_.nats == found[0]


def test_independent_sides_have_none():
    x, y = RANDOM.normal(size=(2, 800, 3)).astype("float32")
    result = EncodedInformation(**SMALL).fit(x, y).result_
    assert abs(result.nats) < 0.06 and result.warnings
    assert result.interval[0] < 0 < result.interval[1]


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
        ({"learning_rate": 0}, np.zeros((300, 2)), np.zeros((300, 2)), "learning_rate must be in"),
        ({"held_out": 0.999}, np.zeros((300, 2)), np.zeros((300, 2)), "give at least 2500"),
        ({"encoder": "cnn"}, np.zeros((300, 2)), np.zeros((300, 2)), "encoder must be a function"),
        (
            {"encoder": keras.layers.Dense(3)},
            np.zeros((300, 2)),
            np.zeros((300, 2)),
            "encoder must be a function",
        ),
        ({"encoder": lambda *_: None}, *np.zeros((2, 300, 2)), "encoder must return a network"),
        (
            {"encoder": lambda shape, _: keras.Sequential([keras.layers.Dense(3)])},
            *np.zeros((2, 300, 4, 4, 1)),
            "outputs of encoder must be .batch, 256., got .None, 4, 4, 3.",
        ),
    ],
)
def test_mistakes_are_one_line(options, x, y, message):
    with pytest.raises(ValueError, match=message) as error:
        EncodedInformation(**options).fit(x, y)
    assert "\n" not in str(error.value)


def pictures(n, seed, scale=1.0, offset=0.0):
    """Pictures whose brightness is that of their partners, but for noise: 1/2 ln 3 nats."""
    random = np.random.default_rng(seed)
    light = random.normal(size=(n, 1, 1, 1))
    other = light + np.sqrt(0.5) * random.normal(size=light.shape)
    noise = 0.1 * random.normal(size=(2, n, 8, 8, 1))
    x, y = (np.tanh(z / 2) + e for z, e in zip((light, other), noise, strict=True))
    return (scale * x + offset).astype("float32"), (scale * y + offset).astype("float32")


@pytest.mark.examples(1)
@pytest.mark.parametrize(("scale", "offset"), [(127.5, 127.5), (1e-3, 0.0)])
def test_floats_of_any_scale_are_pictures(scale, offset):
    found = EncodedInformation(**SMALL).fit(*pictures(900, 0, scale, offset))
    assert found.estimate() == pytest.approx(0.5 * math.log(3), abs=0.2)
    low, high = found.result_.interval
    assert low < 0.5 * math.log(3) < high


def test_new_pairs_are_drawn_in_one_order_while_training_goes_on():
    calls, threads = [], set()

    def new_pairs(count, seed):
        calls.append((count, seed))
        threads.add(threading.get_ident())
        return tuple(np.random.default_rng(seed).normal(size=(2, count, 2)))

    options = {"steps": 25, "batch_size": 16, "dimension": 2}
    held_out = np.random.default_rng(0).normal(size=(2, 200, 2))
    fits = [EncodedInformation(**options).fit(*held_out, new_pairs=new_pairs) for _ in range(2)]
    assert [count for count, _ in calls] == [320, 80] * 2
    assert calls[:2] == calls[2:] and threading.get_ident() not in threads
    assert fits[0].estimate() == fits[1].estimate()
    np.testing.assert_array_equal(fits[0].history_, fits[1].history_)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: None, "new_pairs must return .x, y., got None"),
        (lambda x, y: x, "new_pairs must return .x, y., got array"),
        (lambda x, y: (x, y, y), "new_pairs must return .x, y., got "),
        (lambda x, y: (x[1:], y[1:]), "new_pairs.320, seed. must return 320 pairs, got 319"),
        (lambda x, y: (x, y[1:]), "x and y must have equal lengths"),
        (lambda x, y: (x, y[:, :4]), "y of new_pairs must have the shape .n, 8, 8, 1. of those"),
        (lambda x, y: (x * np.nan, y), "x of new_pairs has 320 values that are NaN"),
        (lambda x, y: (x * 127.5 + 127.5, y), "fit was given is uint8, .* x of new_pairs is float"),
        (lambda x, y: 1 / 0, "division by zero"),
    ],
)
def test_new_pairs_are_like_the_others(change, message):
    x, y = (np.round(127.5 * z.clip(-1, 1) + 127.5).astype("uint8") for z in pictures(100, 0))
    estimator = EncodedInformation(steps=5, batch_size=64, dimension=2)
    new = lambda count, seed: change(*(z.clip(-1, 1) for z in pictures(count, seed)))  # noqa: E731
    with pytest.raises((ValueError, ZeroDivisionError), match=message) as error:
        estimator.fit(x, y, new_pairs=new)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="not fitted"):
        estimator.of(x, y)


def test_other_pairs_are_like_those_of_the_fit():
    x, y = pictures(200, 0)
    estimator = EncodedInformation(steps=5, batch_size=32, dimension=2)
    with pytest.raises(ValueError, match="^EncodedInformation is not fitted"):
        estimator.of(x, y)
    assert clone(estimator).get_params() == estimator.get_params()
    estimator.fit(x, y)
    for wrong, message in (
        ((x[:, :4], y), "x must have the shape .n, 8, 8, 1. of those of fit, got .200, 4, 8, 1."),
        ((x[:79], y[:79]), "79 pairs are too few: give at least 80"),
    ):
        with pytest.raises(ValueError, match=message):
            estimator.of(*wrong)


def test_few_pairs_for_many_dimensions_are_doubted():
    x, y = RANDOM.normal(size=(2, 200, 3)).astype("float32")
    found = EncodedInformation(steps=2, batch_size=32, dimension=32).fit(x, y).result_
    assert "80 pairs tell of 5 of the 32 dimensions" in found.warnings[1]
    assert found.n == 40 and found.interval[1] > 0.1  # Little is known of so many.


def test_a_constant_tells_nothing_and_the_interval_says_how_sure_that_is():
    x, y = pictures(200, 0)
    tiny = EncodedInformation(steps=1, batch_size=16, dimension=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        constant = tiny.fit(np.zeros_like(x), y).result_
    assert constant.nats == 0 and constant.interval[0] < 0 < constant.interval[1]


def test_an_encoder_of_the_user_without_a_shared_one():
    built = []

    def encoder(shape, outputs):
        built.append(shape)
        flat = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(outputs)]
        return keras.Sequential(flat)

    x, y = pictures(300, 0)
    EncodedInformation(encoder, steps=2, batch_size=16, dimension=2).fit(x, y[:, :4])
    assert built == [(8, 8, 1), (4, 8, 1)]
