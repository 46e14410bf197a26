"""Experiment trackers: the real packages, offline, where they are installed."""

import json
import sys

import pytest

from support.small_models import IMAGES, compiled, small_model
from tfgan_it.callbacks import Evaluation, SampleGrid, Statistics, read_records, trackers


def run(folder, tracker, steps=4):
    """A run of so many steps in all, sent to the tracker."""
    model = compiled(small_model(), run_eagerly=True)
    watch = Statistics(folder, every=2, steps=steps, images_per_step=16, trackers=[tracker])
    model.step.assign(steps - 4)
    watching = [
        watch,
        Evaluation(IMAGES, None, every=2, record=watch.append),
        SampleGrid(folder / "samples", every=2, record=watch.append_picture),
    ]
    model.fit(IMAGES, batch_size=16, steps_per_epoch=4, verbose=0, callbacks=watching)
    watch.close()
    return read_records(folder)


def expected(records):
    """What a tracker must have of the records, by name and step."""
    values = {}
    for record in records:
        for name, value in record.get("test", {}).items():
            if isinstance(value, int | float):
                values[f"test/{name}", record["step"]] = value
        if "generator_loss" in record:
            names = record.keys() - {"step", "images_per_second"}
            values |= {(name, record["step"]): record[name] for name in names}
    return values


def log_records(data, block=2**15):
    """The records of a log in LevelDB's format, behind the 7 bytes that are W&B's."""
    position, parts = 7, []
    while position + 7 <= len(data):
        left = block - position % block
        if left < 7:  # A block ends with zeros where no header fits.
            position += left
            continue
        size, kind = int.from_bytes(data[position + 4 : position + 6], "little"), data[position + 6]
        parts.append(data[position + 7 : position + 7 + size])
        position += 7 + size
        if kind in (1, 4):  # A whole record, or the last part of one.
            yield b"".join(parts)
            parts = []


def in_weights_and_biases(folder):
    """Reads the numbers and the pictures of all runs that were kept offline."""
    from wandb.proto import wandb_internal_pb2

    found, identities = {}, set()
    for path in folder.glob("wandb/offline-run-*/*.wandb"):
        for data in log_records(path.read_bytes()):
            record = wandb_internal_pb2.Record.FromString(data)
            if record.HasField("run"):
                identities.add(record.run.run_id)
            if record.HasField("history"):
                items = {
                    "/".join(item.nested_key) or item.key: json.loads(item.value_json)
                    for item in record.history.item
                }
                found |= {(name, items["_step"]): value for name, value in items.items()}
    assert len(identities) == 1
    return found


def test_weights_and_biases_offline(tmp_path, monkeypatch):
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    for steps in (4, 8):  # Resumed.
        records = run(tmp_path, trackers.get("wandb", tmp_path, "mine", {"seed": 3}), steps)
    found = in_weights_and_biases(tmp_path)
    for key, value in expected(records).items():
        assert found[key] == pytest.approx(value, rel=1e-6), key
    for step in (2, 4, 6, 8):
        assert found["samples/path", step].endswith(".png")


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_mlflow_in_a_file_store(tmp_path, monkeypatch):
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_NAME", "ours")
    monkeypatch.chdir(tmp_path)
    for steps in (4, 8):  # Resumed.
        records = run(
            tmp_path / "run", trackers.get("mlflow", tmp_path / "run", None, {"seed": 3}), steps
        )
    client = mlflow.MlflowClient()
    (found,) = client.search_runs([client.get_experiment_by_name("ours").experiment_id])
    assert found.info.status == "FINISHED" and found.info.run_name == "run"
    assert found.data.params == {"seed": "3"}
    for (name, step), value in expected(records).items():
        history = client.get_metric_history(found.info.run_id, name)
        assert value in [metric.value for metric in history if metric.step == step], (name, step)
    pictures = {file.path for file in client.list_artifacts(found.info.run_id)}
    assert {"samples-000002.png", "samples-000008.png"} <= pictures


@pytest.mark.parametrize("name", trackers.TRACKERS)
def test_a_missing_package_is_named_in_one_line(tmp_path, monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"pip install 'tfgan_it\[{name}\]'\.$") as error:
        trackers.get(name, tmp_path)
    assert "\n" not in str(error.value)


def test_an_unknown_name_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'wanb'.*nearest: wandb"):
        trackers.get("wanb", tmp_path)


class Kept(trackers.Tracker):
    """A tracker of a user, which remembers what it gets."""

    failures = (KeyError,)

    def __init__(self, *args, fails=False):
        super().__init__(*args)
        self.calls, self.fails = [], fails

    def open(self):
        self.calls.append(("open", self._kept(lambda: "made")))

    def log(self, step, values):
        if self.fails:
            raise KeyError("no\nanswer")
        self.calls.append((step, *sorted(values)))

    def log_picture(self, name, step, picture):
        self.calls.append((name, step, picture.shape))

    def close(self):
        self.calls.append("close")


def test_a_tracker_of_ones_own_gets_all_and_its_identity_again(tmp_path):
    first = Kept(tmp_path)
    run(tmp_path, first)
    assert first.calls[0] == ("open", "made") and first.calls[-1] == "close"
    assert (2, "discriminator_loss", "generator_loss", "js_nats") in first.calls
    assert [call for call in first.calls if call[0] == "samples"]
    assert json.loads((tmp_path / "trackers.json").read_text()) == {"Kept": "made"}
    assert first.name == tmp_path.name


def test_a_tracker_that_fails_is_named_in_one_line(tmp_path):
    with pytest.raises(OSError, match="^Kept cannot be written: 'no.nanswer'.$"):
        run(tmp_path, Kept(tmp_path, fails=True))
