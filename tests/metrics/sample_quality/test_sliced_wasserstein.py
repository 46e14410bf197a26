import numpy as np
import pytest
from scipy.stats import ortho_group

from tfgan_it import metrics


def test_on_a_line_it_is_the_squared_distance_of_sorted_samples():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(30, 1)), random.normal(size=(30, 1)) + 2
    expected = np.mean((np.sort(x[:, 0]) - np.sort(y[:, 0])) ** 2)
    measured = metrics.sliced_wasserstein_distance(x, y, projections=3)
    np.testing.assert_allclose(measured.value, expected, rtol=1e-5)


@pytest.mark.parametrize(("m", "n"), [(2, 3), (6, 4), (5, 5), (1000, 7)])
def test_different_numbers_of_samples(m, n):
    # Samples repeated to a common number are the same distribution.
    random = np.random.default_rng(1)
    x, y = random.normal(size=(m, 1)), random.normal(size=(n, 1))
    common = np.mean((np.repeat(np.sort(x[:, 0]), n) - np.repeat(np.sort(y[:, 0]), m)) ** 2)
    measured = metrics.sliced_wasserstein_distance(x, y, projections=2) if m > 1 else None
    np.testing.assert_allclose(measured.value, common, rtol=1e-4)


def test_mind_of_a_shift_is_three_times_its_squared_length():
    x = np.random.default_rng(2).normal(size=(500, 8))
    shift = np.arange(8.0)
    measured = metrics.mind(x, x + shift, projections=3000)
    assert measured.value == pytest.approx(3 * np.sum(shift**2), abs=4 * measured.standard_error)


def test_published_normalisation():
    """3 d / (n M) sum_ij (sort(u_i'x)_j - sort(u_i'y)_j)^2; on a line all directions agree."""
    random = np.random.default_rng(6)
    x, y = random.normal(size=(2, 40, 1)) * [[[1.0]], [[2.0]]]
    expected = 3 / 40 * np.sum((np.sort(x[:, 0]) - np.sort(y[:, 0])) ** 2)
    assert metrics.mind(x, y, projections=2).value == pytest.approx(expected, rel=1e-5)


def test_rotations_change_nothing_but_the_directions():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(300, 4)), 2 * random.normal(size=(300, 4))
    rotation = ortho_group.rvs(4, random_state=0)
    a = metrics.mind(x, y, projections=3000)
    b = metrics.mind(x @ rotation, y @ rotation, projections=3000)
    assert a.value == pytest.approx(b.value, abs=5 * a.standard_error)


def test_equal_distributions_tend_to_zero_as_one_over_n():
    random = np.random.default_rng(4)

    def mean(n):
        pairs = [random.uniform(size=(2, n, 2)) for _ in range(60)]
        return np.mean([metrics.mind(*pair, projections=50).value for pair in pairs])

    assert 3.0 < mean(100) / mean(400) < 5.3


def test_a_constant_offset_costs_no_digits():
    random = np.random.default_rng(5)
    x, y = random.normal(size=(200, 3)), random.normal(size=(200, 3)) + 1
    near = metrics.mind(x, y).value
    assert metrics.mind(x + 1e6, y + 1e6).value == pytest.approx(near, rel=1e-4)
