import functools
import json
import math

import keras
import numpy as np
import pytest
from PIL import Image

from experiments.suites import disentanglement_suite
from support.small_models import CODES, small_model
from tfgan_it import callbacks, datasets, recipes

TINY = {"categories": 3, "continuous": 2, "width": 4, "features": 8}
QUICK = {
    "steps": 3,
    "samples": {"n": 60, "votes": 20},
    "comparison": {"votes": 5, "held_out": 5, "batch": 4, "samples": 50},
}


class Few(datasets.Sprites):
    """Sprites in one place, of which there are 192."""

    factor_sizes = (3, 4, 4, 2, 2)


@pytest.fixture(scope="module", autouse=True)
def here():
    """Jobs run in this process, which keeps its session, on few images."""

    def completed(jobs, work, path, workers):
        path.parent.mkdir(parents=True, exist_ok=True)
        return [{"job": job, **work(job), "seconds": 1.25} for job in jobs]

    get = recipes.get

    def eager(name):
        @functools.wraps(get(name))
        def build(*arguments, **options):
            model = get(name)(*arguments, **options)
            model.run_eagerly = True  # Tracing takes longer than three steps.
            return model

        return build

    made = Few()
    images = made.images_at(made.factors_of(np.arange(len(made))))
    data = datasets.ImageDataset("sprites", images, images[:32])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disentanglement_suite, "completed", completed)
        patch.setattr(recipes, "get", eager)
        patch.setattr(keras.backend, "clear_session", lambda: None)
        patch.setattr(disentanglement_suite, "HYPERPARAMETERS", TINY)
        patch.setattr(disentanglement_suite, "QUICK", QUICK)
        patch.setattr(disentanglement_suite, "BATCH_SIZE", 8)
        patch.setattr(datasets, "Sprites", Few)
        patch.setattr(datasets, "load", lambda name: data)
        yield


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The folder of a quick suite of one recipe with two seeds, and its table."""
    out = tmp_path_factory.mktemp("suite")
    return out, disentanglement_suite.run(out, ["infogan"], [3, 5], quick=True, workers=1)


def results(folder):
    return json.loads((folder / "results.json").read_text())


def rows(table):
    """The cells of each row by those of the first column, without the header and its rule."""
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert {len(line) for line in lines} == {10}
    return {name: cells for name, *cells in lines[2:]}


@pytest.mark.slow
def test_a_suite_leaves_numbers_and_pictures(suite):
    out, table = suite
    assert {path.name for path in out.iterdir()} == {
        "infogan.png",
        "models",
        "results.json",
        "table.md",
    }
    assert {path.name for path in (out / "models").iterdir()} == {
        "infogan-3-3.keras",
        "infogan-5-3.keras",
    }
    assert (out / "table.md").read_text() == table + "\n"
    found = results(out)
    assert found["suite"] == "disentanglement"
    protocol = {"steps": 3, "batch_size": 8, "seeds": [3, 5], "samples": QUICK["samples"]}
    assert protocol.items() <= found["protocol"].items()
    assert found["versions"]["keras"] == keras.__version__ and "command" in found
    assert str(out) not in json.dumps({name: found[name] for name in ("systems", "runs")})


@pytest.mark.slow
def test_every_run_is_measured_and_one_that_never_was_trained(suite):
    found = results(suite[0])
    runs = [
        (run["job"]["recipe"], run["job"]["seed"], run["job"]["steps"]) for run in found["runs"]
    ]
    assert runs == [("infogan", 3, 3), ("infogan", 5, 3), ("infogan", 3, 0)]
    for run in found["runs"]:
        assert run["job"]["hyperparameters"] == TINY and run["diverged"] is None
        assert set(run["scores"]) == set(disentanglement_suite.MEASURES)
        assert all(0 <= score <= 1 for score in run["scores"].values())
        assert (run["test"] is None) == (run["job"]["steps"] == 0)
    assert all(math.isfinite(value) for value in found["runs"][0]["test"].values())
    first, second, untrained = (run["scores"] for run in found["runs"])
    assert first != second and first != untrained
    system = found["systems"]["infogan"]
    assert system["scores"] == {"3": first, "5": second} and system["untrained"] == untrained


@pytest.mark.slow
def test_the_most_central_seed_is_selected_and_drawn(suite):
    choice = results(suite[0])["systems"]["infogan"]["choice"]
    assert choice["seeds"] == [3, 5] and np.shape(choice["similarity"]) == (2, 2)
    both = (choice["similarity"][0][1] + choice["similarity"][1][0]) / 2
    assert choice["centrality"] == pytest.approx([both, both])
    assert choice["chosen_seed"] in (3, 5)
    with Image.open(suite[0] / choice["picture"]) as picture:
        # Titles, and five rows of 32 pixels enlarged to 64, for the category and two styles.
        assert picture.size == (10 * 66 + 2, 3 * (24 + 5 * 66 + 2))


@pytest.mark.slow
def test_the_table_has_the_factors_the_untrained_the_seeds_and_the_choice(suite):
    out, table = suite
    found, cells = results(out), rows(table)
    system = found["systems"]["infogan"]
    chosen = system["choice"]["chosen_seed"]
    assert list(cells) == [
        "*the factors themselves*",
        "`infogan`, untrained",
        "`infogan`",
        f"`infogan`, chosen: seed {chosen}",
    ]
    for column, name in enumerate(disentanglement_suite.MEASURES):
        first, second = (system["scores"][seed][name] for seed in ("3", "5"))
        mean, half = (first + second) / 2, abs(first - second) / math.sqrt(2)
        told = [cells[name][column] for name in cells]
        assert told == [
            f"{found['factors'][name]:.3f}",
            f"{system['untrained'][name]:.3f}",
            f"{mean:.3f} ± {half:.3f}",
            f"{system['scores'][str(chosen)][name]:.3f}",
        ]


@pytest.mark.slow
def test_the_factors_are_better_codes_than_those_of_three_steps(suite):
    found = results(suite[0])
    for name in ("mig", "sap", "dci_informativeness", "explicitness"):
        assert found["factors"][name] > max(run["scores"][name] for run in found["runs"])


@pytest.mark.slow
def test_a_model_that_is_there_is_not_trained_again(suite, monkeypatch):
    out, _ = suite
    monkeypatch.setattr(recipes, "get", None)
    [run, *_] = results(out)["runs"]
    job = {**run["job"], "model": str(out / "models" / "infogan-3-3.keras")}
    assert disentanglement_suite.trained(job).trained_steps == 3
    assert disentanglement_suite.train_and_measure(job)["scores"] == pytest.approx(run["scores"])


def stub_jobs(monkeypatch, tmp_path, work, seeds=(0, 1)):
    """A suite whose models are not trained; what it leaves."""
    monkeypatch.setattr(disentanglement_suite, "train_and_measure", work)
    monkeypatch.setattr(disentanglement_suite, "trained", lambda job: small_model(CODES))
    monkeypatch.setattr(disentanglement_suite, "_check", lambda name: None)
    table = disentanglement_suite.run(tmp_path, None, seeds, quick=True, workers=1)
    return results(tmp_path), rows(table)


def test_a_diverged_run_is_omitted_and_counted(monkeypatch, tmp_path):
    def work(job):
        lost = job["seed"] == 0 and job["steps"]
        scores = None if lost else dict.fromkeys(disentanglement_suite.MEASURES, 0.25)
        return {"diverged": "not finite" if lost else None, "scores": scores, "test": None}

    found, cells = stub_jobs(monkeypatch, tmp_path, work)
    assert list(cells)[2:] == ["`infogan`, 1 of 2 diverged"]
    assert set(cells["`infogan`, 1 of 2 diverged"]) == {"0.250"}
    choice = found["systems"]["infogan"]["choice"]
    assert choice["seeds"] == [1] and choice["similarity"] is None and choice["chosen_seed"] == 1


def test_where_all_diverge_there_is_nothing_to_choose(monkeypatch, tmp_path):
    def work(job):
        scores = None if job["steps"] else dict.fromkeys(disentanglement_suite.MEASURES, 0.25)
        return {"diverged": "not finite", "scores": scores, "test": None}

    found, cells = stub_jobs(monkeypatch, tmp_path, work)
    assert set(cells["`infogan`, 2 of 2 diverged"]) == {""}
    assert found["systems"]["infogan"]["choice"] is None and not list(tmp_path.glob("*.png"))


def test_divergence_is_recorded(monkeypatch):
    def lost(job):
        raise callbacks.NonFiniteLoss("step 3: loss not finite")

    monkeypatch.setattr(disentanglement_suite, "trained", lost)
    record = disentanglement_suite.train_and_measure({})
    assert record == {"diverged": "step 3: loss not finite", "scores": None, "test": None}


def test_a_recipe_gets_the_hyperparameters_that_it_has():
    assert disentanglement_suite.hyperparameters("infogan") == TINY
    assert disentanglement_suite.hyperparameters("ibgan") == {"width": 4, "features": 8}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["infogan", "infogam"], r"^Unknown recipe 'infogam': .* \(nearest: infogan\)\.$"),
        (["gan"], "^gan infers no codes that could be compared with factors.$"),
    ],
)
def test_a_wrong_recipe_is_refused_before_anything_is_run(tmp_path, names, message):
    with pytest.raises(ValueError, match=message):
        disentanglement_suite.run(tmp_path / "out", names, [0], True, 1)
    assert not (tmp_path / "out").exists()
