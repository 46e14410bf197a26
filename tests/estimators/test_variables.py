import numpy as np
import pytest

from tfgan_it.estimators.preparation import has_atoms
from tfgan_it.estimators.variables import variable


class Frame:
    """What data frames of all libraries share."""

    def __init__(self, **columns):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return self._columns[name]


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (["a", "b", "a"], 2),
        ([True, False, True], 2),
        (np.array([3, 9, 3], "uint8"), 2),
        (np.array([[0, 1], [0, 2], [1, 1], [0, 1]]), 3),
        (np.repeat([0.0, 1.0], 40), 2),
        (np.array(["x", "y"], dtype=object), 2),
        (np.array(["x", 1, 2.5] * 5, dtype=object), 3),
        (Frame(name=["a", "b", "a"], flag=[True, True, False]), 3),
    ],
    ids=[
        "text",
        "bool",
        "integers",
        "rows",
        "whole floats",
        "objects",
        "text beside numbers",
        "frame",
    ],
)
def test_labels(values, count):
    side = variable(values, "x")
    assert side.labels is not None and side.labels.max() + 1 == count


@pytest.mark.parametrize(
    ("values", "atoms"),
    [
        (np.linspace(0, 1, 100), False),
        (np.maximum(np.linspace(-1, 1, 100), 0), True),
        (np.arange(100), False),
        (np.repeat([0.0, 1.5], 40), True),
        (np.repeat(np.linspace(0, 1, 30), 3), False),
        (np.array([1.5, 2.5, 3.0], dtype=object), False),
    ],
    ids=["floats", "rectified", "many integers", "fractions", "triples", "objects"],
)
def test_numbers(values, atoms):
    side = variable(values, "x")
    assert side.labels is None and has_atoms(side.numbers) == atoms
    assert side.numbers.shape == (len(values), 1)


def test_a_frame_of_text_and_numbers_is_one_hot_beside_numbers():
    side = variable(Frame(name=list("aba" * 20), height=np.linspace(0, 1, 60)), "x")
    assert side.labels is None and has_atoms(side.numbers)
    assert side.numbers.shape == (60, 3)
    np.testing.assert_array_equal(side.numbers[:3, :2], [[1, 0], [0, 1], [1, 0]])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, float("nan")], "x has 1 values that are NaN or infinite"),
        (np.array(["a", None], dtype=object), "x has missing values: leave such rows out"),
        (np.zeros((2, 2, 2)), r"must be \(n,\) or \(n, d\), got the shape \(2, 2, 2\)"),
        ([], r"x is empty, of shape \(0,\)"),
        (np.ma.masked_array([1.0, 2.0], mask=[0, 1]), "x has masked values"),
        (["a", float("nan")], "x has missing values: leave such rows out"),
        ([f"{v:.3f}" for v in np.linspace(0, 1, 50)], "x is text such as '0.000', of many numbers"),
        (np.array([1j, 2j]), "x must be real numbers, got complex128"),
        (Frame(a=[1, 2], b=[1, 2, 3]), "x has columns of different lengths"),
    ],
)
def test_bad_samples(values, message):
    with pytest.raises(ValueError, match=message):
        variable(values, "x")
