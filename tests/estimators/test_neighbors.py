import numpy as np
import pytest
from sklearn import neighbors as sklearn_neighbors

from tfgan_it.estimators import neighbors

SHAPES = [(300, 1), (300, 3), (1100, neighbors.MOST_DIMENSIONS_OF_A_TREE + 2)]


def all_distances(queries, points):
    return np.abs(queries[:, None] - points[None]).max(axis=2)


@pytest.fixture(params=SHAPES, ids=str)
def points(request):
    return np.random.default_rng(0).standard_normal(request.param)


def test_nearest_is_that_of_all_distances(points):
    distances = all_distances(points, points)
    np.fill_diagonal(distances, np.inf)
    found, indices = neighbors.nearest(points, 4)
    np.testing.assert_array_equal(found, np.sort(distances)[:, :4])
    np.testing.assert_array_equal(np.take_along_axis(distances, indices, 1), found)


def test_nearest_to_others(points):
    queries = points[:20] + 0.1
    found, _ = neighbors.nearest(points, 2, queries)
    np.testing.assert_array_equal(found, np.sort(all_distances(queries, points))[:, :2])


@pytest.mark.parametrize("dimension", [1, neighbors.MOST_DIMENSIONS_OF_A_TREE + 1])
def test_a_copy_is_a_neighbour_and_oneself_is_not(dimension):
    points = np.repeat(np.arange(5.0)[:, None], dimension, axis=1)
    points = np.concatenate([points, points[:1]])
    distances, indices = neighbors.nearest(points, 1)
    assert distances.ravel().tolist() == [0, 1, 1, 1, 1, 0]
    assert (indices[0, 0], indices[5, 0]) == (5, 0)
    assert (indices[:, 0] != np.arange(6)).all()


def test_counts_are_what_all_distances_say_and_exact_on_the_sphere(points):
    distances = all_distances(points, points)
    radii = np.sort(distances)[:, 5]
    loose = neighbors.counts(points, radii, points)
    strict = neighbors.counts(points, radii, points, strict=True)
    assert loose.dtype == strict.dtype == "int64"
    np.testing.assert_array_equal(loose, (distances <= radii[:, None]).sum(axis=1))
    np.testing.assert_array_equal(strict, (distances < radii[:, None]).sum(axis=1))
    assert (loose - strict == 1).all()


def test_many_dimensions_are_searched_without_a_tree(monkeypatch):
    used = []

    class Spy(sklearn_neighbors.NearestNeighbors):
        def fit(self, x):
            used.append(self.algorithm)
            return super().fit(x)

    monkeypatch.setattr(sklearn_neighbors, "NearestNeighbors", Spy)
    for dimension in (2, 40):
        neighbors.nearest(np.random.default_rng(0).random((30, dimension)), 1)
    assert used == ["kd_tree", "brute"]
