"""Terms that need the step's tensors, its gradients, or a memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import keras


@dataclasses.dataclass(frozen=True)
class StepContext:
    """What a train step shows to a regulariser, read-only.

    Attributes:
        real: Real images of this step, `(batch, ...)`; None in the generator's step.
        fake: Generated images; without a gradient in the discriminator's step.
        latents: What `fake` was generated from, `(batch, dimension)`.
        real_outputs: The discriminator's outputs on `real`, by name; `logits` are `(batch,)`.
        fake_outputs: The same on `fake`.
        discriminate: Calls the discriminator on images as this step does, and returns its outputs.
        gradient: `gradient(function, x)` is d sum(function(x)) / dx, itself differentiable.
        draw: `draw(function)` is this replica's rows of `function(rows, seed)`, random numbers
            with one row for each sample of the batch.
        step: Generator updates so far, int64 scalar.
    """

    real: Any
    fake: Any
    latents: Any
    real_outputs: dict[str, Any] | None
    fake_outputs: dict[str, Any]
    discriminate: Callable[[Any], dict[str, Any]]
    gradient: Callable[[Callable[[Any], Any], Any], Any]
    draw: Callable[[Callable[[int, Any], Any]], Any]
    step: Any


class Regularizer(keras.layers.Layer):
    """A term that a player adds to its loss; a Layer, so that what it remembers is saved.

    Subclasses define `penalty`, and create in `__init__` the Variables they need.
    """

    def penalty(self, context: StepContext) -> Any:
        """The term to be minimised: `(batch,)`, or a scalar where it has no samples."""
        raise NotImplementedError
