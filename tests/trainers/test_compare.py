"""Runs side by side, as a table and as a page."""

import json
import math
import subprocess
import sys

import pytest

from support.html_pages import HOSTILE, Page
from support.run_files import one_line
from tfgan_it.files import read_json, write_json, write_json_lines
from trainers.reports.measures import measures
from trainers.reports.recorded_run import RecordedRun
from trainers.reports.side_by_side import SideBySide

OPTIONS = {"recipe": "infogan", "dataset": "digits", "steps": 4, "seed": 0, "set": ["width=4"]}
DATA = {"test_images": "9x8x8x1 uint8 sha256:1"}


def quality(step, value, error):
    generated = {"frechet_distance": value, "frechet_distance_error": error}
    return {
        "step": step,
        "sample_quality": {"generated": generated, "real": {"frechet_distance": 2.0}},
        "protocol": {"features": "pixels", "n": 100},
    }


def recorded(folder, information, distance=8.0, **changes):
    """The files of a run of four steps that was never trained."""
    content = {"options": {**OPTIONS, **changes}, "versions": {"tfgan_it": "0"}, "data": DATA}
    write_json(folder / "options.json", content)
    records = []
    for step, value in ((2, information + 0.5), (4, information)):
        records.append({"step": step, "generator_loss": 1.0, "js_nats": 0.3})
        records.append({"step": step, "test": {"js_nats": 0.2, "information_nats": value}})
        records.append(quality(step, distance + step, 0.5))
    write_json_lines(folder / "stats.jsonl", records)
    bounds = {"bounds_nats": {"information_nats": math.log(10)}}
    write_json(folder / "summary.json", {"steps": 4, **bounds})
    return folder


@pytest.fixture
def two(tmp_path):
    first = recorded(tmp_path / "00000-infogan-digits", 1.0)
    second = recorded(tmp_path / "00001-infogan-digits", 2.0, 3.0, seed=1, set=["width=8"])
    return first, second


def test_a_table_and_a_page(compare, two, tmp_path):
    out = tmp_path / "page.html"
    ended = compare(*two, f"--out={out}")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.splitlines()[:8] == [
        "run                   step       js_nats  information_nats  frechet_distance",
        "00000-infogan-digits     4  0.2 of 0.693          1 of 2.3            12 [2]",
        "00001-infogan-digits     4  0.2 of 0.693          2 of 2.3             7 [2]",
        "",
        "option     00000-infogan-digits  00001-infogan-digits",
        "seed                          0                     1",
        "set width                     4                     8",
        "",
    ]
    page = Page(out.read_text())
    charts = {chart["title"]: chart for chart in page.data["charts"]}
    information = charts["L_I of all codes together, at most I(c; x)"]
    assert [curve["label"] for curve in information["curves"]] == [path.name for path in two]
    assert [curve["values"] for curve in information["curves"]] == [[1.5, 1.0], [2.5, 2.0]]
    assert [curve["hue"] for curve in information["curves"]] == [0, 1]
    assert information["bounds"] == [{"label": "H(c)", "value": math.log(10)}]
    assert charts["Fréchet distance"]["bounds"] == [{"label": "real samples", "value": 2.0}]
    assert charts["Fréchet distance"]["curves"][0]["errors"] == [0.5, 0.5]
    assert len(page.data["plane"]["curves"]) == 2
    texts = set(page.texts)
    assert {"12 (11.02 to 12.98)", "7 (6.02 to 7.98)", "2.5 at step 2", "5 at step 2"} <= texts


def test_intervals_and_ratios(two):
    [_, _, distance] = measures(RecordedRun.read(two[0]), {"information_nats": math.log(10)})
    low, high = distance.interval
    assert (low + high) / 2 == pytest.approx(12.0) and high - low == pytest.approx(
        4 * 0.5, rel=0.03
    )
    assert (distance.reference, distance.ratio) == (2.0, 6.0)
    assert distance.best == (2, 10.0)
    assert distance.protocol == "test split, n = 100, features pixels"


def test_a_floor_that_may_be_zero_has_no_ratio(tmp_path):
    folder = recorded(tmp_path / "run", 1.0)
    record = quality(4, 8.0, 0.5)
    record["sample_quality"]["real"] |= {"frechet_distance": 0.9, "frechet_distance_error": 0.5}
    write_json_lines(folder / "stats.jsonl", [record])
    [distance] = measures(RecordedRun.read(folder), {})
    assert (distance.reference, distance.ratio) == (0.9, None)


def test_a_run_that_still_trains(compare, two, tmp_path):
    (two[1] / "summary.json").unlink()
    assert compare(*two, f"--out={tmp_path / 'page.html'}").status == 0
    assert (
        "At step 4 of 4: it was stopped, or still trains." in (tmp_path / "page.html").read_text()
    )


def test_folders_of_one_name_have_their_parents(tmp_path):
    folders = [recorded(tmp_path / parent / "run", 1.0) for parent in ("a", "b")]
    assert list(SideBySide(list(map(RecordedRun.read, folders))).runs) == ["a/run", "b/run"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name(tmp_path, name):
    def page(folder, recipe):
        runs = [recorded(tmp_path / folder / str(seed), 1.0, seed=seed) for seed in (0, 1)]
        recorded(tmp_path / folder / "<script>", 1.0, recipe=recipe)
        runs.append(tmp_path / folder / "<script>")
        return Page(SideBySide(list(map(RecordedRun.read, runs))).page())

    plain, hostile = page("plain", "name"), page("hostile", name)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]
    assert hostile.scripts[None] == plain.scripts[None]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "Give RUN RUN ...; RUN is missing."),
        (["0"], "Give RUN RUN ...; RUN is missing."),
        (["0", "0"], "is given twice: compare it with another run."),
        (["0", "1", "nothing"], "No run at nothing, and none in "),
        (["0", ""], "RUN must not be empty"),
    ],
)
def test_mistakes_are_one_line(compare, two, tmp_path, arguments, line):
    found = one_line(
        compare(*arguments, f"--run_dir={tmp_path}", f"--out={tmp_path / 'page.html'}")
    )
    assert line in found or (arguments[-1:] == [""] and "RUN" in found)
    assert not (tmp_path / "page.html").exists()


def test_other_data_are_one_line(compare, two):
    content = read_json(two[1] / "options.json")
    content["data"] = {"test_images": "7x2 float32 sha256:2"}
    content["options"]["dataset"] = "ring"
    write_json(two[1] / "options.json", content)
    line = one_line(compare(*two))
    assert "of the data digits (9x8x8x1 uint8), " in line
    assert line.endswith("of ring (7x2 float32): compare runs of one data set.")


@pytest.mark.parametrize("program", ["compare", "report", "explore"])
def test_a_page_replaces_no_file_of_another_kind(request, two, program):
    out = two[0] / "stats.jsonl"
    before = out.read_bytes()
    arguments = two[: 1 + (program == "compare")]
    line = one_line(request.getfixturevalue(program)(*arguments, f"--out={out}"))
    assert line == f"--out must end in .html, such as {out}.html, got {out}."
    assert out.read_bytes() == before


def test_other_data_of_one_name_are_told_apart(compare, two):
    content = read_json(two[1] / "options.json")
    content["data"] = {"test_images": "9x8x8x1 uint8 sha256:2"}
    write_json(two[1] / "options.json", content)
    assert (
        "of others of this name: test_images 9x8x8x1 uint8 sha256:1, and 9x8x8x1 uint8 sha256:2"
        in one_line(compare(*two))
    )


def test_hyperparameters_of_another_kind_are_compared(tmp_path):
    folders = [recorded(tmp_path / str(k), 1.0, set=k) for k in range(2)]
    assert SideBySide(list(map(RecordedRun.read, folders))).options == {"set 1": ["none", ""]}


def test_it_takes_no_keras(two, tmp_path):
    arguments = [*map(str, two), f"--out={tmp_path / 'page.html'}"]
    code = (
        "import sys; from trainers import command_line, compare;"
        f"assert command_line.execute(compare.PROGRAM, {arguments!r}) == 0;"
        "assert 'keras' not in sys.modules and 'numpy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_json_of_a_page_has_no_nan(tmp_path):
    folder = recorded(tmp_path / "a", 1.0)
    write_json_lines(folder / "stats.jsonl", [{"step": 1, "generator_loss": math.inf}])
    runs = [folder, recorded(tmp_path / "b", 1.0)]
    page = Page(SideBySide(list(map(RecordedRun.read, runs))).page())
    assert "NaN" not in json.dumps(page.data) and "Infinity" not in json.dumps(page.data)
