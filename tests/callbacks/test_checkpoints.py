import errno
import hashlib
import importlib
import json
import logging
import math
import os
import pathlib
import re
import resource
import shutil
import signal
import zipfile

import keras
import numpy as np
import pytest

import tfgan_it
from support.small_models import CODES, IMAGES, assert_same_state, small_model
from tfgan_it import callbacks
from tfgan_it.callbacks import checkpoints, load_checkpoint, save_checkpoint
from tfgan_it.callbacks.checkpoints import check_best, newest_checkpoint
from tfgan_it.model_files import read_metadata, written_by

# `callbacks.checkpoints` is the function of that name.
checkpoints_module = importlib.import_module("tfgan_it.callbacks.checkpoints")


def new_model():
    """Everything that a checkpoint can hold: batch statistics, averages, two Adams."""
    model = small_model(CODES, normalized=True, moving_average=0.9)
    model.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.02))
    return model


def steps(folder):
    return [int(path.name.split("-")[1]) for path in checkpoints(folder)]


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


@pytest.fixture(scope="module")
def untrained():
    return new_model()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A model after five steps, and the folder of what was saved on the way."""
    folder = tmp_path_factory.mktemp("run") / "made" / "checkpoints"
    model = new_model()
    callback = callbacks.Checkpoints(folder, every=2, keep=10)
    model.fit(IMAGES, batch_size=16, steps_per_epoch=5, verbose=0, callbacks=[callback])
    return model, folder


@pytest.fixture(scope="module")
def three_saved(untrained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("three")
    for step in (2, 4, 6):
        untrained.step.assign(step)
        save_checkpoint(untrained, folder)
    return folder


@pytest.fixture
def three(three_saved, tmp_path):
    """A folder with checkpoints of the steps 2, 4 and 6, to be damaged."""
    return shutil.copytree(three_saved, tmp_path / "three")


def test_saves_every_so_many_steps_and_the_end(run):
    _, folder = run
    assert steps(folder) == [5, 4, 2]
    assert sorted(os.listdir(folder)) == sorted(path.name for path in checkpoints(folder))


def test_the_name_holds_step_and_checksum(run):
    for path in checkpoints(run[1]):
        step, checksum = re.fullmatch(r"step-(\d{7})-([0-9a-f]{16})\.keras", path.name).groups()
        assert hashlib.sha256(path.read_bytes()).hexdigest()[:16] == checksum
        assert keras.models.load_model(path).trained_steps == int(step)


def test_it_says_which_version_wrote_it(run, untrained, tmp_path):
    for path in checkpoints(run[1]):
        assert written_by(path) == tfgan_it.__version__
        with zipfile.ZipFile(path) as archive:
            step = int(path.name.split("-")[1])
            assert archive.comment == f"tfgan_it {tfgan_it.__version__} step {step}".encode()
            assert archive.testzip() is None
    untrained.save(tmp_path / "model.keras")
    assert written_by(tmp_path / "model.keras") is None


def test_the_end_is_the_model(run):
    model, folder = run
    assert_same_state(load_checkpoint(folder), model)


def test_a_loaded_checkpoint_continues_exactly(run):
    model, folder = run
    resumed = keras.models.load_model(checkpoints(folder)[-1])
    assert resumed.trained_steps == 2
    resumed.fit(IMAGES, batch_size=16, steps_per_epoch=3, verbose=0)
    assert_same_state(resumed, model)


def test_keeps_the_newest(untrained, tmp_path):
    for step in range(1, 6):
        untrained.step.assign(step)
        save_checkpoint(untrained, tmp_path, keep=2)
    assert steps(tmp_path) == [5, 4]
    assert len(os.listdir(tmp_path)) == 2


def test_a_step_is_saved_once(untrained, three):
    untrained.step.assign(6)
    before = {path: path.stat().st_mtime_ns for path in three.iterdir()}
    assert save_checkpoint(untrained, three) == checkpoints(three)[0]
    assert {path: path.stat().st_mtime_ns for path in three.iterdir()} == before


def test_newest_is_by_number(tmp_path):
    for step in ("9999999", "10000000", "0000002"):
        (tmp_path / f"step-{step}-0123456789abcdef.keras").touch()
    assert steps(tmp_path) == [10000000, 9999999, 2]


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, empty])
def test_falls_back_from_a_damaged_one(three, damage, caplog):
    newest, before, _ = checkpoints(three)
    damage(newest)
    assert load_checkpoint(three).trained_steps == 4
    warned = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert any(newest.name in line and "damaged" in line for line in warned)
    assert any(before.name in line and "falling back" in line for line in warned)


def make_folder(path):
    path.unlink()
    path.mkdir()


def link_to_nothing(path):
    path.unlink()
    path.symlink_to("nowhere")


def link_to_itself(path):
    path.unlink()
    path.symlink_to(path.name)


def make_pipe(path):
    path.unlink()
    os.mkfifo(path)


@pytest.mark.examples(1)
@pytest.mark.parametrize("replace", [make_folder, link_to_nothing, link_to_itself, make_pipe])
def test_falls_back_from_what_is_not_a_file(untrained, three, replace, caplog):
    newest, before, _ = checkpoints(three)
    replace(newest)
    assert load_checkpoint(three).trained_steps == 4
    assert callbacks.newest_checkpoint(three) == before
    assert f"checkpoint {newest.name} is not a file" in caplog.messages
    untrained.step.assign(8)
    save_checkpoint(untrained, three, keep=1)
    assert load_checkpoint(three).trained_steps == 8


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_falls_back_from_what_cannot_be_read(three, number, monkeypatch, caplog):
    newest, opened = checkpoints(three)[0], pathlib.Path.open

    def refused(path, *args, **kwargs):
        if path == newest:
            raise OSError(number, os.strerror(number))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(pathlib.Path, "open", refused)
    assert load_checkpoint(three).trained_steps == 4
    assert f"checkpoint {newest.name} cannot be read: {os.strerror(number)}" in caplog.messages


def test_falls_back_as_far_as_it_must(three):
    for path in checkpoints(three)[:2]:
        flip_a_bit(path)
    assert load_checkpoint(three).trained_steps == 2


def test_a_whole_one_is_loaded_in_silence(three, caplog):
    assert load_checkpoint(three).trained_steps == 6
    assert not caplog.records


def test_all_damaged(three):
    names = [path.name for path in checkpoints(three)]
    for path in checkpoints(three):
        truncate(path)
    with pytest.raises(FileNotFoundError) as error:
        load_checkpoint(three)
    assert str(three) in str(error.value)
    assert all(name in str(error.value) for name in names)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("folder", ["", "absent"])
def test_none(tmp_path, folder):
    with pytest.raises(FileNotFoundError, match="^No checkpoint to load in .*: none found.$"):
        load_checkpoint(tmp_path / folder)


class Interrupted(Exception):
    """Stands for whatever can end a process."""


def half_a_save(path, *args, **kwargs):
    path.write_bytes(b"PK half of a checkpoint")
    raise Interrupted


def test_an_interrupted_save_leaves_what_was_there(untrained, three, monkeypatch):
    before = {path.name: path.read_bytes() for path in three.iterdir()}
    untrained.step.assign(8)
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(untrained, "save", half_a_save)
        save_checkpoint(untrained, three)
    assert steps(three) == [6, 4, 2]
    assert {name: (three / name).read_bytes() for name in before} == before
    save_checkpoint(untrained, three)
    assert steps(three) == [8, 6, 4]
    assert len(os.listdir(three)) == 3
    assert load_checkpoint(three).trained_steps == 8


def test_two_trainers_do_not_write_the_same_file(untrained, tmp_path, monkeypatch):
    """The second saves another step while the first does."""
    save = untrained.save

    def interleaved(path, *args, **kwargs):
        step = untrained.trained_steps
        with monkeypatch.context() as patch:
            patch.setattr(untrained, "save", save)
            untrained.step.assign(1)
            save_checkpoint(untrained, tmp_path)
            untrained.step.assign(step)
            save(path, *args, **kwargs)
            untrained.step.assign(2)
            save_checkpoint(untrained, tmp_path)
            untrained.step.assign(step)

    untrained.step.assign(3)
    with monkeypatch.context() as patch:
        patch.setattr(untrained, "save", interleaved)
        save_checkpoint(untrained, tmp_path)
    assert steps(tmp_path) == [3, 2, 1]
    for path in checkpoints(tmp_path):
        assert f"step-{keras.models.load_model(path).trained_steps:07d}" in path.name


def test_a_checkpoint_that_was_renamed_is_not_that_of_its_name(three, caplog):
    newest, second, _ = checkpoints(three)
    renamed = second.rename(second.with_name(second.name.replace("0000004", "0000009")))
    assert newest_checkpoint(three) == newest
    with caplog.at_level(logging.WARNING):
        assert load_checkpoint(three).trained_steps == 6
    assert f"{renamed.name} was renamed: it was written at step 4" in caplog.text


def test_metadata_come_back(untrained, three, tmp_path):
    assert read_metadata(checkpoints(three)[0]) == {}
    metadata = {"data": {"train_images": "9x8x8x1 uint8"}, "diagnostics": {"present": ["x"]}}
    path = save_checkpoint(untrained, tmp_path, metadata=metadata)
    assert read_metadata(path) == metadata
    assert_same_state(load_checkpoint(tmp_path), untrained)
    untrained.save(tmp_path / "model.keras")
    assert read_metadata(tmp_path / "model.keras") == {}
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("tfgan_it.json", "[1")
    with pytest.raises(ValueError, match=f"^{path} has a damaged tfgan_it.json: .*$"):
        read_metadata(path)


def test_a_value_that_is_not_finite_is_not_the_best(untrained, tmp_path):
    callback = callbacks.Checkpoints(tmp_path, every=1, best="js_nats")
    callback.set_model(untrained)
    for step, value in enumerate([math.nan, math.inf, 0.2, math.nan, 0.3, math.inf]):
        untrained.step.assign(step)
        callback.maybe_keep_best({"js_nats": value})
    assert steps(tmp_path / "best") == [4]


def test_a_kill_before_the_record_of_the_best_keeps_the_one_before(
    untrained, tmp_path, monkeypatch
):
    callback = callbacks.Checkpoints(tmp_path, every=1, best="js_nats")
    callback.set_model(untrained)
    untrained.step.assign(1)
    callback.maybe_keep_best({"js_nats": 0.1})
    untrained.step.assign(2)
    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(checkpoints_module, "write_json", lambda *_: half_a_save(tmp_path / "x"))
        callback.maybe_keep_best({"js_nats": 0.2})
    kept = json.loads((tmp_path / "best" / "best.json").read_text())
    assert (tmp_path / "best" / kept["checkpoint"]).is_file()
    callback.maybe_keep_best({"js_nats": 0.2})  # As a resumed run does.
    assert steps(tmp_path / "best") == [2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"quantity": "kl", "value": 1, "checkpoint": ""}',
            "by 'kl', not by '-js_nats'",
        ),
        ("{", "best.json is damaged"),
        ("[]", "best.json is damaged"),
        ('{"quantity": "js_nats", "value": "much", "checkpoint": ""}', "best.json is damaged"),
    ],
)
def test_another_best_in_the_folder_is_refused_before_training(tmp_path, content, message):
    (tmp_path / "best").mkdir()
    (tmp_path / "best" / "best.json").write_text(content)
    model = new_model()
    callback = callbacks.Checkpoints(tmp_path, every=1, best="-js_nats")
    with pytest.raises(ValueError, match=message) as error:
        model.fit(IMAGES, batch_size=16, verbose=0, callbacks=[callback])
    assert model.trained_steps == 0 and "\n" not in str(error.value)


@pytest.mark.parametrize("best", ["", "-", "js"])
def test_an_empty_best_is_refused(best, untrained):
    with pytest.raises(ValueError, match="^Unknown measured quantity"):
        check_best(best, untrained)


@pytest.mark.parametrize("folder", ["gs://bucket/run", "s3://bucket/run", "file:///tmp/run"])
@pytest.mark.parametrize(
    "write",
    [
        lambda folder, model: save_checkpoint(model, folder),
        lambda folder, model: callbacks.Checkpoints(folder, every=1),
        lambda folder, model: callbacks.Statistics(folder, every=1, steps=1, images_per_step=1),
        lambda folder, model: callbacks.SampleGrid(folder),
        lambda folder, model: callbacks.write_records(folder, []),
        lambda folder, model: model.export(folder),
    ],
)
def test_a_folder_that_is_a_url_is_refused(untrained, tmp_path, monkeypatch, folder, write):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f"must be a path on this machine, got the URL '{folder}'"):
        write(folder, untrained)
    assert not list(tmp_path.iterdir())


def test_the_home_folder_is_meant_by_a_tilde(untrained, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert save_checkpoint(untrained, "~/run").parent == tmp_path / "run"
    assert callbacks.newest_checkpoint("~/run").parent == tmp_path / "run"


def test_foreign_files_are_ignored(untrained, three):
    foreign = [
        "notes.txt",
        "model.keras",
        "writing.keras",
        "step-9.keras",
        "step-0000009-0123456789ABCDEF.keras",
        "step-0000009-0123456789abcde.keras",
        "step-0000009-0123456789abcdef.keras.bak",
        "step-0000009-0123456789abcdef.h5",
        "old-step-0000009-0123456789abcdef.keras",
    ]
    for name in foreign:
        (three / name).write_text("not a checkpoint")
    assert steps(three) == [6, 4, 2]
    assert load_checkpoint(three).trained_steps == 6
    untrained.step.assign(8)
    save_checkpoint(untrained, three, keep=1)
    assert steps(three) == [8]
    kept = set(foreign) - {"writing.keras"}  # The name under which a checkpoint is written.
    assert kept <= set(os.listdir(three))


def test_a_damaged_checkpoint_does_not_count(untrained, three):
    flip_a_bit(checkpoints(three)[0])
    untrained.step.assign(6)
    save_checkpoint(untrained, three)
    assert load_checkpoint(three).trained_steps == 6


def test_damaged_checkpoints_do_not_push_out_good_ones(untrained, three):
    for path in checkpoints(three)[:2]:
        flip_a_bit(path)
    untrained.step.assign(3)  # As a run that fell back to step 2 comes to.
    save_checkpoint(untrained, three, keep=2)
    assert load_checkpoint(three).trained_steps == 3


def test_keeps_good_ones_beside_damaged_ones(untrained, three):
    flip_a_bit(checkpoints(three)[0])
    for step in (8, 10):
        untrained.step.assign(step)
        save_checkpoint(untrained, three, keep=3)
    for path in checkpoints(three)[:2]:
        path.unlink()
    assert load_checkpoint(three).trained_steps == 4


def test_the_last_good_checkpoint_is_good(tmp_path):
    # The losses of a step are those before its update: they are still finite where the update is
    # the first that is not.
    model = small_model()
    model.compile(keras.optimizers.SGD(float("inf")), keras.optimizers.SGD(0.1))
    watch = [callbacks.TerminateOnNonFinite(), callbacks.Checkpoints(tmp_path, every=1)]
    with pytest.raises(callbacks.NonFiniteLoss):
        model.fit(IMAGES, batch_size=16, steps_per_epoch=3, verbose=0, callbacks=watch)
    for path in checkpoints(tmp_path):
        assert all(np.isfinite(w).all() for w in keras.models.load_model(path).get_weights())


def test_the_best_is_kept_beside_the_newest(untrained, tmp_path):
    model = untrained
    callback = callbacks.Checkpoints(tmp_path, every=1, best="information_nats")
    callback.set_model(model)
    for step, value in enumerate([0.5, 0.9, 0.7]):
        model.step.assign(step)
        callback.maybe_keep_best({"information_nats": value, "js_nats": 0.0})
    (kept,) = checkpoints(tmp_path / "best")
    assert keras.models.load_model(kept).trained_steps == 1
    record = json.loads((tmp_path / "best" / "best.json").read_text())
    expected = {"quantity": "information_nats", "value": 0.9, "step": 1, "checkpoint": kept.name}
    assert record == expected
    # A resumed run keeps the previous best.
    again = callbacks.Checkpoints(tmp_path, every=1, best="information_nats")
    again.set_model(model)
    again.maybe_keep_best({"information_nats": 0.8})
    assert checkpoints(tmp_path / "best") == [kept]


def test_the_best_may_be_the_lowest(untrained, tmp_path):
    model = untrained
    callback = callbacks.Checkpoints(tmp_path, every=1, best="-js_nats")
    callback.set_model(model)
    for step, value in enumerate([0.5, 0.2, 0.3]):
        model.step.assign(step)
        callback.maybe_keep_best({"js_nats": value})
    assert json.loads((tmp_path / "best" / "best.json").read_text())["step"] == 1


def test_a_best_that_is_not_measured_names_the_nearest(tmp_path):
    callback = callbacks.Checkpoints(tmp_path, every=1, best="informatoin_nats")
    with pytest.raises(ValueError, match=r"'informatoin_nats'.*nearest: information_nats\)\.\Z"):
        callback.maybe_keep_best({"information_nats": 0.8, "js_nats": 0.1})


def test_a_best_that_will_not_be_measured_is_refused_before_training(tmp_path):
    model = new_model()
    callback = callbacks.Checkpoints(tmp_path / "run", every=1, best="-js_nat")
    with pytest.raises(ValueError, match=r"^Unknown measured quantity 'js_nat': .*js_nats\)\.\Z"):
        model.fit(IMAGES, batch_size=16, verbose=0, callbacks=[callback])
    assert model.trained_steps == 0 and not (tmp_path / "run").exists()


def test_a_full_disk_leaves_the_checkpoints_before_it(untrained, tmp_path):
    """A process that may write no file above some kilobytes stands for a disk that is full."""
    model = untrained
    first = save_checkpoint(model, tmp_path)
    content = first.read_bytes()
    model.step.assign(model.trained_steps + 1)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError) as error:
            save_checkpoint(model, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    step = model.trained_steps
    assert str(error.value).startswith(f"The checkpoint of step {step} cannot be written to")
    assert str(error.value).endswith(f"; the last one is {first.name}.")
    assert "\n" not in str(error.value)
    assert first.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == [first.name]


def test_a_folder_that_cannot_be_written_keeps_its_checkpoints(untrained, three, monkeypatch):
    """As on a file system that is mounted to be read, where root is refused as well."""
    before = {path.name: path.read_bytes() for path in three.iterdir()}
    opened = open

    def refused(path, mode="r", *args, **kwargs):
        if "writing" in str(path) and set(mode) & set("wax+"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return opened(path, mode, *args, **kwargs)

    untrained.step.assign(8)
    with monkeypatch.context() as patch, pytest.raises(OSError) as error:
        patch.setattr("builtins.open", refused)
        patch.setattr("io.open", refused)
        save_checkpoint(untrained, three)
    newest = checkpoints(three)[0].name
    assert str(error.value).startswith(f"The checkpoint of step 8 cannot be written to {three} (")
    assert "Read-only file system" in str(error.value)
    assert str(error.value).endswith(f"; the last one is {newest}.") and "step-0000006" in newest
    assert "\n" not in str(error.value)
    assert {path.name: path.read_bytes() for path in three.iterdir()} == before
