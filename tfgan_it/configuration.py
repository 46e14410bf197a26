"""Configurations from the arguments of a constructor."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np

from tfgan_it.checks import check_bool, check_type
from tfgan_it.keywords import CheckedKeywords


@dataclasses.dataclass(frozen=True)
class _Arguments:
    """The arguments of a constructor, by name.

    Keras saves the state of every network that it finds in the lists and dicts of an object. It
    does not look into this class: a network that is only copied stays out of its owner's state.
    """

    values: dict[str, Any]


class Configurable(CheckedKeywords):
    """Writes `get_config`, `from_config` and `__repr__` from the constructor's arguments.

    It precedes the Keras class among the bases, and requires nothing else of a subclass:

        class LeCam(Configurable, keras.layers.Layer): ...

    The configuration holds the constructor's arguments, with defaults for those not passed. An
    attribute may therefore differ from the argument of the same name: it may be a Variable that
    starts from it. The configuration also holds what the Keras class describes, such as `name`,
    `trainable` and `dtype` of a layer, or `reduction` of a loss.

    Keras objects among the arguments (networks, losses, latents, registered functions) are
    serialised, also in lists and dicts. Tuples and arrays become lists, and NumPy's numbers become
    Python's. Objects are kept by reference and never copied: a latent that three parts of a model
    share stays one object.

    Values are checked by the annotations of the constructor: `bool`, `Sequence`, `Mapping` and
    other classes. Constructors check numbers, strings and what several kinds of values may be.
    Unknown keywords are refused, see `CheckedKeywords`.

    Arguments that a constructor passes on by `**kwargs` belong to it too. A constructor that fixes
    such an argument of its parent, or changes its default, declares it in its own signature.

    Example:

    >>> class Scale(Configurable, keras.layers.Layer):
    ...     def __init__(self, factor=1.0, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.factor = self.add_weight(shape=(), initializer="ones")
    >>> layer = Scale(np.float32(0.5), name="half")
    >>> layer
    Scale(factor=0.5)
    >>> config = layer.get_config()
    >>> config["factor"], config["name"], config["trainable"]
    (0.5, 'half', True)
    >>> Scale.from_config(config).get_config() == config
    True
    """

    _arguments: _Arguments

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Keeps the arguments, so that `__init__` need not."""
        instance = super().__new__(cls, *args, **kwargs)
        try:
            values = _bound_arguments(cls, args, kwargs)
        except TypeError:
            # `__init__` raises the error; or this is a copy, which gets the arguments later.
            values = {}
        # Bypasses Keras, which would track the networks in it.
        object.__setattr__(instance, "_arguments", _Arguments(values))
        return instance

    def config_overrides(self) -> dict[str, Any]:
        """Returns the arguments that have changed since construction, by name.

        A subclass overrides it where its configuration must describe the present state.
        """
        return {}

    @property
    def constructor_arguments(self) -> dict[str, Any]:
        """The constructor's arguments by name: those that would build the present object."""
        return {**self._arguments.values, **self.config_overrides()}

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments, ready for JSON and for `from_config`."""
        config = _parent_config(super())
        arguments = self.constructor_arguments
        return {**{key: _serialize(value) for key, value in arguments.items()}, **config}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Self:
        """Builds the object that `get_config` described."""
        with keras.saving.custom_object_scope(custom_objects or {}):
            parent = getattr(super(), "from_config", None)
            # Keras reads what Keras wrote, such as a dtype policy.
            keras_owns = ("dtype",) if parent else ()
            arguments = {
                key: value if key in keras_owns else _deserialize(value)
                for key, value in config.items()
            }
            return parent(arguments) if parent else cls(**arguments)

    def __repr__(self) -> str:
        declared = _parameters(type(self))
        # Keras's own arguments, and the name that it gives each object, would only be noise.
        of_keras = {"name", "dtype"} if hasattr(super(), "get_config") else set()
        shown = ", ".join(
            f"{name}={value!r}"
            for name, value in self.constructor_arguments.items()
            if name not in of_keras
            and (not _same(value, declared[name]) if name in declared else not of_keras)
        )
        return f"{type(self).__name__}({shown})"


_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def _parameters(cls: type) -> dict[str, inspect.Parameter]:
    """The named arguments of a class: its own and, through **kwargs, its parents'."""
    parameters: dict[str, inspect.Parameter] = {}
    for parent in cls.__mro__:
        if "__init__" not in vars(parent):
            continue
        if not issubclass(parent, Configurable):  # Keras describes the arguments of the rest.
            break
        _, *declared = inspect.signature(vars(parent)["__init__"]).parameters.values()
        parameters = {p.name: p for p in declared if p.kind not in _VARIABLE} | parameters
        if all(parameter.kind != parameter.VAR_KEYWORD for parameter in declared):
            break
    return parameters


def _bound_arguments(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The values of the arguments of `cls(*args, **kwargs)`, defaults included, by name."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]
    values: dict[str, Any] = {}
    _, *bound = signature.bind(None, *args, **kwargs).arguments.items()
    for name, value in bound:
        variable = signature.parameters[name].kind == inspect.Parameter.VAR_KEYWORD
        values |= value if variable else {name: value}
    for name, parameter in _parameters(cls).items():
        if parameter.default is not inspect.Parameter.empty:
            values.setdefault(name, parameter.default)
    _check_types(cls, values)
    return {name: _plain(value) for name, value in values.items()}


# Constructors know which of these they take.
_CHECKED_BY_CONSTRUCTORS = {int, float, str, object, Any}


@functools.cache
def _types(cls: type) -> dict[str, tuple[type, ...]]:
    """The classes of the arguments whose annotations are classes, by name."""
    types: dict[str, tuple[type, ...]] = {}
    for parent in cls.__mro__:
        init = vars(parent).get("__init__")
        if init is None or not issubclass(parent, Configurable):
            continue
        try:
            hints = typing.get_type_hints(init)
        except NameError:  # A class that only type checkers import.
            continue
        for name, hint in hints.items():
            members = typing.get_args(hint) if typing.get_origin(hint) is not None else (hint,)
            if typing.get_origin(hint) in (Sequence, Mapping):
                members = (hint,)
            kinds = [typing.get_origin(member) or member for member in members]
            plain = all(inspect.isclass(kind) for kind in kinds)
            known = plain and not _CHECKED_BY_CONSTRUCTORS.intersection(kinds)
            types.setdefault(name, tuple(kinds) if known else ())
    return types


def _check_types(cls: type, values: Mapping[str, Any]) -> None:
    for name, kinds in _types(cls).items():
        if not kinds or name not in values:
            continue
        value = values[name]
        if bool in kinds:
            if not (value is None and type(None) in kinds):
                check_bool(cls.__name__, name, value)
        else:
            check_type(cls.__name__, name, value, kinds)


def _plain(value: Any) -> Any:
    """The value with its containers and NumPy numbers as Python's; objects are not copied."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(element) for element in value]
    if isinstance(value, Mapping):
        return {key: _plain(element) for key, element in value.items()}
    return value


def _serialize(value: Any) -> Any:
    value = _plain(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_serialize(element) for element in value]
    if isinstance(value, dict):
        return {key: _serialize(element) for key, element in value.items()}
    return keras.saving.serialize_keras_object(value)


def _deserialize(value: Any) -> Any:
    if isinstance(value, list):
        return [_deserialize(element) for element in value]
    if isinstance(value, dict):
        if {"class_name", "config"} <= value.keys():
            return keras.saving.deserialize_keras_object(value)
        return {key: _deserialize(element) for key, element in value.items()}
    return value


def _parent_config(parent: Any) -> dict[str, Any]:
    """The configuration of the next class, empty where it has none."""
    if not hasattr(parent, "get_config"):
        return {}
    try:
        return parent.get_config()
    except NotImplementedError:  # `keras.regularizers.Regularizer` raises it.
        return {}


def _same(value: Any, parameter: inspect.Parameter) -> bool:
    default = _plain(parameter.default)
    return type(value) is type(default) and value == default
