import random

import numpy as np
import pytest

from tfgan_it import latents, models, networks, recipes
from tfgan_it.losses import Minimax, NonSaturating
from tfgan_it.regularizers import R1

SHAPE = (8, 8, 1)


def small_dcgan(recipe=recipes.dcgan, **hyperparameters):
    return recipe(SHAPE, **{"width": 4, **hyperparameters})


def small_infogan(**hyperparameters):
    return recipes.infogan(SHAPE, **{"noise": 5, "width": 4, "features": 16, **hyperparameters})


SMALL = {
    "dcgan": small_dcgan,
    "gan": lambda **hyperparameters: small_dcgan(recipes.gan, **hyperparameters),
    "infogan": small_infogan,
}
every_recipe = pytest.mark.parametrize("name", list(SMALL))


def weights_of(model):
    weights = [*model.generator.weights, *model.discriminator.weights]
    return np.concatenate([weight.numpy().ravel() for weight in weights])


def shapes_of(network):
    return [tuple(weight.shape) for weight in network.weights]


def adam_of(optimizer):
    return float(optimizer.learning_rate), optimizer.beta_1, optimizer.beta_2


@every_recipe
def test_weights_are_a_function_of_the_seed(name):
    first = weights_of(SMALL[name](seed=1))
    random.seed(7)
    state = random.getstate()
    np.testing.assert_array_equal(weights_of(SMALL[name](seed=1)), first)
    assert random.getstate() == state
    drawn = ~np.isin(first, [0, 1])
    assert drawn.mean() > 0.5
    assert (weights_of(SMALL[name](seed=2))[drawn] != first[drawn]).mean() > 0.999


@every_recipe
@pytest.mark.parametrize("loss, kind", [("minimax", Minimax), ("non_saturating", NonSaturating)])
def test_hyperparameters_of_every_recipe(name, loss, kind):
    penalty = R1(1.0)
    model = SMALL[name](
        seed=11,
        moving_average=0.5,
        loss=loss,
        discriminator_steps=3,
        discriminator_regularizers=[penalty],
    )
    assert model.seed == 11
    assert model.generator_average.decay == 0.5
    assert type(model.adversarial_loss) is kind
    assert model.discriminator_steps == 3
    assert list(model.discriminator_regularizers) == [penalty]


@every_recipe
def test_moving_average_may_be_left_out(name):
    assert SMALL[name](moving_average=None).generator_average is None


@every_recipe
@pytest.mark.parametrize("shape", [(8, 12, 3), [8, 8, 1]])
def test_image_shape_reaches_both_networks(name, shape):
    hyperparameters = {"features": 16} if name == "infogan" else {}
    model = recipes.get(name)(shape, width=4, **hyperparameters)
    assert model.image_shape == tuple(shape)
    assert model.discriminator.input_shape == (None, *shape)


@every_recipe
def test_a_size_that_does_not_fit_names_the_nearest(name):
    with pytest.raises(ValueError, match=r"^image_shape \(30, 28, 1\): .*nearest: \(32, 28, 1\)"):
        recipes.get(name)((30, 28, 1))


@every_recipe
def test_compiled_models_train_at_once(name):
    model = SMALL[name](run_eagerly=True)
    before = weights_of(model)
    model.fit(np.zeros((2, *SHAPE), "uint8"), batch_size=2, verbose=0)
    assert np.isfinite(weights_of(model)).all()
    assert not np.array_equal(weights_of(model), before)


# DCGAN and GAN


def test_published_defaults_of_dcgan():
    model = recipes.dcgan((32, 32, 3))
    assert type(model) is models.GAN
    assert repr(model.latent) == repr(latents.Uniform(100))
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert adam_of(optimizer) == (pytest.approx(2e-4), 0.5, 0.999)
    assert type(model.adversarial_loss) is NonSaturating
    assert shapes_of(model.generator) == shapes_of(networks.dcgan_generator((32, 32, 3), 100))
    assert shapes_of(model.discriminator) == shapes_of(networks.dcgan_discriminator((32, 32, 3)))
    assert model.discriminator_steps == 1


@pytest.mark.parametrize("recipe", [recipes.dcgan, recipes.gan])
def test_hyperparameters_of_dcgan(recipe):
    model = recipe(
        SHAPE,
        latent_dimension=6,
        width=4,
        kernel_size=5,
        learning_rate=3e-3,
        beta_1=0.25,
        beta_2=0.75,
    )
    assert repr(model.latent) == repr(latents.Uniform(6))
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert adam_of(optimizer) == (pytest.approx(3e-3), 0.25, 0.75)
    generator = networks.dcgan_generator(SHAPE, 6, width=4, kernel_size=5)
    assert shapes_of(model.generator) == shapes_of(generator)
    discriminator = networks.dcgan_discriminator(SHAPE, width=4, kernel_size=5)
    assert shapes_of(model.discriminator) == shapes_of(discriminator)


def test_gan_is_dcgan_with_the_minimax_loss():
    gan, dcgan = SMALL["gan"](seed=4), SMALL["dcgan"](seed=4)
    assert type(gan.adversarial_loss) is Minimax
    assert type(dcgan.adversarial_loss) is NonSaturating
    np.testing.assert_array_equal(weights_of(gan), weights_of(dcgan))


# InfoGAN


def test_published_defaults_of_infogan():
    model = recipes.infogan((28, 28, 1))
    assert type(model) is models.InfoGAN
    style = latents.Uniform(2, minimum_scale=0.2)
    latent = latents.Product(
        noise=latents.Uniform(62), category=latents.Categorical(10), style=style
    )
    assert repr(model.latent) == repr(latent)
    assert adam_of(model.generator_optimizer) == (pytest.approx(1e-3), 0.5, 0.999)
    assert adam_of(model.discriminator_optimizer) == (pytest.approx(2e-4), 0.5, 0.999)
    assert type(model.adversarial_loss) is NonSaturating
    assert model.lambda_information == {"category": 1.0, "style": 1.0}
    assert model.generator.count_params() == 6_645_121 + 2 * (1024 + 6272 + 64)
    assert model.discriminator.count_params() == 6_691_151 + 2 * (128 + 1024 + 128)


def test_hyperparameters_of_infogan():
    model = small_infogan(
        categories=3,
        continuous=4,
        minimum_scale=0.3,
        lambda_information=0.5,
        generator_learning_rate=3e-3,
        discriminator_learning_rate=4e-3,
        beta_1=0.25,
    )
    style = latents.Uniform(4, minimum_scale=0.3)
    latent = latents.Product(noise=latents.Uniform(5), category=latents.Categorical(3), style=style)
    assert repr(model.latent) == repr(latent)
    assert model.lambda_information == {"category": 0.5, "style": 0.5}
    assert adam_of(model.generator_optimizer) == (pytest.approx(3e-3), 0.25, 0.999)
    assert adam_of(model.discriminator_optimizer) == (pytest.approx(4e-3), 0.25, 0.999)
    generator = networks.infogan_generator(SHAPE, 12, width=4, features=16)
    assert shapes_of(model.generator) == shapes_of(generator)
    discriminator = networks.infogan_discriminator(SHAPE, 3 + 2 * 4, width=4, features=16)
    assert shapes_of(model.discriminator) == shapes_of(discriminator)


@pytest.mark.parametrize(
    "hyperparameters, codes",
    [({"categories": 0}, ["style"]), ({"continuous": 0}, ["category"])],
)
def test_infogan_with_one_kind_of_code(hyperparameters, codes):
    assert list(small_infogan(**hyperparameters).latent.codes.parts) == codes


def test_infogan_without_codes():
    with pytest.raises(ValueError, match=r"^infogan: categories and continuous are both 0.*\Z"):
        small_infogan(categories=0, continuous=0)


# By name


@pytest.mark.parametrize("name", ["dcgan", "gan", "infogan"])
def test_get_by_name(name):
    assert recipes.get(name) is getattr(recipes, name) is recipes.RECIPES[name]


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("info-gan", "infogan"),
        ("dcgan2", "dcgan"),
        ("ggan", "gan"),
        ("DCGAN", "dcgan"),
    ],
)
def test_unknown_recipe_names_the_nearest(name, nearest):
    message = (
        rf"^Unknown recipe '{name}': use one of .*dcgan, gan, infogan.*nearest: {nearest}\)\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        recipes.get(name)
