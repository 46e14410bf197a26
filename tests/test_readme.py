"""The README's Python runs as written, for one epoch."""

import pathlib
import re

import numpy as np
import pytest

README = pathlib.Path(__file__).parents[1] / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(), flags=re.S)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(re.sub(r"epochs=\d+", "epochs=1", example), names)
    if "images" in names:
        assert names["images"].shape == (16, 8, 8, 1)
        assert names["threes"].shape == (5, 8, 8, 1)
        assert names["codes"]["category_probabilities"].shape == (360, 10)
        assert {path.name for path in tmp_path.iterdir()} == {
            "infogan.keras",
            "samples",
            "saved_models",
        }
    elif "sevens" in names:
        assert names["sevens"].shape == (8, 8, 8, 1)
    elif "gan" in names:
        assert np.isfinite(names["gan"].generate(2, seed=0)).all()
    else:
        assert names["loss"].bound == "lower"


def test_there_are_examples():
    assert len(EXAMPLES) == 4
