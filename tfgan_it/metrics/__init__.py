"""Metrics of trained models: sample quality, information, clustering, disentanglement."""

from tfgan_it.metrics.classifier import LabelClassifier, normalized_network
from tfgan_it.metrics.clustering import (
    AdjustedRandIndex,
    ClusterAccuracy,
    NormalizedMutualInformation,
    Purity,
    clustering_scores,
)
from tfgan_it.metrics.conditional_generation import (
    asked_class_accuracy,
    asked_class_information,
    classification_accuracy_score,
    predicted_class_information,
)
from tfgan_it.metrics.dci_sap import (
    dci_scores,
    explicitness,
    separated_attribute_predictability,
)
from tfgan_it.metrics.disentanglement import (
    disentanglement_scores,
    modularity,
    mutual_information_gap,
)
from tfgan_it.metrics.edited import editing_scores, perceptual_distance
from tfgan_it.metrics.factor_information import FactorReader, code_factor_information
from tfgan_it.metrics.factor_vae import beta_vae_score, factor_vae_score
from tfgan_it.metrics.information_card import CardRow, InformationCard, information_card
from tfgan_it.metrics.label_information import AggregatedEntropy, CalibrationError, LabelInformation
from tfgan_it.metrics.mode_coverage import ModeCoverage, mode_coverage
from tfgan_it.metrics.model_selection import Candidate, model_centrality, similarities
from tfgan_it.metrics.representations import code_representation
from tfgan_it.metrics.restoration import (
    peak_signal_to_noise_ratio,
    retrieval_accuracy,
    retrieval_among,
)
from tfgan_it.metrics.sample_quality import (
    FeatureNetwork,
    FrechetDistance,
    Inception2015,
    Inversion,
    KerasInception,
    Measurement,
    Pixels,
    ResizedFeatures,
    SampleComparison,
    compare,
    data_copying_test,
    density_coverage,
    frechet_distance,
    gilbo,
    inception_score,
    invert_generator,
    kernel_distance,
    mind,
    nearest_distance_ratio,
    nearest_training,
    prdc,
    precision_recall,
    sliced_wasserstein_distance,
    vendi_score,
)
from tfgan_it.metrics.texts import (
    ngram_counts,
    ngram_divergence,
    novel_share,
    text_scores,
    valid_share,
)
from tfgan_it.metrics.view_agreement import (
    categorical_code,
    category_scores,
    view_information,
)

__all__ = [
    "FactorReader",
    "FeatureNetwork",
    "Measurement",
    "Inception2015",
    "Inversion",
    "KerasInception",
    "Pixels",
    "ResizedFeatures",
    "SampleComparison",
    "compare",
    "AdjustedRandIndex",
    "AggregatedEntropy",
    "CalibrationError",
    "Candidate",
    "CardRow",
    "ClusterAccuracy",
    "FrechetDistance",
    "InformationCard",
    "LabelClassifier",
    "LabelInformation",
    "ModeCoverage",
    "NormalizedMutualInformation",
    "Purity",
    "asked_class_accuracy",
    "peak_signal_to_noise_ratio",
    "perceptual_distance",
    "retrieval_accuracy",
    "retrieval_among",
    "asked_class_information",
    "beta_vae_score",
    "categorical_code",
    "category_scores",
    "classification_accuracy_score",
    "clustering_scores",
    "code_factor_information",
    "code_representation",
    "data_copying_test",
    "dci_scores",
    "density_coverage",
    "disentanglement_scores",
    "editing_scores",
    "explicitness",
    "factor_vae_score",
    "frechet_distance",
    "gilbo",
    "information_card",
    "inception_score",
    "invert_generator",
    "kernel_distance",
    "mind",
    "mode_coverage",
    "model_centrality",
    "modularity",
    "mutual_information_gap",
    "nearest_distance_ratio",
    "nearest_training",
    "ngram_counts",
    "ngram_divergence",
    "normalized_network",
    "novel_share",
    "prdc",
    "precision_recall",
    "predicted_class_information",
    "separated_attribute_predictability",
    "similarities",
    "sliced_wasserstein_distance",
    "text_scores",
    "valid_share",
    "vendi_score",
    "view_information",
]
