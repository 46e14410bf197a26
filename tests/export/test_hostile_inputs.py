"""What signatures answer to inputs that no model was trained on, as `tfgan_it.json` says."""

import json
import re

import numpy as np
import pytest
import tensorflow as tf

from support.cases import slow
from support.dense_models import dense_model, translation_model
from support.savedmodel_client import run_signatures
from support.small_models import CODES, small_model
from tfgan_it import conditions, recipes
from tfgan_it.export import export

BOTH = conditions.ConditionDict(label=conditions.Label(3), place=conditions.Vector(2))


def projection_gan():
    return recipes.projection_gan((8, 8, 1), conditions=conditions.Label(3), width=4)


def variational_infogan():
    return recipes.variational_infogan((8, 8, 1), width=2, features=5, noise=4, categories=3)


MODELS = {
    "projection": projection_gan,
    "codes": lambda: small_model(CODES),
    "variational": variational_infogan,
    "a dict of conditions": lambda: dense_model((5, 3), BOTH),
    "translation": translation_model,
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


def test_translations_become_pixels(tmp_path):
    folder = export(translation_model(), tmp_path, images="uint8")
    images = np.random.default_rng(0).uniform(-1, 1, (2, 4, 4, 1)).astype("float32")
    [answer] = run_signatures(folder, [("translate_to_a", {"images": images})])
    expected = np.clip(translation_model().to_a(images), -1, 1)
    assert answer["images"].dtype == np.uint8
    np.testing.assert_allclose(answer["images"], (expected + 1) * 127.5, atol=0.51)
