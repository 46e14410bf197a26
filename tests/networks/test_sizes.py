import pytest

from tfgan_it.networks.sizes import checked_image_shape, halvings


@pytest.mark.parametrize(
    "shape, smallest, stages",
    [
        ((4, 4, 1), 4, 2),
        ((8, 8, 1), 4, 2),
        ((12, 20, 2), 4, 2),
        ((28, 28, 1), 4, 2),
        ((32, 32, 3), 4, 3),
        ((48, 48, 3), 4, 3),
        ((64, 64, 3), 4, 4),
        ((96, 64, 4), 4, 4),
        ((128, 128, 3), 4, 5),
        ((32, 32, 3), 8, 2),
        ((48, 48, 3), 8, 2),
        ((64, 64, 3), 8, 3),
        ((96, 64, 4), 8, 3),
        ((64, 36, 3), 4, 2),
        ((32, 512, 1), 8, 2),
    ],
)
def test_halvings(shape, smallest, stages):
    assert halvings(shape, smallest) == stages
    height, width, _ = shape
    assert height % 2**stages == width % 2**stages == 0


def test_a_list_is_a_shape():
    assert checked_image_shape([28, 28, 1]) == (28, 28, 1)


@pytest.mark.parametrize(
    "shape, nearest",
    [
        ((29, 28, 1), (28, 28, 1)),
        ((28, 31, 3), (28, 32, 3)),
        ((33, 65, 3), (32, 64, 3)),
        ((1, 1, 1), (4, 4, 1)),
    ],
)
def test_sizes_that_do_not_halve_twice_name_the_nearest(shape, nearest):
    def literal(shape):
        return str(shape).replace("(", r"\(").replace(")", r"\)")

    message = rf"^Images {literal(shape)}: .* by 4 \(nearest: {literal(nearest)}\)\.\Z"
    with pytest.raises(ValueError, match=message):
        checked_image_shape(shape)


@pytest.mark.parametrize(
    "shape",
    [(28, 28), (1, 28, 28, 1), (28, 28, 0), (-4, 28, 1), (), (28.5, 28, 1)],
)
def test_invalid_image_shapes(shape):
    message = r"^Images must have a shape \(height, width, channels\), got \(.*\)\.\Z"
    with pytest.raises(ValueError, match=message):
        checked_image_shape(shape)
