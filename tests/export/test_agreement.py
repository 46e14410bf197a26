import numpy as np
import pytest

from tfgan_it.export.agreement import check_agreement, largest_differences


def answer(value, dtype="float32"):
    return {"sample": {"images": np.full((2, 3), value, dtype)}}


def test_the_largest_difference_of_each_output():
    expected = {"sample": {"images": np.zeros((2, 2)), "category": np.ones((2, 1))}}
    given = {"sample": {"images": np.array([[0, 0.1], [-0.4, 0]]), "category": np.ones((2, 1))}}
    assert largest_differences(expected, given) == {"sample": {"images": 0.4, "category": 0.0}}


def test_pixels_and_strings():
    assert largest_differences(answer(255, "uint8"), answer(254, "uint8"))["sample"]["images"] == 1
    files = {"sample": {"images": np.array([b"a", b"b"])}}
    other = {"sample": {"images": np.array([b"a", b"c"])}}
    assert largest_differences(files, files)["sample"]["images"] == 0
    assert largest_differences(files, other)["sample"]["images"] == 1


def test_another_shape_or_output_is_no_answer():
    for other in ({"images": np.zeros((3, 3))}, {"samples": np.zeros((2, 3))}):
        with pytest.raises(ValueError, match="^What was written answers sample by "):
            largest_differences(answer(0), {"sample": other})


@pytest.mark.parametrize(
    ("expected", "given", "agrees"),
    [
        (0.0, 0.9e-5, True),
        (0.0, 1.1e-5, False),
        (100.0, 100.0005, True),  # 1e-5 of the value
        (100.0, 100.01, False),
        (0.0, np.nan, False),
    ],
)
def test_what_is_allowed(expected, given, agrees):
    expected, given = answer(expected, "float64"), answer(given, "float64")
    differences = largest_differences(expected, given)
    if agrees:
        check_agreement(expected, differences)
        return
    with pytest.raises(ValueError, match="^What was written differs from Keras: images of sample"):
        check_agreement(expected, differences)


def test_a_pixel_may_be_rounded_the_other_way():
    check_agreement(answer(9, "uint8"), largest_differences(answer(9, "uint8"), answer(8, "uint8")))
