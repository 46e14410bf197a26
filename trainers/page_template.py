"""Pages of one HTML file each, filled with their style, their program and their data."""

from __future__ import annotations

import html
import json
import pathlib
import re
from typing import Any

from tfgan_it.files import check_folder, local_path
from tfgan_it.version import __version__

BUNDLE = pathlib.Path(__file__).with_name("explorer") / "bundle"


def fill(page: str, title: str, data: Any, **places: str) -> str:
    """Returns a page of the bundle, which loads nothing from anywhere.

    Args:
        page: Its name, `explorer` or `report`.
        title: Its title, as text.
        data: What its program reads as JSON, in which numbers that JSON lacks are null.
        **places: HTML for further places of the page.
    """
    texts = {
        "title": html.escape(title),
        "generator": f"tfgan_it {__version__}",
        "style": (BUNDLE / f"{page}.css").read_text(),
        "data": _script_json(data),
        "code": (BUNDLE / f"{page}.js").read_text(),
        **places,
    }
    template = (BUNDLE / f"{page}.html").read_text()
    # In one pass: a name that looks like a place to fill stays a name.
    page = re.sub(r"\{\{(\w+)\}\}", lambda place: texts[place[1]], template)
    return encodable(page)


def page_path(out: str) -> pathlib.Path:
    """Returns where a page is to be written.

    Raises:
        ValueError: If its name does not end in `.html`, as that of a file of another kind.
        OSError: If its folder cannot be written.
    """
    path = local_path(out, "out")
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"--out must end in .html, such as {path}.html, got {out}.")
    check_folder(path.absolute().parent)
    return path


def encodable(text: str) -> str:
    """Replaces what UTF-8 lacks, of names of files in another encoding.

    Example:

    >>> encodable("runs/\\udcff")
    'runs/?'
    """
    return text.encode(errors="replace").decode()


def _script_json(content: Any) -> str:
    """Returns JSON that no script element ends in."""
    known = json.loads(json.dumps(content), parse_constant=lambda _: None)
    return json.dumps(known, separators=(",", ":")).replace("<", "\\u003c")
