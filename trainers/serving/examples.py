"""The examples of a request: seeds, codes, images and arrays, as a signature takes them."""

from __future__ import annotations

import pathlib
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from tfgan_it.errors import nearest_names
from tfgan_it.files import local_path, reading

from .signatures import Signature, TensorSpec, check_inputs

Range = tuple[float, float]
_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def request_inputs(
    name: str,
    signature: Signature,
    *,
    seeds: Sequence[int] = (),
    codes: Mapping[str, Any],
    images: Sequence[str] = (),
    arrays: str | None = None,
    value_range: Range = (-1.0, 1.0),
) -> dict[str, np.ndarray]:
    """Returns the inputs of a signature by name.

    Args:
        name: Name of the signature, for messages.
        signature: The signature.
        seeds: A seed for each example.
        codes: Value of other inputs, the same for all examples: a number of a one-hot code is its
            category.
        images: Files, or folders of files in the order of their names.
        arrays: An .npz file with inputs by name.
        value_range: Black and white of images that are floats.

    Raises:
        ValueError: If something does not fit the signature.
    """
    inputs = {} if arrays is None else _read_arrays(arrays, signature)
    if seeds:
        _put(inputs, "seeds", {"seed": np.array(seeds, np.int64)})
    if images:
        _put(inputs, "images", _read_images(name, signature, images, value_range))
    count = max((len(array) for array in inputs.values() if array.ndim), default=1)
    for key, value in codes.items():
        if key not in signature.inputs:
            nearest = nearest_names(key, signature.inputs)[0]
            takes = ", ".join(signature.inputs)
            raise ValueError(f"{name} has no input {key!r}: it takes {takes} (nearest: {nearest}).")
        code = _code(key, value, signature.inputs[key])
        _put(inputs, "codes", {key: np.repeat(code[None], count, axis=0)})
    check_inputs(name, signature, inputs)
    return inputs


def _put(inputs: dict[str, np.ndarray], flag: str, given: dict[str, np.ndarray]) -> None:
    for key in given:
        if key in inputs:
            raise ValueError(f"--{flag}: another flag gives the input {key} too; give one of them.")
    inputs.update(given)


def _code(name: str, value: Any, spec: TensorSpec) -> np.ndarray:
    """Returns the value of a code for one example."""
    shape = spec.shape[1:]
    size = shape[0] if len(shape) == 1 else None
    if isinstance(value, int) and size is not None and size > 1:
        if not 0 <= value < size:
            raise ValueError(f"--codes={name}={value}: categories are 0 to {size - 1}.")
        return np.eye(size, dtype=spec.dtype)[value]
    try:
        array = np.array([value] if shape == (1,) and np.ndim(value) == 0 else value)
        with np.errstate(over="ignore"):
            code = array.astype(spec.dtype)
        exact = array.dtype.kind in "fiu" and (spec.dtype.kind == "f" or (code == array).all())
        exact = exact and bool(np.isfinite(code).all())
    except (ValueError, TypeError, OverflowError):
        exact = False
    if not exact or code.shape != shape:
        expected = TensorSpec(spec.dtype, shape)
        raise ValueError(f"--codes={name}={value}: it must be {expected}, of finite numbers.")
    return code


def _read_arrays(path: str, signature: Signature) -> dict[str, np.ndarray]:
    """Reads arrays; another number type is converted if no value changes."""
    file = local_path(path, "inputs")
    with reading(file, "an .npz file of arrays"):
        if file.is_file() and not zipfile.is_zipfile(file):
            raise ValueError("it is no archive of numpy.savez")
        with np.load(file) as content:
            arrays = {key: content[key] for key in content.files}
    for key, array in arrays.items():
        spec = signature.inputs.get(key)
        if spec is not None and array.dtype != spec.dtype and array.dtype.kind in "fiu":
            with np.errstate(all="ignore"):
                converted = array.astype(spec.dtype)
            if spec.dtype.kind == "f" or np.array_equal(converted, array):
                arrays[key] = converted
    return arrays


def _read_images(
    name: str, signature: Signature, images: Sequence[str], value_range: Range
) -> dict[str, np.ndarray]:
    takes = {key: spec for key, spec in signature.inputs.items() if len(spec.shape) == 4}
    if len(takes) != 1:
        there = ", ".join(f"{key} {spec}" for key, spec in signature.inputs.items())
        raise ValueError(
            f"--images needs a signature with one input of images; {name} takes {there}."
        )
    [(key, spec)] = takes.items()
    _, height, width, channels = spec.shape
    if channels not in _MODES:
        raise ValueError(f"{name}: {key}, {spec}, cannot be read from files: give --inputs.")
    pixels = []
    for path in _image_files(images):
        with reading(path, "an image"), Image.open(path) as image:
            array = np.asarray(image.convert(_MODES[channels]), np.uint8)
        if array.shape[:2] != (height, width):
            raise ValueError(
                f"{path} has {array.shape[1]}x{array.shape[0]} pixels: {name} takes images of "
                f"{width}x{height}."
            )
        pixels.append(array.reshape(array.shape[:2] + (channels,)))
    stacked = np.stack(pixels)
    if spec.dtype == np.uint8:
        return {key: stacked}
    low, high = value_range
    return {key: (low + (high - low) * (stacked / 255.0)).astype(spec.dtype)}


def _image_files(images: Sequence[str]) -> list[pathlib.Path]:
    files: list[pathlib.Path] = []
    for each in images:
        path = local_path(each, "images")
        if path.is_dir():
            files += sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
        elif path.exists():
            files.append(path)
        else:
            raise ValueError(f"--images={each}: there is no such file or folder.")
    if not files:
        raise ValueError(f"--images={','.join(images)}: there are no images in it.")
    return files
