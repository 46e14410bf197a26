"""Networks of two images: their sizes, and what they may depend on."""

import numpy as np
import pytest

from tfgan_it.networks import pair_classifier


def weights_of(model):
    return [tuple(v.shape) for v in model.trainable_variables if len(v.shape) > 1]


def test_the_published_network_for_64x64():
    model = pair_classifier((64, 64, 1), 5)
    assert weights_of(model) == [
        (4, 4, 2, 32), (4, 4, 32, 32), (4, 4, 32, 64), (4, 4, 64, 64), (4 * 4 * 64, 128), (128, 5)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "shape, expected",
    [
        ((28, 28, 3), [(4, 4, 6, 4), (4, 4, 4, 8), (7 * 7 * 8, 6), (6, 3)]),
        ((2,), [(4, 6), (6, 6), (6, 3)]),
    ],
)
def test_smaller_images_and_points(shape, expected):
    model = pair_classifier(shape, 3, width=4, hidden=6)
    assert weights_of(model) == expected
    assert model.output_shape == (None, 3) and model.output.dtype == "float32"


def test_one_pair_does_not_depend_on_the_others():
    pairs = np.random.default_rng(0).normal(size=(3, 8, 8, 2)).astype("float32")
    model = pair_classifier((8, 8, 1), 3, width=2, hidden=4)
    alone = model(pairs[:1], training=True)
    np.testing.assert_allclose(model(pairs, training=True)[:1], alone, atol=1e-6)
