"""A recipe over seeds, compared with labels that it never saw."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from experiments.suites import clustering_suite
from tfgan_it import datasets, recipes

SYSTEMS = clustering_suite.SYSTEMS
TINY = {"steps": 100, "batch_size": 16, "hyperparameters": {"width": 2, "features": 8}}


@pytest.fixture(scope="module", autouse=True)
def here():
    """Jobs run in this process, which keeps its session and its precision."""

    def completed(jobs, work, path, workers):
        path.parent.mkdir(parents=True, exist_ok=True)
        return [{"job": job, **work(job), "seconds": 2.5} for job in jobs]

    systems = {"infogan": TINY | {"recipe": "infogan"}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clustering_suite, "completed", completed)
        patch.setattr(keras.backend, "clear_session", lambda: None)
        patch.setattr(keras.config, "set_dtype_policy", lambda policy: None)
        patch.setattr(clustering_suite, "SYSTEMS", systems)
        patch.setattr(clustering_suite, "SCORED_IMAGES", 100)
        yield


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    out = tmp_path_factory.mktemp("suite")
    arguments = {"quick": True, "workers": 1, "imbalanced": False, "files_dir": None}
    return out, clustering_suite.run(out, ["infogan"], [0, 1], dataset="digits", **arguments)


@pytest.mark.slow
def test_every_number_has_its_protocol(suite):
    out, _ = suite
    results = json.loads((out / "results.json").read_text())
    assert results["protocol"]["n"] == 360
    assert results["protocol"]["seeds"] == [0, 1]
    assert {"command", "versions"} <= results.keys()
    runs = results["runs"]
    assert [run["job"]["seed"] for run in runs] == [0, 1]
    assert [m["step"] for m in runs[0]["measured"]] == [1, 2]
    for run in runs:
        with Image.open(out / run["picture"]) as picture:
            assert picture.size[0] > 100


@pytest.mark.slow
def test_last_and_best_are_those_of_each_run(suite):
    out, table = suite
    results = json.loads((out / "results.json").read_text())
    found = results["systems"]["infogan"]
    for index, run in enumerate(results["runs"]):
        last, best = (
            run["measured"][-1],
            max(run["measured"], key=lambda m: m["view_information_nats"]),
        )
        assert found["last"]["nmi"][index] == last["nmi"]
        assert found["best"]["cluster_accuracy"][index] == best["cluster_accuracy"]
    rows = table.splitlines()[2:]
    assert len(rows) == 2
    accuracy = 100 * np.array(found["last"]["cluster_accuracy"])
    assert (
        f"| {accuracy.mean():.2f} ± {accuracy.std(ddof=1):.2f} | {accuracy.min():.2f} |" in rows[0]
    )


def test_the_best_step_is_chosen_without_labels():
    measured = [
        {"step": 1, "view_information_nats": 0.5} | dict.fromkeys(clustering_suite.SCORES, 0.9),
        {"step": 2, "view_information_nats": 0.7} | dict.fromkeys(clustering_suite.SCORES, 0.4),
    ]
    record = {"measured": measured[::-1], "training_seconds": 1.0, "seconds": 2.0}
    assert clustering_suite._summary([record])["best"]["cluster_accuracy"] == [0.4]


@pytest.mark.slow
def test_labels_reach_the_model_nowhere(monkeypatch, tmp_path):
    """With other labels a run trains to the same weights."""
    digits = datasets.digits()
    made = []

    def recorded(shape, **arguments):
        made.append(recipes.infogan(shape, **arguments))
        return made[-1]

    monkeypatch.setattr(clustering_suite.recipes, "get", lambda name: recorded)
    for shift in (0, 1):
        labels = [(x + shift) % 10 for x in (digits.train_labels, digits.test_labels)]
        other = datasets.ImageDataset("digits", digits.train_images, digits.test_images, *labels)
        monkeypatch.setattr(clustering_suite.datasets, "load", lambda name, files_dir, x=other: x)
        job = clustering_suite._job("infogan", 0, True, tmp_path, "digits", False, None)
        clustering_suite.train_and_measure({**job, "precision": "float32"})
    first, second = (model.get_weights() for model in made)
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_an_imbalanced_run_draws_its_classes_by_its_seed(tmp_path):
    job = clustering_suite._job("infogan", 3, True, tmp_path, "digits", True, None)
    expected = datasets.imbalanced(datasets.digits(), seed=3)
    np.testing.assert_array_equal(
        clustering_suite._dataset(job).train_labels, expected.train_labels
    )


@pytest.mark.slow
def test_every_picture_of_a_system_is_drawn(tmp_path):
    images = datasets.digits().test_images
    for name, extra in (
        ("infogan", []),
        ("variational_infogan", ["reconstructions"]),
        ("attention_infogan", ["attention"]),
    ):
        sizes = {"width": 2, "features": 8} if name != "attention_infogan" else {"width": 8}
        clustering_suite._draw(
            recipes.get(name)((8, 8, 1), **sizes), images, tmp_path / f"{name}-0.png"
        )
        found = sorted(path.stem for path in tmp_path.glob(f"{name}-*.png"))
        assert found == [f"{name}-0", *(f"{name}-0-{what}" for what in extra)]


@pytest.mark.examples(2)
@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_each_system_is_a_recipe_with_a_category(name):
    system = SYSTEMS[name]
    latent = recipes.get(system["recipe"])(
        (28, 28, 1), **system.get("hyperparameters", {}) | {"width": 8}
    ).latent
    assert latent.codes.parts["category"].categories == 10


def test_a_data_set_may_have_its_own_views(tmp_path, monkeypatch):
    system = TINY | {"recipe": "infogan", "of_dataset": {"fashion_mnist": {"width": 3}}}
    monkeypatch.setitem(clustering_suite.SYSTEMS, "infogan", system)
    found = [
        clustering_suite._job("infogan", 0, True, tmp_path, name, False, None)["hyperparameters"]
        for name in ("mnist", "fashion_mnist")
    ]
    assert found == [{"width": 2, "features": 8}, {"width": 3, "features": 8}]


def test_an_unknown_system_is_named_with_the_nearest():
    with pytest.raises(ValueError, match="Unknown system 'infogam'.*nearest: infogan"):
        clustering_suite._job("infogam", 0, True, None, "digits", False, None)
