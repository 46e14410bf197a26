"""Comparison of two models by their configurations."""

from __future__ import annotations

from typing import Any

import keras


def first_difference(model: keras.Model, other: keras.Model) -> tuple[str, str, str] | None:
    """Returns the first difference between the configurations of two compiled models.

    Returns:
        Where, such as `generator.layers.3.filters`, and both values; None without a difference.
        Names that Keras numbers, such as `conv2d_3`, may differ.
    """
    difference = _difference(_structure(_config(model), {}), _structure(_config(other), {}))
    if difference is None:
        return None
    path, *values = difference
    where = ".".join(str(key) for key in path if key not in ("config", "class_name"))
    return where or "the class", _text(values[0]), _text(values[1])


def _config(model: keras.Model) -> dict[str, Any]:
    config = {**model.get_config(), **model.get_compile_config()}
    config.pop("citations", None)  # Words about the model: they may be corrected.
    if "component" in config:  # An AdaGAN: its generators are trainable one after the other.
        del config["component"]
        config["generator"] = _without_trainable(config["generator"])
    return {"class_name": type(model).__name__, **config}


def _without_trainable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_trainable(x) for key, x in value.items() if key != "trainable"}
    return [_without_trainable(x) for x in value] if isinstance(value, (list, tuple)) else value


# Keys of names of layers, and those of them whose values may be dicts by output name.
_NAMES = ("name", "keras_history", "input_layers", "output_layers")
_NAMES_BY_NAME = ("input_layers", "output_layers")


def _structure(value: Any, names: dict[str, int], key: str = "") -> Any:
    """Replaces the name of each layer in a configuration by a number, in order of appearance."""
    if isinstance(value, dict):
        return {
            name: _structure(each, names, key if key in _NAMES_BY_NAME else name)
            for name, each in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_structure(each, names, key) for each in value]
    if isinstance(value, str) and key in _NAMES:
        return names.setdefault(value, len(names))
    return value


def _difference(a: Any, b: Any, path: tuple[Any, ...] = ()) -> tuple[Any, Any, Any] | None:
    if isinstance(a, dict) and isinstance(b, dict):
        keys = sorted({**b, **a}, key="class_name".__ne__)  # The class before its arguments.
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        keys = range(len(a))
        a, b = (dict(enumerate(values)) for values in (a, b))
    else:
        return None if a == b else (path, a, b)
    pairs = (_difference(a.get(key), b.get(key), (*path, key)) for key in keys)
    return next(filter(None, pairs), None)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return repr(value.get("class_name", sorted(value)) if isinstance(value, dict) else value)
