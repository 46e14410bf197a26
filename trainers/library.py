"""The library, as programs import it: first what needs no Keras, the rest when it is needed.

`import tfgan_it` registers its classes with Keras, and so imports Keras and TensorFlow, which takes
seconds; so does the import of any module of it. A program that prints its help or refuses a flag
should not wait for that.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

# Modules of `tfgan_it` that import only the standard library and each other, in this order.
_WITHOUT_KERAS = ("synonyms", "errors", "files", "version")
# What TensorFlow's libraries in C++ log while they are loaded, whatever TF_CPP_MIN_LOG_LEVEL says.
_LOG_LINE = "WARNING: All log messages before absl::InitializeLog|[IW][0-9]{4} |To enable "


def folder() -> pathlib.Path:
    """Returns the folder of `tfgan_it`, without importing it."""
    spec = importlib.util.find_spec("tfgan_it")
    if spec is None or spec.origin is None:
        raise ImportError("No package tfgan_it: run pip install tfgan_it, or work in a checkout.")
    return pathlib.Path(spec.origin).parent


def import_without_keras() -> None:
    """Makes `from tfgan_it.errors import ...`, and the same of `files`, not import Keras.

    The modules are loaded under their own names before their package is, which then takes them.
    """
    if "tfgan_it" in sys.modules:
        return
    for name in _WITHOUT_KERAS:
        full_name = f"tfgan_it.{name}"
        spec = importlib.util.spec_from_file_location(full_name, folder() / f"{name}.py")
        assert spec is not None and spec.loader is not None
        sys.modules[full_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full_name])


def import_whole() -> None:
    """Imports all of `tfgan_it`, with Keras and TensorFlow, without lines of their logs."""
    if hasattr(sys.modules.get("tfgan_it"), "models"):
        return
    with without_log_lines():
        package = importlib.import_module("tfgan_it")
    for name in _WITHOUT_KERAS:
        setattr(package, name, sys.modules[f"tfgan_it.{name}"])


@contextlib.contextmanager
def without_log_lines() -> Iterator[None]:
    """Leaves log lines out of what is written to standard error, also by libraries in C++.

    Other lines pass at once, through a process of its own: the last words of a library that aborts
    are not lost.
    """
    try:
        before = os.dup(2)
        filtered = subprocess.Popen(
            ["sed", "-u", "-E", f"/^({_LOG_LINE})/d"],
            stdin=subprocess.PIPE,
            stdout=before,
            start_new_session=True,  # Ctrl-C is not for it.
        )
    except OSError:  # There is no standard error, or no sed.
        yield
        return
    assert filtered.stdin is not None
    sys.stderr.flush()
    os.dup2(filtered.stdin.fileno(), 2)
    filtered.stdin.close()
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(before, 2)
        os.close(before)
        filtered.wait()
