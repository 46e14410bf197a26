"""Publications of docstrings, as BibTeX."""

import ast
import functools
import pathlib
import re
import unicodedata

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
from tfgan_it.publications import PUBLICATIONS

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


@functools.cache
def all_citations():
    texts = (" ".join(path.read_text().split()) for path in ROOT.rglob("*.py"))
    return {citation.key: citation for text in texts for citation in find_citations(text)}


@pytest.mark.parametrize("key", PUBLICATIONS)
def test_a_known_publication_is_cited_and_begins_with_the_same_author(key):
    cited, known = all_citations()[key], PUBLICATIONS[key]
    names = known.authors.split(", ") if known.authors else []
    assert len(names) <= 6
    if names:
        plain = unicodedata.normalize("NFKD", names[0].replace("ø", "o").replace("ı", "i"))
        first = re.sub(r"[^a-z]", "", plain.encode("ascii", "ignore").decode().lower())
        assert first.endswith(re.match("[a-z]+", key)[0])
        listed = re.split(", | and ", cited.authors.removesuffix(" et al."))
        assert len(names) == len(listed) or (cited.authors.endswith(" et al.") and len(names) > 2)
    entry = cited.bibtex()
    assert entry.startswith(f"@{known.kind}{{{key},\n") and f"  {known.field} = {{" in entry
    assert ("and others" in entry) == (not names)


def test_what_recipes_cite_has_a_venue_and_its_authors():
    """But for three: of one the authors, of the others the authors are more than six."""
    keys = {c.key for recipe in recipes.RECIPES.values() for c in find_citations(recipe.__doc__)}
    assert keys <= set(PUBLICATIONS)
    others = {key for key in keys if not PUBLICATIONS[key].authors}
    assert others <= {"huang2024gan", "goodfellow2014generative", "belghazi2018mutual"}


def test_an_entry_of_a_conference_and_one_of_a_journal():
    chen = all_citations()["chen2016infogan"].bibtex().splitlines()
    assert chen[0] == "@inproceedings{chen2016infogan,"
    assert chen[1] == (
        "  author = {Xi Chen and Yan Duan and Rein Houthooft and John Schulman and Ilya Sutskever "
        "and Pieter Abbeel},"
    )
    assert "  booktitle = {Advances in Neural Information Processing Systems}," in chen
    lin = all_citations()["lin1991divergence"].bibtex()
    assert lin.startswith("@article{") and "journal = {IEEE Transactions on Information The" in lin
    assert "and others" in Citation("Nobody et al.", 2031, "Later").bibtex()


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
