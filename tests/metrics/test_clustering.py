import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics as sklearn_metrics

from tfgan_it.metrics import (
    AdjustedRandIndex,
    ClusterAccuracy,
    NormalizedMutualInformation,
    Purity,
    clustering_scores,
)

METRICS = [ClusterAccuracy, Purity, NormalizedMutualInformation, AdjustedRandIndex]


def assignment(classes, clusters, n=200, seed=0):
    """Labels, and clusters that know something of them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=n)
    known = rng.permutation(max(classes, clusters))[labels] % clusters
    return labels, np.where(rng.random(n) < 0.6, known, rng.integers(clusters, size=n))


def score(metric, labels, clusters, num_classes, num_clusters):
    measured = metric(num_classes, num_clusters)
    measured.update_state(labels, clusters)
    return measured.result()


SIZES = [(4, 4), (3, 6), (6, 3), (1, 3), (3, 1)]


@pytest.mark.parametrize("classes, clusters", SIZES)
@pytest.mark.parametrize("seed", [0, 1])
def test_cluster_accuracy_is_the_best_of_all_one_to_one_maps(classes, clusters, seed):
    labels, assigned = assignment(classes, clusters, seed=seed)
    size = max(classes, clusters)
    best = max(
        np.mean(np.asarray(order)[assigned] == labels)
        for order in itertools.permutations(range(size))
    )
    measured = score(ClusterAccuracy, labels, assigned, classes, clusters)
    assert measured == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("classes, clusters", SIZES)
@pytest.mark.parametrize("seed", [0, 1])
def test_purity_lets_clusters_share_a_label(classes, clusters, seed):
    labels, assigned = assignment(classes, clusters, seed=seed)
    right = sum(np.bincount(labels[assigned == k]).max() for k in np.unique(assigned))
    measured = score(Purity, labels, assigned, classes, clusters)
    assert measured == pytest.approx(right / len(labels), abs=1e-12)
    assert measured >= score(ClusterAccuracy, labels, assigned, classes, clusters)


@pytest.mark.parametrize("classes, clusters", SIZES)
def test_normalized_mutual_information(classes, clusters):
    labels, assigned = assignment(classes, clusters)
    measured = score(NormalizedMutualInformation, labels, assigned, classes, clusters)
    reference = sklearn_metrics.normalized_mutual_info_score(labels, assigned)
    assert measured == pytest.approx(reference, abs=1e-12)
    joint = np.histogram2d(labels, assigned, (np.arange(classes + 1), np.arange(clusters + 1)))[0]
    joint = joint / joint.sum()

    def entropy(p):
        return -(p[p > 0] * np.log(p[p > 0])).sum()

    label, cluster = entropy(joint.sum(axis=1)), entropy(joint.sum(axis=0))
    expected = 2 * (label + cluster - entropy(joint.ravel())) / (label + cluster)
    assert measured == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("classes, clusters", SIZES)
def test_adjusted_rand_index_counts_pairs_of_samples(classes, clusters):
    labels, assigned = assignment(classes, clusters, n=40)
    one, other = (
        np.asarray([a == b for a, b in itertools.combinations(x, 2)]) for x in (labels, assigned)
    )
    by_chance = one.sum() * other.sum() / one.size
    expected = ((one & other).sum() - by_chance) / ((one.sum() + other.sum()) / 2 - by_chance)
    measured = score(AdjustedRandIndex, labels, assigned, classes, clusters)
    assert measured == pytest.approx(expected, abs=1e-12)
    assert measured == pytest.approx(sklearn_metrics.adjusted_rand_score(labels, assigned))


@pytest.mark.parametrize("metric", METRICS)
def test_names_of_clusters_do_not_matter(metric):
    labels, assigned = assignment(4, 4)
    renamed = np.asarray([2, 0, 3, 1])[assigned]
    assert score(metric, labels, renamed, 4, 4) == pytest.approx(
        score(metric, labels, assigned, 4, 4)
    )
    assert score(metric, labels, (labels + 1) % 4, 4, 4) == pytest.approx(1)


def test_every_sample_a_cluster_of_its_own_is_pure_and_no_more():
    labels = np.arange(12) % 3
    scores = clustering_scores(labels, np.arange(12), num_clusters=12)
    assert scores["purity"] == 1
    assert scores["cluster_accuracy"] == 0.25
    assert scores["ari"] == 0


@pytest.mark.parametrize("metric", METRICS)
def test_batches_add_up(metric):
    labels, assigned = assignment(5, 7)
    streamed = metric(5, 7)
    for start in range(0, 200, 33):
        streamed.update_state(labels[start : start + 33], assigned[start : start + 33])
    assert streamed.result() == score(metric, labels, assigned, 5, 7)


@pytest.mark.parametrize("metric", METRICS)
def test_reset_forgets(metric):
    labels, assigned = assignment(4, 4)
    measured = metric(4, 4)
    assert np.isnan(measured.result())
    measured.update_state([0, 1], [0, 0])
    measured.reset_state()
    assert np.isnan(measured.result())
    measured.update_state(labels, assigned)
    assert measured.result() == score(metric, labels, assigned, 4, 4)


@pytest.mark.parametrize("metric", METRICS)
def test_empty_batch_changes_nothing(metric):
    measured = metric(2, 2)
    measured.update_state([0, 0, 1, 1], [0, 1, 1, 1])
    before = measured.result()
    measured.update_state(np.zeros(0, "int64"), np.zeros(0, "int64"))
    assert measured.result() == before


@pytest.mark.parametrize("metric", METRICS)
def test_scores_stand_for_their_largest(metric):
    labels, assigned = assignment(4, 6)
    noise = np.random.default_rng(1).uniform(size=(200, 6))
    scores = noise + np.eye(6)[assigned]
    assert score(metric, labels, scores, 4, 6) == score(metric, labels, assigned, 4, 6)


def test_tensors_are_as_good_as_arrays():
    labels, assigned = assignment(4, 4)
    measured = score(ClusterAccuracy, tf.constant(labels), tf.constant(assigned), 4, 4)
    assert measured == score(ClusterAccuracy, labels, assigned, 4, 4)


def test_counts_beyond_float32_are_exact():
    measured = ClusterAccuracy(2, 2)
    measured.table.assign([[2**24, 0], [0, 2**24]])
    measured.update_state([0, 1, 1], [0, 1, 0])
    assert measured.result() == (2**25 + 2) / (2**25 + 3)


def test_clustering_scores_are_the_four_metrics():
    labels, assigned = assignment(4, 6)
    scores = clustering_scores(labels, assigned, num_clusters=6)
    assert scores == {
        "cluster_accuracy": score(ClusterAccuracy, labels, assigned, 4, 6),
        "purity": score(Purity, labels, assigned, 4, 6),
        "nmi": score(NormalizedMutualInformation, labels, assigned, 4, 6),
        "ari": score(AdjustedRandIndex, labels, assigned, 4, 6),
    }


@pytest.mark.parametrize(
    "metric, name",
    [(ClusterAccuracy, "cluster_accuracy"), (AdjustedRandIndex, "adjusted_rand_index")],
)
def test_default_name_is_the_class_in_snake_case(metric, name):
    assert metric(2, 2).name == name


def test_saved_with_a_model(tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Softmax()])
    loss = "sparse_categorical_crossentropy"
    model.compile(loss=loss, metrics=[ClusterAccuracy(3, 3)], run_eagerly=True)
    x, y = np.eye(3, dtype="float32")[[0, 1, 2, 0]], np.asarray([1, 2, 0, 2])
    before = model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True)
    assert before["cluster_accuracy"] == 0.75
    model.save(tmp_path / "model.keras")
    copy = keras.saving.load_model(tmp_path / "model.keras")
    copy.run_eagerly = True
    assert copy.evaluate(x, y, batch_size=2, verbose=0, return_dict=True) == before


@pytest.mark.parametrize("metric", METRICS)
def test_weights_are_refused(metric):
    message = rf"^{metric.__name__} .*sample_weight must be None\.\Z"
    with pytest.raises(ValueError, match=message):
        metric(2, 2).update_state([0, 1], [0, 1], sample_weight=[1, 2])


@pytest.mark.parametrize(
    "labels, clusters, counts",
    [
        ([0, 1, 1], [0, 1], "3 labels but 2 clusters"),
        ([0, 1], [[0], [1], [1]], "2 labels but 3 clusters"),
        ([0, 1], np.eye(3)[[0, 2]], "2 labels but 6 clusters"),
    ],
)
def test_lengths_that_differ_are_refused(labels, clusters, counts):
    measured = Purity(2, 2)
    with pytest.raises(ValueError, match=rf"^Purity: {counts}; scores need 2 columns\.\Z"):
        measured.update_state(labels, clusters)
    assert np.isnan(measured.result())


@pytest.mark.parametrize(
    "labels, clusters, message",
    [
        ([0, 2], [0, 1], r"label 2 is not one of 0\.\.1"),
        ([-1, 0], [0, 1], r"label -1 is not one of 0\.\.1"),
        ([0, 1], [0, 3], r"cluster 3 is not one of 0\.\.2"),
        ([0, 1], [[-2], [1]], r"cluster -2 is not one of 0\.\.2"),
    ],
)
def test_labels_and_clusters_outside_of_the_table_are_refused(labels, clusters, message):
    measured = ClusterAccuracy(2, 3)
    measured.update_state([0, 1, 1, 1], [2, 0, 0, 1])
    with pytest.raises(ValueError, match=rf"^ClusterAccuracy: {message}\.\Z"):
        measured.update_state(labels, clusters)
    assert measured.result() == 0.75


def test_columns_of_labels_and_clusters_are_flattened():
    labels, assigned = assignment(3, 4)
    expected = score(ClusterAccuracy, labels, assigned, 3, 4)
    for label_shape, cluster_shape in [(-1, (-1, 1)), ((-1, 1), -1), ((-1, 1), (-1, 1))]:
        columns = labels.reshape(label_shape), assigned.reshape(cluster_shape)
        assert score(ClusterAccuracy, *columns, 3, 4) == expected


@pytest.mark.parametrize("labels", [["a"], None])
def test_labels_of_another_kind_are_one_line(labels):
    with pytest.raises(ValueError, match=r"^Purity: labels must be integers, got .*\.\Z"):
        Purity(2, 2).update_state(labels, [0])


def test_no_labels_are_refused():
    with pytest.raises(ValueError, match="^clustering_scores: labels are empty"):
        clustering_scores([], [], 2)
