"""Disentanglement from batches in which one factor is held fixed: FactorVAE and BetaVAE scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from tfgan_it.metrics.representations import checked_codes, linear_classifier, standardised

# Rows of factors, or of latents, `(n, columns)` to codes `(n, d)`.
Represent = Callable[[np.ndarray], Any]
# A number of rows and a seed to independent rows of factors.
Sample = Callable[[int, int], np.ndarray]

_ROWS = 65_536  # Represented at a time.


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
    """FactorVAE score: the fixed factor is told by the code that varies least. In [0, 1].

    A vote: in a batch one factor, drawn at random, has one value, the others vary; the vote is for
    the column of codes with the least variance in the batch over its variance in all. A column
    stands for the factor that most of its votes were for; the score is the share of other,
    held-out votes that it is right about. 1 where each factor has a column of its own; about 1/k
    for codes that know nothing of k factors. That a factor is spread over several columns is not
    punished.

    The variance of a discrete column is that of its one-hot vector, 1 - sum_v p_v^2. Columns that
    do not vary get no vote.

    Args:
        represent: Rows of factors to codes `(n, d)`.
        sample_factors: `(n, seed)` to n rows of independent factors.
        columns: Which columns of a row are a factor, for each; each column one where None. Others
            are never fixed.
        votes: Number of votes from which the columns learn what they stand for.
        held_out: Votes that are counted.
        batch: Rows of a vote.
        samples: Rows that the variances in all are of.
        collapsed: Columns of codes of at most this standard deviation get no vote.
        discrete: Columns of codes whose numbers have no order.
        seed: The score is a function of it.

    Raises:
        ValueError: no factors, fewer than two rows of a vote or no vote; codes that are not right.

    Source: Kim and Mnih, 2018, "Disentangling by Factorising". Departures: votes of their own are
    counted, as is usual since Locatello et al., 2019; columns count as collapsed where they are
    constant, and not below .05 of a latent of scale 1, which `collapsed` gives; discrete columns.

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
    counted = table.copy()
    for counts, number in ((table, votes), (counted, held_out)):
        for fixed, rows in fixed_factor_batches(sample_factors, columns, number, batch, random):
            codes = _represented(represent, rows)
            np.add.at(counts, (least_varying(codes, which, overall, active), fixed), 1)
    return vote_accuracy(table, counted)


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
    """BetaVAE score: the shared factor is told by a linear classifier of |z_1 - z_2|. In [0, 1].

    In each of `batch` pairs both have the same value of one factor, the same factor for all; the
    other factors vary. A point is the mean over the pairs of |z_1 - z_2|, column by column, and its
    label the factor. The score is the accuracy of logistic regression on held-out points: 1 where
    each factor can be told by how little some columns change, 1/k for codes that know nothing of k
    factors. Codes that only rotate independent factors may do well.

    Two values of a discrete column are 1 apart where they differ. Points are standardised, so that
    the scales of codes do not matter.

    Args:
        represent: As for `factor_vae_score`.
        sample_factors: As for `factor_vae_score`.
        columns: As for `factor_vae_score`.
        points: That the classifier learns of.
        held_out: Points that are counted.
        batch: Pairs of a point.
        discrete: Columns of codes whose numbers have no order.
        seed: The score is a function of it.

    Raises:
        ValueError: as for `factor_vae_score`; fewer than two factors.

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
        raise ValueError("beta_vae_score tells factors apart: give at least 2, got 1.")
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
        raise ValueError(f"beta_vae_score: points={points} are of one factor alone: give more.")
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
    """Batches of rows of factors in each of which one factor, drawn at random, is fixed.

    Args:
        sample_factors: As for `factor_vae_score`.
        columns: Columns of each factor.
        count: Batches in all.
        batch: Rows in each; pairs of rows where `in_pairs`.
        random: What is drawn with.
        in_pairs: Whether a factor is the same within each pair, in place of the whole batch.
        rows_at_once: About as many are yielded together.

    Yields:
        The factor that is fixed, int64 `(m,)`, and rows `(m, batch, c)` or `(m, batch, 2, c)`.

    Raises:
        ValueError: a batch of fewer than two rows, or no batch.
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
        drawn = np.array(sample_factors(m * int(np.prod(shape)), int(random.integers(2**62))))
        rows = drawn.reshape(m, *shape, drawn.shape[-1])
        fixed = random.integers(len(columns), size=m)
        for factor, part in enumerate(columns):
            chosen = rows[fixed == factor]
            first = chosen[:, :, :1] if in_pairs else chosen[:, :1]
            chosen[..., part] = first[..., part]
            rows[fixed == factor] = chosen
        yield fixed, rows


def variances(codes: np.ndarray, discrete: np.ndarray) -> np.ndarray:
    """The unbiased variance of each column in each batch, `(m, d)`; of a discrete one 1 - sum p^2.

    Args:
        codes: `(m, batch, d)`.
        discrete: Bool `(d,)`.

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
    """The active column of least variance over that in all, of each batch; 0 where none is active.

    Args:
        codes: `(m, batch, d)`.
        discrete: Bool `(d,)`.
        overall: Variance of each column in all, `(d,)`.
        active: Bool `(d,)`: which may be named.
    """
    relative = variances(codes, discrete) / np.where(active, overall, 1.0)
    return np.where(active, relative, np.inf).argmin(axis=1)


def vote_accuracy(votes: np.ndarray, counted: np.ndarray) -> float:
    """The share of `counted` in which a column stands for the factor that most `votes` say.

    Args:
        votes: Counts `(d, k)` of batches with factor k fixed in which column d varied least.
        counted: The same of other batches.

    Example:

    >>> vote_accuracy(np.array([[3, 1], [0, 2]]), np.array([[4, 4], [1, 1]]))
    0.5
    """
    meaning = votes.argmax(axis=1)
    return float(counted[np.arange(len(counted)), meaning].sum() / counted.sum())


def checked_columns(columns: Sequence[slice] | None, sample_factors: Sample) -> list[slice]:
    """The columns of each factor.

    Raises:
        ValueError: there are none.
    """
    if columns is None:
        width = np.shape(sample_factors(2, 0))[-1]
        columns = [slice(column, column + 1) for column in range(width)]
    if not len(columns):
        raise ValueError("There is no factor that could be fixed: give at least one.")
    return list(columns)


def _represented(represent: Represent, rows: np.ndarray) -> np.ndarray:
    """Codes float64 `(..., d)` of rows `(..., c)`."""
    codes = np.asarray(represent(rows.reshape(-1, rows.shape[-1])), "float64")
    return codes.reshape(*rows.shape[:-1], -1)
