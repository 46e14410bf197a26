import re

import pytest

from trainers.hyperparameters import choices, describe, hyperparameters, settable
from trainers.recipe_table import Hyperparameter, Recipe, recipe_table

RECIPES = recipe_table()


@pytest.mark.parametrize(
    ("assignment", "name", "value"),
    [
        ("width=32", "width", 32),
        ("beta_1=0.25", "beta_1", 0.25),
        ("beta_1=0", "beta_1", 0),
        ("learning_rate=1e-4", "learning_rate", 1e-4),
        ("discriminator_learning_rate=2", "discriminator_learning_rate", 2),
        ("discriminator_learning_rate=None", "discriminator_learning_rate", None),
        ("moving_average=None", "moving_average", None),
        ("lambda_information={'category': 1.0, 'style': 0.1}", "lambda_information", {}),
        ("loss=minimax", "loss", "minimax"),
        ("loss='minimax'", "loss", "minimax"),
        ("optimizer=a=b", "optimizer", "a=b"),
        ("optimizer=", "optimizer", ""),
    ],
)
def test_hyperparameters(assignment, name, value):
    if value == {}:
        value = {"category": 1.0, "style": 0.1}
    found = hyperparameters(RECIPES["infogan"], [assignment])
    assert found == {name: value}
    assert type(found[name]) is type(value)


def test_literals_of_every_kind():
    parameters = {name: Hyperparameter("Any", None) for name in "abcde"}
    given = ["a=True", "b=x y", "c=[1, 'two', 3.0]", "d={'k': [None, False]}", "e=(1, 2)"]
    assert hyperparameters(Recipe("any", "", "", parameters, False), given) == {
        "a": True,
        "b": "x y",
        "c": [1, "two", 3.0],
        "d": {"k": [None, False]},
        "e": (1, 2),
    }


def test_the_last_of_two_assignments_counts():
    assert hyperparameters(RECIPES["infogan"], ["width=8", "noise=3", "width=16"]) == {
        "width": 16,
        "noise": 3,
    }
    assert hyperparameters(RECIPES["infogan"], []) == {}


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("wdith=3", "infogan.* 'wdith': use one of .*width.*nearest: width"),
        ("generator_learning_rate=3", "'generator_learning_rate': .*nearest: .*learning_rate"),
        ("disc_learning_rate=3", "'disc_learning_rate': .*nearest: .*learning_rate"),
        ("=3", "'': use one of "),
        ("width", "^--set takes name=value, got 'width'"),
        ("", "^--set takes name=value, got ''"),
        ("clip_norm=half", r"^--set clip_norm: must be a number such as 1\.0, got 'half'"),
        ("width=wide", "^--set width: must be a whole number such as 64, got 'wide'"),
        ("width=4.5", "^--set width: must be a whole number such as 64, got '4.5'"),
        ("width=", "^--set width: must be a whole number such as 64, got ''"),
        ("width=nan", "^--set width: must be a whole number such as 64, got 'nan'"),
        ("beta_1=half", "^--set beta_1: must be a number such as 0.5, got 'half'"),
        ("moving_average=off", "^--set moving_average: must be a number such as 0.999, got 'off'"),
    ],
)
def test_wrong_hyperparameters(assignment, message):
    with pytest.raises(ValueError, match=message) as error:
        hyperparameters(RECIPES["infogan"], ["noise=3", assignment])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "assignment",
    ["width=None", "width=[1]", "width=1e400", "width=True", "width=4.0"]
    + ["beta_1=[1]", "beta_1=True", "loss={[]: 1}"],
)
def test_more_wrong_hyperparameters(assignment):
    name = assignment.split("=")[0]
    with pytest.raises(ValueError, match=f"^--set {name}"):
        hyperparameters(RECIPES["infogan"], [assignment])


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_nothing_but_the_flag_sets_the_seed(recipe):
    for name in ("seed", "sample_shape", "compile_arguments", "hyperparameters"):
        with pytest.raises(ValueError, match=f"'{name}': use one of ") as error:
            hyperparameters(recipe, [f"{name}=3"])
        listed, nearest = str(error.value).split(": use one of ")[1].split(" (nearest: ")
        assert name not in re.findall(r"\w+", listed)
        assert (nearest == "--seed).") == (name == "seed")


def test_gan_shows_the_hyperparameters_of_dcgan():
    given = ["latent_dimension=3", "width=8", "kernel_size=3", "learning_rate=0.1", "loss=minimax"]
    assert hyperparameters(RECIPES["gan"], given) == hyperparameters(RECIPES["dcgan"], given)
    messages = []
    for recipe in (RECIPES["gan"], RECIPES["dcgan"]):
        with pytest.raises(ValueError) as error:
            hyperparameters(recipe, ["x=1"])
        messages.append(str(error.value).split(": use one of ")[1])
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    ("recipe", "assignment", "value"),
    [
        (RECIPES["dcgan_ada"], "geometric=False", {"geometric": False}),
        (RECIPES["fgan"], "alternative=True", {"alternative": True}),
        (RECIPES["fgan"], "divergence=kl", {"divergence": "kl"}),
        (RECIPES["dcgan"], "normalization=None", {"normalization": None}),
        (RECIPES["dcgan"], "normalization=spectral", {"normalization": "spectral"}),
        (RECIPES["sngan"], "latent=uniform", {"latent": "uniform"}),
        (RECIPES["wgan"], "limit=1", {"limit": 1}),
        (RECIPES["pacgan"], "pack_size=3", {"pack_size": 3}),
        (RECIPES["adagan"], "steps_per_component=9", {"steps_per_component": 9}),
    ],
)
def test_hyperparameters_of_other_recipes(recipe, assignment, value):
    found = hyperparameters(recipe, [assignment])
    assert found == value
    assert [type(each) for each in found.values()] == [type(each) for each in value.values()]


@pytest.mark.parametrize(
    ("recipe", "assignment", "kind"),
    [
        (RECIPES["dcgan_ada"], "geometric=1", "True or False such as True"),
        (RECIPES["dcgan_ada"], "geometric=no", "True or False such as True"),
        (RECIPES["fgan"], "alternative=None", "True or False such as True"),
        (RECIPES["fgan"], "divergence=3", "a name such as squared_hellinger"),
        (RECIPES["dcgan"], "normalization=False", "a name such as batch"),
        (RECIPES["pacgan"], "pack_size=2.0", "a whole number such as 2"),
    ],
)
def test_wrong_kinds_for_other_recipes(recipe, assignment, kind):
    name, text = assignment.split("=")
    with pytest.raises(ValueError) as error:
        hyperparameters(recipe, [assignment])
    assert str(error.value) == f"--set {name}: must be {kind}, got {text!r}."


def offered(recipe):
    """The names that the error of an unknown one lists."""
    with pytest.raises(ValueError) as error:
        hyperparameters(recipe, ["?=1"])
    listed = str(error.value).split(": use one of ")[1].split(" (nearest: ")[0]
    return set(listed.split(", "))


# Of every recipe: the optimisers, their rates, and the game.
COMMON = {"optimizer", "learning_rate", "discriminator_learning_rate", "beta_1", "beta_2"}
COMMON |= {"schedule", "decay_steps", "clip_norm", "discriminator_steps", "moving_average", "width"}


@pytest.mark.parametrize(
    ("recipe", "own", "without"),
    [
        (RECIPES["gan"], set(), set()),
        (RECIPES["lsgan"], {"a", "b", "c"}, {"loss"}),
        (RECIPES["fgan"], {"divergence", "alternative"}, {"loss"}),
        (RECIPES["wgan"], {"limit"}, set()),
        (RECIPES["r3gan"], {"gamma"}, set()),
        (RECIPES["dcgan_ada"], {"target", "images", "geometric"}, set()),
        (RECIPES["sngan"], set(), {"kernel_size", "normalization"}),
        (
            RECIPES["infogan"],
            {"noise", "categories", "continuous", "minimum_scale", "lambda_information"}
            | {"features", "encoder", "prior"},
            {"latent", "latent_dimension", "kernel_size", "depth", "normalization"},
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_can_be_set_beside_what_dcgan_has(recipe, own, without):
    dcgan = offered(RECIPES["dcgan"])
    assert dcgan >= {"latent", "latent_dimension", "kernel_size", "depth", "normalization", "loss"}
    assert offered(recipe) - dcgan == own
    assert dcgan - offered(recipe) == without


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_parts_that_are_objects_are_not_offered(recipe):
    names = offered(recipe)
    assert names >= COMMON
    assert names.isdisjoint(
        ["generator", "discriminator", "model", "discriminator_regularizers"]
        + ["seed", "name", "sample_shape", "conditions", "terms", "hyperparameters"]
    )


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_help_has_each_hyperparameter_with_default_and_meaning(recipe):
    text = " ".join(describe(recipe).split())
    for name, parameter in settable(recipe).items():
        assert parameter.meaning
        meaning = parameter.meaning.replace("`", "")
        assert f" {name}: {meaning} (default: {parameter.default!r}" in text


def test_help_has_the_types_that_a_text_can_give():
    text = " ".join(describe(RECIPES["infogan"]).split())
    assert "(default: None; float or Mapping[str, float] or None)" in text
    assert "(default: 'adam')" in text  # Any optimiser of Keras.
    assert "(default: 'uniform'; uniform, learned, gumbel_softmax)" in text
    assert "(default: None; diffaugment, ada, instance_noise or None)" in text  # No objects.


@pytest.mark.parametrize(
    ("assignment", "nearest"),
    [
        ("loss=minmax", "minimax"),
        ("prior=learnt", "learned"),
        ("encoder=seperate", "separate"),
        ("augmentation=diff_augmnt", "diffaugment"),
        ("schedule=linaer", "linear"),
    ],
)
def test_misspelt_names(assignment, nearest):
    name, _, text = assignment.partition("=")
    line = f"^Unknown {name} '{text}': use one of .* \\(nearest: {nearest}\\)\\.$"
    with pytest.raises(ValueError, match=line):
        hyperparameters(RECIPES["infogan"], [assignment])


@pytest.mark.parametrize("text", ["NonSaturating", "non-saturating", "lsgan", "mse"])
def test_other_names_are_for_the_library(text):
    assert hyperparameters(RECIPES["infogan"], [f"loss={text}"]) == {"loss": text}


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_defaults_are_among_the_names(recipe):
    given = [f"{name}={each.default}" for name, each in settable(recipe).items()]
    names = [each for each in given if choices(each.partition("=")[0]) and "None" not in each]
    assert names and set(hyperparameters(recipe, names)) <= set(settable(recipe))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("lr", "learning_rate"),
        ("latent_dim", "noise"),
        ("z_dim", "noise"),
        ("n_categories", "categories"),
        ("batch", "--batch_size"),
        ("n_epochs", "--steps"),
        ("steps", "--steps"),
    ],
)
def test_words_of_other_libraries_lead_to_a_hyperparameter_or_a_flag(name, nearest):
    with pytest.raises(ValueError) as error:
        hyperparameters(RECIPES["infogan"], [f"{name}=3"])
    assert str(error.value).endswith(f" (nearest: {nearest}).")
