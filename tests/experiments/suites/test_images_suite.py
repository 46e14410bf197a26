import json
import math
import types

import keras
import numpy as np
import pytest
from PIL import Image

from experiments.suites import images_suite
from tfgan_it import datasets, recipes

# On the digits: of the quick suite, a twentieth of the steps.
TINY = {"steps": 200, "batch_size": 16, "hyperparameters": {"width": 4}}


@pytest.fixture(scope="module", autouse=True)
def here():
    """Jobs run in this process, which keeps its session."""

    def completed(jobs, work, path, workers):
        path.parent.mkdir(parents=True, exist_ok=True)
        return [{"job": job, **work(job), "seconds": 1.25} for job in jobs]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(images_suite, "completed", completed)
        patch.setattr(keras.backend, "clear_session", lambda: None)
        patch.setattr(images_suite, "DATASETS", {"digits": TINY, "mnist": TINY | {"steps": 60}})
        yield


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The folder of a quick suite of two recipes, and its table."""
    out = tmp_path_factory.mktemp("suite")
    return out, images_suite.run(
        out, ["gan", "lsgan"], [3, 4], quick=True, workers=1, files_dir=None
    )


def results(folder):
    return json.loads((folder / "results.json").read_text())


def rows(table):
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert {len(line) for line in lines} == {8}
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def tiles(path):
    """The 64 images of 8x8 of a grid, in [-1, 1]."""
    with Image.open(path) as image:
        picture = np.asarray(image)
    assert picture.shape == (8 * 42 + 2, 8 * 42 + 2, 3)
    starts = [2 + 42 * i for i in range(8)]
    found = [picture[y : y + 40 : 5, x : x + 40 : 5, 0] for y in starts for x in starts]
    return np.array(found) / 127.5 - 1


def test_a_suite_leaves_numbers_and_pictures(suite):
    out, table = suite
    assert {path.name for path in out.iterdir()} == {
        "digits-gan.png",
        "digits-lsgan.png",
        "digits-real.png",
        "results.json",
        "table.md",
    }
    assert (out / "table.md").read_text() == table + "\n"
    found = results(out)
    assert found["suite"] == "images"
    assert {"networks": "averaged", "n": 64}.items() <= found["protocol"].items()
    assert found["versions"]["keras"] == keras.__version__
    assert "command" in found
    assert str(out) not in json.dumps(found["runs"])


def test_each_recipe_is_run_with_the_first_seed(suite):
    runs = results(suite[0])["runs"]
    assert [run["job"]["recipe"] for run in runs] == ["gan", "lsgan"]
    for run in runs:
        assert run["job"] == {
            "recipe": run["job"]["recipe"],
            "dataset": "digits",
            "seed": 3,
            "steps": 10,
            "batch_size": 16,
            "hyperparameters": {"width": 4},
        }
        assert run["diverged"] is None
        assert [point["step"] for point in run["history"]] == [2, 4, 6, 8, 10]
        for measured in (*run["history"], run["test"]):
            assert measured.keys() >= {"discriminator_loss", "generator_loss", "js_nats"}
            assert all(math.isfinite(value) for value in measured.values())
        assert run["picture"] == f"digits-{run['job']['recipe']}.png"


def test_the_standard_deviation_is_that_of_the_pixels_in_the_picture(suite):
    out, _ = suite
    found = results(out)
    for run in found["runs"]:
        shown = tiles(out / run["picture"])
        assert run["deviation_over_samples"] == pytest.approx(shown.std(axis=0).mean(), abs=0.003)
        assert run["saturated"] == 0
    real = datasets.digits().test_images[:64, ..., 0] / 127.5 - 1
    np.testing.assert_allclose(tiles(out / "digits-real.png"), real, atol=1e-6)
    deviation = found["protocol"]["real"]["deviation_over_samples"]
    assert deviation == {"digits": pytest.approx(real.std(axis=0).mean(), rel=1e-4)}


def test_the_table_has_a_row_for_each_run_and_the_real_images(suite):
    out, table = suite
    runs, (real, *found) = results(out)["runs"], rows(table)
    assert (real["system"], real["data"]) == ("real images", "digits")
    assert float(real["deviation over samples"]) > 0.3
    for run, row in zip(runs, found, strict=True):
        assert (row["system"], row["data"], row["steps"]) == (run["job"]["recipe"], "digits", "10")
        assert (row["diverged"], row["seconds"]) == ("no", "1")
        last = run["history"][-1]
        assert row["discriminator loss"] == f"{last['discriminator_loss']:.3f}"
        assert row["generator loss"] == f"{last['generator_loss']:.3f}"
        assert row["deviation over samples"] == f"{run['deviation_over_samples']:.3f}"


def test_a_run_that_diverges_is_a_row_like_any_other(tmp_path, monkeypatch):
    wild = {"width": 4, "learning_rate": 1e30}
    monkeypatch.setitem(images_suite.DATASETS, "digits", TINY | {"hyperparameters": wild})
    _, row = rows(images_suite.run(tmp_path, ["gan"], [0], True, 1, None))
    assert (row["diverged"], row["discriminator loss"]) == ("yes", "nan")
    [run] = results(tmp_path)["runs"]
    assert "not finite" in run["diverged"]
    assert (tiles(tmp_path / "digits-gan.png").round(2) == 0).all()


def asked(monkeypatch, tmp_path, names, quick, files_dir):
    """The jobs of a suite, none of which is run, by recipe and data set."""
    found, load = [], datasets.load

    def work(job):
        found.append(job)
        return {
            **{"diverged": None, "history": [], "test": {}, "picture": job["picture"]},
            **{"deviation_over_samples": 0.0, "saturated": 0.0},
        }

    monkeypatch.setattr(images_suite, "train_and_draw", work)
    with monkeypatch.context() as patch:
        patch.setattr(datasets, "load", lambda name, files_dir: load("digits"))
        images_suite.run(tmp_path, names, [0], quick, 1, files_dir)
    return found


@pytest.mark.parametrize(
    ("quick", "files_dir", "expected"),
    [
        (False, None, {"digits": 200}),
        (True, None, {"digits": 10}),
        (True, "files", {"digits": 10}),
        (False, "files", {"digits": 200, "mnist": 60}),
    ],
)
def test_without_raw_files_or_time_there_are_only_the_digits(
    monkeypatch, tmp_path, quick, files_dir, expected
):
    jobs = asked(monkeypatch, tmp_path, ["gan", "wgan"], quick, files_dir)
    wanted = [(data, recipe) for data in expected for recipe in ("gan", "wgan")]
    assert [(job["dataset"], job["recipe"]) for job in jobs] == wanted
    for job in jobs:
        assert job["steps"] == expected[job["dataset"]]
    assert {path.stem for path in tmp_path.glob("*.png")} == {f"{data}-real" for data in expected}


def test_without_names_all_recipes_are_run(monkeypatch, tmp_path):
    jobs = asked(monkeypatch, tmp_path, None, True, None)
    others = {"cyclegan", "pix2pix", "cut", "text_gan", "wave_gan", "video_gan"}
    expected = [name for name in recipes.RECIPES if name not in others]
    assert [job["recipe"] for job in jobs] == expected


def test_what_makes_images_of_images_is_refused(tmp_path):
    message = "^cyclegan has no samples to show: it makes images of images, between two sets of "
    with pytest.raises(ValueError, match=message):
        images_suite.run(tmp_path / "out", ["cyclegan"], [0], True, 1, None)
    assert not (tmp_path / "out").exists()


def test_an_unknown_recipe_is_refused_before_anything_is_run(tmp_path):
    with pytest.raises(ValueError, match=r"^Unknown recipe 'dcgam': .* \(nearest: dcgan\)\.$"):
        images_suite.run(tmp_path / "out", ["gan", "dcgam"], [0], True, 1, None)
    assert not (tmp_path / "out").exists()


class Stub:
    """A model whose four images vary only in one row of pixels."""

    trained_steps, conditions = 0, None

    def fit(self, images, labels, *, batch_size, steps_per_epoch, verbose, callbacks):
        self.trained_steps += steps_per_epoch
        return types.SimpleNamespace(history={"loss": [9.0, self.trained_steps]})

    def generate(self, n, seed):
        images = np.zeros((4, 8, 8, 1), "float32")
        images[:, 1:3] = 1.0
        images[:, 0] = np.array([0.1, 0.1, 0.5, 0.5]).reshape(4, 1, 1)
        return images

    def evaluate(self, images, labels, verbose, batch_size):
        return {"js_nats": float(len(images))}


def test_the_standard_deviation_is_over_samples_and_not_over_pixels(monkeypatch, tmp_path):
    monkeypatch.setattr(recipes, "get", lambda name: lambda sample_shape, **options: Stub())
    job = {"recipe": "gan", "dataset": "digits", "seed": 0, "steps": 50, "batch_size": 16}
    job |= {"files_dir": None, "hyperparameters": {}, "picture": str(tmp_path / "made" / "x.png")}
    record = images_suite.train_and_draw(job)
    assert record == {
        "diverged": None,
        "history": [{"step": step, "loss": step} for step in (10, 20, 30, 40, 50)],
        "test": {"js_nats": 360.0},
        # One row of eight deviates by .2, and two of eight are white.
        "deviation_over_samples": pytest.approx(0.2 / 8),
        "saturated": 2 / 8,
        "picture": "x.png",
    }
    assert (tmp_path / "made" / "x.png").exists()


@pytest.mark.slow
def test_a_conditional_recipe_gets_labels_and_has_a_row_for_each_class(tmp_path):
    job = {"recipe": "conditional_gan", "dataset": "digits", "seed": 0, "steps": 5}
    job |= {"batch_size": 16, "files_dir": None, "hyperparameters": {"width": 4}}
    record = images_suite.train_and_draw(job | {"picture": str(tmp_path / "x.png")})
    assert record["test"].keys() == {"discriminator_loss", "generator_loss", "js_nats"}
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (6 * 42 + 2, 10 * 42 + 2)


class Built(Exception):
    """A recipe was called."""


@pytest.mark.parametrize(("recipe", "own"), [("adagan", {"steps_per_component": 33}), ("gan", {})])
def test_components_share_the_steps(monkeypatch, recipe, own):
    def build(sample_shape, **options):
        raise Built(sample_shape, options)

    monkeypatch.setattr(recipes, "get", lambda name: build)
    job = {"recipe": recipe, "dataset": "digits", "seed": 5, "steps": 100, "files_dir": None}
    with pytest.raises(Built) as built:
        images_suite.train_and_draw(job | {"hyperparameters": {"width": 4}})
    assert built.value.args == ((8, 8, 1), {"seed": 5, "width": 4, **own})
