"""The page of one run: an HTML file that holds all that it shows."""

from __future__ import annotations

import pathlib
import shlex
from collections.abc import Mapping, Sequence

from ..page_template import fill
from .chart_elements import chart_data, chart_sections, plane_data, plane_section
from .curves import charts
from .elements import Child, Element, definitions, element, number, png, section, table, written
from .findings import Category, Findings, Neighbours
from .measures import Measure, measures
from .recorded_run import RecordedRun
from .sections import (
    PICTURES,
    head,
    measure_cells,
    option_text,
    picture_series,
    recipe_text,
    state,
    warnings,
)

_MOST_PICTURES = 6
_MOST_BYTES = 2_000_000  # Of the pictures of a kind.
_EXPLORER = "explorer.html"
_MEASURES_HEAD = ("measure", "last", "95 % interval", "bound or floor", "ratio", "best")


def compose(run: RecordedRun, findings: Findings) -> str:
    """Returns the page of a run, which loads nothing from anywhere.

    It is a function of the arguments: no time is in it.

    Args:
        run: What the files of the run say.
        findings: What model and data show.
    """
    bounds = {**run.bounds, **findings.bounds}
    drawn = charts(run, bounds)
    plane = plane_data({run.name: run}, {run.name: bounds})
    pictures = run.pictures()
    lacking = dict(findings.lacking)
    for there, name, why in (
        (drawn, "Curves", "the run has no records"),
        (plane, "Information plane", "no information of codes or labels was tested"),
        (pictures, "Pictures of samples", "the run has drawn none"),
    ):
        if not there:
            lacking[name] = why
    sections = [
        section("asked", "What was asked", *_asked(run, findings)),
        section("reached", "What was reached", *_reached(run, measures(run, bounds))),
        section("warnings", "Warnings", warnings(run)),
        section("curves", "Curves", *chart_sections(drawn)) if drawn else None,
        plane_section(plane) if plane else None,
        *(_over_time(name, steps) for name, steps in pictures.items()),
        *_of_data(findings),
        section("repeat", "How to repeat it", *_repeat(run)),
    ]
    if lacking:
        items = [element("li", element("b", f"{name}: "), why) for name, why in lacking.items()]
        sections.append(section("lacking", "What is not here", element("ul", *items)))
    known = {"charts": chart_data(drawn), "plane": plane}
    about = f"{run.options.get('recipe')} on {run.data}. {state(run)}"
    return fill("report", run.name, known, body=written(*head(run.name, about, sections)))


def _over_time(name: str, steps: Mapping[int, pathlib.Path]) -> Element:
    subject = PICTURES.get(name, name)
    series = picture_series(steps, subject, _MOST_PICTURES, _MOST_BYTES)
    return section(f"pictures-{name}", f"{subject} over time", series)


def _of_data(findings: Findings) -> list[Element]:
    made = []
    if findings.points:
        picture = png(findings.points, "Generated points in blue, real points in orange")
        caption = element("figcaption", "2,000 generated points in blue, real ones in orange")
        made.append(section("real", "Real points", element("figure", picture, caption)))
    if findings.categories:
        made.append(section("real", "Real images", *_real(findings)))
    if findings.neighbours:
        made.append(section("neighbours", "Nearest neighbours", *_neighbours(findings)))
    return made


def _asked(run: RecordedRun, findings: Findings) -> list[Element]:
    options = run.options
    rows: list[tuple[str, Child]] = [
        (
            "Recipe",
            element("span", element("b", str(options.get("recipe"))), f", {recipe_text(run)}"),
        ),
        ("Data", _data(run)),
        ("Steps", f"{options.get('steps')} of {options.get('batch_size')} samples"),
        ("Seed", option_text(options.get("seed"))),
    ]
    if options.get("condition"):
        rows.append(("Condition", option_text(options["condition"])))
    if options.get("set"):
        rows.append(("Hyperparameters", option_text(options["set"])))
    if findings.parameters:
        counts = [f"{name} {count:,}" for name, count in findings.parameters.items()]
        rows.append(("Parameters", ", ".join(counts)))
    every = table(
        ("option", "value"),
        [(name, option_text(value)) for name, value in options.items() if name != "export_dir"],
        "All options",
        captioned=False,
    )
    return [
        definitions(rows),
        element("details", element("summary", "All options"), every),
    ]


def _data(run: RecordedRun) -> str:
    """Returns the data set, with what its fingerprint says beside the hashes."""
    parts = [run.data]
    recorded = run.content.get("data") or {}
    words = {"train_images": "training", "test_images": "test", "class_names": "classes:"}
    for name, text in recorded.items():
        word = next((word for part, word in words.items() if name.startswith(part)), None)
        if word:
            parts.append(f"{word} {text.partition(' sha256')[0]}")
    return ", ".join(parts)


def _reached(run: RecordedRun, found: Sequence[Measure]) -> list[Child]:
    made: list[Child] = [element("p", state(run), class_="state")]
    if run.failure is not None:
        made.append(element("p", str(run.failure.get("text")), class_="warning"))
    tiles = [_tile(measure) for measure in found if _is_headline(measure)]
    if tiles:
        made.append(element("dl", *tiles, class_="tiles"))
    if found:
        rows = [(measure.title, *measure_cells(measure)) for measure in found]
        caption = f"Final numbers, step {found[0].step}"
        made.append(table(_MEASURES_HEAD, rows, caption))
        protocols = dict.fromkeys(measure.protocol for measure in found)
        made.append(element("p", f"Measured on: {'; '.join(protocols)}.", class_="note"))
    else:
        made.append(element("p", "Nothing was measured yet.", class_="note"))
    return made


def _is_headline(measure: Measure) -> bool:
    bounded = measure.reference_label.startswith("H(") and "entropy" not in measure.name
    return bounded or measure.name in ("js_nats", "cluster_accuracy", "frechet_distance")


def _tile(measure: Measure) -> Element:
    about = ""
    if measure.best is not None:
        about = f"best {number(measure.best[1], 3)} at step {measure.best[0]}"
    if measure.reference is not None:
        about = f"{measure.reference_label} = {number(measure.reference, 3)}"
    return element(
        "div",
        element("dt", measure.title),
        element("dd", element("b", number(measure.value, 3)), element("span", about)),
    )


def _real(findings: Findings) -> list[Child]:
    if not findings.read:
        [every] = findings.categories
        picture = png(every.picture, "Real images of the test split")
        text = "Images of the test split. The model infers no categorical code from an image."
        return [element("p", text, class_="note"), element("div", picture, class_="sheet")]
    text = f"The first {findings.read} images of the test split, by the category that is inferred."
    rows = [_category(each) for each in findings.categories]
    columns = ("category", "images", "most frequent class", "some of them")
    return [
        element("p", text, class_="note"),
        table(columns, rows, "Real images by category", captioned=False),
    ]


def _category(each: Category) -> tuple[Child, ...]:
    label = f"{each.label}, {100 * each.share:.0f} %" if each.label else "–"
    picture = png(each.picture, f"Real images of {each.name}") if each.picture else "none"
    return each.name, str(each.count), label, picture


def _neighbours(findings: Findings) -> list[Child]:
    found = findings.neighbours
    ours, theirs = found["generated"], found["test"]
    text = (
        f"Euclidean distance, in pixels of -1 to 1, to the nearest of {findings.trained_on:,} "
        f"training samples. A generator that copies is nearer than test samples are."
    )
    rows = [
        (f"{each.compared} {name} samples", number(each.mean, 3), _smallest(each))
        for name, each in found.items()
    ]
    ratio = number(ours.mean / theirs.mean, 3) if theirs.mean else "–"
    columns = ("samples", "mean distance", "smallest")
    made: list[Child] = [
        element("p", text, class_="note"),
        table(
            columns,
            [*rows, ("ratio of generated to test", ratio, "–")],
            "Distances",
            captioned=False,
        ),
    ]
    for name, each in found.items():
        if each.pairs:
            made.append(element("h3", f"The nearest {name} samples, each above its neighbour"))
            made.append(
                element("div", *(_pair(name, *pair) for pair in each.pairs), class_="pairs")
            )
    return made


def _smallest(each: Neighbours) -> str:
    return number(each.pairs[0][1], 3) if each.pairs else "–"


def _pair(name: str, picture: bytes, distance: float) -> Element:
    alt = f"A {name} sample above its nearest training sample"
    return element("figure", png(picture, alt), element("figcaption", number(distance, 3)))


def _repeat(run: RecordedRun) -> list[Child]:
    path = shlex.quote(str(run.path))
    commands = {
        "As it was called": str(run.content.get("command")),
        "With the recorded options": f"python -m trainers.train --config={path}/options.json",
        "To continue it": f"python -m trainers.train --resume={path}",
        "To look at its generator": f"python -m trainers.explore {path} --out={path}/{_EXPLORER}",
    }
    if run.finished:
        del commands["To continue it"]
    rows = [(name, element("code", command, class_="own")) for name, command in commands.items()]
    made: list[Child] = [definitions(rows)]
    if (run.path / _EXPLORER).is_file():
        link = element("a", "the explorer", href=_EXPLORER)
        made.append(element("p", "Codes and seeds can be moved in ", link, "."))
    versions = [(name, str(version)) for name, version in run.content["versions"].items()]
    data = (run.content.get("data") or {}).items()
    fingerprint = (
        table(("part", "fingerprint"), list(data), "Fingerprint of the data", captioned=False)
        if data
        else None
    )
    made += [element("h3", "Versions"), definitions(versions)]
    if fingerprint is not None:
        made.append(element("details", element("summary", "Fingerprint of the data"), fingerprint))
    return made
