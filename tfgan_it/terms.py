"""Parts of an adversarial model: the terms of its losses, and whatever else has a state."""

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
    """What a part can read of the model that it is built for.

    Attributes:
        generator: Maps latents to samples.
        discriminator: Maps samples to logits and other outputs.
        discriminator_outputs: Shape of each output of the discriminator for one sample, by name.
        sample_shape: Shape of one sample, or a dict of shapes by name.
        latent: Distribution of the generator's input; None if the input is something else.
        conditions: Conditions that both networks receive; None without conditions.
        adversarial_loss: The adversarial loss passed to `compile`.
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
        metric_names: Names of the metrics of training, from `update` or `Runtime.report`.
        evaluation_metric_names: Names of those metrics that `evaluate` computes on unseen samples.
    """

    metric_names: tuple[str, ...] = ()
    evaluation_metric_names: tuple[str, ...] = ()

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # A part is never called. If it were unbuilt, Keras would call the whole model to build it.
        self.built = True

    def build_for(self, model: BuiltGAN) -> None:
        """Creates what depends on the model's shapes. `compile` calls it before optimisers build.

        Args:
            model: The model. Its networks are built.
        """

    def update(self, step: Step) -> dict[str, Tensor]:
        """Updates the state after each discriminator update.

        Returns:
            Values of `metric_names`, by name.
        """
        return {}

    def evaluate(self, step: Step) -> dict[str, Tensor]:
        """Computes `evaluation_metric_names` in inference mode; returns them by name."""
        return {}

    def add_state(
        self,
        name: str,
        initial: float = 0.0,
        dtype: str = "float32",
        shape: Sequence[int] = (),
    ) -> keras.Variable:
        """Creates a Variable that is not trained and is equal on all replicas."""
        return self.add_weight(
            name=name,
            shape=tuple(shape),
            initializer=keras.initializers.Constant(initial),
            dtype=dtype,
            trainable=False,
            aggregation="only_first_replica",
        )


class Term(Part):
    """A term of the loss of one player or of both. Subclasses define `value`.

    Args:
        every: Interval in steps at which the term is applied, multiplied by `every`: the mean
            gradient is the same and the cost is lower (Karras et al., 2020, "Analyzing and
            Improving the Image Quality of StyleGAN", lazy regularisation).
        start: Number of generator updates before the term is applied.
        **kwargs: As for `keras.layers.Layer`.

    Attributes:
        players: Players whose losses can contain it.
        needs_both_players: Whether it has a meaning in both losses only; then it belongs in the
            `terms` of `compile`.
        clipped: Whether to scale its gradient in the generator's weights down to the norm of the
            gradient of all other terms.

    Raises:
        ValueError: If `every` is below 1 or `start` below 0.
    """

    players: tuple[str, ...] = PLAYERS
    needs_both_players = False
    clipped = False

    def __init__(self, *, every: int = 1, start: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.every = check_integer(self, "every", every, 1)
        self.start = check_integer(self, "start", start, 0)

    @property
    def networks(self) -> list[keras.layers.Layer]:
        """Networks that this term trains together with its player."""
        return []

    def value(self, step: Step) -> Tensor:
        """Computes the term to minimise: `(batch,)`, or a scalar without a value per sample."""
        raise NotImplementedError

    def loss(self, step: Step) -> Tensor:
        """Computes the mean of `value` over this replica's batch; 0 at steps without the term."""
        applies = self.applies(step.runtime.step)
        if applies is None:
            return self._mean(step)
        # Replicas compute it at every step; their reports count only where it applies.
        masked = step.reporting_where(applies)
        return step.runtime.cond(applies, lambda: self._mean(masked))

    def applies(self, step: Tensor) -> Tensor | None:
        """Returns whether the term applies at this step, a bool scalar; None if it always does."""
        if self.every == 1:
            return step >= self.start if self.start else None
        is_due = step % self.every == 0
        return ops.logical_and(step >= self.start, is_due) if self.start else is_due

    def _mean(self, step: Step) -> Tensor:
        return self.every * ops.mean(ops.cast(self.value(step), "float32"))


def check_terms(argument: str, terms: Sequence[Term], player: str | None = None) -> None:
    """Refuses what cannot be added to a player's loss.

    Args:
        argument: Argument of `compile` that lists the terms.
        terms: The terms.
        player: The player whose loss contains them; None for the players that each term names.

    Raises:
        ValueError: If these are not terms, or a term belongs in another list.
    """
    if not isinstance(terms, (list, tuple)):
        raise ValueError(f"{argument} must be a list of terms, got {terms!r}.")
    for term in terms:
        name = type(term).__name__
        if not isinstance(term, Term):
            raise ValueError(
                f"{argument} must be terms, such as regularizers.R1() or CodeInformation(), got "
                f"{term!r}."
            )
        if player is not None and player not in term.players:
            raise ValueError(
                f"{name} belongs in {term.players[0]}_regularizers, got it in {argument}."
            )
        if player is not None and term.needs_both_players:
            raise ValueError(
                f"{name} belongs in terms, as both players minimise it, not {argument}."
            )
