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
from .real_images import RealImages

BUNDLE = pathlib.Path(__file__).with_name("explorer") / "bundle"
_PART = ("kind", "dimension", "columns", "entropy_nats", "low", "high", "scale")


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


def page_data(model: ExploredModel, images: RealImages | None) -> dict[str, Any]:
    """Returns what the page knows of the model."""
    described = model.description
    samples, shape = _drawable(described["sample_shape"])
    labels = (described["conditions"] or {}).get("kind") == "Label"
    return {
        "model": model.name,
        "notice": obstacle(model),
        "samples": samples,
        "shape": shape,
        "range": described["value_range"] or [-1.0, 1.0],
        "latent": [
            {"name": name, **{key: part[key] for key in _PART if part.get(key) is not None}}
            for name, part in (described["latent"] or {}).items()
        ],
        "classes": described["conditions"]["classes"] if labels else None,
        "recognises": "infer_codes" in model.graphs,
        "images": images
        and {
            "count": len(images["images"]),
            **{name: images[name] for name in ("labels", "classes", "dataset")},
        },
    }


def obstacle(model: ExploredModel) -> str:
    """Returns in one line why the page cannot draw samples, or nothing if it can."""
    described = model.description
    if not model.graphs:
        return "This model makes no samples from latents: this page has nothing to show of it."
    if (kind := (described["conditions"] or {}).get("kind")) not in (None, "Label"):
        return (
            f"Samples of this model need conditions ({kind}), which cannot be given in this page."
        )
    if not _drawable(described["sample_shape"])[0]:
        return f"Samples of this model, {described['sample_shape']}, cannot be drawn."
    return ""


def _drawable(shape: Any) -> tuple[str, list[int]]:
    """Returns name and shape of what is drawn of a sample: an image, or a point; or no name."""
    parts = shape if isinstance(shape, dict) else {"images": shape}
    for name, size in parts.items():
        if (len(size) == 3 and size[-1] in (1, 3, 4)) or size == [2]:
            return name, size
    return "", []


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
