"""Exports answer in C++ as the model does in Keras, and appear complete or not at all."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import sys
from collections import Counter, defaultdict

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.replicas import MIRRORED
from support.savedmodel_client import run_signatures
from tfgan_it import latents, recipes
from tfgan_it.export import export, model_export
from tfgan_it.models import GAN

SHAPE = (8, 8, 1)
SEEDS = np.array([3, 3 + 2**32, -1, 2**63 - 1], np.int64)


def scattered(model):
    """Gives each weight and each average a value of its own: new networks are all but constant."""
    rng = np.random.default_rng(0)
    owners = [model.generator, model.discriminator]
    owners += [model.generator_average, model.discriminator_average]
    for variable in (v for owner in owners if owner for v in owner.variables):
        low = 0.5 if variable.name == "moving_variance" else -1.0
        variable.assign(rng.uniform(low, 1.0, variable.shape))
    return model


def trained(model):
    """Two steps on random images."""
    images = np.random.default_rng(0).integers(0, 256, (64, *SHAPE), np.uint8)
    model.fit(images, batch_size=32, verbose=0)
    return model


def small_dcgan(**arguments):
    return scattered(recipes.dcgan(SHAPE, latent_dimension=5, width=4, **arguments))


@pytest.fixture(scope="module")
def infogan():
    return trained(scattered(recipes.infogan(SHAPE, width=4, features=16, noise=6)))


@pytest.fixture(scope="module")
def dcgan():
    # Training may be compiled by XLA; what is served may not, or C++ refuses it.
    return small_dcgan(jit_compile=True)


@pytest.fixture(scope="module")
def infogan_export(infogan, tmp_path_factory):
    return export(infogan, tmp_path_factory.mktemp("infogan"))


@pytest.fixture(scope="module")
def dcgan_export(dcgan, tmp_path_factory):
    return export(dcgan, tmp_path_factory.mktemp("dcgan"))


def inputs_of(model):
    """Valid inputs for every signature that `model` should have, one row for each of SEEDS."""
    drawn = np.concatenate([model.sample_latents(1, seed=seed) for seed in SEEDS])
    images = np.random.default_rng(1).uniform(-1, 1, (len(SEEDS), *SHAPE)).astype("float32")
    inputs = {
        "serving_default": {"latents": drawn},
        "sample": {"seed": SEEDS},
        "score": {"images": images},
    }
    if model.latent.codes:
        # Codes in another order than the seeds draw them: the noise must not follow them.
        reverse = {
            name: np.asarray(part)[::-1]
            for name, part in model.latent.split_latents(drawn).items()
            if name != "noise"
        }
        inputs["generate"] = {"seed": SEEDS, **reverse}
        inputs["infer_codes"] = {"images": images}
    return inputs


def answers_of(model, inputs):
    """What Keras gives for the same inputs."""
    drawn, images = inputs["serving_default"]["latents"], inputs["score"]["images"]
    codes = {
        name: part for name, part in model.latent.split_latents(drawn).items() if name != "noise"
    }
    answers = {
        "serving_default": {"images": model(drawn)},
        "sample": {"images": np.concatenate([model.generate(1, seed=s) for s in SEEDS])},
        "score": {"logit": model.score(images)},
    }
    if model.latent.codes:
        answers["sample"] |= codes
        reverse = [part[::-1] for part in codes.values()]
        noise = drawn[:, : model.latent.parts["noise"].dimension]
        answers["generate"] = {"images": model(np.concatenate([noise, *reverse], axis=1))}
        answers["infer_codes"] = model.infer_codes(images)
    return answers


def assert_served_as_in_keras(folder, model, tolerance=1e-5):
    inputs = inputs_of(model)
    expected = answers_of(model, inputs)
    for signature, served in zip(inputs, run_signatures(folder, list(inputs.items())), strict=True):
        assert served.keys() == expected[signature].keys()
        for name, array in served.items():
            assert array.dtype == np.float32
            np.testing.assert_allclose(array, expected[signature][name], tolerance, tolerance)


def stored_shapes(folder):
    """The shapes of all variables in an export."""
    variables = tf.train.list_variables(str(folder / "variables" / "variables"))
    return Counter(
        tuple(shape) for name, shape in variables if name != "_CHECKPOINTABLE_OBJECT_GRAPH"
    )


def shapes(*networks):
    return Counter(tuple(v.shape) for network in networks for v in network.variables)


def test_infogan_is_served_as_in_keras(infogan, infogan_export):
    assert_served_as_in_keras(infogan_export, infogan)
    # The averaged weights' images, which the newest weights' are not.
    drawn = infogan.sample_latents(16, seed=0)
    assert np.abs(infogan(drawn) - np.asarray(infogan.generator(drawn))).max() > 0.1


@pytest.mark.slow
def test_dcgan_is_served_as_in_keras(dcgan, dcgan_export):
    assert_served_as_in_keras(dcgan_export, dcgan)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["infogan", "dcgan"])
def test_empty_batches(request, name):
    model, folder = (request.getfixturevalue(fixture) for fixture in (name, f"{name}_export"))
    full = list(inputs_of(model).items())
    empty = [(key, {name: rows[:0] for name, rows in inputs.items()}) for key, inputs in full]
    answers = run_signatures(folder, [*full, *empty])
    for some, none in zip(answers[: len(full)], answers[len(full) :], strict=True):
        for name, rows in some.items():
            assert none[name].shape == (0, *rows.shape[1:])


def test_a_seed_gives_one_image_whatever_stands_beside_it(infogan_export):
    seeds = np.arange(64, dtype=np.int64) - 7
    alone = [("sample", {"seed": seeds[i : i + 1]}) for i in (0, 31, 63)]
    batch, *alone = run_signatures(infogan_export, [("sample", {"seed": seeds}), *alone])
    for i, row in zip((0, 31, 63), alone, strict=True):
        for code in ("category", "style"):
            np.testing.assert_array_equal(row[code][0], batch[code][i])
        np.testing.assert_allclose(row["images"][0], batch["images"][i], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(batch["category"].sum(axis=1), 1.0)
    assert len(np.unique(batch["style"], axis=0)) == 64


def test_all_64_bits_of_a_seed_count(infogan_export):
    seeds = np.array([5, 5 + 2**32, 5 + 2**40, 5 - 2**63], np.int64)
    [answer] = run_signatures(infogan_export, [("sample", {"seed": seeds})])
    assert len(np.unique(answer["style"], axis=0)) == 4
    for i in range(1, 4):
        assert np.abs(answer["images"][i] - answer["images"][0]).max() > 0.1


def test_codes_of_a_sample_generate_the_sample(infogan_export):
    [sample] = run_signatures(infogan_export, [("sample", {"seed": SEEDS})])
    inputs = {"seed": SEEDS, "category": sample["category"], "style": sample["style"]}
    [again] = run_signatures(infogan_export, [("generate", inputs)])
    np.testing.assert_allclose(again["images"], sample["images"], rtol=0, atol=1e-5)


def test_only_what_is_read_is_stored(infogan, infogan_export, dcgan, dcgan_export):
    averages = infogan.generator_average, infogan.discriminator_average
    assert stored_shapes(infogan_export) == shapes(*averages)
    assert stored_shapes(dcgan_export) == shapes(dcgan.generator_average, dcgan.discriminator)


@pytest.mark.slow
def test_model_that_is_not_compiled_and_cannot_read_its_codes(dcgan, tmp_path):
    latent = latents.Product(noise=latents.Normal(3), kind=latents.Categorical(2))
    model = GAN(dcgan.generator, dcgan.discriminator, latent)
    folder = export(model, tmp_path)
    drawn = model.sample_latents(1, seed=3)
    inputs = {"seed": SEEDS[:1], "kind": drawn[:, 3:]}
    [generated] = run_signatures(folder, [("generate", inputs)])
    np.testing.assert_allclose(generated["images"], model.generator(drawn), rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match="no signature 'infer_codes'"):
        run_signatures(folder, [("infer_codes", {})])


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_bfloat16", *slow("mixed_float16")])
def test_mixed_precision(policy, tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = small_dcgan()
    finally:
        keras.config.set_dtype_policy(before)
    # C++ rounds at other places, half a per cent at a time.
    assert_served_as_in_keras(export(model, tmp_path), model, tolerance=0.03)


@pytest.mark.slow
def test_mirrored_model(tmp_path):
    with MIRRORED.scope():
        model = small_dcgan()
    folder = export(model, tmp_path)
    assert_served_as_in_keras(folder, model)
    assert stored_shapes(folder) == shapes(model.generator_average, model.discriminator)


@pytest.mark.slow
def test_versions_count_up(dcgan, tmp_path):
    path = tmp_path / "new" / "dcgan"
    assert export(dcgan, str(path)) == path / "1"
    (path / "notes").mkdir()
    (path / ".writing-40-left").mkdir()
    assert export(dcgan, path, version=9) == path / "9"
    assert export(dcgan, path) == path / "10"
    assert export(dcgan, path, version=2) == path / "2"
    names = {".writing-40-left", "1", "10", "2", "9", "notes"}
    assert {child.name for child in path.iterdir()} == names
    with pytest.raises(ValueError, match="^Version 9 exists in '.*dcgan'; 11 is free.$"):
        export(dcgan, path, version=9)
    assert {child.name for child in path.iterdir()} == names


def taking(number, save):
    """Another process exports this version, and a killed one has left its folder."""

    def taking(module, folder, *args, **kwargs):
        save(module, folder, *args, **kwargs)
        path = pathlib.Path(folder).parents[1]
        (path / f"{number}" / "assets").mkdir(parents=True)
        (path / ".writing.left").mkdir(exist_ok=True)

    return taking


@pytest.mark.slow
def test_two_exports_at_once_get_two_versions(dcgan, tmp_path, monkeypatch):
    save = tf.saved_model.save
    with monkeypatch.context() as patch:
        patch.setattr(tf.saved_model, "save", taking(1, save))
        assert export(dcgan, tmp_path) == tmp_path / "2"
        patch.setattr(tf.saved_model, "save", taking(7, save))
        with pytest.raises(ValueError, match="^Version 7 exists in .*; 8 is free.$"):
            export(dcgan, tmp_path, version=7)
    assert export(dcgan, tmp_path) == tmp_path / "8"
    assert {child.name for child in tmp_path.iterdir()} == {"1", "2", "7", "8"}


@pytest.mark.parametrize("player", ["generator", "discriminator", "generator_average"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_not_exported(tmp_path, player, value):
    model = small_dcgan()
    variables = getattr(model, player).variables
    weight = next(v for v in variables if v.dtype == "float32" and len(v.shape) > 1)
    array = np.array(weight)
    array.flat[-1] = value
    weight.assign(array)
    message = f"^{model.name} cannot be exported: its weight {weight.path} is not finite; .*$"
    with pytest.raises(ValueError, match=message):
        export(model, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        tf.errors.ResourceExhaustedError(
            None, None, "{{function_node __save}} variables; No space left on device\n[[x]]"
        ),
    ],
)
def test_a_full_disk_names_the_folder_and_leaves_nothing(dcgan, tmp_path, monkeypatch, error):
    def full(module, folder, *args, **kwargs):
        pathlib.Path(folder).mkdir()
        raise error

    monkeypatch.setattr(tf.saved_model, "save", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        export(dcgan, tmp_path)
    assert str(raised.value).startswith(f"{tmp_path} cannot be written: ")
    assert "\n" not in str(raised.value) and "{{" not in str(raised.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("version", [0, -1, 1.0, "2"])
def test_invalid_versions(dcgan, tmp_path, version):
    message = f"^version must be a whole number of at least 1, or None, got {version!r}.$"
    with pytest.raises(ValueError, match=message):
        export(dcgan, tmp_path / "new", version)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_path_that_cannot_be_written(dcgan, tmp_path, place):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(ValueError, match=f"^path must be a folder that can be .*{place}'.$"):
        export(dcgan, tmp_path / place)
    assert (tmp_path / "file").read_text() == "kept"


def test_folder_without_permission(dcgan, tmp_path, monkeypatch):
    monkeypatch.setattr(model_export.os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(ValueError, match="^path must be a folder that can be written, got"):
        export(dcgan, tmp_path)
    assert not any(tmp_path.iterdir())


def test_failure_in_the_middle_leaves_nothing(dcgan, tmp_path, monkeypatch):
    export(dcgan, tmp_path)
    seen = []

    def fail(folder, requests, outputs):
        seen.append((folder.parent / "saved_model.pb").exists())
        seen.append([child.name for child in tmp_path.iterdir() if child.name.isdecimal()])
        raise OSError("disk full")

    monkeypatch.setattr(model_export, "write_warmup_requests", fail)
    with pytest.raises(OSError, match="disk full"):
        export(dcgan, tmp_path)
    assert seen == [True, ["1"]]
    assert [child.name for child in tmp_path.iterdir()] == ["1"]


def test_a_code_with_the_name_of_another_tensor(dcgan, tmp_path):
    latent = latents.Product(noise=latents.Normal(3), seed=latents.Categorical(2))
    model = GAN(dcgan.generator, dcgan.discriminator, latent)
    with pytest.raises(ValueError, match="^No code can be called 'seed' in an export"):
        export(model, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_description(infogan_export, dcgan_export):
    described = json.loads((infogan_export / "assets.extra" / "tfgan_it.json").read_text())
    assert described["tensorflow"] == tf.__version__
    assert described["model"] == "infogan"
    assert described["sample_shape"] == [8, 8, 1]
    parts = described["latent"].items()
    assert [(name, part["kind"], part["dimension"]) for name, part in parts] == [
        ("noise", "Uniform", 6),
        ("category", "Categorical", 10),
        ("style", "Uniform", 2),
    ]
    images, codes = "float32 (None, 8, 8, 1)", {"category": "float32 (None, 10)"}
    codes["style"] = "float32 (None, 2)"
    assert described["signatures"] == {
        "serving_default": {
            "inputs": {"latents": "float32 (None, 18)"},
            "outputs": {"images": images},
        },
        "sample": {"inputs": {"seed": "int64 (None,)"}, "outputs": {"images": images, **codes}},
        "generate": {
            "inputs": {"seed": "int64 (None,)", **codes},
            "outputs": {"images": images},
        },
        "infer_codes": {
            "inputs": {"images": images},
            "outputs": {
                "category_probabilities": "float32 (None, 10)",
                "style_mean": "float32 (None, 2)",
                "style_scale": "float32 (None, 2)",
            },
        },
        "score": {"inputs": {"images": images}, "outputs": {"logit": "float32 (None,)"}},
    }
    described = json.loads((dcgan_export / "assets.extra" / "tfgan_it.json").read_text())
    assert list(described["signatures"]) == ["serving_default", "sample", "score"]


def test_warmup_requests_run(infogan, infogan_export):
    prediction_log_pb2 = pytest.importorskip("tensorflow_serving.apis.prediction_log_pb2")
    file = infogan_export / "assets.extra" / "tf_serving_warmup_requests"
    requests, filters = [], defaultdict(list)
    for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
        log = prediction_log_pb2.PredictionLog.FromString(record)
        assert log.WhichOneof("log_type") == "predict_log"
        request = log.predict_log.request
        inputs = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
        if not request.output_filter:
            requests.append((request.model_spec.signature_name, inputs))
        filters[request.model_spec.signature_name].append({*request.output_filter})
    assert sorted(name for name, _ in requests) == sorted(inputs_of(infogan))
    # Each part of the outputs once, since a session is cold for one that it has not seen.
    assert filters["score"] == [set()]
    images, category, style = ({name} for name in ("images", "category", "style"))
    parts = [images, category, style, images | category, images | style, category | style]
    assert len(filters["sample"]) == 7 and filters["sample"][0] == set()
    assert all(part in filters["sample"] for part in parts)
    for answer in run_signatures(infogan_export, requests):
        for array in answer.values():
            assert len(array) == 1
            assert np.isfinite(array).all()
    by_name = dict(requests)
    assert by_name["generate"]["category"].sum() == 1.0
    assert np.abs(by_name["score"]["images"]).max() <= 1.0


def test_without_the_serving_api_there_is_no_warmup(dcgan, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving", None)
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    folder = export(dcgan, tmp_path)
    assert [file.name for file in (folder / "assets.extra").iterdir()] == ["tfgan_it.json"]
