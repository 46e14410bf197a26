"""Characters of fonts, each a function of six known factors."""

from __future__ import annotations

import math
import os
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageFont

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_finite, check_in_range, check_integer
from tfgan_it.datasets.factors import KnownFactors, pasted
from tfgan_it.datasets.fonts import drawn, extents, font_files, open_font
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.splits import split_dataset
from tfgan_it.memory import check_memory

CHARACTERS = string.digits + string.ascii_uppercase
SMALLEST, LARGEST = 16, 4096  # Pixels of an image's side.
_PER_CHARACTER = 1_400  # Images of each character in a loaded set.
_FINE = 128  # Pixels of an image's side when a glyph is drawn, before it is shrunk.


class Glyphs(KnownFactors):
    """Every combination of character, font, size, slant, x and y: 36 * 8 * 4 * 5 * 8 * 8 = 368,640.

    Factors are integers from 0, `(n, 6)`, in the order of `factor_names`:

        character  `characters[i]`
        font       `font_names[i]`
        size       height of the tallest character of each font, `sizes[i] * height` pixels
        slant      each line moves to the right by `slants[i]` times its height, as an italic's do
        x          from left to right, y from top to bottom, in steps of `step` pixels

    White glyphs on black, drawn larger by FreeType, slanted and shrunk. The middle of a glyph's own
    box is at `x * step + square / 2` pixels, to within a quarter of a pixel. `square` is the side
    of what moves, in which the widest glyph fits with the largest size and slant: none is cropped.
    Finer lists and more characters and fonts make the set as large as you like.

    The default fonts and characters differ, and all images with them. Fonts that draw a character
    alike are warned of. The bits depend on the fonts and on the version of FreeType:
    `datasets.fingerprint` tells whether two machines have the same images. Glyphs are drawn on
    demand, and kept.

    Args:
        characters: Different visible characters.
        fonts: Folder of `.ttf` and `.otf` files; None for eight fonts of matplotlib (extra
            `plots`): DejaVu Sans, Sans Bold, Serif Bold and Mono Bold, STIX and its italic, and
            Computer Modern Bold and Typewriter.
        image_size: Side of the images in pixels, from 16 to 4096.
        sizes: Sizes in (0, 1]; the smallest character must have a pixel.
        slants: Slants, the tangents of angles.
        positions: Number of places along each axis.

    Raises:
        ImportError: If matplotlib's fonts are needed, and it is not installed.
        FileNotFoundError: If there are no fonts.
        ValueError: If a font is damaged, lacks a character or draws two alike; the message names
            it. Or if an argument is out of range.

    Example:

    >>> glyphs = Glyphs("ABC", image_size=28)
    >>> len(glyphs), glyphs.factor_sizes, glyphs.font_names[0]
    (30720, (3, 8, 4, 5, 8, 8), 'DejaVuSans')
    >>> glyphs.images_at(glyphs.sample_factors(2, seed=0)).shape
    (2, 28, 28, 1)
    """

    factor_names = ("character", "font", "size", "slant", "x", "y")
    categorical_factors: Sequence[int] = (0, 1)

    def __init__(
        self,
        characters: str = CHARACTERS,
        fonts: str | os.PathLike | None = None,
        image_size: int = 32,
        *,
        sizes: Sequence[float] = (0.55, 0.7, 0.85, 1.0),
        slants: Sequence[float] = (-0.3, -0.15, 0.0, 0.15, 0.3),
        positions: int = 8,
    ) -> None:
        self.characters = _checked_characters(characters)
        self.image_size = check_integer(self, "image_size", image_size, SMALLEST)
        if self.image_size > LARGEST:
            raise ValueError(f"Glyphs: image_size must be at most {LARGEST}, got {image_size}.")
        for name, values in (("sizes", sizes), ("slants", slants)):
            if np.ndim(values) != 1 or not 0 < len(values) == len(set(values)):
                raise ValueError(f"Glyphs: {name} must be different numbers, got {values!r:.80}.")
        self.sizes = tuple(check_in_range(self, "sizes", size, 0, 1, "(]") for size in sizes)
        self.slants = tuple(check_finite(self, "slants", slant) for slant in slants)
        check_integer(self, "positions", positions, 1)
        self.step = max(1, round(self.image_size / 32))
        self.square = self.image_size - self.step * (positions - 1)
        if self.square < SMALLEST // 2:
            most = 1 + (self.image_size - SMALLEST // 2) // self.step
            raise ValueError(f"Glyphs: positions must be at most {most}, got {positions}.")
        self._files = font_files(fonts)
        measured = extents(self._files, self.characters, max(map(abs, self.slants)))
        # All but one pixel of the square: hinted outlines may be larger by a fraction of it.
        self.height = (self.square - 1) * min(height / side for height, side in measured)
        if (least := self.height * min(self.sizes)) < 1:
            raise ValueError(
                f"Glyphs: the smallest characters would be {least:.2g} pixels high, at least 1 is "
                "needed: give larger sizes, smaller slants or a larger image_size."
            )
        self._ems = [self.height / height for height, _ in measured]
        self.font_names = tuple(file.stem for file in self._files)
        self.factor_sizes = (
            len(self.characters),
            len(self._files),
            len(self.sizes),
            len(self.slants),
            positions,
            positions,
        )
        self._fonts: dict[tuple[int, int], ImageFont.FreeTypeFont] = {}
        self._figures: dict[int, np.ndarray] = {}

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        """`(image_size, image_size, 1)`."""
        return (self.image_size, self.image_size, 1)

    def __repr__(self) -> str:
        return (
            f"Glyphs({self.characters!r}, {len(self.font_names)} fonts, "
            f"image_size={self.image_size})"
        )

    def images_at(self, factors: Any) -> np.ndarray:
        """Draws the images of factors `(n, 6)`, uint8 `(n, image_size, image_size, 1)`.

        Raises:
            ValueError: As for `index_of`.
        """
        character, font, size, slant, x, y = self.checked_factors(factors).T
        numbers, which = np.unique(
            np.ravel_multi_index((character, font, size), self.factor_sizes[:3]),
            return_inverse=True,
        )
        missing = set(numbers.tolist()) - self._figures.keys()
        kept = (len(missing) + len(self._figures)) * len(self.slants)
        check_memory(f"Glyphs: pictures of {kept} characters", float(kept * self.square**2))
        for number in missing:
            self._figures[number] = self._drawn(number)
        figures = [self._figures[number] for number in numbers.tolist()]
        pictures = np.array(figures, "uint8").reshape(-1, self.square, self.square)
        which = which * len(self.slants) + slant
        return pasted(pictures, which, self.step * x, self.step * y, self.image_size)

    def _drawn(self, number: int) -> np.ndarray:
        """Draws a character of a font and a size with all slants, uint8 `(slants, square, square)`.

        Each is in the middle of its square.
        """
        character, font, size = map(int, np.unravel_index(number, self.factor_sizes[:3]))
        samples = max(2, _FINE // self.image_size)
        side = samples * self.square
        if (opened := self._fonts.get((font, size))) is None:
            em = samples * self.sizes[size] * self._ems[font]
            opened = self._fonts[font, size] = open_font(self._files[font], em)
        upright = drawn(opened, self.characters[character])
        figures = []
        for slant in self.slants:
            large = _slanted(upright, slant)
            canvas = Image.new("L", (side, side))
            canvas.paste(large, ((side - large.width) // 2, (side - large.height) // 2))
            figures.append(np.asarray(canvas.reduce(samples)))
        return np.stack(figures)


@check_arguments()
def glyphs(
    image_size: int = 32,
    characters: str = CHARACTERS,
    fonts: str | os.PathLike | None = None,
) -> ImageDataset:
    """Returns 1,400 images of each character of `Glyphs`, one in ten of them for testing.

    The other factors are a fixed choice without repetition. The labels are the characters. The data
    set does not have the other factors; see `Glyphs` for them.

    Args:
        image_size: As for `Glyphs`.
        characters: As for `Glyphs`.
        fonts: As for `Glyphs`.

    Raises:
        ImportError: As for `Glyphs`.
        FileNotFoundError: As for `Glyphs`.
        ValueError: As for `Glyphs`.

    Example:

    >>> glyphs(characters="ABC")
    ImageDataset('glyphs', 3780 train + 420 test images of 32x32x1, 3 classes)
    """
    every = Glyphs(characters, fonts, image_size)
    others = math.prod(every.factor_sizes[1:])
    # NumPy promises that the stream of RandomState never changes; it does not for Generator.
    random = np.random.RandomState(0)
    chosen = [
        others * character + random.permutation(others)[:_PER_CHARACTER]
        for character in range(len(every.characters))
    ]
    factors = every.factors_of(np.concatenate(chosen))
    images = every.images_at(factors)
    return split_dataset("glyphs", images, factors[:, 0], tuple(every.characters), every=10)


def _slanted(image: Image.Image, slant: float) -> Image.Image:
    """Moves each line to the right by the slant times its height, and crops to the ink."""
    width = image.width + math.ceil(abs(slant) * image.height) + 2
    # From the columns of the result to those of the image.
    offset = (image.width - width) / 2 - slant * image.height / 2
    wide = image.transform(
        (width, image.height),
        Image.Transform.AFFINE,
        (1, slant, offset, 0, 1, 0),
        Image.Resampling.BILINEAR,
    )
    return wide.crop(wide.getbbox())


def _checked_characters(characters: Any) -> str:
    if not isinstance(characters, str) or not characters:
        raise ValueError(f"Glyphs: characters must be a string, got {characters!r}.")
    for index, character in enumerate(characters):
        if character in characters[:index]:
            raise ValueError(f"Glyphs: characters must differ, got {character!r} twice.")
        if not character.isprintable() or character.isspace():
            raise ValueError(f"Glyphs: characters must be visible, got {character!r}.")
    return characters
