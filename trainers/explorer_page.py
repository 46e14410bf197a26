"""One HTML file that holds a model, its real images, and the program that draws from it."""

from __future__ import annotations

import base64
import gzip
import html
from typing import Any

from tfgan_it.export.finished import DESCRIPTION
from tfgan_it.files import reading

from .explored_model import ExploredModel
from .explorer_data import page_data
from .page_template import BUNDLE, fill
from .real_images import RealImages


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
    return fill(
        "explorer",
        model.name,
        known,
        about=html.escape(about),
        contents="\n".join(_script_bytes(name, content) for name, content in contents.items()),
    )


def _about(described: dict[str, Any]) -> str:
    """Returns the line under the title: recipe, data, steps."""
    run = described.get("run") or {}
    words = [run.get("recipe") or "", f"on {run['dataset']}" if run.get("dataset") else ""]
    words = [" ".join(filter(None, words)), f"{described['step']:,} steps"]
    return ", ".join(filter(None, words))


def _script_bytes(name: str, content: bytes) -> str:
    text = base64.b64encode(content).decode()
    return f'<script type="text/plain" id="{html.escape(name)}">{text}</script>'
