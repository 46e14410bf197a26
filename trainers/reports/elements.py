"""Elements of HTML, whose text and attributes are escaped: names come from files."""

from __future__ import annotations

import base64
import pathlib
import xml.etree.ElementTree as tree
from collections.abc import Iterable, Sequence
from typing import Any

Element = tree.Element
Child = Element | str | None


def element(tag: str, *children: Child, **attributes: Any) -> Element:
    """Makes an element; `class_` is `class`, `data_step` is `data-step`, None leaves it out.

    Example:

    >>> written(element("p", "a < b", element("b", "c"), class_="note"))
    '<p class="note">a &lt; b<b>c</b></p>'
    """
    given = {
        name.rstrip("_").replace("_", "-"): str(value)
        for name, value in attributes.items()
        if value is not None
    }
    made = tree.Element(tag, given)
    for child in children:
        if isinstance(child, str):
            if len(made):
                made[-1].tail = (made[-1].tail or "") + child
            else:
                made.text = (made.text or "") + child
        elif child is not None:
            made.append(child)
    return made


def written(*elements: Element) -> str:
    """Returns elements as HTML."""
    return "\n".join(tree.tostring(each, encoding="unicode", method="html") for each in elements)


def table(
    head: Sequence[Child],
    rows: Iterable[Sequence[Child]],
    caption: str,
    *,
    captioned: bool = True,
) -> Element:
    """Makes a table in a box that scrolls; the first cell of a row is its heading.

    Args:
        head: Headings of the columns.
        rows: The rows.
        caption: What the table shows.
        captioned: Whether that stands above it, or is only told to those who do not see it.
    """
    body = [
        element(
            "tr", element("th", row[0], scope="row"), *(element("td", cell) for cell in row[1:])
        )
        for row in rows
    ]
    made = element(
        "table",
        element("caption", caption) if captioned else None,
        element("thead", element("tr", *(element("th", cell, scope="col") for cell in head))),
        element("tbody", *body),
    )
    box = element("div", made, class_="scroll", tabindex="0", role="region")
    box.set("aria-label", caption)
    return box


def definitions(pairs: Iterable[tuple[str, Child]]) -> Element:
    """Makes a list of names with what they are."""
    parts = []
    for name, value in pairs:
        parts += [element("dt", name), element("dd", value)]
    return element("dl", *parts)


def section(name: str, heading: str, *children: Child) -> Element:
    """Makes a section of the page, with its heading."""
    return element("section", element("h2", heading), *children, id=name)


def png(content: bytes, alt: str, **attributes: Any) -> Element:
    """Makes a picture that the page holds itself."""
    source = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return element("img", src=source, alt=alt, **attributes)


def picture_file(path: pathlib.Path, alt: str, **attributes: Any) -> Element:
    """Makes a picture of a PNG file, with its size, so that nothing moves while it is read."""
    content = path.read_bytes()
    if content[:8] == b"\x89PNG\r\n\x1a\n" and len(content) > 24:
        width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
        attributes = {"width": width, "height": height, **attributes}
    return png(content, alt, **attributes)


def number(value: float | None, digits: int = 4) -> str:
    """Formats a number with so many digits, or what is missing as a dash.

    Example:

    >>> number(0.123456), number(-12345.6), number(None)
    ('0.1235', '−1.235e+04', '–')
    """
    return "–" if value is None else f"{value:.{digits}g}".replace("-", "−", 1)
