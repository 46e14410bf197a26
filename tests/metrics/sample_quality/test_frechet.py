import keras
import numpy as np
import pytest

from tfgan_it import metrics
from tfgan_it.metrics.sample_quality import FeatureMoments, frechet_distance_of_moments


def test_known_distance_of_gaussians():
    # Exact moments: between N(m, A A') and N(m', c^2 A A') it is |m - m'|^2 + (c - 1)^2 tr(A A').
    random = np.random.default_rng(0)
    x = random.normal(size=(50, 4)) @ random.normal(size=(4, 4))
    centred = x - x.mean(axis=0)
    y = 1.5 * centred + [1.0, 2.0, 0.0, 0.0]
    trace = np.trace(np.cov(x, rowvar=False))
    expected = np.sum((x.mean(axis=0) - [1.0, 2.0, 0.0, 0.0]) ** 2) + 0.25 * trace
    np.testing.assert_allclose(metrics.frechet_distance(x, y).value, expected, rtol=1e-12)


@pytest.mark.parametrize("smallest", [1.0, 1e-4, 1e-6, 1e-7, 1e-8, 1e-9, 1e-12, 1e-16, 0.0])
def test_covariances_that_are_nearly_singular(smallest):
    # Of covariances that commute it is the sum of squared differences of standard deviations.
    random = np.random.default_rng(5)
    directions = np.linalg.qr(random.normal(size=(40, 40)))[0]
    stds = np.geomspace(1.0, max(smallest, 1e-300), 40) ** 0.5 * (smallest > 0 or np.arange(40) < 9)
    others = stds[::-1]
    moments = [
        FeatureMoments(101, np.zeros(40), 100 * (directions * std**2) @ directions.T)
        for std in (stds, others)
    ]
    measured = frechet_distance_of_moments(*moments)
    np.testing.assert_allclose(measured.value, np.sum((stds - others) ** 2), rtol=1e-6, atol=1e-7)


def test_diagonal_and_mean_only():
    random = np.random.default_rng(1)
    x, y = random.normal(size=(60, 3)), 2 * random.normal(size=(80, 3)) + 1
    means = np.sum((x.mean(axis=0) - y.mean(axis=0)) ** 2)
    stds = np.sum((x.std(axis=0, ddof=1) - y.std(axis=0, ddof=1)) ** 2)
    diagonal = metrics.frechet_distance(x, y, kind="diagonal")
    assert diagonal.name == "diagonal_frechet_distance"
    np.testing.assert_allclose(diagonal.value, means + stds, rtol=1e-12)
    mean = metrics.frechet_distance(x, y, kind="mean")
    assert mean.name == "mean_frechet_distance"
    np.testing.assert_allclose(mean.value, means, rtol=1e-12)


def test_standard_error_is_the_spread_over_new_samples():
    random = np.random.default_rng(2)

    def measured():
        return metrics.frechet_distance(
            random.normal(size=(400, 3)), random.normal(size=(400, 3)) + [1, 0, 0], blocks=10
        )

    repeats = [measured() for _ in range(80)]
    spread = np.std([repeat.value for repeat in repeats])
    errors = np.mean([repeat.standard_error for repeat in repeats])
    assert 0.8 < errors / spread < 1.25


def test_shrinkage_is_that_of_scikit_learn_and_in_the_name():
    from sklearn.covariance import oas

    x = np.random.default_rng(3).normal(size=(20, 30)) * np.arange(1, 31)
    expected, _ = oas(x)
    np.testing.assert_allclose(FeatureMoments.of(x).shrunk().covariance, expected, rtol=1e-10)
    measured = metrics.frechet_distance(x, x + 1.0, shrinkage="oas", blocks=0)
    assert measured.name == "frechet_distance_oas"
    np.testing.assert_allclose(measured.value, 30.0, rtol=1e-6)


def test_streaming_equals_all_samples_at_once_and_merges():
    random = np.random.default_rng(5)
    x, y = random.normal(size=(90, 4)) + 100, random.normal(size=(70, 4)) + 101
    expected = metrics.frechet_distance(x, y, blocks=0).value
    streams = [metrics.FrechetDistance(4) for _ in range(2)]
    streams[0].update_state(x[:50], y[:10])
    streams[0].update_state(x[50:51], None)
    streams[1].update_state(x[51:], y[10:])
    streams[0].merge_state(streams[1:])
    np.testing.assert_allclose(float(streams[0].result()), expected, rtol=1e-9)
    streams[0].reset_state()
    assert np.isnan(float(streams[0].result()))


def test_the_metric_survives_its_config():
    metric = metrics.FrechetDistance(4, kind="diagonal", shrinkage="oas", name="fd")
    copy = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert copy.get_config() == metric.get_config()


@pytest.mark.parametrize(
    ("real", "generated", "message"),
    [
        (np.zeros((3, 4)), np.zeros((9, 4)), "real has 3 samples, too few for a covariance of 4"),
        (np.zeros((9, 4)), np.zeros((9, 5)), "real has 4 features, generated 5"),
        (np.full((9, 2), np.nan), np.zeros((9, 2)), "NaN"),
        (np.zeros((1, 2)), np.zeros((9, 2)), "real has 1 samples, too few: give at least 2"),
        (np.zeros((9, 4), "uint8"), np.zeros((9, 4)), "real is uint8"),
        (np.zeros((9, 4, 4)), np.zeros((9, 4)), r"real must be \(n,\) or \(n, d\)"),
    ],
)
def test_bad_features_are_refused_in_one_line(real, generated, message):
    with pytest.raises(ValueError, match=message) as error:
        metrics.frechet_distance(real, generated)
    assert "\n" not in str(error.value)


def test_constant_columns_and_equal_samples():
    x = np.random.default_rng(6).normal(size=(50, 3))
    x[:, 1] = 2.0
    assert abs(metrics.frechet_distance(x, x, blocks=0).value) < 1e-9
    moments = FeatureMoments.of(np.zeros((5, 2)))
    assert frechet_distance_of_moments(moments, moments).value == 0.0
