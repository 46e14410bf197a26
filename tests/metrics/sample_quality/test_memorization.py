import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import mannwhitneyu

from tfgan_it import metrics


def test_nearest_training_samples_are_exact():
    random = np.random.default_rng(0)
    training, samples = random.normal(size=(300, 5)) + 1e3, random.normal(size=(1100, 5)) + 1e3
    distances, indices = metrics.nearest_training(training, samples)
    exact = cdist(samples, training)
    np.testing.assert_array_equal(indices, exact.argmin(axis=1))
    np.testing.assert_allclose(distances, exact.min(axis=1), rtol=1e-9)


def test_a_copying_generator_is_good_by_all_but_memorisation():
    random = np.random.default_rng(1)
    training, test = random.normal(size=(2, 800, 3))
    copies, new = training[random.permutation(800)[:400]], random.normal(size=(400, 3))
    quality = metrics.precision_recall(test, copies) | metrics.density_coverage(test, copies)
    assert quality["precision"].value > 0.9 and quality["coverage"].value > 0.8
    assert metrics.frechet_distance(test, copies).value < 0.03
    assert metrics.nearest_distance_ratio(training, test, copies).value == 0.0
    assert metrics.data_copying_test(training, test, copies).value < -8
    honest = metrics.nearest_distance_ratio(training, test, new)
    assert abs(honest.value - 1.0) < 4 * honest.standard_error
    assert abs(metrics.data_copying_test(training, test, new).value) < 3


def test_noise_around_copies_is_noticed():
    random = np.random.default_rng(2)
    training, test = random.normal(size=(2, 800, 3))
    near = training[:400] + 0.01 * random.normal(size=(400, 3))
    assert metrics.data_copying_test(training, test, near).value < -5
    far = 3 * random.normal(size=(400, 3))
    assert metrics.data_copying_test(training, test, far).value > 3


def test_a_single_cell_is_the_mann_whitney_test():
    random = np.random.default_rng(3)
    training, test, new = (random.normal(size=(n, 2)) for n in (400, 80, 60))
    new *= 0.7
    ours, theirs = (metrics.nearest_training(training, part)[0] for part in (new, test))
    result = mannwhitneyu(ours, theirs, method="asymptotic", use_continuity=False)
    z = metrics.data_copying_test(training, test, new, cells=1).value
    from scipy.stats import norm

    assert 2 * norm.sf(abs(z)) == pytest.approx(result.pvalue, rel=1e-9)
    assert np.sign(z) == np.sign(result.statistic - 60 * 80 / 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"cells": 0}, "cells must be a whole number of at least 1, got 0"),
        ({"least": 500}, "no cell has 500 test and 500 generated samples"),
        ({"cells": 500}, "100 training samples for cells=500"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(arguments, message):
    parts = np.random.default_rng(4).normal(size=(3, 100, 2))
    with pytest.raises(ValueError, match=message):
        metrics.data_copying_test(*parts, **arguments)
