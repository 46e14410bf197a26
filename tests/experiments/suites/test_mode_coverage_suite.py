import inspect
import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from experiments.suites import mode_coverage_suite
from tfgan_it import datasets, recipes

COMMON = {"latent_dimension": 2, "width": 8, "depth": 1, "schedule": "linear"}
FILES = {"grid.png", "results.json", "ring.png", "runs.jsonl", "table.md"}


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The folder of a suite of one recipe with one seed, trained for a hundred steps, its table."""
    out = tmp_path_factory.mktemp("suite")
    tiny = {"STEPS": 100, "BATCH_SIZE": 16, "POINTS": 400, "MEASUREMENTS": 2}
    tiny |= {"COMMON": COMMON, "OWN": {"gan": {"learning_rate": 0.01}}}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in tiny.items():
            patch.setattr(mode_coverage_suite, name, value)
        return out, mode_coverage_suite.run(out, ["gan"], [3], quick=False, workers=1)


def results(folder):
    return json.loads((folder / "results.json").read_text())


def rows(table):
    """The cells of each row by those of the first column, without the header and its rule."""
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert {len(line) for line in lines} == {9}
    return {name: cells for name, *cells in lines[2:]}


@pytest.mark.slow
def test_a_suite_leaves_numbers_and_pictures(suite):
    out, table = suite
    assert {path.name for path in out.iterdir()} == FILES
    assert (out / "table.md").read_text() == table + "\n"
    found = results(out)
    assert found["suite"] == "mode_coverage"
    protocol = {"steps": 100, "batch_size": 16, "n": 400, "seeds": [3], "networks": "averaged"}
    assert protocol.items() <= found["protocol"].items()
    assert found["versions"]["tensorflow"] == tf.__version__
    assert "command" in found
    assert list(found["systems"]) == ["real samples", "gan"]


@pytest.mark.slow
def test_each_run_is_measured_on_the_way(suite):
    runs = results(suite[0])["runs"]
    assert [(run["job"]["dataset"], run["job"]["seed"]) for run in runs] == [
        ("ring", 3),
        ("grid", 3),
    ]
    for run in runs:
        expected = {**COMMON, "learning_rate": 0.01, "decay_steps": 100}
        assert run["job"]["hyperparameters"] == expected
        assert [measured["step"] for measured in run["measured"]] == [50, 100]
        assert run["seconds"] > 0 and "samples" not in run
    total = results(suite[0])["seconds_of_all_runs"]
    assert total == pytest.approx(sum(run["seconds"] for run in runs), abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("dataset", "reach"), [("ring", 0.03), ("grid", 0.15)])
def test_what_is_measured_last_is_the_coverage_of_the_samples(suite, dataset, reach):
    records = [json.loads(line) for line in (suite[0] / "runs.jsonl").read_text().splitlines()]
    [record] = [record for record in records if record["job"]["dataset"] == dataset]
    samples = np.array(record["samples"])
    assert samples.shape == (400, 2)
    centres = datasets.MIXTURES[dataset]().centres
    distances = np.linalg.norm(samples[:, None] - centres, axis=-1)
    shares = np.bincount(distances.argmin(axis=1), minlength=len(centres)) / 400
    shares = shares[shares > 0]
    found = record["measured"][-1]
    assert found["reverse_kl"] == pytest.approx(
        (shares * np.log(shares * len(centres))).sum(), abs=1e-5
    )
    # The samples are stored with four decimals.
    good = [(distances.min(axis=1) <= reach + sign * 1e-4).mean() for sign in (-1, 1)]
    assert good[0] <= found["high_quality"] + 1e-6 and found["high_quality"] <= good[1] + 1e-6
    assert found["floor"] == pytest.approx((len(centres) - 1) / 800)


class Stub:
    """A model that keeps what it is asked for; from 40 steps on its points are at the modes."""

    def __init__(self):
        self.asked, self.trained_steps = [], 0

    def fit(self, points, *, batch_size, steps_per_epoch, verbose):
        self.asked.append(("fit", len(points), batch_size))
        self.trained_steps += steps_per_epoch

    def generate(self, n, seed, batch_size):
        self.asked.append(("generate", n, seed))
        centres = datasets.ring().centres
        return np.resize(centres if self.trained_steps >= 40 else 9 * centres, (n, 2))


def test_every_measurement_is_of_fresh_points(monkeypatch):
    model, built = Stub(), []

    def recipe(sample_shape, **options):
        built.append((sample_shape, options))
        return model

    monkeypatch.setattr(keras.backend, "clear_session", lambda: None)
    monkeypatch.setattr(recipes, "get", lambda name: recipe)
    job = {"recipe": "gan", "dataset": "ring", "seed": 5, "steps": 60, "batch_size": 16}
    job |= {"points": 2400, "measurements": 3, "hyperparameters": {"width": 8}}
    record = mode_coverage_suite.train_and_measure(job)
    [(sample_shape, options)] = built
    assert sample_shape == (2,)
    assert {"seed": 5, "width": 8}.items() <= options.items()
    each = [[("fit", 100_000, 16), ("generate", 2400, index)] for index in range(3)]
    assert model.asked == sum(each, [])
    measured = [(m["step"], m["modes"], m["high_quality"]) for m in record["measured"]]
    assert measured == [(20, 0, 0), (40, 8, 1), (60, 8, 1)]
    # Of many points as many as a picture needs are kept, with four decimals.
    assert len(record["samples"]) == 2000
    assert record["samples"][1] == [0.7071, 0.7071]


@pytest.mark.slow
def test_a_finished_suite_runs_nothing_again(suite, monkeypatch):
    out, table = suite
    before = (out / "runs.jsonl").read_bytes(), (out / "ring.png").read_bytes()
    monkeypatch.setattr("experiments.suites.jobs._timed", None)
    job = results(out)["runs"][0]["job"]
    monkeypatch.setattr(mode_coverage_suite, "jobs", lambda *_: [job, {**job, "dataset": "grid"}])
    monkeypatch.setattr(mode_coverage_suite, "POINTS", 400)
    assert mode_coverage_suite.run(out, ["gan"], [3], quick=False, workers=1) == table
    assert ((out / "runs.jsonl").read_bytes(), (out / "ring.png").read_bytes()) == before


def measurement(step, modes, quality, nats):
    return {"step": step, "modes": modes, "high_quality": quality, "reverse_kl": nats, "floor": 0.5}


# Of two seeds. Best is, with most modes, the least reverse KL.
MEASURED = {
    0: [measurement(1, 7, 0.5, 0.1), measurement(2, 8, 0.6, 0.4), measurement(3, 8, 0.7, 0.5)],
    1: [measurement(1, 4, 0.9, 0.2), measurement(2, 4, 0.8, 0.3), measurement(3, 3, 0.5, 0.1)],
}


@pytest.fixture
def made_up(monkeypatch):
    """Records in place of runs: what was to be run, and with how many workers."""
    asked = []

    def completed(jobs, work, path, workers):
        asked.append((jobs, workers))
        path.parent.mkdir(parents=True, exist_ok=True)
        records = [
            {
                "job": job,
                "measured": MEASURED[job["seed"]],
                "samples": [[job["seed"] + 0.5, 0.0]] * 50,
                "seconds": 1.5,
            }
            for job in jobs
        ]
        return records[::-1]

    monkeypatch.setattr(mode_coverage_suite, "completed", completed)
    return asked


def test_best_and_last_of_each_seed(made_up, tmp_path):
    mode_coverage_suite.run(tmp_path, ["gan", "dcgan"], [0, 1], quick=False, workers=4)
    found = results(tmp_path)
    for system in ("gan", "dcgan"):
        for dataset in ("ring", "grid"):
            measures = found["systems"][system][dataset]
            assert measures["last"]["modes"] == [8, 3]
            assert measures["last"]["high_quality"] == [0.7, 0.5]
            assert measures["last"]["reverse_kl"] == [0.5, 0.1]
            assert measures["best"]["modes"] == [8, 4]
            assert measures["best"]["reverse_kl"] == [0.4, 0.2]
            assert measures["best"]["high_quality"] == [0.6, 0.9]
            assert measures["best"]["floor"] == [0.5, 0.5]
    assert found["seconds_of_all_runs"] == 12.0
    assert len(found["runs"]) == 8
    assert made_up[0][1] == 4


def test_the_table_has_the_systems_the_real_samples_and_the_published(
    made_up, tmp_path, monkeypatch
):
    published = [("Somebody, 2020", ["7.9", "", "0.07"], ["24.8", "93.6 %", "0.04"])]
    monkeypatch.setattr(mode_coverage_suite, "PUBLISHED", published)
    table = rows(mode_coverage_suite.run(tmp_path, ["gan"], [0, 1], quick=False, workers=1))
    assert list(table) == ["real samples", "gan", "*Somebody, 2020*"]
    # Standard deviations of two: their difference over the root of 2.
    cells = ["5.5 ± 3.5", "60.0 ± 14.1 %", "0.3000 ± 0.2828", "0.3000 ± 0.1414"]
    assert table["gan"] == [*cells, *cells]
    assert table["*Somebody, 2020*"] == ["7.9", "", "0.07", "", "24.8", "93.6 %", "0.04", ""]
    header = (tmp_path / "table.md").read_text().splitlines()[0]
    assert "ring: modes of 8" in header and "grid: modes of 25" in header


def test_real_samples_reach_what_can_be_reached(made_up, tmp_path, monkeypatch):
    monkeypatch.setattr(mode_coverage_suite, "POINTS", 10_000)
    mode_coverage_suite.run(tmp_path, ["gan"], [0, 1], quick=False, workers=1)
    found = results(tmp_path)["systems"]["real samples"]
    good = 1 - math.exp(-4.5)
    for dataset, modes in (("ring", 8), ("grid", 25)):
        last = found[dataset]["last"]
        assert found[dataset]["best"] == last
        assert last["modes"] == [modes, modes]
        assert last["floor"] == pytest.approx([(modes - 1) / 20_000] * 2)
        error = math.sqrt(good * (1 - good) / 10_000)
        assert last["high_quality"] == pytest.approx([good] * 2, abs=4 * error)
        assert max(last["reverse_kl"]) < 3 * last["floor"][0]
        assert len(set(last["reverse_kl"])) == 2


def test_pictures_show_the_first_seed_of_each_system(made_up, tmp_path, monkeypatch):
    mode_coverage_suite.run(tmp_path, ["gan", "dcgan"], [0, 1], quick=False, workers=1)
    with Image.open(tmp_path / "ring.png") as image:
        picture = np.asarray(image).astype(int)
    assert picture.shape == (240 + 16, 3 * 240, 3)
    blue = (np.abs(picture - (30, 70, 190)) < 5).all(axis=-1)
    real, *systems = np.split(blue[16:], 3, axis=1)
    # The eight modes are drawn at a distance of 1 from the centre, the edge being 1.2.
    angles = np.arange(8) * math.pi / 4
    for x, y in zip(np.cos(angles), np.sin(angles), strict=True):
        assert real[round(120 - 100 * y), round(120 + 100 * x)]
    for system in systems:
        down, right = np.nonzero(system)
        assert set(down) <= set(range(117, 124)) and set(right) <= set(range(167, 174))
        assert len(down) == 9


@pytest.mark.parametrize(("quick", "steps"), [(False, 4000), (True, 200)])
def test_without_names_all_recipes_that_apply_are_run(made_up, tmp_path, monkeypatch, quick, steps):
    monkeypatch.setattr(mode_coverage_suite, "STEPS", 4000)
    table = rows(mode_coverage_suite.run(tmp_path, None, [1], quick=quick, workers=1))
    [(jobs, _)] = made_up
    applicable = set(recipes.RECIPES) - {
        *("began", "dcgan_ada", "ibgan", "infogan", "infomax_gan", "sagan"),
        *("variational_infogan", "wasserstein_infogan", "invariant_infogan", "multimodal_infogan"),
        *("attention_infogan", "infogan_cr", "regularized_infogan", "cyclegan"),
        *(
            "acgan",
            "conditional_gan",
            "projection_gan",
            "pix2pix",
            "cut",
            "text_gan",
            "wave_gan",
            "video_gan",
            "text_to_image",
        ),
    }
    assert {job["recipe"] for job in jobs} == applicable
    assert len(jobs) == 2 * len(applicable)
    assert applicable | {"real samples"} <= set(table)
    assert {job["steps"] for job in jobs} == {results(tmp_path)["protocol"]["steps"]} == {steps}


def test_jobs_that_take_longest_come_first(monkeypatch):
    own = {"wgan": {"discriminator_steps": 5}, "sngan": {"discriminator_steps": 2}}
    monkeypatch.setattr(mode_coverage_suite, "OWN", own)
    jobs = mode_coverage_suite.jobs(["gan", "sngan", "wgan", "dcgan"], [0, 4], steps=50)
    assert [job["recipe"] for job in jobs[::4]] == ["wgan", "sngan", "gan", "dcgan"]
    each = [(job["dataset"], job["seed"]) for job in jobs]
    assert each == [("ring", 0), ("ring", 4), ("grid", 0), ("grid", 4)] * 4
    assert len({json.dumps(job) for job in jobs}) == 16


def test_what_a_system_has_of_its_own_counts_more_than_what_all_share(monkeypatch):
    monkeypatch.setattr(mode_coverage_suite, "COMMON", {"width": 8, "learning_rate": 0.5})
    own = {"wgan": {"learning_rate": 0.25, "limit": 1.0}, "adagan": {"components": 4}}
    monkeypatch.setattr(mode_coverage_suite, "OWN", own)
    chosen = {
        name: mode_coverage_suite.hyperparameters(name, 80) for name in ("gan", "wgan", "adagan")
    }
    assert chosen == {
        "gan": {"width": 8, "learning_rate": 0.5, "decay_steps": 80},
        "wgan": {"width": 8, "learning_rate": 0.25, "limit": 1.0, "decay_steps": 80},
        "adagan": {
            "width": 8,
            "learning_rate": 0.5,
            "components": 4,
            "steps_per_component": 20,
            "decay_steps": 20,
        },
    }


@pytest.mark.parametrize("name", sorted(set(recipes.RECIPES) - set(mode_coverage_suite.LEFT_OUT)))
def test_every_recipe_that_applies_has_what_it_is_called_with(name):
    chosen = mode_coverage_suite.hyperparameters(name, 1000)
    assert chosen.keys() <= inspect.signature(recipes.RECIPES[name]).parameters.keys()


@pytest.mark.parametrize("name", mode_coverage_suite.NOT_FOR_POINTS)
def test_recipes_that_are_not_for_points_refuse_them(name):
    with pytest.raises(ValueError):
        recipes.RECIPES[name]((2,))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["gan", "wgna"], "^Unknown recipe 'wgna': use one of .* \\(nearest: wgan\\)\\.$"),
        (["gan", "dcgan_ada"], "^dcgan_ada is not for points: its augmentations are of images\\.$"),
        (["sagan"], "^sagan is not for points: its attention is .*\\.$"),
    ],
)
def test_recipes_that_do_not_apply_are_refused_before_anything_is_run(
    made_up, tmp_path, names, message
):
    with pytest.raises(ValueError, match=message) as error:
        mode_coverage_suite.run(tmp_path / "out", names, [0], quick=False, workers=1)
    assert "\n" not in str(error.value)
    assert not made_up and not (tmp_path / "out").exists()
