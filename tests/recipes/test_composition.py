"""From networks, a latent and a loss to a compiled model."""

import functools

import keras
import numpy as np
import pytest

from support.cases import slow
from tfgan_it import latents, losses, models, networks, regularizers
from tfgan_it.augmentation import InstanceNoise
from tfgan_it.optimizers import OPTIMIZERS
from tfgan_it.recipes import build_gan

POINTS = np.random.default_rng(0).normal(size=(24, 2)).astype("float32")
BUILDERS = {
    "generator": functools.partial(networks.mlp_generator, width=4, depth=1),
    "discriminator": functools.partial(networks.mlp_discriminator, width=4, depth=1),
}


def game(**hyperparameters):
    """A small game on points, one step of which is not worth a trace."""
    return build_gan((2,), run_eagerly=True, **{**BUILDERS, **hyperparameters})


def weights_of(model):
    return np.concatenate([w.numpy().ravel() for w in model.generator.weights])


def rates_of(model):
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    return [float(optimizer.learning_rate) for optimizer in optimizers]


@pytest.mark.parametrize(
    "hyperparameters, latent",
    [
        ({}, latents.Uniform(100)),
        ({"latent": "uniform", "latent_dimension": 3}, latents.Uniform(3)),
        ({"latent": "normal", "latent_dimension": 5}, latents.Normal(5)),
        ({"latent": latents.Normal(7)}, latents.Normal(7)),
    ],
)
def test_a_latent_by_name_or_as_an_object(hyperparameters, latent):
    model = game(**hyperparameters)
    assert repr(model.latent) == repr(latent)
    assert model.generator.input_shape == (None, latent.dimension)
    assert model.sample_shape == (2,)


def test_what_is_given_reaches_the_model():
    penalty, entropy = regularizers.R1(2.0), regularizers.NeighborEntropy(3.0)
    augmentation = InstanceNoise()
    loss = losses.LeastSquares(-1.0, 1.0, 0.0)
    model = game(
        loss=loss,
        discriminator_steps=3,
        moving_average=0.5,
        seed=11,
        name="toy",
        discriminator_regularizers=[penalty],
        generator_regularizers=[entropy],
        augmentation=augmentation,
        jit_compile=True,
        steps_per_execution=2,
        reduce_dtype="bfloat16",
    )
    assert type(model) is models.GAN
    assert model.adversarial_loss is loss
    assert (model.discriminator_steps, model.seed, model.name) == (3, 11, "toy")
    assert model.generator_average.decay == 0.5
    assert list(model.discriminator_regularizers) == [penalty]
    assert list(model.generator_regularizers) == [entropy]
    assert model.augmentation is augmentation
    assert model.compile_networks is False  # Eager steps are not compiled.
    assert model.run_eagerly and model.steps_per_execution == 2
    assert model.reduce_dtype == "bfloat16"


def test_no_moving_average_where_none_is_wanted():
    assert game(moving_average=None).generator_average is None
    assert game().generator_average.decay == 0.999


@pytest.mark.parametrize("synchronized", [False, True])
def test_batch_normalisation_is_over_all_replicas_where_it_is_asked_for(synchronized):
    def normalized(*shape):
        inputs = keras.Input(shape)
        x = keras.layers.BatchNormalization()(keras.layers.Dense(2)(inputs))
        return keras.Model(inputs, keras.layers.Dense(2)(x))

    model = game(
        generator=lambda shape, columns: normalized(columns),
        model=functools.partial(models.AdaGAN, components=2),
        synchronized=synchronized,
    )
    for component in model.mixture.components:
        assert component.layers[2].synchronized is synchronized


def test_the_model_may_be_of_another_kind():
    model = game(
        model=functools.partial(models.AdaGAN, components=2, steps_per_component=7),
    )
    assert type(model) is models.AdaGAN
    assert model.steps_per_component == 7


def test_weights_are_a_function_of_the_seed():
    np.testing.assert_array_equal(weights_of(game(seed=3)), weights_of(game(seed=3)))
    assert not np.array_equal(weights_of(game(seed=3)), weights_of(game(seed=4)))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adagrad"])
def test_optimizers_by_name_with_their_numbers(optimizer):
    model = game(
        optimizer=optimizer,
        learning_rate=3e-3,
        discriminator_learning_rate=4e-3,
        beta_1=0.25,
        beta_2=0.75,
        clip_norm=2.0,
    )
    assert rates_of(model) == pytest.approx([3e-3, 4e-3])
    for each in (model.generator_optimizer, model.discriminator_optimizer):
        assert type(each).__name__.lower() == optimizer
        assert each.global_clipnorm == 2.0
        if optimizer == "adam":
            assert (each.beta_1, each.beta_2) == (0.25, 0.75)


@pytest.mark.parametrize("critic_steps", [1, *slow(5)])
def test_both_players_come_to_rest_at_the_end_of_a_linear_schedule(critic_steps):
    model = game(
        learning_rate=0.1, schedule="linear", decay_steps=2, discriminator_steps=critic_steps
    )
    networks_ = model.generator, model.discriminator
    model.fit(POINTS, batch_size=4, steps_per_epoch=1, verbose=0)
    assert rates_of(model) == pytest.approx([0.05, 0.05])
    model.fit(POINTS, batch_size=4, steps_per_epoch=1, verbose=0)
    assert rates_of(model) == [0.0, 0.0]
    before = [network.get_weights() for network in networks_]
    model.fit(POINTS, batch_size=4, steps_per_epoch=1, verbose=0)
    for old, network in zip(before, networks_, strict=True):
        for a, b in zip(old, network.get_weights(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_clipped_step_of_a_game_is_a_scaled_one():
    """Adagrad's first step is a known function of the gradient, and so of its clipped norm."""
    starts = game(optimizer="adagrad").generator.get_weights()

    def gradient(**hyperparameters):
        model = game(optimizer="adagrad", learning_rate=1.0, moving_average=None, **hyperparameters)
        model.discriminator_optimizer.learning_rate = 0.0
        model.fit(POINTS, batch_size=24, verbose=0)
        ends = model.generator.get_weights()
        u = np.concatenate([(a - b).ravel() for a, b in zip(starts, ends, strict=True)])
        return u * np.sqrt(0.1 / (1 - u.astype("float64") ** 2))  # From u = g / sqrt(.1 + g^2).

    free = gradient()
    norm = float(np.linalg.norm(free))
    clipped = gradient(clip_norm=0.25 * norm)
    np.testing.assert_allclose(clipped, 0.25 * free, atol=1e-4 * norm)
    np.testing.assert_allclose(gradient(clip_norm=4 * norm), free, atol=1e-4 * norm)


@pytest.mark.parametrize(
    "what, wrong, message",
    [
        ("latent", "norm", "Unknown latent 'norm': use one of normal, uniform (nearest: normal)."),
        (
            "optimizer",
            "adm",
            f"Unknown optimizer 'adm': use one of {', '.join(sorted(OPTIMIZERS))} (nearest: adam).",
        ),
        (
            "schedule",
            "half",
            "Unknown schedule 'half': use one of constant, cosine, halving, linear "
            "(nearest: halving).",
        ),
    ],
)
def test_an_unknown_name_is_one_line_with_the_nearest(what, wrong, message):
    with pytest.raises(ValueError) as error:
        game(**{what: wrong})
    assert str(error.value) == message


@pytest.mark.parametrize("wrong, nearest", [("sede", "seed"), ("jit_compil", "jit_compile")])
def test_an_argument_that_nothing_takes_is_one_line_before_anything_is_built(wrong, nearest):
    message = rf"^Unknown hyperparameter of build_gan '{wrong}': .* \(nearest: {nearest}\)\.\Z"
    with pytest.raises(TypeError, match=message):
        game(generator=None, discriminator=None, **{wrong: 4})


def test_the_model_survives_a_keras_round_trip(tmp_path):
    model = game(schedule="cosine", decay_steps=10, clip_norm=1.5, learning_rate=0.1)
    model.fit(POINTS, batch_size=8, verbose=0)
    model.save(tmp_path / "game.keras")
    loaded = keras.models.load_model(tmp_path / "game.keras")
    # Three of ten updates: .05 (1 + cos .3 pi).
    assert rates_of(loaded) == pytest.approx([0.0793893] * 2)
    assert loaded.generator_optimizer.global_clipnorm == 1.5
    np.testing.assert_array_equal(weights_of(loaded), weights_of(model))
