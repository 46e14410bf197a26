"""Every signature of conditional models and of samples that are not images, in C++ as in Keras."""

import json

import keras
import numpy as np
import pytest
from keras import layers, ops

from support.cases import slow_but
from support.dense_models import dense_model, network, translation_model
from support.savedmodel_client import run_signatures
from tfgan_it import conditions, export, latents
from tfgan_it.export.signatures import Signatures
from tfgan_it.layers import MinibatchDeviation, PackSamples
from tfgan_it.models import GAN

RNG = np.random.default_rng(0)
SEEDS = np.array([3, -1, 2**40], np.int64)


BOTH = conditions.ConditionDict(label=conditions.Label(4), place=conditions.Vector(2))
LABELS = np.array([1, 0, 3], np.int64)
PLACES = RNG.normal(size=(3, 2)).astype("float32")
CASES = {
    "points, no condition": ((2,), None, {}),
    "images, labels": ((3, 4, 1), conditions.Label(4), {"conditions": LABELS}),
    "sequences, a dict of conditions": ((5, 3), BOTH, {"label": LABELS, "place": PLACES}),
    "videos, an image": (
        (2, 3, 3, 1),
        conditions.Image((2, 2, 1)),
        {"conditions": RNG.uniform(-1, 1, (3, 2, 2, 1)).astype("float32")},
    ),
    "two modalities, labels": (
        {"sound": (4,), "text": (3, 2)},
        conditions.Label(4),
        {"conditions": LABELS},
    ),
}


def samples_of(shape):
    if isinstance(shape, dict):
        return {name: samples_of(part) for name, part in shape.items()}
    return RNG.uniform(-1, 1, (3, *shape)).astype("float32")


def named(samples):
    return samples if isinstance(samples, dict) else {"images": samples}


def raw(given):
    """Conditions as Python users give them."""
    return given.get("conditions", given) if given else None


@pytest.mark.slow
@pytest.mark.parametrize("case", slow_but(["two modalities, labels"], CASES))
def test_every_signature_as_in_keras(case, tmp_path):
    shape, condition, given = CASES[case]
    model = dense_model(shape, condition)
    folder = export.export(model, tmp_path)
    drawn = model.latents_of_seeds(SEEDS)
    kinds, samples = np.eye(3, dtype="float32")[[2, 0, 1]], samples_of(shape)
    requests = {
        "serving_default": {"latents": drawn, **given},
        "sample": {"seed": SEEDS, **given},
        "generate": {"seed": SEEDS, "kind": kinds, **given},
        "infer_codes": {**named(samples), **given},
        "score": {**named(samples), **given},
    }
    y = raw(given)

    def made_of(latent_vectors):
        inputs = latent_vectors if y is None else (latent_vectors, y)
        return named(keras.tree.map_structure(ops.convert_to_numpy, model(inputs)))

    asked = np.concatenate([drawn[:, :2], kinds], axis=1)
    expected = {
        "serving_default": made_of(drawn),
        "sample": {**made_of(drawn), "kind": drawn[:, 2:]},
        "generate": made_of(asked),
        "infer_codes": model.infer_codes(samples, y=y),
        "score": {"logit": model.score(samples, y)},
    }
    assert list(Signatures(model).inputs) == list(requests)
    empty = {name: {key: x[:0] for key, x in each.items()} for name, each in requests.items()}
    answers = run_signatures(folder, [*requests.items(), *empty.items()])
    for name, answer, nothing in zip(requests, answers[:5], answers[5:], strict=True):
        assert answer.keys() == expected[name].keys()
        for key, array in answer.items():
            assert array.dtype == np.float32
            np.testing.assert_allclose(array, expected[name][key], atol=1e-5)
            assert nothing[key].shape == (0, *array.shape[1:])
    # Another condition, another sample: the input is not only there.
    if y is not None:
        moved = {name: x[::-1].copy() for name, x in given.items()}
        [other] = run_signatures(folder, [("sample", {"seed": SEEDS, **moved})])
        key = next(iter(expected["serving_default"]))
        assert np.abs(other[key] - answers[1][key]).max() > 1e-3


def test_a_seed_and_a_label_give_what_generate_gives(tmp_path):
    model = dense_model((3, 4, 1), conditions.Label(4), latents.Normal(3))
    folder = export.export(model, tmp_path)
    [answer] = run_signatures(folder, [("sample", {"seed": SEEDS, "conditions": LABELS})])
    for image, seed, label in zip(answer["images"], SEEDS, LABELS, strict=True):
        expected = model.generate(1, seed=seed, conditions=label)[0]
        np.testing.assert_allclose(image, expected, atol=1e-6)


def test_description_and_warm_up():
    model = dense_model((5, 3), BOTH)
    signatures = Signatures(model)
    label, place = signatures.inputs["sample"]["label"], signatures.inputs["sample"]["place"]
    assert (label.dtype.name, label.shape.as_list()) == ("int64", [None])
    assert (place.dtype.name, place.shape.as_list()) == ("float32", [None, 2])
    examples = signatures.examples()
    assert examples["score"]["label"].numpy().tolist() == [0]
    assert examples["score"]["images"].shape == (1, 5, 3)


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (None, None),
        (
            conditions.Label(4),
            {
                "kind": "Label",
                "description": "one of 4 classes, uniform, H(y) = 1.3863 nats",
                "classes": 4,
                "probabilities": None,
            },
        ),
    ],
)
def test_description_of_conditions(condition, told, tmp_path):
    folder = export.export(dense_model((2,), condition, latents.Normal(1)), tmp_path)
    described = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())
    assert described["conditions"] == told
    inputs = {"seed": "int64 (None,)"} | ({"conditions": "int64 (None,)"} if condition else {})
    assert described["signatures"]["sample"]["inputs"] == inputs


@pytest.mark.slow
def test_a_logit_of_each_patch_is_one_score(tmp_path):
    model = dense_model((3, 4, 1), latent=latents.Normal(2), logits=(2, 2, 1))
    images = samples_of((3, 4, 1))
    [answer] = run_signatures(export.export(model, tmp_path), [("score", {"images": images})])
    expected = ops.convert_to_numpy(model.discriminator(images)["logits"]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(answer["logit"], expected, atol=1e-6)


@pytest.mark.parametrize("layer", [PackSamples(1), MinibatchDeviation()])
def test_no_score_where_a_layer_mixes_samples(layer):
    inner = keras.Sequential([keras.Input((2,)), layer, layers.Dense(4)])
    discriminator = keras.Sequential([keras.Input((2,)), inner, layers.Dense(1)])
    model = GAN(network((3,), (2,)), discriminator, latents.Normal(3))
    assert list(Signatures(model).inputs) == ["serving_default", "sample"]


@pytest.mark.slow
def test_translation_offers_only_translations(tmp_path):
    a, b = (3, 4, 1), (2, 2, 1)
    model = translation_model(a, b, moving_average=0.5)
    for variable in model.generator_average.variables:
        variable.assign(RNG.normal(size=variable.shape))
    folder = export.export(model, tmp_path)
    assert set(Signatures(model).inputs) == {"translate_to_a", "translate_to_b"}
    described = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())
    assert described["latent"] is None
    assert described["sample_shape"] == {"a": [3, 4, 1], "b": [2, 2, 1]}
    for to, shape in (("a", b), ("b", a)):
        images = samples_of(shape)
        [answer] = run_signatures(folder, [(f"translate_to_{to}", {"images": images})])
        np.testing.assert_allclose(answer["images"], model.translate(images, to), atol=1e-5)


@pytest.mark.parametrize(
    ("shape", "condition", "message"),
    [
        ({"seed": (2,)}, None, "No part of a sample can be called 'seed' in an export, where"),
        ({"label": (2,)}, BOTH, "No part of a sample can be called 'label' in an export, where"),
        ((2,), {"images": 3}, "No part of a sample can be called 'images' in an export, where"),
        ((2,), {"kind": 3}, "No code can be called 'kind' in an export, where it is the name of"),
        ((2,), {"latents": 3}, "No condition can be called 'latents' in an export, where it is"),
    ],
)
def test_names_that_mean_two_tensors(shape, condition, message):
    with pytest.raises(ValueError) as error:
        Signatures(dense_model(shape, condition))
    assert str(error.value).startswith(message) and "\n" not in str(error.value)
