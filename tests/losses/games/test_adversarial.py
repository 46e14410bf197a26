import numpy as np
import pytest
import tensorflow as tf
from scipy.special import expit

from support.discrete_logits import FAR, P, Q, expectation, jensen_shannon
from tfgan_it import losses
from tfgan_it.losses import Minimax, NonSaturating

REAL = np.asarray([-80, -3, -0.5, 0, 0.1, 2, 80, 80], "float32")
FAKE = np.asarray([80, 1, -0.25, 0, -4, 5, -80, 80], "float32")


def log_sigmoid(x):
    x = np.asarray(x, "float64")
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating()])
def test_discriminator_minimises_the_cross_entropy_of_each_pair(loss):
    values = loss.discriminator_loss(REAL, FAKE).numpy()
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values, -log_sigmoid(REAL) - log_sigmoid(-FAKE), rtol=1e-6)


def test_minimax_generator_minimises_the_log_probability_of_being_found_out():
    values = Minimax().generator_loss(None, FAKE).numpy()
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values, log_sigmoid(-FAKE), rtol=1e-6)


def test_non_saturating_generator_maximises_the_log_probability_of_passing():
    values = NonSaturating().generator_loss(None, FAKE).numpy()
    assert np.isfinite(values).all()
    np.testing.assert_allclose(values, -log_sigmoid(FAKE), rtol=1e-6)


def gradients(function, *logits):
    logits = [tf.constant(x) for x in logits]
    with tf.GradientTape() as tape:
        tape.watch(logits)
        values = function(*logits)
    return tape.gradient(values, logits)


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating()])
def test_discriminator_gradient(loss):
    real, fake = gradients(loss.discriminator_loss, REAL, FAKE)
    np.testing.assert_allclose(real, -expit(-REAL), rtol=1e-5)
    np.testing.assert_allclose(fake, expit(FAKE), rtol=1e-5)


def test_only_the_minimax_generator_saturates():
    (minimax,) = gradients(lambda fake: Minimax().generator_loss(None, fake), FAKE)
    (strong,) = gradients(lambda fake: NonSaturating().generator_loss(None, fake), FAKE)
    np.testing.assert_allclose(minimax, -expit(FAKE), rtol=1e-5)
    np.testing.assert_allclose(strong, -expit(-FAKE), rtol=1e-5)
    sure = FAKE == -80
    assert np.abs(minimax.numpy()[sure]).max() < 1e-30
    np.testing.assert_allclose(strong.numpy()[sure], -1)


@pytest.mark.parametrize("p, q", [(P, Q), (P, P), (FAR, FAR[::-1]), (FAR, P)])
def test_value_of_the_game_at_the_optimal_discriminator(p, q):
    value = -expectation(Minimax().discriminator_loss, np.log(p / q), p, q)
    assert value == pytest.approx(2 * jensen_shannon(p, q) - np.log(4), abs=1e-6)


def test_no_discriminator_beats_the_optimal_one():
    loss, best = Minimax().discriminator_loss, np.log(P / Q)
    least = expectation(loss, best, P, Q)
    for move in np.random.default_rng(0).normal(size=(20, 4)):
        assert expectation(loss, best + move, P, Q) > least


@pytest.mark.parametrize("name, kind", [("minimax", Minimax), ("non_saturating", NonSaturating)])
def test_get_by_name(name, kind):
    assert type(losses.get(name)) is kind


def test_get_returns_an_object_as_it_is():
    loss = Minimax()
    assert losses.get(loss) is loss


@pytest.mark.parametrize(
    "name, nearest", [("non-saturated", "non_saturating"), ("minmax", "minimax"), (3, "")]
)
def test_unknown_loss_names_the_nearest(name, nearest):
    message = rf"^Unknown .* {name!r}: .*minimax, non_saturating.*nearest: {nearest}.*\Z"
    with pytest.raises(ValueError, match=message):
        losses.get(name)


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating()])
def test_generators_do_not_need_real_images(loss):
    assert loss.generator_needs_real is False
