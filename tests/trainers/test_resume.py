import json
import os
import shlex
import shutil
import signal

import numpy as np
import pytest

from support.cases import slow
from support.run_files import (
    contents,
    measurements,
    model_of,
    one_line,
    pictures,
    records,
    report,
    summary,
)
from support.small_models import assert_same_state
from tfgan_it import callbacks
from tfgan_it.files import lock


class Terminated(callbacks.SampleGrid):
    """The process gets a signal while step 3 is evaluated."""

    def on_train_batch_end(self, batch, logs=None):
        super().on_train_batch_end(batch, logs)
        if self.model.trained_steps == 3:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture(scope="module")
def interrupted(start, tmp_path_factory):
    root = tmp_path_factory.mktemp("interrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(callbacks, "SampleGrid", Terminated)
        ended = start(root, "--steps=4")
    return ended, root


@pytest.mark.slow
def test_an_interrupted_run_prints_how_to_resume(interrupted):
    ended, root = interrupted
    run = root / "runs" / "00000-infogan-digits"
    assert ended.status == 128 + 15
    assert ended.err == ""
    assert ended.out.endswith(
        f"\nSIGTERM: stopped and saved at step 3; resume with\n"
        f"  python -m trainers.train --resume={run}\n"
    )
    assert model_of(run).trained_steps == 3
    assert not (run / "summary.json").exists() and not list((root / "exports").iterdir())
    text = (run / "report.html").read_text()
    assert "At step 3 of 4: it was stopped, or still trains." in text
    assert f"python -m trainers.train --resume={run}<" in text and "Nearest neighbours" in text


@pytest.fixture(scope="module")
def resumed(train, interrupted, tmp_path_factory):
    root = tmp_path_factory.mktemp("resumed")
    run = shutil.copytree(interrupted[1] / "runs" / "00000-infogan-digits", root / "run")
    ended = train(f"--resume={run}", f"--export_dir={root / 'exports'}")
    return ended, root


def test_a_resumed_run_ends_as_if_nothing_had_been(resumed, trained):
    ended, root = resumed
    run = root / "run"
    assert (ended.status, ended.err) == (0, "")
    assert f"{run}, from step 3\n" in ended.out
    assert report(run) == report(trained.path)
    assert_same_state(model_of(run), model_of(trained.path))
    assert measurements(run) == measurements(trained.path)
    assert pictures(run) == pictures(trained.path)
    own = ("images_per_second", "export_dir", "command")
    found, expected = [
        {name: value for name, value in summary(folder).items() if name not in own}
        for folder in (run, trained.path)
    ]
    assert found == expected
    assert (root / "exports" / "infogan_digits" / "1" / "saved_model.pb").is_file()


def test_a_resumed_run_leaves_the_records_of_an_uninterrupted_one(resumed, trained):
    assert records(resumed[1] / "run") == records(trained.path)


@pytest.mark.parametrize(
    ("changed", "difference"),
    [
        (["--seed=1"], "seed was 0, is 1"),
        (["--batch_size=8", "--steps=9"], "batch_size was 16, is 8"),
        (["--steps=3"], "steps was 4, is 3"),
        (["--recipe=dcgan"], "recipe was 'infogan', is 'dcgan'"),
        (["--set=width=8"], "set was ['width=4', 'features=16', 'noise=6'], is ['width=8']"),
        (["--sample_every=3", "--precision=mixed_bfloat16"], "precision was 'float32', is"),
    ],
)
def test_other_options_are_refused(train, trained, changed, difference):
    before = contents(trained.root)
    message = one_line(train(f"--resume={trained.path}", *changed))
    assert message.startswith(f"{trained.path} cannot be resumed with other options: ")
    assert difference in message
    assert contents(trained.root) == before


@pytest.mark.slow
def test_what_is_kept_is_an_option_that_a_resumed_run_remembers(
    train, trained, no_training, tmp_path
):
    run = shutil.copytree(trained.path, tmp_path / "run")
    no_training.returns = None, signal.SIGTERM
    content = json.loads((run / "options.json").read_text())
    content["options"] |= {"keep": 7, "keep_best": "-js_nats"}
    (run / "options.json").write_text(json.dumps(content))
    other = tmp_path / "other"
    for given, keep in (([], 7), (["--keep=9", f"--export_dir={other}"], 9), ([], 9)):
        train(f"--resume={run}", "--steps=6", *given)
        used = no_training.calls[-1][2]
        assert (used["keep"], used["keep_best"]) == (keep, "-js_nats")
    assert used["export_dir"] == str(other)
    message = one_line(train(f"--resume={run}", "--steps=6", "--keep_best=js_nats"))
    assert message.endswith("with other options: keep_best was '-js_nats', is 'js_nats'.")


def test_a_run_that_was_killed_before_its_first_checkpoint_starts_again(
    train, trained, no_training, tmp_path
):
    run = shutil.copytree(trained.path, tmp_path / "run")
    shutil.rmtree(run / "checkpoints")
    no_training.returns = None, signal.SIGTERM
    ended = train(f"--resume={run}")
    assert f"{run} has no checkpoint: the run starts again, from step 0.\n" in ended.out
    [(model, _, options, resumed)] = no_training.calls
    assert (model.trained_steps, options["steps"], resumed.path) == (0, 4, run)


def test_a_second_trainer_on_a_run_is_refused(train, trained):
    before = contents(trained.root)
    descriptor = lock(trained.path)
    message = one_line(train(f"--resume={trained.path}", "--steps=8"))
    os.close(descriptor)
    assert message == (
        f"{trained.path} is being trained by another process: wait until it has ended, or stop it."
    )
    assert contents(trained.root) == before


def with_data(kind, part, described):
    """Makes a run, or its newest checkpoint, one of other data."""

    def change(run):
        path = run / "options.json"
        content = json.loads(path.read_text())
        other = {**content["data"], part: described}
        if kind == "options":
            path.write_text(json.dumps({**content, "data": other}))
        else:
            model = callbacks.load_checkpoint(run / "checkpoints")
            model.step.assign(5)
            callbacks.save_checkpoint(model, run / "checkpoints", metadata={"data": other})

    return change


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        (
            with_data("options", "train_labels", "1437 int64 sha256:0"),
            "those of options.json: train_labels hold other values.",
        ),
        (
            with_data("options", "train_images", "9x8x8x1 uint8 sha256:0"),
            "those of options.json: train_images were 9x8x8x1 uint8 and are 1437x8x8x1 uint8.",
        ),
        (
            with_data("checkpoint", "test_images", "360x8x8x1 uint8 sha256:0"),
            "those of the newest checkpoint: test_images hold other values.",
        ),
    ],
)
def test_other_data_are_refused(train, trained, tmp_path, change, difference):
    run = shutil.copytree(trained.path, tmp_path / "run")
    change(run)
    before = contents(run)
    message = one_line(train(f"--resume={run}", "--steps=6"))
    assert message == f"{run} cannot be resumed on other data than {difference}"
    assert contents(run) == before


@pytest.mark.examples(1)
def test_data_that_were_moved_are_those_of_the_run(start, train, no_training, tmp_path):
    no_training.returns = None, signal.SIGTERM
    old, new = tmp_path / "old.npz", tmp_path / "new.npz"
    images = np.arange(80 * 64, dtype="uint8").reshape(80, 8, 8, 1)
    np.savez(old, images=images)
    start(tmp_path, "--steps=6", f"--dataset={old}", recipe="dcgan")
    [(_, _, _, run)] = no_training.calls
    old.rename(new)
    assert one_line(train(f"--resume={run.path}")).endswith(
        f"{old} (nearest: new.npz); if the data were moved, give --dataset or --files_dir."
    )
    for given in ([f"--dataset={new}"], []):
        train(f"--resume={run.path}", *given)
        assert no_training.calls[-1][2]["dataset"] == str(new)
    np.savez(new, images=255 - images)
    message = one_line(train(f"--resume={run.path}"))
    assert "on other data than those of options.json: train_images hold other" in message
    assert "dataset was" in one_line(train(f"--resume={run.path}", "--dataset=ring"))


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    "given", [[], ["--steps=4"], ["--steps=4", "--seed=0", "--recipe=infogan"]]
)
def test_a_finished_run_says_what_to_do(train, trained, given):
    before = contents(trained.root)
    ended = train(f"--resume={trained.path}", *given)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == f"{trained.path} is at step 4: give --steps above that to go on.\n"
    assert contents(trained.root) == before


def test_a_finished_run_resumes_with_more_steps(train, trained, no_training, tmp_path):
    path = shutil.copytree(trained.path, tmp_path / "run")
    no_training.returns = None, signal.SIGTERM
    ended = train(f"--resume={path}", "--steps=6")
    assert ended.status == 143
    [(model, _, options, run)] = no_training.calls
    assert (model.trained_steps, run.path) == (4, path)
    assert (options["steps"], options["batch_size"]) == (6, 16)


@pytest.mark.slow
def test_an_extended_run_prints_how_to_resume(train, trained, no_training, tmp_path):
    path = shutil.copytree(trained.path, tmp_path / "run")
    no_training.returns = None, signal.SIGTERM
    told = train(f"--resume={path}", "--steps=6").out.splitlines()[-1]
    no_training.calls.clear()
    train(*shlex.split(told)[3:])
    assert no_training.calls[0][2]["steps"] == 6


def without_summary(run):
    (run / "summary.json").unlink()


def with_the_summary_of_fewer_steps(run):
    old = {**summary(run), "steps": 2, "last": measurements(run)[0]}
    (run / "summary.json").write_text(json.dumps(old))


def without_the_last_measurement(run):
    without_summary(run)
    lines = (run / "stats.jsonl").read_text().splitlines(keepends=True)
    (run / "stats.jsonl").write_text("".join(lines[:-1]))


def with_half_of_the_last_measurement(run):
    without_summary(run)
    text = (run / "stats.jsonl").read_text()
    (run / "stats.jsonl").write_text(text[:-50])


def without_measurements(run):
    without_summary(run)
    (run / "stats.jsonl").write_text("")


@pytest.mark.slow
@pytest.mark.parametrize(
    "cut_off",
    [
        with_half_of_the_last_measurement,
        *slow(
            without_summary,
            with_the_summary_of_fewer_steps,
            without_the_last_measurement,
            without_measurements,
        ),
    ],
)
def test_a_run_that_was_cut_off_after_its_last_step_is_finished(train, trained, tmp_path, cut_off):
    run = shutil.copytree(trained.path, tmp_path / "run")
    cut_off(run)
    exports = tmp_path / "exports"
    if cut_off is with_half_of_the_last_measurement:  # It was killed behind its export.
        shutil.copytree(trained.root / "exports", exports)
    ended = train(f"--resume={run}", f"--export_dir={exports}")
    assert ended.status == 0
    assert [path.name for path in (exports / "infogan_digits").iterdir()] == ["1"]
    assert summary(run)["steps"] == 4
    assert summary(run)["last"] == summary(trained.path)["last"]


@pytest.fixture(scope="module")
def fallen_back(train, trained, tmp_path_factory):
    """The run of `trained`, whose last checkpoint was damaged, resumed."""
    root = tmp_path_factory.mktemp("fallen")
    run = shutil.copytree(trained.path, root / "run")
    newest = callbacks.checkpoints(run / "checkpoints")[0]
    newest.write_bytes(newest.read_bytes()[:-100])
    return train(f"--resume={run}", f"--export_dir={root / 'exports'}"), run


@pytest.mark.slow
def test_falls_back_from_a_damaged_checkpoint(fallen_back, trained):
    ended, run = fallen_back
    assert ended.status == 0
    assert f"{run}, from step 2\n" in ended.out
    assert records(run) == records(trained.path)
    assert summary(run)["last"] == summary(trained.path)["last"]


@pytest.mark.slow
def test_leaves_a_whole_last_checkpoint(fallen_back, trained):
    _, run = fallen_back
    assert_same_state(model_of(run), model_of(trained.path))
