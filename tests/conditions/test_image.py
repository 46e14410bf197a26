import numpy as np
import pytest

from tfgan_it.conditions import Image
from tfgan_it.datasets.images import to_uint8

PIXELS = np.arange(256, dtype="uint8").reshape(4, 8, 8, 1)


def test_pixels_lie_where_those_of_samples_do():
    prepared = Image((8, 8, 1)).prepare(PIXELS).numpy()
    assert prepared.min() == -1 and prepared.max() == 1
    np.testing.assert_array_equal(to_uint8(prepared), PIXELS)
    np.testing.assert_array_equal(Image((8, 8, 1)).prepare(prepared), prepared)


@pytest.mark.parametrize(
    "y, message",
    [
        (PIXELS[..., 0], "conditions: images have shape (4, 8, 8), expected (n, 8, 8, 1)"),
        (PIXELS.astype("int64"), "conditions: images are int64; they must be uint8 in 0..255 or "),
        (PIXELS.astype("float32"), "conditions: float images lie in [0, 255] but must lie in "),
        (PIXELS * np.float32(np.nan), "conditions: images hold 256 values that are not finite, "),
    ],
)
def test_what_is_refused(y, message):
    with pytest.raises(ValueError) as error:
        Image((8, 8, 1)).check(y, 4)
    assert str(error.value).startswith(f"Image: {message}") and "\n" not in str(error.value)
