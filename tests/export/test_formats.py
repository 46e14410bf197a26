"""Exports to other formats answer as the model does, or are not there."""

import inspect
import io
import json
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from support.cases import slow
from support.small_models import CODES, NOISE, small_model
from tfgan_it import latents, recipes
from tfgan_it.conditions import Text
from tfgan_it.export import export, onnx
from tfgan_it.models import GAN
from tfgan_it.visualization import to_pil

SEEDS = np.array([3, 3 + 2**32, -1, 2**63 - 1])
PACKAGES = {"onnx": ["tf2onnx", "onnxruntime"], "litert": ["ai_edge_litert"]}
FORMATS = tuple(PACKAGES)
SMALL = {"width": 4, "features": 8, "critic_width": 4, "hidden": 8}


def scattered(model):
    """Gives each matrix values of its size: the outputs of new networks are all but constant."""
    random = np.random.default_rng(0)
    for variable in model.weights:
        if len(variable.shape) > 1 and variable.dtype == "float32":
            fan = np.prod(variable.shape[:-1])
            variable.assign(random.normal(0, 1 / np.sqrt(fan), variable.shape))
    return model


def small_recipe(name):
    recipe = recipes.get(name)
    allowed = inspect.signature(recipe).parameters
    shapes = {"multimodal_infogan": (32, 32, 1), "text_gan": (6, 5), "wave_gan": (32, 1)}
    shapes["video_gan"] = (2, 8, 8, 1)
    shape = shapes.get(name, (16, 16, 1))
    sizes = {key: SMALL[key] for key in SMALL if key in allowed}
    if name == "text_to_image":
        sizes |= {"conditions": Text(["cat", "goat"]), "text_width": 4, "embedding": 4}
    return scattered(recipe(shape, **sizes))


@pytest.fixture(scope="module")
def infogan():
    return small_recipe("infogan")


def described(folder):
    return json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())


def caller(format, folder):
    """Calls signatures as a user of the runtime does."""
    for package in PACKAGES[format]:
        pytest.importorskip(package)
    if format == "onnx":
        import onnxruntime

        def call(signature, **inputs):
            session = onnxruntime.InferenceSession(folder / f"{signature}.onnx")
            names = [output.name for output in session.get_outputs()]
            return dict(zip(names, session.run(names, inputs), strict=True))

        return call
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(folder / "model.tflite"))
    return lambda signature, **inputs: interpreter.get_signature_runner(signature)(**inputs)


def exported(format, model, path, **kwargs):
    for package in PACKAGES.get(format, ()):
        pytest.importorskip(package)
    return export(model, path, format=format, **kwargs)


@pytest.mark.examples(1)
@pytest.mark.parametrize("format", FORMATS)
def test_every_signature_answers_as_keras_does(format, infogan, tmp_path):
    folder = exported(format, infogan, tmp_path)
    call = caller(format, folder)
    drawn = infogan.latents_of_seeds(SEEDS)
    parts = {name: np.asarray(part) for name, part in infogan.latent.split_latents(drawn).items()}
    images = np.random.default_rng(1).uniform(-1, 1, (4, 16, 16, 1)).astype("float32")
    codes = {"category": parts["category"][::-1].copy(), "style": parts["style"][::-1].copy()}

    np.testing.assert_allclose(
        call("serving_default", latents=drawn)["images"], infogan(drawn), atol=1e-5
    )
    sample = call("sample", seed=SEEDS)
    np.testing.assert_array_equal(sample["category"], parts["category"])
    np.testing.assert_array_equal(sample["style"], parts["style"])  # The same bits.
    np.testing.assert_allclose(sample["images"], infogan(drawn), atol=1e-5)
    asked = np.concatenate([parts["noise"], *codes.values()], axis=1)
    np.testing.assert_allclose(
        call("generate", seed=SEEDS, **codes)["images"], infogan(asked), atol=1e-5
    )
    np.testing.assert_allclose(
        call("score", images=images)["logit"], infogan.score(images), atol=1e-4
    )
    answers, expected = call("infer_codes", images=images), infogan.infer_codes(images)
    assert answers.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(answers[name], value, atol=1e-5)

    told = described(folder)
    assert told["format"] == format and list(told["difference_from_keras"]) == [
        *("serving_default", "sample", "generate", "infer_codes", "score")
    ]
    assert max(max(each.values()) for each in told["difference_from_keras"].values()) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_batches_of_any_size(format, tmp_path):
    model = small_model(CODES)
    call = caller(format, exported(format, model, tmp_path, signatures=["sample"]))
    whole = call("sample", seed=np.arange(5))["images"]
    assert np.abs(whole[0] - whole[1]).max() > 1e-4
    for n in (1, 3, 5):
        np.testing.assert_allclose(
            call("sample", seed=np.arange(n))["images"], whole[:n], atol=1e-6
        )


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    ("format", "weights", "allowed"),
    [
        ("tf_saved_model", "bfloat16", 0.1),
        pytest.param("onnx", "int8", 0.3, marks=pytest.mark.slow),
        ("litert", "float16", 0.02),
        pytest.param("litert", "int8", 0.3, marks=pytest.mark.slow),
    ],
)
def test_smaller_weights_and_what_they_change(format, weights, allowed, tmp_path):
    model = scattered(recipes.gan((2,), width=256))
    whole = exported(format, model, tmp_path / "whole")
    folder = exported(format, model, tmp_path / "small", weights=weights)
    told = described(folder)
    assert told["weights_stored"] == weights
    differences = [v for each in told["difference_from_keras"].values() for v in each.values()]
    assert 1e-7 < max(differences) < allowed
    assert size(folder) < size(whole)


def size(folder):
    return sum(
        file.stat().st_size for file in folder.rglob("*") if "assets.extra" not in file.parts
    )


def test_matrices_are_stored_in_half(tmp_path):
    folder = export(small_model(), tmp_path, weights="bfloat16")
    prefix = str(folder / "variables" / "variables")
    reader = tf.train.load_checkpoint(prefix)
    shapes, types = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    found = {(len(shapes[name]) > 1, types[name].name) for name in shapes if "GRAPH" not in name}
    assert found == {(True, "bfloat16"), (False, "float32")}


@pytest.mark.slow
def test_averages_are_stored_in_half_too(tmp_path):
    model = small_recipe("dcgan")
    assert model.generator_average is not None
    for average in model.generator_average.averages:
        average.assign(average * 0.5)
    folder = export(model, tmp_path, weights="bfloat16")
    served = tf.saved_model.load(folder).signatures["sample"]
    images = served(seed=tf.constant([5], tf.int64))["images"]
    np.testing.assert_allclose(images, model.generate(1, seed=5), atol=0.02)


@pytest.mark.slow
def test_pixels(tmp_path):
    model = small_recipe("dcgan")
    expected = [np.asarray(image) for image in to_pil(model.generate(1, seed=7))]
    seed = tf.constant([7, 8], tf.int64)
    folder = export(model, tmp_path / "pixels", images="uint8")
    pixels = tf.saved_model.load(folder).signatures["sample"](seed=seed)["images"].numpy()
    assert (
        pixels.dtype == np.uint8 and np.abs(pixels[0, ..., 0] - expected[0].astype(int)).max() < 2
    )
    folder = export(model, tmp_path / "files", images="png")
    signature = tf.saved_model.load(folder).signatures["sample"]
    files = signature(seed=seed)["images_bytes"].numpy()  # Served as base64 for its name.
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(files[1]))), pixels[1, ..., 0])
    assert signature(seed=seed[:0])["images_bytes"].shape == (0,)
    assert described(folder)["signatures"]["sample"]["outputs"]["images_bytes"] == "string (None,)"


def test_pixels_of_points_are_refused(tmp_path):
    model = recipes.gan((2,), width=4)
    with pytest.raises(ValueError, match="^Only images"):
        export(model, tmp_path, images="uint8")
    with pytest.raises(ValueError, match="^Unknown images of export 'png': use one of float32, ui"):
        export(model, tmp_path, format="onnx", images="png")
    assert not any(tmp_path.iterdir())


def test_some_signatures(tmp_path):
    folder = export(small_model(CODES), tmp_path, signatures=["sample"])
    assert list(tf.saved_model.load(folder).signatures) == ["sample"]
    assert list(described(folder)["signatures"]) == ["sample"]
    with pytest.raises(ValueError, match="^Unknown signature 'samples': use .*nearest: sample"):
        export(small_model(CODES), tmp_path, signatures=["samples"])


@pytest.mark.parametrize(
    ("format", "package"),
    [("onnx", "tf2onnx"), ("onnx", "onnxruntime"), ("litert", "ai_edge_litert")],
)
def test_a_missing_package_is_named(format, package, tmp_path, monkeypatch):
    for needed in PACKAGES[format]:
        if needed != package:
            pytest.importorskip(needed)
    monkeypatch.setitem(sys.modules, package, None)
    message = f"needs {package}: pip install 'tfgan_it\\[{format}\\]'.$"
    with pytest.raises(ImportError, match=message):
        export(small_model(), tmp_path, format=format)
    assert not any(tmp_path.iterdir())


def test_a_folder_is_for_one_format(tmp_path):
    export(small_model(), tmp_path)
    with pytest.raises(ValueError, match="has versions in the format tf_saved_model, and servers"):
        exported("litert", small_model(), tmp_path)
    assert [child.name for child in tmp_path.iterdir()] == ["1"]


def test_what_differs_is_not_exported(tmp_path, monkeypatch):
    read = onnx.read

    def wrong(folder, names):
        functions = read(folder, names)
        sample = functions["sample"]
        functions["sample"] = lambda **inputs: {k: v + 1e-3 for k, v in sample(**inputs).items()}
        return functions

    monkeypatch.setattr(onnx, "read", wrong)
    with pytest.raises(
        ValueError, match="differs from Keras: images of sample by 0.001, more than"
    ):
        exported("onnx", small_model(), tmp_path)
    assert not any(tmp_path.iterdir())


class Negative(GAN):
    """A model with a signature whose output has the name of its input."""

    def extra_signatures(self):
        images = {"images": tf.TensorSpec((None, *self.sample_shape), tf.float32)}
        return {"negative": (lambda images: {"images": -images}, images)}


@pytest.mark.slow
def test_an_output_with_the_name_of_an_input(tmp_path):
    plain = small_model()
    model = Negative(plain.generator, plain.discriminator, plain.latent)
    images = np.ones((2, *plain.sample_shape), "float32")
    call = caller("onnx", exported("onnx", model, tmp_path / "onnx", signatures=["negative"]))
    np.testing.assert_array_equal(call("negative", images=images)["images_output"], -images)
    call = caller("litert", exported("litert", model, tmp_path / "lite", signatures=["negative"]))
    np.testing.assert_array_equal(call("negative", images=images)["images"], -images)


@pytest.mark.slow
@pytest.mark.parametrize("format", ["litert", *slow("onnx")])
def test_mixed_precision_is_written_in_float32(format, tmp_path):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = small_recipe("dcgan")
    finally:
        keras.config.set_dtype_policy(before)
    computed = [layer.compute_dtype for layer in model.generator.layers]
    call = caller(format, exported(format, model, tmp_path))
    assert "bfloat16" in computed
    assert [layer.compute_dtype for layer in model.generator.layers] == computed
    images = call("sample", seed=SEEDS)["images"]
    expected = np.concatenate([model.generate(1, seed=seed) for seed in SEEDS])
    np.testing.assert_allclose(images, expected, atol=0.1)
    assert np.abs(images - expected).max() > 1e-5


class Drawn(latents.Normal):
    """A latent of a user, who draws by Keras."""

    def sample(self, batch, seed=None):
        return keras.random.normal((batch, self.dimension), seed=seed)


@pytest.mark.slow
def test_random_numbers_of_keras_do_not_travel(tmp_path):
    model = small_model(Drawn(6))
    assert export(model, tmp_path / "served").is_dir()
    with pytest.raises(ValueError, match="^ONNX cannot hold the signature sample: Bad node spec"):
        exported("onnx", model, tmp_path / "onnx")
    with pytest.raises(ValueError, match="^LiteRT cannot hold a signature: "):
        exported("litert", model, tmp_path / "lite")
    names = ["serving_default", "score"]
    assert exported("onnx", model, tmp_path / "onnx", signatures=names).is_dir()


@pytest.mark.slow
def test_the_values_of_tensors_are_told(tmp_path):
    model = small_model(CODES)
    told = described(export(model, tmp_path, details={"run": {"dataset": "digits"}}))
    assert told["run"] == {"dataset": "digits"}
    assert told["tensors"]["images"] == "samples, in [-1, 1]"
    assert told["tensors"]["category"].startswith("one-hot of 3 categories")
    assert "nats" in told["tensors"]["logit"]
    category = told["latent"]["category"]
    assert category["entropy_nats"] == pytest.approx(np.log(3)) and category["columns"] == [2, 5]
    used = {name for each in told["signatures"].values() for side in each.values() for name in side}
    assert used == set(told["tensors"])


@pytest.mark.slow
def test_a_learned_prior_is_told(tmp_path):
    learned = latents.LearnedCategorical(3)
    model = small_model(latents.Product(noise=NOISE, kind=learned))
    learned.logits.assign(np.log([0.5, 0.3, 0.2]))
    told = described(export(model, tmp_path))["latent"]["kind"]
    np.testing.assert_allclose(told["probabilities"], [0.5, 0.3, 0.2], rtol=1e-6)
    assert told["entropy_nats"] == pytest.approx(1.0297, abs=1e-4)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", slow(*(name for name in recipes.RECIPES if name != "infogan")))
def test_every_recipe(name, format, tmp_path):
    # The export compares all of its signatures with Keras itself.
    assert exported(format, small_recipe(name), tmp_path).is_dir()
