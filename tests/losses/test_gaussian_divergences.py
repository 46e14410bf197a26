import numpy as np
import pytest

from gaussian_pairs import A, B, M, N, S, T, diagonal, differences, divergences, slopes
from tfgan_it.losses.gaussian_divergences import DiagonalGaussianKL, GaussianKL


def full(m, s):
    return np.concatenate([m[..., None], s], axis=-1)


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


# What is refused.


def message_of(function, *arguments):
    with pytest.raises(ValueError) as error:
        function(*arguments)
    return str(error.value)


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
        "Unknown direction 'backward': use one of forward, reverse (nearest: forward)."
    )
    assert message_of(kind, "forward", 0.5) == (
        f"{kind.__name__}: base must be a finite number above 1, got 0.5; 2 gives bits, math.e "
        "nats."
    )
