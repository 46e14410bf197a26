"""Fonts from files: found, opened by FreeType, and checked to have the characters to draw."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import warnings
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tfgan_it.errors import missing_package, one_line
from tfgan_it.files import local_path, reading

# Of those of matplotlib: they differ in serifs, weight, width and slope, and have no twins. Slanted
# romans are left out, which a slant makes of the upright ones.
_CHOSEN = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSerif-Bold",
    "DejaVuSansMono-Bold",
    "STIXGeneral",
    "STIXGeneralItalic",
    "cmb10",
    "cmtt10",
)
_SUFFIXES = (".otf", ".ttf")
_ABSENT = "\uffff"  # Not a character, so that fonts draw what they draw for those that they lack.
_MEASURED = 128  # Pixels of the em at which characters are compared and measured.


def font_files(folder: str | os.PathLike | None) -> list[pathlib.Path]:
    """Returns the files of fonts.

    Args:
        folder: Folder of `.ttf` and `.otf` files, which are sorted by name; None for eight fonts
            that matplotlib brings.

    Raises:
        ImportError: If matplotlib is needed, and not installed.
        FileNotFoundError: If there is no such folder, or there are no fonts in it.
        ValueError: If the path is a file or a URL.
    """
    if folder is None:
        # Not imported: that takes longer than to draw thousands of characters.
        package = importlib.util.find_spec("matplotlib")
        if package is None or not package.submodule_search_locations:
            otherwise = ", or give a folder of fonts"
            raise missing_package("Glyphs without fonts", "matplotlib", "plots", otherwise)
        path = pathlib.Path(package.submodule_search_locations[0], "mpl-data", "fonts", "ttf")
        files = [path / f"{name}.ttf" for name in _CHOSEN]
        if missing := [file.name for file in files if not file.is_file()]:
            raise FileNotFoundError(f"{path} has no font {missing[0]}: give a folder of fonts.")
        return files
    path = local_path(folder, "fonts")
    if path.is_file():
        raise ValueError(f"fonts must be a folder, got the file {path}: give {path.parent}.")
    if not path.is_dir():
        raise FileNotFoundError(f"fonts: there is no folder {path}.")
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES)
    if not files:
        raise FileNotFoundError(f"{path} has no fonts, files that end in .ttf or .otf.")
    return files


def open_font(path: pathlib.Path, size: float) -> ImageFont.FreeTypeFont:
    """Opens a font.

    Args:
        path: Its file.
        size: Pixels of the em.

    Raises:
        ValueError: If the file is not a font that can be scaled.
    """
    with reading(path, "a font"):
        if path.exists() and not path.is_file():
            raise ValueError("it is a folder, a pipe or a device")  # A pipe has no end.
        return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def drawn(font: ImageFont.FreeTypeFont, character: str) -> Image.Image:
    """Returns a character white on black, cropped to its ink; of no size if there is none.

    Raises:
        ValueError: If the font is damaged.
    """
    with reading(str(font.path), "a font"):
        left, top, right, bottom = font.getbbox(character, anchor="ls")
        # The box may be of fractions, and hinted outlines pass it by a pixel.
        size = (int(right - left) + 4, int(bottom - top) + 4)
        image = Image.new("L", size)
        place = (2 - int(left), 2 - int(top))
        ImageDraw.Draw(image).text(place, character, fill=255, font=font, anchor="ls")
    return image.crop(image.getbbox() or (0, 0, 0, 0))


def extents(
    files: Sequence[pathlib.Path], characters: str, slant: float
) -> list[tuple[float, float]]:
    """Measures the characters of each font, and checks that all differ.

    It warns if two fonts draw a character alike.

    Args:
        files: Files of the fonts.
        characters: The characters.
        slant: The largest slant of a character, to one side.

    Returns:
        For each font, in ems, the largest height of a character, and the side of the smallest
        square that holds each of them, slanted.

    Raises:
        ValueError: If a file is not a font, lacks a character, or draws two alike.
    """
    measured = []
    fonts_of: dict[tuple[str, bytes], str] = {}
    for file in files:
        font = open_font(file, _MEASURED)
        absent = _content(drawn(font, _ABSENT))
        images = {character: drawn(font, character) for character in characters}
        contents = {character: _content(image) for character, image in images.items()}
        lacking = [c for c in characters if not images[c].width or contents[c] == absent]
        if lacking:
            names = ", ".join(map(repr, lacking))
            raise ValueError(one_line(f"{file.name} lacks the characters {names}", 200) + ".")
        seen: dict[bytes, str] = {}
        for character, content in contents.items():
            if (other := seen.setdefault(content, character)) != character:
                raise ValueError(f"{file.name} draws {other!r} and {character!r} alike.")
        alike: dict[str, list[str]] = {}
        for character, content in contents.items():
            first = fonts_of.setdefault((character, content), file.name)
            if first != file.name:
                alike.setdefault(first, []).append(character)
        for first, shared in alike.items():
            warnings.warn(
                one_line(f"{first} and {file.name} draw alike: {', '.join(shared)}", 200),
                stacklevel=3,
            )
        height = max(image.height for image in images.values())
        width = max(image.width + slant * image.height for image in images.values())
        measured.append((height / _MEASURED, max(height, width) / _MEASURED))
    return measured


def _content(image: Image.Image) -> bytes:
    return np.asarray(image).tobytes() + str(image.size).encode()
