"""What all recipes do alike: shapes, seeds, first steps, files, and what a user may add."""

import functools
import json
import random
import re

import keras
import numpy as np
import pytest

from support.cases import slow_but
from support.small_models import assert_same_state
from tfgan_it import estimators, metrics, recipes
from tfgan_it.regularizers import R1

SHAPE = (8, 8, 1)
ON_POINTS = ["gan", "dcgan", "lsgan", "fgan", "dragan", "wgan", "wgan_gp", "kl_wgan", "sngan"]
ON_POINTS += ["ragan", "r3gan", "pacgan", "lecam", "adagan", "vdb", "meg"]
ONLY_ON_IMAGES = ["infogan", "sagan", "began", "dcgan_ada", "ibgan", "infomax_gan"]
ONLY_ON_IMAGES += ["variational_infogan", "wasserstein_infogan", "invariant_infogan"]
ONLY_ON_IMAGES += ["infogan_cr", "regularized_infogan", "attention_infogan"]
ONLY_ON_IMAGES += ["multimodal_infogan"]
NAMES = ON_POINTS + ONLY_ON_IMAGES
every_recipe = pytest.mark.parametrize("name", NAMES)

# Beside a width of 4.
SMALL = {"infogan": {"noise": 5, "features": 16}, "began": {"hidden": 4}}
SMALL |= {"ibgan": {"features": 16}, "vdb": {"code": 4}}
SMALL |= dict.fromkeys(["wgan", "wgan_gp", "sngan", "meg"], {"discriminator_steps": 2})
SMALL["infomax_gan"] = {"discriminator_steps": 2, "code": 8}
SMALL["invariant_infogan"] = {"noise": 5, "features": 16, "outcomes": 12, "search_steps": 1}
SMALL["invariant_infogan"]["run_eagerly"] = False  # Its loops over groups are long.
SMALL["variational_infogan"] = {"noise": 5, "features": 16}
SMALL["wasserstein_infogan"] = {"noise": 5, "features": 16, "discriminator_steps": 2}
SMALL["infogan_cr"] = {"noise": 5, "continuous": 2, "features": 16}
SMALL["regularized_infogan"] = {"noise": 5, "features": 16}
SMALL["attention_infogan"] = {"noise": 5, "hidden": 8}
SMALL["multimodal_infogan"] = {"noise": 5, "features": 16}


def small(recipe, shape=None, **hyperparameters):
    """The recipe on tiny networks, on points where it takes them.

    Tracing its steps would take longer than running them.
    """
    shape = shape or ((2,) if recipe in ON_POINTS else SHAPE)
    sizes = {"width": 4, **SMALL.get(recipe, {})}
    return recipes.get(recipe)(shape, **{"run_eagerly": True, **sizes, **hyperparameters})


def images_of(model, rows=40):
    return np.random.default_rng(0).uniform(-1, 1, (rows, *model.sample_shape)).astype("float32")


def train(model, steps=1):
    return model.fit(images_of(model), batch_size=4, steps_per_epoch=steps, verbose=0).history


def weights_of(model):
    weights = [*model.generator.weights, *model.discriminator.weights]
    return np.concatenate([w.numpy().ravel() for w in weights if w.dtype != "int32"])


# By name


def test_all_recipes_are_here():
    # Those with labels, and of translations, texts, sounds, videos, have tests of their own.
    others = ["acgan", "conditional_gan", "projection_gan", "cyclegan", "pix2pix", "cut"]
    others += ["text_gan", "wave_gan", "video_gan", "text_to_image"]
    assert sorted(recipes.RECIPES) == sorted([*NAMES, *others])
    assert set(recipes.RECIPES) <= set(recipes.__all__)


@every_recipe
def test_get_by_name(name):
    recipe = recipes.get(name)
    assert recipe is getattr(recipes, name)
    assert recipe.__name__ == name
    assert name in recipes.__all__
    assert "Source: " in recipe.__doc__ and re.search(r"Departures:\s", recipe.__doc__)


@pytest.mark.parametrize(
    "name, nearest",
    [("info-gan", "infogan"), ("dcgan2", "dcgan"), ("WGAN", "wgan"), ("wgan-gp", "wgan_gp")],
)
def test_an_unknown_recipe_names_the_nearest(name, nearest):
    message = rf"^Unknown recipe '{name}': use one of acgan, .*, wgan_gp \(nearest: {nearest}\)\.\Z"
    with pytest.raises(ValueError, match=message):
        recipes.get(name)


@pytest.mark.parametrize("name", slow_but(["gan"], NAMES))
def test_each_has_an_information_card(name):
    model, probe = small(name), estimators.DensityRatioEstimator(steps=2)
    card = metrics.information_card(
        model, images_of(model), probe=probe, gilbo_samples=20, gilbo_steps=1
    )
    names = {row.name for row in card.rows}
    assert {"kl", "js", "entropy", "gilbo"} <= names
    if model.recognizes_codes and len(model.latent.codes.parts) > 1:
        assert {"information_nats", "total_correlation"} <= names or len(card.left_out) > 1
    assert card.picture().shape[1] == 800 and json.dumps(card.as_dict(), allow_nan=False)


# Shapes, seeds and terms


SHAPES = {name: (3,) if name in ON_POINTS else (8, 12, 3) for name in NAMES}


@functools.cache
def untrained(name):
    """Of seed 1, for a shape given as a list, with a term of the user's."""
    return small(name, list(SHAPES[name]), seed=1, discriminator_regularizers=[R1(3.0)])


@pytest.mark.examples(8)
@every_recipe
def test_the_shape_reaches_both_networks(name):
    model = untrained(name)
    assert model.sample_shape == model.discriminator.input_shape[1:] == SHAPES[name]


SEEDED = ["gan", "infogan", "wgan_gp", "adagan", "ibgan", "variational_infogan"]


@pytest.mark.examples(3)
@pytest.mark.parametrize("name", slow_but(SEEDED, NAMES))
def test_weights_are_a_function_of_the_seed(name):
    first = weights_of(untrained(name))
    random.seed(7)
    state = random.getstate()
    np.testing.assert_array_equal(weights_of(small(name, SHAPES[name], seed=1)), first)
    assert random.getstate() == state
    drawn = ~np.isin(first, [0, 1])
    assert drawn.mean() > 0.5
    other = small(name, SHAPES[name], seed=2, moving_average=None)
    assert other.generator_average is None
    assert (weights_of(other)[drawn] != first[drawn]).mean() > 0.999


@pytest.mark.examples(8)
@every_recipe
def test_terms_of_the_user_are_added_to_those_of_the_recipe(name):
    own = {"dragan": ["Dragan"], "wgan_gp": ["GradientPenalty"], "r3gan": ["R1", "R2"]}
    own |= {"lecam": ["LeCam"], "vdb": ["Bottleneck"], "infomax_gan": ["InfoMax"], "meg": ["R1"]}
    own |= {"wasserstein_infogan": ["GradientPenalty"]}
    own |= {"regularized_infogan": ["NTXent"]}
    own |= {"multimodal_infogan": ["CrossModalInformation"]}
    *others, last = untrained(name).discriminator_regularizers
    assert type(last) is R1 and last.gamma == 3.0
    assert [type(other).__name__ for other in others] == own.get(name, [])


@every_recipe
def test_a_size_that_does_not_fit_names_the_nearest(name):
    message = r"^Images \(30, 28, 1\): .* \(nearest: \(32, 28, 1\)\)\.\Z"
    with pytest.raises(ValueError, match=message):
        small(name, (30, 28, 1))


@pytest.mark.parametrize("name", ONLY_ON_IMAGES)
def test_points_are_refused_where_only_images_make_sense(name):
    message = r"^Images must have a shape \(height, width, channels\), got \(2,\)\.\Z"
    if name == "infomax_gan":
        message = r"^infomax_gan compares positions of images, not points of shape \(2,\)\.\Z"
    if name == "dcgan_ada":
        message = r"^AdaptiveAugmentation transforms images .*, got samples \(2,\): Inst.* any\.\Z"
    with pytest.raises(ValueError, match=message):
        small(name, (2,))


# Training

SECONDS_LONG = ["invariant_infogan", "attention_infogan", "regularized_infogan", "sagan"]
every_game = pytest.mark.parametrize(
    "name, shape",
    [
        pytest.param(
            name,
            (2,) if name in ON_POINTS else SHAPE,
            marks=[pytest.mark.slow] if name in SECONDS_LONG else [],
        )
        for name in NAMES
    ]
    + [pytest.param(name, SHAPE, marks=pytest.mark.slow) for name in ON_POINTS],
)


@pytest.mark.examples(3)
@every_game
def test_a_compiled_recipe_trains_at_once(name, shape):
    model = small(name, shape)
    assert model.name == name
    assert model.sample_shape == model.discriminator.input_shape[1:] == shape
    trained = [v for player in model.players for v in player.variables]
    before = [variable.numpy() for variable in trained]
    history = train(model, steps=2)
    assert model.trained_steps == 2
    assert {"discriminator_loss", "generator_loss", "js_nats"} <= set(history)
    assert np.isfinite(list(history.values())).all()
    for old, variable in zip(before, trained, strict=True):
        assert np.isfinite(variable.numpy()).all()
        # A bias may stand before a normalisation, which takes it away again.
        if variable.name in ("kernel", "gamma"):
            assert not np.array_equal(old, variable.numpy()), variable.path


@pytest.mark.parametrize("name", ["infogan", "wgan_gp", "sngan"])
def test_what_all_recipes_take_reaches_the_model(name):
    model = small(
        name,
        seed=11,
        name="toy",
        moving_average=0.5,
        discriminator_steps=3,
        loss="least_squares",
        optimizer="adagrad",
        clip_norm=2.0,
    )
    assert (model.seed, model.name, model.discriminator_steps) == (11, "toy", 3)
    assert model.generator_average.decay == 0.5
    assert type(model.adversarial_loss).__name__ == "LeastSquares"
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert isinstance(optimizer, keras.optimizers.Adagrad)
        assert optimizer.global_clipnorm == 2.0


# Files

REMEMBERED = {
    "began": lambda model: model.adversarial_loss.k,
    "dcgan_ada": lambda model: model.augmentation.updates,
    "lecam": lambda model: model.discriminator_regularizers[0].real_average,
    "vdb": lambda model: model.discriminator_regularizers[0].beta,
    "meg": lambda model: model.generator_regularizers[0].bound.log_denominator,
}


SAVED = ["began", "dcgan_ada", "lecam", "pacgan", "wgan", "sngan", "adagan", "vdb", "ibgan", "meg"]
SAVED += ["variational_infogan", "wasserstein_infogan", "invariant_infogan", "infogan_cr"]
SAVED += ["regularized_infogan", "attention_infogan", "multimodal_infogan"]
AT_ONCE = ["lecam", "pacgan", "adagan", "vdb"]


@pytest.mark.examples(2)
@pytest.mark.parametrize("name", slow_but(AT_ONCE, SAVED))
def test_a_loaded_model_continues_as_the_original(name, tmp_path):
    # What is remembered plays a part at once: BEGAN's k is above 0, LeCam's term is applied.
    hyperparameters = {"lecam": {"start": 1}, "began": {"gamma": 1.0, "lambda_k": 0.9}}
    hyperparameters |= {"vdb": {"alpha": 1.0}, "meg": {"information": "mine", "clipped": True}}
    model = small(name, **hyperparameters.get(name, {}))
    train(model)
    model.save(tmp_path / "game.keras")
    loaded = keras.models.load_model(tmp_path / "game.keras")
    assert (type(loaded), loaded.name) == (type(model), name)
    assert_same_state(model, loaded)
    if name in REMEMBERED:
        kept = REMEMBERED[name](loaded).numpy()
        assert kept != 0 and kept == REMEMBERED[name](model).numpy()
    assert loaded.get_compile_config() == model.get_compile_config()
    assert train(model) == train(loaded)
    assert_same_state(model, loaded)
