"""What users of NumPy and Keras write and mean is taken."""

import keras
import numpy as np
import pytest

from support.cases import slow_but
from support.small_models import SHAPE, small_model
from tfgan_it import conditions, datasets, latents, losses, models, networks, recipes, regularizers
from tfgan_it.checks import check_seed
from tfgan_it.optimizers import OPTIMIZERS
from tfgan_it.seed_numbers import keras_seed, seed_of_32_bits

POINT, SMALL = (2,), {"width": 2, "latent_dimension": 3}


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.array])
def test_integers_of_numpy_are_integers(kind):
    model = recipes.dcgan(
        (kind(8), kind(8), kind(1)),
        width=kind(2),
        latent=kind(3),
        seed=kind(3),
        discriminator_steps=kind(2),
    )
    same = recipes.dcgan((8, 8, 1), width=2, latent=3, seed=3, discriminator_steps=2)
    for a, b in zip(model.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert type(model.seed) is int and type(model.discriminator_steps) is int
    assert latents.Categorical(kind(3)).dimension == 3
    assert conditions.get(kind(3)).classes == 3
    assert datasets.ring(modes=kind(3)).sample(kind(4), seed=kind(1)).shape == (4, 2)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.array])
def test_numbers_of_numpy_are_numbers(kind):
    model = recipes.wgan_gp(POINT, learning_rate=kind(0.5), lambda_=kind(2.0), **SMALL)
    assert float(model.generator_optimizer.learning_rate) == 0.5
    assert model.discriminator_regularizers[0].lambda_ == 2.0


def first_weights(seed):
    return recipes.dcgan(POINT, seed=seed, **SMALL).generator.get_weights()[0]


def test_seeds_that_differ_give_other_weights_also_in_their_sign():
    weights = [first_weights(seed) for seed in (7, -7, 2**32 + 7, -(2**63))]
    for i, a in enumerate(weights):
        assert not any(np.array_equal(a, b) for b in weights[:i])


@pytest.mark.parametrize("seed", [0, 1, 7, 2**31, 2**32 - 1])
def test_seeds_of_32_bits_are_themselves_for_keras_and_scikit_learn(seed):
    assert check_seed("", seed) == seed_of_32_bits(seed) == keras_seed(seed) == seed
    sample = latents.Normal(3).sample(4, seed)
    expected = keras.random.normal((4, 3), dtype="float32", seed=seed)
    np.testing.assert_array_equal(sample, expected)


@pytest.mark.parametrize("draw", ["Normal", "Uniform", "Categorical", "LearnedCategorical"])
def test_latents_take_all_seeds(draw):
    latent = getattr(latents, draw)(50)
    samples = [latent.sample(20, seed).numpy() for seed in (7, -7, 2**40, -(2**63))]
    for i, a in enumerate(samples):
        assert not any(np.array_equal(a, b) for b in samples[:i])


def test_an_integer_is_a_normal_latent():
    inputs = keras.Input((6,))
    pixels = keras.layers.Reshape(SHAPE)(keras.layers.Dense(16)(inputs))
    parts = small_model()
    model = models.GAN(keras.Model(inputs, pixels), parts.discriminator, 6)
    assert repr(model.latent) == "Normal(dimension=6)"
    assert model.get_config()["latent"] == 6
    assert repr(recipes.dcgan(POINT, latent=5, width=2).latent) == "Normal(dimension=5)"


ALIASES = {
    "bce": losses.NonSaturating,
    "binary_crossentropy": losses.NonSaturating,
    "lsgan": losses.LeastSquares,
    "wgan": losses.Wasserstein,
    "Wasserstein": losses.Wasserstein,
    "non-saturating": losses.NonSaturating,
    "NonSaturating": losses.NonSaturating,
    "ragan": losses.RelativisticAverage,
}


@pytest.mark.parametrize("name", list(ALIASES))
def test_aliases_of_losses(name):
    assert type(losses.get(name)) is ALIASES[name]


def test_the_loss_called_bce_is_the_cross_entropy_of_keras():
    real, fake = np.array([-2.0, 0.5, 3.0], "float32"), np.array([1.0, -0.5, 4.0], "float32")
    loss, of_keras = losses.get("bce"), keras.losses.BinaryCrossentropy(from_logits=True)
    discriminator = of_keras(np.ones(3), real) + of_keras(np.zeros(3), fake)
    np.testing.assert_allclose(np.mean(loss.discriminator_loss(real, fake)), discriminator, 1e-6)
    np.testing.assert_allclose(
        np.mean(loss.generator_loss(None, fake)), of_keras(np.ones(3), fake), 1e-6
    )


def test_losses_and_terms_by_class_and_configuration():
    assert type(losses.get(losses.Hinge)) is losses.Hinge
    config = keras.saving.serialize_keras_object(losses.Minimax(0.25))
    assert losses.get(config).label_smoothing == 0.25
    term = regularizers.get(keras.saving.serialize_keras_object(regularizers.R1(3.0)))
    assert term.gamma == 3.0
    for name in ("r1", "R1", regularizers.R1):
        assert type(regularizers.get(name)) is regularizers.R1
    for name in ("gradient_penalty", "GradientPenalty", "gradientpenalty"):
        assert type(regularizers.get(name)) is regularizers.GradientPenalty


@pytest.mark.parametrize("terms", [regularizers.R1(2.0), "r1", regularizers.R1, ["r1"], ("R1",)])
def test_one_regularizer_needs_no_list(terms):
    model = recipes.dcgan(POINT, discriminator_regularizers=terms, **SMALL)
    assert [type(term) for term in model.discriminator_regularizers] == [regularizers.R1]
    model = recipes.wgan_gp(POINT, discriminator_regularizers=terms, **SMALL)
    kinds = [type(term) for term in model.discriminator_regularizers]
    assert kinds == [regularizers.GradientPenalty, regularizers.R1]


POINTS = np.random.default_rng(0).normal(size=(8, 2)).astype("float32")


@pytest.mark.parametrize("name", slow_but(["sgd"], list(OPTIMIZERS)))
def test_every_optimizer_of_keras_trains_by_name_and_class(name):
    for optimizer in (name, OPTIMIZERS[name]):
        model = recipes.dcgan(POINT, optimizer=optimizer, run_eagerly=True, **SMALL)
        before = model.generator.get_weights()[0]
        model.fit(POINTS, batch_size=8, verbose=0)
        assert np.isfinite(model.generator.get_weights()[0]).all()
        assert not np.array_equal(model.generator.get_weights()[0], before)
        assert model.generator_optimizer is not model.discriminator_optimizer


@pytest.mark.parametrize("form", ["object", "configuration", "scaled"])
def test_an_optimizer_object_is_copied_with_its_own_settings(form):
    given = keras.optimizers.SGD(0.25, momentum=0.5)
    optimizer = {
        "object": given,
        "configuration": keras.saving.serialize_keras_object(given),
        "scaled": keras.optimizers.LossScaleOptimizer(given),
    }[form]
    for recipe in (recipes.dcgan, recipes.wgan_gp):
        model = recipe(POINT, optimizer=optimizer, **SMALL)
        players = model.generator_optimizer, model.discriminator_optimizer
        assert players[0] is not players[1] and given not in players
        for player in players:
            inner = player.inner_optimizer if form == "scaled" else player
            assert (float(inner.learning_rate), inner.momentum) == (0.25, 0.5)


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize(
    "name",
    slow_but(["dcgan"], ["dcgan", "infogan", "sngan", "sagan", "began", "cyclegan"]),
)
def test_channels_are_last_whatever_keras_is_set_to(name, channels_first):
    model = recipes.get(name)((8, 8, 1), **({"blocks": 1} if name == "cyclegan" else {}))
    assert keras.config.image_data_format() == "channels_first"
    shape = model.sample_shape
    assert shape == ({"a": (8, 8, 1), "b": (8, 8, 1)} if name == "cyclegan" else (8, 8, 1))


def test_the_maps_of_a_small_network_are_those_of_its_images(channels_first):
    kernel = networks.dcgan_discriminator((28, 20, 1), width=2).layers[1].kernel
    assert kernel.shape == (4, 4, 1, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy", ["float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16"]
)
def test_every_dtype_policy_of_keras_trains(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = recipes.infogan((8, 8, 1), width=2, features=4, run_eagerly=True)
        model.fit(np.zeros((8, 8, 8, 1), "uint8"), batch_size=8, verbose=0)
        samples = model.generate(2, seed=0)
    finally:
        keras.config.set_dtype_policy("float32")
    assert samples.dtype == "float32" and np.isfinite(samples).all()
