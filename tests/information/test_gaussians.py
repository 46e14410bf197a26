"""Gaussians against SciPy, inverses and determinants, quadrature and finite differences."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from gaussian_pairs import A, B, M, N, S, T, diagonal, differences, divergence, divergences, slopes
from tfgan_it.information.gaussians import (
    diagonal_gaussian_entropy,
    diagonal_gaussian_kullback_leibler,
    gaussian_entropy,
    gaussian_kullback_leibler,
    gaussian_log_prob,
)


def test_entropy_of_full_covariances():
    expected = [stats.multivariate_normal(cov=s).entropy() for s in S]
    np.testing.assert_allclose(gaussian_entropy(S), expected, rtol=1e-12)
    np.testing.assert_allclose(gaussian_entropy(S.astype("float32")), expected, rtol=1e-5)


@pytest.mark.parametrize("kind", [np.asarray, tf.constant])
def test_density_and_entropy_of_independent_columns(kind):
    x, mean, scale = N, M, np.exp(A)
    expected = stats.norm(mean, scale).logpdf(x).sum(-1)
    found = gaussian_log_prob(kind(x), kind(mean), kind(scale))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    expected = stats.norm(mean, scale).entropy().sum(-1)
    np.testing.assert_allclose(diagonal_gaussian_entropy(kind(scale)), expected, rtol=1e-12)
    assert type(gaussian_entropy(kind(S))) is type(kind(S))


def test_entropy_of_a_density_by_quadrature():
    p = stats.norm(scale=0.1).pdf
    expected, _ = integrate.quad(lambda x: -p(x) * np.log(p(x)), -1, 1, points=[0])
    assert expected < 0
    assert float(gaussian_entropy([[0.01]])) == pytest.approx(expected, rel=1e-6)


def test_divergence_of_full_covariances():
    value = gaussian_kullback_leibler(M, S, N, T)
    np.testing.assert_allclose(value, divergences(M, S, N, T), rtol=1e-12)
    single = gaussian_kullback_leibler(*(x.astype("float32") for x in (M, S, N, T)))
    assert single.dtype == "float32"
    np.testing.assert_allclose(single, divergences(M, S, N, T), rtol=1e-4)


def test_divergence_in_the_plane_by_quadrature():
    m, s = [0.2, -0.3], [[1.0, 0.4], [0.4, 0.8]]
    n, t = [-0.5, 0.1], [[1.5, -0.3], [-0.3, 1.1]]
    axis = np.linspace(-8, 8, 401)
    points = np.stack(np.meshgrid(axis, axis), -1)
    p, q = stats.multivariate_normal(m, s), stats.multivariate_normal(n, t)
    terms = p.pdf(points) * (p.logpdf(points) - q.logpdf(points))
    expected = terms.sum() * (axis[1] - axis[0]) ** 2
    assert float(gaussian_kullback_leibler(m, s, n, t)) == pytest.approx(expected, rel=1e-5)


def test_leading_axes_are_broadcast():
    m, s = np.zeros(3), np.eye(3)
    expected = [divergence(m, s, *other) for other in zip(N, T, strict=True)]
    np.testing.assert_allclose(gaussian_kullback_leibler(m, s, N, T), expected, rtol=1e-12)
    expected = [divergence(*other, m, s) for other in zip(N, T, strict=True)]
    np.testing.assert_allclose(gaussian_kullback_leibler(N, T, m, s), expected, rtol=1e-12)


def test_kinds_may_be_mixed_and_half_precision_is_widened():
    value = gaussian_kullback_leibler(M.astype("float16"), S, N, T.astype("float32"))
    assert value.dtype == "float64"
    assert gaussian_entropy(S.astype("float16")).dtype == "float32"


def test_gradients_of_full_covariances_are_finite_differences():
    found = slopes(gaussian_kullback_leibler, M, S, N, T)
    arguments = [M, S, N, T]
    for place, slope in enumerate(found):

        def moved(x, place=place):
            return divergences(*arguments[:place], x, *arguments[place + 1 :])

        want = differences(moved, arguments[place], symmetric=place % 2 == 1)
        symmetric = (slope + np.swapaxes(slope, -1, -2)) / 2 if place % 2 else slope
        np.testing.assert_allclose(symmetric, want, rtol=1e-5, atol=1e-6)
        assert np.abs(slope).max() > 0
    (slope,) = slopes(gaussian_entropy, S)
    np.testing.assert_allclose(slope, np.linalg.inv(S) / 2, rtol=1e-9)


def test_diagonal_divergence_is_that_of_diagonal_covariances():
    expected = divergences(M, diagonal(A), N, diagonal(B))
    value = diagonal_gaussian_kullback_leibler(M, A, N, B)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    single = diagonal_gaussian_kullback_leibler(*(x.astype("float32") for x in (M, A, N, B)))
    np.testing.assert_allclose(single, expected, rtol=1e-5)


def test_diagonal_divergence_from_the_standard_normal_by_default():
    axis = np.linspace(-14, 14, 20001)
    q = stats.norm(M[..., None], np.exp(A / 2)[..., None])
    terms = q.pdf(axis) * (q.logpdf(axis) - stats.norm.logpdf(axis))
    expected = (terms.sum(-1) * (axis[1] - axis[0])).sum(-1)
    value = diagonal_gaussian_kullback_leibler(M, A)
    assert value.shape == (4,)
    np.testing.assert_allclose(value, expected, rtol=1e-6)


def test_diagonal_gradients_are_finite_differences():
    found = slopes(diagonal_gaussian_kullback_leibler, M, A, N, B)
    arguments = [M, A, N, B]
    for place, slope in enumerate(found):

        def moved(x, place=place):
            m, a, n, b = *arguments[:place], x, *arguments[place + 1 :]
            return divergences(m, diagonal(a), n, diagonal(b))

        np.testing.assert_allclose(
            slope, differences(moved, arguments[place]), rtol=1e-5, atol=1e-6
        )


def test_small_divergences_keep_their_digits():
    # 1/2 (e^a - 1 - a) = a^2 / 4 + a^3 / 12: plain float32 rounds it to 0.
    value = diagonal_gaussian_kullback_leibler([[0.0]], [[1e-3]])
    assert value.dtype == "float32"
    assert float(value[0]) == pytest.approx(1e-6 / 4 + 1e-9 / 12, rel=1e-3)


def test_diagonal_divergence_in_half_precision_is_widened():
    value = diagonal_gaussian_kullback_leibler(M.astype("float16"), A.astype("float16"))
    assert value.dtype == "float32"


# What is refused.


def message_of(function, *arguments):
    with pytest.raises(ValueError) as error:
        function(*arguments)
    return str(error.value)


def test_a_covariance_that_is_not_square():
    assert message_of(gaussian_entropy, np.ones((2, 3))) == (
        "gaussian_entropy: covariance must be (..., d, d), got shape (2, 3); for a diagonal one "
        "use diagonal_gaussian_kullback_leibler."
    )


def test_a_covariance_that_is_not_symmetric():
    wrong = np.asarray([[1.0, 0.5], [0.25, 1.0]])
    assert message_of(gaussian_kullback_leibler, [0, 0], np.eye(2), [0, 0], wrong) == (
        "gaussian_kullback_leibler: other_covariance must be symmetric, got one that differs from "
        "its transpose by 0.25."
    )


@pytest.mark.parametrize("entry, eigenvalue", [(2, -1), (1, 0)])
def test_a_covariance_that_is_not_positive_definite(entry, eigenvalue):
    wrong = [[1.0, entry], [entry, 1.0]]
    assert message_of(gaussian_kullback_leibler, [0, 0], wrong, [0, 0], np.eye(2)) == (
        "gaussian_kullback_leibler: covariance must be positive definite, got a smallest "
        f"eigenvalue of {eigenvalue}; take more samples than dimensions or add a multiple of the "
        "identity."
    )


def test_covariance_of_too_few_samples():
    few = np.cov(np.random.default_rng(1).normal(size=(3, 5)), rowvar=False).astype("float32")
    assert "take more samples than dimensions" in message_of(gaussian_entropy, few)
    enough = np.cov(np.random.default_rng(1).normal(size=(50, 5)), rowvar=False).astype("float32")
    assert np.isfinite(gaussian_entropy(enough))


def test_covariance_of_too_few_samples_over_a_floor():
    few = np.cov(np.random.default_rng(1).normal(size=(40, 200)), rowvar=False) + 1e-3 * np.eye(200)
    expected = stats.multivariate_normal(cov=few).entropy()
    assert float(gaussian_entropy(few.astype("float32"))) == pytest.approx(expected, rel=1e-3)


def test_a_covariance_that_is_not_finite():
    assert message_of(gaussian_entropy, [[np.nan]]) == (
        "gaussian_entropy: covariance must be finite, got inf or NaN."
    )
