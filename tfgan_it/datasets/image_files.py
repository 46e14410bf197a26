"""Image files, decoded by Pillow to the pixels that a viewer shows."""

from __future__ import annotations

import concurrent.futures
import functools
import os
import pathlib
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from PIL import ExifTags, Image, UnidentifiedImageError

from tfgan_it.datasets.disk_cache import Allocate, in_memory, is_on_disk
from tfgan_it.datasets.resizing import crop_and_resize, height_and_width
from tfgan_it.files import reading

# Not all formats of Pillow: some start other programs, or bound no memory.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
_NOT_IMAGES = ("BUFR", "GRIB", "HDF5", "IPTC", "MPEG", "PDF")  # Pillow has stubs for some.
MAX_PIXELS = 2**26  # 8192x8192; a file of a few bytes can claim more than any memory holds.
_MAX_BYTES = 2**30
_WORKERS = 4  # Each may take 1 GiB for an image of MAX_PIXELS, and 1 GiB more to resize it.
_PHOTOMETRIC, _WHITE_IS_ZERO = 262, 0  # Of TIFF 6.0; Pillow heeds it for 8 bits only.
_ORIENTATIONS = {  # Of EXIF 2.3, table 6.
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class DecodedImage(NamedTuple):
    """An image, and what of its file it does not have.

    Attributes:
        pixels: uint8 array `(height, width, 3)`.
        dropped: `transparency` if pixels are not opaque, `later frames` of an animation.
    """

    pixels: np.ndarray
    dropped: tuple[str, ...]


@functools.cache
def suffixes() -> frozenset[str]:
    """Returns the suffixes of the formats that are read, such as `.png`."""
    Image.init()
    registered = Image.registered_extensions()
    return frozenset(suffix for suffix, name in registered.items() if name in FORMATS)


@functools.cache
def known_suffixes() -> frozenset[str]:
    """Returns the suffixes of all kinds of images that Pillow knows, also of those not read."""
    Image.init()
    registered = Image.registered_extensions()
    return frozenset(suffix for suffix, name in registered.items() if name not in _NOT_IMAGES)


def is_image(path: pathlib.Path) -> bool:
    """Returns whether a file of any name starts as an image of a format that is read."""
    try:
        with _opened(path):
            return True
    except Exception:  # Pillow raises errors of any kind for files that are not images.
        return False


def read_image(path: pathlib.Path) -> DecodedImage:
    """Decodes an image file, whatever its suffix.

    The image is turned as its EXIF orientation says. Pixels of 16 bits keep their upper 8.
    Transparent pixels have the colour that is stored with them. Colour profiles are not applied.

    Args:
        path: Path of the file.

    Raises:
        ValueError: If the file is not an image, is damaged, has more than 1 GiB or `MAX_PIXELS`, or
            pixels without a fixed range (floats, integers of 32 bits).
        OSError: If the file cannot be opened.
    """
    with reading(path, "a readable image"), _opened(path) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(
                f"it has {image.width}x{image.height} pixels, at most {MAX_PIXELS} are read"
            )
        frames = getattr(image, "is_animated", False) and image.format != "MPO"
        image.load()
        rotation = _ORIENTATIONS.get(_orientation(image))
        transparent, image = _as_rgb(image)
        if rotation is not None:
            image = image.transpose(rotation)
        dropped = ["transparency"] * transparent + ["later frames"] * frames
        return DecodedImage(np.asarray(image), tuple(dropped))


def read_images(
    files: list[pathlib.Path],
    image_size: int | tuple[int, int] | None,
    allocate: Allocate = in_memory,
) -> tuple[np.ndarray, Counter[str]]:
    """Decodes files in parallel, in their order.

    Args:
        files: Paths of image files, at least one.
        image_size: One side of a square, or `(height, width)`. Images are cropped at the centre and
            resized to it; `None` leaves them unchanged, and they must have one size.
        allocate: Function that allocates the array.

    Returns:
        uint8 array `(n, height, width, channels)`, with one channel if every pixel is grey,
        otherwise three; and the number of images by what was dropped.

    Raises:
        ValueError: If a file is not a readable image, the sizes differ and `image_size` is `None`,
            or the images need too much memory.
    """
    resize = None if image_size is None else _resizing(height_and_width(image_size))

    def decode(file: pathlib.Path) -> DecodedImage:
        image = read_image(file)
        return image if resize is None else image._replace(pixels=resize(image.pixels))

    images, grey, dropped = np.empty((0, 0, 0, 0), "uint8"), True, Counter[str]()
    with concurrent.futures.ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1)) as pool:
        for index, (pixels, lost) in enumerate(pool.map(decode, files)):
            if index == 0:
                what = f"{files[0].parent}: {len(files)} images"
                images = allocate(what, (len(files), *pixels.shape))
            if pixels.shape != images.shape[1:]:
                raise ValueError(
                    f"{files[index]} is {pixels.shape[0]}x{pixels.shape[1]} but {files[0]} is "
                    f"{images.shape[1]}x{images.shape[2]}: give an image_size"
                )
            images[index] = pixels
            grey = grey and bool((pixels == pixels[..., :1]).all())
            dropped.update(lost)
    if not grey:
        return images, dropped
    return (images[..., :1] if is_on_disk(images) else images[..., :1].copy()), dropped


def _opened(path: pathlib.Path) -> Image.Image:
    Image.init()  # Registers all formats, once.
    if (num_bytes := path.stat().st_size) > _MAX_BYTES:  # Some decoders read the file whole.
        raise ValueError(f"it has {num_bytes} bytes, at most {_MAX_BYTES} are read")
    try:
        return Image.open(path, formats=FORMATS)
    except UnidentifiedImageError:
        raise ValueError(f"its content is not of {', '.join(FORMATS)}") from None


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # Viewers ignore EXIF data that are damaged.
        return 1


def _as_rgb(image: Image.Image) -> tuple[bool, Image.Image]:
    """Returns whether pixels are transparent, and the image in RGB without transparency."""
    if image.mode.startswith("I;16"):  # Pillow would clip them at 255.
        values = (np.asarray(image) >> 8).astype("uint8")
        if getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
            values = 255 - values
        return False, Image.fromarray(values).convert("RGB")
    if image.mode in ("F", "I"):
        raise ValueError("its pixels are floats or integers of 32 bits, which have no fixed range")
    if not image.has_transparency_data:
        return False, image if image.mode == "RGB" else image.convert("RGB")  # No needless copy.
    image = image.convert("RGBA")
    return any(image.getchannel("A").histogram()[:255]), image.convert("RGB")


def _resizing(size: tuple[int, int]) -> Callable[[np.ndarray], np.ndarray]:
    # One graph for images of all sizes: operation by operation it takes several times as long.
    images = tf.TensorSpec((None, None, 3), tf.uint8)
    graph = tf.function(lambda pixels: crop_and_resize(pixels, size)).get_concrete_function(images)
    return lambda pixels: graph(tf.constant(pixels)).numpy()
