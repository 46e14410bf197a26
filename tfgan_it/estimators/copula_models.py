"""Gaussian and Student-t copulas: chosen by held-out likelihood, information in closed form.

Each column is replaced by its ranks, and these by the quantiles of the model's margin, so that
increasing maps of columns do not matter. The models differ in how columns go together: a Gaussian
one by correlations, a Student-t one also by a scale that all columns of a sample share.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy import optimize, special, stats

from tfgan_it.estimators.gaussian import log_determinant_bias

# Degrees of freedom that are tried, downwards while the likelihood rises.
_DEGREES = (30.0, 15.0, 8.0, 5.0, 3.0, 2.0, 1.0)
_MOST_STEPS, _TOLERANCE = 100, 1e-4
_TRAINED = 2 / 3
_LEAST, _LEAST_OF_COLUMN = 20, 3


@dataclasses.dataclass(frozen=True, eq=False)
class CopulaModel:
    """A fitted copula of (x, y).

    Args:
        degrees: Degrees of freedom of a Student-t copula; infinity for a Gaussian one.
        scatter: Scatter matrix of all columns, `(d, d)`.
        x_columns: Number of columns of x.
        nats: Its I(x; y), without the bias of the fitted matrix.
        standard_error: Of `nats`, if the model is right.
    """

    degrees: float
    scatter: np.ndarray
    x_columns: int
    nats: float
    standard_error: float

    @property
    def name(self) -> str:
        """Name for people."""
        if math.isinf(self.degrees):
            return "Gaussian copula"
        return f"Student-t copula of {self.degrees:.2g} degrees of freedom"

    def sample(self, random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Draws pairs, float64 `(n, d_x)` and `(n, d_y)`, with the margins of the model."""
        z = random.standard_normal((n, len(self.scatter))) @ np.linalg.cholesky(self.scatter).T
        if not math.isinf(self.degrees):
            z /= np.sqrt(random.chisquare(self.degrees, size=(n, 1)) / self.degrees)
        return z[:, : self.x_columns], z[:, self.x_columns :]

    def of_last(self, count: int, n: int) -> float:
        """Returns I(x; z) in nats of the last columns z of y, as fitted to n pairs."""
        d_x = self.x_columns
        kept = [*range(d_x), *range(len(self.scatter) - count, len(self.scatter))]
        return _information(self.scatter[np.ix_(kept, kept)], d_x, self.degrees, n)


def fitted_copula(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> CopulaModel | None:
    """Returns the best copula, or None of few pairs, or of columns that determine each other."""
    if len(x) < max(_LEAST, _LEAST_OF_COLUMN * (x.shape[1] + y.shape[1])):
        return None
    try:
        return best_copula(x, y, random)
    except np.linalg.LinAlgError:
        return None


def best_copula(x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> CopulaModel:
    """Fits copulas on two thirds of the pairs, and the one that is likeliest on the others on all.

    The scatter matrix of a Student-t copula is the fixed point of weighted covariances with weights
    (v + d) / (v + squared distance), divided by their mean. Its information is that of the Gaussian
    with that matrix and what the common scale adds (see `information_tasks.student_t`); the bias
    of the ln determinants is that of Gaussians times (d + v + 2) / (d + v).

    Args:
        x: Samples without ties to speak of, float64 `(n, d_x)`.
        y: Samples, float64 `(n, d_y)`; n well above d_x + d_y.
        random: Random generator of the split.

    Source: Kent, Tyler and Vardi, 1994, "A Curious Likelihood Identity for the Multivariate
    t-Distribution", for the weights; Demarta and McNeil, 2005, "The t Copula and Related Copulas".
    Departures: the degrees of freedom are those of the best of a few on held-out pairs, and the
    likeliest on all between its neighbours.
    """
    n, d_x = len(x), x.shape[1]
    shares = (stats.rankdata(np.hstack([x, y]), axis=0) - 0.5) / n
    order = random.permutation(n)
    trained, held_out = order[: int(_TRAINED * n)], order[int(_TRAINED * n) :]
    found: list[tuple[float, float]] = []  # Degrees and held-out likelihood.
    for degrees in (math.inf, *_DEGREES):
        z = _quantiles(shares, degrees)
        ln_joint = _ln_likelihood(z[held_out], _scatter(z[trained], degrees), degrees)
        found.append((degrees, ln_joint))
        if len(found) > 1 and ln_joint < found[-2][1]:
            break
    best = max(range(len(found)), key=lambda i: found[i][1])
    degrees = found[best][0]
    if 1 < best < len(found) - 1:
        between = math.log(found[best + 1][0]), math.log(found[best - 1][0])
        top = optimize.minimize_scalar(
            lambda ln_v: -_fitted_likelihood(shares, math.exp(ln_v)),
            bounds=between,
            method="bounded",
            options={"xatol": 0.05},
        )
        degrees = math.exp(float(top.x))
    z = _quantiles(shares, degrees)
    scatter = _scatter(z, degrees)
    information = _information(scatter, d_x, degrees, n)
    spread = (_ln_ratio(z, scatter, d_x, degrees)).std() / math.sqrt(n)
    d_y = len(scatter) - d_x
    freedom = math.sqrt(d_x * d_y / 2) / n * _spread_of_scatter(len(scatter), degrees)
    return CopulaModel(degrees, scatter, d_x, information, math.hypot(spread, freedom))


def _fitted_likelihood(shares: np.ndarray, degrees: float) -> float:
    """Returns the likelihood of a Student-t copula on the pairs that it is fitted on."""
    z = _quantiles(shares, degrees)
    return _ln_likelihood(z, _scatter(z, degrees), degrees)


def _ln_likelihood(z: np.ndarray, scatter: np.ndarray, degrees: float) -> float:
    """Returns the mean ln density of the copula, of pairs with the margins of the model."""
    margins = stats.norm if math.isinf(degrees) else stats.t(degrees)
    return float((_ln_density(z, scatter, degrees) - margins.logpdf(z).sum(axis=1)).mean())


def _ln_ratio(z: np.ndarray, scatter: np.ndarray, d_x: int, degrees: float) -> np.ndarray:
    of_x = _ln_density(z[:, :d_x], scatter[:d_x, :d_x], degrees)
    of_y = _ln_density(z[:, d_x:], scatter[d_x:, d_x:], degrees)
    return _ln_density(z, scatter, degrees) - of_x - of_y


def _quantiles(shares: np.ndarray, degrees: float) -> np.ndarray:
    return special.ndtri(shares) if math.isinf(degrees) else special.stdtrit(degrees, shares)


def _scatter(z: np.ndarray, degrees: float) -> np.ndarray:
    n, d = z.shape
    scatter = z.T @ z / n
    if math.isinf(degrees):
        return scatter
    # Heavy tails: from the correlations of what is within the bulk of the distances.
    scatter = scatter / np.sqrt(np.outer(np.diag(scatter), np.diag(scatter))) + 1e-9 * np.eye(d)
    for _ in range(_MOST_STEPS):
        weights = (degrees + d) / (degrees + _squared_distances(z, scatter))
        new = (z * weights[:, None]).T @ z / weights.sum()
        change = np.abs(new - scatter).max() / np.abs(new).max()
        scatter = new
        if change < _TOLERANCE:
            break
    return scatter


def _squared_distances(z: np.ndarray, scatter: np.ndarray) -> np.ndarray:
    whitened = np.linalg.solve(np.linalg.cholesky(scatter), z.T)
    return np.square(whitened).sum(axis=0)


def _ln_density(z: np.ndarray, scatter: np.ndarray, degrees: float) -> np.ndarray:
    d = z.shape[1]
    distances = _squared_distances(z, scatter)
    half_ln_determinant = np.linalg.slogdet(scatter)[1] / 2
    if math.isinf(degrees):
        return -(d * math.log(2 * math.pi) + distances) / 2 - half_ln_determinant
    constant = special.gammaln((degrees + d) / 2) - special.gammaln(degrees / 2)
    constant -= d / 2 * math.log(degrees * math.pi) + half_ln_determinant
    return constant - (degrees + d) / 2 * np.log1p(distances / degrees)


def _information(scatter: np.ndarray, d_x: int, degrees: float, n: int) -> float:
    d = len(scatter)
    d_y = d - d_x
    parts = scatter[:d_x, :d_x], scatter[d_x:, d_x:]
    nats = (sum(np.linalg.slogdet(part)[1] for part in parts) - np.linalg.slogdet(scatter)[1]) / 2
    bias = log_determinant_bias(n, d_x) + log_determinant_bias(n, d_y)
    bias = (bias - log_determinant_bias(n, d)) / 2
    nats -= bias * _spread_of_scatter(d, degrees)
    if math.isinf(degrees):
        return float(nats)

    def term(v: float) -> float:
        return float(special.gammaln(v / 2) - v / 2 * special.digamma(v / 2))

    return float(
        nats + term(degrees) + term(degrees + d) - term(degrees + d_x) - term(degrees + d_y)
    )


def _spread_of_scatter(d: int, degrees: float) -> float:
    """Returns the variance of a fitted scatter matrix's entries, over that of a covariance."""
    return 1.0 if math.isinf(degrees) else (d + degrees + 2) / (d + degrees)
