"""One HTML file that holds a model, its real images, and the program that draws from it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import pathlib
import re
from typing import Any

from tfgan_it.export.finished import DESCRIPTION
from tfgan_it.files import reading
from tfgan_it.version import __version__

from .explored_model import ExploredModel
from .explorer_data import page_data
from .real_images import RealImages

BUNDLE = pathlib.Path(__file__).with_name("explorer") / "bundle"


def compose(model: ExploredModel, images: RealImages | None) -> str:
    """Returns the page, which loads nothing from anywhere.

    What comes from a model's description, such as the names of codes, is data: no text of it is
    read as HTML or as a program.

    Args:
        model: The model.
        images: Real images beside it, or None.

    Raises:
        ValueError: If the description lacks something, or the model's name is none of a file.
    """
    with reading(DESCRIPTION, "the description of an export"):
        known, about = page_data(model, images), _about(model.description)
    contents = {"runtime": (BUNDLE / "runtime.wasm.gz").read_bytes()} if model.graphs else {}
    contents |= {
        f"graph-{name}": gzip.compress(graph, mtime=0) for name, graph in model.graphs.items()
    }
    if images is not None and model.graphs:
        contents["images"] = gzip.compress(images["images"].tobytes(), mtime=0)
    texts = {
        "title": html.escape(model.name),
        "about": html.escape(about),
        "generator": f"tfgan_it {__version__}",
        "style": (BUNDLE / "explorer.css").read_text(),
        "data": _script_json(known),
        "contents": "\n".join(_script_bytes(name, content) for name, content in contents.items()),
        "code": (BUNDLE / "explorer.js").read_text(),
    }
    template = (BUNDLE / "page.html").read_text()
    # In one pass: a name that looks like a place to fill stays a name.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: texts[place[1]], template)


def _about(described: dict[str, Any]) -> str:
    """Returns the line under the title: recipe, data, steps."""
    run = described.get("run") or {}
    words = [run.get("recipe") or "", f"on {run['dataset']}" if run.get("dataset") else ""]
    words = [" ".join(filter(None, words)), f"{described['step']:,} steps"]
    return ", ".join(filter(None, words))


def _script_json(content: Any) -> str:
    """Returns JSON that no script element ends in; numbers that JSON lacks are null."""
    known = json.loads(json.dumps(content), parse_constant=lambda _: None)
    return json.dumps(known).replace("<", "\\u003c")


def _script_bytes(name: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    return f'<script type="text/plain" id="{html.escape(name)}">{text}</script>'
