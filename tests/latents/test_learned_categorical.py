"""A discrete code whose probabilities learn."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from small_models import IMAGES, NOISE, compiled, small_model
from tfgan_it.latents import Categorical, LearnedCategorical, Product

P = [0.5, 0.3, 0.2]


def test_rows_are_one_hot_and_as_frequent_as_asked_for():
    drawn = np.asarray(LearnedCategorical(3, P).sample(20_000, seed=1))
    assert set(np.unique(drawn)) == {0.0, 1.0}
    assert (drawn.sum(1) == 1).all()
    np.testing.assert_allclose(drawn.mean(0), P, atol=4 * 0.5 / np.sqrt(20_000))


def test_its_entropy_is_exact_and_pulls_at_nothing():
    code = LearnedCategorical(3, P)
    with tf.GradientTape() as tape:
        entropy = code.entropy()
    np.testing.assert_allclose(entropy, -np.sum(P * np.log(P)), rtol=1e-6)
    assert tape.gradient(entropy, code.logits.value) is None


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_its_gradient_is_that_of_the_relaxed_draw(temperature):
    code, values = LearnedCategorical(3, P, temperature=temperature), [1.0, -2.0, 0.5]
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(code.sample(6, seed=3) * values)
    uniform = np.asarray(keras.random.uniform((6, 3), seed=3), "float64")
    noise = -np.log(-np.log(uniform))

    def relaxed(logits):
        scores = np.exp((logits + noise) / temperature)
        return np.sum(scores / scores.sum(1, keepdims=True) * values)

    logits = np.log(P)
    slopes = [(relaxed(logits + d) - relaxed(logits - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(tape.gradient(loss, code.logits.value), slopes, rtol=2e-3)


def test_a_game_moves_and_saves_its_probabilities(tmp_path):
    latent = Product(noise=NOISE, category=LearnedCategorical(3, P))
    model = compiled(small_model(latent), 0.5, 0.5)
    code = model.latent.parts["category"]
    assert any(variable is code.logits for variable in model.generator_variables)
    model.fit(IMAGES, batch_size=8, steps_per_epoch=3, verbose=0)
    learned = np.asarray(code.prior())
    assert np.abs(learned - P).max() > 1e-4
    np.testing.assert_allclose(learned.sum(), 1, rtol=1e-6)
    model.save(tmp_path / "m.keras")
    copy = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(copy.latent.parts["category"].prior(), learned)
    np.testing.assert_array_equal(copy.generate(3, seed=2), model.generate(3, seed=2))


def test_a_fixed_code_has_nothing_to_move():
    assert Categorical(3).trainable_variables == []
    assert Product(noise=NOISE, category=Categorical(3)).trainable_variables == []


@pytest.mark.parametrize(
    "arguments, text",
    [
        ({"probabilities": [1.0, 0.0, 0.0]}, "probability of 0 is never learned"),
        ({"temperature": 0.0}, "temperature must be above 0, got 0.0"),
    ],
)
def test_what_cannot_be_learned_is_named(arguments, text):
    with pytest.raises(ValueError, match=text):
        LearnedCategorical(3, **arguments)
