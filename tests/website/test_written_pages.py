"""The code of tutorials, how-to and explanation runs as written, each page as one program."""

import os
import re
import subprocess
import sys

import numpy as np
import pytest

from trainers.programs import NAMES
from website.records import ROOT

DOCS = ROOT / "docs"
# Pages with independent examples are run by tests/test_docs.py.
PAGES = ["index.md"] + sorted(
    path.relative_to(DOCS).as_posix()
    for folder in ("explanation", "how_to", "tutorials")
    for path in (DOCS / folder).glob("*.md")
)
# Commands that need what a test has not: several machines, a registry, a server.
ELSEWHERE = re.compile("TF_CONFIG|strategy=|pip install|docker|curl")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), flags=re.M | re.S)


WITH_PYTHON = [page for page in PAGES if blocks(page, "python")]
WITH_COMMANDS = [
    page for page in PAGES if not all(map(ELSEWHERE.search, blocks(page, "bash") or ["docker"]))
]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_PYTHON)
def test_python_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "page"}
    for block in blocks(page, "python"):
        exec(compile(re.sub(r"epochs=\d+", "epochs=1", block), page, "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_COMMANDS)
def test_commands_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    python = os.path.dirname(sys.executable)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment["PATH"] = f"{python}{os.pathsep}{environment['PATH']}"
    if page == "tutorials/own_images.md":  # Its folder comes from the code above.
        exec(blocks(page, "python")[0], {})
    for block in blocks(page, "bash"):
        if not ELSEWHERE.search(block):
            subprocess.run(["bash", "-ec", block], env=environment, check=True, timeout=300)


@pytest.mark.parametrize("page", PAGES)
def test_commands_run_anywhere(page):
    """`evaluate` needs a checkout, and two pages tell of both forms."""
    text = (DOCS / page).read_text()
    if page not in ("index.md", "how_to/command_line.md", "how_to/install.md"):
        assert set(re.findall(r"python -m trainers\.(\w+)", text)) <= {"evaluate"}
    assert set(re.findall(r"^ *tfgan-it (\w+)", text, flags=re.M)) <= set(NAMES)


def test_each_question_has_a_page():
    titles = {path.stem for path in (DOCS / "how_to").glob("*.md")} - {"index"}
    assert titles == {
        "add_a_system",
        "best_checkpoint",
        "command_line",
        "conditional",
        "edit_images",
        "experiment_trackers",
        "explore",
        "report",
        "export",
        "image_to_image",
        "infogan_failed",
        "information_card",
        "install",
        "known_factors",
        "losses_and_collapse",
        "mixed_precision",
        "mutual_information",
        "negative_information",
        "own_fid",
        "resume",
        "save_and_load",
        "serving",
        "several_devices",
        "shapes",
        "text_and_sound",
    }


PUBLISHED = (".910", ".040", "0.133")  # By others.
SECTIONS = re.split(r"^(?=##+ )", (DOCS / "results.md").read_text(), flags=re.M)[1:]


@pytest.mark.parametrize("section", SECTIONS, ids=[s.splitlines()[0] for s in SECTIONS])
def test_every_decimal_of_the_journal_is_on_record(section):
    """As it is shown, or rounded, in a record that its section links, or in the protocols."""
    texts = [(ROOT / "results" / "README.md").read_text()]
    for link in set(re.findall(r"\]\(\.\./(results/[^)#]*)\)", section)):
        path = ROOT / link
        folder = path if path.is_dir() else path.parent
        files = [path] if path.suffix == ".json" else [*folder.glob("*.md"), *folder.glob("*.json")]
        texts += [file.read_text() for file in files]
    numbers = set(re.findall(r"-?\d*\.?\d+(?:e-?\d+)?", " ".join(texts)))
    values = np.array([float(number) for number in numbers])
    for number in re.findall(r"(?<![\w.])-?\d*\.\d+", section):
        if number in PUBLISHED:
            continue
        near = 0.5001 * 10 ** -len(number.split(".")[1])
        found = min(np.abs(float(number) - s * values).min() for s in (1, 100))  # 100 of shares.
        assert found <= near, number


def test_notebooks_have_the_code_of_their_pages():
    pytest.importorskip("jupytext")
    import json

    from website.notebooks import notebooks

    made = notebooks()
    assert len(made) == 5
    for name, text in made.items():
        cells = json.loads(text)["cells"]
        code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        page = f"tutorials/{name.removesuffix('.ipynb')}.md"
        python = [block.strip("\n") for block in blocks(page, "python")]
        assert [cell for cell in code if not cell.startswith("%%bash")] == python
