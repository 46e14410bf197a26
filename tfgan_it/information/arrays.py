"""Functions that serve both Keras tensors and NumPy arrays.

NumPy arrays give NumPy arrays, also while TensorFlow traces a graph, and float64 stays float64.
Everything else, including lists and a mixture of both, gives tensors of Keras's backend.
"""

from __future__ import annotations

from types import ModuleType

import keras
import numpy as np
from keras import ops

from tfgan_it.typing import Tensor


def namespace(*values: Tensor) -> ModuleType:
    """Returns the module to compute with: `numpy` if the values are NumPy arrays, else `keras.ops`.

    Args:
        *values: Arrays, tensors, lists or Python numbers. Numbers next to arrays do not count.

    Example:

    >>> namespace(np.ones(2), 1.0).__name__, namespace([1.0]).__name__
    ('numpy', 'keras.ops')
    """
    arrays = [x for x in values if not isinstance(x, (int, float)) or isinstance(x, np.generic)]
    return np if arrays and all(isinstance(x, (np.ndarray, np.generic)) for x in arrays) else ops


def upcast(x: Tensor) -> Tensor:
    """Returns x in float32 or float64; half precision becomes float32.

    Integers become float64 in a NumPy array and float32 in a tensor.
    """
    if namespace(x) is np:
        if x.dtype in ("float32", "float64"):
            return x
        return x.astype("float64" if x.dtype.kind in "biu" else "float32")
    x = ops.convert_to_tensor(x)
    return x if keras.backend.standardize_dtype(x.dtype) == "float64" else ops.cast(x, "float32")


def promote(*values: Tensor) -> list[Tensor]:
    """Casts the values to the widest of their dtypes, float32 or float64; numbers are float32."""
    if namespace(*values) is np:
        values = [np.float32(x) if isinstance(x, (int, float)) else upcast(x) for x in values]
        return [np.asarray(x, np.result_type(*values)) for x in values]
    values = [upcast(ops.convert_to_tensor(x)) for x in values]
    dtype = keras.backend.result_type(*(x.dtype for x in values))
    return [ops.cast(x, dtype) for x in values]


def eager_value(x: Tensor) -> np.ndarray | None:
    """Returns the numbers in a tensor or array; None while a graph is traced."""
    if isinstance(x, np.ndarray):
        return x
    return x.numpy() if hasattr(x, "numpy") else None
