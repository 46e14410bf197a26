"""Keras metrics of what a model has learnt."""

from tfgan_it.metrics.clustering import (
    AdjustedRandIndex,
    ClusterAccuracy,
    NormalizedMutualInformation,
    Purity,
    clustering_scores,
)

__all__ = [
    "AdjustedRandIndex",
    "ClusterAccuracy",
    "NormalizedMutualInformation",
    "Purity",
    "clustering_scores",
]
