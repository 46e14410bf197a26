import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import rel_entr
from scipy.stats import multivariate_normal, qmc

from known_f_divergences import KNOWN
from support.cases import slow
from support.games import step_of_logits
from support.small_models import IMAGES, compiled, small_model
from tfgan_it import networks
from tfgan_it.information import DIVERGENCES
from tfgan_it.losses import FDivergence, Minimax, NonSaturating

every_divergence = pytest.mark.parametrize("name", sorted(DIVERGENCES))


def in_float64(function, x):
    return function(tf.constant(x, "float64")).numpy()


def logit_of(name, t):
    """The logit whose activation is t, by bisection."""
    low, high = np.full(np.shape(t), -60.0), np.full(np.shape(t), 60.0)
    for _ in range(200):
        middle = (low + high) / 2
        above = in_float64(DIVERGENCES[name].activation, middle) > t
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return low


P = np.asarray([0.4, 0.3, 0.2, 0.1])
Q = np.asarray([0.1, 0.2, 0.25, 0.45])


def exact_estimate(name, logits):
    """The value of the game where P and Q are known: all pairs of outcomes, weighted."""
    pairs = np.repeat(logits, 4), np.tile(logits, 4)
    pairs = [tf.constant(x, "float64") for x in pairs]
    return -np.outer(P, Q).ravel() @ FDivergence(name).discriminator_loss(*pairs).numpy()


@every_divergence
def test_the_value_at_the_best_critic_is_the_divergence(name):
    _, slope, integrand = KNOWN[name]
    best = logit_of(name, slope(P / Q))
    assert exact_estimate(name, best) == pytest.approx(integrand(P, Q).sum(), abs=1e-7)


@every_divergence
def test_the_value_at_any_other_critic_is_below(name):
    _, slope, integrand = KNOWN[name]
    best = np.clip(logit_of(name, slope(P / Q)), -4, 4)
    for scale in (0.1, 1, 3):
        for move in np.random.default_rng(0).normal(size=(20, 4)):
            assert exact_estimate(name, best + scale * move) < integrand(P, Q).sum()


@every_divergence
def test_estimate_is_minus_the_mean_loss(name):
    real, fake = np.random.default_rng(0).normal(size=(2, 7)).astype("float32")
    loss = FDivergence(name)
    activated = in_float64(DIVERGENCES[name].activation, real)
    conjugate = in_float64(DIVERGENCES[name].conjugate_of_activation, fake)
    np.testing.assert_allclose(
        loss.discriminator_loss(real, fake), conjugate - activated, rtol=1e-5, atol=1e-6
    )
    assert float(loss.estimate(real, fake)) == pytest.approx(
        (activated - conjugate).mean(), rel=1e-4
    )


@every_divergence
def test_generator_follows_either_term(name):
    fake = np.linspace(-3, 3, 7).astype("float32")
    divergence = DIVERGENCES[name]
    expected = -in_float64(divergence.activation, fake)
    np.testing.assert_allclose(FDivergence(name).generator_loss(None, fake), expected, rtol=1e-5)
    expected = -in_float64(divergence.conjugate_of_activation, fake)
    loss = FDivergence(name, alternative=False)
    np.testing.assert_allclose(loss.generator_loss(None, fake), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["jensen_shannon", "gan", "total_variation"])
def test_bounded_divergences_are_finite_at_any_logit(name):
    sure = tf.constant([-500.0, 500.0])
    for alternative in (False, True):
        loss = FDivergence(name, alternative)
        with tf.GradientTape() as tape:
            tape.watch(sure)
            values = loss.discriminator_loss(sure, -sure), loss.generator_loss(None, sure)
        assert np.isfinite(values).all() and np.isfinite(tape.gradient(values, sure)).all()


def test_the_gan_divergence_is_the_first_game():
    logits = np.random.default_rng(0).normal(size=(2, 9)).astype("float32")
    ours, theirs = FDivergence("gan", alternative=False), Minimax()
    np.testing.assert_allclose(
        ours.discriminator_loss(*logits), theirs.discriminator_loss(*logits), rtol=1e-5
    )
    np.testing.assert_allclose(
        ours.generator_loss(*logits), theirs.generator_loss(*logits), rtol=1e-5
    )
    np.testing.assert_allclose(
        FDivergence("gan").generator_loss(*logits),
        NonSaturating().generator_loss(*logits),
        rtol=1e-5,
    )


NORMAL = {
    "p": {"mean": [0, 0], "cov": [[1, 0], [0, 1]]},
    "q": {"mean": [0.8, -0.5], "cov": [[1.4, -0.2], [-0.2, 1.2]]},
}


def quadrature(integrand):
    axis = np.linspace(-9, 9, 601)
    points = np.stack(np.meshgrid(axis, axis), -1)
    densities = [multivariate_normal(**normal).pdf(points) for normal in NORMAL.values()]
    return integrand(*densities).sum() * (axis[1] - axis[0]) ** 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["kl", *slow("reverse_kl", "jensen_shannon", "pearson", "squared_hellinger")]
)
def test_a_trained_critic_measures_the_divergence_of_two_gaussians(name):
    steps, batch = 500, 1024
    rng, roots = (
        np.random.default_rng(0),
        {k: np.linalg.cholesky(v["cov"]) for k, v in NORMAL.items()},
    )
    keras.utils.set_random_seed(0)
    loss, critic = FDivergence(name), networks.mlp_discriminator((2,), width=32)
    variables = critic.trainable_variables
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, steps))
    optimizer.build(variables)

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            losses = loss.discriminator_loss(critic(x)[:, 0], critic(y)[:, 0])
            total = tf.reduce_mean(losses)
        optimizer.apply(tape.gradient(total, variables), variables)

    for _ in range(steps):
        step(
            *(
                (NORMAL[k]["mean"] + rng.normal(size=(batch, 2)) @ roots[k].T).astype("float32")
                for k in "pq"
            )
        )
    fresh = [
        qmc.MultivariateNormalQMC(**normal, seed=seed).random(2**15).astype("float32")
        for seed, normal in enumerate(NORMAL.values())
    ]
    measured = float(loss.estimate(*(critic(points)[:, 0] for points in fresh)))
    truth = quadrature(KNOWN[name][2])
    assert measured == pytest.approx(truth, rel=0.02)
    # Samples are finite: a bound may be missed by a little, not by more.
    assert measured < 1.005 * truth


def test_quadrature_agrees_with_the_closed_form():
    (m, s), (n, t) = ((np.asarray(x["mean"]), np.asarray(x["cov"])) for x in NORMAL.values())
    inverse = np.linalg.inv(t)
    kl = np.trace(inverse @ s) - 2 + (n - m) @ inverse @ (n - m)
    kl = (kl + np.log(np.linalg.det(t) / np.linalg.det(s))) / 2
    assert quadrature(rel_entr) == pytest.approx(kl, rel=1e-6)


def test_training_reports_the_estimate_in_nats():
    model = compiled(small_model(), loss=FDivergence("pearson"), run_eagerly=True)
    assert model.metric_names[-1] == "divergence_nats"
    history = model.fit(IMAGES, batch_size=16, verbose=0).history
    assert history["divergence_nats"][0] == pytest.approx(-history["discriminator_loss"][0])


def test_update_reports_each_pair():
    step = step_of_logits([1.0, -2.0], [0.5, 3.0])
    (reported,) = FDivergence("pearson").update(step).values()
    np.testing.assert_allclose(reported, [1 - 0.5625, -2 - 5.25], rtol=1e-6)


@pytest.mark.parametrize("name, nearest", [("KL", "kl"), ("hellinger", "squared_hellinger")])
def test_an_unknown_divergence(name, nearest):
    with pytest.raises(ValueError, match=rf"^Unknown divergence '{name}': .*{nearest}\)\.\Z"):
        FDivergence(name)
