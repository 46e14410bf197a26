"""The Fréchet distance of features: of samples, of their moments, and as a streaming metric."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import reduce
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_choice, check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.metrics.sample_quality.feature_moments import FeatureMoments
from tfgan_it.metrics.sample_quality.measurement import (
    Measurement,
    block_members,
    check_number,
    pair_of_features,
)

KINDS = ("full", "diagonal", "mean")
SHRINKAGES = (None, "oas")


def frechet_distance(
    real: Any,
    generated: Any,
    *,
    kind: str = "full",
    shrinkage: str | None = None,
    blocks: int = 10,
) -> Measurement:
    """Computes the Fréchet distance between Gaussians with the moments of the features.

        ||m - m'||^2 + tr(S + S' - 2 (S S')^1/2)

    m and S are mean and unbiased covariance. In float64; tr (S S')^1/2 is the sum of the singular
    values of A'B, where S = A A' and S' = B B' by Cholesky, or by eigenvalues where a covariance is
    nearly singular, so that there are neither complex numbers nor NaN. It is biased upwards by
    about 1/n: compare it with the distance between test and training samples of the same numbers,
    and only within the same features.

    Args:
        real: Features of real samples, `(m, d)`.
        generated: Features of generated samples, `(n, d)`.
        kind: `full`; `diagonal`, which takes covariances as diagonal; or `mean`, the first term.
        shrinkage: None, or `oas`, which shrinks both covariances and is part of the name. It is
            needed for fewer than d + 1 samples.
        blocks: Number of blocks of the jackknife, each of which costs as much as the value; 0 for
            no standard error.

    Returns:
        A `Measurement` named `frechet_distance`, `diagonal_frechet_distance`,
        `mean_frechet_distance`, or `frechet_distance_oas`.

    Raises:
        ValueError: If features are not finite numbers or differ in width, or there are fewer than
            d + 1 samples for a full covariance without shrinkage.

    Source: Heusel et al., 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
    Nash Equilibrium", with the Inception network of 2015, with which alone it is called FID.

    Example: unit Gaussians with means 3 apart.

    >>> random = np.random.default_rng(0)
    >>> x, y = random.normal(size=(5000, 2)), random.normal(size=(5000, 2)) + [3, 0]
    >>> round(frechet_distance(x, y).value)
    9
    """
    pair = pair_of_features(real, generated)
    parts = [_moments_of_blocks(features, blocks) for features in pair]
    merged = [reduce(FeatureMoments.__add__, part) for part in parts]
    result = frechet_distance_of_moments(*merged, kind=kind, shrinkage=shrinkage)
    if min(map(len, parts)) < 2 or min(m.n for part in parts for m in part) < 2:
        return result
    values = []
    for left_out in range(blocks):
        rest = [
            reduce(FeatureMoments.__add__, [m for i, m in enumerate(part) if i != left_out])
            for part in parts
        ]
        values.append(_distance(rest[0], rest[1], kind, shrinkage))
    error = float(np.sqrt((blocks - 1) * np.var(values)))
    return dataclasses.replace(result, standard_error=error)


def frechet_distance_of_moments(
    real: FeatureMoments,
    generated: FeatureMoments,
    *,
    kind: str = "full",
    shrinkage: str | None = None,
) -> Measurement:
    """Computes `frechet_distance` from moments, without a standard error.

    Example:

    >>> x = np.random.default_rng(0).normal(size=(1000, 2))
    >>> moments = FeatureMoments.of(x)
    >>> abs(frechet_distance_of_moments(moments, moments).value) < 1e-12
    True
    """
    check_choice("kind", kind, KINDS)
    check_choice("shrinkage", shrinkage, SHRINKAGES)
    for name, moments in (("real", real), ("generated", generated)):
        if kind != "full" or shrinkage:
            check_number("frechet_distance", name, moments.n, 2)
        else:
            check_covariance(name, moments.n, len(moments.mean))
    name = "frechet_distance" if kind == "full" else f"{kind}_frechet_distance"
    return Measurement(
        f"{name}_{shrinkage}" if shrinkage else name,
        _distance(real, generated, kind, shrinkage),
        None,
        n=generated.n,
        n_real=real.n,
    )


def check_covariance(name: str, n: int, d: int) -> None:
    """Checks that n samples have a full covariance of d features.

    Raises:
        ValueError: If they are fewer than d + 1.
    """
    if n <= d:
        raise ValueError(
            f"frechet_distance: {name} has {n} samples, too few for a covariance of {d} features: "
            f"give at least {d + 1}, or shrinkage='oas', which is the measure frechet_distance_oas."
        )


@keras.saving.register_keras_serializable(package="tfgan_it")
class FrechetDistance(Configurable, keras.metrics.Metric):
    """The Fréchet distance of features as a streaming metric; see `frechet_distance`.

    The state is the number, sum and scatter of both samples in float64, so that batches of any size
    and order give the result of all samples at once.

    Args:
        dimension: Number of features d.
        kind: As for `frechet_distance`.
        shrinkage: As for `frechet_distance`.
        **kwargs: As for `keras.metrics.Metric`.

    Raises:
        ValueError: If the dimension is below 1 or a name is unknown.

    Source: Heusel et al., 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local
    Nash Equilibrium".

    Example:

    >>> metric = FrechetDistance(2)
    >>> random = np.random.default_rng(0)
    >>> for _ in range(10):
    ...     metric.update_state(random.normal(size=(500, 2)), random.normal(size=(500, 2)) + [3, 0])
    >>> round(float(metric.result()))
    9
    """

    def __init__(
        self, dimension: int, kind: str = "full", shrinkage: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**{"name": "frechet_distance", **kwargs})
        self.dimension = check_integer(self, "dimension", dimension, 1)
        self.kind = check_choice("kind", kind, KINDS)
        self.shrinkage = check_choice("shrinkage", shrinkage, SHRINKAGES)
        shapes = {"n": (), "mean": (dimension,), "scatter": (dimension, dimension)}
        self.moments = {
            f"{source}_{part}": self.add_weight(
                shape=shape, initializer="zeros", dtype="float64", name=f"{source}_{part}"
            )
            for source in ("real", "generated")
            for part, shape in shapes.items()
        }

    def update_state(
        self, real: Any = None, generated: Any = None, sample_weight: Any = None
    ) -> None:
        """Adds features of real and generated samples.

        Args:
            real: Features `(batch, d)`, or None.
            generated: Features `(batch, d)`, or None.
            sample_weight: Not supported.

        Raises:
            ValueError: If there are sample weights, or features have another width.
        """
        if sample_weight is not None:
            raise ValueError("FrechetDistance takes no sample_weight: every sample counts once.")
        for source, features in (("real", real), ("generated", generated)):
            if features is not None:
                self._update(source, ops.cast(ops.convert_to_tensor(features), "float64"))

    def merge_state(self, metrics: Iterable[FrechetDistance]) -> None:
        """Adds the samples that other metrics have seen, such as those of other workers."""
        for metric in metrics:
            for source in ("real", "generated"):
                n, mean, scatter = (
                    metric.moments[f"{source}_{part}"].value for part in ("n", "mean", "scatter")
                )
                self._merge(source, n, mean, scatter)

    def result(self) -> Any:
        """Computes the distance; NaN before there are enough samples."""
        try:
            measured = frechet_distance_of_moments(
                self._numpy("real"),
                self._numpy("generated"),
                kind=self.kind,
                shrinkage=self.shrinkage,
            )
        except (ValueError, ZeroDivisionError):
            return ops.convert_to_tensor(float("nan"), "float64")
        return ops.convert_to_tensor(measured.value, "float64")

    def _update(self, source: str, features: Any) -> None:
        if len(features.shape) != 2 or features.shape[1] != self.dimension:
            raise ValueError(
                f"FrechetDistance: {source} must be (batch, {self.dimension}), got "
                f"{tuple(features.shape)}."
            )
        n = ops.cast(ops.shape(features)[0], "float64")
        mean = ops.mean(features, axis=0)
        centred = features - mean
        self._merge(source, n, mean, ops.matmul(ops.transpose(centred), centred))

    def _merge(self, source: str, n: Any, mean: Any, scatter: Any) -> None:
        own_n, own_mean, own_scatter = (
            self.moments[f"{source}_{part}"] for part in ("n", "mean", "scatter")
        )
        total = own_n + n
        share = n / ops.maximum(total, 1.0)
        difference = mean - own_mean
        outer = difference[:, None] * difference[None, :]
        own_scatter.assign(own_scatter + scatter + own_n * share * outer)
        own_mean.assign(own_mean + share * difference)
        own_n.assign(total)

    def _numpy(self, source: str) -> FeatureMoments:
        n, mean, scatter = (
            ops.convert_to_numpy(self.moments[f"{source}_{part}"])
            for part in ("n", "mean", "scatter")
        )
        return FeatureMoments(int(n), mean, scatter)


def _moments_of_blocks(features: np.ndarray, blocks: int) -> list[FeatureMoments]:
    if check_integer("", "blocks", blocks, 0) < 2 or len(features) < 2 * blocks:
        return [FeatureMoments.of(features)]
    members = block_members(len(features), blocks)
    return [FeatureMoments.of(features[members == block]) for block in range(blocks)]


def _distance(
    real: FeatureMoments, generated: FeatureMoments, kind: str, shrinkage: str | None
) -> float:
    means = float(np.sum((real.mean - generated.mean) ** 2))
    if kind == "mean":
        return means
    if shrinkage:
        real, generated = real.shrunk(), generated.shrunk()
    if kind == "diagonal":
        variances = (np.diag(real.covariance), np.diag(generated.covariance))
        return means + float(np.sum(np.subtract(*map(np.sqrt, variances)) ** 2))
    factors = [_factor(real.covariance), _factor(generated.covariance)]
    common = np.linalg.svd(factors[0].T @ factors[1], compute_uv=False).sum()
    traces = np.trace(real.covariance) + np.trace(generated.covariance)
    return means + float(traces - 2.0 * common)


def _factor(covariance: np.ndarray) -> np.ndarray:
    """Returns A with A A' = S, `(d, rank)`: a Cholesky factor where S is far from singular."""
    try:
        lower = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        lower = np.zeros((1, 1))
    pivots = np.diagonal(lower)
    # It takes a tenth of the time of eigenvalues, but its error grows with 1 / smallest pivot.
    if pivots.min() > 1e-4 * pivots.max():
        return lower
    values, vectors = np.linalg.eigh(covariance)
    kept = values > len(values) * np.finfo("float64").eps * max(values[-1], 0.0)
    return vectors[:, kept] * np.sqrt(values[kept])
