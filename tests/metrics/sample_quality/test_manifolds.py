import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tfgan_it import metrics
from tfgan_it.metrics.sample_quality.manifolds import kth_squared_distances


def by_definition(real, generated, k):
    def radii(x):
        return np.sort(cdist(x, x, "sqeuclidean"), axis=1)[:, k]

    distances = cdist(real, generated, "sqeuclidean")
    in_real = distances < radii(real)[:, None]
    in_generated = distances < radii(generated)
    return {
        "precision": in_real.any(axis=0).mean(),
        "recall": in_generated.any(axis=1).mean(),
        "density": in_real.sum() / (k * len(generated)),
        "coverage": in_real.any(axis=1).mean(),
    }


SETS = {
    "normal": lambda r: (r.normal(size=(150, 4)), 0.8 * r.normal(size=(90, 4)) + 0.3),
    "lattice": lambda r: (r.integers(0, 4, (120, 2)), r.integers(0, 4, (120, 2))),
    "copies_of_a_point": lambda r: (np.zeros((60, 3)), np.zeros((60, 3))),
    "many_copies": lambda r: (np.repeat(r.normal(size=(5, 3)), 20, 0), r.normal(size=(80, 3))),
    "offset": lambda r: (r.normal(size=(100, 3)) + 1e5, r.normal(size=(100, 3)) + 1e5),
    "more_than_a_block": lambda r: (r.normal(size=(1200, 2)), r.normal(size=(1100, 2))),
}


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("name", SETS)
def test_by_definition(name, k):
    real, generated = SETS[name](np.random.default_rng(0))
    scores = metrics.precision_recall(real, generated, neighbors=k)
    scores |= metrics.density_coverage(real, generated, neighbors=k)
    expected = by_definition(real, generated, k)
    assert {key: score.value for key, score in scores.items()} == pytest.approx(expected)


def test_ties_are_decided_in_float64():
    # float32 cannot tell the two distances from 1 apart.
    real = np.array([[0.0], [1.0]])
    inside, outside = [[1.0 - 1e-9]], [[-1.0 - 1e-9]]
    scores = metrics.density_coverage(real, inside + outside, neighbors=1)
    assert scores["density"].value == 2 / 2
    np.testing.assert_allclose(kth_squared_distances(real, 1), [1.0, 1.0])


@pytest.mark.slow
def test_published_values_of_equal_gaussians():
    x, y = np.random.default_rng(0).normal(size=(2, 10_000, 1000))
    # Published of one draw, all with k = 5. A few wide balls decide the density: other draws have
    # .91 to 1.06 by any implementation.
    scores = metrics.precision_recall(x, y, neighbors=5) | metrics.density_coverage(x, y)
    published = {"precision": 0.477, "recall": 0.471, "density": 1.056, "coverage": 0.974}
    for name, value in published.items():
        allowed = 0.15 if name == "density" else 0.025
        assert scores[name].value == pytest.approx(value, abs=allowed), name


def test_expected_coverage_of_equal_distributions():
    # The ball of x_i misses all of y if its k nearest of the 2 n - 1 others are all real.
    random, n, k = np.random.default_rng(1), 50, 5
    values = [
        metrics.density_coverage(*random.normal(size=(2, n, 2)), neighbors=k)["coverage"].value
        for _ in range(400)
    ]
    missed = np.prod([(n - 1 - i) / (2 * n - 1 - i) for i in range(k)])
    assert abs(np.mean(values) - (1 - missed)) < 4 * np.std(values) / 20


@pytest.mark.parametrize(("k", "message"), [(0, "neighbors"), (2.5, "neighbors"), (40, "too few")])
def test_bad_neighbors_are_refused_in_one_line(k, message):
    x = np.zeros((40, 2))
    with pytest.raises(ValueError, match=message) as error:
        metrics.precision_recall(x, x, neighbors=k)
    assert "\n" not in str(error.value)


def test_all_four_in_one_pass():
    random = np.random.default_rng(7)
    x, y = random.normal(size=(2, 200, 3)) * [[[1.0]], [[0.7]]]
    expected = metrics.precision_recall(x, y, neighbors=4)
    expected |= metrics.density_coverage(x, y, neighbors=4)
    assert metrics.prdc(x, y, neighbors=4) == expected
