"""Games whose course or end is known: the Dirac-GAN, and a critic between two known lines."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit
from scipy.stats import norm

from support.cases import slow_but
from tfgan_it import latents, networks
from tfgan_it.models import GAN
from tfgan_it.regularizers import R1, R2, GradientPenalty

RATE, STEPS = 0.2, 400
START = 0.8, 0.6


class Point(keras.layers.Layer):
    """A generator that makes one point, whatever the latents."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.theta = self.add_weight((), keras.initializers.Constant(START[0]))

    def call(self, latents):
        return 0 * latents + self.theta


def dirac(loss, regularizers):
    """(theta, psi) after each step of the package's own: data at 0, critic psi x, plain SGD."""
    latent = latents.Normal(1)
    inputs, images = keras.Input((1,)), keras.Input((1,))
    critic = keras.layers.Dense(
        1, use_bias=False, kernel_initializer=keras.initializers.Constant(START[1])
    )
    model = GAN(keras.Model(inputs, Point()(inputs)), keras.Model(images, critic(images)), latent)
    optimizers = (keras.optimizers.SGD(RATE) for _ in range(2))
    model.compile(*optimizers, loss=loss, discriminator_regularizers=regularizers)
    points, zeros = [], np.zeros((4, 1), "float32")
    for _ in range(STEPS):
        model.train_on_batch(zeros)
        points.append([v.numpy().item() for v in model.trainable_variables])
    return np.asarray(points)


def written_out(pull, push, penalty):
    """The same by hand: psi falls by `push` theta + `penalty`, then theta climbs by `pull` psi."""
    (theta, psi), points = START, []
    for _ in range(STEPS):
        psi -= RATE * (push(psi * theta) * theta + penalty(psi))
        theta += RATE * pull(psi * theta) * psi
        points.append([theta, psi])
    return np.asarray(points)


def none(psi):
    return 0.0


GAMES = {
    "minimax": ("minimax", [], (expit, expit, none)),
    "non_saturating": ("non_saturating", [], (lambda v: expit(-v), expit, none)),
    "wasserstein": ("wasserstein", [], (np.ones_like, np.ones_like, none)),
    "wasserstein, gradient penalty": (
        "wasserstein",
        [GradientPenalty(0.5)],
        (np.ones_like, np.ones_like, lambda psi: np.sign(psi) * (abs(psi) - 1)),
    ),
    "relativistic": ("relativistic_pairing", [], (lambda v: expit(-v), expit, none)),
    "minimax, R1": ("minimax", [R1(0.3)], (expit, expit, lambda psi: 0.3 * psi)),
    "non_saturating, R1": (
        "non_saturating",
        [R1(0.3)],
        (lambda v: expit(-v), expit, lambda psi: 0.3 * psi),
    ),
    "wasserstein, R1": (
        "wasserstein",
        [R1(0.3)],
        (np.ones_like, np.ones_like, lambda psi: 0.3 * psi),
    ),
    "relativistic, R1 and R2": (
        "relativistic_pairing",
        [R1(0.15), R2(0.15)],
        (lambda v: expit(-v), expit, lambda psi: 0.3 * psi),
    ),
}


QUICK = ["non_saturating", "wasserstein, gradient penalty", "relativistic, R1 and R2"]


@pytest.mark.examples(1)
@pytest.mark.parametrize("name", slow_but(QUICK, GAMES))
def test_dirac_gan(name):
    loss, regularizers, steps = GAMES[name]
    points = dirac(loss, regularizers)
    np.testing.assert_allclose(points, written_out(*steps), atol=2e-3)
    distances = np.linalg.norm(points[-50:], axis=1)
    # Mescheder et al., 2018: only zero-centred penalties make the game converge to (0, 0).
    if "R1" in name:
        assert distances.max() < 1e-3
        return
    # It turns around that point; a loss that pulls harder where it fails draws in, but slowly.
    assert np.ptp(points[-50:], axis=0).min() > 0.5
    slow = name in ("non_saturating", "relativistic")
    assert distances.min() > (0.25 if slow else 0.9)


@pytest.mark.slow
@pytest.mark.parametrize("shift, scale", [(1.0, 1.0), (0.5, 2.0)])
def test_a_critic_with_a_gradient_penalty_measures_the_wasserstein_distance(shift, scale):
    # Data N(0, 1), a fixed generator N(shift, scale^2). The penalty lets the critic's slope
    # exceed 1 by about distance / 2 lambda, here 2 to 3%.
    steps, batch = 600, 256
    keras.utils.set_random_seed(0)
    inputs, constant = keras.Input((1,)), keras.initializers.Constant
    line = keras.layers.Dense(
        1, kernel_initializer=constant(scale), bias_initializer=constant(shift)
    )
    critic = networks.mlp_discriminator((1,), width=64)
    model = GAN(keras.Model(inputs, line(inputs)), critic, latents.Normal(1))
    model.compile(
        keras.optimizers.SGD(0.0),
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, steps), 0.5, 0.9),
        loss="wasserstein",
        discriminator_regularizers=[GradientPenalty(20.0)],
    )
    points = np.random.default_rng(0).normal(size=(steps * batch, 1)).astype("float32")
    model.fit(tf.data.Dataset.from_tensor_slices(points).batch(batch), verbose=0)
    # Both distributions by their quantiles: in one dimension these are the optimal coupling.
    real = norm.ppf((np.arange(20_000) + 0.5) / 20_000)[:, None].astype("float32")
    fake = shift + scale * real
    measured = float(critic(real).numpy().mean() - critic(fake).numpy().mean())
    assert measured == pytest.approx(np.abs(real - fake).mean(), rel=0.05)
