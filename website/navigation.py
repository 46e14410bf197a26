"""The navigation of the site."""

from __future__ import annotations

import re
from typing import Any

from tfgan_it import recipes
from website.public_names import rooms
from website.records import ROOT, records
from website.results import title_of

# Pages at the top of docs/ that belong elsewhere.
_TABS = ("index", "reference", "results", "pictures")


def navigation() -> list[dict[str, Any]]:
    """Returns MkDocs's `nav`: written pages in the order of their folder's index, made ones."""
    return [
        {"Home": "index.md"},
        {"Tutorials": _written("tutorials")},
        {"How-to": _written("how_to")},
        {"Choosing": _written("choosing")},
        {"Systems": ["systems/index.md", *({n: f"systems/{n}.md"} for n in recipes.RECIPES)]},
        {
            "Explanation": [
                *_written("explanation"),
                *(p.name for p in sorted((ROOT / "docs").glob("*.md")) if p.stem not in _TABS),
            ]
        },
        {
            "Reference": [
                "reference.md",
                "reference/programs.md",
                *({r: f"reference/{r}.md"} for r in rooms()),
            ]
        },
        {
            "Results": [
                "results.md",
                "pictures.md",
                "gallery/index.md",
                "records/index.md",
                *({title_of(folder): f"records/{folder}.md"} for folder in records()),
            ]
        },
        {
            "About": [
                "about/changelog.md",
                "about/contributing.md",
                "about/security.md",
                "about/saved_models.md",
            ]
        },
    ]


def _written(folder: str) -> list[str]:
    """Returns the pages of a folder of docs/ in the order in which its index links them."""
    text = (ROOT / "docs" / folder / "index.md").read_text()
    linked = re.findall(r"\]\((\w+\.md)\)", text)
    return [f"{folder}/index.md", *(f"{folder}/{page}" for page in dict.fromkeys(linked))]
