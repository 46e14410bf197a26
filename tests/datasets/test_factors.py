import itertools

import numpy as np
import pytest

from tfgan_it.datasets.factors import KnownFactors, pasted


class Few(KnownFactors):
    factor_names = ("kind", "place")
    factor_sizes = (2, 3)


def test_the_last_factor_changes_fastest():
    few = Few()
    every = list(itertools.product(range(2), range(3)))
    assert len(few) == 6
    assert few.factors_of(range(6)).tolist() == [list(row) for row in every]
    assert few.index_of(every).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Few().factors_of([6]), "^Few: indices must be (n,), from 0 to 5, got 6..6.$"),
        (lambda: Few().index_of([[0, 3]]), "^Few: place must be from 0 to 2, got 3.$"),
        (lambda: Few().index_of([[0, 1, 2]]), "^Few: factors must be (n, 2), got the shape (1, 3)"),
    ],
)
def test_a_mistake_names_the_set_and_the_factor(wrong, message):
    message = message.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(ValueError, match=message):
        wrong()


def test_pictures_are_pasted_where_they_belong_and_nowhere_else():
    random = np.random.default_rng(0)
    pictures = random.integers(1, 256, (5, 2, 3), "uint8")
    # More than are pasted at once.
    which, left, top = (random.integers(0, high, 5_000) for high in (5, 6, 7))
    images = pasted(pictures, which, left, top, 8)
    for index in (0, 4_095, 4_096, 4_999):
        expected = np.zeros((8, 8), "uint8")
        for row, column in itertools.product(range(2), range(3)):
            expected[top[index] + row, left[index] + column] = pictures[which[index], row, column]
        np.testing.assert_array_equal(images[index, :, :, 0], expected)
    assert (np.count_nonzero(images, axis=(1, 2, 3)) == 6).all()
