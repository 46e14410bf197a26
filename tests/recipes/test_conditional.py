"""Conditional recipes: published defaults, and that they learn their condition."""

import keras
import numpy as np
import pytest

from support.cases import slow_but
from tfgan_it import conditions, latents, losses, recipes
from tfgan_it.layers import ConditionalBatchNormalization, ProjectionLogit
from tfgan_it.layers.nested import nested_layers
from tfgan_it.regularizers import ConditionInformation

NAMES = ["conditional_gan", "acgan", "projection_gan"]
# Three classes of points, far apart.
MEANS = np.array([[2.0, 0.0], [-1.0, 1.7], [-1.0, -1.7]], "float32")


@pytest.mark.parametrize("name", ["conditional_gan", "acgan"])
def test_defaults_are_those_of_dcgan(name):
    model = recipes.get(name)((8, 8, 1), width=2)
    assert isinstance(model.adversarial_loss, losses.NonSaturating)
    assert isinstance(model.latent, latents.Uniform) and model.latent.dimension == 100
    assert model.conditions.classes == 10
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)
    terms = [(type(term), term.lambda_information) for term in model.terms]
    assert terms == ([(ConditionInformation, 1.0)] if name == "acgan" else [])


def test_defaults_of_projection_gan_are_those_of_the_authors():
    model = recipes.projection_gan((8, 8, 1), width=2)
    assert isinstance(model.adversarial_loss, losses.Hinge)
    assert isinstance(model.latent, latents.Normal) and model.latent.dimension == 128
    assert model.discriminator_steps == 5
    assert (model.generator_optimizer.beta_1, model.generator_optimizer.beta_2) == (0.0, 0.9)
    layers = nested_layers(model.discriminator)
    assert sum(isinstance(layer, ProjectionLogit) for layer in layers) == 1
    weighted = (keras.layers.Conv2D, keras.layers.Dense)
    normalized = [x.layer for x in layers if isinstance(x, keras.layers.SpectralNormalization)]
    kernels = [x for x in layers if isinstance(x, weighted)]
    assert {id(x) for x in kernels} <= {id(x) for x in normalized}
    generator = nested_layers(model.generator)
    assert any(isinstance(layer, ConditionalBatchNormalization) for layer in generator)


@pytest.mark.parametrize("name", slow_but(["conditional_gan"], NAMES))
def test_points_are_generated_by_class(name):
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 900)
    points = (MEANS[labels] + 0.3 * rng.normal(size=(900, 2))).astype("float32")
    rates, steps = {"learning_rate": 2e-3, "beta_1": 0.5}, 600
    if name == "projection_gan":  # Its rates are published ones, lower than these.
        rates, steps = {}, 1200
    model = recipes.get(name)((2,), conditions=3, width=32, latent_dimension=4, **rates)
    model.fit(points, labels, batch_size=50, steps_per_epoch=steps, verbose=0)
    asked = np.arange(300) % 3
    drawn = model.generate(300, seed=0, conditions=asked)
    nearest = np.square(drawn[:, None] - MEANS).sum(axis=-1).argmin(axis=-1)
    assert np.mean(nearest == asked) > 0.95


@pytest.mark.parametrize("name", slow_but(["acgan"], NAMES))
def test_any_condition_that_the_networks_take(name):
    model = recipes.get(name)((2,), conditions=conditions.Label(3, [0.5, 0.25, 0.25]), width=4)
    assert model.generate(4, seed=0).shape == (4, 2)
    shares = np.bincount(np.asarray(model.sample_conditions(400, seed=0)), minlength=3) / 400
    np.testing.assert_allclose(shares, [0.5, 0.25, 0.25], atol=0.08)


def test_a_misspelt_hyperparameter_is_refused_before_anything_is_built():
    with pytest.raises(TypeError, match=r"^Unknown hyperparameter of acgan 'condition': .*\.$"):
        recipes.acgan((8, 8, 1), condition=3)


@pytest.mark.parametrize("name", NAMES)
def test_networks_of_conditions_need_some(name):
    with pytest.raises(ValueError, match=r"^conditions must be a number of classes.*got None"):
        recipes.get(name)((8, 8, 1), conditions=None)
