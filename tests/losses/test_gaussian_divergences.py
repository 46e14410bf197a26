import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from tfgan_it.losses.gaussian_divergences import (
    DiagonalGaussianKL,
    GaussianKL,
    diagonal_gaussian_kullback_leibler,
    gaussian_entropy,
    gaussian_kullback_leibler,
)

RNG = np.random.default_rng(0)


def covariances(*shape):
    factors = RNG.normal(size=(*shape, shape[-1]))
    return factors @ np.swapaxes(factors, -1, -2) + 0.5 * np.eye(shape[-1])


M, N = RNG.normal(size=(2, 4, 3))
S, T = covariances(4, 3), covariances(4, 3)
A, B = RNG.normal(size=(2, 4, 3))


def divergence(m, s, n, t):
    """By inverse and determinant, of one pair."""
    inverse = np.linalg.inv(t)
    ratio = np.linalg.det(t) / np.linalg.det(s)
    return (np.trace(inverse @ s) + (n - m) @ inverse @ (n - m) - len(m) + np.log(ratio)) / 2


def divergences(m, s, n, t):
    return np.asarray([divergence(*pair) for pair in zip(m, s, n, t, strict=True)])


def diagonal(log_variance):
    return np.stack([np.diag(np.exp(row)) for row in log_variance])


def full(m, s):
    return np.concatenate([m[..., None], s], axis=-1)


def differences(function, x, step=1e-5, symmetric=False):
    """d function(x) / dx by central differences; both of a pair of off-diagonals at once."""
    found = np.empty_like(x)
    for index in np.ndindex(x.shape):
        move = np.zeros_like(x)
        move[index] += step / 2 if symmetric else step
        if symmetric:
            move[(*index[:-2], index[-1], index[-2])] += step / 2
        found[index] = (function(x + move) - function(x - move)).sum() / (2 * step)
    return found


def slopes(function, *arguments):
    arguments = [tf.constant(x, "float64") for x in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        total = tf.reduce_sum(function(*arguments))
    return [slope.numpy() for slope in tape.gradient(total, arguments)]


def test_entropy_of_full_covariances():
    expected = [stats.multivariate_normal(cov=s).entropy() for s in S]
    np.testing.assert_allclose(gaussian_entropy(S), expected, rtol=1e-12)
    np.testing.assert_allclose(gaussian_entropy(S.astype("float32")), expected, rtol=1e-5)


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


ROWS = {
    DiagonalGaussianKL: (np.concatenate([M, A], -1), np.concatenate([N, B], -1)),
    GaussianKL: (full(M, S), full(N, T)),
}
FORWARD = {
    DiagonalGaussianKL: divergences(M, diagonal(A), N, diagonal(B)),
    GaussianKL: divergences(M, S, N, T),
}
REVERSE = {
    DiagonalGaussianKL: divergences(N, diagonal(B), M, diagonal(A)),
    GaussianKL: divergences(N, T, M, S),
}
every_class = pytest.mark.parametrize("kind", ROWS)


@every_class
def test_losses(kind):
    y_true, y_pred = ROWS[kind]
    np.testing.assert_allclose(kind().call(y_true, y_pred), FORWARD[kind], rtol=1e-4)
    reverse = kind("reverse", base=2)
    np.testing.assert_allclose(reverse.call(y_true, y_pred), REVERSE[kind] / np.log(2), rtol=1e-4)
    for value in (kind().estimate(y_true, y_pred), kind()(y_true, y_pred)):
        assert float(value) == pytest.approx(FORWARD[kind].mean(), rel=1e-4)
    np.testing.assert_allclose(kind(dtype="float64").call(y_true, y_pred), FORWARD[kind])


@every_class
def test_gradients_of_losses_are_finite_differences(kind):
    y_true, y_pred = ROWS[kind]
    by_true, by_pred = slopes(kind(dtype="float64").call, y_true, y_pred)

    def value(rows, others):
        if kind is GaussianKL:
            return divergences(rows[..., 0], rows[..., 1:], others[..., 0], others[..., 1:])
        (m, a), (n, b) = (np.split(x, 2, axis=-1) for x in (rows, others))
        return divergences(m, diagonal(a), n, diagonal(b))

    def symmetric(slope):
        if kind is GaussianKL:
            slope[..., 1:] = (slope[..., 1:] + np.swapaxes(slope[..., 1:], -1, -2)) / 2
        return slope

    want = differences(lambda x: value(x, y_pred), y_true)
    np.testing.assert_allclose(symmetric(by_true), symmetric(want), rtol=1e-5, atol=1e-6)
    want = differences(lambda x: value(y_true, x), y_pred)
    np.testing.assert_allclose(symmetric(by_pred), symmetric(want), rtol=1e-5, atol=1e-6)


@every_class
def test_a_compiled_model_survives_a_round_trip(kind, tmp_path):
    loss = kind("reverse", base=2.0, name="here", reduction="sum")
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(loss)))
    copy = keras.saving.deserialize_keras_object(config)
    assert type(copy) is kind and copy.get_config() == loss.get_config()
    assert loss.get_config().items() >= {"direction": "reverse", "base": 2.0}.items()
    y_true, y_pred = ROWS[kind]
    model = keras.Sequential([keras.Input(y_true.shape[1:]), keras.layers.Rescaling(1.0)])
    model.compile("sgd", loss=loss)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.loss.get_config() == loss.get_config()
    assert again.evaluate(y_pred, y_true, verbose=0) == pytest.approx(
        REVERSE[kind].sum() / np.log(2), rel=1e-4
    )


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
    few = np.cov(RNG.normal(size=(3, 5)), rowvar=False).astype("float32")
    assert "take more samples than dimensions" in message_of(gaussian_entropy, few)
    enough = np.cov(RNG.normal(size=(50, 5)), rowvar=False).astype("float32")
    assert np.isfinite(gaussian_entropy(enough))


def test_covariance_of_too_few_samples_over_a_floor():
    few = np.cov(RNG.normal(size=(40, 200)), rowvar=False) + 1e-3 * np.eye(200)
    expected = stats.multivariate_normal(cov=few).entropy()
    assert float(gaussian_entropy(few.astype("float32"))) == pytest.approx(expected, rel=1e-3)


def test_a_covariance_that_is_not_finite():
    assert message_of(gaussian_entropy, [[np.nan]]) == (
        "gaussian_entropy: covariance must be finite, got inf or NaN."
    )


def test_rows_of_another_shape():
    assert message_of(DiagonalGaussianKL().call, np.zeros((2, 4)), np.zeros((2, 3))) == (
        "DiagonalGaussianKL: y_pred must be (batch, 2 d), the means and then the log-variances, "
        "got shape (2, 3)."
    )
    assert message_of(DiagonalGaussianKL().call, np.zeros((2, 4)), np.zeros((2, 2))) == (
        "DiagonalGaussianKL: y_true and y_pred must have one shape, got (2, 4) and (2, 2)."
    )
    assert message_of(GaussianKL().call, np.zeros((2, 3, 3)), np.zeros((2, 3, 4))) == (
        "GaussianKL: y_true must be (batch, d, d + 1), the mean and then the columns of the "
        "covariance, got shape (2, 3, 3)."
    )
    assert message_of(GaussianKL().call, full(M, S), full(M, -S)).startswith(
        "GaussianKL: y_pred's covariance must be positive definite, got a smallest eigenvalue of -"
    )


@every_class
def test_another_direction_or_base(kind):
    assert message_of(kind, "backward") == (
        f"{kind.__name__}: direction must be 'forward', KL(true || pred), or 'reverse', "
        "KL(pred || true), got 'backward'."
    )
    assert message_of(kind, "forward", 0.5) == (
        f"{kind.__name__}: base must be a finite number above 1, got 0.5; 2 gives bits, math.e "
        "nats."
    )
