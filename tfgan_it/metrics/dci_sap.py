"""Disentanglement by predicting factors from codes: DCI, explicitness and SAP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from tfgan_it.arguments import check_arguments
from tfgan_it.information import shannon_entropy
from tfgan_it.metrics.representations import (
    checked_codes,
    checked_factors,
    linear_classifier,
    one_hot,
    standardised,
)
from tfgan_it.seed_numbers import seed_of_32_bits


@check_arguments()
def dci_scores(
    codes: Any,
    factors: Any,
    *,
    trees: int = 20,
    leaf: int = 3,
    discrete: Sequence[int] = (),
    seed: int = 0,
) -> dict[str, float]:
    """Computes disentanglement, completeness and informativeness, each in [0, 1].

    A random forest predicts each factor from all codes, fitted to half of the samples. R_ij is the
    importance of code i for factor j: its share in the decrease of the Gini impurity.

        disentanglement   sum_i rho_i (1 - H(R_i. / sum_j R_ij) / ln k), rho_i = sum_j R_ij / sum R
        completeness      mean_j (1 - H(R_.j / sum_i R_ij) / ln d)
        informativeness   mean_j of the accuracy on the other half

    Disentanglement is 1 if each code predicts one factor, completeness if one code predicts each
    factor; both are 1 for a single factor or code. Codes without information have equal
    importance: both scores are near 0, and informativeness is that of chance.

    Args:
        codes: Codes `(n, d)`.
        factors: Factors, integers `(n, k)`.
        trees: Number of trees of each forest.
        leaf: Smallest number of samples of a leaf.
        discrete: Columns of codes without order; the importance of such a column is the sum over
            its values.
        seed: Seed of the halves and the forests.

    Raises:
        ValueError: If codes or factors are invalid (see `code_representation`), or there are fewer
            than 20.

    Source: Eastwood and Williams, 2018, "A Framework for the Quantitative Evaluation of
    Disentangled Representations". Departures: factors are classes, with accuracy in place of the
    normalised error; forests of 20 trees that may split by any column, in place of a tuned depth.
    Gradient boosted trees, used elsewhere, are 100 trees for each value of a factor.

    Example: a code for each of two factors, and a code of noise.

    >>> factors = np.indices((4, 4)).reshape(2, -1).T.repeat(20, axis=0)
    >>> codes = np.column_stack([factors, np.random.default_rng(0).normal(size=320)])
    >>> {name: round(score, 2) for name, score in dci_scores(codes, factors).items()}
    {'disentanglement': 1.0, 'completeness': 1.0, 'informativeness': 1.0}
    """
    from sklearn.ensemble import RandomForestClassifier  # Slow to import.

    codes, which = checked_codes(codes, discrete)
    factors = checked_factors(factors, len(codes))
    wide, source = one_hot(codes, which)
    train, test = _halves(len(codes), "dci_scores", seed)
    # Trees read float32, in which a large offset would hide what is beside it.
    of_train, of_test = standardised(wide[train], wide[test])
    width, k = codes.shape[1], factors.shape[1]
    importance, accuracies = np.zeros((width, k)), []
    for j, factor in enumerate(factors.T):
        forest = RandomForestClassifier(
            trees, min_samples_leaf=leaf, max_features=None, random_state=seed_of_32_bits(seed + j)
        ).fit(of_train, factor[train])
        np.add.at(importance[:, j], source, forest.feature_importances_)
        accuracies.append(np.mean(forest.predict(of_test) == factor[test]))
    return {**importance_scores(importance), "informativeness": float(np.mean(accuracies))}


def importance_scores(importance: np.ndarray) -> dict[str, float]:
    """Computes `disentanglement` and `completeness` of a table of importances; see `dci_scores`.

    Args:
        importance: R, at least 0, `(d, k)`. Rows and columns of zeros count as uniform.

    Example: the second code predicts both factors.

    >>> importance_scores(np.array([[1.0, 0.0], [1.0, 1.0]]))
    {'disentanglement': 0.3333333333333333, 'completeness': 0.5}
    """
    of_codes, of_factors = _concentration(importance), _concentration(importance.T)
    total = importance.sum()
    weights = importance.sum(axis=1) / total if total > 0 else np.zeros(len(importance))
    return {
        "disentanglement": float(weights @ of_codes),
        "completeness": float(of_factors.mean()) if total > 0 else 0.0,
    }


@check_arguments()
def explicitness(codes: Any, factors: Any, *, discrete: Sequence[int] = (), seed: int = 0) -> float:
    """Computes the mean area under the ROC curve of linear classifiers of the factors.

    A multinomial logistic regression on standardised codes predicts each factor, fitted to half of
    the samples. The score is the mean over factors and their values of the one-against-rest area on
    the other half: at best 1, and 1/2 for codes without information.

    Args:
        codes: Codes `(n, d)`.
        factors: Factors, integers `(n, k)`.
        discrete: Columns of codes without order; they are one-hot encoded.
        seed: Seed of the halves.

    Raises:
        ValueError: As for `dci_scores`.

    Source: Ridgeway and Mozer, 2018, "Learning Deep Disentangled Embeddings with the F-Statistic
    Loss". Departures: one multinomial regression in place of one against the rest for each value,
    which cannot separate the middle of an ordered factor from both ends, even from the factor.

    Example:

    >>> factors = np.indices((3, 3)).reshape(2, -1).T.repeat(40, axis=0)
    >>> round(explicitness(factors, factors), 3)
    1.0
    """
    codes, which = checked_codes(codes, discrete)
    factors = checked_factors(factors, len(codes))
    wide, _ = one_hot(codes, which)
    train, test = _halves(len(codes), "explicitness", seed)
    x, held_out = standardised(wide[train], wide[test])
    scores = []
    for j, factor in enumerate(factors.T):
        if min(len(np.unique(factor[half])) for half in (train, test)) < 2:
            raise ValueError(f"explicitness: factor {j} hardly varies in {len(codes)} samples.")
        model = linear_classifier(x, factor[train])
        predicted = model.predict_proba(held_out)
        areas = [
            _area(factor[test] == value, predicted[:, column])
            for column, value in enumerate(model.classes_)
            if (factor[test] == value).any()
        ]
        if not areas:
            raise ValueError(f"explicitness: {len(codes)} samples are too few for factor {j}.")
        scores.append(np.mean(areas))
    return float(np.mean(scores))


@check_arguments()
def separated_attribute_predictability(
    codes: Any,
    factors: Any,
    *,
    categorical_factors: Sequence[int] = (),
    discrete: Sequence[int] = (),
    seed: int = 0,
) -> float:
    """Computes SAP: the gap between the two columns that best predict a factor, in [0, 1].

    The score of a column for an ordered factor is R^2 of their linear regression; for a discrete
    column, the fraction of the factor's variance between the column's values. For an unordered
    factor of K values it is the balanced accuracy with at most K - 1 thresholds of the column, or
    with its values if it is discrete. SAP is the mean over factors of the difference between the
    two best columns; a single column is compared with a constant one. The maximum is 1 for an
    ordered factor and 1 - 1/K for the others.

    Args:
        codes: Codes `(n, d)`.
        factors: Factors, integers `(n, k)`.
        categorical_factors: Indices of the unordered factors.
        discrete: Columns of codes without order.
        seed: Seed of ties between thresholds.

    Raises:
        ValueError: If codes or factors are invalid (see `code_representation`).

    Source: Kumar et al., 2018, "Variational Inference of Disentangled Latent Concepts from
    Unlabeled Observations". Departures: a decision tree finds the thresholds one after the other;
    discrete columns.

    Example:

    >>> factors = np.indices((4, 4)).reshape(2, -1).T
    >>> separated_attribute_predictability(factors[:, ::-1], factors)
    1.0
    """
    codes, which = checked_codes(codes, discrete)
    factors = checked_factors(factors, len(codes))
    gaps = []
    for j, factor in enumerate(factors.T):
        categorical = j in categorical_factors
        predictability = _balanced_accuracy if categorical else _explained_variance
        floor = 1 / (factor.max() + 1) if categorical else 0.0
        scores = [
            predictability(column, factor, bool(numbers), seed)
            for column, numbers in zip(codes.T, which, strict=True)
        ]
        second, best = sorted([floor, *scores])[-2:]
        gaps.append(best - second)
    return float(np.mean(gaps))


def _concentration(rows: np.ndarray) -> np.ndarray:
    """Computes 1 - H(row / sum) / ln(columns) of rows; 1 for one column, 0 for rows of zeros."""
    if rows.shape[1] == 1:
        return np.ones(len(rows))
    sums = rows.sum(axis=1, keepdims=True)
    shares = np.where(sums > 0, rows / np.where(sums > 0, sums, 1.0), 1 / rows.shape[1])
    # ln K is the largest entropy of K shares.
    return np.clip(1 - shannon_entropy(shares) / np.log(rows.shape[1]), 0.0, 1.0)


def _area(positive: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve: P(score of a positive > of a negative), ties count half."""
    above = positive.sum()
    ranks = rankdata(scores)[positive].sum()
    return float((ranks - above * (above + 1) / 2) / (above * (len(positive) - above)))


def _explained_variance(column: np.ndarray, factor: np.ndarray, discrete: bool, _: int) -> float:
    total = factor.var()
    if discrete:
        values, members = np.unique(column, return_inverse=True)
        counts = np.bincount(members, minlength=len(values))
        means = np.bincount(members, weights=factor) / counts
        return float((counts @ np.square(means - factor.mean())) / (len(factor) * total))
    if column.min() == column.max():
        return 0.0
    covariance = np.mean((column - column.mean()) * (factor - factor.mean()))
    return float(covariance**2 / (column.var() * total))


def _balanced_accuracy(column: np.ndarray, factor: np.ndarray, discrete: bool, seed: int) -> float:
    from sklearn.tree import DecisionTreeClassifier  # Slow to import.

    classes = factor.max() + 1
    leaves = len(np.unique(column)) if discrete else classes
    values = column[:, None]
    if discrete:
        values = column[:, None] == np.unique(column)
    if leaves < 2 or column.min() == column.max():
        return 1 / classes
    tree = DecisionTreeClassifier(
        max_leaf_nodes=leaves, class_weight="balanced", random_state=seed_of_32_bits(seed)
    ).fit(values, factor)
    predicted = tree.predict(values)
    recalls = [np.mean(predicted[factor == value] == value) for value in range(classes)]
    return float(np.mean(recalls))


def _halves(n: int, measure: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    if n < 20:
        raise ValueError(f"{measure} needs at least 20 samples to train and test, got {n}.")
    order = np.random.default_rng([seed % 2**64, 2]).permutation(n)
    return order[: n // 2], order[n // 2 :]
