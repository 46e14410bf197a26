"""Emoji in several drawing styles, paired by file name, with names and categories."""

from __future__ import annotations

import io
import json
import os
import pathlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from PIL import Image

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_choice
from tfgan_it.datasets.image_pairs import ImagePairs
from tfgan_it.datasets.labelled_samples import ImageDataset
from tfgan_it.datasets.resizing import crop_and_resize, height_and_width
from tfgan_it.datasets.splits import hold_out
from tfgan_it.datasets.tar_files import matching_files, unpacked
from tfgan_it.files import local_path, reading

FOLDER = "emoji"
STYLES = ("google", "twitter")
SIZE = 64  # Pixels of a side in the archives.
_MAX_BYTES = 2**28  # The packages of version 16 unpack to about 70 MB, of which most is left out.
_EVERY = 8  # One emoji in so many is held out: 239 of 1,911.
_TABLE = re.compile(r"(?:^|/)emoji\.json$")
_TONES = {
    "1F3FB": "light skin tone",
    "1F3FC": "medium-light skin tone",
    "1F3FD": "medium skin tone",
    "1F3FE": "medium-dark skin tone",
    "1F3FF": "dark skin tone",
}


class Emoji(NamedTuple):
    """One emoji of the table.

    Attributes:
        file: Name of its file in every style, such as `1f600.png`.
        name: Its name in lower case, such as `grinning face`, of a variant followed by `, ` and
            its skin tones.
        category: Its category, such as `Smileys & Emotion`.
        number: Index of its emoji among those without variants.
        is_variant: Whether it is another skin tone of this emoji.
    """

    file: str
    name: str
    category: str
    number: int
    is_variant: bool


def emoji(
    files_dir: str | os.PathLike | None,
    style: str = "google",
    image_size: int | tuple[int, int] = 32,
) -> ImageDataset:
    """Loads the emoji of one drawing style, with their categories as labels and names as texts.

    Version 16 has 1,911 emoji and 1,875 variants of their skin tones. One emoji in eight of every
    category is held out, with its variants: 239, in the same way in every style. Transparent pixels
    become white.

    Args:
        files_dir: Folder of raw files, with the packages of npm in `emoji/`, as `npm pack
            emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0` writes them; a package
            may be packed again, without its other sizes. The table of names is in each of them.
        style: `google`, Noto Emoji (Apache License 2.0), or `twitter`, Twemoji (CC BY 4.0, which
            asks for attribution wherever a picture is shown).
        image_size: One side of a square, or `(height, width)`; 64 for the original pixels.

    Raises:
        FileNotFoundError: If `files_dir` is None or has no archive of the style.
        ValueError: If the style is unknown, or an archive is damaged or lacks emoji.

    Source: Calvin et al., "emoji-data" (MIT), version 16.0.0.
    """
    check_choice("style", style, STYLES)
    table, images = _read(files_dir, (style,), image_size)
    train, test = split(table)
    return ImageDataset(
        FOLDER if style == STYLES[0] else f"{FOLDER}_{style}",
        images[style][train],
        images[style][test],
        **_described(table, train, test),
    )


@check_arguments()
def emoji_pairs(
    files_dir: str | os.PathLike | None,
    styles: Sequence[str] = STYLES,
    image_size: int | tuple[int, int] = 32,
) -> ImagePairs:
    """Loads the emoji of two drawing styles in pairs: a of the first style, b of the second.

    Args:
        files_dir: As for `emoji`.
        styles: The styles of a and b.
        image_size: As for `emoji`.

    Raises:
        FileNotFoundError: As for `emoji`.
        ValueError: As for `emoji`; or if there are not two different styles.
    """
    for style in styles:
        check_choice("style", style, STYLES)
    if len(set(styles)) != 2 or len(styles) != 2:
        raise ValueError(f"emoji_pairs: styles must be two different ones, got {styles!r}.")
    table, images = _read(files_dir, styles, image_size)
    train, test = split(table)
    domains = dict(zip("ab", styles, strict=True))
    return ImagePairs(
        f"{FOLDER}_pairs" if tuple(styles) == STYLES else f"{FOLDER}_pairs_{styles[0]}",
        {domain: images[style][train] for domain, style in domains.items()},
        {domain: images[style][test] for domain, style in domains.items()},
        **_described(table, train, test),
    )


def emoji_names(files_dir: str | os.PathLike) -> list[str]:
    """Returns the names of all emoji without their variants, in lower case.

    Args:
        files_dir: As for `emoji`.

    Raises:
        ValueError: If no package holds the table of names.
    """
    table = _table(local_path(files_dir, "files_dir") / FOLDER)
    return [emoji.name for emoji in table if not emoji.is_variant]


def split(table: Sequence[Emoji]) -> tuple[np.ndarray, np.ndarray]:
    """Returns training and test indices; the variants of an emoji are on its side.

    Args:
        table: The emoji, in their order.
    """
    categories = {e.number: e.category for e in table if not e.is_variant}
    names = sorted(set(categories.values()))
    labels = np.array([names.index(categories[number]) for number in sorted(categories)])
    numbers = np.array(sorted(categories))
    held_out = set(numbers[hold_out(len(numbers), labels, every=_EVERY)[1]].tolist())
    is_test = np.array([e.number in held_out for e in table])
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _described(table: Sequence[Emoji], train: np.ndarray, test: np.ndarray) -> dict[str, Any]:
    """Returns labels, class names and texts of the parts."""
    names = tuple(sorted({e.category for e in table}))
    labels = np.array([names.index(e.category) for e in table], "int64")
    return {
        "train_labels": labels[train],
        "test_labels": labels[test],
        "class_names": names,
        "train_texts": tuple(table[i].name for i in train),
        "test_texts": tuple(table[i].name for i in test),
    }


def _read(
    files_dir: str | os.PathLike | None,
    styles: Sequence[str],
    image_size: int | tuple[int, int],
) -> tuple[list[Emoji], dict[str, np.ndarray]]:
    """Reads the table of what all these styles have, and their images in its order."""
    if files_dir is None:
        raise FileNotFoundError(f"emoji are read from files_dir/{FOLDER}: give files_dir")
    folder = local_path(files_dir, "files_dir") / FOLDER
    size = height_and_width(image_size)
    packages = [(style, _archive(folder, style)) for style in styles]
    files, tables = {}, []
    for style, path in packages:
        with reading(path, "an undamaged package of emoji"):
            tar = unpacked(path, _MAX_BYTES)
            files[style] = _files(tar, style)
            tables += _tables(tar)
    table = tables[0] if tables else _table(folder)
    table = [e for e in table if all(e.file in files[style] for style in styles)]
    known = {e.number for e in table if not e.is_variant}
    table = [e for e in table if e.number in known]
    if len(known) < 2:
        raise ValueError(f"{folder}: the packages share {len(known)} emoji, at least 2 are needed")
    images = {
        style: np.stack([_pixels(style, e.file, files[style][e.file]) for e in table])
        for style in styles
    }
    if size != (SIZE, SIZE):
        images = {
            style: crop_and_resize(tf.constant(x), size).numpy() for style, x in images.items()
        }
    return table, images


def _archive(folder: pathlib.Path, style: str) -> pathlib.Path:
    archives = [
        path
        for suffix in (".tgz", ".tar.gz", ".tar")
        for path in sorted(folder.glob(f"emoji-datasource-{style}-*{suffix}"))
        if path.is_file()
    ]
    if not archives:
        raise FileNotFoundError(
            f"no archive {folder / f'emoji-datasource-{style}-*.tgz'}: "
            f"npm pack emoji-datasource-{style}@16.0.0 writes it"
        )
    return archives[-1]


def _files(tar: bytes, style: str) -> dict[str, bytes]:
    """Reads the PNG files of a style by name."""
    found = matching_files(tar, re.compile(rf"(?:^|/)img/{style}/{SIZE}/([^/]+\.png)$"))
    if not found:
        raise ValueError(f"it holds no img/{style}/{SIZE}/*.png")
    return {match[1]: content for match, content in found.values()}


def _table(folder: pathlib.Path) -> list[Emoji]:
    """Reads the table of names from the first package that has one."""
    for path in sorted(folder.glob("emoji-datasource-*.t*")):
        with reading(path, "an undamaged package of emoji"):
            if tables := _tables(unpacked(path, _MAX_BYTES)):
                return tables[0]
    raise ValueError(f"{folder}: no package holds emoji.json, the table of names")


def _tables(tar: bytes) -> list[list[Emoji]]:
    """Reads the tables of names of a package, one or none."""
    found = matching_files(tar, _TABLE).values()
    return [_emoji_of(json.loads(content)) for _, content in found]


def _emoji_of(entries: list[dict[str, Any]]) -> list[Emoji]:
    """Returns each emoji followed by its variants, in the order of code points."""
    table = []
    for number, entry in enumerate(sorted(entries, key=lambda entry: entry["unified"])):
        name, category = entry["name"].lower(), entry["category"]
        table.append(Emoji(entry["image"], name, category, number, False))
        for tones, variant in sorted(entry.get("skin_variations", {}).items()):
            toned = " and ".join(_TONES.get(tone, tone) for tone in tones.split("-"))
            table.append(Emoji(variant["image"], f"{name}, {toned}", category, number, True))
    return table


def _pixels(style: str, name: str, content: bytes) -> np.ndarray:
    """Decodes one PNG, on white."""
    with reading(f"{style}/{name}", f"a picture of {SIZE}x{SIZE} pixels"):
        image = Image.open(io.BytesIO(content), formats=("PNG",))
        if image.size != (SIZE, SIZE):
            raise ValueError(f"it has {image.width}x{image.height} pixels")
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return np.asarray(Image.alpha_composite(white, image).convert("RGB"))
