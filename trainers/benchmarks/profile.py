"""Profile of a step by kind of operation."""

from __future__ import annotations

import collections
import pathlib
import re
import tempfile
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow as tf

# The first pattern that matches `path:Operation` gives the kind.
_KINDS = {
    "optimiser": r"ResourceApply|^[^:]*\badam",
    "convolutions": r":.*Conv2D",
    "dense layers": r":.*MatMul",
    "batch normalisation": r":.*BatchNorm|batch_normalization",
    "activations": r":.*(Relu|Tanh)",
}


def kind_of(operation: str) -> str:
    """Returns the kind of an operation, from `path:Operation`.

    Example:

    >>> kind_of("gradient_tape/dense_1/MatMul/MatMul_1:_MklMatMul")
    'dense layers'
    """
    kinds = (kind for kind, pattern in _KINDS.items() if re.search(pattern, operation))
    return next(kinds, "all else")


def milliseconds_by_kind(train: Callable[[int], Any], steps: int) -> dict[str, float]:
    """Measures the milliseconds per step of the operations of each kind, summed over threads.

    Parallel operations each count in full, so the sum exceeds the wall time.
    """
    with tempfile.TemporaryDirectory() as folder:
        tf.profiler.experimental.start(folder)
        train(steps)
        tf.profiler.experimental.stop()
        (path,) = pathlib.Path(folder).rglob("*.xplane.pb")
        total: dict[str, float] = collections.defaultdict(float)
        for operation, milliseconds in _operations(path):
            total[kind_of(operation)] += milliseconds / steps
    longest_first = sorted(total.items(), key=lambda item: -item[1])
    return {kind: round(value, 2) for kind, value in longest_first}


def _operations(path: pathlib.Path) -> Iterable[tuple[str, float]]:
    from tensorflow.tsl.profiler.protobuf import xplane_pb2  # Slow to import, needed only here.

    space = xplane_pb2.XSpace.FromString(path.read_bytes())
    for plane in space.planes:
        for line in plane.lines if "CPU" in plane.name else ():
            for event in line.events:
                name = plane.event_metadata[event.metadata_id].name
                if re.fullmatch(r"[\w/.]+:_?[A-Z]\w+", name):
                    yield name, event.duration_ps / 1e9
