"""The report of a run: that it is there, what it shows, and that it says so where parts lack."""

import json
import math
import os
import shutil

import pytest

from support.html_pages import HOSTILE, Page
from support.run_files import contents, one_line
from tfgan_it import callbacks, recipes
from tfgan_it.files import read_json, write_json, write_json_lines
from trainers import page_template
from trainers.reports import page
from trainers.reports.findings import Category, Findings
from trainers.reports.recorded_run import RecordedRun

OPTIONS = {"recipe": "infogan", "dataset": "digits", "steps": 40, "batch_size": 8, "seed": 0}
VERSIONS = {"tfgan_it": "0.4.0"}


def recorded(folder, records=(), summary=None, failure=None, **options):
    """The files of a run that was never trained."""
    content = {"options": {**OPTIONS, **options}, "versions": VERSIONS, "command": "train"}
    write_json(folder / "options.json", content)
    write_json_lines(folder / "stats.jsonl", list(records))
    for name, what in (("summary", summary), ("failure", failure)):
        if what is not None:
            write_json(folder / f"{name}.json", what)
    return RecordedRun.read(folder)


def headings(text):
    return [data for tag, data in Page(text).told if tag == "h2"]


def test_a_run_leaves_the_report_that_is_made_anew(trained, report, tmp_path):
    first = (trained.path / "report.html").read_text()
    assert f"report    {trained.path / 'report.html'}\n" in trained.ended.out
    before = contents(trained.path)
    ended = report(trained.path, f"--out={tmp_path / 'page.html'}")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{tmp_path / 'page.html'}  {len(first.encode()) / 1e6:.1f} MB\n"
    assert (tmp_path / "page.html").read_text() == first
    assert contents(trained.path) == before
    assert headings(first) == [
        "What was asked",
        "What was reached",
        "Warnings",
        "Curves",
        "Information plane",
        "Samples over time",
        "Traversals of codes over time",
        "Real images",
        "Nearest neighbours",
        "How to repeat it",
    ]


def test_it_holds_all_that_it_shows(trained):
    text = (trained.path / "report.html").read_text()
    found = Page(text)
    for tag, attributes in found.elements:
        assert tag not in ("iframe", "object", "embed", "base"), tag
        if tag == "img":
            assert attributes["src"].startswith("data:image/png;base64,") and attributes["alt"]
        for name in ("src", "href", "srcset", "action"):
            assert attributes.get(name, "#").startswith(("#", "data:")), (tag, attributes)
    [policy] = [a["content"] for _, a in found.elements if a.get("http-equiv")]
    assert "default-src 'none'" in policy and "connect-src" not in policy
    assert text.count("The above copyright notice") == 1 and "Leon Sorokin" in text
    assert len(text) < 400_000


def test_its_curves_are_the_records(trained):
    data = Page((trained.path / "report.html").read_text()).data
    records = [json.loads(line) for line in (trained.path / "stats.jsonl").open()]
    [chart] = [c for c in data["charts"] if c["title"].startswith("L_I of category")]
    curves = {curve["label"]: curve for curve in chart["curves"]}
    for label, part in (("test", lambda r: r.get("test", {})), ("training", lambda r: r)):
        expected = {
            r["step"]: part(r)["information_nats_category"]
            for r in records
            if "information_nats_category" in part(r)
        }
        found = dict(zip(curves[label]["steps"], curves[label]["values"], strict=True))
        assert found == expected and expected
    assert chart["unit"] == "nats"
    assert chart["bounds"] == [{"label": "H(category)", "value": pytest.approx(math.log(10))}]
    assert data["plane"]["top"] == pytest.approx(math.log(10))
    assert data["plane"]["right"] == pytest.approx(math.log(2))
    tests = [r["test"] for r in records if "test" in r]
    assert data["plane"]["curves"][0]["x"] == [test["js_nats"] for test in tests]


def test_without_data_or_checkpoints_it_says_what_lacks(trained, report, tmp_path):
    run = shutil.copytree(trained.path, tmp_path / "run")
    content = read_json(run / "options.json")
    content["options"]["dataset"] = str(tmp_path / "gone.npz")
    write_json(run / "options.json", content)
    assert report(run).status == 0
    text = (run / "report.html").read_text()
    assert headings(text)[-1] == "What is not here" and "gone.npz" in text
    assert "Nearest neighbours" not in headings(text) and "Curves" in headings(text)
    shutil.rmtree(run / "checkpoints")
    assert report(run).status == 0
    assert "checkpoint" in (run / "report.html").read_text()


def test_other_data_are_not_shown(trained, report, tmp_path):
    run = shutil.copytree(trained.path, tmp_path / "run")
    content = read_json(run / "options.json")
    content["data"]["test_images"] = "9x8x8x1 uint8 sha256:0"
    write_json(run / "options.json", content)
    assert report(run).status == 0
    text = (run / "report.html").read_text()
    assert "the data set is not the one of the training" in text
    assert "Real images" not in headings(text)


@pytest.mark.slow
def test_a_report_that_fails_does_not_lose_the_run(start, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("no\npage")

    monkeypatch.setattr("trainers.reports.writing.compose", fail)
    ended = start(tmp_path, "--steps=1", recipe="dcgan")
    assert ended.status == 0
    [run] = (tmp_path / "runs").iterdir()
    assert ended.err == f"warning: {run / 'report.html'} was not written: no page\n"
    assert (run / "summary.json").is_file() and not (run / "report.html").exists()


def test_a_diverged_run_has_a_report(start, report, tmp_path):
    ended = start(tmp_path, "--steps=9", "--learning_rate=1e30", recipe="dcgan")
    line = one_line(ended)
    [run] = (tmp_path / "runs").iterdir()
    text = (run / "report.html").read_text()
    failure = read_json(run / "failure.json")
    assert failure["text"] in line and f"Failed at step {failure['step']} of 9." in text
    assert failure["text"].split(";")[0] in text
    assert report(run).status == 0
    assert (run / "report.html").read_text() == text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_a_name(tmp_path, name):
    def composed(name, folder):
        warning = {"step": 2, "warning": name, "value": 1.0, "text": name}
        test = {"step": 2, "test": {"js_nats": 0.1, f"information_nats_{name}": 0.2}}
        run = recorded(
            tmp_path / folder,
            [test, warning],
            failure={"step": 2, "text": name},
            recipe=name,
            dataset=name,
            set=[f"width={name}"],
        )
        found = Findings(
            read=9,
            categories=[Category(name, 3, 0.5, name, b"png")],
            lacking={name: name},
        )
        return Page(page.compose(run, found))

    plain, hostile = composed("name", "plain"), composed(name, "<script>")
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]
    assert hostile.scripts[None] == plain.scripts[None]
    assert "<script>" in hostile.texts  # The folder.
    assert f"information_nats_{name}".removeprefix("information_nats_") in json.dumps(
        hostile.data, ensure_ascii=False
    ).replace('\\"', '"')


def test_numbers_that_are_not_finite_are_gaps(tmp_path):
    records = [{"step": step, "generator_loss": loss} for step, loss in ((1, 2.0), (2, math.nan))]
    data = Page(page.compose(recorded(tmp_path / "run", records), Findings())).data
    assert data["charts"][0]["curves"][0]["values"] == [2.0, None]


def test_a_run_without_a_step(tmp_path):
    text = page.compose(recorded(tmp_path / "run"), Findings())
    assert "At step 0 of 40: it was stopped, or still trains." in text
    assert "the run has no records" in text and "the run has drawn none" in text
    assert "--resume=" in text


def test_the_explorer_is_linked_if_it_is_there(tmp_path):
    run = recorded(tmp_path / "run")
    assert 'href="explorer.html"' not in page.compose(run, Findings())
    (run.path / "explorer.html").touch()
    assert 'href="explorer.html"' in page.compose(run, Findings())


@pytest.mark.examples(1)
@pytest.mark.parametrize("text", ["0", "00000", "infogan", "00000-infogan-digits"])
def test_a_run_is_found_by_its_name(trained, report, tmp_path, text):
    place = [f"--run_dir={trained.root / 'runs'}", f"--out={tmp_path / 'page.html'}"]
    assert report(text, *place).status == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("infogn", "fits (nearest: 00000-infogan-digits)."),
        ("1", "No run at 1, and none in "),
        ("gs://bucket/run", "must be a path on this machine"),
    ],
)
def test_no_such_run_is_one_line(trained, report, text, line):
    assert line in one_line(report(text, f"--run_dir={trained.root / 'runs'}"))


def test_several_runs_that_fit_are_named(report, tmp_path):
    for name in ("00000-gan-digits", "00001-gan-ring"):
        recorded(tmp_path / name)
    line = one_line(report("gan", f"--run_dir={tmp_path}"))
    assert "'gan' fits 00000-gan-digits, 00001-gan-ring: give the folder of one run." in line


def test_a_damaged_run_is_one_line(report, tmp_path):
    run = recorded(tmp_path / "run")
    (run.path / "summary.json").write_text("{")
    assert "summary.json is not a JSON object" in one_line(report(run.path))


@pytest.mark.parametrize("name", ["bounds_nats", "protocol"])
@pytest.mark.parametrize("value", [-1, [1], "text"])
def test_a_summary_of_another_kind_is_one_line(report, tmp_path, name, value):
    run = recorded(tmp_path / "run")
    write_json(run.path / "summary.json", {"steps": 2, name: value})
    assert f"summary.json is damaged: its {name} are " in one_line(report(run.path))


def test_a_bound_that_is_no_number_is_one_line(report, tmp_path):
    run = recorded(tmp_path / "run")
    write_json(run.path / "summary.json", {"steps": 2, "bounds_nats": {"js_nats": "x"}})
    assert "its bounds_nats are \"{'js_nats': 'x'}\"" in one_line(report(run.path))


def test_names_that_are_not_utf_8_are_shown_as_far_as_they_are(tmp_path):
    name = os.fsdecode(b"caf\xe9")
    text = page.compose(recorded(tmp_path / "run", dataset=name), Findings())
    assert "infogan on caf?." in text and text.encode()


def test_a_degradation_is_part_of_the_data(tmp_path):
    text = page.compose(recorded(tmp_path / "run", degrade="noise:0.3"), Findings())
    assert "infogan on digits, degraded by noise:0.3." in text


KINDS = {
    "gan_ring": ["--recipe=gan", "--dataset=ring"],
    "conditional_gan": ["--recipe=conditional_gan"],
    "acgan": ["--recipe=acgan"],
    "vdb": ["--recipe=vdb", "--set=code=8"],
    "multimodal_infogan": ["--recipe=multimodal_infogan"],
    "variational_infogan": ["--recipe=variational_infogan"],
    "adagan": ["--recipe=adagan", "--set=steps_per_component=1", "--set=classifier_steps=1"],
    "sounds": ["--recipe=dcgan", "--dataset=spoken_digit"],
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_run(kind, train, request, tmp_path):
    folders = [f"--files_dir={request.getfixturevalue('files_dir')}"] if kind == "sounds" else []
    folders += [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    flags = ["--steps=2", "--log_every=1", "--batch_size=16", "--set=width=4", *folders]
    ended = train(*flags, *KINDS[kind])
    assert (ended.status, ended.err) == (0, "")
    [run] = (tmp_path / "runs").iterdir()
    text = (run / "report.html").read_text()
    assert "What is not here" not in headings(text) or kind not in ("acgan", "multimodal_infogan")
    assert {"Curves", "Nearest neighbours", "Samples over time"} <= set(headings(text))
    assert ("Real points" in headings(text)) == (kind == "gan_ring")


@pytest.mark.slow
def test_a_run_of_a_model_that_translates(report, tmp_path):
    model = recipes.cyclegan((8, 8, 1), width=4)
    callbacks.save_checkpoint(model, tmp_path / "run" / "checkpoints")
    recorded(tmp_path / "run", [{"step": 1, "cycle_loss": 2.0}], recipe="cyclegan")
    assert report(tmp_path / "run").status == 0
    text = (tmp_path / "run" / "report.html").read_text()
    assert "makes samples of other samples, not of a latent" in text
    assert "Cycle loss" in text and "Real images" in headings(text)


def test_the_bundle_of_the_report_has_its_licence():
    text = (page_template.BUNDLE / "report.html").read_text()
    assert "uPlot, Copyright (c) 2022 Leon Sorokin, under the MIT License" in text
