"""Information of latents and samples: its value by NumPy, its critic in the game."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from support.games import (
    POINTS,
    assert_equal_on_two,
    game_of_points,
    slopes_of,
    step_of,
)
from support.small_models import CODES, NOISE
from tfgan_it import latents
from tfgan_it.layers import BilinearCritic, SeparableCritic
from tfgan_it.losses import InfoNCE
from tfgan_it.models.runtime import Stream
from tfgan_it.regularizers import MutualInformation
from tfgan_it.seeds import StatelessSeed

RNG = np.random.default_rng(0)
LATENTS = RNG.normal(size=(8, 6)).astype("float32")
SAMPLES = RNG.normal(size=(8, 2)).astype("float32")
KERNEL = RNG.normal(size=(6, 2)).astype("float32")


class Game:
    """What a part of a game of points is built for."""

    sample_shape, seed, latent = (2,), 0, NOISE


def info_nce(x, y, kernel=KERNEL):
    """The information of each pair by a bilinear critic."""
    scores = x @ kernel @ y.T
    return np.diag(scores) - special.logsumexp(scores, axis=1) + np.log(len(x))


def bilinear(game=Game, kernel=KERNEL, **arguments):
    """Built for the game, and with this kernel."""
    part = MutualInformation("info_nce", "bilinear", **arguments)
    part.build_for(game)
    part.critic.set_weights([kernel])
    return part


def test_the_information_of_latents_and_samples():
    part, reports = bilinear(beta=0.3), {}
    fake = tf.constant(SAMPLES)
    with tf.GradientTape() as tape:
        tape.watch(fake)
        term = part.loss(step_of(generated=fake, latents=LATENTS, report=reports.update))
    expected = info_nce(LATENTS, SAMPLES)
    assert float(term) == pytest.approx(-0.3 * expected.mean(), rel=1e-5)
    assert list(reports) == list(part.metric_names) == ["mutual_information_nats"]
    np.testing.assert_allclose(reports["mutual_information_nats"], expected, rtol=1e-4)
    slopes = slopes_of(
        lambda y, kernel: -0.3 * info_nce(LATENTS, y, kernel).mean(), SAMPLES, KERNEL
    )
    gradients = tape.gradient(term, [fake, *part.critic.trainable_variables])
    for gradient, slope in zip(gradients, slopes, strict=True):
        np.testing.assert_allclose(gradient, slope, atol=1e-5)


@pytest.mark.slow
def test_negatives_are_those_of_all_replicas():
    part = bilinear()
    value = assert_equal_on_two(
        lambda x, y: part.loss(step_of(generated=y, latents=x)), LATENTS, SAMPLES
    )
    assert float(value) == pytest.approx(-info_nce(LATENTS, SAMPLES).mean(), rel=1e-5)


def test_of_codes_the_noise_is_left_out():
    class WithCodes(Game):
        latent = CODES

    part = bilinear(WithCodes, KERNEL[:4], source="codes")
    value = part.loss(step_of(generated=SAMPLES, latents=LATENTS))
    expected = info_nce(LATENTS[:, 2:], SAMPLES, KERNEL[:4]).mean()
    assert float(value) == pytest.approx(-expected, rel=1e-5)
    whole = MutualInformation()
    whole.build_for(WithCodes)
    assert whole.critic.g.layers[0].kernel.shape[0] == 6


@pytest.mark.parametrize(
    "loss", ["jensen_shannon_nwj", "info_nce", "nwj", "mine", "donsker_varadhan", "smile"]
)
def test_every_loss_that_is_maximised_reports_its_estimate(loss):
    part, reports = MutualInformation(loss, SeparableCritic(hidden=(4,), dimension=2)), {}
    part.build_for(Game)
    step = step_of(generated=tf.constant(SAMPLES), latents=LATENTS, report=reports.update)
    term = part.loss(step)
    estimate = float(part.bound.estimate(None, part.critic(LATENTS, SAMPLES)))
    assert np.mean(reports["mutual_information_nats"]) == pytest.approx(estimate, rel=1e-5)
    assert float(term) == pytest.approx(-estimate, rel=1e-5)


def of_points(part=None, **options):
    make = part or functools.partial(MutualInformation, critic=SeparableCritic((4,), 2))
    return game_of_points(generator_regularizers=[make], run_eagerly=True, **options)


def critic_of(model):
    return model.generator_regularizers[0].critic


def test_critics_are_a_function_of_the_seed():
    def weights(seed, state):
        keras.utils.set_random_seed(state)  # The global seed must not matter.
        return critic_of(of_points(MutualInformation, seed=seed)).get_weights()

    one, same, other = weights(5, 1), weights(5, 2), weights(6, 1)
    kernels = [i for i, weight in enumerate(one) if weight.ndim == 2]
    assert len(kernels) == 6
    for i, weight in enumerate(one):
        np.testing.assert_array_equal(weight, same[i])
    for i in kernels:
        assert not np.isclose(one[i], other[i]).all()


def test_compiled_again_the_critic_is_a_function_of_the_seed():
    model = of_points(MutualInformation)
    first = critic_of(model).get_weights()
    model.compile_from_config(model.get_compile_config())
    for ours, theirs in zip(first, critic_of(model).get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_built_critic_is_used_unchanged():
    critic = BilinearCritic()
    critic.build((None, 6), (None, 2))
    critic.set_weights([KERNEL])
    model = of_points(lambda: MutualInformation(critic=critic))
    np.testing.assert_array_equal(critic_of(model).kernel, KERNEL)


def test_the_critic_is_moved_by_the_generators_optimizer():
    beta = 0.7
    model = of_points(lambda: bilinear(beta=beta), rates=(0.1, 0.3))
    (kernel,) = critic_of(model).trainable_variables
    assert any(v is kernel for v in model.players[1].variables)
    assert not any(v is kernel for v in model.players[0].variables)
    assert len(model.generator_optimizer.variables) == 2  # Plain SGD: its count and its rate.
    z = model.latent.sample(8, seed=StatelessSeed(model.seed, 0, Stream.LATENTS, 0))
    made, z = model.generator(z).numpy().astype("float64"), z.numpy().astype("float64")
    model.train_on_batch(POINTS[:8])
    (slope,) = slopes_of(lambda kernel: info_nce(z, made, kernel).mean(), KERNEL)
    np.testing.assert_allclose(kernel, KERNEL + 0.1 * beta * slope, atol=1e-5)


@pytest.mark.slow
def test_training_by_it_raises_the_information():
    make = functools.partial(MutualInformation, "info_nce", SeparableCritic((16,), 8))
    model = game_of_points(rates=(0.05, 0.0), generator_regularizers=[make])
    name = "mutual_information_nats"
    epochs = model.fit(POINTS, batch_size=16, epochs=60, verbose=0).history[name]
    assert epochs[0] < 0.2 and np.log(16) >= np.mean(epochs[-5:]) > 0.8


def test_the_memory_of_mine_is_a_weight_of_the_game():
    model = of_points(functools.partial(MutualInformation, "mine", "bilinear"))
    (memory,) = model.generator_regularizers[0].bound.variables
    assert any(variable is memory for variable in model.non_trainable_variables)
    assert float(memory) == -np.inf
    model.train_on_batch(POINTS[:8])
    assert np.isfinite(float(memory))


@pytest.mark.parametrize(
    "loss, name, maximize",
    [
        ("club", "CLUB", False),
        ("leave_one_out", "LeaveOneOut", False),
        ("barber_agakov", "BarberAgakov", True),
        ("tuba", "TUBA", True),
        ("interpolated", "Interpolated", True),
        (InfoNCE(maximize=False), "InfoNCE", False),
    ],
)
def test_losses_that_no_critic_maximises_are_refused(loss, name, maximize):
    message = (
        r"^MutualInformation: the loss must be one that is maximised with any critic, "
        r"donsker_varadhan, .* or smile \(nearest: info_nce\), "
        rf"got {name} with maximize={maximize}\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        MutualInformation(loss)


@pytest.mark.parametrize("latent", [latents.Normal(6), latents.Product(noise=latents.Normal(6))])
def test_codes_of_a_latent_without_any_are_refused(latent):
    message = r"^MutualInformation: no codes in (Normal|Product)\(.*\)\.\Z"
    with pytest.raises(ValueError, match=message):
        of_points(functools.partial(MutualInformation, source="codes"), latent=latent)
