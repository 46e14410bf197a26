"""The gallery: every picture of the records, by record."""

from __future__ import annotations

from website.records import records
from website.results import picture, title_of

# What convinces comes first.
_FIRST = ("clustering_mnist", "conditional_mnist", "clustering_fashion_mnist", "multimodal")


def pages() -> dict[str, str]:
    """Returns the Markdown of the page by its file."""
    parts = [
        "# Gallery",
        "Pictures of the runs of each record; none was selected by its looks. The title of a group "
        "leads to its record, with protocol and command.",
    ]
    found = records()
    order = [*_FIRST, *(folder for folder in found if folder not in _FIRST)]
    for folder in order:
        if not found[folder].pictures or folder in ("information", "mutual_information"):
            continue
        parts.append(f"## [{title_of(folder)}](../records/{folder}.md)")
        parts.append('<div class="gallery" markdown>')
        parts += [
            f"<figure markdown>\n{picture(path)}\n<figcaption>{path.stem}</figcaption>\n</figure>"
            for path in found[folder].pictures
        ]
        parts.append("</div>")
    return {"gallery/index.md": "\n\n".join(parts) + "\n"}
