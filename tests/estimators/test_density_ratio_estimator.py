import math
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers
from scipy import integrate, stats
from sklearn.base import clone

from tfgan_it.estimators.density_ratio_estimator import DensityRatioEstimator

LN_2 = math.log(2)
NAMES = ["kl", "reverse_kl", "js"]


def truth(p, q):
    """KL(p||q), KL(q||p) and JS of two densities on the line, by quadrature."""

    def integral(f):
        return integrate.quad(f, -25, 25, limit=400, points=[-3, 0, 3])[0]

    def kl(p, q):
        return integral(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)))

    def middle(x):
        return np.logaddexp(p.logpdf(x), q.logpdf(x)) - LN_2

    def twice_js(x):
        return sum(each.pdf(x) * (each.logpdf(x) - middle(x)) for each in (p, q))

    return {"kl": kl(p, q), "reverse_kl": kl(q, p), "js": integral(twice_js) / 2}


def pair(dimension, separation, spread, n, seed):
    """N(0, I) and a Gaussian that is shifted and spread along one direction."""
    drawn = np.random.default_rng(seed)
    x, y = drawn.normal(size=(2, n, dimension))
    y[:, 0] = separation + spread * y[:, 0]
    rotation = stats.ortho_group.rvs(dimension, random_state=1) if dimension > 1 else np.eye(1)
    return x @ rotation, y @ rotation


def linear(shape):
    """The network that has all there is to know of Gaussians of one covariance."""
    return keras.Sequential([keras.Input(shape), layers.Dense(1)])


@pytest.fixture(scope="module")
def probe():
    """Traced once; `fit` restarts."""
    return DensityRatioEstimator()


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    "dimension, separation, spread, allowed",
    [
        (1, 1.0, 1.0, {"js": 0.02, "kl": 0.1, "reverse_kl": 0.1}),
        (1, 3.0, 1.0, {"js": 0.02, "kl": 0.5, "reverse_kl": 0.5}),
        (2, 1.0, 1.5, {"js": 0.02, "kl": 0.1, "reverse_kl": 0.2}),
    ],
)
def test_divergences_of_gaussians(dimension, separation, spread, allowed):
    x, y = pair(dimension, separation, spread, 8000, seed=0)
    found = DensityRatioEstimator().fit(x, y).estimate()
    expected = truth(stats.norm(0, 1), stats.norm(separation, spread))
    for name, tolerance in allowed.items():
        assert found[name] == pytest.approx(expected[name], abs=tolerance), name
    assert found["calibration_error"] < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "dimension, separation, spread",
    [(1, d, 1.0) for d in (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)]
    + [(2, d, 1.0) for d in (0.0, 1.0, 2.0, 4.0)]
    + [(1, 0.0, 2.0), (1, 1.0, 2.0), (2, 1.0, 1.5)],
)
def test_jensen_shannon_of_many_samples_to_a_hundredth(dimension, separation, spread, seed):
    x, y = pair(dimension, separation, spread, 20_000, seed=100 + seed)
    found = DensityRatioEstimator(seed=seed).fit(x, y).estimate()
    expected = truth(stats.norm(0, 1), stats.norm(separation, spread))
    assert found["js"] == pytest.approx(expected["js"], abs=0.01)
    for name in ("kl", "reverse_kl"):  # The tails of a density ratio are met by few samples.
        tolerance = max(0.06, 0.27 * expected[name])  # .25 at most, by processor.
        assert found[name] == pytest.approx(expected[name], abs=tolerance), name


def test_samples_of_one_distribution_have_no_divergence(probe):
    x, y = np.random.default_rng(3).normal(size=(2, 300, 20))
    found = probe.fit(x, y).estimate()
    # A classifier that memorised its 135 samples of each would give .69.
    for name in NAMES:
        assert abs(found[name]) < 0.1
    assert found["js"] < 0.02


def test_what_has_nothing_in_common_is_one_bit_apart(probe):
    x = np.random.default_rng(4).normal(size=(400, 2))
    found = probe.fit(x, x + 50).estimate()
    assert found["js"] == pytest.approx(LN_2, abs=0.02)
    assert found["kl"] > 4 and found["reverse_kl"] > 4


def test_estimates_are_means_of_the_logits_over_unseen_samples():
    x, y = pair(1, 1.0, 1.0, 1000, seed=5)
    probe = DensityRatioEstimator(linear, steps=40).fit(x, y)
    x, y = pair(1, 1.0, 1.0, 300, seed=6)
    y = y[:200]
    f, g = probe.logits(x), probe.logits(y)
    real, generated = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-g))
    found = probe.estimate(x, y)
    assert (found["n_real"], found["n_generated"]) == (300, 200)
    assert found["kl"] == pytest.approx(f.mean(), rel=1e-9)
    assert found["reverse_kl"] == pytest.approx(-g.mean(), rel=1e-9)
    expected = LN_2 + (np.log(real).mean() + np.log(1 - generated).mean()) / 2
    assert found["js"] == pytest.approx(expected, rel=1e-9)
    assert found["kl_error"] == pytest.approx(f.std() / math.sqrt(300), rel=1e-9)
    assert found["reverse_kl_error"] == pytest.approx(g.std() / math.sqrt(200), rel=1e-9)
    halves = np.log(real).var() / 4 / 300 + np.log(1 - generated).var() / 4 / 200
    assert found["js_error"] == pytest.approx(math.sqrt(halves), rel=1e-9)


def test_three_parts_and_each_sample_in_one():
    x, y = np.arange(200.0), np.arange(1000.0, 1100.0)
    probe = DensityRatioEstimator(linear, train=0.5, calibration=0.25, steps=1).fit(x, y)
    held_out = [part[:, 0] for part in probe.held_out_]
    assert [len(part) for part in held_out] == [50, 25]
    assert all(set(part) < set(given) for part, given in zip(held_out, (x, y), strict=True))
    assert probe.estimate()["n_real"] == 50
    assert len(set(held_out[0])) == 50


def test_real_and_generated_weigh_the_same_whatever_their_numbers():
    x, y = pair(1, 1.0, 1.0, 8000, seed=8)
    found = DensityRatioEstimator(linear, steps=600).fit(x, y[:1600]).estimate()
    # The best logit is 1/2 - x; counted as they are, it would be off by ln 5.
    expected = truth(stats.norm(0, 1), stats.norm(1, 1))
    for name in NAMES:
        assert found[name] == pytest.approx(expected[name], abs=0.12)


def test_a_function_of_seed_and_data(probe):
    x, y = pair(2, 1.0, 1.0, 300, seed=9)
    options = {"steps": 60}
    first = DensityRatioEstimator(**options).fit(x, y).estimate()
    again = clone(probe).set_params(**options)
    again.fit(y, x)  # What it was fitted to before does not matter.
    assert again.fit(x, y).estimate() == first
    other = DensityRatioEstimator(seed=1, **options).fit(x, y).estimate()
    assert other["kl"] != first["kl"]


def dropping(shape):
    return keras.Sequential(
        [keras.Input(shape), layers.Dense(8, "relu"), layers.Dropout(0.5), layers.Dense(1)]
    )


def test_a_network_of_ones_own_that_draws_is_a_function_of_the_seed():
    x, y = pair(2, 1.0, 1.0, 200, seed=10)
    probes = [DensityRatioEstimator(dropping, steps=30, seed=seed) for seed in (0, 0, 1)]
    found = [probe.fit(x, y).estimate()["kl"] for probe in probes]
    assert found[0] == found[1] != found[2]
    assert probes[0].fit(x, y).estimate()["kl"] == found[0]


def test_nothing_outside_is_disturbed():
    def outside():
        return random.getstate(), np.random.get_state()[1].tolist()

    tf.random.set_seed(3)
    expected = tf.random.normal((3,)).numpy()
    tf.random.set_seed(3)
    number = int(layers.Dense(1).name.split("_")[-1])
    before = outside()
    x, y = pair(2, 1.0, 1.0, 100, seed=11)
    DensityRatioEstimator(steps=20).fit(x, y).estimate()
    assert outside() == before
    assert layers.Dense(1).name == f"dense_{number + 1}"
    np.testing.assert_array_equal(tf.random.normal((3,)), expected)


def test_images_of_any_size_and_pixels_as_floats():
    drawn = np.random.default_rng(12)
    real = drawn.integers(0, 256, (200, 5, 6, 1), "uint8")
    smooth = np.repeat(real[:, :, :1], 6, axis=2)
    probe = DensityRatioEstimator(steps=60)
    found = probe.fit(real, smooth).estimate()
    assert found["js"] > 0.6
    scaled = [images.astype("float32") / 127.5 - 1 for images in (real, smooth)]
    assert probe.fit(*scaled).estimate() == pytest.approx(found, rel=1e-4, abs=1e-5)


def test_points_are_standardised_first():
    x, y = pair(2, 2.0, 1.0, 400, seed=13)
    far = np.array([1e4, 1.0]), np.array([300.0, -7.0])
    probe = DensityRatioEstimator(steps=60)
    plain = probe.fit(x, y).estimate()
    moved = probe.fit(x * far[0] + far[1], y * far[0] + far[1]).estimate()
    assert moved == pytest.approx(plain, rel=0.01, abs=0.01)


def test_a_column_that_is_constant_does_no_harm():
    x, y = pair(1, 2.0, 1.0, 200, seed=14)
    x, y = (np.concatenate([part, np.full_like(part, 3.0)], axis=1) for part in (x, y))
    assert all(map(math.isfinite, DensityRatioEstimator(steps=20).fit(x, y).estimate().values()))


NUMBERS = np.zeros((20, 2))


@pytest.mark.parametrize(
    "given, message",
    [
        (
            (NUMBERS, np.zeros((20, 3))),
            "DensityRatioEstimator: real and generated samples must have one shape, got (2,) and",
        ),
        (
            (NUMBERS[:9], NUMBERS),
            "DensityRatioEstimator: needs at least 10 real samples, got 9",
        ),
        (
            (NUMBERS, NUMBERS * np.nan),
            "generated has 40 values that are NaN or infinite, the first in row 0",
        ),
        (
            (np.ones((20, 4, 4, 1)), np.full((20, 4, 4, 1), np.inf)),
            "DensityRatioEstimator: generated samples hold values that are not finite",
        ),
        ((np.float64(1), NUMBERS), "real must be (n,) or (n, d), got the shape ()"),
        (
            (np.zeros((20, 2, 2, 2, 2, 2)),) * 2,
            "small_network: shape must be (dimension,), (length, ",
        ),
    ],
)
def test_samples_that_are_refused(given, message):
    with pytest.raises(ValueError) as error:
        DensityRatioEstimator(steps=1).fit(*given)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("shares", [(0.0, 0.5), (0.5, 0.0), (0.6, 0.4)])
def test_shares_that_leave_nothing_are_refused(shares):
    with pytest.raises(ValueError, match="leave samples for all three parts of 20; use .45 and"):
        DensityRatioEstimator(train=shares[0], calibration=shares[1]).fit(NUMBERS, NUMBERS)


@pytest.mark.parametrize("argument", ["steps", "batch_size", "patience", "bins", "learning_rate"])
def test_wrong_numbers_are_refused(argument):
    with pytest.raises(ValueError, match=f"^DensityRatioEstimator: {argument} must be .*got 0"):
        DensityRatioEstimator(**{argument: 0}).fit(NUMBERS, NUMBERS)


def test_other_columns_than_those_of_fit_are_refused():
    with pytest.raises(ValueError, match="is not fitted: call fit before estimate"):
        DensityRatioEstimator().logits(NUMBERS)
    probe = DensityRatioEstimator(linear, steps=1).fit(NUMBERS, NUMBERS + 1)
    with pytest.raises(ValueError, match=r"was fitted on samples \(2,\), got \(3,\)"):
        probe.logits(np.zeros((4, 3)))


def test_half_of_fresh_samples_is_refused():
    with pytest.raises(ValueError, match="give both real and generated, or neither"):
        DensityRatioEstimator().estimate(NUMBERS)
