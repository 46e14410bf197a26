"""The page of several runs, and their table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from ..page_template import encodable, fill
from .chart_elements import chart_data, chart_sections, plane_data, plane_section
from .curves import charts, overlaid
from .elements import Child, Element, element, number, picture_file, section, table, written
from .measures import Measure, measures
from .recorded_run import RecordedRun
from .sections import PICTURES, differing_options, head, recipe_text, state, warnings

# Of the table for a terminal, as far as a run has measured them.
_HEADLINES = ("js_nats", "information_nats", "cluster_accuracy", "frechet_distance", "coverage")


class SideBySide:
    """Some runs of one data set.

    Args:
        runs: The runs.

    Raises:
        ValueError: If a run is given twice, or the runs have different data.
    """

    def __init__(self, runs: Sequence[RecordedRun]) -> None:
        self.runs = {label: run for label, run in zip(_labels(runs), runs, strict=True)}
        first = runs[0]
        for run in runs[1:]:
            if _data(run) != _data(first):
                names = [_named_data(each) for each in (first, run)]
                if names[0] == names[1]:
                    names[1] = f"others of this name: {_difference(first, run)}"
                raise ValueError(
                    f"{first.path} is of the data {names[0]}, {run.path} of {names[1]}: compare "
                    "runs of one data set."
                )
        self.bounds = {label: run.bounds for label, run in self.runs.items()}
        self.measures = {
            label: {each.name: each for each in measures(run, self.bounds[label])}
            for label, run in self.runs.items()
        }
        self.options = differing_options(runs)

    def page(self) -> str:
        """Returns the page, which loads nothing from anywhere."""
        drawn = overlaid(
            {label: charts(run, self.bounds[label], join=False) for label, run in self.runs.items()}
        )
        plane = plane_data(self.runs, self.bounds)
        sections = [
            section("runs", "Runs", self._overview()),
            section("options", "Options that differ", *self._options()),
            section("numbers", "Final numbers", *self._numbers()),
            section("curves", "Curves", *chart_sections(drawn)) if drawn else None,
            plane_section(plane) if plane else None,
            *self._pictures(),
            section("warnings", "Warnings", *self._warnings()),
        ]
        about = f"{len(self.runs)} runs on {next(iter(self.runs.values())).data}"
        known = {"charts": chart_data(drawn), "plane": plane}
        title = "Runs side by side"
        return fill("report", title, known, body=written(*head(title, about, sections)))

    def text(self) -> str:
        """Returns the final numbers of the runs, and the options that differ, for a terminal."""
        names = [name for name in self._names() if name in _HEADLINES]
        rows = [["run", "step", *names]]
        for label, run in self.runs.items():
            found = self.measures[label]
            values = [_with_bound(found.get(name)) for name in names]
            rows.append([label, str(run.step), *values])
        if self.options:
            rows += [[], ["option", *self.runs]]
            rows += [
                [name, *(shorten(value, 32, placeholder=" ...") for value in values)]
                for name, values in self.options.items()
            ]
        tables: list[list[list[str]]] = [[]]
        for row in rows:
            tables[-1].append(row) if row else tables.append([])
        return encodable("\n\n".join(map(_aligned, tables)))

    def _names(self) -> list[str]:
        return list(dict.fromkeys(name for found in self.measures.values() for name in found))

    def _run(self, label: str) -> Element:
        hue = list(self.runs).index(label) % 8
        swatch = element("span", class_="swatch", style=f"--hue: var(--hue-{hue})")
        return element("span", swatch, label)

    def _overview(self) -> Element:
        rows = [
            (self._run(label), recipe_text(run), state(run), element("code", str(run.path)))
            for label, run in self.runs.items()
        ]
        return table(("run", "recipe", "state", "folder"), rows, "Runs", captioned=False)

    def _options(self) -> list[Child]:
        if not self.options:
            return [element("p", "None: the runs were asked for the same.", class_="note")]
        columns: list[Child] = ["option", *map(self._run, self.runs)]
        rows = [(name, *values) for name, values in self.options.items()]
        return [table(columns, rows, "Options that differ", captioned=False)]

    def _numbers(self) -> list[Child]:
        found = [
            (name, [self.measures[run].get(name) for run in self.runs]) for name in self._names()
        ]
        made: list[Child] = []
        for caption, cell in (("Last, with 95 % interval", _last), ("Best of the run", _best)):
            columns: list[Child] = ["measure", *map(self._run, self.runs), "bound or floor"]
            rows = [
                (_title(each), *map(cell, each), _reference(each))
                for _, each in found
                if any(cell(measure) != "–" for measure in each)
            ]
            if rows:
                made.append(table(columns, rows, caption))
        return made or [element("p", "Nothing was measured yet.", class_="note")]

    def _pictures(self) -> list[Element]:
        kinds: dict[str, list[Element]] = {}
        for label, run in self.runs.items():
            for name, steps in run.pictures().items():
                step, path = list(steps.items())[-1]
                alt = f"{PICTURES.get(name, name)} of {label} at step {step}"
                caption = element("figcaption", self._run(label), f", step {step}")
                figure = element("figure", picture_file(path, alt), caption)
                kinds.setdefault(name, []).append(figure)
        return [
            section(
                f"pictures-{name}", PICTURES.get(name, name), element("div", *all_, class_="sides")
            )
            for name, all_ in kinds.items()
        ]

    def _warnings(self) -> list[Child]:
        made: list[Child] = []
        for label, run in self.runs.items():
            made += [element("h3", self._run(label)), warnings(run)]
        return made


def _labels(runs: Sequence[RecordedRun]) -> list[str]:
    """Returns the names of the runs; with their parent folder where names are the same."""
    paths = [run.path.resolve() for run in runs]
    for path, run in zip(paths, runs, strict=True):
        if paths.count(path) > 1:
            raise ValueError(f"{run.path} is given twice: compare it with another run.")
    names = [path.name for path in paths]
    if len(set(names)) == len(names):
        return names
    return [
        f"{path.parent.name}/{path.name}" if names.count(path.name) > 1 else path.name
        for path in paths
    ]


def _data(run: RecordedRun) -> Any:
    """Returns what two runs must have in common to be compared."""
    return _test_parts(run) or (run.options.get("dataset"), run.options.get("image_size"))


def _named_data(run: RecordedRun) -> str:
    shapes = [text.partition(" sha256")[0] for text in _test_parts(run).values()]
    shown = f" ({', '.join(shapes)})" if shapes else ""
    return f"{run.data}{shown}"


def _difference(first: RecordedRun, second: RecordedRun) -> str:
    """Returns a part that differs, with both fingerprints."""
    one, other = (_test_parts(run) for run in (first, second))
    if one == other:
        one, other = ({"image_size": run.options.get("image_size")} for run in (first, second))
    name = next(name for name in {**one, **other} if one.get(name) != other.get(name))
    return f"{name} {one.get(name)}, and {other.get(name)}"


def _test_parts(run: RecordedRun) -> dict[str, str]:
    """Returns what the fingerprint of the data says of test images, of which pairs have two."""
    recorded = run.content.get("data") or {}
    return {name: text for name, text in recorded.items() if name.startswith("test_images")}


def _title(each: Sequence[Measure | None]) -> str:
    return next(measure.title for measure in each if measure)


def _last(measure: Measure | None) -> str:
    if measure is None:
        return "–"
    interval = measure.interval
    around = f" ({number(interval[0])} to {number(interval[1])})" if interval else ""
    return f"{number(measure.value)}{around}"


def _best(measure: Measure | None) -> str:
    if measure is None or measure.best is None:
        return "–"
    return f"{number(measure.best[1])} at step {measure.best[0]}"


def _reference(each: Sequence[Measure | None]) -> str:
    """Returns the bounds or floors, which different runs may have different ones of."""
    texts = {
        f"{number(measure.reference)} ({measure.reference_label})": None
        for measure in each
        if measure and measure.reference is not None
    }
    return ", ".join(texts) or "–"


def _with_bound(measure: Measure | None) -> str:
    """Formats a value with its bound, or in brackets with what real samples reach."""
    if measure is None or measure.value is None:
        return "-"
    if measure.reference is None:
        return f"{measure.value:.3g}"
    of_real = measure.reference_label == "real samples"
    bound = f"[{measure.reference:.3g}]" if of_real else f"of {measure.reference:.3g}"
    return f"{measure.value:.3g} {bound}"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Formats a table with a space of two between its columns.

    Example:

    >>> print(_aligned([["run", "step"], ["a", "60"]]))
    run  step
    a      60
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)
