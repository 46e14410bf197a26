"""The players and terms of a model: set by `compile`, reported by metrics, saved with the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import Augmentation
from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.distribution import has_many_workers
from tfgan_it.keras_private import NoSymbolicBuild
from tfgan_it.latents import Latent
from tfgan_it.losses import AdversarialLoss
from tfgan_it.losses import get as get_loss
from tfgan_it.models.moving_average import MovingAverage
from tfgan_it.models.player import Player
from tfgan_it.optimizers import Adam
from tfgan_it.regularizers import PriorScore
from tfgan_it.terms import Part, Term
from tfgan_it.typing import Nest, Tensor


class CompiledPlayers(Configurable, NoSymbolicBuild, keras.Model):
    """`compile` of a discriminator and a generator, what they report, and what is saved of them.

    Expects of the subclass, built: `generator`, `discriminator`, `latent`, `seed`; and
    `generator_networks`, what else the generator's player trains.
    """

    generator_networks: dict[str, keras.Model]
    latent: Latent | None

    def compile(
        self,
        generator_optimizer: str | keras.optimizers.Optimizer = "adam",
        discriminator_optimizer: str | keras.optimizers.Optimizer = "adam",
        loss: str | AdversarialLoss = "non_saturating",
        *,
        discriminator_regularizers: Sequence[Term] = (),
        generator_regularizers: Sequence[Term] = (),
        terms: Sequence[Term] = (),
        augmentation: Augmentation | None = None,
        discriminator_steps: int = 1,
        jit_compile: bool = False,
        **kwargs: Any,
    ) -> None:
        """Sets what the players minimise and their optimisers, and builds them.

        Args:
            generator_optimizer: A Keras optimiser or its name.
            discriminator_optimizer: Another one: each keeps the state of its own variables.
            loss: An `AdversarialLoss`, or its name.
            discriminator_regularizers: Terms added to the discriminator's loss.
            generator_regularizers: Terms added to the generator's loss.
            terms: Terms added to the loss of each player that they name, such as InfoGAN's
                `CodeInformation`, which both minimise.
            augmentation: A differentiable transformation of real and generated samples, wherever
                the discriminator sees them in training.
            discriminator_steps: Discriminator updates for each generator update, each on other real
                samples.
            jit_compile: Whether XLA compiles the networks of the step, each replica's on its
                device, forward and backward. Noise and sums over replicas stay outside, so that
                numbers are the same. It is off by default, for it does not pay on CPUs.
            **kwargs: `run_eagerly`, `steps_per_execution`.

        Raises:
            ValueError: an unknown loss, a shared optimiser, fewer than one discriminator step, a
                term in the loss of the other player.
        """
        discriminator_steps = check_integer("", "discriminator_steps", discriminator_steps, 1)
        if generator_optimizer is discriminator_optimizer and not isinstance(
            generator_optimizer, str
        ):
            raise ValueError(
                "generator_optimizer and discriminator_optimizer must be two objects, got one: "
                f"{generator_optimizer.name}."
            )
        adversarial_loss = get_loss(loss)
        own_terms = {
            "discriminator": list(discriminator_regularizers),
            "generator": list(generator_regularizers),
        }
        for player, regularizers in own_terms.items():
            for term in regularizers:
                if player not in term.players:
                    raise ValueError(
                        f"{type(term).__name__} belongs in {term.players[0]}_regularizers, got it "
                        f"in {player}_regularizers."
                    )
        optimizers = self._prepared(generator_optimizer), self._prepared(discriminator_optimizer)
        # Keras would compile what all replicas do together, which XLA cannot.
        super().compile(optimizer=optimizers[0], jit_compile=False, auto_scale_loss=False, **kwargs)
        self.compile_networks = jit_compile
        self.generator_optimizer, self.discriminator_optimizer = optimizers
        self.adversarial_loss = adversarial_loss
        self.discriminator_regularizers = own_terms["discriminator"]
        self.generator_regularizers = own_terms["generator"]
        self.terms = list(terms)
        self.augmentation = augmentation
        self.discriminator_steps = discriminator_steps
        learned = self.latent is not None and self.latent.trainable_variables
        self.prior_score = PriorScore() if learned else None
        for part in self.parts:
            part.build_for(self)
        names = self.metric_names
        if len(set(names)) < len(names):
            raise ValueError(f"Two parts of the model report by one name: {', '.join(names)}.")
        # Keras builds one optimiser at most, and only on the first step: too late for checkpoints
        # and for tf.distribute.
        for player in self.players:
            player.optimizer.build(player.variables)
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}

    @property
    def players(self) -> tuple[Player, Player]:
        """The discriminator and the generator, in the order of their updates."""
        terms = [*self.terms, *([] if self.prior_score is None else [self.prior_score])]
        generator_terms = self._terms_of("generator", self.generator_regularizers, terms)
        generator = Player(
            "generator",
            {"generator": self.generator, **self.generator_networks},
            self.generator_optimizer,
            generator_terms,
            variables=self.latent.trainable_variables if self.latent is not None else (),
        )
        discriminator = Player(
            "discriminator",
            {"discriminator": self.discriminator},
            self.discriminator_optimizer,
            self._terms_of("discriminator", self.discriminator_regularizers, terms),
            excluded=[network for term in generator_terms for network in term.networks],
        )
        return discriminator, generator

    def _terms_of(self, player: str, regularizers: list[Term], terms: Sequence[Term]) -> list[Term]:
        own = (term for term in terms if player in term.players)
        return [self.adversarial_loss, *regularizers, *own]

    @property
    def parts(self) -> list[Part]:
        """What has a state or reports: the adversarial loss, all terms, the augmentation."""
        regularizers = [*self.discriminator_regularizers, *self.generator_regularizers]
        parts = [self.adversarial_loss, *regularizers, self.augmentation, *self.terms]
        return [part for part in [*parts, self.prior_score] if part is not None]

    @property
    def metric_names(self) -> list[str]:
        """Names of what `fit` reports, in order."""
        return [name for part in self.parts for name in part.metric_names]

    @property
    def evaluation_metric_names(self) -> list[str]:
        """Names of what `evaluate` reports, in order."""
        return [name for part in self.parts for name in part.evaluation_metric_names]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """One mean over samples for each of `metric_names`."""
        return list(getattr(self, "_trackers", {}).values())

    def tracker(self, name: str) -> keras.metrics.Mean:
        """The mean that is reported under a name."""
        return self._trackers[name]

    def report(self, applies: Tensor | None = None, **values: Any) -> None:
        """Adds values, `(batch,)` or scalar, to the means that are reported under their names."""
        for name, value in values.items():
            weight = None
            if applies is not None:
                weight = ops.broadcast_to(ops.cast(applies, "float32"), ops.shape(value))
            self._trackers[name].update_state(value, weight)

    def logs(self) -> dict[str, Nest]:
        """What a step returns to Keras."""
        logs = self.get_metrics_result()
        if has_many_workers(self.distribute_strategy):  # Keras averages them over an axis.
            return {name: ops.reshape(value, (1,)) for name, value in logs.items()}
        return logs

    def averaged_networks(self) -> list[tuple[MovingAverage, keras.Model]]:
        """Each moving average with the network that it follows."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        networks |= self.generator_networks
        pairs = [(getattr(self, f"{name}_average", None), net) for name, net in networks.items()]
        return [(average, network) for average, network in pairs if average is not None]

    def update_averages(self) -> None:
        """Updates the moving averages after the generator update number `step`."""
        for average, network in self.averaged_networks():
            average.update(network, self.step)

    def _prepared(self, optimizer: str | keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
        optimizer = Adam() if optimizer == "adam" else keras.optimizers.get(optimizer)
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if self.dtype_policy.name == "mixed_float16" and not scaled:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        return optimizer

    def save_own_variables(self, store: Any) -> None:
        """Also saves the trackers, so that a resumed run continues with the means of its epoch."""
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
            "terms": serialize(list(self.terms)),
            "augmentation": serialize(self.augmentation),
            "discriminator_steps": self.discriminator_steps,
            "jit_compile": self.compile_networks,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles as `get_compile_config` described."""
        self.compile(**keras.saving.deserialize_keras_object(config))
