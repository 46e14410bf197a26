"""What public signatures take and give, by name.

Keras and TensorFlow carry no types, and a function of `keras.ops` takes what any backend calls a
tensor. So a type checker sees `Any` behind most of these names, and a reader sees what is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Tensor: TypeAlias = Any
"""A tensor, a Variable, or what becomes one: an array, a number, a list of numbers."""

Nest: TypeAlias = Any
"""A tensor, or a dict, list or tuple of nests, such as samples or conditions by name."""

Shape: TypeAlias = Any
"""A tuple of sizes, in which None is unknown; or a nest of such, as `Nest`."""

Seed: TypeAlias = Any
"""What `keras.random` takes: an int, a `keras.random.SeedGenerator`, or None."""

Sampler: TypeAlias = Callable[..., Tensor]
"""`function(n, seed=...)`: random numbers for n samples, `(n, ...)`."""

Draw: TypeAlias = Callable[[Sampler], Tensor]
"""`Runtime.draw`: this replica's share of a sampler's numbers for the global batch."""

ValueRange: TypeAlias = tuple[float, float]
"""The smallest and the largest value of an image, `(low, high)`."""

Identifier: TypeAlias = Any
"""An object, its class, its name or its configuration, as Keras's `get` functions take it."""

Callbacks: TypeAlias = Any
"""Keras callbacks: a list of `keras.callbacks.Callback`, a `CallbackList`, or None."""

Model: TypeAlias = Any
"""A model of this package, or a stand-in with the attributes that the function reads."""
