"""The modalities of a sample: the channels of one array, or the parts of a dict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfgan_it.checks import check_sizes, shown
from tfgan_it.datasets.modalities import PRESENT
from tfgan_it.networks.sizes import checked_image_shape
from tfgan_it.typing import Shape


def checked_modalities(
    modalities: Mapping[str, int], image_shape: Sequence[int]
) -> dict[str, slice]:
    """Returns the slice of channels of each modality, by name.

    Raises:
        ValueError: If there is no modality, one has no channels, or they do not add up to the
            channels of the shape.
    """
    counts = list(modalities.values())
    if not counts or any(count < 1 for count in counts) or sum(counts) != image_shape[-1]:
        raise ValueError(
            f"modalities must share the {image_shape[-1]} channels of {tuple(image_shape)}, got "
            f"{dict(modalities)}."
        )
    channels, start = {}, 0
    for name, count in modalities.items():
        channels[name] = slice(start, start + count)
        start += count
    return channels


def modality_shapes(
    sample_shape: Shape, modalities: Mapping[str, int] | None = None
) -> dict[str, tuple[int, ...]]:
    """Returns the shape of each modality by name, in order.

    Args:
        sample_shape: (height, width, channels of all modalities); or a dict of the shape of each,
            (height, width, channels) or (length, size of the vocabulary), and with a part
            `present` of the shape (number of modalities,) if some may be missing.
        modalities: Number of channels of each modality by name, for one array. Of a dict they are
            its parts, and this is None or the last size of each.

    Raises:
        ValueError: If there are no modalities, they do not add up to the channels, a shape is
            neither of an image nor of a text, or `present` has another shape.

    Example:

    >>> modality_shapes((8, 8, 3), {"image": 2, "sound": 1})
    {'image': (8, 8, 2), 'sound': (8, 8, 1)}
    >>> modality_shapes({"image": (8, 8, 1), "word": (5, 16), "present": (2,)})
    {'image': (8, 8, 1), 'word': (5, 16)}
    """
    if not isinstance(sample_shape, Mapping):
        image_shape = checked_image_shape(sample_shape)
        channels = checked_modalities(modalities or {}, image_shape)
        return {name: (*image_shape[:2], c.stop - c.start) for name, c in channels.items()}
    shapes = {
        name: check_sizes("", f"the shape of {name!r}", shape)
        for name, shape in sample_shape.items()
    }
    present = shapes.pop(PRESENT, None)
    if not shapes or any(len(shape) not in (2, 3) for shape in shapes.values()):
        raise ValueError(
            "Modalities must be images (height, width, channels) or texts (length, size), got "
            f"{shown(dict(sample_shape))}."
        )
    for shape in shapes.values():
        if len(shape) == 3:
            checked_image_shape(shape)
    if present not in (None, (len(shapes),)):
        raise ValueError(
            f"The part {PRESENT!r} must have one column for each of {', '.join(shapes)}, got the "
            f"shape {present}."
        )
    last = {name: shape[-1] for name, shape in shapes.items()}
    if modalities is not None and dict(modalities) != last:
        raise ValueError(
            f"modalities of samples that are a dict are its parts, {last}, got {dict(modalities)}."
        )
    return shapes
