"""Quality of generated samples, measured on features `(n, d)`."""

from tfgan_it.metrics.sample_quality.comparison import (
    SampleComparison,
    check_measures,
    check_sample_numbers,
    compare,
)
from tfgan_it.metrics.sample_quality.feature_moments import FeatureMoments, moments_of
from tfgan_it.metrics.sample_quality.features import FeatureNetwork, Features, Pixels
from tfgan_it.metrics.sample_quality.frechet import (
    FrechetDistance,
    frechet_distance,
    frechet_distance_of_moments,
)
from tfgan_it.metrics.sample_quality.gilbo import gilbo
from tfgan_it.metrics.sample_quality.inception import KerasInception, ResizedFeatures
from tfgan_it.metrics.sample_quality.inception_2015 import Inception2015
from tfgan_it.metrics.sample_quality.inception_score import inception_score
from tfgan_it.metrics.sample_quality.inversion import Inversion, invert_generator
from tfgan_it.metrics.sample_quality.kernel_distance import kernel_distance
from tfgan_it.metrics.sample_quality.manifolds import density_coverage, prdc, precision_recall
from tfgan_it.metrics.sample_quality.measurement import Measurement
from tfgan_it.metrics.sample_quality.memorization import (
    data_copying_test,
    nearest_distance_ratio,
    nearest_training,
)
from tfgan_it.metrics.sample_quality.sliced_wasserstein import mind, sliced_wasserstein_distance
from tfgan_it.metrics.sample_quality.vendi import vendi_score

__all__ = [
    "FeatureMoments",
    "FeatureNetwork",
    "Features",
    "FrechetDistance",
    "Inception2015",
    "Inversion",
    "KerasInception",
    "Measurement",
    "Pixels",
    "ResizedFeatures",
    "SampleComparison",
    "check_measures",
    "check_sample_numbers",
    "compare",
    "data_copying_test",
    "density_coverage",
    "frechet_distance",
    "frechet_distance_of_moments",
    "gilbo",
    "inception_score",
    "invert_generator",
    "kernel_distance",
    "mind",
    "moments_of",
    "nearest_distance_ratio",
    "nearest_training",
    "prdc",
    "precision_recall",
    "sliced_wasserstein_distance",
    "vendi_score",
]
