"""What a page knows of a model: what is drawn of a sample, and what cannot be."""

import pytest

from trainers.explored_model import ExploredModel
from trainers.explorer_data import page_data

GRAPHS = {"draw_latents": b"one", "serving_default": b"two"}


def described(**changes):
    """What an export says of a model without codes."""
    noise = {"kind": "Normal", "dimension": 2, "columns": [0, 2], "entropy_nats": 2.8}
    return {
        "model": "tiny",
        "step": 1200,
        "sample_shape": [4, 4, 1],
        "value_range": [-1.0, 1.0],
        "latent": {"noise": noise},
        "conditions": None,
        "signatures": {},
        **changes,
    }


def known(graphs=GRAPHS, **changes):
    return page_data(ExploredModel(described(**changes), dict(graphs)), None)


def parts(**changes):
    found = known(**changes)["parts"]
    return [(part["name"], part["kind"], part["shape"], part["first"]) for part in found]


def modalities(**channels):
    """The signatures of a model of some modalities of 32x32."""
    return {
        f"infer_codes_{name}": {"inputs": {name: f"float32 (None, 32, 32, {count})"}}
        for name, count in channels.items()
    }


def translating(**shapes):
    """The signatures of a model that translates between domains of these shapes."""
    source = {"a": "b", "b": "a"}
    return {
        f"translate_to_{to}": {"inputs": {"images": f"float32 (None, {shapes[source[to]]})"}}
        for to in "ab"
    }


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"sample_shape": [2], "value_range": None}, ""),
        ({"sample_shape": [9, 5], "value_range": [0.0, 1.0]}, ""),
        ({"conditions": {"kind": "Label", "classes": 3}}, ""),
        ({"conditions": {"kind": "Image", "shape": [8, 6, 3]}}, ""),
        ({"sample_shape": [9]}, "Samples of this model, [9], cannot be drawn."),
        ({"sample_shape": [8, 8, 2]}, "Samples of this model, [8, 8, 2], cannot be drawn."),
        (
            {"sample_shape": {"words": [9, 5]}},
            "Samples of this model, {'words': [9, 5]}, cannot be drawn.",
        ),
        (
            {"conditions": {"kind": "Image", "shape": [8, 8, 5]}},
            "Samples of this model, [8, 8, 5], cannot be drawn.",
        ),
        (
            {"conditions": {"kind": "Vector"}},
            "Samples of this model need conditions (Vector), which cannot be given in this page.",
        ),
    ],
)
def test_what_cannot_be_drawn_is_told(changes, told):
    assert known(**changes)["notice"] == told


def test_a_model_without_graphs_has_nothing_to_show():
    assert "no samples from latents" in known({}, latent=None)["notice"]


def test_of_several_tensors_those_are_drawn_that_can_be():
    shapes = {"code": [9], "picture": [8, 8, 3], "points": [2]}
    assert parts(sample_shape=shapes) == [
        ("picture", "image", [8, 8, 3], 0),
        ("points", "points", [2], 0),
    ]
    assert known(sample_shape=shapes)["tensors"] == shapes


def test_modalities_are_channels_of_one_tensor():
    signatures = modalities(image=3, depth=2, sound=1) | {"infer_codes": {"inputs": {}}}
    assert parts(sample_shape=[32, 32, 6], signatures=signatures) == [
        ("image", "image", [32, 32, 3], 0),
        ("sound", "sound", [32, 32, 1], 5),
    ]


def test_a_sound_has_the_spectrogram_of_the_data_set():
    [part] = known(run={"dataset": "spoken_digit"}, sample_shape=[32, 32, 1])["parts"]
    expected = {"rate": 8000, "bands": 32, "frames": 32, "hop": 128, "window": 512}
    assert part["mel"] == expected | {"lowest": -10.0, "highest": 50.0}
    [part] = known(run={"dataset": "spoken_digit"}, sample_shape=[512, 32, 1])["parts"]
    assert part["kind"] == "image"  # More bands than a window has frequencies.


def test_translations_have_the_shapes_of_their_domains():
    shapes = {"a": [8, 6, 1], "b": [8, 6, 3]}
    signatures = translating(a="8, 6, 1", b="8, 6, 3")
    graphs = dict.fromkeys(signatures, b"")
    data = known(graphs, sample_shape=shapes, latent=None, signatures=signatures)
    ways = [
        (each["graph"], each["from"], each["to"], each["input"], each["output"])
        for each in data["translations"]
    ]
    assert ways == [
        ("translate_to_b", "a", "b", [8, 6, 1], [8, 6, 3]),
        ("translate_to_a", "b", "a", [8, 6, 3], [8, 6, 1]),
    ]
    assert data["notice"] == ""


def test_a_condition_that_is_an_image_is_translated():
    [way] = known(conditions={"kind": "Image", "shape": [4, 4, 3]})["translations"]
    assert (way["graph"], way["input"], way["output"]) == ("serving_default", [4, 4, 3], [4, 4, 1])
