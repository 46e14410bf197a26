import math

import numpy as np
import pytest
from scipy import stats

from tfgan_it.estimators.counting import counted


def information(x, y):
    return counted([((x, y), 1), ((x,), -1), ((y,), -1)], "")[0]


def test_it_is_the_sum_of_entropies_with_miller_and_madow_s_corrections():
    x, y = np.random.default_rng(0).integers(3, size=(2, 200))
    joint = np.zeros((3, 3))
    np.add.at(joint, (x, y), 1 / 200)
    entropies = [stats.entropy(part) for part in (joint.sum(0), joint.sum(1), joint.ravel())]
    corrected = [h + (k - 1) / 400 for h, k in zip(entropies, (3, 3, 9), strict=True)]
    assert information(x, y).nats == pytest.approx(corrected[0] + corrected[1] - corrected[2])
    assert counted([((x,), -1)], "")[0].nats == pytest.approx(corrected[1])


@pytest.mark.parametrize(("probability", "n"), [(0.5, 300), (0.1, 300)])
def test_intervals_of_entropies_hold_the_truth(probability, n):
    truth, inside = stats.entropy([probability, 1 - probability]), 0
    for seed in range(200):
        coin = (np.random.default_rng(seed).random(n) < probability).astype(int)
        low, high = counted([((coin,), -1)], "")[0].finished((), n).interval
        inside += low <= truth <= high
    assert 180 <= inside <= 200


def test_intervals_of_informations_hold_the_truth():
    truth, inside = math.log(2) - stats.entropy([0.2, 0.8]), 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        x = random.integers(2, size=300)
        y = x ^ (random.random(300) < 0.2)
        low, high = information(x, y).finished((), 300).interval
        inside += low <= truth <= high
    assert 180 <= inside <= 200


def test_few_samples_of_many_values_are_doubted_and_less_sure():
    x, y = np.random.default_rng(1).integers(20, size=(2, 1000))
    candidate, doubts = counted([((x, y), 1), ((x,), -1), ((y,), -1)], "")
    assert "1000 samples are few for" in doubts[0]
    assert abs(candidate.nats) < 2 * candidate.standard_error
