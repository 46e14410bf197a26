import numpy as np
import pytest

from tfgan_it import metrics


def test_every_measure_names_its_features_and_has_its_floor():
    random = np.random.default_rng(0)
    training, real, generated = random.normal(size=(3, 300, 3))
    scores = metrics.compare(real, generated, training=training)
    assert list(scores) == [
        "frechet_distance",
        "kernel_distance",
        "mind",
        "precision",
        "recall",
        "density",
        "coverage",
        "vendi_score",
        "nearest_distance_ratio",
        "data_copying",
    ]
    for name, score in scores.items():
        assert score.name == f"{name}[pixels]" and score.n == 300
        assert (score.floor is None) == (name in ("nearest_distance_ratio", "data_copying"))
    expected = metrics.frechet_distance(real, generated)
    # Pixels are float32.
    assert scores["frechet_distance"].value == pytest.approx(expected.value, rel=1e-4)
    assert 0.5 < scores["mind"].ratio < 2.0


def test_worse_samples_are_worse_by_every_measure():
    random = np.random.default_rng(1)
    training, real, good = random.normal(size=(3, 400, 2))
    bad = 0.3 * random.normal(size=(400, 2)) + 1.5
    scores = [metrics.compare(real, x, training=training) for x in (good, bad)]
    for name in ("frechet_distance", "kernel_distance", "mind"):
        assert scores[0][name].value < scores[1][name].value
        assert scores[1][name].ratio > 3
    for name in ("recall", "coverage"):
        assert scores[0][name].value > scores[1][name].value


def test_unknown_measures_and_missing_training_samples():
    x = np.zeros((30, 2))
    with pytest.raises(ValueError, match="nearest: frechet_distance"):
        metrics.compare(x, x, measures=["frechet"])
    with pytest.raises(ValueError, match="give training="):
        metrics.compare(x, x, measures=["data_copying"])
