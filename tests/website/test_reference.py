"""The reference has every public name, and a description of every argument."""

import dataclasses
import inspect

import pytest

from trainers.recipe_table import descriptions
from website import programs, public_names, reference
from website.docstrings import arguments, completed
from website.public_names import identifier, names_of, rooms

PUBLIC = [(room, name) for room, module in rooms().items() for name in names_of(module)]


def is_built_by_keras(value):
    """Whether a class has Keras's own constructor, whose arguments Keras documents."""
    return inspect.isclass(value) and value.__init__.__module__.partition(".")[0] == "keras"


def test_each_name_stands_on_the_page_of_its_room():
    pages = reference.pages()
    for room, name in PUBLIC:
        assert f"::: {identifier(room, name)}\n" in pages[f"reference/{room}.md"]


@pytest.mark.parametrize("room", rooms())
def test_no_description_leads_elsewhere(room):
    for name in names_of(rooms()[room]):
        text = completed(getattr(rooms()[room], name))
        assert text and "As for" not in text, name


@pytest.mark.parametrize("room", ["recipes", "models", "regularizers", "losses", "layers"])
def test_each_argument_is_described(room):
    for name in names_of(rooms()[room]):
        value = getattr(rooms()[room], name)
        if is_built_by_keras(value) or dataclasses.is_dataclass(value) or not arguments(value):
            continue
        parameters = inspect.signature(value).parameters.values()
        taken = {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
        assert taken - set(arguments(value)) == set(), name


def test_hyperparameters_are_spelled_out():
    described = arguments(rooms()["recipes"].wgan_gp)
    assert described["lambda_"].startswith("Weight of the penalty")
    assert described["moving_average"].startswith("Decay of the moving average")
    assert "hyperparameters" not in "".join(described)


def test_each_program_has_its_flags():
    page = programs.pages()["reference/programs.md"]
    for program in programs.NAMES:
        assert f"## trainers.{program}\n" in page
    assert "- `--steps=3000`: Number of generator updates." in page
    assert "float32, mixed_bfloat16, mixed_float16" in page


def test_a_docstring_becomes_markdown():
    text = completed(rooms()["regularizers"].R1)
    assert "**Source.** Mescheder et al., 2018" in text
    assert "```pycon\n>>> R1(gamma=1.0, every=16)\nR1(gamma=1.0, every=16)\n```" in text
    assert set(descriptions(text, "Args")) == {
        "gamma",
        "every",
        "start",
        "name",
        "dtype",
        "trainable",
    }


def test_a_name_that_means_two_things_is_not_linked():
    found = public_names.anchors()
    assert found["InfoNCE"] == "tfgan_it.losses.InfoNCE"
    assert "grid" not in found  # A data set and a picture.
    assert "GeneratedSamples" not in found  # Of models and of step.
