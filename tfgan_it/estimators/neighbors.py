"""Nearest neighbours in the maximum norm, and counts of points within a radius.

Results are exact, computed on all CPU cores, in memory linear in the number of points. All
functions compute the same floating-point distance, the largest difference of coordinates: a point
at the distance of a radius from here is on the sphere, not inside.
"""

from __future__ import annotations

import joblib
import numpy as np

# Measured with 20,000 Gaussian points on two cores: a tree takes 1.1 s in 10 dimensions, where all
# distances take 1.8 s, and 5.6 s in 20, where they take 2.4 s.
MOST_DIMENSIONS_OF_A_TREE = 10
# Number of queries of a task; fewer are not worth another thread.
_ROWS = 1000


def nearest(
    points: np.ndarray, count: int, queries: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Finds the nearest `count` points to each query.

    Args:
        points: Points, float64 `(n, d)`.
        count: Number of neighbours.
        queries: Queries, float64 `(m, d)`; by default the points, which are then not neighbours of
            themselves, though copies of a point are.

    Returns:
        Distances, ascending, float64 `(m, count)`, and indices, int64 `(m, count)`.

    Example:

    >>> distances, indices = nearest(np.array([[0.0], [1.0], [3.0]]), 1)
    >>> distances.ravel().tolist(), indices.ravel().tolist()
    ([1.0, 1.0, 2.0], [1, 0, 1])
    """
    from sklearn.neighbors import NearestNeighbors  # Slow to import.

    algorithm = "kd_tree" if points.shape[1] <= MOST_DIMENSIONS_OF_A_TREE else "brute"
    jobs = _jobs(points if queries is None else queries)
    search = NearestNeighbors(
        n_neighbors=count, algorithm=algorithm, metric="chebyshev", n_jobs=jobs
    )
    return search.fit(points).kneighbors(queries)


def nearest_others(
    points: np.ndarray, k: int, queries: np.ndarray, are_points: np.ndarray
) -> np.ndarray:
    """Finds the distance of each query to its k-th neighbour, without the query itself.

    Args:
        points: Different points, float64 `(n, d)`.
        k: Rank of the neighbour; below n if any query is a point.
        queries: Queries, float64 `(m, d)`.
        are_points: Whether each query is one of the points, bool `(m,)`.

    Returns:
        Distances, float64 `(m,)`.

    Example:

    >>> points = np.array([[0.0], [1.0], [3.0]])
    >>> nearest_others(points, 1, points, np.array([True, True, False])).tolist()
    [1.0, 1.0, 0.0]
    """
    distances = nearest(points, k + bool(are_points.any()), queries)[0]
    return np.where(are_points, distances[:, -1], distances[:, k - 1])


def counts(
    points: np.ndarray, radii: np.ndarray, queries: np.ndarray, strict: bool = False
) -> np.ndarray:
    """Counts the points within each query's radius, including the query if it is a point.

    Args:
        points: Points, float64 `(n, d)`.
        radii: Radii, float64 `(m,)`.
        queries: Queries, float64 `(m, d)`.
        strict: Whether to exclude points at the radius; for radii above 0.

    Returns:
        int64 `(m,)`.

    Example:

    >>> points = np.array([[0.0], [1.0], [3.0]])
    >>> counts(points, np.array([1.0, 2.0, 2.0]), points).tolist()
    [2, 3, 2]
    >>> counts(points, np.array([1.0, 2.0, 2.0]), points, strict=True).tolist()
    [1, 2, 1]
    """
    radii = np.nextafter(radii, 0) if strict else radii
    from sklearn.neighbors import KDTree

    tree = KDTree(points, metric="chebyshev")
    parts = joblib.Parallel(n_jobs=_jobs(queries), prefer="threads")(
        joblib.delayed(tree.query_radius)(
            queries[start : start + _ROWS], radii[start : start + _ROWS], count_only=True
        )
        for start in range(0, len(queries), _ROWS)
    )
    return np.concatenate(parts).astype("int64")


def _jobs(queries: np.ndarray) -> int:
    return -1 if len(queries) > _ROWS else 1
