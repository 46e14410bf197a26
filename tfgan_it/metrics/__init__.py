"""Keras metrics of what a model has learnt."""

from tfgan_it.metrics.classifier import LabelClassifier
from tfgan_it.metrics.clustering import (
    AdjustedRandIndex,
    ClusterAccuracy,
    NormalizedMutualInformation,
    Purity,
    clustering_scores,
)
from tfgan_it.metrics.information import AggregatedEntropy, CalibrationError, LabelInformation
from tfgan_it.metrics.mode_coverage import ModeCoverage, mode_coverage

__all__ = [
    "AdjustedRandIndex",
    "AggregatedEntropy",
    "CalibrationError",
    "ClusterAccuracy",
    "LabelClassifier",
    "LabelInformation",
    "ModeCoverage",
    "NormalizedMutualInformation",
    "Purity",
    "clustering_scores",
    "mode_coverage",
]
