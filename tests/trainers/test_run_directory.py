import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sys
import zipfile

import keras
import pytest

import tfgan_it
from support.dense_models import dense_model, translation_model
from support.run_files import one_line
from support.small_models import compiled, small_model
from tfgan_it import callbacks, conditions, models, recipes
from tfgan_it.regularizers import R1, R2
from trainers import run_directory
from trainers.run_directory import (
    RunDirectory,
    first_difference,
    load_model,
    provenance,
    write_json,
)

OPTIONS = {"recipe": "infogan", "dataset": "digits", "steps": 10, "set": ["width=4"], "seed": 0}


@pytest.fixture
def run(tmp_path):
    return RunDirectory.create(tmp_path / "runs", OPTIONS)


def test_runs_are_numbered(tmp_path):
    runs = tmp_path / "made" / "runs"
    created = [RunDirectory.create(runs, OPTIONS).path for _ in range(2)]
    assert created == [runs / "00000-infogan-digits", runs / "00001-infogan-digits"]
    for name in ("00041-else", "notes", "00099.txt-"):
        (runs / name).mkdir()
    dcgan = {**OPTIONS, "recipe": "dcgan"}
    assert RunDirectory.create(runs, dcgan).path.name == "00100-dcgan-digits"


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("mnist", "mnist"),
        ("some/folder/", "folder"),
        ("/data/faces.npz", "faces"),
        ("emnist/letters", "letters"),
    ],
)
def test_a_run_is_called_after_its_data(tmp_path, dataset, name):
    run = RunDirectory.create(tmp_path, {**OPTIONS, "dataset": dataset})
    assert run.path.name == f"00000-infogan-{name}"


@pytest.mark.parametrize(("dataset", "name"), [("mnist:3.0.1", "mnist:3.0.1"), (".", ".+")])
def test_names_of_versions_and_of_this_folder(tmp_path, dataset, name):
    run = RunDirectory.create(tmp_path, {**OPTIONS, "dataset": dataset})
    assert re.fullmatch(f"00000-infogan-{name}", run.path.name)


def test_two_runs_that_start_at_once_get_two_folders(tmp_path, monkeypatch):
    listed = pathlib.Path.iterdir

    def then_another_starts(path):
        found = list(listed(path))
        (path / "00000-infogan-digits").mkdir(exist_ok=True)
        return iter(found)

    monkeypatch.setattr(pathlib.Path, "iterdir", then_another_starts)
    assert RunDirectory.create(tmp_path, OPTIONS).path.name == "00001-infogan-digits"


def test_options_say_what_was_run(run):
    written = json.loads((run.path / "options.json").read_text())
    assert written.pop("options") == OPTIONS
    assert written == provenance()
    assert RunDirectory(str(run.path)).options == OPTIONS
    assert os.listdir(run.path) == ["options.json"]


def test_rooms(run):
    assert run.checkpoints == run.path / "checkpoints"
    assert run.samples == run.path / "samples"


@pytest.mark.parametrize("name", ["", "absent"])
def test_no_run(tmp_path, name):
    with pytest.raises(FileNotFoundError, match="^No run in .*: it has no options.json.$"):
        RunDirectory(tmp_path / name)


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_damaged_options_are_named(run, text):
    (run.path / "options.json").write_text(text)
    with pytest.raises(ValueError, match="options.json"):
        RunDirectory(run.path).check_resumable({"steps": 12})


@pytest.mark.parametrize(
    "given", [{}, {"steps": 10}, {"steps": 11}, OPTIONS, {**OPTIONS, "steps": 12}]
)
def test_may_be_resumed(run, given):
    before = (run.path / "options.json").read_text()
    run.check_resumable(given)
    assert (run.path / "options.json").read_text() == before


@pytest.mark.parametrize(
    ("given", "differences"),
    [
        ({"steps": 9}, "steps was 10, is 9"),
        ({"seed": 1, "steps": 12}, "seed was 0, is 1"),
        ({"set": []}, "set was ['width=4'], is []"),
        ({"new": "x"}, "new was None, is 'x'"),
        (
            {"recipe": "dcgan", "steps": 3, "seed": 0},
            "recipe was 'infogan', is 'dcgan'; steps was 10, is 3",
        ),
    ],
)
def test_may_not_be_resumed(run, given, differences):
    with pytest.raises(ValueError) as error:
        run.check_resumable(given)
    assert str(error.value) == (f"{run.path} cannot be resumed with other options: {differences}.")


def test_a_run_of_another_version_may_not_be_resumed(run):
    path = run.path / "options.json"
    content = json.loads(path.read_text())
    content["versions"]["tfgan_it"] = "0.0.9"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"other options: tfgan_it was '0\.0\.9', is '.*'\.\Z"):
        run.check_resumable({})


def test_measurements_are_the_records_of_the_test_split(run):
    records = [
        {"step": 2, "js_nats": 0.5},
        {"step": 2, "test": {"js_nats": 0.25}},
        {"step": 4, "js_nats": 0.5},
        {"step": 4, "test": {"js_nats": 0.125}},
    ]
    lines = "".join(json.dumps(record) + "\n" for record in records)
    (run.path / "stats.jsonl").write_text(lines)
    assert run.measurements() == [records[1], records[3]]


def test_a_summary_says_where_it_comes_from(run):
    run.write_summary({"js_nats": 0.5})
    written = json.loads((run.path / "summary.json").read_text())
    assert written == {"js_nats": 0.5, **provenance()}


def test_provenance(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/some/where/trainers/train.py", "--steps=3", "--set", "a=1"])
    found = provenance()
    assert found["command"] == "python -m trainers.train --steps=3 --set a=1"
    assert set(found["versions"]) == {"tfgan_it", "tensorflow", "keras", "numpy", "python"}
    assert found["versions"]["keras"] == keras.__version__
    assert found["versions"]["tfgan_it"] == tfgan_it.__version__


def test_the_command_can_be_given_to_a_shell(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["trainers/train.py", "--set", "x={'a': 1}"])
    assert provenance()["command"] == """python -m trainers.train --set 'x={'"'"'a'"'"': 1}'"""


def test_json_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "some.json"
    write_json(path, {"a": [1, None]})
    assert json.loads(path.read_text()) == {"a": [1, None]}
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    with monkeypatch.context() as patch, pytest.raises(OSError, match="power"):

        def cut_off(*paths):
            raise OSError("power cut")

        patch.setattr(run_directory.os, "replace", cut_off)
        write_json(path, {"b": 2})
    assert json.loads(path.read_text()) == {"a": [1, None]}
    write_json(path, {"b": 2})
    assert json.loads(path.read_text()) == {"b": 2}
    assert os.listdir(tmp_path) == ["some.json"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A run with the checkpoints of the steps 3 and 5."""
    run = RunDirectory.create(tmp_path_factory.mktemp("saved"), OPTIONS)
    model = compiled(small_model())
    for step in (3, 5):
        model.step.assign(step)
        callbacks.save_checkpoint(model, run.checkpoints)
    return run


def test_load_model_of_a_run_and_of_a_file(saved):
    assert load_model(saved.path).trained_steps == 5
    newest, first = callbacks.checkpoints(saved.checkpoints)
    assert load_model(str(newest)).trained_steps == 5
    assert load_model(first).trained_steps == 3


def test_load_model_falls_back(saved, tmp_path):
    copied = shutil.copytree(saved.path, tmp_path / "run")
    callbacks.checkpoints(copied / "checkpoints")[0].write_bytes(b"PK")
    assert load_model(copied).trained_steps == 3


def test_load_model_of_a_run_without_checkpoints(run):
    with pytest.raises(FileNotFoundError, match="^No checkpoint to load in .*: none found"):
        load_model(run.path)


@pytest.mark.parametrize("name", ["absent", "absent.keras", "there.txt"])
def test_load_model_of_nothing(tmp_path, name):
    (tmp_path / "there.txt").write_text("no model")
    with pytest.raises(FileNotFoundError, match="^No run and no .keras file at .*") as error:
        load_model(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)


def test_load_model_of_a_damaged_file(tmp_path):
    (tmp_path / "half.keras").write_bytes(b"PK\x03\x04 half a model")
    with pytest.raises(ValueError, match="half.keras") as error:
        load_model(tmp_path / "half.keras")
    assert "not found" not in str(error.value)


def test_load_model_of_another_kind(tmp_path):
    layers = [keras.Input((2,)), keras.layers.Dense(1)]
    keras.Sequential(layers).save(tmp_path / "other.keras")
    with pytest.raises(ValueError, match="other.keras"):
        load_model(tmp_path / "other.keras")


TINY = {
    "recipe": recipes.dcgan,
    "sample_shape": (8, 8, 1),
    "width": 2,
    "latent_dimension": 3,
    "learning_rate": 0.5,
}


def tiny(recipe, sample_shape, **hyperparameters):
    return recipe(sample_shape, **hyperparameters)


def test_models_that_are_built_alike_do_not_differ():
    models_of_one_kind = [tiny(**TINY) for _ in range(2)]
    names = [[layer.name for layer in model.generator.layers] for model in models_of_one_kind]
    assert names[0] != names[1]
    assert first_difference(*models_of_one_kind) is None


@pytest.mark.examples(3)
@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"width": 4}, ("generator.layers.1.units", "16", "32")),
        ({"sample_shape": (8, 8, 3)}, ("generator.layers.8.filters", "1", "3")),
        ({"latent_dimension": 5}, ("generator.layers.0.batch_shape.1", "3", "5")),
        ({"learning_rate": 0.25}, ("generator_optimizer.learning_rate", "0.5", "0.25")),
        ({"optimizer": "rmsprop"}, ("generator_optimizer", "'Adam'", "'RMSprop'")),
        ({"recipe": recipes.lsgan}, ("loss", "'NonSaturating'", "'LeastSquares'")),
        ({"seed": 1}, ("seed", "0", "1")),
        ({"moving_average": None}, ("moving_average", "0.999", "None")),
        ({"discriminator_steps": 2}, ("discriminator_steps", "1", "2")),
    ],
)
def test_the_first_difference_of_two_models_is_named(change, difference):
    assert first_difference(tiny(**TINY), tiny(**{**TINY, **change})) == difference


def test_differences_of_the_kind_and_of_the_parts():
    plain = compiled(small_model())
    kinds = first_difference(plain, compiled(translation_model()))
    assert kinds == ("the class", "'GAN'", "'DomainTranslationGAN'")
    told = [compiled(dense_model((2,), conditions.Label(2, p))) for p in (None, [0.25, 0.75])]
    assert first_difference(*told) == ("conditions.probabilities", "None", "a list of 2")
    where = "discriminator_regularizers"
    penalised = compiled(small_model(), discriminator_regularizers=[R1(1.0)])
    assert first_difference(penalised, plain) == (where, "a list of 1", "a list of 0")
    other = compiled(small_model(), discriminator_regularizers=[R2(1.0)])
    assert first_difference(penalised, other) == (f"{where}.0", "'R1'", "'R2'")
    stronger = compiled(small_model(), discriminator_regularizers=[R1(3.0)])
    assert first_difference(penalised, stronger) == (f"{where}.0.gamma", "1.0", "3.0")


def test_connections_count_and_names_do_not():
    def model_of(first, second, skip):
        inputs = keras.Input((4,))
        a = keras.layers.Dense(4, name=first)(inputs)
        b = keras.layers.Dense(4, name=second)(a)
        outputs = keras.layers.Add(name="sum")([b, inputs if skip else a])
        generator = keras.Model(inputs, outputs)
        discriminator = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
        return models.GAN(generator, discriminator, tfgan_it.latents.Normal(4), name="gan")

    assert first_difference(model_of("a", "b", True), model_of("c", "d", True)) is None
    where, *_ = first_difference(model_of("a", "b", True), model_of("a", "b", False))
    assert where.startswith("generator.layers.3.inbound_nodes.")


def test_the_current_component_of_a_mixture_is_not_a_difference():
    hyperparameters = {"width": 2, "latent_dimension": 3, "steps_per_component": 4}
    fresh, grown = (recipes.adagan((8, 8, 1), **hyperparameters) for _ in range(2))
    grown.mixture.activate(1)
    assert grown.get_config()["component"] == 1
    assert first_difference(grown, fresh) is None


@pytest.fixture(scope="module")
def expected():
    return compiled(small_model())


def test_a_checkpoint_of_the_run_is_loaded(saved, expected):
    assert saved.load_checkpoint(expected).trained_steps == 5


def test_a_checkpoint_of_another_recipe_is_refused(saved, expected, tmp_path):
    run = RunDirectory(shutil.copytree(saved.path, tmp_path / "run"))
    other = compiled(small_model(), discriminator_rate=0.2)
    other.step.assign(7)
    path = callbacks.save_checkpoint(other, tmp_path / "other")
    shutil.copy(path, run.checkpoints)
    with pytest.raises(ValueError) as error:
        run.load_checkpoint(expected)
    assert str(error.value) == (
        f"{run.checkpoints / path.name} is of another run: discriminator_optimizer.learning_rate "
        f"is 0.20000000298023224 in the checkpoint, 0.10000000149011612 by "
        f"{run.path / 'options.json'}."
    )


@pytest.mark.parametrize(
    ("comment", "told"), [(b"tfgan_it 0.0.9", "tfgan_it 0.0.9"), (b"", "another program")]
)
def test_a_checkpoint_of_another_version_is_refused(saved, expected, tmp_path, comment, told):
    run = RunDirectory(shutil.copytree(saved.path, tmp_path / "run"))
    newest = callbacks.checkpoints(run.checkpoints)[0]
    with zipfile.ZipFile(newest, "a") as archive:
        archive.comment = comment
    checksum = hashlib.sha256(newest.read_bytes()).hexdigest()[:16]
    path = newest.rename(newest.with_name(f"step-0000005-{checksum}.keras"))
    with pytest.raises(ValueError) as error:
        run.load_checkpoint(expected)
    assert str(error.value) == (
        f"{path} was written by {told}, and cannot be resumed by tfgan_it {tfgan_it.__version__}."
    )


def test_a_run_with_only_damaged_checkpoints_lists_them(saved, expected, tmp_path):
    run = RunDirectory(shutil.copytree(saved.path, tmp_path / "run"))
    for path in callbacks.checkpoints(run.checkpoints):
        path.write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="only damaged ones: step-0000005-.*step-0000003-"):
        run.load_checkpoint(expected)


def test_resuming_refuses_a_checkpoint_of_another_recipe(start, train, no_training, tmp_path):
    no_training.returns = None, signal.SIGTERM
    start(tmp_path, "--steps=6", recipe="dcgan")
    [(model, _, _, run)] = no_training.calls
    run = RunDirectory(run.path)
    callbacks.save_checkpoint(model, run.checkpoints)
    assert train(f"--resume={run.path}").status == 128 + signal.SIGTERM
    assert no_training.calls[1][0].trained_steps == 0
    other = recipes.dcgan((8, 8, 1), width=8, latent_dimension=6)
    other.step.assign(2)
    foreign = callbacks.save_checkpoint(other, run.checkpoints)
    assert one_line(train(f"--resume={run.path}")) == (
        f"{foreign} is of another run: generator.layers.1.units is 64 in the checkpoint, 32 by "
        f"{run.path / 'options.json'}."
    )
    assert len(no_training.calls) == 2


def test_a_run_or_a_file_of_another_version_that_cannot_be_read(saved, tmp_path):
    """As those of before 0.4, whose classes are gone."""
    run = shutil.copytree(saved.path, tmp_path / "run")
    newest = callbacks.checkpoints(run / "checkpoints")[0]
    with zipfile.ZipFile(newest) as old, zipfile.ZipFile(tmp_path / "new.keras", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                content = content.replace(b'GAN"', b'InfoGAN"')
            new.writestr(name, content)
        new.comment = b"tfgan_it 0.3.0"
    file = tmp_path / "new.keras"
    checksum = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
    path = run / "checkpoints" / f"step-0000009-{checksum}.keras"
    shutil.copy(file, path)
    for given, named in ((run, path), (file, file)):
        with pytest.raises(ValueError) as error:
            run_directory.load_model(given)
        assert str(error.value) == (
            f"{named} cannot be loaded: tfgan_it 0.3.0 wrote it, this is tfgan_it "
            f"{tfgan_it.__version__}."
        )
