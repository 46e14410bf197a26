"""Publications of docstrings, as BibTeX."""

import ast
import pathlib
import re

import keras
import pytest

import tfgan_it
from tfgan_it import recipes
from tfgan_it.citations import (
    Citation,
    as_bibtex,
    check_citations,
    citations_of,
    find_citations,
    source_of,
)

ROOT = pathlib.Path(tfgan_it.__file__).parent
# Of all that a model can be made of.
SOURCES = {
    name: kind.__doc__
    for name, kind in keras.saving.get_custom_objects().items()
    if name.startswith("tfgan_it>")
}
SOURCES |= {f"recipes.{name}": recipe.__doc__ for name, recipe in recipes.RECIPES.items()}
SOURCES = {name: source_of(text) for name, text in SOURCES.items() if source_of(text)}


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_of_a_part_is_whole(name):
    found = find_citations(SOURCES[name])
    assert len(found) == len(re.findall(r"\b[12][089]\d\d\b", SOURCES[name])), SOURCES[name]
    assert found or SOURCES[name].startswith("ours"), SOURCES[name]


def test_a_publication_has_one_title_in_the_whole_package():
    titles = {}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                for citation in find_citations(source_of(ast.get_docstring(node))):
                    key = citation.authors, citation.year, citation.title.lower()[:12]
                    titles.setdefault(key, set()).add(citation.title)
    assert len(titles) > 90
    assert [shown for shown in titles.values() if len(shown) > 1] == []


def test_a_key_belongs_to_one_publication():
    found = {c for source in SOURCES.values() for c in find_citations(source)}
    assert len({citation.key for citation in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('Lin, 1991, "Divergence".', ("Lin", 1991, "Divergence")),
        ('as van den Oord et al., 2018, "A B", do', ("van den Oord et al.", 2018, "A B")),
        ('De Vries et al., 2017, "A."', ("De Vries et al.", 2017, "A")),
        ('In Jang, Gu and Poole, 2017, "A"', ("Jang, Gu and Poole", 2017, "A")),
        ('Kynkäänniemi and Roy-Bald, 2019, "A?"', ("Kynkäänniemi and Roy-Bald", 2019, "A?")),
    ],
)
def test_authors_of_every_kind_are_found(text, expected):
    assert find_citations(text) == [Citation(*expected)]


def test_what_is_not_a_publication_is_not_found():
    assert find_citations('In 2014, "a", of Chen et al. and Lin, 2018.') == []
    assert source_of(None) is None and find_citations(None) == []


def test_a_source_ends_at_its_departures_and_at_its_paragraph():
    text = (
        'A.\n\n    Source: Lin, 1991, "A\n    B". Departures: as Chen, 2000, "C".\n\n    Example.'
    )
    assert source_of(text) == 'Lin, 1991, "A B".'
    assert source_of('Source: Lin, 1991, "A".\n\nMore, 2000, "B".') == 'Lin, 1991, "A".'


def test_bibtex_of_names_and_of_signs():
    text = Citation("Jang, Gu and Poole", 2017, "100% of A & B").bibtex()
    assert "author = {Jang and Gu and Poole}," in text
    assert r"title = {{100\% of A \& B}}," in text
    assert text.startswith("@misc{jang2017100,\n") and text.endswith(",\n}")


def test_publications_that_would_have_one_key_get_two():
    both = [Citation("Lin", 2018, "GAN one"), Citation("Lin", 2018, "GAN two")]
    text = as_bibtex([*both, both[0]])
    assert re.findall(r"@misc{(\w+),", text) == ["lin2018gan", "lin2018gan2"]


def test_a_class_without_a_source_has_that_of_its_parent():
    class Mine(tfgan_it.losses.NonSaturating):
        """Mine."""

    assert citations_of(Mine) == citations_of(tfgan_it.losses.NonSaturating) != []


@pytest.mark.parametrize("wrong", [["a paper"], [3], [None]])
def test_what_cannot_be_cited_is_refused_in_one_line(wrong):
    with pytest.raises(ValueError, match=r"^GAN: citations must be texts such as .*got "):
        check_citations("GAN", wrong)
