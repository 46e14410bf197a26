import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from tfgan_it.latents import Categorical, Normal, Product, Uniform
from tfgan_it.losses import VariationalMutualInformation


def information_of(**codes):
    return VariationalMutualInformation(Product(**codes))


def raw_scale(sigma, floor=0.05):
    """What the recognition head must say for a posterior of this standard deviation."""
    return np.log(np.expm1(sigma - floor))


# Entropies: what the code's distribution has, and nothing else.


def test_entropy_of_a_uniform_code_is_not_that_under_a_normal_density():
    # A density of 1 at the code: ln Q = 0, and what is left is H(c).
    sigma = 1 / np.sqrt(2 * np.pi)
    information = information_of(style=Uniform(1))
    estimate = information.estimate(np.asarray([[0.3]]), np.asarray([[0.3, raw_scale(sigma)]]))
    assert float(estimate) == pytest.approx(np.log(2), abs=1e-6)
    wrong, _ = integrate.quad(lambda c: -stats.norm.logpdf(c) / 2, -1, 1)
    assert wrong == pytest.approx(np.log(2) + 0.3925, abs=1e-4)


def test_entropy_of_a_one_hot_sample_is_that_of_the_code():
    # A posterior that is as ignorant as the prior: I = 0, so ln 10 stands on both sides.
    information = information_of(category=Categorical(10))
    code = np.eye(10, dtype="float32")[:3]
    assert float(information.estimate(code, np.zeros((3, 10)))) == pytest.approx(0, abs=1e-6)
    assert float(information.estimate(code, 90 * code)) == pytest.approx(np.log(10), abs=1e-6)


@pytest.mark.parametrize("categories", [2, 7])
def test_perfect_recovery_gives_ln_k(categories):
    code = np.eye(categories, dtype="float32")
    information = information_of(category=Categorical(categories))
    assert float(information.estimate(code, 90 * code)) == pytest.approx(np.log(categories))


def bound_of_a_uniform_code(sigma, mean_of=lambda c: c):
    expected_log_q, _ = integrate.quad(
        lambda c: stats.norm.logpdf(c, mean_of(c), sigma) / 2, -1, 1, epsabs=1e-12
    )
    return np.log(2) + expected_log_q


@pytest.mark.parametrize("slope", [1.0, 0.9, 0.5, 0.0])
@pytest.mark.parametrize("sigma", [1.0, 0.8, 0.3])
def test_bound_for_a_uniform_code_against_quadrature(sigma, slope):
    nodes, weights = np.polynomial.legendre.leggauss(20)
    parameters = np.stack([slope * nodes, np.full(20, raw_scale(sigma))], axis=-1)
    values = information_of(style=Uniform(1)).call(nodes[:, None], parameters).numpy()
    expected = bound_of_a_uniform_code(sigma, lambda c: slope * c)
    assert -(weights / 2) @ values == pytest.approx(expected, abs=1e-5)


def test_bound_for_a_uniform_code_at_unit_scale_is_vacuous():
    limit = bound_of_a_uniform_code(1.0)
    assert limit == pytest.approx(-0.226, abs=5e-4)
    code = np.linspace(-1, 1, 9)[:, None]
    information = information_of(style=Uniform(1))

    def estimate(sigma):
        parameters = np.concatenate([code, np.full((9, 1), raw_scale(sigma))], axis=-1)
        return float(information.estimate(code, parameters))

    assert estimate(1.0) == pytest.approx(limit, abs=1e-6)
    assert estimate(0.799) < 0 < estimate(0.797)


def test_floor_of_the_scale_bounds_the_bound():
    information = information_of(style=Uniform(1, minimum_scale=0.05))
    most = bound_of_a_uniform_code(0.05)
    estimate = information.estimate(np.asarray([[0.7]]), np.asarray([[0.7, -1e4]]))
    assert float(estimate) == pytest.approx(most, abs=1e-5)


# Channels whose mutual information is known.

PRIOR = np.asarray([0.5, 0.3, 0.2])
CHANNEL = np.asarray([[0.7, 0.1, 0.1, 0.1], [0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]])
JOINT = PRIOR[:, None] * CHANNEL
POSTERIOR = JOINT / JOINT.sum(axis=0)
TRUE_INFORMATION = (JOINT * np.log(JOINT / np.outer(PRIOR, JOINT.sum(axis=0)))).sum()


def estimate_through_channel(log_posterior):
    """The exact expectation of the estimate over codes and symbols, `log_posterior[c, x]`."""
    code, symbol = np.indices(JOINT.shape)
    information = information_of(category=Categorical(3, PRIOR))
    values = information.call(np.eye(3)[code.ravel()], log_posterior.T[symbol.ravel()])
    return -JOINT.ravel() @ values.numpy().astype("float64")


def test_bound_is_tight_at_the_true_posterior_of_a_discrete_channel():
    assert estimate_through_channel(np.log(POSTERIOR)) == pytest.approx(TRUE_INFORMATION, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_gap_of_the_bound_is_the_divergence_from_the_true_posterior(seed):
    logits = np.random.default_rng(seed).normal(size=(3, 4))
    q = np.exp(logits) / np.exp(logits).sum(axis=0)
    gap = (JOINT * np.log(POSTERIOR / q)).sum()
    assert gap > 0
    assert estimate_through_channel(logits) == pytest.approx(TRUE_INFORMATION - gap, abs=1e-6)


@pytest.mark.parametrize("scale, noise", [(1.0, 1.0), (1.0, 0.25), (0.5, 2.0)])
def test_bound_is_tight_at_the_true_posterior_of_a_gaussian_channel(scale, noise):
    # x = c + noise e, with expectations over c and e by quadrature.
    nodes, weights = np.polynomial.hermite_e.hermegauss(30)
    c, e = (scale * nodes).repeat(30), np.tile(nodes, 30)
    weights = np.outer(weights, weights).ravel() / (2 * np.pi)
    gain = scale**2 / (scale**2 + noise**2)
    raw = np.full(900, raw_scale(noise * np.sqrt(gain)))
    values = information_of(style=Normal(1, scale)).call(
        c[:, None], np.stack([gain * (c + noise * e), raw], axis=-1)
    )
    expected = 0.5 * np.log1p((scale / noise) ** 2)
    assert -weights @ values.numpy() == pytest.approx(expected, abs=1e-4)


# Loss and value.


def mixed_batch(n=6, seed=0):
    rng = np.random.default_rng(seed)
    information = information_of(category=Categorical(3), style=Uniform(2), tilt=Normal(1, 2.0))
    codes = np.concatenate(
        [
            np.eye(3)[rng.integers(3, size=n)],
            rng.uniform(-1, 1, size=(n, 2)),
            rng.normal(0, 2, size=(n, 1)),
        ],
        axis=-1,
    )
    return information, codes, rng.normal(size=(n, 9))


def expected_per_code(codes, parameters):
    logits, mean, raw = parameters[:, :3], parameters[:, 3:5], parameters[:, 5:7]
    log_softmax = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    style, tilt = codes[:, 3:5], codes[:, 5]
    scale = 0.05 + np.log1p(np.exp(parameters[:, 8]))
    return {
        "category": np.log(3) + (codes[:, :3] * log_softmax).sum(axis=-1),
        "style": 2 * np.log(2)
        + stats.norm.logpdf(style, mean, 0.05 + np.log1p(np.exp(raw))).sum(axis=-1),
        "tilt": stats.norm(scale=2).entropy() + stats.norm.logpdf(tilt, parameters[:, 7], scale),
    }


def test_per_code_against_scipy():
    information, codes, parameters = mixed_batch()
    per_code = information.per_code(codes, parameters)
    expected = expected_per_code(codes, parameters)
    assert list(per_code) == list(expected)
    for name, value in expected.items():
        np.testing.assert_allclose(per_code[name], value, rtol=1e-5)


def test_call_is_minus_the_estimate_of_each_sample():
    information, codes, parameters = mixed_batch()
    expected = sum(expected_per_code(codes, parameters).values())
    np.testing.assert_allclose(information.call(codes, parameters), -expected, rtol=1e-5)
    estimate = information.estimate(codes, parameters)
    assert estimate.shape == ()
    assert float(estimate) == pytest.approx(expected.mean(), rel=1e-5)
    assert information.bound == "lower"


@pytest.mark.parametrize(
    "reduction, reduce",
    [("sum_over_batch_size", np.mean), ("sum", np.sum), ("none", np.asarray)],
)
def test_reductions(reduction, reduce):
    information, codes, parameters = mixed_batch()
    loss = VariationalMutualInformation(information.codes, reduction=reduction)
    expected = -sum(expected_per_code(codes, parameters).values())
    np.testing.assert_allclose(loss(codes, parameters), reduce(expected), rtol=1e-5)


def test_gradient_against_finite_differences():
    information, codes, parameters = mixed_batch()
    x = tf.constant(parameters, "float32")
    with tf.GradientTape() as tape:
        tape.watch(x)
        estimate = information.estimate(codes, x)
    gradient = tape.gradient(estimate, x).numpy()

    def value(parameters):
        return sum(expected_per_code(codes, parameters).values()).mean()

    expected = np.empty_like(parameters)
    for index in np.ndindex(parameters.shape):
        step = np.zeros_like(parameters)
        step[index] = 1e-5
        expected[index] = (value(parameters + step) - value(parameters - step)) / 2e-5
    np.testing.assert_allclose(gradient, expected, rtol=1e-4, atol=1e-6)
    assert np.abs(gradient).min() > 0


def test_gradient_reaches_the_generator():
    # x = theta c is recognised with mean x and sigma 1: d/d theta E ln Q = (1 - theta) E c^2.
    code = np.linspace(-1, 1, 11, dtype="float32")[:, None]
    theta = tf.Variable(0.25)
    with tf.GradientTape() as tape:
        raw = tf.fill((11, 1), tf.constant(raw_scale(1.0), "float32"))
        loss = information_of(style=Uniform(1))(code, tf.concat([theta * code, raw], axis=-1))
    assert float(tape.gradient(loss, theta)) == pytest.approx(-0.75 * np.mean(code**2), rel=1e-5)


@pytest.mark.slow
def test_fit_learns_to_recognise_a_code():
    keras.utils.set_random_seed(0)
    information = information_of(category=Categorical(4))
    code = np.eye(4, dtype="float32")[np.arange(64) % 4]
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile(keras.optimizers.Adam(0.5), loss=information)
    history = model.fit(code[:, [2, 0, 3, 1]], code, batch_size=16, epochs=20, verbose=0)
    assert history.history["loss"][-1] == pytest.approx(-np.log(4), abs=0.02)
    assert history.history["loss"][0] > history.history["loss"][-1]
    parameters = model.predict(code[:, [2, 0, 3, 1]], verbose=0)
    assert model.evaluate(code[:, [2, 0, 3, 1]], code, verbose=0) == pytest.approx(
        -float(information.estimate(code, parameters)), abs=1e-5
    )


@pytest.mark.parametrize(
    "codes", [Categorical(3), Product(noise=Normal(2), category=Categorical(3)), None]
)
def test_codes_must_be_a_product_without_noise(codes):
    message = r"^VariationalMutualInformation: codes must be .*(Product|\.codes).*, got .*\.\Z"
    with pytest.raises(ValueError, match=message):
        VariationalMutualInformation(codes)
