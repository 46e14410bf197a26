"""Disentanglement of codes, given the true factors: MIG, modularity, and all metrics at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_integer
from tfgan_it.information import mutual_information, shannon_entropy
from tfgan_it.metrics.dci_sap import (
    dci_scores,
    explicitness,
    separated_attribute_predictability,
)
from tfgan_it.metrics.factor_vae import Represent, beta_vae_score, factor_vae_score
from tfgan_it.metrics.representations import checked_codes, checked_factors

_CHUNK = 4096  # Rows of factors in a call of `represent`.


class FactorDataset(Protocol):
    """Observations as a function of known, independent factors, such as `Sprites`."""

    categorical_factors: Sequence[int]

    def __len__(self) -> int:
        """Returns the number of combinations of factors."""

    def factors_of(self, indices: Any) -> np.ndarray:
        """Returns the rows of factors of these indices."""

    def index_of(self, factors: Any) -> np.ndarray:
        """Returns the indices of these rows of factors."""

    def sample_factors(self, n: int, seed: int) -> np.ndarray:
        """Draws rows of independent factors."""


@check_arguments()
def disentanglement_scores(
    represent: Represent,
    dataset: FactorDataset,
    *,
    n: int = 10_000,
    votes: int = 10_000,
    discrete: Sequence[int] = (),
    seed: int = 0,
) -> dict[str, float]:
    """Computes all disentanglement metrics of a representation.

    `represent` is called once on all rows of factors, in chunks; the metrics look codes up. It
    must be a deterministic function of the row.

    Args:
        represent: Function from rows of factors `(n, k)` to codes `(n, d)`, such as those that a
            model infers from `dataset.images_at(rows)`; see `code_representation`.
        dataset: Data set of the factors.
        n: Number of samples of the metrics that take samples.
        votes: Number of votes of the FactorVAE score, and points of the BetaVAE score, for
            training; half as many are for testing.
        discrete: Columns of codes without order.
        seed: Seed of all samples.

    Returns:
        `mig`, `dci_disentanglement`, `dci_completeness`, `dci_informativeness`, `sap`,
        `factor_vae`, `beta_vae`, `modularity` and `explicitness`; 1 is best, but see each metric.
        They measure different properties: compare systems by one of them.

    Raises:
        ValueError: If the codes are invalid.

    Source: see each metric; as one protocol, Locatello et al., 2019, "Challenging Common
    Assumptions in the Unsupervised Learning of Disentangled Representations".

    Example: the factors as codes.

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


@check_arguments()
def mutual_information_gap(
    codes: Any, factors: Any, *, bins: int = 20, discrete: Sequence[int] = ()
) -> float:
    """Computes MIG, the gap in information between the two most informative columns, in [0, 1].

        MIG = mean_j (I(z_best; v_j) - I(z_second; v_j)) / H(v_j)

    It is 1 if only one column has information on each factor, and 0 if the two best columns have
    equal information, as with a rotation or with no information. For a single column, the
    information of the second best is 0.

    Args:
        codes: Codes `(n, d)`. Continuous columns are put into `bins` of equal width.
        factors: Factors, integers `(n, k)`.
        bins: Number of bins of each continuous column.
        discrete: Columns of codes without order: each value is a bin.

    Raises:
        ValueError: If codes or factors are invalid (see `code_representation`), or there are no
            bins.

    Source: Chen et al., 2018, "Isolating Sources of Disentanglement in Variational Autoencoders";
    bins in place of the posterior's density as in Locatello et al., 2019.

    Example: the second column has half of the information of the first.

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


@check_arguments()
def modularity(codes: Any, factors: Any, *, bins: int = 20, discrete: Sequence[int] = ()) -> float:
    """Computes modularity, the degree to which each code depends on only one factor, in [0, 1].

        mean_i (1 - sum_{j != best} I(z_i; v_j)^2 / ((k - 1) I(z_i; v_best)^2))

    It is 1 if each column has information on one factor, and 0 if it has equal information on all.
    Constant columns are omitted; if all are constant, the score is 0. Codes without information
    score above 0, because the sampling error of I differs between factors.

    Args:
        codes: As for `mutual_information_gap`.
        factors: Integers `(n, k)`, k at least 2.
        bins: As for `mutual_information_gap`.
        discrete: As for `mutual_information_gap`.

    Raises:
        ValueError: As for `mutual_information_gap`, or if there is only one factor.

    Source: Ridgeway and Mozer, 2018, "Learning Deep Disentangled Embeddings with the F-Statistic
    Loss".

    Example: the first column is the first factor, the second column encodes both factors.

    >>> factors = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> modularity([[0.0, 0], [0, 1], [1, 2], [1, 3]], factors)
    0.5
    """
    codes, which = checked_codes(codes, discrete)
    factors = checked_factors(factors, len(codes))
    if factors.shape[1] < 2:
        raise ValueError("modularity needs at least 2 factors, got 1.")
    squared = np.square(information_table(codes, factors, bins, which))
    best = squared.max(axis=1)
    informative = best > 1e-20  # Less than 1e-10 nats is rounding.
    if not informative.any():
        return 0.0
    rest = squared[informative].sum(axis=1) - best[informative]
    return float(np.mean(1 - rest / (best[informative] * (factors.shape[1] - 1))))


def information_table(
    codes: np.ndarray, factors: np.ndarray, bins: int, discrete: np.ndarray
) -> np.ndarray:
    """Computes the plug-in I(z_i; v_j) of binned columns and factors in nats, `(d, k)`.

    Args:
        codes: Codes, float64 `(n, d)`.
        factors: Factors from 0, int64 `(n, k)`.
        bins: Number of bins of each continuous column.
        discrete: Mask of the discrete columns, bool `(d,)`.

    Raises:
        ValueError: If bins is below 1.
    """
    check_integer("", "bins", bins, 1)
    table = np.zeros((codes.shape[1], factors.shape[1]))
    for i, column in enumerate(codes.T):
        places = np.unique(column if discrete[i] else _binned(column, bins), return_inverse=True)[1]
        width = places.max() + 1
        for j, factor in enumerate(factors.T):
            counts = np.bincount(factor * width + places, minlength=width * (factor.max() + 1))
            joint = counts.reshape(-1, width) / len(factor)
            # Rounding errors may be negative.
            table[i, j] = max(0.0, mutual_information(joint))
    return table


def _binned(column: np.ndarray, bins: int) -> np.ndarray:
    low, high = column.min(), column.max()
    if low == high:
        return np.zeros(len(column), "int64")
    return np.minimum((column - low) / (high - low) * bins, bins - 1).astype("int64")


def _chunks(n: int) -> list[tuple[int, int]]:
    return [(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK)]
