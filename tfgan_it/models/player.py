"""A player: networks, an optimiser, and the terms that it minimises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from tfgan_it.distribution import add_clipped_gradients, clip_global_gradients, replicas
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


class Player:
    """One side of an adversarial model; the model's attributes hold the state.

    Args:
        name: `discriminator`, `generator`, or the name of another player.
        networks: The networks it trains, by name. Their own losses, such as those of kernel
            regularisers, are added to its own.
        optimizer: Updates the networks, and what the terms train.
        terms: What it minimises, in order; a mean over the global batch of each is added up.
        variables: Further variables that its optimiser updates.
        excluded: Networks inside of its networks that another player trains.
    """

    def __init__(
        self,
        name: str,
        networks: Mapping[str, keras.Model],
        optimizer: keras.optimizers.Optimizer,
        terms: Sequence[Term],
        variables: Sequence[keras.Variable] = (),
        excluded: Sequence[keras.layers.Layer] = (),
    ) -> None:
        self.name, self.networks, self.optimizer = name, dict(networks), optimizer
        self.terms, self.excluded, self.extra_variables = list(terms), excluded, list(variables)

    @property
    def variables(self) -> list[keras.Variable]:
        """What the optimiser updates."""
        first, *others = self.networks.values()
        owners = [first, *self.terms, *(net for term in self.terms for net in term.networks)]
        excluded = {id(v) for network in self.excluded for v in network.trainable_variables}
        unique = {id(v): v for owner in owners for v in owner.trainable_variables}
        unique |= {id(v): v for v in self.extra_variables}
        unique |= {id(v): v for network in others for v in network.trainable_variables}
        return [v for key, v in unique.items() if key not in excluded]

    def tape(self) -> tf.GradientTape:
        """Records what this player's loss depends on."""
        return tf.GradientTape(persistent=any(term.clipped for term in self.terms))

    def minimize(self, make_step: Callable[[], Step], tape: tf.GradientTape | None = None) -> Step:
        """One update.

        Args:
            make_step: Calls the networks; it runs on the tape.
            tape: What has recorded the generator's pass, for the player that trains the generator.

        Returns:
            The step that the terms saw.
        """
        tape = tape or self.tape()
        with tape:
            step = make_step()
            losses = {
                clipped: [term.loss(step) for term in self.terms if term.clipped == clipped]
                for clipped in (False, True)
            }
            losses[False] += [loss for net in self.networks.values() for loss in net.losses]
            total, clipped = self._total(losses[False]), self._total(losses[True])
        variables = self.variables
        gradients = tape.gradient(total, variables)
        if losses[True]:
            gradients = add_clipped_gradients(gradients, tape.gradient(clipped, variables))
        if replicas() > 1:
            gradients = clip_global_gradients(gradients, self.optimizer)
        self.optimizer.apply(gradients, variables)
        return step

    def _total(self, losses: list[Tensor]) -> Tensor:
        # Optimisers sum gradients over replicas: this makes the sum a mean over the global batch.
        return self.optimizer.scale_loss(sum(losses) / replicas())
