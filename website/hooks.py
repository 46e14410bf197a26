"""Hooks of MkDocs: pages that are made, the navigation, and links to the reference."""

from __future__ import annotations

import pathlib
import sys
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from website.links import linked  # noqa: E402
from website.navigation import navigation  # noqa: E402
from website.notebooks import notebooks  # noqa: E402
from website.pages import attachments, pages  # noqa: E402
from website.systems import pictures  # noqa: E402


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Sets the navigation."""
    config.nav = navigation()
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made, and the pictures and records that pages show."""
    made = pages() | {f"tutorials/{name}": text for name, text in notebooks().items()}
    for uri, content in (made | pictures()).items():
        files.append(File.generated(config, uri, content=content))
    for uri, path in attachments().items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Adds the notebook of a tutorial, and leads links to the site and names to the reference."""
    uri = page.file.src_uri
    if uri.startswith("tutorials/") and not uri.endswith("index.md"):
        title, _, body = markdown.partition("\n")
        notebook = f"{pathlib.PurePosixPath(uri).stem}.ipynb"
        markdown = f"{title}\n\n[This page as a notebook]({notebook})\n{body}"
    return linked(markdown, uri)
