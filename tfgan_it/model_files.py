"""Models in `.keras` files, which may come from anywhere and be damaged in any way."""

from __future__ import annotations

import io
import json
import math
import os
import pathlib
import re
import stat
import warnings
import zipfile
import zlib
from typing import Any

import h5py
import keras

from tfgan_it.errors import one_line
from tfgan_it.files import local_path
from tfgan_it.memory import limited_weights
from tfgan_it.version import __version__

METADATA = "tfgan_it.json"  # Member of checkpoints, beside those of Keras.
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_MEMBERS = {_CONFIG, _WEIGHTS, "metadata.json"}
# Vocabularies and the like; Keras unpacks them into a temporary folder.
_ASSET = re.compile(r"assets(/[\w-][\w.-]*)*/?")
_LARGEST_CONFIG = 2**23  # Bytes; those of all recipes have less than 200 kB.
# The modules of Keras whose classes and functions are parts of models.
_ROOMS_OF_KERAS = ("", "activations", "constraints", "dtype_policies", "initializers", "layers")
_ROOMS_OF_KERAS += ("losses", "metrics", "models", "ops", "optimizers", "quantizers", "random")
_ROOMS_OF_KERAS += ("regularizers",)
_EXPANSION = 20  # Of a member that another program compressed; Keras compresses none.
_SPARE = 2**24  # Bytes of variables that a file does not store, such as those of metrics.


def load_model(path: str | os.PathLike[str]) -> keras.Model:
    """Loads a `.keras` file in Keras's safe mode, within the memory that its size warrants.

    Only classes and functions of Keras and those that are registered in this process are built: no
    other module is imported, and no code in the file is executed. Before anything is allocated, the
    archive is checked: its members, their checksums, and the sizes that they declare. Variables may
    take twice the size of the stored weights, and 16 MiB.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is not a whole and harmless file of a model; one line names the file.
    """
    path = local_path(path)
    # A pipe would wait for its writer for ever.
    if path.suffix != ".keras" or not stat.S_ISREG(path.stat().st_mode):
        raise ValueError(f"{path} is not a .keras file.")
    with path.open("rb"):  # A missing permission is not a damaged file.
        pass
    try:
        limit = 2 * _checked_weights_size(path) + _SPARE
        with limited_weights("the model", limit), warnings.catch_warnings():
            # Keras only warns of an optimizer whose variables are missing.
            warnings.simplefilter("error", UserWarning)
            model = keras.models.load_model(path, safe_mode=True)
            if not isinstance(model, keras.Model):
                raise ValueError(f"it is a {type(model).__name__}, not a keras.Model")
            return model
    except Exception as error:  # A damaged file raises errors of any kind.
        raise ValueError(f"{path} cannot be loaded: {_reason(path, error)}.") from error


def _checked_weights_size(path: pathlib.Path) -> int:
    """Checks the archive, and returns the size of its weights in bytes."""
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: info for info in archive.infolist()}
        known = {*_MEMBERS, METADATA}
        others = [name for name in members if name not in known and not _ASSET.fullmatch(name)]
        if others or not members.keys() >= _MEMBERS or len(members) < len(archive.infolist()):
            raise ValueError(f"its members must be {', '.join(sorted(_MEMBERS))}, once each")
        for name, info in members.items():
            if info.flag_bits & 1:
                raise ValueError(f"{name} is encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"{name} is compressed in a way that Keras does not use")
            if info.file_size > _EXPANSION * info.compress_size + 1024:
                raise ValueError(f"{name} claims {info.file_size} bytes of {info.compress_size}")
            if name in (_CONFIG, METADATA) and info.file_size > _LARGEST_CONFIG:
                raise ValueError(f"{name} has more than {_LARGEST_CONFIG} bytes")
        contents = {name: archive.read(name) for name in members}  # Checks the checksums.
    try:
        config = json.loads(contents[_CONFIG])
    except ValueError:
        raise ValueError(f"{_CONFIG} is not JSON") from None
    _check_config(config)
    size = len(contents[_WEIGHTS])
    with h5py.File(io.BytesIO(contents[_WEIGHTS]), "r") as weights:
        _check_weights(weights, size)
    return size


def _check_config(config: Any) -> None:
    """Checks that a configuration names only what models are made of.

    Keras takes any other module only for what is registered, but all public names of its own, which
    include functions that write files.
    """
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ValueError(f"{_CONFIG} does not describe a model")
    values: list[Any] = [config]
    while values:
        value = values.pop()
        if isinstance(value, list):
            values += value
        if not isinstance(value, dict):
            continue
        values += value.values()
        module = value.get("module", "keras") or "keras"
        parts = module.split(".") if isinstance(module, str) else [module]
        room = ".".join(part for part in parts[1:] if part != "src").partition(".")[0]
        # Functions of `keras.models` read and write files; older versions of Keras would call them.
        known = room in _ROOMS_OF_KERAS and (room, value.get("class_name")) != (
            "models",
            "function",
        )
        if "class_name" in value and parts[0] == "keras" and not known:
            raise ValueError(f"{_CONFIG} names {module}, which is not a part of models")


def _check_weights(weights: h5py.File, size: int) -> None:
    """Checks that the datasets are arrays that lie in the file as Keras writes them."""
    declared = 0

    def visit(name: str, node: Any) -> None:
        nonlocal declared
        if not isinstance(node, h5py.Dataset):
            return
        if node.external or node.is_virtual or node.dtype.hasobject:
            raise ValueError(f"{name} in {_WEIGHTS} does not lie in the file")
        declared += math.prod(node.shape) * node.dtype.itemsize
        if declared > size:
            raise ValueError(f"{name} in {_WEIGHTS} claims more bytes than the file has")

    def refuse(name: str, link: Any) -> None:
        if not isinstance(link, h5py.HardLink):  # A soft or external link.
            raise ValueError(f"{name} in {_WEIGHTS} does not lie in the file")

    weights.visititems_links(refuse)
    weights.visititems(visit)


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Returns what a checkpoint was saved with beside its model; empty if that is nothing.

    Raises:
        ValueError: If it is damaged; one line names the file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if METADATA not in archive.namelist():
                return {}
            if archive.getinfo(METADATA).file_size > _LARGEST_CONFIG:
                raise ValueError(f"more than {_LARGEST_CONFIG} bytes")
            metadata = json.loads(archive.read(METADATA))
            if not isinstance(metadata, dict):
                raise ValueError("not a dict")
    except Exception as error:  # A damaged file raises errors of any kind.
        reason = one_line(error).rstrip(".")
        raise ValueError(f"{path} has a damaged {METADATA}: {reason}.") from error
    return metadata


def comment(step: int) -> bytes:
    """Returns the comment of a checkpoint's archive: what wrote it, and at which step."""
    return f"tfgan_it {__version__} step {step}".encode()


def written_by(path: str | os.PathLike[str]) -> str | None:
    """Returns the version of tfgan_it that wrote a checkpoint, or None if it is not recorded."""
    return _comment(path)[0]


def step_of(path: str | os.PathLike[str]) -> int | None:
    """Returns the step at which a checkpoint was written, or None if it is not recorded."""
    step = _comment(path)[1]
    return None if step is None else int(step)


def _comment(path: str | os.PathLike[str]) -> tuple[str | None, str | None]:
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.comment.decode(errors="replace")
    except (zipfile.BadZipFile, OSError):
        return None, None
    match = re.fullmatch(r"tfgan_it (\S+)(?: step ([0-9]{1,18}))?", text.strip())
    return (match[1], match[2]) if match else (None, None)


def _reason(path: pathlib.Path, error: Exception) -> str:
    """Says what is wrong with a file, without a full stop at the end."""
    version = written_by(path)
    if version not in (None, __version__):
        return f"tfgan_it {version} wrote it, this is tfgan_it {__version__}"
    if isinstance(error, (zipfile.BadZipFile, EOFError, zlib.error)):
        return "it is not a whole archive"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UserWarning) or str(error).startswith("A total of"):
        return "its weights are not those of its networks"
    message = str(error).rpartition("Exception encountered: ")[2]  # Keras puts the whole before it.
    first, *_ = [*message.strip().splitlines(), ""]
    kind = "" if isinstance(error, (ValueError, MemoryError)) else f"{type(error).__name__}: "
    return (kind + one_line(ValueError(first or "damaged"))).rstrip(" .:")
