"""Recipes that are another recipe with other defaults."""

import inspect
from typing import TypedDict, Unpack

import pytest

from tfgan_it import recipes
from tfgan_it.recipes.variants import variant_of


def shout(text, *, times=1, end="!", name="shout", **others):
    """What the variants call."""
    return f"{name}: {text * times}{end}", others


@variant_of(shout, drop=["end"], times=2)
def ask(text, *, marks=1, **hyperparameters):
    """Asks."""
    return shout(text, end="?" * marks, **hyperparameters)


@variant_of(ask, marks=3, times=1)
def beg(text, **hyperparameters):
    return ask(text, **hyperparameters)


def test_a_variant_has_defaults_of_its_own_and_is_named_after_itself():
    assert ask("a") == ("ask: aa?", {})
    assert beg("a") == ("beg: a???", {})
    assert shout("a") == ("shout: a!", {})


def test_what_is_given_counts_more_than_any_default():
    assert ask("a", times=3, marks=2, name="riddle") == ("riddle: aaa??", {})
    assert beg("a", times=2, marks=0, name="prayer") == ("prayer: aa", {})
    assert beg("a", volume=7) == ("beg: a???", {"volume": 7})


def test_the_first_argument_may_be_given_by_name():
    assert beg(text="a") == beg("a")


def test_the_signature_shows_what_may_be_given_and_the_defaults_that_hold():
    assert str(inspect.signature(ask)) == "(text, *, marks=1, times=2, name='ask', **others)"
    assert str(inspect.signature(beg)) == "(text, *, marks=3, times=1, name='beg', **others)"


def test_what_a_variant_sets_itself_is_not_an_argument():
    with pytest.raises(TypeError, match="multiple values for keyword argument 'end'"):
        ask("a", end=".")


def test_a_variant_keeps_its_name_and_docstring():
    assert (ask.__name__, ask.__doc__, ask.__module__) == ("ask", "Asks.", __name__)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"tims": 2}, "'tims': use one of .* .nearest: times"),
        ({"drop": ["edn"]}, "'edn': use one of .* .nearest: end"),
    ],
)
def test_what_the_parent_lacks_can_be_neither_changed_nor_left_out(arguments, message):
    with pytest.raises(ValueError, match=f"^Unknown hyperparameter of shout {message}"):
        variant_of(shout, **arguments)(lambda text, **hyperparameters: text)


def plant(kind, *, height=1.0, leaves=2, name="plant"):
    """Takes no others."""
    return f"{name} {kind} {height} {leaves}"


class Grown(TypedDict, total=False):
    """What a variant of `plant` takes that has leaves of its own."""

    height: float
    name: str


@variant_of(plant, height=9.0)
def tree(kind, **hyperparameters: Unpack[Grown]):
    """Has many leaves."""
    return plant(kind, leaves=1000, **hyperparameters)


def test_the_signature_shows_what_a_typed_dictionary_names():
    assert str(inspect.signature(tree)) == "(kind, *, height=9.0, name='tree')"
    assert tree("oak", height=3) == "tree oak 3 1000"


def test_a_misspelt_name_is_one_line_with_the_nearest():
    with pytest.raises(TypeError) as error:
        tree("oak", heigth=3)
    message = "Unknown hyperparameter of tree 'heigth': use one of height, name (nearest: height)."
    assert str(error.value) == message


def test_what_a_typed_variant_sets_itself_is_unknown():
    with pytest.raises(TypeError, match="^Unknown hyperparameter of tree 'leaves'"):
        tree("oak", leaves=3)


def test_a_typed_dictionary_with_a_name_that_the_parent_lacks():
    class Wrong(TypedDict):
        heigth: float

    def bush(kind, **hyperparameters):
        """Misspells."""

    bush.__annotations__["hyperparameters"] = Unpack[Wrong]
    with pytest.raises(ValueError, match="^Unknown hyperparameter of plant 'heigth'"):
        variant_of(plant)(bush)


# What the trainers' --set sees of each recipe, beside what it is built from.
INHERITED = {"optimizer", "learning_rate", "discriminator_learning_rate", "beta_1", "beta_2"}
INHERITED |= {"schedule", "decay_steps", "clip_norm", "discriminator_steps", "moving_average"}
INHERITED |= {"synchronized", "seed", "name", "augmentation", "terms", "jit_compile"}
INHERITED |= {"discriminator_regularizers", "generator_regularizers", "run_eagerly"}
INHERITED |= {"steps_per_execution", "reduce_dtype"}
LATENT = {"latent", "latent_dimension"}
OF_DCGAN = LATENT | {"width", "kernel_size", "depth", "normalization", "discriminator", "loss"}
SHOWN = {
    "infogan": {"noise", "categories", "continuous", "minimum_scale", "lambda_information"}
    | {"width", "features", "encoder", "prior", "loss"},
    "gan": OF_DCGAN,
    "dcgan": OF_DCGAN | {"model"},
    "lsgan": OF_DCGAN - {"loss"} | {"a", "b", "c"},
    "fgan": OF_DCGAN - {"loss"} | {"divergence", "alternative"},
    "dragan": OF_DCGAN | {"lambda_"},
    "wgan": OF_DCGAN - {"discriminator"} | {"limit"},
    "wgan_gp": OF_DCGAN | {"lambda_"},
    "kl_wgan": OF_DCGAN,
    "sngan": LATENT | {"width", "depth", "loss"},
    "sagan": LATENT | {"width", "loss"},
    "began": LATENT | {"width", "hidden", "gamma", "lambda_k"},
    "r3gan": OF_DCGAN | {"gamma"},
    "pacgan": OF_DCGAN - {"discriminator"} | {"pack_size"},
    "lecam": OF_DCGAN | {"lambda_", "start"},
    "dcgan_ada": OF_DCGAN | {"target", "images", "geometric"},
    "adagan": OF_DCGAN
    | {"components", "steps_per_component", "classifier_steps", "classifier_learning_rate"},
}


@pytest.mark.parametrize("name", list(SHOWN))
def test_the_signature_of_a_recipe_shows_its_hyperparameters(name):
    parameters = dict(inspect.signature(recipes.get(name)).parameters)
    assert parameters.pop("sample_shape").default is inspect.Parameter.empty
    assert set(parameters) == INHERITED | SHOWN[name]
    assert parameters["name"].default == name
    assert all(p.default is not inspect.Parameter.empty for p in parameters.values())
