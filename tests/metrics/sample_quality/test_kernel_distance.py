import numpy as np
import pytest

from tfgan_it import metrics


def by_definition(x, y):
    def kernel(a, b):
        return (np.dot(a, b) / len(a) + 1) ** 3

    m, n = len(x), len(y)
    xx = np.mean([kernel(x[i], x[j]) for i in range(m) for j in range(m) if i != j])
    yy = np.mean([kernel(y[i], y[j]) for i in range(n) for j in range(n) if i != j])
    xy = np.mean([kernel(a, b) for a in x for b in y])
    return xx + yy - 2 * xy


def test_by_definition_with_different_numbers_of_samples():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(7, 3)), random.normal(size=(9, 3)) + 1
    np.testing.assert_allclose(metrics.kernel_distance(x, y).value, by_definition(x, y), rtol=1e-12)


def test_standard_error_is_the_spread_over_new_samples():
    random = np.random.default_rng(1)
    repeats = [
        metrics.kernel_distance(random.normal(size=(100, 2)), random.normal(size=(100, 2)) + 1)
        for _ in range(150)
    ]
    spread = np.std([repeat.value for repeat in repeats])
    errors = np.mean([repeat.standard_error for repeat in repeats])
    assert 0.8 < errors / spread < 1.25


def test_it_is_unbiased():
    random = np.random.default_rng(2)
    values = [metrics.kernel_distance(*random.normal(size=(2, 10, 2))).value for _ in range(600)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))


def test_subsets_average_the_distances_of_subsets():
    x, y = np.random.default_rng(3).normal(size=(2, 60, 3))
    whole = metrics.kernel_distance(x, y).value
    measured = metrics.kernel_distance(x, y, subsets=400, subset_size=30)
    assert abs(measured.value - whole) < 4 * measured.standard_error
    assert metrics.kernel_distance(x, y, subsets=2, subset_size=60).value == pytest.approx(whole)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"subsets": 0}, "subsets must be a whole number of at least 1, got 0"),
        ({"subsets": 5, "subset_size": 21}, "subset_size is 21, of 20 samples"),
        ({"subsets": 5, "subset_size": 5, "seed": -1}, "seed must be .* got -1"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(arguments, message):
    x = np.zeros((20, 2))
    with pytest.raises(ValueError, match=message):
        metrics.kernel_distance(x, x, **arguments)
