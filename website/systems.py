"""Pages of the systems: one for each recipe, from its docstring and its records."""

from __future__ import annotations

import functools
import inspect
import re

from tfgan_it import losses, recipes
from website.curves import Line, curves_of, svg
from website.docstrings import arguments, completed
from website.public_names import identifier
from website.records import ROOT, records
from website.results import command_of, picture, title_of


def pages() -> dict[str, str]:
    """Returns the Markdown of each page by its file."""
    found = {f"systems/{name}.md": _page(name) for name in recipes.RECIPES}
    rows = [
        f"| [`{name}`]({name}.md) | {_summary(name)} | {_source(name)} |"
        for name in recipes.RECIPES
    ]
    index = [
        "# Systems",
        "Each system is a *recipe*: a function that builds a compiled model with the published "
        "defaults. All of them use one train step and take the same further hyperparameters. "
        "[Choosing a system](../choosing/systems.md) says which to take when.",
        "\n".join(["| recipe | system | source |", "| --- | --- | --- |", *rows]),
    ]
    return {"systems/index.md": "\n\n".join(index) + "\n", **found}


def pictures() -> dict[str, bytes]:
    """Returns the curves of all systems, as SVG by file."""
    return {
        f"systems/{name}-{folder}.svg": svg(what, lines)
        for name in recipes.RECIPES
        for folder, (what, lines) in _curves(name).items()
    }


@functools.cache
def _curves(name: str) -> dict[str, tuple[str, list[Line]]]:
    found = {folder: curves_of(record, name) for folder, record in records().items()}
    return {folder: (what, lines) for folder, (what, lines) in found.items() if lines}


def _summary(name: str) -> str:
    return (inspect.getdoc(recipes.RECIPES[name]) or "").splitlines()[0].rstrip(".")


def _source(name: str) -> str:
    text = " ".join((inspect.getdoc(recipes.RECIPES[name]) or "").split())
    found = re.search(r"Source: (.+?, \d{4})", text)
    return found[1] if found else ""


@functools.cache
def _good_for() -> dict[str, str]:
    """Returns what each recipe is good for, of the table that helps to choose one."""
    text = (ROOT / "docs" / "choosing" / "systems.md").read_text()
    return dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, flags=re.MULTILINE))


def _prose(name: str) -> str:
    """Returns the docstring without its arguments, which have a table."""
    text = completed(recipes.RECIPES[name])
    text = re.sub(r"\nArgs:\n(    .*\n?|\n(?=    ))*", "\n", text)
    return re.sub(r"\n(Raises|Returns|Warns):\n(    .*\n?|\n(?=    ))*", "\n", text)


def _inherited_departures(name: str) -> list[str]:
    """Returns the departures of what a recipe stands on, if its docstring only names that."""
    text = " ".join((inspect.getdoc(recipes.RECIPES[name]) or "").split())
    found = []
    for owner in re.findall(r"those of `(?:recipes\.)?(\w+)`", text.partition("Departures: ")[2]):
        theirs = " ".join((inspect.getdoc(recipes.RECIPES.get(owner)) or "").split())
        departures = theirs.partition("Departures: ")[2].partition(" Example")[0]
        if owner in recipes.RECIPES and departures:
            found.append(f"Departures of `{owner}`: {departures}")
    return found


def _objective(name: str) -> list[str]:
    """Returns the adversarial loss with its formulas, if the loss is a hyperparameter."""
    loss = inspect.signature(recipes.RECIPES[name]).parameters.get("loss")
    if loss is None or not isinstance(loss.default, str):
        return []
    kind = type(losses.get(loss.default))
    text = inspect.getdoc(kind) or ""
    formulas = re.findall(r"^ +((?:discriminator|generator): .*)$", text, re.MULTILINE)
    found = [f"**Adversarial loss.** `losses.{kind.__name__}`: {text.splitlines()[0]}"]
    return [*found, "\n".join(["```text", *formulas, "```"])] if formulas else found


def _defaults(name: str) -> str:
    """Returns the list of the hyperparameters whose defaults are the recipe's own."""
    described = arguments(recipes.RECIPES[name])
    common = inspect.signature(recipes.build_gan).parameters
    rows = []
    for parameter in inspect.signature(recipes.RECIPES[name]).parameters.values():
        known = common.get(parameter.name)
        if parameter.name in ("sample_shape", "name") or (
            known is not None and known.default == parameter.default
        ):
            continue
        required = parameter.default is parameter.empty
        default = "" if required else f" = {parameter.default!r}"
        rows.append(f"- `{parameter.name}{default}`: {described.get(parameter.name, '')}")
    return "\n".join(rows)


def _page(name: str) -> str:
    parts = [f"# {name}", _prose(name), *_inherited_departures(name), *_objective(name)]
    if good := _good_for().get(name):
        parts += [f"**Good for:** {good} ([all systems](../choosing/systems.md))."]
    parts += [
        "## Defaults",
        f"These are the recipe's own. Those that all recipes share are in the reference of "
        f"[{name}][{identifier('recipes', name)}]. On the command line: `--set NAME=VALUE`.",
        _defaults(name),
    ]
    measured = []
    for folder, record in records().items():
        tables = record.rows_of(name)
        shots = record.pictures_of(name)
        if not tables and not shots:
            continue
        measured += [f"### [{title_of(folder)}](../records/{folder}.md)"]
        measured += ["\n".join(table) for table in tables]
        measured += [picture(path, f"{name}: {path.stem}") for path in shots[:2]]
        if folder in _curves(name):
            what = _curves(name)[folder][0]
            measured += [
                f"![{what} over steps]({name}-{folder}.svg)",
                f"*{what[0].upper()}{what[1:]}, over training steps; a line is a run, and a "
                "dashed line what real samples reach.*",
            ]
        measured += [command_of(record)]
    parts += (
        ["## Records", *measured]
        if measured
        else [
            "## Records",
            "No record of this system exists yet: its formulas, its training and its files are "
            "tested, its quality is not measured.",
        ]
    )
    return "\n\n".join(parts) + "\n"
