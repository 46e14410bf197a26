"""Seeds, codes, images and arrays become the inputs of a signature, or one line says why not."""

import numpy as np
import pytest
from PIL import Image

from trainers.serving.answers import write_answers
from trainers.serving.examples import request_inputs
from trainers.serving.signatures import Signature, TensorSpec


def spec(dtype, *shape):
    return TensorSpec(np.dtype(dtype), (None, *shape))


GENERATE = Signature(
    {
        "seed": spec("int64"),
        "category": spec("float32", 10),
        "style": spec("float32", 2),
        "width": spec("float32", 1),
        "conditions": spec("int64"),
    },
    {},
)
CODES = {"category": 3, "style": [0.5, -1], "width": 0.25, "conditions": 4}
SCORE = Signature({"images": spec("float32", 4, 6, 1)}, {})


def test_codes_of_all_examples():
    inputs = request_inputs("generate", GENERATE, seeds=[7, 2**62], codes=CODES)
    assert inputs["seed"].tolist() == [7, 2**62]
    np.testing.assert_array_equal(inputs["category"], np.eye(10)[[3, 3]])
    np.testing.assert_array_equal(inputs["style"], [[0.5, -1], [0.5, -1]])
    np.testing.assert_array_equal(inputs["width"], [[0.25], [0.25]])
    assert inputs["conditions"].tolist() == [4, 4] and inputs["conditions"].dtype == np.int64


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ({"category": 10}, "--codes=category=10: categories are 0 to 9"),
        ({"category": -1}, "categories are 0 to 9"),
        ({"style": 3}, "categories are 0 to 1"),
        ({"style": [1, 2, 3]}, r"--codes=style=\[1, 2, 3\]: it must be float32 \(2,\)"),
        ({"style": "big"}, "it must be float32"),
        ({"style": [float("inf"), 0]}, "of finite numbers"),
        ({"style": [1e39, 0]}, "of finite numbers"),
        ({"style": [[1], 2]}, "it must be float32"),
        ({"width": None}, "it must be float32"),
        ({"conditions": 1.5}, r"it must be int64 \(\)"),
        ({"conditions": 10**30}, "it must be int64"),
        ({"conditons": 1}, r"no input 'conditons': it takes .*\(nearest: conditions\)"),
    ],
)
def test_codes_that_do_not_fit(codes, message):
    with pytest.raises(ValueError, match=message):
        request_inputs("generate", GENERATE, seeds=[7], codes={**CODES, **codes})


def test_what_is_missing():
    with pytest.raises(ValueError, match=r"^generate needs category, float32 \(None, 10\), which"):
        request_inputs("generate", GENERATE, seeds=[7], codes={})
    with pytest.raises(ValueError, match="^score has no input 'seed': it takes images"):
        request_inputs("score", SCORE, seeds=[7], codes={})


def test_images_from_files(tmp_path):
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6) * 10
    Image.fromarray(pixels).save(tmp_path / "b.png")
    Image.fromarray(np.stack([pixels] * 3, -1)).save(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("none")
    inputs = request_inputs("score", SCORE, codes={}, images=[str(tmp_path)])
    np.testing.assert_allclose(inputs["images"][1, ..., 0], pixels / 127.5 - 1, atol=1e-6)
    np.testing.assert_allclose(*inputs["images"], atol=1e-6)
    other = request_inputs(
        "score", SCORE, codes={}, images=[str(tmp_path / "b.png")], value_range=(0.0, 1.0)
    )
    np.testing.assert_allclose(other["images"][0, ..., 0], pixels / 255, atol=1e-6)
    Image.fromarray(pixels.T.copy()).save(tmp_path / "c.png")
    for path, message in (
        ("c.png", "has 4x6 pixels: score takes images of 6x4"),
        ("notes.txt", "notes.txt is not an image"),
        ("none", "there is no such file"),
    ):
        with pytest.raises(ValueError, match=message):
            request_inputs("score", SCORE, codes={}, images=[str(tmp_path / path)])
    with pytest.raises(ValueError, match="^--images needs a signature with one input of images"):
        request_inputs("generate", GENERATE, codes={}, images=[str(tmp_path / "b.png")])


def test_arrays(tmp_path):
    path = tmp_path / "inputs.npz"
    np.savez(path, images=np.zeros((2, 4, 6, 1)))
    inputs = request_inputs("score", SCORE, codes={}, arrays=str(path))
    assert inputs["images"].dtype == np.float32
    for arrays, message in (
        ({"images": np.zeros((2, 4, 6))}, r"images must be float32 \(None, 4, 6, 1\), got"),
        ({"image": np.zeros((2, 4, 6, 1))}, r"no input 'image'.*\(nearest: images\)"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=message):
            request_inputs("score", SCORE, codes={}, arrays=str(path))
    path.write_text("none")
    with pytest.raises(ValueError, match="is not an .npz file"):
        request_inputs("score", SCORE, codes={}, arrays=str(path))


def test_an_input_is_given_once(tmp_path):
    np.savez(tmp_path / "inputs.npz", seed=np.array([1]))
    arrays = str(tmp_path / "inputs.npz")
    with pytest.raises(ValueError, match="^--seeds: another flag gives the input seed too"):
        request_inputs("generate", GENERATE, seeds=[2], codes=CODES, arrays=arrays)
    with pytest.raises(ValueError, match="^--codes: another flag gives the input seed too"):
        request_inputs("generate", GENERATE, seeds=[2], codes={"seed": 3})


def test_seeds_that_lose_digits_are_refused(tmp_path):
    np.savez(tmp_path / "inputs.npz", seed=np.array([0.5]))
    with pytest.raises(ValueError, match=r"sample: seed must be int64 \(None,\), got float64"):
        request_inputs(
            "sample",
            Signature({"seed": spec("int64")}, {}),
            codes={},
            arrays=str(tmp_path / "inputs.npz"),
        )


def test_images_of_all_kinds_become_files(tmp_path):
    grey = np.array([-1, 0, 1, 5], np.float32).reshape(1, 2, 2, 1)
    rgb = np.arange(12, dtype=np.uint8).reshape(1, 2, 2, 3)
    Image.fromarray(rgb[0]).save(tmp_path / "file.png")
    files = np.array([(tmp_path / "file.png").read_bytes()], object)
    outputs = {"grey": grey, "rgb": rgb, "images_bytes": files, "logit": np.float32([2])}
    written = write_answers(outputs, ["07"], tmp_path / "out")
    names = ["grey-07.png", "rgb-07.png", "images-07.png", "outputs.npz"]
    assert [path.name for path in written] == names
    with Image.open(written[0]) as image:
        assert np.asarray(image).tolist() == [[0, 128], [255, 255]]
    for path in written[1:3]:
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), rgb[0])
    with np.load(written[3]) as arrays:
        assert sorted(arrays) == ["grey", "logit", "rgb"]
        np.testing.assert_array_equal(arrays["grey"], grey)
