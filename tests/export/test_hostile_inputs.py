"""What signatures answer to inputs that no model was trained on, as `tfgan_it.json` says."""

import json
import re

import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.dense_models import CODES as SOME_CODES
from support.dense_models import dense_model, translation_model
from support.savedmodel_client import run_signatures
from support.small_models import CODES, small_model
from tfgan_it import conditions, latents, recipes
from tfgan_it.export import export
from tfgan_it.export.signatures import Signature, Signatures
from tfgan_it.models import GAN

BOTH = conditions.ConditionDict(label=conditions.Label(3), place=conditions.Vector(2))


def projection_gan():
    return recipes.projection_gan((8, 8, 1), conditions=conditions.Label(3), width=4)


def variational_infogan():
    return recipes.variational_infogan((8, 8, 1), width=2, features=5, noise=4, categories=3)


def modalities_of_one_array():
    return recipes.multimodal_infogan(
        (8, 8, 4), modalities={"colour": 3, "depth": 1}, width=2, features=4, noise=2, categories=3
    )


MODELS = {
    "projection": projection_gan,
    "codes": lambda: small_model(CODES),
    "variational": variational_infogan,
    "a dict of conditions": lambda: dense_model((5, 3), BOTH),
    "translation": translation_model,
    "modalities": modalities_of_one_array,
}


def described(folder):
    return json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())


def inputs_of(spec, n=3):
    """Inputs of a signature, from the texts of its description, such as `float32 (None, 3)`."""
    random = np.random.default_rng(0)
    inputs = {}
    for name, text in spec["inputs"].items():
        dtype, sizes = text.split(" ", 1)
        shape = (n, *map(int, re.findall(r"\d+", sizes)))
        integers = dtype == "int64"
        inputs[name] = np.arange(n) if integers else random.uniform(-1, 1, shape).astype(dtype)
    return inputs


@pytest.mark.slow
@pytest.mark.parametrize("model", ["projection", *slow(*list(MODELS)[1:])])
def test_values_stay_in_their_example_and_numbers_of_examples_agree(model, tmp_path):
    folder = export(MODELS[model](), tmp_path)
    told = described(folder)
    names = {x for each in told["signatures"].values() for side in each.values() for x in side}
    assert names <= set(told["tensors"]) and "Other examples" in told["checks"]
    requests, uneven = [], []
    for signature, spec in told["signatures"].items():
        inputs = inputs_of(spec)
        requests.append((signature, inputs, None))
        for name, array in inputs.items():
            bad = [np.nan, np.inf, -np.inf, 1e30] if array.dtype.kind == "f" else [-1, 3, 2**62]
            for value in bad:
                changed = array.copy()
                changed[1] = value
                requests.append((signature, {**inputs, name: changed}, (name, value)))
            if len(inputs) > 1:
                uneven += [(signature, {**inputs, name: array[:n]}) for n in (0, 1, 2)]
    answers = run_signatures(folder, [(name, inputs) for name, inputs, _ in requests])
    for (signature, _, changed), answer in zip(requests, answers, strict=True):
        if changed is None:
            good = answer
            continue
        for name, array in answer.items():
            np.testing.assert_array_equal(array[[0, 2]], good[name][[0, 2]])
            latent = told["latent"] or {}
            drawn = signature == "sample" and name in latent  # From the seed alone.
            if np.isnan(changed[1]) and not drawn:
                if signature == "encode":  # Its category is one-hot.
                    array = np.delete(array, np.arange(*latent["category"]["columns"]), axis=1)
                assert np.isnan(array[1]).all(), (signature, changed, name)
    loaded = tf.saved_model.load(folder).signatures
    for signature, inputs in uneven:
        with pytest.raises(tf.errors.InvalidArgumentError, match="different numbers of examples"):
            loaded[signature](**{name: tf.constant(x) for name, x in inputs.items()})


@pytest.mark.slow
@pytest.mark.parametrize(("images", "name"), [("uint8", "images"), ("png", "images_bytes")])
def test_pixels_of_what_is_not_a_number_are_black(images, name, tmp_path):
    folder = export(recipes.dcgan((8, 8, 1), latent_dimension=3, width=2), tmp_path, images=images)
    latents = np.float32([[0.5, 0.5, 0.5], [np.nan, 0, 0], [1, 1, 1], [np.inf, 0, 0]])
    [answer] = run_signatures(folder, [("serving_default", {"latents": latents})])
    [alone] = run_signatures(folder, [("serving_default", {"latents": latents[::2]})])
    np.testing.assert_array_equal(answer[name][::2], alone[name])
    assert name in described(folder)["tensors"]
    if images == "uint8":
        assert not answer[name][1].any()
        assert "pixels from 0 to 255" in described(folder)["tensors"][name]


DOMAINS = ((4, 4, 1), (6, 4, 3))


@pytest.mark.parametrize("images", ["uint8", *slow("png")])
def test_translations_become_pixels(images, tmp_path):
    folder = export(translation_model(*DOMAINS), tmp_path, images=images)
    model, random = translation_model(*DOMAINS), np.random.default_rng(0)
    for to, shape, network in [("b", DOMAINS[0], model.to_b), ("a", DOMAINS[1], model.to_a)]:
        x = random.uniform(-1, 1, (2, *shape)).astype("float32")
        [answer] = run_signatures(folder, [(f"translate_to_{to}", {"images": x})])
        if images == "png":
            pixels = np.stack([tf.io.decode_png(each) for each in answer["images_bytes"]])
        else:
            pixels = answer["images"]
        assert pixels.dtype == np.uint8
        np.testing.assert_allclose(pixels, (network(x) + 1) * 127.5, atol=0.51)
    told = described(folder)["tensors"]
    assert (
        "pixels from 0 to 255 of [-1, 1]" in told["images_bytes" if images == "png" else "images"]
    )


@pytest.mark.parametrize("images", ["uint8", *slow("png")])
def test_a_code_called_images_is_no_picture(images, tmp_path):
    latent = latents.Product(noise=latents.Normal(2), images=latents.Categorical(3))
    model = dense_model({"x": (4, 4, 1), "y": (4, 4, 3)}, latent=latent)
    folder = export(model, tmp_path, images=images)
    [answer] = run_signatures(folder, [("sample", {"seed": np.arange(3)})])
    names = ["x_bytes", "y_bytes"] if images == "png" else ["x", "y"]
    assert sorted(answer) == ["images", *names] and answer["images"].dtype == np.float32
    np.testing.assert_array_equal(answer["images"].sum(axis=1), 1)
    told = described(folder)["tensors"]
    assert told["images"].startswith("one-hot of 3 categories")
    assert [name for name in told if name in names] == names  # In the order of the sample.


@pytest.mark.slow
def test_modalities_of_one_array_become_pixels(tmp_path):
    folder = export(modalities_of_one_array(), tmp_path, images="uint8")
    codes = {"seed": np.arange(3), "category": np.eye(3, dtype="float32")}
    codes["style"] = np.zeros((3, 2), "float32")
    told = described(folder)
    codes = {name: codes[name] for name in told["signatures"]["generate"]["inputs"]}
    [whole] = run_signatures(folder, [("generate", codes)])
    [part] = run_signatures(folder, [("generate_depth", codes)])
    assert part["depth"].dtype == np.uint8
    np.testing.assert_allclose(part["depth"][..., 0], whole["images"][..., 3], atol=1)
    assert "pixels from 0 to 255" in told["tensors"]["depth"]


def test_what_no_sample_is_stays_as_it_is():
    """A sample called as an output of scores, and parts called as parameters of codes."""
    model = dense_model({"logit": (4, 4, 1), "kind_probabilities": (4, 4, 1)}, latent=SOME_CODES)
    functions = Signatures(model, "uint8").trace()
    dtypes = {
        (name, key): spec.dtype.name
        for name in ("sample", "score", "infer_codes")
        for key, spec in functions[name].structured_outputs.items()
    }
    assert dtypes == {
        ("sample", "logit"): "uint8",
        ("sample", "kind_probabilities"): "uint8",
        ("sample", "kind"): "float32",
        ("score", "logit"): "float32",
        ("infer_codes", "kind_probabilities"): "float32",
    }


class Misspelt(GAN):
    """Names a sample that its signature does not return."""

    def extra_signatures(self):
        spec = {"images": tf.TensorSpec((None, *self.sample_shape), tf.float32)}
        return {"negative": Signature(lambda images: {"images": -images}, spec, samples=("image",))}


def test_a_sample_that_is_not_returned_is_named():
    plain = small_model()
    signatures = Signatures(Misspelt(plain.generator, plain.discriminator, plain.latent), "uint8")
    with pytest.raises(ValueError, match="Unknown sample of a signature 'image': .*images"):
        signatures.trace()
