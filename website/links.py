"""Links of pages: what leads out of docs/ stays on the site, names lead to the reference."""

from __future__ import annotations

import posixpath
import re

from website.public_names import anchors
from website.records import ROOT

# Pages of the repository outside of docs/, by their place on the site.
OUTSIDE = {
    "CONTRIBUTING.md": "about/contributing.md",
    "CHANGELOG.md": "about/changelog.md",
    "SECURITY.md": "about/security.md",
    "saved_models/README.md": "about/saved_models.md",
}
# What pages that are made are made of: there, links lead where there is no site.
_MADE_OF = {
    "README.md": "index.md",
    "results/README.md": "records/index.md",
    "results": "gallery/index.md",
    "tfgan_it/recipes": "systems/index.md",
    "trainers": "reference/programs.md",
}
_RECORD = re.compile(r"results/(\w+)(/table\.md)?")
_MODULE = re.compile(r"tfgan_it/(\w+)(/__init__)?\.py")
_FENCE = re.compile(r"(^ *```.*?^ *```[ \t]*$)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")
_TABLE = re.compile(r"^\[[^\]]+\]\((?:\.\./)*(results/\w+/table\.md)\)$", re.MULTILINE)
_NAME = re.compile(r"(?<![\[`\w])`((?:tfgan_it\.|ti\.)?[A-Za-z_][\w.]*?)(\(.*?\))?`(?![`\]])")


def with_names(text: str) -> str:
    """Links the public names in `code` to the reference.

    Example:

    >>> with_names("Add `regularizers.R1`, not `foo`.")
    'Add [`regularizers.R1`][tfgan_it.regularizers.R1], not `foo`.'
    """

    def link(match: re.Match[str]) -> str:
        target = anchors().get(match[1])
        return f"[{match[0]}][{target}]" if target else match[0]

    lines = [line if line.startswith("#") else _NAME.sub(link, line) for line in text.split("\n")]
    return "\n".join(lines)


def linked(text: str, uri: str) -> str:
    """Returns the Markdown of a page with links that hold on the site.

    Args:
        text: The page, whose links hold in the repository.
        uri: Its place on the site, such as `explanation/step.md`.
    """
    sources = {place: path for path, place in OUTSIDE.items()}
    # Where the page lies in the repository; pages that are made have links of the site.
    place = sources.get(uri, f"docs/{uri}")
    home = posixpath.dirname(place)

    def on_the_site(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(home, match[1]))
        if record := _RECORD.fullmatch(target):
            target = f"records/{record[1]}.md"
        if module := _MODULE.fullmatch(target):
            target = f"reference/{module[1]}.md"
        target = _MADE_OF.get(target, target)
        target = OUTSIDE.get(target, target.removeprefix("docs/"))
        return posixpath.relpath(target, posixpath.dirname(uri) or ".") + (match[2] or "")

    def table(match: re.Match[str]) -> str:
        folder = match[1].split("/")[1]
        up = "../" * uri.count("/")
        return f"{(ROOT / match[1]).read_text()}\n[The record]({up}records/{folder}.md)"

    parts = _FENCE.split(text)
    for i in range(0, len(parts), 2):  # The others are code.
        parts[i] = _TABLE.sub(table, parts[i])
        if not (uri.startswith(("systems/", "records/", "gallery/")) and uri not in sources):
            parts[i] = _LINK.sub(on_the_site, parts[i])
        parts[i] = with_names(parts[i])
    return "".join(parts)
