"""Texts as sequences of one-hot characters: words of a file, names of emoji, words of Unicode."""

from __future__ import annotations

import dataclasses
import os
import unicodedata
from collections.abc import Sequence

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_integer
from tfgan_it.datasets.emoji import FOLDER, emoji_names
from tfgan_it.datasets.splits import hold_out
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.errors import one_line
from tfgan_it.files import local_path, reading
from tfgan_it.keywords import CheckedKeywords

TEXTS = ("unicode_words", "emoji_names")
_LONGEST = 32  # Characters of the longest text that the named sets keep.
_EVERY = 8  # One text in so many is held out.
_MAX_BYTES = 2**28


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class TextDataset(CheckedKeywords):
    """Texts in memory, with the attributes of `ImageDataset`, so that it can take its place.

    Args:
        name: Name of the set in records and run directories.
        vocabulary: The characters.
        length: Tokens of a sample.
        train_texts: Training texts, at least one.
        test_texts: Test texts, at least one.

    Attributes:
        train_images: One-hot tokens of the training texts, float32 `(n, length, vocabulary.size)`.
        test_images: Those of the test texts.

    Raises:
        ValueError: If a text is longer than `length`, or has characters that the vocabulary
            refuses.

    Example:

    >>> TextDataset("pets", Vocabulary("acdgot"), 4, ("cat", "dog"), ("goat",))
    TextDataset('pets', 2 train + 1 test texts of up to 4 of 6 characters)
    """

    name: str
    vocabulary: Vocabulary
    length: int
    train_texts: tuple[str, ...]
    test_texts: tuple[str, ...]
    train_images: np.ndarray = dataclasses.field(init=False)
    test_images: np.ndarray = dataclasses.field(init=False)
    train_labels: None = dataclasses.field(default=None, init=False)
    test_labels: None = dataclasses.field(default=None, init=False)

    def __post_init__(self) -> None:
        check_integer(self, "length", self.length, 1)
        for part in ("train", "test"):
            texts = getattr(self, f"{part}_texts")
            if not isinstance(texts, tuple) or not texts:
                raise ValueError(f"{part}_texts must be a tuple of texts, got {texts!r}")
            one_hot = self.vocabulary.one_hot(texts, self.length)
            object.__setattr__(self, f"{part}_images", one_hot)

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of a sample, `(length, vocabulary.size)`."""
        return self.train_images.shape[1:]

    def __repr__(self) -> str:
        return (
            f"TextDataset({self.name!r}, {len(self.train_texts)} train + {len(self.test_texts)} "
            f"test texts of up to {self.length} of {len(self.vocabulary.characters)} characters)"
        )


@check_arguments()
def texts(
    source: str | os.PathLike | Sequence[str],
    *,
    files_dir: str | os.PathLike | None = None,
    length: int | None = None,
    vocabulary: Vocabulary | None = None,
) -> TextDataset:
    """Loads different texts; one in eight is held out, always the same.

    Args:
        source: `unicode_words`, the 3,822 words of three or more letters in the names of Unicode's
            characters (version 3.2, which every Python holds); `emoji_names`, the names of emoji
            without their variants, from `files_dir`, see `datasets.emoji`; the path of a text file
            in UTF-8 with one word or text in a line; or a list of texts. Texts that occur again
            and empty ones are left out.
        files_dir: Folder of raw files, for `emoji_names`.
        length: Tokens of a sample; None for those of the longest text. Of the named sets, longer
            texts are left out, by default those of more than 32 characters.
        vocabulary: The characters; None for all that occur.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: In one line, if the file is not text or is larger than 256 MiB, there are fewer
            than two texts, one is longer than `length`, or has characters that the vocabulary
            refuses.

    Example:

    >>> texts(["cat", "dog", "goat"])
    TextDataset('texts', 2 train + 1 test texts of up to 4 of 6 characters)
    """
    if not isinstance(source, str | os.PathLike):
        name, found = "texts", list(source)
        if wrong := [text for text in found if not isinstance(text, str)]:
            raise ValueError(f"texts: give strings, got {one_line(repr(wrong[0]))}")
    elif source in TEXTS:
        name = str(source)
        found = unicode_words() if source == "unicode_words" else _emoji_names(files_dir)
        found = [text for text in found if len(text) <= (length or _LONGEST)]
    else:
        path = local_path(source, "the texts")
        name, found = path.stem, _lines(path)
    found = list(dict.fromkeys(text for text in found if text))
    if len(found) < 2:
        raise ValueError(f"{one_line(str(name))} has {len(found)} texts, at least 2 are needed")
    vocabulary = vocabulary or Vocabulary.of(found)
    length = length or max(map(len, found))
    try:
        vocabulary.check(found, length)
    except ValueError as error:
        raise ValueError(f"{one_line(str(source) if name != 'texts' else name)}: {error}") from None
    train, test = hold_out(len(found), every=_EVERY)
    parts = (tuple(found[i] for i in part) for part in (train, test))
    return TextDataset(name, vocabulary, length, *parts)


def unicode_words() -> list[str]:
    """Returns the words of three or more letters in the names of Unicode's characters, sorted.

    These are those of Unicode 3.2, in lower case; names made by a rule, such as those of Hangul
    syllables, are left out.

    Example:

    >>> words = unicode_words()
    >>> "snowman" in words, "umbrella" in words
    (True, True)
    """
    names = (unicodedata.ucd_3_2_0.name(chr(code), "") for code in range(0x20000))
    rules = ("CJK ", "HANGUL SYLLABLE ")
    words = {word for name in names if not name.startswith(rules) for word in name.split()}
    return sorted(word.lower() for word in words if len(word) > 2 and word.isalpha())


def _emoji_names(files_dir: str | os.PathLike | None) -> list[str]:
    if files_dir is None:
        raise FileNotFoundError(f"emoji_names are read from files_dir/{FOLDER}: give files_dir")
    return emoji_names(files_dir)


def _lines(path: os.PathLike) -> list[str]:
    path = local_path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no text file {path}")
    with reading(path, "a text file in UTF-8"):
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"it has more than {_MAX_BYTES:,} bytes")
        return [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
