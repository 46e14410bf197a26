import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.layers.gaussian_critic import GaussianCritic, GaussianMarginal
from tfgan_it.losses.upper_bounds import CLUB, DifferenceOfEntropies

RNG = np.random.default_rng(0)
Y = RNG.normal(size=(6, 3)).astype("float32")


def raw_scale(sigma, floor):
    return np.log(np.expm1(sigma - floor))


# ln q(y|x).


def test_gaussian_critic_against_scipy():
    critic = GaussianCritic(hidden=(), minimum_scale=0.2)
    x = RNG.normal(size=(6, 2)).astype("float32")
    critic(x, Y)
    kernel, bias = RNG.normal(size=(2, 6)), RNG.normal(size=6)
    critic.set_weights([kernel, bias])
    mean, raw = np.split(x @ kernel + bias, 2, axis=1)
    scale = 0.2 + np.log1p(np.exp(raw))
    expected = stats.norm.logpdf(Y[None], mean[:, None], scale[:, None]).sum(axis=-1)
    np.testing.assert_allclose(critic(x, Y), expected, rtol=1e-4)


def test_floor_bounds_the_density():
    critic = GaussianCritic(hidden=(), minimum_scale=0.1)
    y = np.zeros((2, 1), "float32")
    critic(y, y)
    critic.set_weights([np.zeros((1, 2)), np.asarray([0.0, -1e4])])
    np.testing.assert_allclose(critic(y, y), stats.norm.logpdf(0, scale=0.1), rtol=1e-5)
    # Far away, where nothing is under the Gaussian, values and gradients are finite.
    x = tf.constant(y + 1e3)
    with tf.GradientTape() as tape:
        tape.watch(x)
        scores = critic(y, x)
    assert np.isfinite(scores).all() and np.isfinite(tape.gradient(scores, x)).all()


def test_fit_of_its_likelihood_finds_the_conditional():
    keras.utils.set_random_seed(0)
    x = RNG.uniform(-1, 1, (2048, 1)).astype("float32")
    y = (2 * x + 0.1 * RNG.normal(size=x.shape)).astype("float32")
    critic, optimizer = GaussianCritic(hidden=()), keras.optimizers.Adam(0.1)
    critic(x[:2], y[:2])
    optimizer.build(critic.trainable_weights)

    @tf.function(autograph=False)
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(CLUB().critic_loss(None, critic(x, y)))
        weights = critic.trainable_weights
        optimizer.apply(tape.gradient(loss, weights), weights)

    for i in range(200):
        at = slice(64 * (i % 32), 64 * (i % 32) + 64)
        step(tf.constant(x[at]), tf.constant(y[at]))
    fresh = np.linspace(-1, 1, 5, dtype="float32")[:, None]
    mean, raw = np.split(critic.moments(fresh).numpy(), 2, axis=1)
    np.testing.assert_allclose(mean, 2 * fresh, atol=0.06)
    np.testing.assert_allclose(0.01 + np.log1p(np.exp(raw)), 0.1, rtol=0.25)


def test_gaussian_critic_takes_no_network_of_y():
    with pytest.raises(ValueError, match=r"^GaussianCritic: y_network must be None, .*\.\Z"):
        GaussianCritic(y_network=keras.Sequential())


# ln r(y).


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_marginal_is_a_standard_normal_at_first(covariance):
    values = GaussianMarginal(covariance)(Y)
    assert values.shape == (6,) and values.dtype == "float32"
    np.testing.assert_allclose(values, stats.norm.logpdf(Y).sum(axis=1), rtol=1e-5)


def test_full_covariance_against_scipy():
    # Any Gaussian: with L L' its covariance, L^-1 has what the layer holds.
    root = np.asarray([[1.5, 0, 0], [-0.7, 0.6, 0], [0.4, 0.9, 2.0]])
    mean, floor = np.asarray([1.0, -2.0, 0.5]), 0.05
    inverse = np.linalg.inv(root)
    scale = 1 / np.diag(inverse)
    regression = scale[:, None] * inverse - np.eye(3)
    marginal = GaussianMarginal(minimum_scale=floor)
    marginal(Y)
    # What stands on and above the diagonal does not count.
    noise = np.triu(RNG.normal(size=(3, 3)))
    marginal.set_weights([mean, raw_scale(scale, floor), np.tril(regression, -1) + noise])
    expected = stats.multivariate_normal.logpdf(Y, mean, root @ root.T)
    np.testing.assert_allclose(marginal(Y), expected, rtol=1e-4)


def test_diagonal_covariance_against_scipy():
    marginal = GaussianMarginal("diagonal", minimum_scale=0.3)
    marginal(Y)
    scale = np.asarray([0.5, 1.0, 2.0])
    marginal.set_weights([np.asarray([1.0, 0.0, -1.0]), raw_scale(scale, 0.3)])
    expected = stats.norm.logpdf(Y, [1.0, 0.0, -1.0], scale).sum(axis=1)
    np.testing.assert_allclose(marginal(Y), expected, rtol=1e-4)


@pytest.mark.parametrize("covariance", ["full", "diagonal"])
def test_density_integrates_to_one(covariance):
    grid = np.linspace(-12, 12, 241)
    y = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2).astype("float32")
    marginal = GaussianMarginal(covariance)
    marginal(y)
    marginal.set_weights([RNG.normal(0, 0.5, w.shape) for w in marginal.weights])
    assert np.exp(marginal(y).numpy()).sum() * 0.1**2 == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_fit_of_its_likelihood_finds_the_entropy_of_a_gaussian():
    keras.utils.set_random_seed(0)
    covariance = np.asarray([[1.0, 0.9], [0.9, 1.0]])
    y = RNG.multivariate_normal([1, -1], covariance, 4096).astype("float32")
    inputs = keras.Input((2,))
    model = keras.Model(inputs, GaussianMarginal()(inputs))
    model.compile(
        keras.optimizers.Adam(0.03), lambda _, log_density: -log_density, jit_compile=False
    )
    model.fit(y, np.zeros(len(y)), batch_size=64, epochs=5, verbose=0)
    entropy = stats.multivariate_normal(cov=covariance).entropy()
    assert -np.mean(model.predict(y, verbose=0)) == pytest.approx(entropy, abs=0.03)


def test_two_models_give_the_difference_of_entropies():
    # y = x + .5 e: with both models true, I = ln(5) / 2.
    x, e = RNG.normal(size=(2, 4000, 1)).astype("float32")
    y = x + 0.5 * e
    conditional, marginal = GaussianCritic(hidden=()), GaussianMarginal()
    conditional(x[:2], y[:2]), marginal(y[:2])
    conditional.set_weights([np.asarray([[1.0, 0.0]]), np.asarray([0.0, raw_scale(0.5, 0.01)])])
    regression = np.zeros((1, 1))
    marginal.set_weights([np.zeros(1), raw_scale(np.full(1, np.sqrt(1.25)), 0.01), regression])
    estimates = [
        float(DifferenceOfEntropies().estimate(marginal(y[at]), conditional(x[at], y[at])))
        for at in (slice(i, i + 500) for i in range(0, 4000, 500))
    ]
    assert np.mean(estimates) == pytest.approx(np.log(5) / 2, abs=0.04)


# In Keras.


def test_marginal_of_images_and_numbers_without_an_axis():
    y = RNG.normal(size=(4, 2, 2, 1)).astype("float32")
    marginal = GaussianMarginal()
    np.testing.assert_array_equal(marginal(y), marginal(y.reshape(4, 4)))
    column = GaussianMarginal()
    np.testing.assert_array_equal(column(Y[:, 0]), column(Y[:, :1]))


def test_marginal_in_half_precision_stays_whole():
    marginal = GaussianMarginal(dtype="mixed_float16")
    values = marginal(100 * Y)
    assert values.dtype == "float32"
    np.testing.assert_allclose(values, stats.norm.logpdf(100 * Y).sum(axis=1), rtol=2e-3)


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: GaussianCritic(minimum_scale=0), "GaussianCritic: .* above 0, got 0"),
        (lambda: GaussianMarginal(minimum_scale=1.0), r"GaussianMarginal: .* \(0, 1\), got 1.0"),
        (lambda: GaussianMarginal("ful"), r"Unknown covariance 'ful': .* \(nearest: full\)"),
    ],
)
def test_refusals(build, message):
    with pytest.raises(ValueError, match=rf"^{message}\.\Z"):
        build()
