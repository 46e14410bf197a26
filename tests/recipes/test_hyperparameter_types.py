"""The types of recipes for type checkers and editors agree with their arguments."""

import inspect
import os
import pathlib
import subprocess
import sys
import typing

import pytest

from tfgan_it import recipes
from tfgan_it.recipes.hyperparameters import (
    DCGANHyperparameters,
    GameHyperparameters,
    InfoGANHyperparameters,
    with_terms,
)
from tfgan_it.regularizers import R1

ROOT = pathlib.Path(__file__).parents[2]


def hints_of(function):
    """Types of a recipe's own parameters, and of those that its TypedDict names."""
    own = typing.get_type_hints(function)
    own.pop("return")
    passed_on = typing.get_args(own.pop("hyperparameters", None))
    return own, typing.get_type_hints(passed_on[0]) if passed_on else {}


# Of all that is passed on. The discriminator of `dcgan` is another than that of `build_gan`.
TYPES = {}
for parent in (recipes.build_gan, recipes.infogan, recipes.dcgan):
    TYPES |= hints_of(parent)[0]


@pytest.mark.parametrize("name", list(recipes.RECIPES))
def test_names_and_types_are_those_of_the_signature(name):
    own, passed_on = hints_of(recipes.get(name))
    assert not own.keys() & passed_on.keys()  # PEP 692 forbids both.
    parameters = inspect.signature(recipes.get(name)).parameters
    assert own.keys() | passed_on.keys() == parameters.keys()
    assert passed_on == {key: TYPES[key] for key in passed_on}


@pytest.mark.parametrize(
    "parent, typed, left_out",
    [
        ("build_gan", GameHyperparameters, {"generator", "discriminator", "conditions"}),
        ("dcgan", DCGANHyperparameters, set()),
        ("infogan", InfoGANHyperparameters, set()),
    ],
)
def test_a_family_passes_on_all_that_its_parent_takes(parent, typed, left_out):
    parameters = inspect.signature(getattr(recipes, parent)).parameters.keys()
    made_by_the_recipe = {"sample_shape", "model"} | left_out
    assert set(typing.get_type_hints(typed)) == parameters - made_by_the_recipe


@pytest.mark.parametrize("name", list(recipes.RECIPES))
@pytest.mark.parametrize("wrong, nearest", [("sede", "seed"), ("run_eagrly", "run_eagerly")])
def test_a_misspelt_name_is_refused_before_anything_is_built(name, wrong, nearest):
    message = rf"^Unknown hyperparameter of {name} '{wrong}': use .* \(nearest: {nearest}\)\.\Z"
    with pytest.raises(TypeError, match=message):
        recipes.get(name)(None, **{wrong: 1})


def test_terms_of_a_recipe_stand_before_those_of_a_user():
    mine = R1()
    given = {"seed": 1, "terms": (mine,)}
    assert with_terms(given, terms=["ours"], generator_regularizers=["more"]) == {
        "seed": 1,
        "terms": ["ours", mine],
        "generator_regularizers": ["more"],
    }
    assert given == {"seed": 1, "terms": (mine,)}


@pytest.mark.slow
def test_a_type_checker_finds_a_misspelt_name(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(
        "import tfgan_it as ti\n"
        "right = ti.recipes.dcgan((8, 8, 1), width=8, jit_compile=True)\n"
        "wrong = ti.recipes.dcgan((8, 8, 1), widht=8)\n"
        "typed = ti.recipes.wgan_gp((8, 8, 1), beta_2='large')\n"
        "reveal_type(ti.recipes.adagan((2,)))\n"
    )
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--ignore-missing-imports", "--follow-imports=silent"]
        + [f"--cache-dir={tmp_path / 'cache'}", "--python-executable", sys.executable, "user.py"],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    found = [line for line in checked.stdout.splitlines() if "error: " in line or "Reve" in line]
    assert [line.split(": ", 1)[0] for line in found] == ["user.py:3", "user.py:4", "user.py:5"]
    assert 'Unexpected keyword argument "widht" for "dcgan"; did you mean "width"?' in found[0]
    assert 'Argument "beta_2" to "wgan_gp" has incompatible type "str"' in found[1]
    assert 'Revealed type is "tfgan_it.models.adagan.AdaGAN"' in found[2]
