"""Objects from what users write for them: an object, a class, a name or a configuration."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from typing import Any

import keras

from tfgan_it.errors import unknown_name


def resolve(
    what: str,
    identifier: Any,
    base: type,
    kinds: Mapping[str, Any],
    nearest: Mapping[str, str] | None = None,
) -> Any:
    """Returns the object for an identifier.

    Args:
        what: What the object is, for messages.
        identifier: An object of `base`, returned as it is; a class, called without arguments; a
            name, in which capitals, hyphens and underscores do not count; or a configuration of
            `keras.saving.serialize_keras_object`.
        base: Class of the objects.
        kinds: Classes by name.
        nearest: The nearest name of names that users may expect but that mean something else.

    Raises:
        ValueError: If it is anything else (the message gives the nearest name), or if the class
            needs arguments.

    Example:

    >>> kinds = {"l1_l2": keras.regularizers.L1L2}
    >>> type(resolve("regularizer", "L1L2", keras.regularizers.Regularizer, kinds)).__name__
    'L1L2'
    """
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, Mapping) and "class_name" in identifier:
        return _from_config(what, identifier, base)
    kind = None
    if inspect.isclass(identifier) and issubclass(identifier, base) and identifier is not base:
        kind = identifier
    if isinstance(identifier, str):
        kind = {_plain(name): kind for name, kind in kinds.items()}.get(_plain(identifier))
    if kind is None:
        raise unknown_name(what, identifier, kinds, (nearest or {}).get(_plain(identifier)))
    try:
        return kind()
    except TypeError as error:
        raise ValueError(
            f"{what} {kind.__name__} needs arguments, so give an object of it: {error}."
        ) from None


def _from_config(what: str, config: Mapping[str, Any], base: type) -> Any:
    """Deserialises a configuration, in one line if that fails."""
    try:  # Some classes take things out of their configuration.
        result = keras.saving.deserialize_keras_object(copy.deepcopy(dict(config)))
    except Exception as error:  # Keras raises many kinds, with many lines.
        reason = str(error).strip().partition("\n")[0]
        raise ValueError(f"{what} cannot be made from {config!r}: {reason}") from None
    if not isinstance(result, base):
        raise ValueError(f"{what} must be of {base.__name__}, got {config['class_name']!r}.")
    return result


def _plain(name: Any) -> str:
    return str(name).lower().replace("_", "").replace("-", "").replace(" ", "")
