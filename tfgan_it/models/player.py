"""A player: networks, their optimiser, and the terms of their loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import keras
import tensorflow as tf

from tfgan_it.distribution import add_clipped_gradients, clip_global_gradients, replicas
from tfgan_it.step import Step
from tfgan_it.terms import Term
from tfgan_it.typing import Tensor


class Player:
    """One player of an adversarial model; the model's attributes hold the state.

    Args:
        name: `discriminator`, `generator`, or the name of another player.
        networks: Networks that the player trains, by name. Their Keras losses, such as those of
            kernel regularisers, are added to its loss.
        optimizer: Optimiser of the networks and of the networks of the terms.
        terms: Terms of its loss, in order. The loss is the sum of their global batch means.
        variables: Further variables that the optimiser updates.
        excluded: Networks inside its networks that another player trains.
        reduce_dtype: Type in which replicas send and sum gradients; None for that of the weights.
    """

    def __init__(
        self,
        name: str,
        networks: Mapping[str, keras.Model],
        optimizer: keras.optimizers.Optimizer,
        terms: Sequence[Term],
        variables: Sequence[keras.Variable] = (),
        excluded: Sequence[keras.layers.Layer] = (),
        reduce_dtype: str | None = None,
    ) -> None:
        self.name, self.networks, self.optimizer = name, dict(networks), optimizer
        self.terms, self.excluded, self.extra_variables = list(terms), excluded, list(variables)
        self.reduce_dtype = reduce_dtype

    @property
    def variables(self) -> list[keras.Variable]:
        """Variables that the optimiser updates."""
        first, *others = self.networks.values()
        owners = [first, *self.terms, *(net for term in self.terms for net in term.networks)]
        excluded = {id(v) for network in self.excluded for v in network.trainable_variables}
        unique = {id(v): v for owner in owners for v in owner.trainable_variables}
        unique |= {id(v): v for v in self.extra_variables}
        unique |= {id(v): v for network in others for v in network.trainable_variables}
        return [v for key, v in unique.items() if key not in excluded]

    def tape(self) -> tf.GradientTape:
        """Creates a tape to record this player's loss."""
        return tf.GradientTape(persistent=any(term.clipped for term in self.terms))

    def minimize(self, make_step: Callable[[], Step], tape: tf.GradientTape | None = None) -> Step:
        """Runs one update.

        Args:
            make_step: Function that calls the networks; it runs on the tape.
            tape: Tape with the generator's forward pass, for the player that trains the generator.

        Returns:
            The step that `make_step` returned.
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
            gradients = clip_global_gradients(gradients, self.optimizer, self.reduce_dtype)
            if self.reduce_dtype is not None:  # The optimiser sums them as they are.
                gradients = [g if g is None else tf.cast(g, self.reduce_dtype) for g in gradients]
        # TensorFlow's graph optimiser moves what has no gradient, such as outputs that are only
        # reported, behind the update of the weights that it reads.
        with tf.control_dependencies(step.outputs.beside_scores):
            self.optimizer.apply(gradients, variables)
        return step

    def _total(self, losses: list[Tensor]) -> Tensor:
        # Optimisers sum gradients over replicas; the division makes that a global batch mean.
        return self.optimizer.scale_loss(sum(losses) / replicas())
