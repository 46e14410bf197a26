"""Names of the arguments of constructors, checked before anything is constructed."""

from __future__ import annotations

import functools
import inspect
from typing import Any, NamedTuple, Self

from tfgan_it.errors import nearest_names, unknown_name

# What a layer of Keras takes beside the arguments that it declares.
_OF_LAYERS = ("input_dim", "input_shape")
# Likeness of spelling that no other word reaches by chance.
_MISSPELT = 0.75
_PASSED_ON = "kwargs"
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class _OfConstructor:
    """The signature of a class: that of `__init__`, where Python would take that of `__new__`."""

    def __get__(self, instance: Any, owner: type) -> inspect.Signature:
        if instance is not None:  # An instance that is called has the signature of its call.
            raise AttributeError("__signature__")
        signature = inspect.signature(owner.__init__)  # type: ignore[misc]
        return signature.replace(parameters=list(signature.parameters.values())[1:])


class CheckedKeywords:
    """A mix-in: a keyword that the constructor does not take is answered with the nearest.

    It precedes the other bases. Constructors pass on what they do not declare as `**kwargs`; a
    constructor whose `**parts` have another name takes any keyword, and so does one of a class
    outside of the package with `**kwargs`, which may read them itself.

    Raises:
        TypeError: If there is no such argument; the message lists the names and the nearest.

    Example:

    >>> class Grid(CheckedKeywords):
    ...     def __init__(self, columns=8):
    ...         self.columns = columns
    >>> Grid(colums=4)
    Traceback (most recent call last):
    TypeError: Unknown argument of Grid 'colums': use one of columns (nearest: columns).
    """

    __signature__ = _OfConstructor()

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Checks the keywords."""
        names = _names(cls)  # type: ignore[arg-type]
        if names is not None:
            for name in kwargs:
                if name not in names.own + names.of_keras:
                    raise TypeError(_message(cls, name, names))
        new = super().__new__
        return new(cls) if new is object.__new__ else new(cls, *args, **kwargs)


class _Names(NamedTuple):
    """Names of the arguments that a class takes: its own, and those of its Keras class."""

    own: tuple[str, ...]
    of_keras: tuple[str, ...]


@functools.cache
def _names(cls: type) -> _Names | None:
    """The names of a constructor's arguments; None if it takes any."""
    own: dict[str, None] = {}
    for parent in cls.__mro__:
        init = vars(parent).get("__init__")
        if not inspect.isfunction(init):  # Of `object`, or none.
            continue
        if _package(parent) == "keras":
            return _Names(tuple(own), _keras_names(cls))
        _, *parameters = inspect.signature(init).parameters.values()
        own |= dict.fromkeys(p.name for p in parameters if p.kind in _NAMED)
        rest = [p.name for p in parameters if p.kind is inspect.Parameter.VAR_KEYWORD]
        if not rest:
            break
        if rest != [_PASSED_ON] or _package(parent) != _package(CheckedKeywords):
            return None
    return _Names(tuple(own), ())


def _message(cls: type, name: str, names: _Names) -> str:
    shown = names.own or names.of_keras
    nearest = nearest_names(name, names.of_keras, cutoff=_MISSPELT) or nearest_names(name, shown)
    return str(unknown_name(f"argument of {cls.__name__}", name, shown, *nearest))


def _keras_names(cls: type) -> tuple[str, ...]:
    """The names that the Keras classes among the parents declare."""
    names: list[str] = []
    for parent in cls.__mro__:
        init = vars(parent).get("__init__")
        if _package(parent) == "keras" and inspect.isfunction(init):
            _, *parameters = inspect.signature(init).parameters.values()
            names += [p.name for p in parameters if p.kind in _NAMED]
            names += _OF_LAYERS if parent.__name__ == "Layer" else ()
    return tuple(dict.fromkeys(names))


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]
