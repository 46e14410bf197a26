"""What `compile` builds, and what it refuses."""

import keras
import numpy as np
import pytest

from support.small_models import CODES, IMAGES, compiled, generator_weights, small_model
from tfgan_it.regularizers import CodeInformation


def test_optimizers_by_name_are_built_for_their_player():
    model = small_model(CODES)
    model.compile("adam", "rmsprop", terms=[CodeInformation()])
    assert isinstance(model.generator_optimizer, keras.optimizers.Adam)
    assert isinstance(model.discriminator_optimizer, keras.optimizers.RMSprop)
    assert len(model.generator_optimizer.variables) == 2 + 2 * 4
    assert len(model.discriminator_optimizer.variables) == 2 + 6
    model.train_on_batch(IMAGES[:8])
    # Adam's first step is the learning rate times the gradient's sign.
    first = small_model(CODES)
    change = np.abs(generator_weights(model)[0] - generator_weights(first)[0])
    np.testing.assert_allclose(change, 1e-3, rtol=0.02)


ONE_OPTIMIZER = keras.optimizers.SGD(0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "minmax"}, r"^Unknown adversarial loss 'minmax': .*\(nearest: minimax\)\.$"),
        (
            {"discriminator_steps": 0},
            r"^discriminator_steps must be a whole number of at least 1, got 0\.$",
        ),
        (
            {"generator_optimizer": ONE_OPTIMIZER, "discriminator_optimizer": ONE_OPTIMIZER},
            r"^generator_optimizer and discriminator_optimizer must be two objects, got one: sgd",
        ),
        ({"generator_optimizer": "adamm"}, "adamm"),
    ],
)
def test_compile_refuses_in_one_line(arguments, message):
    model = small_model()
    with pytest.raises(ValueError, match=message) as error:
        model.compile(**arguments)
    assert "\n" not in str(error.value)


def test_a_refused_compile_changes_nothing():
    model = compiled(small_model())
    optimizer = model.generator_optimizer
    with pytest.raises(ValueError, match="minmax"):
        model.compile(loss="minmax")
    assert model.optimizer is model.generator_optimizer is optimizer
    fresh = small_model()
    with pytest.raises(ValueError, match="minmax"):
        fresh.compile(loss="minmax")
    assert not fresh.compiled


def test_fit_and_evaluate_before_compile():
    with pytest.raises(ValueError, match=r"^Compile the model before fit: model.compile\(.*\)\.\Z"):
        small_model().fit(IMAGES)
    with pytest.raises(ValueError, match=r"^You must call `compile\(\)`"):
        small_model().evaluate(IMAGES)
