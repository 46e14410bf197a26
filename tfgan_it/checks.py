"""Checks of arguments. Each error is one line with the value and what is allowed."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.errors import unknown_name


def check_at_least(
    owner: Any,
    name: str,
    value: Any,
    minimum: float,
    *,
    infinite: bool = False,
    optional: bool = False,
) -> Any:
    """Returns the value, a number that is not below the minimum.

    Args:
        owner: The object under construction, or its name; the message starts with its class.
        name: Name of the argument.
        value: Value of the argument. A bool, a string, an array and NaN are refused.
        minimum: The smallest allowed number.
        infinite: Whether to allow infinity.
        optional: Whether to allow None.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_at_least("R1", "gamma", -1, 0)
    Traceback (most recent call last):
    ...
    ValueError: R1: gamma must be at least 0, got -1.
    """
    passes = _is_number(value) and value >= minimum
    return _checked_limit(owner, name, value, passes, f"at least {minimum}", infinite, optional)


def check_above(
    owner: Any,
    name: str,
    value: Any,
    limit: float,
    *,
    infinite: bool = False,
    optional: bool = False,
) -> Any:
    """Returns the value, a number above the limit. The arguments are those of `check_at_least`.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_above("Normal", "scale", 0.0, 0)
    Traceback (most recent call last):
    ...
    ValueError: Normal: scale must be above 0, got 0.0.
    """
    passes = _is_number(value) and value > limit
    return _checked_limit(owner, name, value, passes, f"above {limit}", infinite, optional)


def check_in_range(
    owner: Any,
    name: str,
    value: Any,
    low: float,
    high: float,
    ends: str = "[]",
    *,
    optional: bool = False,
) -> Any:
    """Returns the value, a number in the interval from `low` to `high`.

    Args:
        owner: As for `check_at_least`.
        name: Name of the argument.
        value: Value of the argument.
        low: Lower end of the interval.
        high: Upper end of the interval.
        ends: Brackets of the interval: `[` and `]` include an end, `(` and `)` exclude it.
        optional: Whether to allow None.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_in_range("LeCam", "decay", 1.0, 0, 1, "[)")
    Traceback (most recent call last):
    ...
    ValueError: LeCam: decay must be in [0, 1), got 1.0.
    """
    passes = _is_number(value)
    passes = passes and (low <= value if ends[0] == "[" else low < value)
    passes = passes and (value <= high if ends[1] == "]" else value < high)
    return _checked(owner, name, value, passes, f"in {ends[0]}{low}, {high}{ends[1]}", optional)


def check_finite(owner: Any, name: str, value: Any, *, optional: bool = False) -> Any:
    """Returns the value, a number that is neither infinite nor NaN.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_finite("LeastSquares", "a", "0")
    Traceback (most recent call last):
    ...
    ValueError: LeastSquares: a must be a finite number, got '0'.
    """
    passes = _is_number(value) and math.isfinite(value)
    return _checked(owner, name, value, passes, "a finite number", optional)


def check_integer(
    owner: Any, name: str, value: Any, minimum: int | None = None, *, optional: bool = False
) -> Any:
    """Returns the value as an int: a whole number, NumPy's included, but no float and no bool.

    Args:
        owner: As for `check_at_least`.
        name: Name of the argument.
        value: Value of the argument; an array without axes counts as its number.
        minimum: The smallest allowed number; None for any.
        optional: Whether to allow None.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_integer("PackSamples", "samples", 2.0, 1)
    Traceback (most recent call last):
    ...
    ValueError: PackSamples: samples must be a whole number of at least 1, got 2.0.
    """
    whole = _whole(value)
    passes = whole is not None and (minimum is None or whole >= minimum)
    allowed = "a whole number" + (f" of at least {minimum}" if minimum is not None else "")
    _checked(owner, name, value, passes, allowed, optional)
    return whole


def check_bool(owner: Any, name: str, value: Any) -> bool:
    """Returns the value, True or False, NumPy's included.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_bool("RandomViews", "mirror", "no")
    Traceback (most recent call last):
    ...
    ValueError: RandomViews: mirror must be True or False, got 'no'.
    """
    passes = isinstance(value, bool | np.bool_)
    return bool(_checked(owner, name, value, passes, "True or False", False))


def check_type(owner: Any, name: str, value: Any, kinds: Sequence[type]) -> Any:
    """Returns the value, an object of one of the classes; a string is not a sequence.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_type("ModalityInformation", "modalities", "image", [Sequence])
    Traceback (most recent call last):
    ...
    ValueError: ModalityInformation: modalities must be a Sequence, got 'image'.
    """
    passes = isinstance(value, tuple(kinds)) and not isinstance(value, str)
    passes = passes or (Sequence in kinds and isinstance(value, np.ndarray))
    names = ["None" if kind is type(None) else _with_article(kind.__name__) for kind in kinds]
    return _checked(owner, name, value, passes, " or ".join(names), False)


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}"


def check_seed(owner: Any, value: Any, name: str = "seed", *, optional: bool = False) -> Any:
    """Returns the seed as an int: any whole number of 64 bits with a sign.

    All seeds of the package have this range. Seeds that differ, also in their sign, give different
    numbers.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_seed("GAN", 1.5)
    Traceback (most recent call last):
    ...
    ValueError: GAN: seed must be a whole number from -2**63 to 2**63 - 1, got 1.5.
    """
    whole = _whole(value)
    passes = whole is not None and -(2**63) <= whole < 2**63
    _checked(owner, name, value, passes, "a whole number from -2**63 to 2**63 - 1", optional)
    return whole


def check_sizes(owner: Any, name: str, value: Any, *, layers: bool = False) -> tuple[int, ...]:
    """Returns the sizes of a shape as a tuple of ints of at least 1.

    Args:
        owner: As for `check_at_least`.
        name: Name of the argument.
        value: Value of the argument.
        layers: Whether the sizes are those of layers, of which there may be none.

    Raises:
        ValueError: If the value is not a sequence of such numbers.

    Example:

    >>> check_sizes("dcgan", "sample_shape", (28, -28, 1))
    Traceback (most recent call last):
    ...
    ValueError: dcgan: sample_shape must be sizes such as (28, 28, 1), got (28, -28, 1).
    """
    listed = isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim == 1)
    sizes = [_whole(size) or 0 for size in value] if listed else [0]
    allowed = "sizes such as " + ("(256, 256) or ()" if layers else "(28, 28, 1)")
    passes = all(size > 0 for size in sizes) and (layers or bool(sizes))
    _checked(owner, name, value, passes, allowed, False)
    return tuple(sizes)


def check_base(owner: Any, base: Any) -> float:
    """Returns the base of logarithms as a float: a finite number above 1.

    Raises:
        ValueError: If the value is anything else.

    Example:

    >>> check_base("Entropy", 1)
    Traceback (most recent call last):
    ...
    ValueError: Entropy: base must be a finite number above 1, got 1; 2 gives bits, math.e nats.
    """
    if not (_is_number(base) and 1 < base < math.inf):
        raise ValueError(
            f"{_prefix(owner)}base must be a finite number above 1, got {shown(base)}; "
            "2 gives bits, math.e nats."
        )
    return float(base)


def check_choice(what: str, value: Any, allowed: Iterable[str | None]) -> Any:
    """Returns the value, which is one of the allowed names.

    Raises:
        ValueError: If it is not one of them; the message gives the nearest.

    Example:

    >>> check_choice("direction", "revers", ("forward", "reverse"))
    Traceback (most recent call last):
    ...
    ValueError: Unknown direction 'revers': use one of forward, reverse (nearest: reverse).
    """
    allowed = list(allowed)
    if not isinstance(value, str | None) or value not in allowed:
        raise unknown_name(what, value, map(str, allowed))
    return value


def check_name(owner: Any, what: str, name: Any) -> str:
    """Returns the name, which is safe as a part of a path and of a line of text.

    Args:
        owner: As for `check_at_least`.
        what: What has the name.
        name: Printable string of 1 to 100 characters, without slashes and without a leading dot.

    Raises:
        ValueError: If the name is anything else.

    Example:

    >>> check_name("Product", "a part's name", "../style")
    Traceback (most recent call last):
    ...
    ValueError: Product: a part's name must have 1 to 100 printable characters, no slash and no \
leading dot, got '../style'.
    """
    passes = isinstance(name, str) and 0 < len(name) <= 100 and name.isprintable()
    passes = passes and not name.startswith(".") and "/" not in name and "\\" not in name
    allowed = "have 1 to 100 printable characters, no slash and no leading dot"
    if not passes:
        raise ValueError(f"{_prefix(owner)}{what} must {allowed}, got {shown(name)}.")
    return name


def non_finite_weight(model: keras.Model) -> str | None:
    """Returns the path of the model's first weight that is nan or infinite somewhere, or None."""
    for weight in model.weights:
        if not bool(ops.all(ops.isfinite(weight))):
            return weight.path
    return None


def _is_number(value: Any) -> bool:
    # NaN is a number here; every comparison then refuses it.
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _whole(value: Any) -> int | None:
    """The value as an int; None if it is not a whole number."""
    try:
        return None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return None


def _checked(owner: Any, name: str, value: Any, passes: bool, allowed: str, optional: bool) -> Any:
    if passes or (optional and value is None):
        return value
    allowed += ", or None" * optional
    raise ValueError(f"{_prefix(owner)}{name} must be {allowed}, got {shown(value)}.")


def _checked_limit(
    owner: Any, name: str, value: Any, passes: bool, allowed: str, infinite: bool, optional: bool
) -> Any:
    if passes and value == math.inf and not infinite:
        passes, allowed = False, "finite"
    return _checked(owner, name, value, passes, allowed, optional)


def _prefix(owner: Any) -> str:
    owner = owner if isinstance(owner, str) else type(owner).__name__
    return f"{owner}: " if owner else ""


def shown(value: Any) -> str:
    """Returns a number as `str` does, anything else as `repr`, in one line that is not long."""
    text = " ".join((str(value) if isinstance(value, numbers.Number) else repr(value)).split())
    return text if len(text) <= 200 else f"{text[:200]}..."
