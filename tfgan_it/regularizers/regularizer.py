"""Terms that need the step's tensors, its gradients, or a memory."""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from keras import ops

from tfgan_it.components import Component, StepContext


class Regularizer(Component):
    """A term that a player adds to its loss. Subclasses define `penalty`.

    Args:
        every: Applied at every so many steps only, and then that many times as strong: the mean
            force is the same, the cost is not (Karras et al., 2020, "lazy regularisation").
        **kwargs: As for `keras.layers.Layer`.

    Attributes:
        clipped: Whether its gradient in the generator's weights is scaled down to the norm of that
            of all that is not clipped.
        player: In whose list alone it has a meaning, `discriminator` or `generator`; None for both.

    Raises:
        ValueError: `every` below 1; when called, the list of the other player.
    """

    clipped = False
    player: str | None = None

    def __init__(self, *, every: int = 1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if every < 1:
            raise ValueError(f"{type(self).__name__}: every must be at least 1, got {every}.")
        self.every = every

    def penalty(self, context: StepContext) -> Any:
        """The term to be minimised: `(batch,)`, or a scalar where it has no samples."""
        raise NotImplementedError

    def term(self, context: StepContext) -> Any:
        """The mean of `penalty` over this replica's batch at the steps it is applied, else 0."""

        if self.player not in (None, context.player):
            raise ValueError(
                f"{type(self).__name__} belongs in {self.player}_regularizers, got it in "
                f"{context.player}_regularizers."
            )

        def applied(context: StepContext) -> Any:
            return self.every * ops.mean(ops.cast(self.penalty(context), "float32"))

        if self.every == 1:
            return applied(context)
        applies = context.step % self.every == 0
        # Replicas compute it at every step; what they report in between does not count.
        report = functools.partial(context.report, applies=applies)
        shown = dataclasses.replace(context, report=report)
        return context.when(applies, lambda: applied(shown))

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "every": self.every}
