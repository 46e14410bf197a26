"""What is read from the source of the recipes is what their signatures and docstrings say."""

import ast
import inspect

import pytest

from experiments.suites.quality_jobs import LEFT_OUT
from tfgan_it import recipes
from trainers.recipe_table import recipe_table


def test_all_recipes_are_in_the_table():
    assert list(recipe_table()) == list(recipes.RECIPES)


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_names_defaults_and_types_are_those_of_the_signature(name):
    signature = inspect.signature(recipes.RECIPES[name]).parameters
    keywords = {key: each for key, each in signature.items() if each.kind is each.KEYWORD_ONLY}
    table = recipe_table()[name].parameters
    assert list(table) == list(keywords)
    for key, parameter in keywords.items():
        assert table[key].annotation == parameter.annotation
        if isinstance(table[key].default, ast.AST):  # A class, which no text can give.
            assert callable(parameter.default)
        elif parameter.default is not parameter.empty:
            assert table[key].default == parameter.default
            assert type(table[key].default) is type(parameter.default)


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_summary_source_and_conditions_are_those_of_the_recipe(name):
    recipe, documentation = recipe_table()[name], recipes.RECIPES[name].__doc__
    assert documentation.startswith(f"{recipe.summary}.\n")
    assert f"Source: {recipe.source}," in " ".join(documentation.split())
    signature = inspect.signature(recipes.RECIPES[name])
    assert (recipe.condition is not None) == ("conditions" in signature.parameters)


def test_recipes_of_images_are_those_whose_samples_the_quality_suite_measures():
    assert {name for name, r in recipe_table().items() if not r.takes_images} == set(LEFT_OUT)


def test_meanings_are_those_of_the_recipe_or_of_its_parent():
    table = recipe_table()
    assert table["wgan"].parameters["limit"].meaning.startswith("Largest absolute value of the")
    loss = table["dcgan"].parameters["loss"].meaning
    assert loss == table["wgan"].parameters["loss"].meaning == "An adversarial loss, or its name."
