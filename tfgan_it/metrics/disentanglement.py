"""Disentanglement of codes where the true factors are known: all measures by one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.information import mutual_information, shannon_entropy
from tfgan_it.metrics.dci_sap import (
    dci_scores,
    explicitness,
    separated_attribute_predictability,
)
from tfgan_it.metrics.factor_vae import Represent, beta_vae_score, factor_vae_score
from tfgan_it.metrics.representations import checked_codes, checked_factors

_CHUNK = 4096  # Rows represented at a time.


class FactorDataset(Protocol):
    """Observations that are a function of known, independent factors, such as `Sprites`."""

    categorical_factors: Sequence[int]

    def __len__(self) -> int:
        """How many combinations of factors there are."""

    def factors_of(self, indices: Any) -> np.ndarray:
        """Rows of factors of these numbers."""

    def index_of(self, factors: Any) -> np.ndarray:
        """The inverse of `factors_of`."""

    def sample_factors(self, n: int, seed: int) -> np.ndarray:
        """Rows of factors, each factor independent of the others."""


def disentanglement_scores(
    represent: Represent,
    dataset: FactorDataset,
    *,
    n: int = 10_000,
    votes: int = 10_000,
    discrete: Sequence[int] = (),
    seed: int = 0,
) -> dict[str, float]:
    """All measures of how a representation sorts the factors of a data set.

    `represent` is called on all rows of factors once, some thousands at a time; what the measures
    draw is looked up. So it is to be a function of the row alone.

    Args:
        represent: Rows of factors `(n, k)` to codes `(n, d)`, such as the codes that a model infers
            of `dataset.images_at(rows)`; see `code_representation`.
        dataset: What the factors are of.
        n: Samples of the measures that take samples.
        votes: Number of votes of the FactorVAE score, and points of the BetaVAE score, to learn of;
            half as many are counted.
        discrete: Columns of codes whose numbers have no order.
        seed: The scores are a function of it.

    Returns:
        `mig`, `dci_disentanglement`, `dci_completeness`, `dci_informativeness`, `sap`,
        `factor_vae`, `beta_vae`, `modularity` and `explicitness`; 1 is best, but see each. They
        differ in what they mean: compare systems by one of them.

    Raises:
        ValueError: codes that are not right.

    Source: see each measure; as one protocol, Locatello et al., 2019, "Challenging Common
    Assumptions in the Unsupervised Learning of Disentangled Representations".

    Example: the factors themselves.

    >>> from tfgan_it.datasets import Sprites
    >>> scores = disentanglement_scores(
    ...     lambda rows: rows, Sprites(), n=2000, votes=200, discrete=[0]
    ... )
    >>> round(scores["mig"], 2), scores["factor_vae"], round(scores["dci_disentanglement"], 2)
    (0.98, 1.0, 1.0)
    """
    table = np.concatenate(
        [
            np.asarray(represent(dataset.factors_of(np.arange(start, stop))), "float64")
            for start, stop in _chunks(len(dataset))
        ]
    )
    checked_codes(table, discrete)

    def look_up(rows: np.ndarray) -> np.ndarray:
        return table[dataset.index_of(rows)]

    factors = dataset.sample_factors(n, seed)
    samples = (look_up(factors), factors)
    options: dict[str, Any] = {"discrete": discrete, "seed": seed}
    dci = dci_scores(*samples, **options)
    batches = (look_up, dataset.sample_factors)
    return {
        "mig": mutual_information_gap(*samples, discrete=discrete),
        **{f"dci_{name}": score for name, score in dci.items()},
        "sap": separated_attribute_predictability(
            *samples, categorical_factors=dataset.categorical_factors, **options
        ),
        "factor_vae": factor_vae_score(*batches, votes=votes, held_out=votes // 2, **options),
        "beta_vae": beta_vae_score(*batches, points=votes, held_out=votes // 2, **options),
        "modularity": modularity(*samples, discrete=discrete),
        "explicitness": explicitness(*samples, **options),
    }


def mutual_information_gap(
    codes: Any, factors: Any, *, bins: int = 20, discrete: Sequence[int] = ()
) -> float:
    """MIG: how much more the best column knows of a factor than the second best. In [0, 1].

        MIG = mean_j (I(z_best; v_j) - I(z_second; v_j)) / H(v_j)

    1 where each factor is in one column alone, 0 where the two best columns know as much, of a
    rotation or of nothing. Of a single column, the second best knows nothing.

    Args:
        codes: `(n, d)`; a continuous column is cut into `bins` of equal width over its range.
        factors: Integers `(n, k)`.
        bins: Number of bins of each continuous column.
        discrete: Columns of codes whose numbers have no order: each value is a bin.

    Raises:
        ValueError: codes and factors that are not right (see `code_representation`), no bins.

    Source: Chen et al., 2018, "Isolating Sources of Disentanglement in Variational Autoencoders";
    the bins, in place of the posterior's density, of Locatello et al., 2019.

    Example: the second column knows a half of what the first one knows.

    >>> factor = [0, 1, 2, 3]
    >>> round(mutual_information_gap([[5.0, 0], [6, 0], [7, 1], [8, 1]], factor), 4)
    0.5
    """
    codes, which = checked_codes(codes, discrete)
    factors = checked_factors(factors, len(codes))
    information = np.sort(information_table(codes, factors, bins, which), axis=0)
    second = information[-2] if len(information) > 1 else 0.0
    entropies = np.array([shannon_entropy(np.bincount(f) / len(f)) for f in factors.T])
    return float(np.mean((information[-1] - second) / entropies))


def modularity(codes: Any, factors: Any, *, bins: int = 20, discrete: Sequence[int] = ()) -> float:
    """How far each code is about one factor alone. In [0, 1].

        mean_i (1 - sum_{j != best} I(z_i; v_j)^2 / ((k - 1) I(z_i; v_best)^2))

    1 where each column knows of one factor alone, 0 where it knows as much of each. Constant
    columns know nothing and are left out; where all are, the score is 0. That of codes which know
    nothing is above 0, since what samples pretend differs from factor to factor.

    Args:
        codes: As for `mutual_information_gap`.
        factors: Integers `(n, k)`, k at least 2.
        bins: As for `mutual_information_gap`.
        discrete: As for `mutual_information_gap`.

    Raises:
        ValueError: as for `mutual_information_gap`; one factor alone.

    Source: Ridgeway and Mozer, 2018, "Learning Deep Disentangled Embeddings with the F-Statistic
    Loss".

    Example: a column that is the first of two factors, and one that is both.

    >>> factors = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> modularity([[0.0, 0], [0, 1], [1, 2], [1, 3]], factors)
    0.5
    """
    codes, which = checked_codes(codes, discrete)
    factors = checked_factors(factors, len(codes))
    if factors.shape[1] < 2:
        raise ValueError("modularity tells factors apart: give at least 2, got 1.")
    squared = np.square(information_table(codes, factors, bins, which))
    best = squared.max(axis=1)
    known = best > 1e-20  # Less than 1e-10 nats is rounding.
    if not known.any():
        return 0.0
    others = squared[known].sum(axis=1) - best[known]
    return float(np.mean(1 - others / (best[known] * (factors.shape[1] - 1))))


def information_table(
    codes: np.ndarray, factors: np.ndarray, bins: int, discrete: np.ndarray
) -> np.ndarray:
    """I(z_i; v_j) of binned columns and factors in nats, `(d, k)`: of the counts, uncorrected.

    Args:
        codes: float64 `(n, d)`.
        factors: int64 `(n, k)` from 0.
        bins: Number of bins of each column that is not discrete.
        discrete: Bool `(d,)`.

    Raises:
        ValueError: bins below 1.
    """
    check_integer("", "bins", bins, 1)
    table = np.zeros((codes.shape[1], factors.shape[1]))
    for i, column in enumerate(codes.T):
        places = np.unique(column if discrete[i] else _binned(column, bins), return_inverse=True)[1]
        width = places.max() + 1
        for j, factor in enumerate(factors.T):
            counts = np.bincount(factor * width + places, minlength=width * (factor.max() + 1))
            joint = counts.reshape(-1, width) / len(factor)
            # Rounding may leave a little below 0.
            table[i, j] = max(0.0, mutual_information(joint))
    return table


def _binned(column: np.ndarray, bins: int) -> np.ndarray:
    low, high = column.min(), column.max()
    if low == high:
        return np.zeros(len(column), "int64")
    return np.minimum((column - low) / (high - low) * bins, bins - 1).astype("int64")


def _chunks(n: int) -> list[tuple[int, int]]:
    return [(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK)]
