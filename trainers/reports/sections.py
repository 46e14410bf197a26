"""Sections that the page of one run and that of several have in common."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..recipe_table import recipe_table
from .elements import Child, Element, element, number, picture_file
from .measures import Measure
from .recorded_run import RecordedRun

PICTURES = {"samples": "Samples", "traversal": "Traversals of codes"}


def head(title: str, about: str, sections: Sequence[Element | None]) -> list[Element]:
    """Returns the elements of a page: heading, links to the sections, the sections."""
    there = [each for each in sections if each is not None]
    links = [element("a", each[0].text or "", href=f"#{each.get('id')}") for each in there]
    navigation = element("nav", *links)
    navigation.set("aria-label", "Sections")
    heading = element("header", element("h1", title), element("p", about, class_="about"))
    return [heading, navigation, element("main", *there)]


def measure_cells(measure: Measure | None) -> list[str]:
    """Returns value, 95 % interval, reference, ratio and best of a measure, as text."""
    if measure is None:
        return ["–"] * 5
    interval, best = measure.interval, measure.best
    reference = "–"
    if measure.reference is not None:
        reference = f"{number(measure.reference)} ({measure.reference_label})"
    return [
        number(measure.value),
        "–" if interval is None else f"{number(interval[0])} to {number(interval[1])}",
        reference,
        number(measure.ratio, 3),
        "–" if best is None else f"{number(best[1])} at step {best[0]}",
    ]


def state(run: RecordedRun) -> str:
    """Returns how far a run came, in a sentence."""
    wanted = run.options.get("steps")
    if run.failure is not None:
        return f"Failed at step {run.failure.get('step')} of {wanted}."
    if not run.finished:
        return f"At step {run.step} of {wanted}: it was stopped, or still trains."
    if run.step != wanted:
        return f"Finished at step {run.step} of at most {wanted}: it reached a plateau."
    return f"Finished, {run.step} steps."


def warnings(run: RecordedRun) -> Element:
    """Returns the warnings that a run printed."""
    items = [
        element("li", element("b", f"step {record['step']}, {_words(record)}: "), _text(record))
        for record in run.warnings
    ]
    if not items:
        return element("p", "None.", class_="note")
    return element("ul", *items, class_="warnings")


def _words(record: Mapping[str, Any]) -> str:
    return str(record["warning"]).replace("_", " ")


def _text(record: Mapping[str, Any]) -> str:
    return str(record.get("text", ""))


def recipe_text(run: RecordedRun) -> str:
    """Returns what the recipe of a run is, with its source; its name if it is unknown."""
    name = str(run.options.get("recipe"))
    recipe = recipe_table().get(name)
    return f"{recipe.summary} ({recipe.source})".replace("`", "") if recipe else name


def option_text(value: Any) -> str:
    """Formats an option, as a flag takes it."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def differing_options(runs: Sequence[RecordedRun]) -> dict[str, list[str]]:
    """Returns the options that are not the same in all runs, as text, by name.

    Hyperparameters of `set` are told apart by their names.
    """
    each = [_flat(run.options) for run in runs]
    names = dict.fromkeys(name for options in each for name in options)
    rows = {name: [option_text(options.get(name)) for options in each] for name in names}
    return {name: values for name, values in rows.items() if len(set(values)) > 1}


def _flat(options: Mapping[str, Any]) -> dict[str, Any]:
    given = options.get("set")
    texts = given if isinstance(given, list) else [given] if given else []
    pairs = (str(text).partition("=")[::2] for text in texts)
    assigned = {f"set {name}": value for name, value in pairs}  # Some are called as options are.
    return {**{name: value for name, value in options.items() if name != "set"}, **assigned}


def evenly(items: Sequence[Any], most: int) -> list[Any]:
    """Chooses some items at equal distances, the last among them.

    Example:

    >>> evenly(range(10), 4)
    [0, 3, 6, 9]
    """
    if len(items) <= most:
        return list(items)
    return [items[round(k * (len(items) - 1) / (most - 1))] for k in range(most)]


def picture_series(
    pictures: Mapping[int, pathlib.Path], subject: str, most: int, most_bytes: int
) -> Element:
    """Makes some pictures of a series, which a slider of the page's program shows in one place.

    Args:
        pictures: PNG files by step.
        subject: What they show, for those who do not see them.
        most: Most pictures of the page.
        most_bytes: Most bytes of these; one is shown in any case.
    """
    steps = list(pictures)
    while most > 1 and sum(pictures[s].stat().st_size for s in evenly(steps, most)) > most_bytes:
        most -= 1
    shown = evenly(steps, most) if most > 1 else steps[-1:]
    figures: list[Child] = [
        element(
            "figure",
            picture_file(pictures[step], f"{subject} at step {step}"),
            element("figcaption", f"step {step}"),
            data_step=step,
        )
        for step in shown
    ]
    return element("div", *figures, class_="series", data_series=subject)
