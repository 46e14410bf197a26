"""The records in results/: tables, pictures, commands, protocols and curves of each folder."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import re
from typing import Any

ROOT = pathlib.Path(__file__).parents[1]
RESULTS = ROOT / "results"
# What a reader compares a system with: first cells of rows that are not systems.
_FLOORS = ("real", "*real", "*the factors", "*published")


@dataclasses.dataclass(frozen=True)
class Record:
    """What a folder of results/ holds.

    Attributes:
        folder: Name of the folder.
        contents: What it has, in a sentence.
        command: The command that wrote it; None if each of its files has its own.
        versions: Versions of the packages, by name.
        protocol: Settings and splits of the measurements.
        runs: The runs, with their jobs and what was measured in each.
        tables: Markdown tables, each a list of lines.
        pictures: PNG files.
        recipe: The recipe that all runs are of, None if there are several.
        notes: Paragraphs about this record: what was selected on which data, and what was shared.
    """

    folder: str
    contents: str
    command: str | None
    versions: dict[str, str]
    protocol: dict[str, Any]
    runs: list[dict[str, Any]]
    tables: list[list[str]]
    pictures: list[pathlib.Path]
    recipe: str | None
    notes: list[str]

    def rows_of(self, system: str) -> list[list[str]]:
        """Returns the tables with the rows of a system and of what it is compared with."""
        if self.recipe == system:
            return self.tables
        found = []
        for table in self.tables:
            head, rule, *rows = table
            mine = [row for row in rows if _is_of(row, system)]
            floors = [row for row in rows if _first_cell(row).startswith(_FLOORS)]
            if mine:
                found.append([head, rule, *mine, *floors])
        return found

    def pictures_of(self, system: str) -> list[pathlib.Path]:
        """Returns the pictures of one system, as `digits-dcgan.png` and `dcgan-0.png`."""
        if self.recipe == system:
            return self.pictures
        named = re.compile(rf"(^|-){re.escape(system)}(-\d+)?(-[a-z]+)?$")
        return [path for path in self.pictures if named.search(path.stem)]


def _first_cell(row: str) -> str:
    return row.strip("| ").split("|")[0].strip()


def _is_of(row: str, system: str) -> bool:
    return _first_cell(row).replace("`", "").split(",")[0] in (system, f"small_{system}")


@functools.cache
def records() -> dict[str, Record]:
    """Returns the records by folder, in the order of results/README.md."""
    text = (RESULTS / "README.md").read_text()
    told = dict(re.findall(r"^\| `(\w+)/[^`]*`.*? \| (.*?) \| ", text, flags=re.MULTILINE))
    prose = [p for p in text.split("\n\n") if not p.startswith(("|", "#"))]
    return {folder: _record(folder, told[folder], prose) for folder in told}


def _record(folder: str, contents: str, prose: list[str]) -> Record:
    path = RESULTS / folder
    files = sorted(path.glob("*.json"))
    content = json.loads(files[0].read_text())
    whole = [path / "results.json"] == files
    table = path / "table.md"
    if table.is_file():
        tables = _tables(table.read_text())
    elif content.get("measured"):
        tables = [_table_of_steps(content["measured"])]
    else:
        tables = [_table_of_files(files)]
    notes = [p for p in prose if re.search(rf"`{folder}[`/]", p)]
    runs = content.get("runs", []) if whole else []
    names = {run["job"].get("recipe") for run in runs if "job" in run}
    names |= set(re.findall(r"--recipe=(\w+)", content["command"] if whole else ""))
    return Record(
        folder=folder,
        contents=contents,
        command=content["command"] if whole else None,
        versions=content["versions"],
        protocol=content.get("protocol", {}),
        runs=runs,
        tables=tables,
        pictures=sorted(path.rglob("*.png")),
        recipe=names.pop() if len(names) == 1 else None,
        notes=notes,
    )


def _tables(text: str) -> list[list[str]]:
    blocks = [block.strip().splitlines() for block in re.split(r"\n\s*\n", text)]
    return [block for block in blocks if len(block) > 2 and block[0].startswith("|")]


def _table_of_files(files: list[pathlib.Path]) -> list[str]:
    """Returns a table with a row for each file, of the numbers that all of them have."""
    contents = {path.stem: numbers(json.loads(path.read_text())) for path in files}
    shared = [n for n in next(iter(contents.values())) if all(n in c for c in contents.values())]
    if not shared:
        shared = sorted({name for content in contents.values() for name in content})
    shared = shared[:12]
    head = f"| file | {' | '.join(name.replace('_', ' ') for name in shared)} |"
    rows = [
        f"| {stem} | {' | '.join(shown(content.get(name)) for name in shared)} |"
        for stem, content in contents.items()
    ]
    return [head, "| --- " * (len(shared) + 1) + "|", *rows]


def _table_of_steps(measured: list[dict[str, Any]]) -> list[str]:
    """Returns a table with a row for each step of one run, of all that was measured.

    Example:

    >>> _table_of_steps([{"step": 1, "texts": {"share": 0.5}}, {"step": 2, "texts": {"new": 3}}])
    ['| step | share | new |', '| --- | --- | --- |', '| 1 | 0.5 |  |', '| 2 |  | 3 |']
    """
    rows = []
    for each in measured:
        row = {name: value for name, value in each.items() if not isinstance(value, dict)}
        for part in (value for value in each.values() if isinstance(value, dict)):
            row |= part
        rows.append(numbers(row))
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = f"| {' | '.join(name.replace('_', ' ') for name in names)} |"
    body = [f"| {' | '.join(shown(row.get(name)) for name in names)} |" for row in rows]
    return [head, "| --- " * len(names) + "|", *body]


def numbers(content: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Returns the numbers of a record of one level or two, by name.

    Example:

    >>> numbers({"a": 1, "b": {"c": 2.5}, "d": "text"})
    {'a': 1, 'b c': 2.5}
    """
    found: dict[str, float] = {}
    for name, value in content.items():
        if isinstance(value, bool):
            continue
        if isinstance(value, (int, float)):
            found[f"{prefix}{name}"] = value
        elif isinstance(value, dict) and not prefix and name not in ("last", "best", "versions"):
            found |= numbers(value, f"{name} ")
    return found


def shown(value: Any) -> str:
    """Returns a number or text as a cell of a table shows it.

    Example:

    >>> shown(0.93056), shown(3000), shown(None), shown({"n": 5})
    ('0.9306', '3000', '', 'n: 5')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {shown(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(shown, value))
    return str(value).replace("|", "\\|")
