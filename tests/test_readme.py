"""The README is short; its Python runs as written, for one epoch; its links and numbers hold."""

import json
import pathlib
import re

import numpy as np
import pytest

from tfgan_it import recipes

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.S)


@pytest.mark.parametrize("example", EXAMPLES)
def test_example_runs(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(re.sub(r"epochs=\d+", "epochs=1", example), names)
    if "threes" in names:
        assert names["threes"].shape == (5, 8, 8, 1)
        assert names["codes"]["category_probabilities"].shape == (360, 10)
        written = {path.name for path in tmp_path.iterdir()}
        assert written == {"infogan.keras", "samples", "saved_models"}


def test_it_is_short():
    assert len(README.encode()) <= 8000
    assert len(EXAMPLES) == 2


def test_links_lead_to_files():
    links = [x for x in re.findall(r"\]\(([^)]+)\)", README) if not x.startswith("https:")]
    assert len(links) > 10
    for link in links:
        assert (ROOT / link).exists(), link


def test_numbers_are_on_record():
    record = json.loads((ROOT / "results" / "clustering_mnist" / "results.json").read_text())
    accuracies = 100 * np.array(record["systems"]["invariant_infogan"]["last"]["cluster_accuracy"])
    assert f"{accuracies.mean():.2f} ± {accuracies.std(ddof=1):.2f} %" in README
    assert f"*{accuracies[0]:.1f} % of MNIST without a label" in README
    assert f"{len(recipes.RECIPES)}\nsystems" in README
    assert sum("infogan" in name for name in recipes.RECIPES) == 8


def test_both_commands_are_those_of_the_front_page():
    for command in re.findall(r"^    (pip install .*)$", README, flags=re.M):
        assert command in (ROOT / "docs" / "index.md").read_text()
