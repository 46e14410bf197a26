"""Arguments of functions that build networks and models, checked before anything is built."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import keras
import numpy as np

from tfgan_it.checks import check_bool, check_finite, check_integer, check_seed, check_sizes
from tfgan_it.errors import unknown_name
from tfgan_it.memory import limited_weights

Function = TypeVar("Function", bound=Callable[..., Any])


# Counts of which none is a choice; also those whose default is 0.
_MAY_BE_ZERO = ("categories", "continuous", "depth", "gap", "motion_categories", "phase_shuffle")
_MAY_BE_ZERO += ("pool_size", "start")

_SHAPES = "Sequence[int] | Mapping[str, Sequence[int]]"  # Of one array, or of several by name.


def check_arguments(what: str = "argument") -> Callable[[Function], Function]:
    """Decorates a function to check names and values of its arguments when it is called.

    Unknown names are refused. By the annotation of a parameter, `int` takes whole numbers of at
    least 1 (of few names 0 too), `float` finite numbers, both NumPy's included, `bool` takes bools,
    and the `Sequence[int]` of a shape sizes of at least 1. The function gets Python's numbers.
    Weights that need more memory than the machine has are refused before they are created.

    Args:
        what: What the arguments are called in messages.

    Raises:
        TypeError: When called, if a name is unknown; the message lists the names and the nearest.
        ValueError: When called, if a value is invalid.

    Example:

    >>> @check_arguments("hyperparameter")
    ... def toy(shape: Sequence[int], *, width: int = 4, depth: int = 2):
    ...     return shape, width
    >>> toy([2], width=np.int64(8))
    ((2,), 8)
    >>> toy((2,), widht=8)
    Traceback (most recent call last):
    TypeError: Unknown hyperparameter of toy 'widht': use one of depth, width (nearest: width).
    >>> toy((2,), width="8")
    Traceback (most recent call last):
    ValueError: toy: width must be a whole number of at least 1, got '8'.
    """

    def decorate(function: Function) -> Function:
        owner = function.__name__
        parameters = inspect.signature(function).parameters
        kinds = {parameter.kind for parameter in parameters.values()}
        closed = inspect.Parameter.VAR_KEYWORD not in kinds
        by_name = [p.name for p in parameters.values() if p.kind is not p.POSITIONAL_ONLY]
        keyword_only = [p.name for p in parameters.values() if p.kind is p.KEYWORD_ONLY]
        names = keyword_only or by_name
        positional = [name for name in parameters if name not in keyword_only]

        @functools.wraps(function)
        def checked(*args: Any, **options: Any) -> Any:
            for name in options if closed else ():
                if name not in by_name:
                    raise TypeError(str(unknown_name(f"{what} of {owner}", name, names)))
            named = dict(zip(positional, args, strict=False))
            values = [_checked(owner, parameters[n], v) for n, v in named.items()]
            options = {
                name: _checked(owner, parameters[name], value) if name in parameters else value
                for name, value in options.items()
            }
            with limited_weights(owner):
                return function(*values, *args[len(values) :], **options)

        return typing.cast("Function", checked)

    return decorate


def network_builder(function: Function) -> Function:
    """Decorates a function that builds a network: `check_arguments`, and channels are last.

    Networks take images `(height, width, channels)` also where Keras is set to `channels_first`.
    """

    @functools.wraps(function)
    def channels_last(*args: Any, **options: Any) -> Any:
        before = keras.config.image_data_format()
        keras.config.set_image_data_format("channels_last")
        try:
            return function(*args, **options)
        finally:
            keras.config.set_image_data_format(before)

    return check_arguments()(typing.cast("Function", channels_last))


def _checked(owner: str, parameter: inspect.Parameter, value: Any) -> Any:
    """The value as the parameter's annotation asks; values of other annotations are unchanged."""
    name, annotation = parameter.name, str(parameter.annotation)
    kind = annotation.removesuffix(" | None")
    if value is None and kind != annotation:
        return None
    if kind == "int" and name == "seed":
        return check_seed(owner, value)
    if kind == "int":
        optional = parameter.default is not inspect.Parameter.empty
        zero = parameter.default == 0 or (optional and name in _MAY_BE_ZERO)
        return check_integer(owner, name, value, 0 if zero else 1)
    if kind == "float":
        value = check_finite(owner, name, value)
        return value if isinstance(value, int | float) else float(np.asarray(value))
    if kind == "bool":
        return check_bool(owner, name, value)
    if name.endswith("shape") and kind in ("Sequence[int]", "tuple[int, ...]", _SHAPES):
        if kind == _SHAPES and isinstance(value, Mapping):
            return {key: check_sizes(owner, f"{name}[{key!r}]", v) for key, v in value.items()}
        return check_sizes(owner, name, value)
    if kind == "Mapping[str, Any]" and not isinstance(value, Mapping):
        raise ValueError(f"{owner}: {name} must be a dict of arguments by name, got {value!r}.")
    return value
