"""Pages that are made say what the records say, and no link of the site is dead."""

import json
import posixpath
import re

import pytest

from tfgan_it import recipes
from website import links, navigation, pages
from website.records import ROOT, records

MADE = pages.pages()
WRITTEN = {p.relative_to(ROOT / "docs").as_posix(): p for p in (ROOT / "docs").rglob("*.md")}


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_a_system_has_its_source_defaults_and_records(name):
    page = MADE[f"systems/{name}.md"]
    assert "**Source.**" in page and "\n## Defaults\n" in page and "\n## Records\n" in page
    for record in records().values():
        for head, rule, *rows in record.rows_of(name):
            assert "\n".join([head, rule, *rows]) in page
            assert record.command is None or record.command in page


def test_records_of_one_recipe_are_on_its_page_whatever_their_rows_are_called():
    for name, folder in (("multimodal_infogan", "multimodal"), ("text_gan", "text")):
        assert records()[folder].recipe == name
        page = MADE[f"systems/{name}.md"]
        for table in records()[folder].tables:
            assert "\n".join(table) in page
    (steps,) = records()["text"].tables
    assert len(steps) == 8 and steps[0].startswith("| step | ngram js nats 1 |")
    assert "No record" in MADE["systems/cyclegan.md"]


def test_a_system_is_shown_beside_the_floor():
    (table,) = records()["mode_coverage"].rows_of("wgan_gp")
    assert [row.split(" | ")[0] for row in table[2:]] == [
        "| wgan_gp",
        "| real samples",
        "| *published, best of ring and grid*",
    ]


def test_each_folder_of_results_has_a_page_with_its_command():
    folders = {path.name for path in (ROOT / "results").iterdir() if path.is_dir()}
    assert folders == set(records())
    for folder, record in records().items():
        page = MADE[f"records/{folder}.md"]
        path = ROOT / "results" / folder / "results.json"
        if path.is_file():
            assert json.loads(path.read_text())["command"] in page
        assert all(path.name in page for path in record.pictures)


def test_the_navigation_has_every_page():
    text = json.dumps(navigation.navigation())
    missing = [uri for uri in {*MADE, *WRITTEN} if f'"{uri}"' not in text]
    assert missing == []


def test_links_lead_to_pages_and_files():
    curves = {f"systems/{n}-{folder}.svg" for n in recipes.RECIPES for folder in records()}
    places = {*MADE, *WRITTEN, *pages.attachments(), *curves}
    pictures = [p for p in (ROOT / "docs").iterdir() if p.suffix in (".png", ".gif")]
    places |= {p.name for p in pictures}
    sources = MADE | {uri: path.read_text() for uri, path in WRITTEN.items()}
    for uri, text in sources.items():
        text = re.sub(r"^ *```.*?^ *```", "", links.linked(text, uri), flags=re.M | re.S)
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s#]+)", text):
            place = posixpath.normpath(posixpath.join(posixpath.dirname(uri), target))
            assert place in places, f"{uri}: {target}"


def test_links_of_written_pages_hold_without_a_site_too():
    """As where the repository is read in a browser."""
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md")]:
        text = re.sub(r"^ *```.*?^ *```|`[^`\n]+`", "", path.read_text(), flags=re.M | re.S)
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)\s#]+)", text):
            assert (path.parent / target).exists(), f"{path}: {target}"


@pytest.mark.parametrize(
    ("uri", "target", "place"),
    [
        ("index.md", "../tfgan_it/recipes/", "systems/index.md"),
        ("index.md", "../results/", "gallery/index.md"),
        ("index.md", "../results/README.md", "records/index.md"),
        ("how_to/shapes.md", "../../results/precision/", "../records/precision.md"),
        ("how_to/shapes.md", "../../results/quality/table.md", "../records/quality.md"),
        ("reference.md", "../tfgan_it/losses/__init__.py", "reference/losses.md"),
        ("reference.md", "../tfgan_it/step.py", "reference/step.md"),
        ("reference.md", "../trainers/", "reference/programs.md"),
        ("keras.md", "results.md#cost", "results.md#cost"),
    ],
)
def test_on_the_site_a_link_leads_to_the_page_that_is_made(uri, target, place):
    assert links.linked(f"see [there]({target}).", uri) == f"see [there]({place})."


def test_a_link_to_a_table_becomes_the_table():
    text = links.linked("[T](../results/mode_coverage/table.md)", "results.md")
    assert text.startswith("| system | ring") and "(records/mode_coverage.md)" in text


def test_names_in_code_lead_to_the_reference():
    text = links.linked("`InfoNCE` and `foo`\n\n```python\n`InfoNCE`\n```\n", "keras.md")
    assert text.startswith("[`InfoNCE`][tfgan_it.losses.InfoNCE] and `foo`\n")
    assert "```python\n`InfoNCE`\n```" in text
