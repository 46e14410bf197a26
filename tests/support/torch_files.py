"""Files as `torch.save` writes them, of both its formats, without PyTorch."""

import collections
import io
import pickle
import sys
import types
import zipfile

import numpy as np
import pytest

MAGIC = 0x1950A86A20F9469CFC6C


class _Storage:
    def __init__(self, key, values):
        self.key, self.values = key, values


class _Tensor:
    def __init__(self, storage, shape, strides):
        self.parts = storage, shape, strides

    def __reduce__(self):
        storage, shape, strides = self.parts
        rebuild = sys.modules["torch._utils"]._rebuild_tensor_v2
        return rebuild, (storage, 0, shape, strides, False, collections.OrderedDict())


class _Pickler(pickle.Pickler):
    def __init__(self, file, *more):
        super().__init__(file, 2)
        self.more = more

    def persistent_id(self, thing):
        if not isinstance(thing, _Storage):
            return None
        kind = "LongStorage" if thing.values.dtype.kind == "i" else "FloatStorage"
        kind = getattr(sys.modules["torch"], kind)
        return ("storage", kind, thing.key, "cpu", thing.values.size, *self.more)


def save_as_torch(path, arrays, legacy=False):
    """Writes a state dict of float32 and int64 arrays."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2():
        pass

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    storages, tensors = [], collections.OrderedDict()
    for index, (name, array) in enumerate(arrays.items()):
        array = np.array(array, order="C")
        storages.append(_Storage(str(index), array.ravel()))
        strides = tuple(step // array.itemsize for step in array.strides)
        tensors[name] = _Tensor(storages[-1], array.shape, strides)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", torch)
        patch.setitem(sys.modules, "torch._utils", utils)
        pickled = io.BytesIO()
        _Pickler(pickled, *([None] if legacy else [])).dump(tensors)
    if legacy:
        with open(path, "wb") as file:
            for part in (MAGIC, 1001, {"little_endian": True}):
                pickle.dump(part, file, 2)
            file.write(pickled.getvalue())
            pickle.dump([storage.key for storage in storages], file, 2)
            for storage in storages:
                file.write(np.int64(storage.values.size).tobytes() + storage.values.tobytes())
        return
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled.getvalue())
        archive.writestr("archive/version", "3")
        for storage in storages:
            archive.writestr(f"archive/data/{storage.key}", storage.values.tobytes())
