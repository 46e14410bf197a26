"""The two optimisers of a game, against their formulas in NumPy."""

import keras
import numpy as np
import pytest

from tfgan_it.optimizers import OPTIMIZERS
from tfgan_it.recipes.optimizers import make_optimizers

PLAYERS = ["generator_optimizer", "discriminator_optimizer"]
GRADIENTS = [[3.0, -0.2], [-1.0, 0.4]]


def adam(rate, beta_1, beta_2):
    m = v = 0.0
    for step, g in enumerate(np.array(GRADIENTS), 1):
        m, v = beta_1 * m + (1 - beta_1) * g, beta_2 * v + (1 - beta_2) * g**2
        yield rate * (m / (1 - beta_1**step)) / np.sqrt(v / (1 - beta_2**step))


def rmsprop(rate):
    v = 0.0
    for g in np.array(GRADIENTS):
        v = 0.99 * v + 0.01 * g**2
        yield rate * g / np.sqrt(v)


def adagrad(rate):
    total = 0.1
    for g in np.array(GRADIENTS):
        total = total + g**2
        yield rate * g / np.sqrt(total)


UPDATES = {
    "adam": lambda rate: adam(rate, 0.25, 0.75),
    "rmsprop": rmsprop,
    "adagrad": adagrad,
}


def moved(optimizer, gradients, shape=(2,)):
    """What each of the gradients takes off variables that start at 0."""
    variables = [keras.Variable(np.zeros(shape)) for _ in gradients[0]]
    before = [0.0] * len(variables)
    for each in gradients:
        optimizer.apply([np.full(shape, g, "float32") for g in each], variables)
        after = [float(v.numpy().ravel()[0]) for v in variables]
        yield np.subtract(before, after)
        before = after


@pytest.mark.parametrize("name", list(UPDATES))
def test_each_optimizer_is_its_formula(name):
    made = make_optimizers(name, 0.01, discriminator_learning_rate=0.04, beta_1=0.25, beta_2=0.75)
    assert list(made) == PLAYERS
    for optimizer, rate in zip(made.values(), (0.01, 0.04), strict=True):
        steps = zip(moved(optimizer, GRADIENTS), UPDATES[name](rate), strict=True)
        for change, expected in steps:
            np.testing.assert_allclose(change, expected, rtol=5e-4)


def test_one_rate_serves_both_players():
    made = make_optimizers("adam", 0.02)
    assert [float(made[player].learning_rate) for player in PLAYERS] == pytest.approx([0.02] * 2)
    assert made[PLAYERS[0]] is not made[PLAYERS[1]]


@pytest.mark.parametrize("name, type_", [("adam", "Adam"), ("rmsprop", "RMSprop")])
def test_clip_norm_is_not_set_unless_it_is_asked_for(name, type_):
    for optimizer in make_optimizers(name, 0.1).values():
        assert isinstance(optimizer, getattr(keras.optimizers, type_))
        assert optimizer.global_clipnorm is optimizer.clipnorm is optimizer.clipvalue is None


def test_clip_norm_bounds_the_gradient_of_all_weights_together():
    for optimizer in make_optimizers("adagrad", 0.5, clip_norm=1.0).values():
        # Two variables of four equal entries: their gradients' norms are 30 and 40, 50 together.
        [change] = moved(optimizer, [[15.0, 20.0]], shape=(2, 2))
        clipped = np.array([15.0, 20.0]) / 50.0
        np.testing.assert_allclose(change, 0.5 * clipped / np.sqrt(0.1 + clipped**2), rtol=1e-4)


def test_clip_norm_leaves_smaller_gradients_as_they_are():
    for optimizer in make_optimizers("adagrad", 0.5, clip_norm=1.0).values():
        [change] = moved(optimizer, [[0.3, -0.4]], shape=(1,))
        expected = 0.5 * np.array([0.3, -0.4]) / np.sqrt([0.19, 0.26])
        np.testing.assert_allclose(change, expected, rtol=1e-4)


# Of a rate of .8 over 4 updates: at updates 0, 1, 2, 3, 4 and 9.
RATES = {
    "constant": [0.8, 0.8, 0.8, 0.8, 0.8, 0.8],
    "linear": [0.8, 0.6, 0.4, 0.2, 0.0, 0.0],
    "cosine": [0.8, 0.4 + 0.4 * 0.5**0.5, 0.4, 0.4 - 0.4 * 0.5**0.5, 0.0, 0.0],
    "halving": [0.8, 0.8, 0.8, 0.8, 0.4, 0.2],
}


@pytest.mark.parametrize("critic_steps", [1, 5])
@pytest.mark.parametrize("schedule", list(RATES))
def test_rates_of_both_players_follow_the_generator_updates(schedule, critic_steps):
    made = make_optimizers(
        "adam",
        0.8,
        discriminator_learning_rate=8.0,
        schedule=schedule,
        decay_steps=4,
        discriminator_steps=critic_steps,
    )
    for player, updates, scale in zip(PLAYERS, (1, critic_steps), (1.0, 10.0), strict=True):
        found = []
        for step in (0, 1, 2, 3, 4, 9):
            made[player].iterations.assign(step * updates)
            found.append(float(made[player].learning_rate))
        np.testing.assert_allclose(found, scale * np.array(RATES[schedule]), atol=1e-6)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"optimizer": "adm"},
            f"Unknown optimizer 'adm': use one of {', '.join(sorted(OPTIMIZERS))} (nearest: adam).",
        ),
        ({"beta_1": 1.0}, "beta_1 must be in [0, 1), got 1.0."),
        ({"beta_2": -0.5}, "beta_2 must be in [0, 1), got -0.5."),
        (
            {"schedule": "linaer"},
            "Unknown schedule 'linaer': use one of constant, cosine, halving, linear "
            "(nearest: linear).",
        ),
        ({"learning_rate": 0.0}, "learning_rate must be above 0, got 0.0."),
        ({"learning_rate": float("nan")}, "learning_rate must be above 0, got nan."),
        (
            {"discriminator_learning_rate": 0.0},
            "discriminator_learning_rate must be above 0, got 0.0.",
        ),
        (
            {"discriminator_learning_rate": -0.1},
            "discriminator_learning_rate must be above 0, got -0.1.",
        ),
        ({"decay_steps": 0}, "decay_steps must be above 0, got 0."),
        ({"clip_norm": -1.0}, "clip_norm must be above 0, got -1.0."),
    ],
)
def test_what_is_refused_in_one_line(arguments, message):
    with pytest.raises(ValueError) as error:
        make_optimizers(**{"optimizer": "adam", "learning_rate": 0.1, **arguments})
    assert str(error.value) == message
