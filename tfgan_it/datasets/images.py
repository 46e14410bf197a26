"""The range of the pixels of images, and the checks of arrays before training."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.typing import ValueRange


class NonFiniteImages(ValueError):
    """A value of an image is nan or infinite."""


def scale_images(
    images: Any, dtype: str = "float32", *, value_range: ValueRange | None = (-1.0, 1.0)
) -> Any:
    """Maps uint8 pixels to `[-1, 1]` as `x / 127.5 - 1`, on the device that holds them.

    Args:
        images: uint8 array or tensor of any shape. Floats are only cast: they are assumed to lie in
            the range already.
        dtype: Floating dtype of the result. The arithmetic is always float32.
        value_range: Other values `(low, high)` of 0 and 255; None for `(-1, 1)`.

    Returns:
        Tensor of the shape of `images`.

    Raises:
        ValueError: If `images` are neither uint8 nor floating.

    Example:

    >>> ops.convert_to_numpy(scale_images(np.array([0, 255], "uint8")))
    array([-1.,  1.], dtype=float32)
    """
    stored = keras.backend.standardize_dtype(images.dtype)
    if keras.backend.is_float_dtype(stored):
        return ops.cast(images, dtype)
    if stored != "uint8":
        raise ValueError(f"images are {stored}; they must be uint8 in 0..255 or floats in [-1, 1]")
    low, high = value_range or (-1.0, 1.0)
    return ops.cast(ops.cast(images, "float32") / (255 / (high - low)) + low, dtype)


def to_uint8(images: Any, *, value_range: ValueRange | None = (-1.0, 1.0)) -> np.ndarray:
    """Maps `[-1, 1]` to uint8 pixels, rounded and clipped: the inverse of `scale_images`.

    Args:
        images: Floating array or tensor of any shape; uint8 is returned unchanged.
        value_range: As for `scale_images`.

    Returns:
        uint8 array of the shape of `images`. All 256 values survive the round trip through float32
        and float16, but not through bfloat16.

    Raises:
        ValueError: If a value is not finite.

    Example:

    >>> to_uint8(np.array([-1.0, 0.0, 1.0, 1.5]))
    array([  0, 128, 255, 255], dtype=uint8)
    """
    images = _as_numpy(images)
    if images.dtype == np.uint8:
        return images
    images = images.astype("float32")
    _check_finite(images)
    low, high = value_range or (-1.0, 1.0)
    return np.rint((images.clip(low, high) - low) * (255 / (high - low))).astype("uint8")


def check_images(
    images: Any,
    sample_shape: tuple[int, ...] | Mapping[str, Any],
    *,
    minimum: int = 1,
    purpose: str = "",
    value_range: ValueRange | None = (-1.0, 1.0),
) -> None:
    """Raises ValueError, with the reason, if a model for `sample_shape` cannot be trained on them.

    It warns of float images in [0, 1] where [-1, 1] is expected.

    Args:
        images: Samples passed to `model.fit`, `(n, *sample_shape)`: uint8, or floats in the range.
            Points and sequences are floats of any size.
        sample_shape: Sample shape of the model: `(height, width, channels)`, `(dimension,)` of
            points, `(length, columns)` of sequences; or a dict of shapes, whose names the samples
            must have.
        minimum: Minimum number of images, usually the batch size.
        purpose: What so many are needed for, in the message.
        value_range: Range `(low, high)` of images and videos; None for any finite values.

    Raises:
        ValueError: If shape, dtype, number or values are wrong.

    Example:

    >>> check_images(np.zeros((128, 28, 28, 1), "uint8"), (28, 28, 1), minimum=64)
    >>> check_images(np.arange(10), (28, 28, 1))
    Traceback (most recent call last):
        ...
    ValueError: images have shape (10,), expected (n, 28, 28, 1): these look like labels
    """
    if isinstance(sample_shape, Mapping):
        got = sorted(images) if isinstance(images, Mapping) else type(images).__name__
        if not isinstance(images, Mapping) or not sample_shape.keys() <= images.keys():
            raise ValueError(f"samples must be a dict of {', '.join(sample_shape)}, got {got}")
        for name, shape in sample_shape.items():
            check_images(
                images[name], shape, minimum=minimum, purpose=purpose, value_range=value_range
            )
        return
    images, sample_shape = _as_numpy(images), tuple(sample_shape)
    points = len(sample_shape) == 1
    if images.ndim and images.dtype.kind in "OMmSU":
        raise ValueError(
            f"images hold {images.dtype.name}, not numbers: np.stack(images) makes one array of "
            "images of one shape"
        )
    allowed = "floats" if points else f"uint8 in 0..255 or floats{_within(value_range)}"
    if images.shape[1:] != sample_shape:
        expected = f"(n, {', '.join(map(str, sample_shape))})"
        hint = shape_hint(images.shape, sample_shape)
        raise ValueError(f"images have shape {images.shape}, expected {expected}{hint}")
    if len(images) < minimum:
        purpose = purpose and f" for {purpose}"
        raise ValueError(f"{len(images)} images given, at least {minimum} are needed{purpose}")
    if images.dtype == np.uint8 and not points:
        return
    if not keras.backend.is_float_dtype(str(images.dtype)):
        raise ValueError(f"images are {images.dtype}; they must be {allowed}")
    if images.size == 0:
        return
    _check_finite(images)
    if len(sample_shape) > 2 and value_range is not None:
        _check_range(float(images.min()), float(images.max()), value_range)


def check_value_range(value_range: Any) -> ValueRange | None:
    """Returns a range of image values as two floats, or None.

    Raises:
        ValueError: If it is neither None nor two finite numbers, the smaller first.

    Example:

    >>> check_value_range((0, 255))
    (0.0, 255.0)
    """
    if value_range is None:
        return None
    try:
        low, high = map(float, value_range)
        valid = -math.inf < low < high < math.inf
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(
            "value_range must be two finite numbers (low, high) with low < high, such as (-1, 1) "
            f"or (0, 1), or None, got {value_range!r}."
        )
    return low, high


def as_array(name: str, values: Any) -> np.ndarray:
    """Converts an array, a tensor or a list to a NumPy array.

    Raises:
        ValueError: If the values are not an array, such as a list of lists of several lengths, or
            some are masked; the message, of one line, starts with the name.

    Example:

    >>> as_array("images", [[0, 1], [2]])
    Traceback (most recent call last):
        ...
    ValueError: images are not one array, got list: give numbers of one shape for all samples
    """
    if np.ma.is_masked(values):
        raise ValueError(f"{name} have masked values: leave such samples out")
    try:
        return np.asarray(values)
    except (TypeError, ValueError, NotImplementedError):
        raise ValueError(
            f"{name} are not one array, got {type(values).__name__}: give numbers of one shape for "
            "all samples"
        ) from None


def _check_range(low: float, high: float, value_range: ValueRange) -> None:
    value_range = (value_range[0], value_range[1])  # Keras wraps the tuples of a model.
    slack = (value_range[1] - value_range[0]) * 5e-4
    got = f"float images lie in [{low:.4g}, {high:.4g}]"
    if low < value_range[0] - slack or high > value_range[1] + slack:
        scales = {(-1.0, 1.0): " with x / 127.5 - 1", (0.0, 1.0): " with x / 255"}
        raise ValueError(
            f"{got} but must lie{_within(value_range)}: pass the uint8 images themselves, or scale "
            f"them{scales.get(value_range, '')}; GAN(..., value_range=...) sets another range"
        )
    if value_range == (-1.0, 1.0) and 0 <= low < high:
        warnings.warn(
            f"{got}, as if scaled to [0, 1], but the networks' range is [-1, 1]: scale them with "
            "2 * x - 1 or pass the uint8 images; GAN(..., value_range=(0, 1)) is for a generator "
            "that ends in a sigmoid",
            stacklevel=2,
        )


def _within(value_range: ValueRange | None) -> str:
    return "" if value_range is None else " in [{:g}, {:g}]".format(*value_range)


def _check_finite(images: np.ndarray) -> None:
    finite = np.isfinite(images)
    if not finite.all():
        first = tuple(map(int, np.unravel_index(finite.argmin(), finite.shape)))
        count = finite.size - np.count_nonzero(finite)
        raise NonFiniteImages(
            f"images hold {count} values that are not finite, first at index {first}"
        )


def shape_hint(shape: tuple[int, ...], sample_shape: tuple[int | None, ...]) -> str:
    """Returns what a wrong shape of images looks like, for the end of a message; or nothing.

    Args:
        shape: The wrong shape.
        sample_shape: Shape of one sample; None for an axis of any size.

    Example:

    >>> shape_hint((60, 28, 28), (28, 28, 1))
    ': for grey images pass images[..., None]'
    """
    if len(shape) == 1:
        return ": these look like labels" if shape[0] else ": they are empty"
    if shape == sample_shape:
        return ": for one image pass images[None]"
    if len(sample_shape) == len(shape) >= 3 and sample_shape[-1] in (1, None):
        return ": for grey images pass images[..., None]"
    return ""


def _as_numpy(images: Any) -> np.ndarray:
    if isinstance(images, (np.ndarray, list, tuple)):
        return as_array("images", images)
    return ops.convert_to_numpy(images)
