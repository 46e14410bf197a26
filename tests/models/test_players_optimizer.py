"""The optimiser that Keras's callbacks see: one learning rate, which all players follow."""

import math

import keras
import numpy as np
import pytest
from keras import ops

from support.small_models import compiled, small_model
from tfgan_it.models.players_optimizer import PlayersOptimizer


def players(*rates):
    optimizers = [keras.optimizers.SGD(rate) for rate in rates]
    return PlayersOptimizer(*optimizers), lambda: [float(o.learning_rate) for o in optimizers]


@pytest.mark.parametrize(
    "change",
    [
        lambda optimizer: setattr(optimizer, "learning_rate", 0.05),
        lambda optimizer: optimizer.learning_rate.assign(0.05),
        lambda optimizer: optimizer.learning_rate.assign_sub(0.05),
        lambda optimizer: optimizer.learning_rate.assign_add(np.float32(-0.05)),
        lambda optimizer: setattr(optimizer, "learning_rate", optimizer.learning_rate * 0.5),
        lambda optimizer: setattr(optimizer, "learning_rate", ops.convert_to_tensor(0.05)),
    ],
)
def test_whatever_sets_the_rate_keeps_the_ratio(change):
    optimizer, rates = players(0.1, 0.4, 0.02)
    change(optimizer)
    np.testing.assert_allclose(rates(), [0.05, 0.2, 0.01], rtol=1e-6)


def test_equal_rates_stay_equal_to_the_last_digit():
    optimizer, rates = players(2e-4, 2e-4)
    for _ in range(50):
        optimizer.learning_rate = float(optimizer.learning_rate) * 0.7
    assert rates()[0] == rates()[1]


def test_a_warm_up_from_0_keeps_the_ratio():
    optimizer, rates = players(0.1, 0.4)
    for rate in (0.0, 0.05):
        optimizer.learning_rate = rate
    np.testing.assert_allclose(rates(), [0.05, 0.2], rtol=1e-6)


def test_a_player_that_is_set_alone_has_another_ratio_from_then_on():
    optimizer, rates = players(0.1, 0.4)
    optimizer.others[0].learning_rate = 0.1
    optimizer.learning_rate = 0.01
    np.testing.assert_allclose(rates(), [0.01, 0.01], rtol=1e-6)


def test_the_rate_can_be_read_as_keras_callbacks_do():
    optimizer, _ = players(0.25, 0.5)
    rate = optimizer.learning_rate
    assert float(rate) == rate.numpy() == ops.convert_to_numpy(rate) == 0.25
    assert float(ops.convert_to_tensor(rate)) == 0.25 and 2 * rate == 0.5


def test_what_cannot_be_set_is_refused_and_changes_nothing():
    optimizer, rates = players(0.1, 0.4)
    with pytest.raises(AttributeError, match="stands for the optimisers of all players: set mom"):
        optimizer.momentum = 0.9
    with pytest.raises(ValueError, match=r"must be a number, got .*: give schedules to"):
        optimizer.learning_rate = keras.optimizers.schedules.CosineDecay(0.1, 9)
    for bad, allowed in ((-0.1, "at least 0"), (math.inf, "finite"), (math.nan, "at least 0")):
        with pytest.raises(ValueError, match=f"learning_rate must be {allowed}, got {bad}"):
            optimizer.learning_rate = bad
    schedule = keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9), name="slow")
    scheduled = PlayersOptimizer(optimizer.first, schedule)
    with pytest.raises(ValueError, match="^The learning rate of slow is not one number that can"):
        scheduled.learning_rate = 0.1
    still, _ = players(0.0, 0.4)
    with pytest.raises(ValueError, match="was 0 from the start, so no player can follow it"):
        still.learning_rate = 0.1
    np.testing.assert_allclose(rates(), [0.1, 0.4], rtol=1e-6)


def test_a_model_has_it_and_its_variables_are_those_of_both():
    model = compiled(small_model(), 0.1, 0.4)
    assert model.optimizer.first is model.generator_optimizer
    assert model.optimizer.others == (model.discriminator_optimizer,)
    both = model.generator_optimizer.variables + model.discriminator_optimizer.variables
    assert [*map(id, model.optimizer.variables)] == [*map(id, both)]
    assert model.optimizer.iterations is model.generator_optimizer.iterations
