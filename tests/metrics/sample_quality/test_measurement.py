import numpy as np
import pytest

from tfgan_it.metrics.sample_quality import Measurement
from tfgan_it.metrics.sample_quality.measurement import block_jackknife, block_members


def test_jackknife_of_a_difference_of_means():
    random = np.random.default_rng(0)
    x, y = random.normal(size=2000), 3 * random.normal(size=500)
    error = block_jackknife(lambda a, b: float(a.mean() - b.mean()), [x, y], blocks=100)
    assert error == pytest.approx(np.sqrt(1 / 2000 + 9 / 500), rel=0.2)


def test_too_few_samples_have_no_standard_error():
    assert block_jackknife(np.mean, [np.zeros(19)], blocks=10) is None
    assert block_jackknife(np.mean, [np.zeros(19)], blocks=0) is None


def test_blocks_do_not_follow_an_order_by_class():
    labels = np.arange(1000) % 10
    members = block_members(1000, 10)
    counts = np.array([np.bincount(labels[members == block], minlength=10) for block in range(10)])
    assert counts.min() > 2 and counts.sum(axis=1).tolist() == [100] * 10


def test_a_measurement_is_a_number_with_its_protocol():
    measured = Measurement("vendi_score", 2.5, 0.1, n=10)
    assert float(measured) == 2.5
    assert measured.as_dict() == {
        "name": "vendi_score",
        "value": 2.5,
        "standard_error": 0.1,
        "n": 10,
        "n_real": 0,
        "floor": None,
        "floor_error": None,
        "n_floor": None,
    }
    assert repr(measured) == "vendi_score = 2.5 +- 0.1 (n = 10)"


def test_the_ratio_to_real_samples():
    assert Measurement("mind", 3.0, None, 10, 10, floor=2.0).ratio == 1.5
    assert Measurement("mind", 3.0, None, 10, 10).ratio is None
    assert Measurement("recall", 3.0, None, 10, 10, floor=0.0).ratio is None
    assert Measurement("kernel_distance", 3.0, None, 10, 10, floor=-0.1).ratio is None
    assert Measurement("mind", 3.0, None, 10, 10, floor=2.0, floor_error=0.9).ratio == 1.5
    assert Measurement("mind", 3.0, None, 10, 10, floor=2.0, floor_error=1.1).ratio is None


def test_the_number_of_samples_of_a_floor_is_shown_if_it_is_another():
    fewer = Measurement("mind", 3.0, None, 10, 10, floor=2.0, n_floor=7)
    assert fewer.other_n_floor == 7 and repr(fewer).endswith("; 2 for 7 real samples)")
    as_many = Measurement("mind", 3.0, None, 10, 10, floor=2.0, n_floor=10)
    assert as_many.other_n_floor is None and repr(as_many).endswith("; 2 for real samples)")
