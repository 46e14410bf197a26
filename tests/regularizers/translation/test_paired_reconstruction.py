"""The distance of translations from their partners."""

import numpy as np
import pytest
import tensorflow as tf

from support.dense_models import translation_model
from support.games import step_of
from tfgan_it import recipes
from tfgan_it.regularizers import PairedReconstruction

RNG = np.random.default_rng(0)
REAL = {
    "a": RNG.normal(size=(5, 4)).astype("float32"),
    "b": RNG.normal(size=(5, 3, 2)).astype("float32"),
}
MADE = {"a": REAL["a"], "b": RNG.normal(size=(5, 3, 2)).astype("float32")}


@pytest.mark.parametrize(("distance", "power"), [("l1", 1), ("l2", 2)])
def test_it_is_the_mean_distance_of_b(distance, power):
    reports = {}
    step = step_of(real=REAL, generated=MADE, phase="generator", report=reports.update)
    value = PairedReconstruction(7.0, distance).value(step)
    expected = (np.abs(REAL["b"] - MADE["b"]) ** power).mean((1, 2))
    np.testing.assert_allclose(value, 7 * expected, rtol=1e-5)
    np.testing.assert_allclose(reports["reconstruction_loss"], expected, rtol=1e-5)


def test_its_gradient_is_that_of_the_translation():
    made = tf.Variable(MADE["b"])
    with tf.GradientTape() as tape:
        step = step_of(real=REAL, generated={"a": REAL["a"], "b": made}, phase="generator")
        total = tf.reduce_sum(PairedReconstruction(6.0, "l1").value(step))
    np.testing.assert_allclose(
        tape.gradient(total, made), np.sign(MADE["b"] - REAL["b"]), atol=1e-6
    )


def test_it_needs_pairs():
    with pytest.raises(ValueError, match="needs a model of pairs, such as TranslationGAN"):
        translation_model().compile(generator_regularizers=[PairedReconstruction()])
    with pytest.raises(ValueError, match="needs a model of pairs"):
        recipes.cut((8, 8, 1), width=2, blocks=1, generator_regularizers=["paired_reconstruction"])
