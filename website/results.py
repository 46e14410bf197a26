"""Pages of the results: one for each record, and one that lists them."""

from __future__ import annotations

import pathlib

from website.records import RESULTS, Record, records, shown


def title_of(folder: str) -> str:
    """Returns the name of a folder as a title.

    Example:

    >>> title_of("clustering_fashion_mnist")
    'Clustering Fashion-MNIST'
    """
    words = folder.replace("fashion_mnist", "Fashion-MNIST").replace("_", " ").split()
    names = {"mnist": "MNIST", "infogan": "InfoGAN"}
    words = [names.get(word, word) for word in words]
    return " ".join([words[0][0].upper() + words[0][1:], *words[1:]])


def picture(path: pathlib.Path, about: str = "") -> str:
    """Returns the Markdown of a picture of results/ on a page of a folder of the site."""
    place = path.relative_to(RESULTS).as_posix()
    return f"![{about or path.stem.replace('_', ' ')}](../results/{place}){{ loading=lazy }}"


def command_of(record: Record) -> str:
    """Returns the block of code with the command of a record, or where the commands are."""
    if record.command:
        return f"```bash\n{record.command}\n```"
    return "Each file of the folder has its command."


def pages() -> dict[str, str]:
    """Returns the Markdown of each page by its file."""
    found = {f"records/{folder}.md": _page(record) for folder, record in records().items()}
    rows = [
        f"| [{title_of(folder)}](../records/{folder}.md) | {record.contents} |"
        for folder, record in records().items()
    ]
    index = [
        "# Records",
        "Every number of this site and of the README has a record: a file that one program wrote, "
        "with its options, protocol, versions and command. These pages are made from the records; "
        "no number on them is typed.",
        "\n".join(["| record | contents |", "| --- | --- |", *rows]),
    ]
    return {"records/index.md": "\n\n".join(index) + "\n", **found}


def _page(record: Record) -> str:
    settings = [f"| {name.replace('_', ' ')} | {shown(v)} |" for name, v in record.protocol.items()]
    parts = [
        f"# {title_of(record.folder)}",
        record.contents[0].upper() + record.contents[1:] + ".",
        *("\n".join(table) for table in record.tables),
        "## Command",
        command_of(record),
        "Versions: " + ", ".join(f"{n} {version}" for n, version in record.versions.items()) + ".",
    ]
    if settings:
        parts += ["## Protocol", "\n".join(["| setting | value |", "| --- | --- |", *settings])]
    if record.notes:
        parts += ["## What else to know", *record.notes]
    if record.pictures:
        parts += ["## Pictures"]
        for path in record.pictures:
            parts += [f"**{path.stem.replace('_', ' ')}**", picture(path)]
    return "\n\n".join(parts) + "\n"
