"""Terms that need the step's tensors, its gradients, or a memory."""

from __future__ import annotations

from typing import Any

from keras import ops

from tfgan_it.components import Component, StepContext


class Regularizer(Component):
    """A term that a player adds to its loss. Subclasses define `penalty`.

    Args:
        every: Applied at every so many steps only, and then that many times as strong: the mean
            force is the same, the cost is not (Karras et al., 2020, "lazy regularisation").
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: `every` below 1.
    """

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

        def applied() -> Any:
            return self.every * ops.mean(ops.cast(self.penalty(context), "float32"))

        if self.every == 1:
            return applied()
        return context.when(context.step % self.every == 0, applied)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {**super().get_config(), "every": self.every}
