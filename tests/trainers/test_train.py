import functools
import json
import os
import re
import shutil
import signal
import tempfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from support.run_files import files, measurements, model_of, one_line, options, records, summary
from support.small_models import assert_same_state
from tfgan_it import callbacks, datasets, metrics, recipes
from trainers.run_directory import load_model
from trainers.training import information_monitor

DIGITS = datasets.digits()


def test_run_directory(trained):
    assert os.listdir(trained.root / "runs") == ["00000-infogan-digits"]
    patterns = [
        "options.json",
        "stats.jsonl",
        "summary.json",
        "report.html",
        r"checkpoints/step-0000002-\w{16}.keras",
        r"checkpoints/step-0000004-\w{16}.keras",
        "samples/samples-000001.png",
        "samples/samples-000002.png",
        "samples/samples-000004.png",
        "samples/traversal-000001.png",
        "samples/traversal-000002.png",
        "samples/traversal-000004.png",
        r"tensorboard/events.out.tfevents.*",
    ]
    found = files(trained.path)
    assert len(found) == len(patterns)
    for pattern in patterns:
        assert any(re.fullmatch(pattern, name) for name in found), pattern


def test_tensorboard_has_pictures_options_and_the_information_plane(trained):
    events = EventAccumulator(str(trained.path / "tensorboard")).Reload()
    steps = {name: [e.step for e in events.Tensors(name)] for name in events.Tags()["tensors"]}
    assert steps["samples"] == steps["traversal"] == [1, 2, 4]
    assert (steps["options"], steps["information_plane"]) == ([0], [2, 4])


def test_options(trained):
    written = json.loads((trained.path / "options.json").read_text())
    expected = {
        "recipe": "infogan",
        "dataset": "digits",
        "files_dir": None,
        "image_size": None,
        "steps": 4,
        "batch_size": 16,
        "seed": 0,
        "precision": "float32",
        "strategy": "default",
        "set": ["width=4", "features=16", "noise=6"],
        "log_every": 2,
        "save_every": 2,
        "sample_every": 2,
    }
    assert expected.items() <= written["options"].items()
    assert re.match("python -m trainers.train .* --set width=4 .* --steps=4$", written["command"])
    assert written["versions"]["tensorflow"] == tf.__version__


def test_options_hold_the_export_dir(trained):
    assert options(trained.path)["export_dir"] == str(trained.root / "exports")


@pytest.mark.slow
def test_options_reach_model_and_data(start, no_training, tmp_path):
    no_training.returns = None, signal.SIGTERM
    changed = ["--seed=5", "--precision=mixed_bfloat16", "--image_size=12", "--set=categories=3"]
    for options_ in (changed, changed, ["--seed=6", *changed[1:]]):
        assert start(tmp_path, *options_).status == 143
    models = [model for model, *_ in no_training.calls]
    assert models[0].dtype_policy.name == "mixed_bfloat16"
    assert models[0].sample_shape == no_training.calls[0][1].sample_shape == (12, 12, 1)
    assert models[0].latent.parts["category"].categories == 3
    weights = [np.concatenate([w.ravel() for w in model.get_weights()]) for model in models]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])


def test_records(trained):
    found = records(trained.path)
    assert [(record["step"], "test" in record) for record in found] == [
        (2, False),
        (2, True),
        (4, False),
        (4, True),
    ]
    quantities = set(model_of(trained.path).metric_names)
    assert quantities >= {"information_nats_category", "information_nats_style", "js_nats"}
    assert set(found[0]) == {"step"} | quantities
    scores = {"cluster_accuracy", "purity", "nmi", "ari"}
    assert set(found[1]["test"]) == quantities | scores


def test_last_record_measures_the_last_checkpoint(trained):
    model = model_of(trained.path)
    measured = callbacks.measure(model, DIGITS.test_images, DIGITS.test_labels)
    assert records(trained.path)[-1]["test"] == pytest.approx(measured, abs=1e-6)


def test_summary(trained):
    found, last = summary(trained.path), records(trained.path)[-1]
    assert found["last"] == last
    assert found["best"]["chosen_by"] == "information_nats"
    assert found["best"]["step"] in (2, 4)
    assert {"step": found["best"]["step"], "test": found["best"]["test"]} in measurements(
        trained.path
    )
    measured = last["test"]
    expected = {
        "recipe": "infogan",
        "dataset": "digits",
        "seed": 0,
        "steps": 4,
        "information_nats": {
            "total": measured["information_nats"],
            "category": measured["information_nats_category"],
            "style": measured["information_nats_style"],
        },
        "entropy_nats": pytest.approx({"category": np.log(10), "style": 2 * np.log(2)}),
        "js_nats": measured["js_nats"],
        "protocol": {
            "split": "test",
            "n": 360,
            "networks": "averaged",
            "batch_size": 16,
            "hyperparameters": ["width=4", "features=16", "noise=6"],
            "condition": None,
            "precision": "float32",
        },
        "export_dir": str(trained.root / "exports" / "infogan_digits" / "1"),
        **{name: measured[name] for name in ("cluster_accuracy", "purity", "nmi", "ari")},
    }
    assert {name: found[name] for name in expected} == expected
    assert found["images_per_second"] > 0
    written = json.loads((trained.path / "options.json").read_text())
    assert (found["command"], found["versions"]) == (written["command"], written["versions"])


def test_best_is_not_last(train, trained):
    measured = [
        {"step": step, "test": {**records(trained.path)[-1]["test"], "information_nats": nats}}
        for step, nats in [(2, 0.25), (4, 0.5), (6, -0.25)]
    ]
    given = model_of(trained.path), DIGITS, options(trained.path), measured
    found = train.module.summarise(*given)
    assert found["best"] == {"chosen_by": "information_nats", **measured[1]}
    assert found["last"] == measured[2]
    assert found["information_nats"]["total"] == -0.25


@pytest.mark.slow
def test_export_is_the_last_checkpoint(trained):
    served = tf.saved_model.load(summary(trained.path)["export_dir"])
    images = served.signatures["sample"](seed=tf.constant([5], tf.int64))["images"]
    last, first = callbacks.checkpoints(trained.path / "checkpoints")
    np.testing.assert_allclose(images, load_model(last).generate(1, seed=5), atol=1e-6)
    for other in (load_model(last).generate(1, seed=6), load_model(first).generate(1, seed=5)):
        assert np.abs(images - other).max() > 1e-5


def test_what_is_printed(trained):
    first, second, *statuses = trained.ended.out.splitlines()[:4]
    assert first.startswith("infogan on ImageDataset('digits', 1437 train + 360 test images")
    assert second == f"{trained.path}, from step 0"
    assert [status[:8] for status in statuses] == ["step 2/4", "step 4/4"]
    report, found = trained.ended.out.split("\n", 4)[4], summary(trained.path)
    assert report.startswith("on the 360 test images, averaged weights:\n")
    for value in (found["information_nats"]["style"], found["js_nats"]):
        assert f"{value:.4f} nats" in report
    assert f"cluster accuracy {found['cluster_accuracy']:.3f}, NMI {found['nmi']:.3f}" in report
    assert report.endswith(f"to serve  {found['export_dir']}\n")
    assert trained.ended.err == ""


@pytest.fixture(scope="module")
def clouds(start, tmp_path_factory):
    """A run on images without labels, by a model without codes and without an average."""
    root = tmp_path_factory.mktemp("clouds")
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 3), "uint8")
    np.savez(root / "clouds.npz", images=images)
    options = [f"--dataset={root / 'clouds.npz'}", "--steps=2", "--set=moving_average=None"]
    ended = start(root, *options, recipe="dcgan")
    assert ended.status == 0, ended.err
    return ended, root


@pytest.mark.slow
def test_a_model_without_codes(clouds):
    ended, root = clouds
    found = summary(root / "runs" / "00000-dcgan-clouds")
    assert (found["recipe"], found["steps"], found["protocol"]["networks"]) == ("dcgan", 2, "last")
    assert found["protocol"]["n"] == 6
    assert {"information_nats", "entropy_nats", "best"}.isdisjoint(found)
    assert [found[name] for name in ("cluster_accuracy", "purity", "nmi", "ari")] == [None] * 4
    assert set(found["last"]["test"]) == {"discriminator_loss", "generator_loss", "js_nats"}
    assert found["export_dir"] == str(root / "exports" / "dcgan_clouds" / "1")
    served = tf.saved_model.load(found["export_dir"]).signatures
    assert set(served) == {"serving_default", "sample", "score"}
    assert "cluster accuracy" not in ended.out


@pytest.mark.slow
def test_the_report_says_which_weights_were_measured(clouds):
    assert "averaged" not in clouds[0].out


def set_by(train, *arguments):
    """The hyperparameters of a run with these flags, as `--dry_run` prints them."""
    ended = train("--dry_run", *arguments)
    assert (ended.status, ended.err) == (0, "")
    [found] = re.findall("^ +set  (.*)$", ended.out, re.MULTILINE)
    return json.loads(found.replace("'", '"'))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], []),
        (["--optimizer=rmsprop"], ["optimizer=rmsprop"]),
        (["--learning_rate=1e-4"], ["learning_rate=0.0001"]),
        (["--clip_norm=2"], ["clip_norm=2.0"]),
        (["--schedule=cosine"], ["schedule=cosine", "decay_steps=3000"]),
        (["--schedule=linear", "--steps=70"], ["schedule=linear", "decay_steps=70"]),
        (["--set=width=4", "--optimizer=adam"], ["optimizer=adam", "width=4"]),
    ],
)
def test_flags_that_are_short_for_hyperparameters(train, arguments, expected):
    assert set_by(train, *arguments) == expected


def test_what_is_set_by_name_counts_more_than_a_short_flag(start, no_training, tmp_path):
    no_training.returns = None, signal.SIGTERM
    arguments = ["--set=learning_rate=0.5", "--learning_rate=0.25", "--schedule=linear"]
    arguments += ["--set=decay_steps=10", "--steps=70", "--set=discriminator_learning_rate=0.125"]
    assert start(tmp_path, *arguments).status == 143
    [(model, *_)] = no_training.calls
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    for optimizer, rate in zip(optimizers, (0.5, 0.125), strict=True):
        assert float(optimizer.learning_rate) == rate
        optimizer.iterations.assign(5)  # Half of the way to 0.
        assert float(optimizer.learning_rate) == rate / 2


def test_short_flags_reach_the_model(start, no_training, tmp_path):
    no_training.returns = None, signal.SIGTERM
    arguments = ["--optimizer=rmsprop", "--learning_rate=0.25", "--clip_norm=3"]
    arguments += ["--schedule=linear", "--steps=100", "--set=discriminator_steps=2"]
    assert start(tmp_path, *arguments, recipe="dcgan").status == 143
    [(model, *_)] = no_training.calls
    # The discriminator moves twice in a step, and is at the end of its way at the same step.
    for optimizer, updates in ((model.generator_optimizer, 1), (model.discriminator_optimizer, 2)):
        assert type(optimizer).__name__ == "RMSprop"
        assert optimizer.global_clipnorm == 3
        for step, rate in ((0, 0.25), (50, 0.125), (75, 0.0625), (100, 0), (500, 0)):
            optimizer.iterations.assign(step * updates)
            assert float(optimizer.learning_rate) == pytest.approx(rate, abs=1e-7)


SHORT = ["--learning_rate=0.001", "--schedule=linear"]


@pytest.fixture(scope="module")
def ring(start, tmp_path_factory):
    """A run on points."""
    root = tmp_path_factory.mktemp("ring")
    ended = start(root, "--dataset=ring", "--steps=2", *SHORT, recipe="dcgan")
    assert ended.status == 0, ended.err
    return ended, root / "runs" / "00000-dcgan-ring"


@pytest.mark.slow
def test_a_run_on_points_ends_as_any_other(ring):
    ended, run = ring
    assert ended.out.startswith(
        "dcgan on PointDataset('ring', 100000 train + 10000 test points of 8 modes)\n"
    )
    assert "on the 10000 test images, averaged weights:\n" in ended.out
    found = summary(run)
    assert (found["dataset"], found["steps"], found["protocol"]["n"]) == ("ring", 2, 10_000)
    assert found["last"] == records(run)[-1]
    assert set(found["last"]["test"]) == {"discriminator_loss", "generator_loss", "js_nats"}
    assert [found[name] for name in ("cluster_accuracy", "purity", "nmi", "ari")] == [None] * 4


@pytest.mark.slow
def test_short_flags_are_those_of_the_run_that_is_resumed(ring, train):
    _, run = ring
    chosen = ["--set=width=4", "--set=latent_dimension=6", f"--resume={run}"]
    expected = ["learning_rate=0.001", "schedule=linear", "decay_steps=2"]
    assert options(run)["set"] == [*expected, "width=4", "latent_dimension=6"]
    assert "is at step 2: give --steps above" in train(*SHORT, *chosen).out
    for other in (["--learning_rate=0.002", SHORT[1]], [SHORT[0], "--schedule=cosine"]):
        message = one_line(train(*other, *chosen))
        assert "cannot be resumed with other options: set was ['learning_rate=0.001'" in message
        assert all(flag[2:] in message.split(" is [")[1] for flag in other)


@pytest.mark.slow
def test_a_run_on_points_draws_scatters(ring):
    _, run = ring
    pictures = {path.name: Image.open(path) for path in (run / "samples").iterdir()}
    assert {"samples-000001.png", "samples-000002.png", "traversal-000002.png"} < set(pictures)
    scatter = np.asarray(pictures["samples-000002.png"])
    assert scatter.shape == (240, 240, 3)
    points = model_of(run).generate(40 * 64, seed=0)
    limit = 1.05 * np.abs(points).max()
    rows = np.floor((1 - points[:, 1] / limit) * 120).astype(int)
    columns = np.floor((1 + points[:, 0] / limit) * 120).astype(int)
    # Each point is drawn, and nothing further than two pixels from all points is.
    assert (scatter[rows, columns] < 255).any(axis=-1).all()
    near = np.zeros((244, 244), bool)
    for down in range(5):
        for right in range(5):
            near[rows + down, columns + right] = True
    assert (scatter[~near[2:-2, 2:-2]] == 255).all()
    # The six columns of the latent, one scatter each, with its title.
    assert pictures["traversal-000002.png"].size == (240, 6 * (240 + 16))


@pytest.mark.slow
def test_an_export_of_a_run_on_points(ring):
    _, run = ring
    found = summary(run)["export_dir"]
    assert found.endswith("/exports/dcgan_ring/1")
    served = tf.saved_model.load(found).signatures
    points = served["sample"](seed=tf.constant([5, 6], tf.int64))["images"]
    model = model_of(run)
    expected = np.concatenate([model.generate(1, seed=seed) for seed in (5, 6)])
    np.testing.assert_allclose(points, expected, atol=1e-6)
    assert served["score"](images=points)["logit"].shape == (2,)


@pytest.fixture(scope="module")
def monitored(start, tmp_path_factory):
    """A run whose information is measured once."""
    root = tmp_path_factory.mktemp("monitored")
    ended = start(root, "--steps=4", "--monitor_every=4")
    assert ended.status == 0, ended.err
    return ended, root / "runs" / "00000-infogan-digits"


@pytest.mark.slow
def test_information_is_recorded_and_printed_in_a_line(monitored):
    ended, run = monitored
    [record] = [each for each in callbacks.read_records(run) if "information" in each]
    assert (record["step"], record["protocol"]["n"]) == (4, 360)
    assert (record["protocol"]["split"], record["protocol"]["networks"]) == ("test", "averaged")
    assert record["protocol"]["classifier_accuracy"] > 0.9
    found = record["information"]
    assert found["information_nats"] == pytest.approx(
        sum(found[f"information_nats_{name}"] for name in ("category", "style"))
    )
    # Four steps make no digits, and real digits are ten classes.
    assert found["generated"]["js"] > 0.5 > 0.2 > abs(found["real"]["js"])
    assert found["real"]["label_information"] > 2
    [line] = [line for line in ended.out.splitlines() if line.startswith("information at step")]
    told = f"information at step 4 [of real ones]: JS {found['generated']['js']:.2f} ["
    assert line.startswith(told)


@pytest.mark.slow
def test_a_run_that_is_monitored_is_the_run_that_is_not(monitored, trained):
    _, run = monitored
    assert_same_state(model_of(run), model_of(trained.path))
    assert callbacks.read_records(run)[-1] == callbacks.read_records(trained.path)[-1]


@pytest.mark.slow
@pytest.mark.parametrize("measured", [False, True])
def test_an_end_that_was_not_measured_is_measured_on_resuming(
    monitored, train, tmp_path, monkeypatch, measured
):
    quick = functools.partial(metrics.LabelClassifier, steps=20)
    monkeypatch.setattr(metrics, "LabelClassifier", quick)
    run = shutil.copytree(monitored[1], tmp_path / "run")
    (run / "summary.json").unlink()
    kinds = ("js_nats", "information")[: 1 + measured]
    kept = [each for each in callbacks.read_records(run) if any(kind in each for kind in kinds)]
    callbacks.write_records(run, kept)
    ended = train(f"--resume={run}", f"--export_dir={tmp_path / 'exports'}")
    assert ended.status == 0, ended.err
    added = [set(record) for record in callbacks.read_records(run)[len(kept) :]]
    # In the order of a run that was not interrupted.
    assert added == [{"step", "information", "protocol"}, {"step", "test"}][measured:]
    assert "monitor_every was 4, is 3" in one_line(train(f"--resume={run}", "--monitor_every=3"))


def test_a_data_set_without_labels_needs_no_classifier(train, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), "uint8")
    data = datasets.ImageDataset("clouds", images[:40], images[40:])
    model = recipes.get("dcgan")((8, 8, 1), width=4)
    monitor = information_monitor(model, data, {"monitor_every": 3}, print)
    assert (monitor.every, monitor.measurement.classifier) == (3, None)
    assert monitor.protocol == {"split": "test"}


def test_no_information_is_measured_unless_asked_for(trained):
    assert not any("information" in record for record in callbacks.read_records(trained.path))
    assert options(trained.path)["monitor_every"] == 0


@pytest.mark.slow
def test_only_the_first_worker_names_its_files(start, train, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(train.module.distribution, "is_chief", lambda strategy: False)
    ended = start(tmp_path, "--steps=2", recipe="dcgan")
    assert (ended.status, ended.err) == (0, "")
    assert "the first worker writes the results, from step 0\n" in ended.out
    assert str(tmp_path) not in ended.out
    assert not {"pictures", "numbers", "to serve"} & {
        x.split("  ")[0] for x in ended.out.split("\n")
    }
    assert not (tmp_path / "runs").exists() and not (tmp_path / "exports").exists()


def test_another_worker_names_no_checkpoint(start, train, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(train.module.distribution, "is_chief", lambda strategy: False)

    def broken(self, *args, **kwargs):
        raise callbacks.NonFiniteLoss("step 2: generator_loss is not finite")

    monkeypatch.setattr(type(recipes.dcgan((8, 8, 1), width=4)), "fit", broken)
    message = one_line(start(tmp_path, "--steps=4", recipe="dcgan"))
    assert message.endswith("is not finite; the first worker names the last good checkpoint.")
