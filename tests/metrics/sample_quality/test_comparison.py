import numpy as np
import pytest

from tfgan_it import metrics
from tfgan_it.metrics.sample_quality import check_sample_numbers


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
    # The floors of the others are noise with two features.
    assert scores[1]["mind"].ratio > 3
    assert scores[1]["kernel_distance"].ratio is None
    for name in ("recall", "coverage"):
        assert scores[0][name].value > scores[1][name].value


def test_unknown_measures_and_missing_training_samples():
    x = np.zeros((30, 2))
    with pytest.raises(ValueError, match="nearest: frechet_distance"):
        metrics.compare(x, x, measures=["frechet"])
    with pytest.raises(ValueError, match="give training="):
        metrics.compare(x, x, measures=["data_copying"])


def test_measures_of_too_few_samples_are_left_out_unless_they_are_asked_for():
    training, real, generated = np.random.default_rng(2).normal(size=(3, 30, 40))
    comparison = metrics.SampleComparison(real, training=training)
    scores = comparison(generated)
    assert set(comparison.left_out) == {"frechet_distance", "data_copying"}
    assert comparison.left_out["frechet_distance"].startswith(
        "frechet_distance: real has 30 samples, too few for a covariance of 40 features: give at "
        "least 41"
    )
    assert len(scores) == 8 and "mind" in scores
    with pytest.warns(UserWarning, match="^left out: frechet_distance: real has 30 samples"):
        assert list(metrics.compare(real, generated, training=training)) == list(scores)
    with pytest.raises(ValueError, match="which is the measure frechet_distance_oas"):
        metrics.compare(real, generated, measures=["frechet_distance"])
    [score] = metrics.compare(real, generated, measures=["frechet_distance_oas"]).values()
    expected = metrics.frechet_distance(real, generated, shrinkage="oas")
    assert score.value == pytest.approx(expected.value, rel=1e-4)


def test_features_that_are_not_finite_are_an_error_by_default():
    x = np.random.default_rng(3).normal(size=(30, 2))
    with pytest.raises(ValueError, match="generated"):
        metrics.SampleComparison(x)(np.where(x > 2.0 * x.std(), np.nan, x))


def test_a_floor_has_its_own_number_of_samples():
    random = np.random.default_rng(4)
    real, generated = random.normal(size=(2, 60, 2))
    scores = metrics.compare(
        real, generated, training=random.normal(size=(50, 2)), measures=["mind", "coverage"]
    )
    assert [score.other_n_floor for score in scores.values()] == [50, 50]
    assert scores["mind"].floor_error > 0


@pytest.mark.parametrize(
    ("measure", "least"),
    [
        ("frechet_distance", 4),
        ("frechet_distance_oas", 2),
        ("kernel_distance", 3),
        ("mind", 2),
        ("precision", 4),
        ("recall", 4),
        ("density", 6),
        ("coverage", 6),
    ],
)
def test_the_smallest_numbers_are_those_of_the_measures(measure, least):
    x = np.random.default_rng(5).normal(size=(least, 3))
    numbers = {"real": least, "generated": least}
    check_sample_numbers([measure], 3, numbers)
    metrics.compare(x, x + 1, measures=[measure])
    with pytest.raises(ValueError, match=f"generated has {least - 1} samples, too few"):
        check_sample_numbers([measure], 3, {**numbers, "generated": least - 1})
    with pytest.raises(ValueError, match="too few"):
        metrics.compare(x, x[:-1], measures=[measure])


def test_a_measure_of_too_little_training_has_no_floor_and_its_value():
    random = np.random.default_rng(6)
    real, generated, training = (random.normal(size=(n, 20)) for n in (60, 60, 15))
    why = (
        "frechet_distance: training has 15 samples, too few for a covariance of 20 features: give "
        "at least 21, or shrinkage='oas', which is the measure frechet_distance_oas."
    )
    for measures in (None, ["mind", "frechet_distance"]):
        comparison = metrics.SampleComparison(real, training=training, measures=measures)
        comparison.prepare(60)
        for _ in range(2):
            scores = comparison(generated)
            assert comparison.without_floor == {"frechet_distance": why}
        assert scores["frechet_distance"].floor is scores["frechet_distance"].ratio is None
        expected = metrics.frechet_distance(real, generated)
        assert scores["frechet_distance"].value == pytest.approx(expected.value)
        assert scores["mind"].n_floor == 15
        assert comparison.incomplete()[-1] == f"without floor: {why}"
    with pytest.warns(UserWarning, match="^without floor: frechet_distance: training has 15"):
        metrics.compare(real, generated, training=training, measures=["frechet_distance"])
    numbers = {"real": 60, "generated": 60, "training": 15}
    check_sample_numbers(["frechet_distance"], 20, numbers)
    with pytest.raises(ValueError, match="^data_copying: training has 1 samples, too few"):
        check_sample_numbers(["data_copying"], 20, {**numbers, "training": 1})


def test_a_measure_that_is_left_out_needs_no_floor():
    training, real, generated = np.random.default_rng(2).normal(size=(3, 30, 40))
    comparison = metrics.SampleComparison(real, training=training[:9])
    comparison(generated)
    assert [line.split(":")[0] for line in comparison.incomplete()] == ["left out"]
