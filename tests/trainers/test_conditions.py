"""Runs conditional on the labels of the samples."""

import json
import shutil
import signal
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from support.run_files import one_line, options, pictures, records, summary
from tfgan_it import conditions, datasets, recipes, visualization
from trainers.conditions import asked_conditions, check_conditions, checked_classes, condition_of
from trainers.run_directory import load_model
from trainers.run_options import check_condition, implied_condition

TINY = ["--set=width=4", "--set=latent_dimension=6", "--set=learning_rate=0.01"]


@pytest.fixture(scope="module")
def run(train, tmp_path_factory):
    """A whole run of acgan; to be read only."""
    root = tmp_path_factory.mktemp("acgan")
    folders = [f"--run_dir={root / 'runs'}", f"--export_dir={root / 'exports'}"]
    often = ["--batch_size=16", "--log_every=2", "--sample_every=2", "--save_every=2"]
    ended = train("--recipe=acgan", "--steps=4", "--monitor_every=4", *often, *TINY, *folders)
    assert ended.status == 0, ended.err
    return types.SimpleNamespace(
        ended=ended, path=root / "runs" / "00000-acgan-digits", export=root / "exports"
    )


def read(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_the_options_tell_the_condition(run):
    assert options(run.path)["condition"] == "label"
    assert summary(run.path)["protocol"]["condition"] == "label"
    assert load_model(run.path).conditions.classes == 10


def test_records_of_a_conditional_run(run):
    found = records(run.path)
    assert "label_information_nats" in found[0]
    [measured] = [record for record in found if "information" in record]
    for row in ("generated", "real"):
        told = measured["information"][row]
        assert {"asked_class_accuracy", "asked_class_information"} <= told.keys()
    assert measured["information"]["real"]["asked_class_accuracy"] > 0.9
    data = datasets.load("digits")
    tested = load_model(run.path).evaluate(data.test_images, data.test_labels, 256, verbose=0)
    [last] = [record["test"] for record in found if record["step"] == 4 and "test" in record]
    assert last == pytest.approx(tested, abs=1e-5)
    assert "label carries at least " in run.ended.out


def test_its_pictures_have_a_row_for_each_class(run):
    assert set(pictures(run.path)) == {
        f"{name}-00000{step}.png" for name in ("samples", "traversal") for step in (1, 2, 4)
    }
    grid = read(run.path / "samples" / "samples-000004.png")
    assert grid.shape == (10 * 42 + 2, 6 * 42 + 2, 3)
    np.testing.assert_array_equal(grid, visualization.sample_grid(load_model(run.path)))


def test_a_resumed_run_keeps_its_condition(run, train, no_training, tmp_path):
    no_training.returns = None, signal.SIGTERM
    path = shutil.copytree(run.path, tmp_path / "run")
    assert train(f"--resume={path}", "--steps=6").status == 128 + signal.SIGTERM
    [(model, _, given, _)] = no_training.calls
    assert (given["condition"], model.conditions.classes) == ("label", 10)


def test_its_export_is_asked_for_a_class(run, sample, tmp_path):
    folder = run.export / "acgan_digits"
    described = json.loads((folder / "1" / "assets.extra" / "tfgan_it.json").read_text())
    assert described["signatures"]["sample"]["inputs"]["conditions"] == "int64 (None,)"
    given = ["--condition=3,1", "--seeds=5,7", f"--out={tmp_path}"]
    ended = sample(f"--model={folder}", *given)
    assert (ended.out.split(), ended.status) == ([str(tmp_path / "grid.png")], 0)
    served = read(tmp_path / "grid.png")
    model = load_model(run.path)
    images = [model.generate(1, s, conditions=k)[0] for k in (3, 1) for s in (5, 7)]
    expected = visualization.grid(np.array(images), 2).astype(int)
    assert np.abs(served - expected).max() <= 1
    ended = sample(f"--model={run.path}", *given, "--rows=1", "--steps=2", "--frames=2")
    assert ended.status == 0
    assert np.abs(read(tmp_path / "grid.png") - expected).max() <= 1


def test_all_classes_by_default(run, sample, tmp_path):
    ended = sample(f"--model={run.export / 'acgan_digits' / '1'}", f"--out={tmp_path}")
    assert ended.status == 0
    assert read(tmp_path / "grid.png").shape == (10 * 42 + 2, 8 * 42 + 2, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--condition=10"], "--condition=10: acgan has classes 0 to 9."),
        (["--condition=x"], "--condition takes numbers from 0 and ranges such as 5-9, got 'x'."),
        (["--codes=category=3"], "Unknown code 'category': there is none"),
        (["--codes=category"], "--codes takes name=value, got 'category'."),
    ],
)
def test_mistakes_of_sampling(run, sample, tmp_path, arguments, message):
    ended = sample(f"--model={run.path}", f"--out={tmp_path}", *arguments)
    assert message.replace("\\", "") in one_line(ended)
    assert not list(tmp_path.iterdir())


def test_mistakes_of_sampling_an_export(run, sample, tmp_path):
    folder = run.export / "acgan_digits"
    ended = sample(f"--model={folder}", f"--out={tmp_path}", "--codes=category=3")
    assert one_line(ended) == "--codes needs a run or a .keras file, got an export."
    empty = tmp_path / "empty"
    tf.saved_model.save(tf.Module(), str(empty))
    ended = sample(f"--model={empty}", f"--out={tmp_path / 'out'}")
    assert one_line(ended) == f"{empty} is not an export of tfgan_it: it has no tfgan_it.json."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--recipe=dcgan", "--condition=label"],
            "--condition=label: the recipe dcgan takes none; use one of acgan, conditional_gan, "
            "projection_gan, wave_gan.",
        ),
        (
            ["--recipe=acgan", "--dataset=ring"],
            "--condition=label: PointDataset('ring', 100000 train + 10000 test points of 8 modes) "
            "has no classes to tell apart.",
        ),
        (
            ["--recipe=acgan", "--set=conditions=5"],
            "Unknown hyperparameter of acgan 'conditions': use one of ",
        ),
        (
            ["--recipe=cyclegan"],
            "--recipe=cyclegan translates images of a domain a into those of b",
        ),
        (
            ["--recipe=dcgan", "--degrade=grey"],
            "grey: images must have 3 channels, got 1",
        ),
        (
            ["--recipe=dcgan", "--degrade=noise"],
            "--recipe=dcgan takes one set of images, got ImagePairs('digits-noise-0.3', 1437 train",
        ),
        (
            ["--recipe=pix2pix", "--degrade=noise", "--monitor_every=1"],
            "--monitor_every measures the information of latents, which pix2pix does not have",
        ),
        (
            ["--recipe=pix2pix", "--degrade=noise", "--metrics=mind"],
            "ImagePairs('digits-noise-0.3', 1437 train + 360 test pairs",
        ),
        (["--recipe=pix2pix", "--degrade=blur"], "Unknown degradation 'blur'"),
        (["--recipe=pix2pix", "--degrade=noise:much"], "--degrade=noise:much: 'much' is not a"),
        (["--recipe=pix2pix", "--dataset=ring", "--degrade=noise"], "--degrade=noise takes images"),
    ],
)
def test_a_mistake_is_one_line_and_no_run(train, tmp_path, arguments, message):
    ended = train("--steps=2", f"--run_dir={tmp_path / 'runs'}", *arguments)
    assert one_line(ended).startswith(message)
    assert not (tmp_path / "runs").exists()


def test_images_without_partners_are_no_pairs(train, tmp_path):
    for k, part in enumerate(("trainA", "trainB", "testA", "testB")):
        (tmp_path / "data" / part).mkdir(parents=True)
        for i in range(16):
            Image.new("L", (8, 8), 9 * k + i).save(tmp_path / "data" / part / f"{part}-{i}.png")
    flags = [f"--dataset={tmp_path / 'data'}", f"--run_dir={tmp_path / 'runs'}", "--batch_size=8"]
    line = one_line(train("--recipe=pix2pix", "--set=width=2", "--set=depth=1", *flags))
    assert line.startswith(
        "--recipe=pix2pix takes pairs, got ImagePairs('data', 16 train + 16 test"
    )
    assert "files of A and B must have the same names; cut and cyclegan take" in line
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("name", recipes.RECIPES)
def test_the_condition_of_a_recipe(name):
    told = implied_condition(name)
    labelled = ("conditional_gan", "acgan", "projection_gan", "wave_gan")
    assert told == ("text" if name == "text_to_image" else "label" if name in labelled else None)
    check_condition(name, told)


def test_labels_of_one_class_tell_nothing():
    images, labels = np.zeros((4, 8, 8, 1), "uint8"), np.zeros(4, "int64")
    with pytest.raises(ValueError, match=r"1 classes\) has no classes to tell apart\.$"):
        check_conditions(datasets.ImageDataset("blank", images, images, labels, labels), "label")
    check_conditions(datasets.ImageDataset("blank", images, images), None)


def test_texts_as_conditions():
    images = np.zeros((3, 8, 8, 1), "uint8")
    texts = {"train_texts": ("cat", "dog", "cat"), "test_texts": ("horse", "dog", "cat")}
    data = datasets.ImageDataset("pets", images, images, **texts)
    check_conditions(data, "text")
    text = condition_of(data, "text")
    assert text.texts == ("cat", "dog") and text.length == 5
    text.encode(data.test_texts)  # Their characters are known.
    with pytest.raises(ValueError, match=r"^--condition=text: .*has no texts beside its samples"):
        check_conditions(datasets.ImageDataset("pets", images, images), "text")
    with pytest.raises(ValueError, match=r"^--condition=text: .*has no texts beside its samples"):
        check_conditions(datasets.texts(["cat", "dog"]), "text")


def test_texts_that_are_asked_for():
    text = conditions.Text(["cat", "dog"])
    model = types.SimpleNamespace(conditions=text, name="painter")
    assert asked_conditions(model, None) == ["cat", "dog"]
    assert asked_conditions(model, None, ["god"]) == ["god"]
    with pytest.raises(ValueError, match="^--condition asks for classes, but painter takes texts"):
        asked_conditions(model, [1])
    with pytest.raises(ValueError, match="^Text: text 0, 'cow', has characters that the voc"):
        asked_conditions(model, None, ["cow"])
    plain = types.SimpleNamespace(conditions=None, name="gan")
    with pytest.raises(ValueError, match="^--text asks for texts, but gan takes none"):
        asked_conditions(plain, None, ["cat"])
    assert asked_conditions(plain, None) is None


@pytest.mark.parametrize(
    ("condition", "classes", "expected"),
    [(None, None, None), (3, None, [0, 1, 2]), (3, [2, 0], [2, 0])],
)
def test_classes_that_are_asked_for(condition, classes, expected):
    taken = None if condition is None else conditions.get(condition)
    model = types.SimpleNamespace(conditions=taken, name="gan")
    assert checked_classes(model, classes) == expected


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (None, "--condition asks for classes, but gan takes no conditions."),
        (
            conditions.Vector(2),
            "--condition asks for classes, but gan takes a vector of 2 numbers.",
        ),
    ],
)
def test_a_model_that_takes_no_labels(condition, message):
    model = types.SimpleNamespace(conditions=condition, name="gan")
    with pytest.raises(ValueError) as error:
        checked_classes(model, [3])
    assert str(error.value) == message
