import numpy as np
import pytest

from tfgan_it.conditions import Vector


def test_integers_become_floats():
    prepared = Vector(2).prepare(np.array([[1, 2], [3, 4]]))
    assert prepared.dtype == "float32" and prepared.numpy().tolist() == [[1, 2], [3, 4]]


def test_numbers_are_vectors_of_one_component():
    Vector(1).check([1.0, 2.0], 2)
    assert Vector(1).prepare([1.0, 2.0]).numpy().tolist() == [[1], [2]]
    assert Vector(1).broadcast([5.0], 3).tolist() == [[5]] * 3


@pytest.mark.parametrize(
    "y, message",
    [
        (np.zeros((4, 3)), "Vector: conditions have shape (4, 3), must be (n, 2)."),
        (np.zeros(4), "Vector: conditions have shape (4,), must be (n, 2)."),
        ([["a", "b"]] * 4, "Vector: conditions are <U1, must be numbers."),
        (
            [[0, 1], [0, np.nan], [np.inf, 0], [0, 0]],
            "Vector: conditions hold 2 values that are not finite, the first of them in row 1.",
        ),
    ],
)
def test_what_is_refused(y, message):
    with pytest.raises(ValueError) as error:
        Vector(2).check(y, 4)
    assert str(error.value) == message
