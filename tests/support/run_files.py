"""What trainers leave behind, read back."""

import json
import re

from tfgan_it import callbacks


def files(folder):
    """The names of all files below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def contents(folder):
    """All there is below a folder, to see that nothing was touched."""
    found = sorted(folder.rglob("*"))
    return {path: path.is_file() and (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def records(run):
    """What a run recorded, but for its speed, which no two runs share."""
    found = [json.loads(line) for line in (run / "stats.jsonl").read_text().splitlines()]
    for record in found:
        kinds = ("images_per_second", "information", "sample_quality", "test", "texts", "warning")
        assert sum(kind in record for kind in kinds) == 1
        record.pop("images_per_second", None)
    return found


def measurements(run):
    """Those of the records that measure the test split."""
    return [record for record in records(run) if "test" in record]


def options(run):
    """The options that a run was started with."""
    return json.loads((run / "options.json").read_text())["options"]


def summary(run):
    """The numbers of a finished run."""
    return json.loads((run / "summary.json").read_text())


def report(run):
    """The report of a run, without its name and without the commands, which name its folder."""
    text = re.sub(r'<code class="own">.*?</code>', "", (run / "report.html").read_text())
    return text.replace(run.name, "NAME")


def pictures(run):
    """The bytes of each picture, by name."""
    return {path.name: path.read_bytes() for path in (run / "samples").iterdir()}


def model_of(run):
    """The model of a run's newest whole checkpoint."""
    return callbacks.load_checkpoint(run / "checkpoints")


def one_line(ended):
    """The one line that the error of a user is, without `error: `."""
    assert ended.status == 2
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    return ended.err.removeprefix("error: ").removesuffix("\n")
