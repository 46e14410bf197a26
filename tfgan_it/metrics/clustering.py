"""Agreement of an unsupervised clustering with labels."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from scipy.optimize import linear_sum_assignment

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.information import mutual_information, shannon_entropy


class ContingencyMetric(Configurable, keras.metrics.Metric):
    """A score of the contingency table of (label, cluster) pairs.

    Subclasses define `score`. The metric runs eagerly: `compile` needs `run_eagerly`.

    Args:
        num_classes: Number of labels, 0 .. num_classes - 1.
        num_clusters: Number of clusters, 0 .. num_clusters - 1.
        name: As for `keras.metrics.Metric`.
        dtype: As for `keras.metrics.Metric`.
    """

    def __init__(
        self, num_classes: int, num_clusters: int, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name=name or _snake(type(self).__name__), dtype=dtype)
        self.num_classes = check_integer(self, "num_classes", num_classes, 1)
        self.num_clusters = check_integer(self, "num_clusters", num_clusters, 1)
        self.table = self.add_variable(
            (self.num_classes, self.num_clusters), "zeros", dtype="int32", name="table"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds pairs to the table.

        Args:
            y_true: Integer labels, `(batch,)`.
            y_pred: Integer clusters `(batch,)`, or scores `(batch, num_clusters)` whose argmax is
                the cluster.
            sample_weight: Not supported; must be None.

        Raises:
            ValueError: If there are weights, lengths differ, or a label or cluster is not in the
                table.
        """
        if sample_weight is not None:
            raise ValueError(f"{type(self).__name__} counts pairs: sample_weight must be None.")
        labels, clusters = ops.convert_to_numpy(y_true), ops.convert_to_numpy(y_pred)
        if clusters.ndim == 2 and clusters.shape[1] == self.num_clusters > 1:
            # A row with a NaN has no argmax; the check below refuses it.
            largest = clusters.argmax(axis=-1)
            clusters = np.where(np.isnan(clusters).any(axis=-1), np.nan, largest)
        labels, clusters = labels.reshape(-1), clusters.reshape(-1)
        if labels.shape != clusters.shape:
            raise ValueError(
                f"{type(self).__name__}: {len(labels)} labels but {len(clusters)} clusters; scores "
                f"need {self.num_clusters} columns."
            )
        for name, values, limit in (
            ("label", labels, self.num_classes),
            ("cluster", clusters, self.num_clusters),
        ):
            if values.dtype.kind not in "biuf":
                raise ValueError(
                    f"{type(self).__name__}: {name}s must be integers, got {values.dtype}."
                )
            wrong = values[~((values >= 0) & (values < limit) & (values == np.floor(values)))]
            if len(wrong):
                raise ValueError(
                    f"{type(self).__name__}: {name} {wrong[0]} is not one of 0..{limit - 1}."
                )
        pairs = labels.astype("int64") * self.num_clusters + clusters.astype("int64")
        counts = np.bincount(pairs, minlength=self.num_classes * self.num_clusters)
        self.table.assign(self.table + counts.reshape(self.table.shape).astype("int32"))

    def result(self) -> float:
        """Returns the score of all pairs since the last reset; NaN without pairs."""
        table = ops.convert_to_numpy(self.table).astype("int64")
        return float(self.score(table)) if table.sum() else float("nan")

    def score(self, table: np.ndarray) -> float:
        """Computes the score of a table of counts, int64 `(num_classes, num_clusters)`."""
        raise NotImplementedError


@keras.saving.register_keras_serializable(package="tfgan_it")
class ClusterAccuracy(ContingencyMetric):
    """Accuracy under the best one-to-one map of clusters to labels.

    The Hungarian algorithm finds the map; two clusters never have the same label.

    Source: Kuhn, 1955, "The Hungarian Method for the Assignment Problem".

    Example:

    >>> metric = ClusterAccuracy(2, 2)
    >>> metric.update_state([0, 0, 1, 1], [1, 1, 0, 1])
    >>> metric.result()
    0.75
    """

    def score(self, table: np.ndarray) -> float:
        """Computes the maximum over one-to-one maps of (matched pairs) / n, in [0, 1]."""
        return table[linear_sum_assignment(table, maximize=True)].sum() / table.sum()


@keras.saving.register_keras_serializable(package="tfgan_it")
class Purity(ContingencyMetric):
    """Fraction of samples with the most frequent label of their cluster.

    Clusters may share a label, so purity grows with their number; compare `ClusterAccuracy`.

    Source: Manning et al., 2008, "Introduction to Information Retrieval".

    Example:

    >>> metric = Purity(2, 2)
    >>> metric.update_state([0, 0, 1, 1], [1, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.75
    """

    def score(self, table: np.ndarray) -> float:
        """Computes sum_cluster max_label count / n, in [0, 1]."""
        return table.max(axis=0).sum() / table.sum()


@keras.saving.register_keras_serializable(package="tfgan_it")
class NormalizedMutualInformation(ContingencyMetric):
    """I(label; cluster) over the mean of the two entropies, in [0, 1], as in scikit-learn.

    Source: Vinh et al., 2010, "Information Theoretic Measures for Clusterings Comparison".

    Example:

    >>> metric = NormalizedMutualInformation(2, 2)
    >>> metric.update_state([0, 0, 1, 1], [1, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.3437
    """

    def score(self, table: np.ndarray) -> float:
        """Computes 2 I / (H(label) + H(cluster))."""
        joint = table / table.sum()
        entropies = shannon_entropy(joint.sum(axis=0)) + shannon_entropy(joint.sum(axis=1))
        return 2 * mutual_information(joint) / entropies if entropies > 0 else 1.0


@keras.saving.register_keras_serializable(package="tfgan_it")
class AdjustedRandIndex(ContingencyMetric):
    """Agreement of all pairs of samples, corrected for chance, at most 1, as in scikit-learn.

    Source: Hubert and Arabie, 1985, "Comparing Partitions".

    Example:

    >>> metric = AdjustedRandIndex(2, 2)
    >>> metric.update_state([0, 0, 1, 1], [1, 1, 0, 1])
    >>> round(float(metric.result()), 4)
    0.0
    """

    def score(self, table: np.ndarray) -> float:
        """Computes Hubert and Arabie's adjusted index."""
        from sklearn.metrics import adjusted_rand_score  # Slow to import.

        return adjusted_rand_score(*_pairs(table))


@check_arguments()
def clustering_scores(labels: Any, assignment: Any, num_clusters: int) -> dict[str, float]:
    """Computes `cluster_accuracy`, `purity`, `nmi` and `ari` of an assignment.

    Args:
        labels: Integers `(n,)` from 0.
        assignment: Clusters `(n,)`, or scores `(n, num_clusters)`.
        num_clusters: Number of possible clusters.
    """
    labels = np.asarray(labels)
    if not labels.size:
        raise ValueError("clustering_scores: labels are empty, and nothing can agree.")
    scores = {
        "cluster_accuracy": ClusterAccuracy,
        "purity": Purity,
        "nmi": NormalizedMutualInformation,
        "ari": AdjustedRandIndex,
    }
    results = {}
    for name, metric in scores.items():
        instance = metric(int(np.max(labels)) + 1, num_clusters)
        instance.update_state(labels, assignment)
        results[name] = instance.result()
    return results


def _pairs(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    labels, clusters = np.indices(table.shape)
    counts = table.ravel()
    return labels.ravel().repeat(counts), clusters.ravel().repeat(counts)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]
