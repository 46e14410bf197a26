"""Packages that a format needs, named where they are missing."""

from __future__ import annotations

import importlib
from types import ModuleType

from tfgan_it.errors import missing_package


def need(name: str, extra: str) -> ModuleType:
    """Imports a package of an extra.

    Args:
        name: Name of the module.
        extra: The extra of this package that brings it.

    Raises:
        ImportError: If it is not installed.

    Example:

    >>> need("json", "onnx").dumps(1)
    '1'
    """
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        package = name.partition(".")[0]
        raise missing_package("An export to this format", package, extra) from error
