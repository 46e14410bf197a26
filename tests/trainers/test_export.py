import json
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from support.run_files import one_line
from tfgan_it import callbacks
from trainers.run_directory import load_model


@pytest.fixture(scope="module")
def exported(export, vivid, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "made"
    ended = export(f"--model={vivid}", f"--export_dir={folder}")
    assert ended.status == 0, ended.err
    return ended, folder


def test_says_where_and_what_can_be_asked(exported):
    ended, folder = exported
    where, *signatures = ended.out.splitlines()
    assert where == str(folder / "infogan_digits" / "1")
    told = {line.split()[0]: " ".join(line.split()[1:]) for line in signatures}
    assert told == {
        "serving_default": "latents -> images",
        "sample": "seed -> images, category, style",
        "generate": "seed, category, style -> images",
        "infer_codes": "images -> category_probabilities, style_mean, style_scale",
        "score": "images -> logit",
    }
    assert ended.err == ""


def test_serves_the_model_of_the_run(exported, vivid):
    served = tf.saved_model.load(str(exported[1] / "infogan_digits" / "1")).signatures
    images = served["sample"](seed=tf.constant([5, 2**40, 5], tf.int64))["images"]
    model = load_model(vivid)
    expected = np.concatenate([model.generate(1, seed=seed) for seed in (5, 2**40, 5)])
    np.testing.assert_allclose(images, expected, atol=2e-6)  # A batch of three, and of one each.


def test_a_run_has_one_name(exported, trained):
    """Exported again, it is the next version of what its training exported."""
    assert os.listdir(exported[1]) == os.listdir(trained.root / "exports") == ["infogan_digits"]


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    "change, why",
    [
        ({"recipe": "../../infogan"}, "no slash"),
        ({"recipe": None}, "nothing"),
        ({"dataset": "\n"}, "printable"),
        ({"dataset": 3}, ""),
    ],
)
def test_a_name_from_a_run_is_not_a_path(export, vivid, tmp_path, change, why):
    run = shutil.copytree(vivid, tmp_path / "run")
    content = json.loads((run / "options.json").read_text())
    content["options"] = {
        name: value for name, value in {**content["options"], **change}.items() if value is not None
    }
    (run / "options.json").write_text(json.dumps(content))
    message = one_line(export(f"--model={run}", f"--export_dir={tmp_path / 'out'}"))
    assert message.startswith(f"{run / 'options.json'} is not a record of this program's options: ")
    assert why in message or why == "nothing"
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_file_under_another_name(export, vivid, tmp_path):
    file = callbacks.checkpoints(vivid / "checkpoints")[-1]
    options = [f"--model={file}", f"--export_dir={tmp_path}", "--name=faces"]
    assert export(*options, "--version=7").out.startswith(f"{tmp_path / 'faces' / '7'}\n")
    served = tf.saved_model.load(str(tmp_path / "faces" / "7")).signatures
    images = served["sample"](seed=tf.constant([5], tf.int64))["images"]
    np.testing.assert_allclose(images, load_model(file).generate(1, seed=5), atol=1e-6)
    taken = export(*options, "--version=7")
    assert (taken.status, taken.out) == (2, "")
    assert taken.err.startswith("error: Version 7 exists") and "8 is free" in taken.err
    assert os.listdir(tmp_path / "faces") == ["7"]


@pytest.mark.parametrize("model", ["absent", "absent.keras", ""])
def test_a_missing_model_is_one_line(export, tmp_path, model):
    ended = export(f"--model={tmp_path / model}", f"--export_dir={tmp_path / 'out'}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: No run ") and str(tmp_path / model) in ended.err
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_exports_should_be(export, vivid, tmp_path):
    (tmp_path / "out").write_text("a file")
    ended = export(f"--model={vivid}", f"--export_dir={tmp_path / 'out'}")
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: ") and str(tmp_path / "out") in ended.err
    assert (tmp_path / "out").read_text() == "a file"


def test_flags_have_bounds(export):
    assert "--model" in one_line(export())
    assert "--version=0" in one_line(export("--model=x", "--version=0"))


@pytest.mark.parametrize("name", ["..", ".", "../x", "a/b", "/tmp/x", "a\\b", "x\n", ".x"])
def test_a_name_is_not_a_path(export, vivid, tmp_path, name):
    message = one_line(export(f"--model={vivid}", f"--export_dir={tmp_path}", f"--name={name}"))
    assert message.startswith("--name must have 1 to 100 printable characters")
    assert not list(tmp_path.iterdir())
