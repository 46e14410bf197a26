import numpy as np

from tfgan_it.metrics.sample_quality import FeatureMoments


def test_moments_of_parts_are_those_of_the_whole():
    x = np.random.default_rng(4).normal(size=(100, 5)) + 1e6
    parts = FeatureMoments.of(x[:7]) + FeatureMoments.of(x[7:60]) + FeatureMoments.of(x[60:])
    np.testing.assert_allclose(parts.covariance, np.cov(x, rowvar=False), rtol=1e-6)
    np.testing.assert_allclose(parts.mean, x.mean(axis=0), rtol=1e-12)
