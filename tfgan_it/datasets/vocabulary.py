"""A vocabulary: characters to tokens and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np

from tfgan_it.checks import check_integer, shown
from tfgan_it.configuration import Configurable
from tfgan_it.errors import one_line
from tfgan_it.memory import check_memory

_MANY = 5  # Most unknown characters that a message names.
_REPLACED = "Vocabulary(..., unknown=...) replaces them"
_SHOWN = 80  # Characters of a text in a message.


@keras.saving.register_keras_serializable(package="tfgan_it")
class Vocabulary(Configurable):
    """The characters of texts. Token 0 is the padding behind a text; character i is token i + 1.

    Args:
        characters: All characters, each once.
        unknown: One of the characters, which replaces those that are unknown; None to refuse them.

    Raises:
        ValueError: If there is no character, one occurs twice, or `unknown` is not among them.

    Example:

    >>> vocabulary = Vocabulary("abc")
    >>> vocabulary.encode(["cab", "a"], length=4)
    array([[3, 1, 2, 0],
           [1, 0, 0, 0]])
    >>> vocabulary.decode(vocabulary.one_hot(["cab", "a"], length=4))
    ['cab', 'a']
    """

    def __init__(self, characters: str, unknown: str | None = None) -> None:
        if not isinstance(characters, str) or not characters:
            raise ValueError(f"Vocabulary: give a string of characters, got {characters!r}.")
        twice = sorted({c for c in characters if characters.count(c) > 1})
        if twice:
            raise ValueError(f"Vocabulary: the characters hold {twice[0]!r} twice: give each once.")
        if unknown is not None and (not isinstance(unknown, str) or unknown not in [*characters]):
            raise ValueError(
                f"Vocabulary: unknown must be one of {one_line(characters)!r}, got {unknown!r}."
            )
        self.characters, self.unknown = characters, unknown
        self._tokens = {character: token for token, character in enumerate(characters, 1)}

    @classmethod
    def of(cls, texts: Iterable[str], unknown: str | None = None) -> Vocabulary:
        """Returns the vocabulary of all characters that occur in the texts, in their order.

        Args:
            texts: The texts.
            unknown: As for the class.
        """
        return cls("".join(sorted(set().union(*texts))), unknown)

    @property
    def size(self) -> int:
        """Number of tokens: the characters and the padding."""
        return 1 + len(self.characters)

    def check(self, texts: Sequence[str], length: int) -> None:
        """Checks that texts can be encoded.

        Args:
            texts: The texts.
            length: Most characters of a text.

        Raises:
            ValueError: In one line, if these are not several strings, or one is longer or has
                unknown characters that are refused.
        """
        if isinstance(texts, str | bytes) or not isinstance(texts, Sequence | np.ndarray):
            raise ValueError(f"texts must be a list of strings, got {shown(texts)}")
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise ValueError(f"text {number} must be a string, got {shown(text)}")
            name = f"text {number}, {one_line(text, _SHOWN)!r},"
            if len(text) > length:
                raise ValueError(f"{name} has {len(text)} characters, at most {length} are allowed")
            strange = sorted(set(text) - self._tokens.keys()) if self.unknown is None else []
            if strange:
                some = ", ".join(map(repr, strange[:_MANY])) + ", ..." * (len(strange) > _MANY)
                lower = self._tokens.keys() >= set(text.lower())
                instead = "write it in lower case" if lower else _REPLACED
                raise ValueError(
                    f"{name} has characters that the vocabulary lacks: {some}; {instead}"
                )

    def encode(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Returns the tokens of texts, int64 `(n, length)`, each text followed by padding.

        Args:
            texts: The texts.
            length: Number of tokens of every text.

        Raises:
            ValueError: As for `check`.
        """
        length = check_integer(self, "length", length, 1)
        self.check(texts, length)
        tokens = np.zeros((len(texts), length), "int64")
        unknown = 0 if self.unknown is None else self._tokens[self.unknown]
        for row, text in zip(tokens, texts, strict=True):
            row[: len(text)] = [self._tokens.get(character, unknown) for character in text]
        return tokens

    def one_hot(self, texts: Sequence[str], length: int) -> np.ndarray:
        """Returns one-hot tokens of texts, float32 `(n, length, size)`.

        Args:
            texts: The texts.
            length: Number of tokens of every text.

        Raises:
            ValueError: As for `check`, or if they do not fit into memory.
        """
        tokens = self.encode(texts, length)
        check_memory(f"{len(texts)} texts of {length} tokens", 4.0 * tokens.size * self.size)
        samples = np.zeros((*tokens.shape, self.size), "float32")
        np.put_along_axis(samples, tokens[..., None], 1.0, axis=-1)
        return samples

    def decode(self, samples: Any) -> list[str]:
        """Returns texts, each up to its first padding.

        Args:
            samples: Tokens, integers `(n, length)`; or probabilities, logits or one-hot tokens
                `(n, length, size)`, of which the largest column counts.

        Raises:
            ValueError: If the shape is another, or a token is not in the vocabulary.
        """
        samples = keras.ops.convert_to_numpy(samples)
        if samples.ndim == 3 and samples.shape[-1] == self.size:
            samples = samples.argmax(-1)
        if samples.ndim != 2 or samples.dtype.kind not in "iu":
            raise ValueError(
                f"Vocabulary: decode takes integers (n, length) or floats (n, length, "
                f"{self.size}), got {samples.dtype} {samples.shape}."
            )
        if samples.size and not 0 <= samples.min() <= samples.max() < self.size:
            raise ValueError(
                f"Vocabulary: tokens must be from 0 to {self.size - 1}, got {samples.min()} to "
                f"{samples.max()}."
            )
        letters = np.array(["", *self.characters], object)[samples]
        padded = np.cumsum(samples == 0, axis=1) > 0
        return ["".join(row[~over]) for row, over in zip(letters, padded, strict=True)]
