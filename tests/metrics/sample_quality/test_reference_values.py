"""Measures of sample quality equal those of other libraries, on features of many kinds."""

import json
import pathlib

import numpy as np
import pytest
from scipy.special import softmax

from support.feature_sets import feature_sets, logit_sets
from tfgan_it import metrics

REFERENCE = json.loads(pathlib.Path(__file__).with_name("reference_values.json").read_text())
PAIRS = feature_sets()
LOGITS = logit_sets()


@pytest.mark.parametrize("name", PAIRS)
def test_frechet_distance(name):
    real, generated = PAIRS[name]
    if len(real) <= real.shape[1]:
        pytest.skip("The measure refuses fewer samples than features.")
    ours = metrics.frechet_distance(real, generated, blocks=0).value
    theirs = REFERENCE["features"][name]
    np.testing.assert_allclose(ours, theirs["torch_fidelity_frechet"], rtol=1e-6)
    np.testing.assert_allclose(ours, theirs["scipy_frechet"], rtol=1e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_kernel_distance_on_the_same_subsets(name):
    real, generated = PAIRS[name]
    random = np.random.RandomState(2020)
    values = []
    for _ in range(10):
        rows = [random.choice(len(part), 40, replace=False) for part in (real, generated)]
        values.append(metrics.kernel_distance(real[rows[0]], generated[rows[1]]).value)
    theirs = REFERENCE["features"][name]["torch_fidelity_kernel"]
    scale = max(abs(theirs["kernel_inception_distance_mean"]), 1e-3)
    mean, std = np.mean(values), np.std(values)
    np.testing.assert_allclose(mean, theirs["kernel_inception_distance_mean"], atol=1e-6 * scale)
    np.testing.assert_allclose(std, theirs["kernel_inception_distance_std"], rtol=1e-6)


@pytest.mark.parametrize("neighbors", [3, 5])
@pytest.mark.parametrize("name", PAIRS)
def test_precision_recall_density_and_coverage(name, neighbors):
    real, generated = PAIRS[name]
    ours = metrics.precision_recall(real, generated, neighbors=neighbors)
    ours |= metrics.density_coverage(real, generated, neighbors=neighbors)
    theirs = REFERENCE["features"][name][f"prdc_{neighbors}"]
    np.testing.assert_allclose(
        [ours[key].value for key in sorted(theirs)],
        [theirs[key] for key in sorted(theirs)],
        rtol=1e-6,
    )


@pytest.mark.parametrize("name", PAIRS)
def test_vendi_score(name):
    ours = metrics.vendi_score(PAIRS[name][1], blocks=0).value
    np.testing.assert_allclose(ours, REFERENCE["features"][name]["vendi"], rtol=1e-6)


@pytest.mark.parametrize("name", LOGITS)
def test_inception_score(name):
    ours = metrics.inception_score(softmax(LOGITS[name], axis=1), splits=10)
    theirs = REFERENCE["logits"][name]
    np.testing.assert_allclose(ours.value, theirs["inception_score_mean"], rtol=1e-6)
    # Theirs is the standard deviation of the splits, ours the standard error of their mean.
    np.testing.assert_allclose(
        ours.standard_error, theirs["inception_score_std"] / 3, rtol=1e-6, atol=1e-12
    )


@pytest.mark.parametrize("name", PAIRS)
def test_precision_and_recall_of_another_library(name):
    ours = metrics.precision_recall(*PAIRS[name])
    theirs = REFERENCE["features"][name]["torch_fidelity_precision_recall"]
    assert ours["precision"].value == pytest.approx(theirs["precision"], rel=1e-6)
    assert ours["recall"].value == pytest.approx(theirs["recall"], rel=1e-6)
