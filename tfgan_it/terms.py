"""The parts of an adversarial model: the terms that players minimise, and what else has a state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import keras
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.conditions import Condition
from tfgan_it.configuration import Configurable
from tfgan_it.latents import Latent
from tfgan_it.step import Step
from tfgan_it.typing import Shape, Tensor

PLAYERS = ("discriminator", "generator")


class BuiltGAN(Protocol):
    """What a part may ask of the model that it is built for.

    Attributes:
        generator: From latents to samples.
        discriminator: From samples to logits and other outputs.
        discriminator_outputs: Shape of each output of the discriminator for one sample, by name.
        sample_shape: Shape of one sample, or a dict of shapes by name.
        latent: The distribution of the generator's input; None where it takes something else.
        conditions: What both networks are told of each sample; None without conditions.
        adversarial_loss: The game that `compile` was given.
        seed: Seed of the model.
    """

    generator: keras.Model
    discriminator: keras.Model
    discriminator_outputs: dict[str, Shape]
    sample_shape: Shape
    latent: Latent | None
    conditions: Condition | None
    adversarial_loss: Term
    seed: int


class Part(Configurable, keras.layers.Layer):
    """A part of an adversarial model; a Layer, so that its state is saved with the model.

    Attributes:
        metric_names: Names of what it reports in training, by `update` or `Runtime.report`.
        evaluation_metric_names: Those of them that `evaluate` gives on unseen samples.
    """

    metric_names: tuple[str, ...] = ()
    evaluation_metric_names: tuple[str, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # It is never called: left unbuilt, Keras would call the whole model to build it.
        self.built = True

    def build_for(self, model: BuiltGAN) -> None:
        """Creates what depends on the model's shapes; `compile` calls it before optimisers build.

        Args:
            model: The model, whose networks are built.
        """

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates the state, once after each discriminator update.

        Returns:
            Values of `metric_names`, by name.
        """
        return {}

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Values of `evaluation_metric_names` in inference mode, by name."""
        return {}

    def add_state(
        self,
        name: str,
        initial: float = 0.0,
        dtype: str = "float32",
        shape: Sequence[int] = (),
    ) -> keras.Variable:
        """A Variable that is not trained and is equal on all replicas."""
        return self.add_weight(
            name=name,
            shape=tuple(shape),
            initializer=keras.initializers.Constant(initial),
            dtype=dtype,
            trainable=False,
            aggregation="only_first_replica",
        )


class Term(Part):
    """Something that one player, or both, add to their losses. Subclasses define `value`.

    Args:
        every: The term is applied at every so many steps only, and then that many times as strong:
            the mean force is the same, the cost is lower (Karras et al., 2020, "Analyzing and
            Improving the Image Quality of StyleGAN", lazy regularisation).
        start: Generator updates before the term is applied.
        **kwargs: As for `keras.layers.Layer`.

    Attributes:
        players: The players whose losses it can stand in.
        clipped: Whether its gradient in the generator's weights is scaled down to the norm of the
            gradient of all other terms.

    Raises:
        ValueError: `every` below 1, or `start` below 0.
    """

    players: tuple[str, ...] = PLAYERS
    clipped = False

    def __init__(self, *, every: int = 1, start: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.every = check_integer(self, "every", every, 1)
        self.start = check_integer(self, "start", start, 0)

    @property
    def networks(self) -> list[keras.layers.Layer]:
        """Networks that this term trains, together with the player whose loss it stands in."""
        return []

    def value(self, step: Step) -> Tensor:
        """The term to be minimised: `(batch,)`, or a scalar where it is not a mean of samples."""
        raise NotImplementedError

    def loss(self, step: Step) -> Tensor:
        """The mean of `value` over this replica's batch in the steps it is applied, else 0."""
        applies = self.applies(step.runtime.step)
        if applies is None:
            return self._mean(step)
        # Replicas compute it at every step; what they report in between does not count.
        shown = step.reporting_where(applies)
        return step.runtime.cond(applies, lambda: self._mean(shown))

    def applies(self, step: Tensor) -> Tensor | None:
        """Whether the term is applied at this generator update, a bool scalar; None if always."""
        if self.every == 1:
            return step >= self.start if self.start else None
        on_turn = step % self.every == 0
        return ops.logical_and(step >= self.start, on_turn) if self.start else on_turn

    def _mean(self, step: Step) -> Tensor:
        return self.every * ops.mean(ops.cast(self.value(step), "float32"))
