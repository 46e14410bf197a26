"""What is played and with what: losses, regularisers and optimisers, set by `compile` and saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import Augmentation
from tfgan_it.components import Component
from tfgan_it.losses import AdversarialLoss
from tfgan_it.losses import get as get_loss
from tfgan_it.optimizers import Adam
from tfgan_it.regularizers import Regularizer


class Game(keras.Model):
    """`compile` of a two-player game, its parts, what it reports and what is saved of it.

    Expects of the subclass, built: `generator` and `discriminator`.
    """

    # The step at which the present game began, for schedules that count from there.
    first_step = 0

    def compile(
        self,
        generator_optimizer: str | keras.optimizers.Optimizer = "adam",
        discriminator_optimizer: str | keras.optimizers.Optimizer = "adam",
        loss: str | AdversarialLoss = "non_saturating",
        *,
        discriminator_regularizers: Sequence[Regularizer] = (),
        generator_regularizers: Sequence[Regularizer] = (),
        augmentation: Augmentation | None = None,
        discriminator_steps: int = 1,
        jit_compile: bool = False,
        **kwargs: Any,
    ) -> None:
        """Sets the game and its optimisers, and builds them.

        Args:
            generator_optimizer: A Keras optimiser or its name.
            discriminator_optimizer: Another one: each keeps the state of its own variables.
            loss: An `AdversarialLoss`, or its name.
            discriminator_regularizers: Terms added to the discriminator's loss.
            generator_regularizers: Terms added to the generator's loss.
            augmentation: A differentiable transformation of real and generated images, wherever
                the discriminator looks at them in training.
            discriminator_steps: Discriminator updates for each generator update, each on fresh
                real images.
            jit_compile: Whether XLA compiles the networks of the step, each replica's on its
                device, forth and back; the rest, noise and sums over replicas, stays outside, so
                that numbers are the same. Off, for it does not pay on CPUs.
            **kwargs: `run_eagerly`, `steps_per_execution`.

        Raises:
            ValueError: an unknown loss, a shared optimiser, fewer than one discriminator step.
        """
        if not isinstance(discriminator_steps, int) or discriminator_steps < 1:
            raise ValueError(
                f"discriminator_steps must be a whole number of at least 1, got "
                f"{discriminator_steps}."
            )
        if generator_optimizer is discriminator_optimizer and not isinstance(
            generator_optimizer, str
        ):
            raise ValueError(
                "generator_optimizer and discriminator_optimizer must be two objects, got one: "
                f"{generator_optimizer.name}."
            )
        adversarial_loss = get_loss(loss)
        parts = [*discriminator_regularizers, *generator_regularizers, augmentation]
        names = [name for part in [adversarial_loss, *parts] if part for name in part.quantities]
        if len(set(names)) < len(names):
            raise ValueError(f"Two parts of the game report by one name: {', '.join(names)}.")
        optimizers = self._prepared(generator_optimizer), self._prepared(discriminator_optimizer)
        # Keras would compile what all replicas do together, which XLA cannot.
        super().compile(optimizer=optimizers[0], jit_compile=False, auto_scale_loss=False, **kwargs)
        self.compile_networks = jit_compile
        self.generator_optimizer, self.discriminator_optimizer = optimizers
        self.adversarial_loss = adversarial_loss
        self.discriminator_regularizers = list(discriminator_regularizers)
        self.generator_regularizers = list(generator_regularizers)
        self.augmentation = augmentation
        self.discriminator_steps = discriminator_steps
        for part in self.components:
            part.build_for(self)
        # Keras builds one optimiser at most, and only on the first step: too late for checkpoints
        # and for tf.distribute.
        self.generator_optimizer.build(self.generator_variables)
        self.discriminator_optimizer.build(self.discriminator_variables)
        self._trackers = self._make_trackers()

    def _maybe_symbolic_build(self, iterator: Any = None, data_batch: Any = None) -> None:
        """Nothing: all is built by now. Keras would average a batch of uint8 over the workers."""

    def _prepared(self, optimizer: str | keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
        optimizer = Adam() if optimizer == "adam" else keras.optimizers.get(optimizer)
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if self.dtype_policy.name == "mixed_float16" and not scaled:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        return optimizer

    def _make_trackers(self) -> dict[str, keras.metrics.Mean]:
        return {name: keras.metrics.Mean(name=name) for name in self.quantities}

    @property
    def quantities(self) -> list[str]:
        """Names of what `fit` and `evaluate` report, in order."""
        own = ["discriminator_loss", "generator_loss", "js_nats"]
        return [*own, *(name for part in self.components for name in part.quantities)]

    @property
    def components(self) -> list[Component]:
        """The parts of the game that may remember something."""
        regularizers = [*self.discriminator_regularizers, *self.generator_regularizers]
        parts = [self.adversarial_loss, *regularizers, self.augmentation]
        return [part for part in parts if part is not None]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """One mean over samples for each of `quantities`."""
        return list(getattr(self, "_trackers", {}).values())

    @property
    def generator_variables(self) -> list[keras.Variable]:
        """What the generator's optimiser moves."""
        owners = [self.generator, self.latent, *self.generator_regularizers]
        return [v for owner in owners for v in owner.trainable_variables] + self._adopted

    @property
    def discriminator_variables(self) -> list[keras.Variable]:
        """What the discriminator's optimiser moves."""
        owners, away = [self.discriminator, *self.discriminator_regularizers], self._adopted
        found = [v for owner in owners for v in owner.trainable_variables]
        return [v for v in found if not any(v is other for other in away)]

    @property
    def _adopted(self) -> list[keras.Variable]:
        return [v for part in self.generator_regularizers for v in part.adopted_variables]

    def save_own_variables(self, store: Any) -> None:
        """Also saves the trackers, so that a resumed run goes on with the means of its epoch."""
        super().save_own_variables(store)
        for name, variable in self._tracker_variables():
            store[name] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Loads what `save_own_variables` saved; a model that is not compiled has no trackers."""
        names = set(store.keys())
        super().load_own_variables({name: store[name] for name in names if name.isdecimal()})
        for name, variable in self._tracker_variables():
            if name in names:
                variable.assign(store[name])

    def _tracker_variables(self) -> list[tuple[str, keras.Variable]]:
        return [(f"{m.name}_{i}", v) for m in self.metrics for i, v in enumerate(m.variables)]

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, serialised."""
        if not self.compiled:
            return {}
        serialize = keras.saving.serialize_keras_object
        return {
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
            "loss": serialize(self.adversarial_loss),
            "discriminator_regularizers": serialize(list(self.discriminator_regularizers)),
            "generator_regularizers": serialize(list(self.generator_regularizers)),
            "augmentation": serialize(self.augmentation),
            "discriminator_steps": self.discriminator_steps,
            "jit_compile": self.compile_networks,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` described."""
        self.compile(**keras.saving.deserialize_keras_object(config))
