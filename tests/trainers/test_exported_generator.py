"""Exports that are damaged or from elsewhere."""

import json

import numpy as np
import pytest

from support import damage
from tfgan_it import conditions, recipes
from trainers.exported_generator import ExportedGenerator, is_export

DESCRIPTION = {
    "tfgan_it": "0.4.0",
    "model": "digits",
    "sample_shape": [8, 8, 1],
    "latent": {"noise": {"kind": "Normal"}, "category": {"kind": "Categorical"}},
    "conditions": {"kind": "Label", "classes": 10},
    "signatures": {
        "sample": {
            "inputs": {"seed": "int64 (None,)", "conditions": "int64 (None,)"},
            "outputs": {"images": "float32 (None, 8, 8, 1)", "category": "float32 (None, 10)"},
        }
    },
}


@pytest.fixture
def refused(tmp_path):
    """Opens an export of this description whose graph is garbage; returns why it is refused."""
    folder = tmp_path / "exports" / "digits" / "1"
    (folder / "assets.extra").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"garbage")
    file = folder / "assets.extra" / "tfgan_it.json"

    def refused(content):
        file.write_bytes(content)
        assert is_export(folder)
        with damage.memory_limit(100), damage.nothing_written(folder):
            line = damage.outcome(ExportedGenerator, folder)  # Its name is 1.
        assert str(folder) in line
        return line

    return refused


def test_a_graph_that_is_garbage(refused):
    assert "is not an export that can be loaded: " in refused(json.dumps(DESCRIPTION).encode())


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{}", b"[" * 99_999, b"NaN"])
def test_what_is_no_description(refused, content):
    assert "tfgan_it.json is not " in refused(content)


@pytest.mark.parametrize(
    "change",
    [
        {"signatures": None},
        {"signatures": {"sample": None}},
        {"signatures": {"sample": {"inputs": 3, "outputs": {}}}},
        {"model": "../x"},
        {"model": 3},
        {"latent": 3},
        {"conditions": None},
        {"conditions": {"classes": -1}},
        {"conditions": {"classes": "many"}},
    ],
)
def test_fields_of_another_kind(refused, change):
    line = refused(json.dumps({**DESCRIPTION, **change}).encode())
    assert "tfgan_it.json is not the description of an export: " in line


def test_damaged_descriptions(refused):
    for seed in range(60):
        assert refused(damage.damaged_json(json.dumps(DESCRIPTION), seed))


@pytest.mark.slow
def test_many_damaged_descriptions(refused):
    for seed in range(60, 1500):
        assert refused(damage.damaged_json(json.dumps(DESCRIPTION), seed))


@pytest.mark.slow
def test_an_export_draws_texts(sample, tmp_path):
    text = conditions.Text(["red", "green", "dark red"])
    sizes = {"width": 4, "text_width": 4, "embedding": 4, "latent_dimension": 4}
    model = recipes.text_to_image((8, 8, 3), conditions=text, **sizes)
    model.export(tmp_path / "painter")
    generator = ExportedGenerator(tmp_path / "painter")
    assert generator.conditions.get_config() == text.get_config()
    found = generator.samples_of_seeds([3, 3], np.array(["red", "dark"]), {})
    expected = [model.generate(1, seed=3, conditions=words)[0] for words in ("red", "dark")]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    drawn = sample(f"--model={tmp_path / 'painter'}", "--text=dark", f"--out={tmp_path / 'out'}")
    assert drawn.status == 0, drawn.err
    drawn = sample(f"--model={tmp_path / 'painter'}", "--text=blue", f"--out={tmp_path / 'out'}")
    assert "has characters that the vocabulary lacks: 'b', 'l', 'u'" in drawn.err
