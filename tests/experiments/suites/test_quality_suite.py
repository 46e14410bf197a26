import inspect
import json
import math

import keras
import numpy as np
import pytest
from PIL import Image

from experiments.suites import quality_jobs, quality_pictures, quality_runs, quality_suite
from experiments.suites.jobs import Engine, _key
from tfgan_it import recipes

STEPS, NARROW = set(quality_jobs.STEPS), set(quality_jobs.NARROW)


@pytest.fixture(scope="module", autouse=True)
def here():
    """Jobs run in this process, which keeps its session; few steps."""

    def completed(jobs, work, path, workers):
        path.parent.mkdir(parents=True, exist_ok=True)
        return [{"job": job, **work(job), "seconds": 1.25} for job in jobs]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality_suite, "completed", completed)
        patch.setattr(keras.backend, "clear_session", lambda: None)
        patch.setattr(quality_jobs, "STEPS", {"dcgan": 400, "acgan": 400})
        patch.setattr(quality_jobs, "NARROW", {"dcgan": {"width": 4}, "acgan": {"width": 4}})
        patch.setattr(quality_jobs, "FEATURE_STEPS", 500)
        yield


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The folder of a quick suite with a further seed for the best, and its table."""
    out = tmp_path_factory.mktemp("suite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality_jobs, "BEST", 1)
        return out, quality_suite.run(
            out, ["dcgan", "acgan"], [3, 4], quick=True, workers=1, files_dir=None
        )


def _checkpoints(runs, name):
    """The checkpoints with a row: one, if the last of each run is the best."""
    own = [run for run in runs if run["job"]["recipe"] == name]
    same = all(run["last"]["step"] == run["best"]["step"] for run in own)
    return ["last = best"] if same else ["last", "best"]


@pytest.mark.slow
def test_a_suite_leaves_numbers_and_pictures(suite):
    out, table = suite
    found = json.loads((out / "results.json").read_text())
    runs = found["runs"]
    names = [run["job"]["recipe"] for run in runs]
    assert names[:3] == ["real images", "dcgan", "acgan"]
    best = min(runs[1:3], key=lambda run: run["best"]["measures"]["frechet_distance"]["value"])[
        "job"
    ]["recipe"]
    assert names[3:] == [best] and runs[3]["job"]["seed"] == 4
    assert str(out) not in json.dumps(found["runs"])
    for run in runs[1:]:
        assert [point["step"] for point in run["curve"]] == [3, 6]
        for checkpoint in ("last", "best"):
            measures = run[checkpoint]["measures"]
            assert measures.keys() >= {*quality_pictures.DIRECTIONS, "data_copying"}
            assert all(math.isfinite(score["value"]) for score in measures.values())
            assert measures["frechet_distance"]["floor"] > 0
        steps = [run[checkpoint]["step"] for checkpoint in ("last", "best")]
        least = min(run["curve"], key=lambda point: point["frechet_distance"])
        assert steps == [6, least["step"]]
        for name in run["pictures"]:
            with Image.open(out / name) as picture:
                assert picture.size[0] > 100
    assert (out / "ranks.png").is_file() and found["ranks"].get("frechet_distance", 1) == 1
    assert (out / "table.md").read_text() == table + "\n"
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    rows = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
    assert [(row["system"], row["checkpoint"]) for row in rows] == [
        ("real images", ""),
        *((name, when) for name in ("dcgan", "acgan") for when in _checkpoints(runs, name)),
    ]
    floor = runs[0]["real"]["measures"]["frechet_distance"]["floor"]
    assert rows[0]["Fréchet"] == f"{floor:.3g}"


def test_every_image_recipe_has_steps():
    assert set(recipes.RECIPES) - set(quality_jobs.LEFT_OUT) == STEPS and NARROW <= STEPS


def job(name="dcgan", **options):
    given = {"quick": True, "out": "out", "files_dir": None, "features": "f.keras", **options}
    return quality_jobs.job(name, "digits", 0, **given)


def test_a_job_names_its_features_and_not_its_folders(monkeypatch, tmp_path):
    monkeypatch.setattr(quality_jobs, "features_name", lambda path: path.removesuffix(".keras"))
    here = job(out=tmp_path / "here", features="f.keras", files_dir="/here")
    there = job(out=tmp_path / "there", features="f.keras")
    assert _key(here) == _key(there) and here["picture"] != there["picture"]
    assert _key(job(features="g.keras", out=tmp_path)) != _key(here)
    assert here["hyperparameters"] == {"width": 4, "decay_steps": 6}


@pytest.mark.parametrize("name", quality_jobs.VARIANTS)
def test_a_variant_is_a_recipe_with_other_hyperparameters(name, monkeypatch, tmp_path):
    monkeypatch.setattr(quality_jobs, "features_name", str)
    recipe, changed, steps = quality_jobs.VARIANTS[name]
    made = job(name, out=tmp_path, quick=False)
    assert (made["recipe"], made["variant"]) == (recipe, name) and changed.items() <= made[
        "hyperparameters"
    ].items()
    assert set(changed) <= set(inspect.signature(recipes.get(recipe)).parameters)
    assert "variant" not in job(recipe, out=tmp_path) and made["picture"].endswith(f"{name}-0.png")
    assert steps is None or made["steps"] == steps


def test_variants_are_rows_and_not_ranked():
    score = {"measures": {"mind": {"value": 1.0, "standard_error": None, "floor": None}}}
    common = {"dataset": "mnist", "seed": 0, "recipe": "gan"}
    records = [
        {"job": common, "best": score},
        {"job": {**common, "variant": "gan-x"}, "best": score},
    ]
    assert list(quality_suite.best_values(records, "mnist", 0)) == ["gan"]
    one = {"mind": {"value": [1.0], "standard_error": [None], "floor": [None]}}
    found = [quality_suite.systems_of(records, name, ["mnist"]) for name in ("gan", "gan-x")]
    assert found == [{"mnist": {"best": one}}] * 2


def test_components_share_the_steps(monkeypatch, tmp_path):
    monkeypatch.setattr(quality_jobs, "features_name", str)
    monkeypatch.setitem(quality_jobs.STEPS, "adagan", 900)
    own = job("adagan", out=tmp_path)["hyperparameters"]
    assert own == {"steps_per_component": 3, "decay_steps": 3}


@pytest.mark.parametrize("name", quality_jobs.LEFT_OUT)
def test_recipes_without_images_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=f"^{name} has no samples to measure"):
        quality_suite.run(tmp_path, [name], [0], True, Engine(), None)


def test_correlations_of_ranks_and_a_picture(tmp_path):
    values = {
        "a": {"frechet_distance": 1.0, "recall": 0.9, "kl": 3.0},
        "b": {"frechet_distance": 2.0, "recall": 0.8, "kl": 1.0},
        "c": {"frechet_distance": 3.0, "recall": 0.7, "kl": 2.0},
    }
    assert quality_pictures.rank_correlations(values) == {
        "frechet_distance": 1.0,
        "recall": 1.0,
        "kl": -0.5,
    }
    quality_pictures.ranks_picture(values, tmp_path / "ranks.png")
    with Image.open(tmp_path / "ranks.png") as picture:
        assert min(picture.size) > 100


@pytest.mark.parametrize(
    ("score", "floor", "cell"),
    [
        (None, False, ""),
        ({"value": [0.1234], "standard_error": [0.012], "floor": [0.1]}, False, "0.123 ± 0.01"),
        ({"value": [0.1234], "standard_error": [0.012], "floor": [0.1]}, True, "0.1"),
        ({"value": [2.0], "standard_error": [None], "floor": [None]}, True, "2"),
        ({"value": [-5.6e-17], "standard_error": [3e-34], "floor": [None]}, False, "0"),
        ({"value": [1.0, 3.0]}, False, "2 ± 1"),
    ],
)
def test_cells(score, floor, cell):
    assert quality_suite._cell(score, floor) == cell


def test_the_halves_share_no_image():
    data = quality_runs.loaded("digits", None)
    one, other = quality_runs.halves(data)
    assert len(one) + len(other) == len(data.test_images)
    np.testing.assert_array_equal(data.test_images[2], one[1])
