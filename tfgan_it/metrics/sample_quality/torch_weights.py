"""Arrays from a file of PyTorch, without PyTorch."""

from __future__ import annotations

import collections
import io
import os
import pickle
import zipfile
from typing import IO, Any

import numpy as np

from tfgan_it.files import local_path

_DTYPES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}
_MAGIC = 0x1950A86A20F9469CFC6C  # Of files before PyTorch 1.6.


def read_torch_weights(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads a state dict that `torch.save` wrote, in the format of any version.

    Only tensors on the CPU in ordered dicts are read: no other class is looked up, and no code in
    the file is executed.

    Args:
        path: File of a dict of tensors.

    Returns:
        An array for each tensor, in the order of the file.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or holds anything else.
    """
    path = local_path(path)
    with path.open("rb") as file:
        try:
            found = _from_zip(file) if zipfile.is_zipfile(path) else _from_pickles(file)
            if not all(isinstance(value, np.ndarray) for value in found.values()):
                raise ValueError("it is not a dict of tensors")
            return dict(found)
        except Exception as error:  # A damaged file raises errors of any kind.
            reason = f"{error}".splitlines()[0] if f"{error}" else type(error).__name__
            raise ValueError(f"{path} is not a file of PyTorch's weights: {reason}.") from error


class _Storage:
    """The numbers of a tensor, which may come after the tensor in the file."""

    def __init__(self, kind: str, count: int) -> None:
        self.values = np.zeros(count, _DTYPES[kind])


class _Kind:
    """The type of a storage, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name


class _Unpickler(pickle.Unpickler):
    """Unpickles dicts of tensors, and nothing else."""

    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self.storages = storages

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in _DTYPES:
            return _Kind(name)
        raise ValueError(f"it holds a {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        _, kind, key, _, count, *_ = pid
        return self.storages.setdefault(key, _Storage(kind.name, count))


def _tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> np.ndarray:
    size = storage.values.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if min((0, offset, *strides)) < 0 or (0 not in shape and last >= len(storage.values)):
        raise ValueError("a tensor is larger than its storage")
    return np.lib.stride_tricks.as_strided(
        storage.values[offset:], shape, [size * step for step in strides]
    )


def _from_zip(file: IO[bytes]) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        [record] = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        storages: dict[str, _Storage] = {}
        found = _Unpickler(io.BytesIO(archive.read(record)), storages).load()
        for key, storage in storages.items():
            data = archive.read(f"{record.removesuffix('data.pkl')}data/{key}")
            storage.values[...] = np.frombuffer(data, storage.values.dtype)
    return found


def _from_pickles(file: IO[bytes]) -> dict[str, Any]:
    storages: dict[str, _Storage] = {}

    def load() -> Any:
        return _Unpickler(file, storages).load()

    if load() != _MAGIC:
        raise ValueError("it does not begin as one")
    load(), load()  # Version and system.
    found, keys = load(), load()
    for key in keys:
        values = storages[key].values
        [count] = np.frombuffer(file.read(8), "<i8")
        if count != len(values):
            raise ValueError("a storage has another size than its tensor")
        values[...] = np.frombuffer(file.read(values.nbytes), values.dtype)
    return found
