"""A text as condition, one-hot characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_integer, shown
from tfgan_it.conditions.condition import Condition, as_numpy, check_count
from tfgan_it.datasets.vocabulary import Vocabulary
from tfgan_it.latents import Categorical
from tfgan_it.typing import Seed, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Text(Condition):
    """A text, which the networks receive as one-hot characters `(length, vocabulary.size)`.

    Raw conditions are tokens, int64 `(n, length)`, as `encode` makes them. `broadcast`, and so
    `model.generate`, takes strings too, also texts that were not given here, if they are of the
    vocabulary's characters and not longer.

    Args:
        texts: The texts that are drawn when the user gives none, each equally often; at least two
            different ones. Those that occur again are left out.
        vocabulary: The characters; None for all that occur in the texts.
        length: Number of tokens; None for those of the longest text.

    Attributes:
        prior: Prior over the texts, a `latents.Categorical`.

    Raises:
        ValueError: If there are fewer than two texts, one is longer than `length`, or has
            characters that the vocabulary refuses.

    Source: Reed et al., 2016, "Generative Adversarial Text to Image Synthesis", for characters.

    Example:

    >>> text = Text(["cat", "goat"])
    >>> text.shape, text.broadcast("tag", 2).tolist()
    ((4, 6), [[5, 1, 3, 0], [5, 1, 3, 0]])
    >>> round(text.entropy(), 4)
    0.6931
    """

    raw_dtype = "int64"
    has_prior = True

    def __init__(
        self,
        texts: Sequence[str],
        vocabulary: Vocabulary | None = None,
        length: int | None = None,
    ) -> None:
        if any(not isinstance(text, str) for text in texts):
            raise ValueError(f"Text: texts must be a list of strings, got {shown(texts)}.")
        self.texts = tuple(dict.fromkeys(texts))
        if len(self.texts) < 2:
            raise ValueError(f"Text: needs at least 2 different texts, got {shown(texts)}.")
        self.vocabulary = vocabulary or Vocabulary.of(self.texts)
        longest = max(1, *map(len, self.texts))
        self.length = longest if length is None else check_integer(self, "length", length, 1)
        self.raw_shape = (self.length,)
        self.prior = Categorical(len(self.texts))
        self._tokens = self.encode(self.texts)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape `(length, vocabulary.size)`."""
        return (self.length, self.vocabulary.size)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Returns the tokens of texts, int64 `(n, length)`, each followed by padding.

        Raises:
            ValueError: In one line, if a text is longer or has unknown characters.
        """
        try:
            return self.vocabulary.encode(texts, self.length)
        except ValueError as error:
            raise ValueError(f"Text: {error}.") from None

    def prepare(self, y: Tensor) -> Tensor:
        """Converts tokens to one-hot characters, float32 `(n, length, vocabulary.size)`."""
        tokens = ops.reshape(ops.cast(ops.convert_to_tensor(y), "int32"), (-1, self.length))
        return ops.one_hot(tokens, self.vocabulary.size, dtype="float32")

    def check(self, y: Tensor, n: int) -> None:
        """Checks that `y` holds the tokens of a text for each of n samples.

        Args:
            y: Whole numbers, `(n, length)`.
            n: Number of samples.

        Raises:
            ValueError: If the shape, the count or a token is invalid; the message is one line.
        """
        if _strings(y) is not None:
            raise ValueError("Text: conditions are strings, must be tokens: Text.encode(strings).")
        y = _as_tokens(y)
        if y.dtype.kind not in "iu":
            raise ValueError(f"Text: conditions are {y.dtype}, must be whole numbers, tokens.")
        check_count(y, n, "Text")
        if y.shape[1:] != self.raw_shape:
            raise ValueError(f"Text: conditions have shape {y.shape}, must be (n, {self.length}).")
        if y.size and not 0 <= y.min() <= y.max() < self.vocabulary.size:
            raise ValueError(
                f"Text: tokens lie in [{y.min()}, {y.max()}], must be in "
                f"0..{self.vocabulary.size - 1}."
            )

    def broadcast(self, value: Tensor, n: int) -> np.ndarray:
        """Returns the tokens of n samples, int64 `(n, length)`.

        Args:
            value: A string or 1 or n of them, Python's, NumPy's or TensorFlow's; or tokens
                `(length,)`, `(1, length)` or `(n, length)`.
            n: Number of samples.

        Raises:
            ValueError: As for `check` and `encode`.
        """
        texts = _strings(value)
        value = _as_tokens(value) if texts is None else self.encode(texts)
        return super().broadcast(value, n).astype("int64")

    def sample(self, n: Tensor, seed: Seed = None) -> Tensor:
        """Draws n of the texts, tokens int64 `(n, length)`."""
        chosen = ops.argmax(self.prior.sample(n, seed), axis=-1)
        return ops.take(ops.convert_to_tensor(self._tokens), chosen, axis=0)

    def entropy(self) -> float:
        """Returns H(y) in nats, the logarithm of the number of texts."""
        return self.prior.entropy()

    def describe(self) -> str:
        """Returns a description in one line."""
        return (
            f"a text of at most {self.length} of {len(self.vocabulary.characters)} characters, of "
            f"{len(self.texts)} known ones, H(y) = {self.entropy():.4f} nats"
        )


def _strings(value: Any) -> list[Any] | None:
    """Returns a string, or several in a list, an array or a tensor, as a list; None for others.

    Bytes, which tensors of strings hold, are read as UTF-8.
    """
    if isinstance(value, str | bytes):
        value = [value]
    elif hasattr(value, "dtype"):
        array = as_numpy(value)
        if array.dtype.kind not in "OSU" or array.ndim > 1:
            return None
        value = np.atleast_1d(array).tolist()
    if not isinstance(value, list | tuple) or not any(isinstance(x, str | bytes) for x in value):
        return None
    return [x.decode(errors="replace") if isinstance(x, bytes) else x for x in value]


def _as_tokens(value: Any) -> np.ndarray:
    try:
        tokens = as_numpy(value)
    except ValueError:
        tokens = np.empty(0, object)  # Lists of different lengths.
    if tokens.dtype.kind in "OSU":
        raise ValueError(
            f"Text: conditions must be strings, or tokens of one length, got {shown(value)}."
        )
    return tokens
