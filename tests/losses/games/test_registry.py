"""What holds for every adversarial loss."""

import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import losses
from tfgan_it.losses.games.registry import ADVERSARIAL_LOSSES

RNG = np.random.default_rng(0)
REAL, FAKE = RNG.normal(size=(2, 6)).astype("float32")

every_loss = pytest.mark.parametrize("name", sorted(ADVERSARIAL_LOSSES))


def players(loss):
    """Both players' losses as functions of real and generated logits."""
    return loss.discriminator_loss, loss.generator_loss


def made(name):
    loss = losses.get(name)
    if name == "boundary_equilibrium":
        loss.k.assign(0.25)
    return loss


@every_loss
def test_every_name_is_that_of_its_class(name):
    kind = ADVERSARIAL_LOSSES[name]
    assert type(losses.get(name)) is kind and issubclass(kind, losses.AdversarialLoss)
    assert kind.__name__.lower() == name.replace("_", "")


def test_every_adversarial_loss_has_a_name():
    public = {getattr(losses, name) for name in losses.__all__}
    kinds = {x for x in public if isinstance(x, type) and issubclass(x, losses.AdversarialLoss)}
    assert kinds - {losses.AdversarialLoss} == set(ADVERSARIAL_LOSSES.values())


@every_loss
def test_one_value_for_each_sample(name):
    for player in players(made(name)):
        value = player(tf.constant(REAL), tf.constant(FAKE))
        assert value.shape == (6,) and value.dtype == "float32"


@every_loss
def test_a_sample_has_its_own_value(name):
    order = [3, 0, 4, 1, 5, 2]
    for player in players(made(name)):
        value = np.asarray(player(REAL, FAKE))
        np.testing.assert_allclose(player(REAL[order], FAKE[order]), value[order], rtol=1e-5)


@every_loss
def test_gradients_are_finite_differences(name):
    step = 1e-2
    for player in players(made(name)):
        logits = [tf.constant(REAL), tf.constant(FAKE)]
        with tf.GradientTape() as tape:
            tape.watch(logits)
            total = tf.reduce_sum(player(*logits))
        slopes = tape.gradient(total, logits, unconnected_gradients="zero")
        for moved, slope in enumerate(slopes):
            for index in range(6):
                ends = []
                for sign in (-1, 1):
                    point = [x.numpy() for x in logits]
                    point[moved][index] += sign * step
                    ends.append(np.asarray(player(*point), "float64").sum())
                difference = (ends[1] - ends[0]) / (2 * step)
                assert slope.numpy()[index] == pytest.approx(difference, abs=3e-3)


@every_loss
@pytest.mark.parametrize("size", [0.0, 20.0])
def test_finite_at_large_logits(name, size):
    real, fake = (
        np.asarray([size, -size, size], "float32"),
        np.asarray([-size, size, size], "float32"),
    )
    for player in players(made(name)):
        with tf.GradientTape() as tape:
            logits = [tf.constant(real), tf.constant(fake)]
            tape.watch(logits)
            value = player(*logits)
        assert np.isfinite(value).all()
        for slope in tape.gradient(value, logits, unconnected_gradients="zero"):
            assert np.isfinite(slope).all()


@every_loss
def test_generators_that_do_not_need_real_images_do_without(name):
    loss = made(name)
    assert loss.generator_needs_real == name.startswith("relativistic_")
    if not loss.generator_needs_real:
        assert loss.generator_loss(None, tf.constant(FAKE)).shape == (6,)


def test_an_object_is_returned_as_it_is():
    loss = losses.Hinge()
    assert losses.get(loss) is loss


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("wgan_hinge", "hinge"),
        ("Wasserstien", "wasserstein"),
        ("lsgan_least_square", "least_squares"),
    ],
)
def test_an_unknown_name(name, nearest):
    with pytest.raises(ValueError) as error:
        losses.get(name)
    message = str(error.value)
    assert message.startswith(
        f"Unknown adversarial loss {name!r}: use one of boundary_equilibrium,"
    )
    assert message.endswith(f"(nearest: {nearest}).") and "\n" not in message
