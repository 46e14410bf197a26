"""Flags of the commands that pages name are those of the programs, in blocks and in prose."""

import re
import shlex

import pytest

from trainers.hyperparameters import get_recipe, hyperparameters
from trainers.programs import NAMES, program
from website.records import ROOT

PAGES = ["README.md", "CONTRIBUTING.md", "results/README.md"] + sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")
)
ENDS = r" (?:&&|\||>|&|# )"  # What follows is another command, or none.
PLACEHOLDER = re.compile(r"=[A-Z]+$|\.\.\.$")
MISSPELT = "wgna"  # A page shows what is said of it.


def commands(text):
    """Returns the name and the words of each command in a text, without what stands for others."""
    found = []
    lines = text.replace("\\\n", " ")
    for name, rest in re.findall(r"(?:tfgan-it|python -m trainers)[ .]([a-z]+)( [^`\n]*)?", lines):
        words = shlex.split(re.split(ENDS, rest)[0], comments=True)
        found.append((name, [word for word in words if not PLACEHOLDER.search(word)]))
    return found


def understood(name, words):
    """Parses the words as the program does, and the hyperparameters among them."""
    values = program(name).new_flags()
    values([name, *words])
    if "recipe" in values and "set" in values:
        hyperparameters(get_recipe(values["recipe"].value), values["set"].value)


@pytest.mark.parametrize("page", PAGES)
def test_programs_understand_their_commands(page):
    for name, words in commands((ROOT / page).read_text()):
        assert name in NAMES
        flags = [word for word in words if word.startswith("--")]
        if flags and f"--recipe={MISSPELT}" not in flags:  # Without flags it is a program in prose.
            understood(name, words)


@pytest.mark.parametrize("name", NAMES)
def test_programs_understand_the_examples_of_their_help(name):
    for other, words in commands(program(name).about):
        understood(other, words)


@pytest.mark.parametrize("page", PAGES)
def test_each_experiment_is_a_module(page):
    for name in re.findall(r"python -m (experiments\.[a-z_.]+[a-z_])", (ROOT / page).read_text()):
        path = ROOT / name.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


def test_an_unknown_flag_and_hyperparameter_are_found():
    with pytest.raises(Exception, match="Unknown command line flag 'stepz'"):
        understood(*commands("see `tfgan-it train --stepz=9`")[0])
    with pytest.raises(ValueError, match="widht"):
        understood(*commands("    tfgan-it train --recipe=wgan --set widht=9")[0])
