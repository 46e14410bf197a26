import numpy as np
import pytest

from tfgan_it import metrics


@pytest.mark.parametrize("n", [1, 4, 30])
def test_orthogonal_features_count_each_and_copies_count_once(n):
    assert metrics.vendi_score(np.eye(n), blocks=0).value == pytest.approx(n)
    assert metrics.vendi_score(np.ones((n, 3)), blocks=0).value == pytest.approx(1.0)


def test_groups_of_copies():
    # Shares 1/2, 1/4, 1/4 of three orthogonal directions, of any length.
    x = np.repeat(np.eye(3), [2, 1, 1], axis=0) * np.array([[1.0], [3.0], [0.1], [7.0]])
    entropy = 0.5 * np.log(2) + 0.5 * np.log(4)
    assert metrics.vendi_score(x, blocks=0).value == pytest.approx(np.exp(entropy))


def test_more_features_than_samples_give_the_same():
    x = np.random.default_rng(0).normal(size=(20, 6))
    wide = np.concatenate([x, np.zeros((20, 30))], axis=1)
    assert metrics.vendi_score(wide).value == pytest.approx(metrics.vendi_score(x).value)


def test_a_zero_feature_is_refused():
    with pytest.raises(ValueError, match="sample 1 are all zero"):
        metrics.vendi_score([[1.0, 0.0], [0.0, 0.0]])
