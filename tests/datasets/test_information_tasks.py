import math

import numpy as np
import pytest
from scipy import integrate, stats

from tfgan_it.datasets.information_tasks import (
    InformationTask,
    additive_uniform,
    gaussian,
    gaussian_mixture,
    student_t,
    tasks,
)

EVERY = {task.name: task for task in tasks()}
N = 40_000
DENSE = (np.eye(4) + 1) / 2


def mean_ratio(task, joint, of_x, of_y, n=N, seed=3):
    """The mean of ln p(x, y) / p(x) p(y) over the task's samples, and its standard error.

    It is the information only if the samples have these very densities.
    """
    x, y = task.sample(n, seed=seed)
    ratios = joint(np.concatenate([x, y], axis=1)) - of_x(x) - of_y(y)
    return ratios.mean(), ratios.std() / math.sqrt(n)


@pytest.mark.parametrize("epsilon", [0.1, 0.3, 0.5, 0.75, 2.0])
def test_additive_noise_by_integration(epsilon):
    """I = h(y) - h(noise), y's density being the width of what x and the noise share."""

    def density(y):
        return max(0.0, min(1.0, y + epsilon) - max(0.0, y - epsilon)) / (2 * epsilon)

    edges = sorted([-epsilon, epsilon, 1 - epsilon, 1 + epsilon])
    entropy = sum(
        integrate.quad(lambda y: -density(y) * math.log(density(y)), low, high)[0]
        for low, high in zip(edges, edges[1:], strict=False)
        if high > low
    )
    information = entropy - math.log(2 * epsilon)
    assert additive_uniform(epsilon).mutual_information == pytest.approx(information, abs=1e-8)


def test_additive_noise_is_uniform_and_independent_of_x():
    x, y = additive_uniform(0.3).sample(N, seed=1)
    assert stats.kstest(x[:, 0], "uniform").pvalue > 1e-3
    assert stats.kstest((y - x)[:, 0] / 0.6 + 0.5, "uniform").pvalue > 1e-3
    assert abs(stats.spearmanr(x, y - x).statistic) < 4 / math.sqrt(N)


@pytest.mark.parametrize("x_dimension", [1, 2])
def test_a_gaussian_by_the_density_of_its_samples(x_dimension):
    covariance = np.array([[2.0, 0.3, -0.9], [0.3, 1.0, 0.2], [-0.9, 0.2, 0.8]])
    task = gaussian("three", covariance, x_dimension)
    densities = (
        stats.multivariate_normal(cov=covariance).logpdf,
        stats.multivariate_normal(cov=covariance[:x_dimension, :x_dimension]).logpdf,
        stats.multivariate_normal(cov=covariance[x_dimension:, x_dimension:]).logpdf,
    )
    mean, error = mean_ratio(task, *densities)
    assert error < 0.01
    assert task.mutual_information == pytest.approx(mean, abs=4 * error)


@pytest.mark.parametrize(
    ("name", "scale", "x_dimension", "freedom"),
    [
        ("student_t_1x1_df1", np.eye(2), 1, 1),
        ("student_t_2x2_df2", DENSE, 2, 2),
        ("student_t_5x5_df3", (np.eye(10) + 1) / 2, 5, 3),
        (None, DENSE, 1, 4.5),
    ],
)
def test_a_student_t_by_the_density_of_its_samples(name, scale, x_dimension, freedom):
    task = EVERY[name] if name else student_t("uneven", scale, x_dimension, freedom)
    densities = (
        stats.multivariate_t(shape=scale, df=freedom).logpdf,
        stats.multivariate_t(shape=scale[:x_dimension, :x_dimension], df=freedom).logpdf,
        stats.multivariate_t(shape=scale[x_dimension:, x_dimension:], df=freedom).logpdf,
    )
    mean, error = mean_ratio(task, *densities)
    assert error < 0.01
    assert task.mutual_information == pytest.approx(mean, abs=4 * error)


def test_cauchy_pairs_by_integration():
    """I = h(x) + h(y) - h(x, y) in polar coordinates, where the density depends only on r."""

    def integrand(r):
        density = (1 + r * r) ** -1.5 / (2 * math.pi)
        return -2 * math.pi * r * density * math.log(density)

    both, _ = integrate.quad(integrand, 0, np.inf)
    single = math.log(4 * math.pi)  # The entropy of Cauchy's distribution.
    assert EVERY["student_t_1x1_df1"].mutual_information == pytest.approx(
        2 * single - both, abs=1e-7
    )


def test_many_degrees_of_freedom_are_a_gaussian():
    normal = gaussian("normal", DENSE, 2).mutual_information
    assert student_t("t", DENSE, 2, 1e6).mutual_information == pytest.approx(normal, abs=1e-5)
    assert student_t("t", DENSE, 2, 5).mutual_information > normal + 0.05


MIXTURES = {
    "mixture_cross": ([0.5, 0.5], np.zeros((2, 2)), [[[1, c], [c, 1]] for c in (0.9, -0.9)]),
    "mixture_four": (
        [0.4, 0.1, 0.1, 0.4],
        [(-1, -1), (-1, 1), (1, -1), (1, 1)],
        [0.16 * np.eye(2)] * 4,
    ),
    "uneven": ([0.7, 0.3], [(0, 2), (1, -1)], [[[2, 0.3], [0.3, 0.2]], [[0.1, 0.2], [0.2, 0.9]]]),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_a_mixture_by_the_density_of_its_samples(name):
    weights, means, covariances = MIXTURES[name]
    task = EVERY.get(name) or gaussian_mixture(name, *MIXTURES[name])

    def log_density(points, axes):
        parts = [
            weight
            * stats.multivariate_normal(
                np.array(mean)[axes], np.array(covariance)[np.ix_(axes, axes)]
            ).pdf(points)
            for weight, mean, covariance in zip(weights, means, covariances, strict=True)
        ]
        return np.log(np.sum(parts, axis=0))

    mean, error = mean_ratio(
        task,
        lambda both: log_density(both, [0, 1]),
        lambda x: log_density(x, [0]),
        lambda y: log_density(y, [1]),
    )
    assert error < 0.01
    assert task.mutual_information == pytest.approx(mean, abs=4 * error)


def test_a_mixture_by_adaptive_integration():
    """Two noisy signs: given its sign, x says nothing more of y."""

    def density(x, y):
        return sum(
            weight * stats.norm.pdf(x, a, 0.4) * stats.norm.pdf(y, b, 0.4)
            for weight, a, b in ((0.4, -1, -1), (0.1, -1, 1), (0.1, 1, -1), (0.4, 1, 1))
        )

    def margin(x):
        return (stats.norm.pdf(x, -1, 0.4) + stats.norm.pdf(x, 1, 0.4)) / 2

    nodes, weights = np.polynomial.legendre.leggauss(200)
    points, weights = 5 * nodes, 5 * weights
    x, y = np.meshgrid(points, points)
    terms = density(x, y) * np.log(density(x, y) / margin(x) / margin(y))
    assert EVERY["mixture_four"].mutual_information == pytest.approx(
        weights @ terms @ weights, abs=1e-6
    )


def test_a_mixture_of_one_is_a_gaussian():
    task = gaussian_mixture("one", [1.0], [(3, -1)], [[[4, 1.5], [1.5, 1]]])
    rho = 0.75
    assert task.mutual_information == pytest.approx(-math.log(1 - rho**2) / 2, abs=1e-8)


@pytest.mark.parametrize("name", ["uniform_margins", "half_cube_1x1", "wiggly_1x1", "bimodal_1x1"])
def test_maps_of_one_dimension_keep_the_order(name):
    """Ranks of a pair of correlation 3/4: of Kendall's tau, 2/pi arcsin rho."""
    task = EVERY[name]
    assert task.mutual_information == pytest.approx(-math.log(1 - 9 / 16) / 2, abs=1e-12)
    x, y = task.sample(10_000, seed=2)
    tau = stats.kendalltau(x[:, 0], y[:, 0]).statistic
    assert tau == pytest.approx(2 / math.pi * math.asin(0.75), abs=0.02)


@pytest.mark.parametrize(
    ("name", "pairs"), [("spiral_3x3", 2), ("spiral_5x5", 2), ("half_cube_25x25", 2)]
)
def test_sparse_dependence_is_of_two_pairs(name, pairs):
    expected = -pairs * math.log(1 - 0.64) / 2
    assert EVERY[name].mutual_information == pytest.approx(expected, abs=1e-12)


def test_two_of_25_pairs_depend():
    x, y = EVERY["half_cube_25x25"].sample(5000, seed=5)
    x, y = (np.cbrt(np.square(values)) * np.sign(values) for values in (x, y))  # The Gaussians.
    correlations = np.corrcoef(x.T, y.T)[:25, 25:]
    expected = np.diag([0.8, 0.8] + [0.0] * 23)
    np.testing.assert_allclose(correlations, expected, atol=5 / math.sqrt(5000))


def test_one_margin_of_the_embeddings_stays_uniform():
    for name, axis in (("swiss_roll_2x1", 1), ("curve_1x5", 0)):
        margin = EVERY[name].sample(5000, seed=8)[axis]
        assert margin.shape == (5000, 1)
        assert stats.kstest(margin[:, 0], "uniform").pvalue > 1e-3


def test_asinh_pulls_the_tails_in():
    plain, pulled = (EVERY[f"{k}student_t_1x1_df1"].sample(2000, seed=1) for k in ("", "asinh_"))
    for raw, mapped in zip(plain, pulled, strict=True):
        np.testing.assert_allclose(np.sinh(mapped), raw, rtol=1e-9)
        assert np.abs(raw).max() > 100 > 10 > np.abs(mapped).max()


@pytest.mark.parametrize("name", EVERY)
def test_samples_are_finite_and_a_function_of_the_seed(name):
    task = EVERY[name]
    x, y = task.sample(200, seed=7)
    assert x.shape == (200, *task.x_shape) and y.shape == (200, *task.y_shape)
    assert np.isfinite(x).all() and np.isfinite(y).all()
    again, other = task.sample(200, seed=7), task.sample(200, seed=8)
    np.testing.assert_array_equal(again[0], x)
    np.testing.assert_array_equal(again[1], y)
    assert not (other[0] == x).any() and not (other[1] == y).any()
    assert 0.1 < task.mutual_information < 2


def test_names_are_different_and_shapes_are_in_them():
    assert len(EVERY) == len(tasks()) >= 14
    for name, task in EVERY.items():
        sizes = [part for part in name.split("_") if part.replace("x", "").isdigit()]
        if sizes and "x" in sizes[0]:
            assert sizes[0] == f"{task.x_shape[0]}x{task.y_shape[0]}"


def test_a_mapped_task_maps_one_side():
    task = additive_uniform(0.5).mapped("doubled", y=lambda y: 2 * y)
    assert (task.name, task.mutual_information) == ("doubled", 0.5)
    x, y = additive_uniform(0.5).sample(5, seed=1)
    np.testing.assert_array_equal(task.sample(5, seed=1)[0], x)
    np.testing.assert_array_equal(task.sample(5, seed=1)[1], 2 * y)
    assert isinstance(task, InformationTask)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: additive_uniform(0.0), "epsilon must be above 0, got 0.0"),
        (lambda: additive_uniform(math.nan), "epsilon must be above 0, got nan"),
        (lambda: student_t("t", np.eye(2), 1, -1), "df must be above 0, got -1"),
    ],
)
def test_invalid_tasks_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^(\\w+: )?{message}\\.$"):
        make()
