"""Runs whose files are damaged or from elsewhere: one line that names the file, nothing written."""

import json
import os
import shutil
from hashlib import sha256
from zipfile import ZipFile

import pytest

import tfgan_it
from support import damage
from support.run_files import contents, one_line
from trainers.run_directory import RunDirectory

OPTIONS = {
    "recipe": "infogan",
    "dataset": "digits",
    "condition": None,
    "image_size": None,
    "steps": 4,
    "batch_size": 16,
    "seed": 0,
    "precision": "float32",
    "jit": False,
    "strategy": "default",
    "set": ["width=4", "features=16"],
    "log_every": 2,
    "save_every": 2,
    "sample_every": 2,
    "monitor_every": 0,
    "keep": 3,
    "keep_best": None,
    "files_dir": None,
    "export_dir": "saved_models",
}
CONTENT = {
    "options": OPTIONS,
    "data": {"train_images": "1437x8x8x1 uint8 0123"},
    "command": "python -m trainers.train",
    "versions": {"tfgan_it": tfgan_it.__version__, "python": "3.11.0"},
}
TEST = {"js_nats": 0.5, "information_nats": 1.0, "nmi": None}
RECORDS = [
    {"step": 2, "images_per_second": None, "js_nats": 0.5},
    {"step": 2, "warning": "mode_collapse", "value": 0.1, "text": "alike"},
    {"step": 2, "test": TEST},
]


@pytest.fixture
def run(tmp_path):
    """A run without checkpoints, whose files are as a trainer writes them."""
    path = tmp_path / "runs" / "00000-infogan-digits"
    path.mkdir(parents=True)
    (path / "options.json").write_text(json.dumps(CONTENT))
    (path / "stats.jsonl").write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    (path / "summary.json").write_text(json.dumps({"steps": 4}))
    return path


@pytest.fixture
def resume(train, run, no_training):
    """Asks what would be resumed; returns the line of the refusal, or None."""

    def resume(*flags):
        before = contents(run)
        ended = train(f"--resume={run}", "--dry_run", *flags)
        assert contents(run) == before and not no_training.calls
        if ended.status == 0:
            assert ended.err == ""
            return None
        line = one_line(ended)
        assert line.isprintable() and len(line) < 1100
        return line

    return resume


def test_a_run_that_is_whole(resume):
    assert resume() is None
    assert resume("--steps=9") is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.pop("options"), "options.json is damaged: it has no options"),
        (lambda content: content.update(options=[]), "options.json is damaged: it has no options"),
        (lambda content: content.pop("versions"), "options.json is damaged: it has no versions"),
        (lambda content: content.update(versions="0.4"), "damaged: it has no versions"),
        (lambda content: content.update(versions={"tfgan_it": 4}), "which version wrote it"),
        (lambda content: content.update(versions={"tfgan_it": "9.9"}), "tfgan_it was '9.9'"),
        (lambda content: content.update(data=[]), "options.json is damaged: its data are"),
        (lambda content: content.update(data={"train_images": 3}), "damaged: its data are"),
    ],
)
def test_a_record_of_another_structure(run, resume, change, message):
    content = json.loads(json.dumps(CONTENT))
    change(content)
    (run / "options.json").write_text(json.dumps(content))
    line = resume()
    assert message in line and str(run) in line


OF_ANOTHER_KIND = {
    "recipe": ["infogan", None, "infogn", "../x", 3],
    "condition": [3, "digit", True, "label"],
    "image_size": ["8", 2, 8.5, 10**30],
    "steps": ["4", None, 0, -1, 1.5, True, 10**30, [4], {}],
    "batch_size": ["16", 0, None],
    "seed": [None, 2**63, "0", 0.5],
    "precision": ["half", None, 16],
    "jit": ["yes", 1, None],
    "strategy": ["mirored", None, 3],
    "set": ["width=4", None, [3], [["width=4"]], ["widht=4"], ["width"], ["width=x"]],
    "log_every": [0, "2", None],
    "keep_best": [3, []],
    "dataset": ["", None],
    "export_dir": ["", 3, None, "gs://bucket/x", "\0"],
    "opt\x1bion": [3],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in OF_ANOTHER_KIND.items() for value in values],
)
def test_an_option_of_another_kind(run, resume, name, value):
    value = [value] if (name, value) == ("recipe", "infogan") else value
    content = {**CONTENT, "options": {**OPTIONS, name: value}}
    (run / "options.json").write_text(json.dumps(content))
    assert str(run / "options.json") in resume()


@pytest.mark.parametrize("name", [name for name in OPTIONS if not name.startswith("keep")])
def test_an_option_that_is_missing(run, resume, name):
    options = {**OPTIONS}
    del options[name]
    (run / "options.json").write_text(json.dumps({**CONTENT, "options": options}))
    assert resume().endswith(f"options.json is damaged: it has no option {name}.")


@pytest.mark.parametrize(
    "record",
    [
        {"x": 1},
        {"step": "2"},
        {"step": None},
        {"step": -1},
        {"step": 1.5},
        {"step": True},
        {"step": 10**30},
        {"step": 2, "test": 3},
        {"step": 2, "test": []},
        {"step": 2, "test": {}},
        {"step": 2, "test": {"js_nats": "0.5"}},
        {"step": 2, "test": {**TEST, "information_nats": [1]}},
        {"step": 2, "warning": ["mode_collapse"]},
        [],
        "x",
        None,
    ],
    ids=repr,
)
def test_a_record_of_another_kind(run, resume, record):
    lines = [json.dumps(each) for each in [RECORDS[0], record, RECORDS[2]]]
    (run / "stats.jsonl").write_text("\n".join(lines) + "\n")
    assert str(run / "stats.jsonl") in resume()


@pytest.mark.parametrize(
    "text", ["hello", "[]", "{}", '{"steps": "4"}', '{"steps": -1}', "", "NaN"]
)
def test_a_summary_of_another_kind(run, resume, text):
    (run / "summary.json").write_text(text)
    assert str(run / "summary.json") in resume()


@pytest.mark.parametrize("name", ["options.json", "stats.jsonl", "summary.json"])
@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "dangling"])
def test_what_is_not_a_file(run, resume, name, kind):
    (run / name).unlink()
    make = {
        "folder": os.mkdir,
        "pipe": os.mkfifo,
        "device": lambda path: os.symlink("/dev/zero", path),
        "dangling": lambda path: os.symlink("nowhere", path),
    }
    make[kind](run / name)
    line = resume()
    assert name in line if (name, kind) != ("summary.json", "dangling") else line is None


def fuzz(run, resume, seeds):
    """Asks after runs one of whose files is damaged; returns how many are refused."""
    names, refused = ("options.json", "stats.jsonl", "summary.json"), 0
    whole = {name: (run / name).read_text() for name in names}
    for seed in seeds:
        name = names[seed % 3]
        if name == "stats.jsonl":
            damaged = damage.damaged_bytes(whole[name].encode(), seed)
        else:
            damaged = damage.damaged_json(whole[name], seed // 3)
        (run / name).write_bytes(damaged)
        with damage.memory_limit(100):  # For each file: the networks that are built take some, too.
            line = resume()
        refused += line is not None
        assert line is None or str(run) in line
        (run / name).write_text(whole[name])
    return refused


def test_damaged_files(run, resume):
    assert fuzz(run, resume, range(60)) > 25


@pytest.mark.slow
def test_many_damaged_files(run, resume):
    assert fuzz(run, resume, range(60, 1500)) > 500


def test_a_fingerprint_in_a_checkpoint_may_be_anything(run, monkeypatch):
    for data in (3, [], {"a": 1}):
        monkeypatch.setattr(RunDirectory, "checkpoint_metadata", lambda self, x=data: {"data": x})
        with pytest.raises(ValueError, match="is damaged: its data are"):
            RunDirectory(run).check_data(CONTENT["data"])


@pytest.mark.slow
def test_a_code_that_is_called_after_a_path(trained, sample, tmp_path):
    """Of a run whose checkpoint was changed, and got the checksum of the change."""
    run = shutil.copytree(trained.path, tmp_path / "run")
    [*others, newest] = sorted((run / "checkpoints").glob("*.keras"))
    changed = tmp_path / "changed.keras"
    with ZipFile(newest) as old, ZipFile(changed, "w") as new:
        new.comment = old.comment
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"category"', b'"x/../../../../CODE"'))
    for old in [*others, newest]:
        old.unlink()
    checksum = sha256(changed.read_bytes()).hexdigest()[:16]
    shutil.copy(changed, run / "checkpoints" / f"step-0000004-{checksum}.keras")
    before = contents(tmp_path)
    for model in (changed, run):
        line = one_line(sample(f"--model={model}", f"--out={tmp_path / 'a' / 'b' / 'pictures'}"))
        assert "a part's name must have 1 to 100 printable characters" in line
    assert contents(tmp_path) == before
