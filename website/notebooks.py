"""Notebooks of the tutorials, made from their pages: `python -m website.notebooks FOLDER`."""

from __future__ import annotations

import pathlib
import sys

import jupytext

from website.records import ROOT

TUTORIALS = ROOT / "docs" / "tutorials"


def notebooks() -> dict[str, str]:
    """Returns the text of each notebook by its name, with a code cell for each block of Python."""
    found = {}
    for page in sorted(TUTORIALS.glob("*.md")):
        if page.stem == "index":
            continue
        notebook = jupytext.reads(page.read_text(), fmt="md")
        for cell in notebook.cells:
            cell.id = f"cell-{notebook.cells.index(cell)}"  # The same in every build.
        notebook.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        found[f"{page.stem}.ipynb"] = jupytext.writes(notebook, fmt="ipynb")
    return found


def main() -> None:
    """Writes the notebooks into a folder."""
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in notebooks().items():
        (folder / name).write_text(text)
        print(folder / name)


if __name__ == "__main__":
    main()
