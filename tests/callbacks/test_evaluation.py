import itertools
import json
import math
from collections import Counter

import numpy as np
import pytest

from support.dense_models import dense_model
from support.small_models import (
    CODES,
    IMAGES,
    assert_same_state,
    compiled,
    discriminate,
    discriminator_weights,
    scaled,
    small_model,
)
from tfgan_it import callbacks, conditions, latents, models
from tfgan_it.callbacks import Evaluation, evaluation, measure

LABELS = np.random.default_rng(1).integers(0, 4, len(IMAGES))
CLUSTERING = {"cluster_accuracy", "purity", "nmi", "ari"}


def entropy(counts):
    return -sum(n / len(IMAGES) * math.log(n / len(IMAGES)) for n in counts if n)


def expected_scores(labels, clusters):
    """By the definitions, from the counts of (label, cluster) pairs."""
    pairs = Counter(zip(labels.tolist(), clusters.tolist(), strict=True))
    by_label, by_cluster = Counter(labels.tolist()), Counter(clusters.tolist())
    n = len(labels)
    # The best one-to-one map of 3 clusters to 4 labels, by trying all.
    maps = itertools.permutations(range(4), 3)
    right = max(sum(pairs[label, k] for k, label in enumerate(map_)) for map_ in maps)
    majority = sum(max(pairs[label, k] for label in by_label) for k in by_cluster)
    information = sum(
        count / n * math.log(count * n / (by_label[label] * by_cluster[k]))
        for (label, k), count in pairs.items()
    )
    together = sum(math.comb(count, 2) for count in pairs.values())
    in_labels = sum(math.comb(count, 2) for count in by_label.values())
    in_clusters = sum(math.comb(count, 2) for count in by_cluster.values())
    chance = in_labels * in_clusters / math.comb(n, 2)
    return {
        "cluster_accuracy": right / n,
        "purity": majority / n,
        "nmi": 2 * information / (entropy(by_label.values()) + entropy(by_cluster.values())),
        "ari": (together - chance) / ((in_labels + in_clusters) / 2 - chance),
    }


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(CODES))


@pytest.fixture(scope="module")
def measured(model):
    return measure(model, IMAGES, LABELS)


def test_scores_are_those_of_the_most_probable_category(model, measured):
    _, parameters = discriminate(discriminator_weights(model), scaled(IMAGES))
    clusters = np.argmax(parameters[:, :3], axis=-1)
    assert len(set(clusters.tolist())) == 3
    expected = expected_scores(LABELS, clusters)
    assert {name: measured[name] for name in CLUSTERING} == pytest.approx(expected, abs=1e-12)


def test_quantities_are_those_of_evaluate(model, measured):
    evaluated = model.evaluate(IMAGES, batch_size=len(IMAGES), verbose=0)
    assert set(evaluated) == set(model.metric_names)
    assert {name: measured[name] for name in evaluated} == evaluated


def test_names_and_types(model, measured):
    assert set(measured) == set(model.metric_names) | CLUSTERING
    assert all(type(value) is float for value in measured.values())
    assert json.loads(json.dumps(measured)) == measured


def test_pixels_and_floats_measure_the_same(model, measured):
    assert measure(model, scaled(IMAGES), LABELS) == pytest.approx(measured, abs=1e-6)


def test_without_labels_no_clustering(model, measured):
    assert measure(model, IMAGES) == {name: measured[name] for name in model.metric_names}


def test_without_a_categorical_code_no_clustering():
    latent = latents.Product(noise=latents.Normal(2), style=latents.Uniform(1))
    model = compiled(small_model(latent), run_eagerly=True)
    assert set(measure(model, IMAGES, LABELS)) == set(model.metric_names)


def test_without_codes_no_clustering():
    model = compiled(small_model(), run_eagerly=True)
    assert set(measure(model, IMAGES, LABELS)) == {
        "discriminator_loss",
        "generator_loss",
        "js_nats",
    }


def test_the_first_of_two_categorical_codes_is_scored():
    parts = {"style": latents.Uniform(1), "a": latents.Categorical(3), "b": latents.Categorical(4)}
    model = compiled(small_model(latents.Product(noise=latents.Normal(2), **parts)))
    clusters = model.infer_codes(IMAGES)["a_probabilities"].argmax(-1)
    scores = expected_scores(LABELS, clusters)
    assert measure(model, IMAGES, LABELS)["ari"] == pytest.approx(scores["ari"], abs=1e-12)


def test_codes_that_nothing_recognises_are_not_scored():
    model = models.GAN(small_model(CODES).generator, small_model().discriminator, CODES)
    assert set(measure(compiled(model), IMAGES, LABELS)) == set(model.metric_names)


@pytest.fixture
def steps_measured(model, monkeypatch):
    """The steps that an Evaluation measures, driven as `fit` does; all but the measuring."""

    def run(every, last, stopped=False):
        records = []
        watch = Evaluation("images", "labels", every=every, record=records.append)
        watch.set_model(model)
        with monkeypatch.context() as patch:
            patch.setattr(evaluation, "measure", lambda *given: {"given": given[1:3]})
            for step in range(1, last + 1):
                model.step.assign(step)
                watch.on_train_batch_end(0)
            patch.setattr(model, "stop_training", stopped)
            watch.on_train_end()
        assert all(record["test"] == {"given": ("images", "labels")} for record in records)
        return [record["step"] for record in records]

    return run


def test_measures_every_so_many_steps_and_the_end(steps_measured):
    assert steps_measured(every=2, last=5) == [2, 4, 5]


def test_the_end_is_not_measured_twice(steps_measured):
    assert steps_measured(every=2, last=4) == [2, 4]


def test_a_stopped_end_is_not_measured(steps_measured):
    assert steps_measured(every=2, last=5, stopped=True) == [2, 4]


def fitted(callbacks):
    model = compiled(small_model(CODES, normalized=True, moving_average=0.9))
    model.fit(IMAGES, batch_size=16, steps_per_epoch=5, verbose=0, callbacks=callbacks)
    return model


@pytest.mark.slow
def test_watching_does_not_disturb_training(tmp_path):
    statistics = callbacks.Statistics(tmp_path, every=2, steps=5, images_per_step=16)
    watching = [
        callbacks.TerminateOnNonFinite(),
        statistics,
        callbacks.Checkpoints(tmp_path / "checkpoints", every=2),
        Evaluation(IMAGES, LABELS, every=1, record=statistics.append),
        callbacks.SampleGrid(tmp_path, every=2, n=4),
        callbacks.CodeTraversal(tmp_path, every=3, rows=1),
        callbacks.StopOnSignal(),
    ]
    watched = fitted(watching)
    assert_same_state(watched, fitted([]))
    assert len(list(tmp_path.glob("*.png"))) == 3 + 2
    assert len(callbacks.checkpoints(tmp_path / "checkpoints")) == 3
    lines = (tmp_path / "stats.jsonl").read_text().splitlines()
    expected = {"step": 5, "test": measure(watched, IMAGES, LABELS)}
    assert [json.loads(line) for line in lines][-1] == expected
    assert len(lines) == 3 + 5


def test_labels_are_the_conditions_of_a_conditional_model():
    model = compiled(dense_model((4, 4, 1), conditions.Label(4)), run_eagerly=True)
    measured = measure(model, IMAGES, LABELS)
    expected = model.evaluate(IMAGES, LABELS, batch_size=len(IMAGES), verbose=0)
    assert {name: measured[name] for name in expected} == expected
    kinds = model.infer_codes(IMAGES, y=LABELS)["kind_probabilities"].argmax(-1)
    scores = expected_scores(LABELS, kinds)
    assert measured["ari"] == pytest.approx(scores["ari"], abs=1e-12)
    assert measured != measure(model, IMAGES, LABELS[::-1].copy())


def test_conditions_that_are_not_labels():
    model = compiled(dense_model((4, 4, 1), conditions.Vector(2)), run_eagerly=True)
    vectors = np.random.default_rng(0).normal(size=(len(IMAGES), 2))
    expected = model.evaluate(IMAGES, vectors, batch_size=len(IMAGES), verbose=0)
    assert measure(model, IMAGES, conditions=vectors) == expected
    with pytest.raises(ValueError, match="^This model is conditional: give y, a vector of 2"):
        measure(model, IMAGES)


def test_samples_that_are_a_dict():
    model = compiled(dense_model({"a": (2,), "b": (3, 2)}), run_eagerly=True)
    samples = {"a": np.ones((9, 2)), "b": np.zeros((9, 3, 2))}
    assert set(measure(model, samples)) == set(model.evaluation_metric_names)


def test_a_run_that_resumes_between_two_measurements_measures_at_the_second():
    model, steps = compiled(small_model(CODES)), []
    evaluation = callbacks.Evaluation(
        IMAGES, None, every=3, record=lambda measured: steps.append(measured["step"])
    )
    evaluation.set_model(model)
    model.step.assign(4)
    evaluation.on_train_begin()
    for step in (5, 6, 7):
        model.step.assign(step)
        evaluation.on_train_batch_end(0)
    assert steps == [6]
