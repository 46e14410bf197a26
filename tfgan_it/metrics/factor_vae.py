"""Disentanglement by batches with one fixed factor: FactorVAE and BetaVAE scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.metrics.representations import checked_codes, linear_classifier, standardised

# Rows of factors, or of latents, `(n, columns)` to codes `(n, d)`.
Represent = Callable[[np.ndarray], Any]
# A number of rows and a seed to independent rows of factors.
Sample = Callable[[int, int], np.ndarray]

_ROWS = 65_536  # Rows in a call of `represent`.


@check_arguments()
def factor_vae_score(
    represent: Represent,
    sample_factors: Sample,
    *,
    columns: Sequence[slice] | None = None,
    votes: int = 10_000,
    held_out: int = 5_000,
    batch: int = 64,
    samples: int = 10_000,
    collapsed: float = 0.0,
    discrete: Sequence[int] = (),
    seed: int = 0,
) -> float:
    """Computes the FactorVAE score, the accuracy of a majority-vote classifier, in [0, 1].

    In each batch one random factor is fixed and the others vary. The vote is the column of codes
    with the smallest variance in the batch relative to its global variance. Each column predicts
    the factor of most of its training votes; the score is the accuracy on held-out votes. It is 1
    if each factor has its own column, and about 1/k for codes without information on k factors. It
    does not penalise factors that several columns encode.

    The variance of a discrete column is that of its one-hot vector, 1 - sum_v p_v^2. Columns that
    do not vary get no vote.

    Args:
        represent: Function from rows of factors to codes `(n, d)`.
        sample_factors: Function from `(n, seed)` to n rows of independent factors.
        columns: Slice of the columns of each factor; by default each column is a factor. Other
            columns are never fixed.
        votes: Number of training votes.
        held_out: Number of held-out votes.
        batch: Number of rows of a vote.
        samples: Number of rows for the global variances.
        collapsed: Columns of codes with at most this standard deviation get no vote.
        discrete: Columns of codes without order.
        seed: Seed of all samples.

    Raises:
        ValueError: If there are no factors, no votes or fewer than two rows of a vote, or codes are
            invalid.

    Source: Kim and Mnih, 2018, "Disentangling by Factorising". Departures: held-out votes, as is
    usual since Locatello et al., 2019; columns are collapsed if they are constant, not below .05 of
    a latent of scale 1, which `collapsed` allows; discrete columns.

    Example: two factors, swapped, negated and scaled.

    >>> def sample(n, seed):
    ...     return np.random.default_rng(seed).integers(0, 5, (n, 2))
    >>> factor_vae_score(lambda rows: rows[:, ::-1] * [-3.0, 0.1], sample, votes=200, held_out=100)
    1.0
    """
    columns = checked_columns(columns, sample_factors)
    random = np.random.default_rng([seed % 2**64, 0])
    rows = sample_factors(max(2, samples), int(random.integers(2**62)))
    codes, which = checked_codes(represent(rows), discrete)
    overall = variances(codes[None], which)[0]
    active = overall > collapsed**2
    table = np.zeros((codes.shape[1], len(columns)), "int64")
    test_table = table.copy()
    for counts, number in ((table, votes), (test_table, held_out)):
        for fixed, rows in fixed_factor_batches(sample_factors, columns, number, batch, random):
            codes = _represented(represent, rows)
            np.add.at(counts, (least_varying(codes, which, overall, active), fixed), 1)
    return vote_accuracy(table, test_table)


@check_arguments()
def beta_vae_score(
    represent: Represent,
    sample_factors: Sample,
    *,
    columns: Sequence[slice] | None = None,
    points: int = 10_000,
    held_out: int = 5_000,
    batch: int = 64,
    discrete: Sequence[int] = (),
    seed: int = 0,
) -> float:
    """Computes the BetaVAE score, the accuracy of a linear classifier of |z_1 - z_2|, in [0, 1].

    Each of `batch` pairs has equal values of one factor, the same factor in all pairs; the other
    factors vary. A point is the mean over the pairs of |z_1 - z_2| for each column, and its label
    is the factor. The score is the accuracy of logistic regression on held-out points: at best 1,
    and 1/k for codes without information on k factors. Rotated codes may score well.

    Different values of a discrete column have distance 1. Points are standardised, so that the
    scales of codes do not matter.

    Args:
        represent: As for `factor_vae_score`.
        sample_factors: As for `factor_vae_score`.
        columns: As for `factor_vae_score`.
        points: Number of training points.
        held_out: Number of held-out points.
        batch: Number of pairs of a point.
        discrete: Columns of codes without order.
        seed: Seed of all samples.

    Raises:
        ValueError: As for `factor_vae_score`, or if there are fewer than two factors.

    Source: Higgins et al., 2017, "beta-VAE: Learning Basic Visual Concepts with a Constrained
    Variational Framework". Departures: points are standardised; discrete columns.

    Example:

    >>> def sample(n, seed):
    ...     return np.random.default_rng(seed).integers(0, 5, (n, 2))
    >>> beta_vae_score(lambda rows: rows, sample, points=200, held_out=100)
    1.0
    """
    columns = checked_columns(columns, sample_factors)
    if len(columns) < 2:
        raise ValueError("beta_vae_score needs at least 2 factors, got 1.")
    random = np.random.default_rng([seed % 2**64, 1])
    parts = []
    for number in (points, held_out):
        features, labels = [], []
        for fixed, rows in fixed_factor_batches(
            sample_factors, columns, number, batch, random, in_pairs=True
        ):
            codes = _represented(represent, rows)
            which = checked_codes(codes[0, 0], discrete)[1]
            first, second = codes[:, :, 0], codes[:, :, 1]
            differences = np.where(which, first != second, np.abs(first - second))
            features.append(differences.mean(axis=1))
            labels.append(fixed)
        parts.append((np.concatenate(features), np.concatenate(labels)))
    (train, train_labels), (test, test_labels) = parts
    if len(np.unique(train_labels)) < 2:
        raise ValueError(f"beta_vae_score: points={points} are all of one factor: give more.")
    train, test = standardised(train, test)
    predicted = linear_classifier(train, train_labels).predict(test)
    return float(np.mean(predicted == test_labels))


def fixed_factor_batches(
    sample_factors: Sample,
    columns: Sequence[slice],
    count: int,
    batch: int,
    random: np.random.Generator,
    in_pairs: bool = False,
    rows_at_once: int = _ROWS,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields batches of rows of factors, each with a random factor fixed.

    Args:
        sample_factors: As for `factor_vae_score`.
        columns: Columns of each factor.
        count: Total number of batches.
        batch: Number of rows of a batch; of pairs of rows if `in_pairs`.
        random: Random generator.
        in_pairs: Whether the factor is fixed within each pair, instead of in the whole batch.
        rows_at_once: Approximate number of rows to yield together.

    Yields:
        The fixed factors, int64 `(m,)`, and rows `(m, batch, c)` or `(m, batch, 2, c)`.

    Raises:
        ValueError: If a batch has fewer than two rows, or `count` is below 1.
    """
    if batch < 2 or count < 1:
        raise ValueError(
            f"A batch must have at least 2 rows and there must be 1, got {batch} rows "
            f"and {count} batches."
        )
    shape = (batch, 2) if in_pairs else (batch,)
    at_once = max(1, rows_at_once // int(np.prod(shape)))
    for start in range(0, count, at_once):
        m = min(at_once, count - start)
        factors = np.array(sample_factors(m * int(np.prod(shape)), int(random.integers(2**62))))
        rows = factors.reshape(m, *shape, factors.shape[-1])
        fixed = random.integers(len(columns), size=m)
        for factor, part in enumerate(columns):
            selected = rows[fixed == factor]
            first = selected[:, :, :1] if in_pairs else selected[:, :1]
            selected[..., part] = first[..., part]
            rows[fixed == factor] = selected
        yield fixed, rows


def variances(codes: np.ndarray, discrete: np.ndarray) -> np.ndarray:
    """Computes the unbiased variance of each column in each batch, `(m, d)`.

    Args:
        codes: Codes `(m, batch, d)`.
        discrete: Mask of the discrete columns, bool `(d,)`; their variance is 1 - sum p^2.

    Example:

    >>> variances(np.array([[[0.0, 1], [2, 1], [4, 2]]]), np.array([False, True])).round(4)
    array([[4.    , 0.6667]])
    """
    n = codes.shape[1]
    result = codes.var(axis=1, ddof=1)
    for column in np.flatnonzero(discrete):
        values = codes[:, :, column]
        shares = [np.mean(values == value, axis=1) for value in np.unique(values)]
        result[:, column] = (1 - np.square(shares).sum(axis=0)) * n / (n - 1)
    return result


def least_varying(
    codes: np.ndarray, discrete: np.ndarray, overall: np.ndarray, active: np.ndarray
) -> np.ndarray:
    """Returns the active column with the smallest relative variance in each batch, `(m,)`.

    Args:
        codes: Codes `(m, batch, d)`.
        discrete: Mask of the discrete columns, bool `(d,)`.
        overall: Global variance of each column, `(d,)`.
        active: Mask of the columns that may get a vote, bool `(d,)`; if there are none, it is
            column 0.
    """
    relative = variances(codes, discrete) / np.where(active, overall, 1.0)
    return np.where(active, relative, np.inf).argmin(axis=1)


def vote_accuracy(votes: np.ndarray, counted: np.ndarray) -> float:
    """Computes the accuracy on `counted` if each column predicts the majority factor of `votes`.

    Args:
        votes: Counts `(d, k)` of batches with factor k fixed in which column d varied least.
        counted: Counts `(d, k)` of held-out batches.

    Example:

    >>> vote_accuracy(np.array([[3, 1], [0, 2]]), np.array([[4, 4], [1, 1]]))
    0.5
    """
    predicted = votes.argmax(axis=1)
    return float(counted[np.arange(len(counted)), predicted].sum() / counted.sum())


def checked_columns(columns: Sequence[slice] | None, sample_factors: Sample) -> list[slice]:
    """Returns the columns of each factor.

    Raises:
        ValueError: If `columns` is empty.
    """
    if columns is None:
        width = np.shape(sample_factors(2, 0))[-1]
        columns = [slice(column, column + 1) for column in range(width)]
    if not len(columns):
        raise ValueError("columns must name at least one factor to fix, got none.")
    return list(columns)


def _represented(represent: Represent, rows: np.ndarray) -> np.ndarray:
    """Computes codes, float64 `(..., d)`, of rows `(..., c)`."""
    codes = np.asarray(represent(rows.reshape(-1, rows.shape[-1])), "float64")
    return codes.reshape(*rows.shape[:-1], -1)
