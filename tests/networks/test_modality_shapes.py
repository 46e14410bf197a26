"""Shapes of modalities, of one array and of a dict."""

import re

import pytest

from tfgan_it.networks.modality_shapes import checked_modalities, modality_shapes

SHAPE, MODALITIES = (8, 12, 3), {"image": 2, "sound": 1}


def test_channels_by_name():
    assert checked_modalities(MODALITIES, SHAPE) == {"image": slice(0, 2), "sound": slice(2, 3)}
    assert modality_shapes(SHAPE, MODALITIES) == {"image": (8, 12, 2), "sound": (8, 12, 1)}


@pytest.mark.parametrize("modalities", [{}, {"image": 1}, {"image": 4, "sound": -1}])
def test_modalities_must_share_the_channels(modalities):
    with pytest.raises(ValueError, match=r"^modalities must share the 3 channels of \(8, 12, 3\)"):
        checked_modalities(modalities, SHAPE)


def test_parts_of_a_dict():
    shapes = {"image": (8, 8, 1), "word": (5, 16)}
    assert modality_shapes({**shapes, "present": (2,)}) == shapes
    assert modality_shapes(shapes, {"image": 1, "word": 16}) == shapes


@pytest.mark.parametrize(
    ("shapes", "modalities", "message"),
    [
        ({}, None, "Modalities must be images"),
        ({"present": (0,)}, None, "the shape of 'present' must be sizes"),
        ({"image": (8, 8, 1), "point": (2,)}, None, "Modalities must be images"),
        ({"image": (8, 10, 1)}, None, "Images (8, 10, 1): height and width must be divisible by 4"),
        ({"image": (8, 8, 1), "present": (2,)}, None, "one column for each of image, got the sha"),
        ({"image": (8, 8, 1)}, {"image": 2}, "that are a dict are its parts, {'image': 1}, got"),
    ],
)
def test_shapes_that_are_not_of_modalities(shapes, modalities, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        modality_shapes(shapes, modalities)
