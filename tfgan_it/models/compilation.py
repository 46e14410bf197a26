"""Players and terms of a model: set by `compile`, reported as metrics, saved with the model."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import keras
from keras import ops

from tfgan_it.augmentation import Augmentation
from tfgan_it.augmentation import get as get_augmentation
from tfgan_it.checks import check_bool, check_choice, check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.distribution import averages_logs
from tfgan_it.errors import unknown_name
from tfgan_it.keras_private import NoSymbolicBuild
from tfgan_it.latents import Latent
from tfgan_it.losses import AdversarialLoss
from tfgan_it.losses import get as get_loss
from tfgan_it.models.keras_arguments import REFUSED, refuse_arguments
from tfgan_it.models.loss_outputs import check_loss_outputs
from tfgan_it.models.moving_average import MovingAverage
from tfgan_it.models.player import Player
from tfgan_it.models.players_optimizer import PlayersOptimizer
from tfgan_it.optimizers import get as get_optimizer
from tfgan_it.regularizers import PriorScore, get_term_lists
from tfgan_it.terms import Part, Term
from tfgan_it.typing import Nest, Shape, Tensor

REDUCE_DTYPES = ("bfloat16",)  # Half precision with the range of float32, so that nothing vanishes.


class CompiledPlayers(Configurable, NoSymbolicBuild, keras.Model):
    """Compiles a discriminator and a generator, keeps their metrics and saves their state.

    The subclass provides, built, `generator`, `discriminator`, `latent`, `seed`,
    `discriminator_outputs`, the shape of each output by name, and `generator_networks`, the further
    networks that the generator's player trains.
    """

    discriminator_outputs: dict[str, Shape]
    generator_networks: dict[str, keras.Model]
    latent: Latent | None
    train_function: Any

    def compile(
        self,
        generator_optimizer: str | keras.optimizers.Optimizer = "adam",
        discriminator_optimizer: str | keras.optimizers.Optimizer = "adam",
        loss: str | AdversarialLoss = "non_saturating",
        *,
        discriminator_regularizers: Sequence[Term] = (),
        generator_regularizers: Sequence[Term] = (),
        terms: Sequence[Term] = (),
        augmentation: str | Augmentation | None = None,
        discriminator_steps: int = 1,
        jit_compile: bool | str = False,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        auto_scale_loss: bool = True,
        reduce_dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Sets the losses and the optimisers of the players, and builds them.

        Args:
            generator_optimizer: Keras optimiser, or its class, name or configuration.
            discriminator_optimizer: Another Keras optimiser, or its class, name or configuration.
            loss: An `AdversarialLoss`, or what `losses.get` takes for it.
            discriminator_regularizers: Terms added to the discriminator's loss, or one alone; each
                as for `regularizers.get`.
            generator_regularizers: Terms added to the generator's loss.
            terms: Terms added to the loss of each player in `term.players`, such as InfoGAN's
                `CodeInformation`, which both players minimise.
            augmentation: Differentiable transformation of the real and generated samples that the
                discriminator takes in training; an object, or what `augmentation.get` takes.
            discriminator_steps: Number of discriminator updates for each generator update. Each
                takes different real samples.
            jit_compile: Whether XLA compiles the forward and backward passes of the networks on
                each device. Noise and sums over replicas stay outside, so that numbers do not
                change. Off by default and for `"auto"`, because it does not pay on CPUs.
            run_eagerly: Whether to run steps without a graph, for debugging.
            steps_per_execution: Number of train steps of one call of the graph. Callbacks are
                called after each call.
            auto_scale_loss: Whether to wrap the optimisers in a `LossScaleOptimizer` under the
                policy `mixed_float16`.
            reduce_dtype: Type in which replicas send and sum their gradients: None for that of
                the weights, or `"bfloat16"` for half the bytes of float32. Gradients are then
                rounded to 8 significant bits, and replicas equal one device but for that. Weights
                and optimisers keep their types. On one device it changes nothing. Optimisers that
                accumulate gradients are refused.
            **kwargs: None others: `keras.Model.compile` has some that a GAN cannot use.

        Raises:
            ValueError: If the loss is unknown or gives no value per sample, the players share an
                optimiser, there is less than one discriminator step, a term belongs to the other
                player, or Keras's argument has no meaning for a GAN.
            NotImplementedError: If the loss lacks one of its two functions.
            TypeError: If there is no such argument.
        """
        refuse_arguments("compile", kwargs)
        for name in kwargs:
            if name not in REFUSED["compile"]:
                _, *allowed, _ = inspect.signature(CompiledPlayers.compile).parameters
                raise TypeError(str(unknown_name("argument of compile", name, allowed)))
        discriminator_steps = check_integer("", "discriminator_steps", discriminator_steps, 1)
        steps_per_execution = check_integer("", "steps_per_execution", steps_per_execution, 1)
        replicas = self.distribute_strategy.num_replicas_in_sync
        if steps_per_execution > 1 and replicas > 1:
            raise ValueError(
                f"steps_per_execution must be 1 on {replicas} replicas, got {steps_per_execution}: "
                "Keras cannot run several steps at once on several replicas."
            )
        jit_compile = check_bool("", "jit_compile", False if jit_compile == "auto" else jit_compile)
        run_eagerly = check_bool("", "run_eagerly", run_eagerly)
        auto_scale_loss = check_bool("", "auto_scale_loss", auto_scale_loss)
        if reduce_dtype is not None:
            check_choice("reduce_dtype", reduce_dtype, REDUCE_DTYPES)
        if jit_compile and run_eagerly:
            warnings.warn("run_eagerly=True disables jit_compile=True.", stacklevel=2)
            jit_compile = False
        if generator_optimizer is discriminator_optimizer and not isinstance(
            generator_optimizer, str
        ):
            raise ValueError(
                "generator_optimizer and discriminator_optimizer must be two objects, got one: "
                f"{generator_optimizer.name}."
            )
        adversarial_loss = get_loss(loss)
        check_loss_outputs(adversarial_loss, self.discriminator_outputs["logits"])
        discriminator_regularizers, generator_regularizers, terms = get_term_lists(
            discriminator_regularizers=discriminator_regularizers,
            generator_regularizers=generator_regularizers,
            terms=terms,
        )
        augmentation = get_augmentation(augmentation, self.sample_shape)
        optimizers = [
            self._prepared(name, optimizer, auto_scale_loss)
            for name, optimizer in (
                ("generator_optimizer", generator_optimizer),
                ("discriminator_optimizer", discriminator_optimizer),
            )
        ]
        inner = [getattr(each, "inner_optimizer", each) for each in optimizers]
        if reduce_dtype and any(each.gradient_accumulation_steps for each in inner):
            raise ValueError(
                f"reduce_dtype={reduce_dtype!r} does not go with gradient_accumulation_steps: "
                "Keras adds gradients to sums of the weights' type only."
            )
        # Keras would also compile the communication between replicas, which XLA cannot.
        super().compile(
            optimizer=optimizers[0],
            jit_compile=False,
            auto_scale_loss=False,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
        )
        self.optimizer = PlayersOptimizer(*optimizers)
        self.compile_networks, self.auto_scale_loss = jit_compile, auto_scale_loss
        self.reduce_dtype = reduce_dtype
        self.generator_optimizer, self.discriminator_optimizer = optimizers
        self.adversarial_loss = adversarial_loss
        self.discriminator_regularizers = list(discriminator_regularizers)
        self.generator_regularizers = list(generator_regularizers)
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
        # Keras builds only one optimiser, and only at the first step: too late for checkpoints and
        # for tf.distribute.
        for player in self.players:
            player.optimizer.build(player.variables)
        self._trackers = {name: keras.metrics.Mean(name=name) for name in names}

    @property
    def players(self) -> tuple[Player, Player]:
        """Discriminator and generator, in the order of their updates."""
        terms = [*self.terms, *([] if self.prior_score is None else [self.prior_score])]
        generator_terms = self._terms_of("generator", self.generator_regularizers, terms)
        generator = Player(
            "generator",
            {"generator": self.generator, **self.generator_networks},
            self.generator_optimizer,
            generator_terms,
            variables=self.latent.trainable_variables if self.latent is not None else (),
            reduce_dtype=self.reduce_dtype,
        )
        discriminator = Player(
            "discriminator",
            {"discriminator": self.discriminator},
            self.discriminator_optimizer,
            self._terms_of("discriminator", self.discriminator_regularizers, terms),
            excluded=[network for term in generator_terms for network in term.networks],
            reduce_dtype=self.reduce_dtype,
        )
        return discriminator, generator

    def _terms_of(self, player: str, regularizers: list[Term], terms: Sequence[Term]) -> list[Term]:
        player_terms = (term for term in terms if player in term.players)
        return [self.adversarial_loss, *regularizers, *player_terms]

    @property
    def parts(self) -> list[Part]:
        """All parts that have a state or metrics: the loss, the terms and the augmentation."""
        regularizers = [*self.discriminator_regularizers, *self.generator_regularizers]
        parts = [self.adversarial_loss, *regularizers, self.augmentation, *self.terms]
        return [part for part in [*parts, self.prior_score] if part is not None]

    @property
    def metric_names(self) -> list[str]:
        """Names of the metrics of `fit`, in order."""
        return [name for part in self.parts for name in part.metric_names]

    @property
    def late_metric_names(self) -> list[str]:
        """Names of the metrics of terms that do not apply at every step."""
        terms = [part for part in self.parts if isinstance(part, Term)]
        return [n for term in terms if term.start or term.every > 1 for n in term.metric_names]

    @property
    def evaluation_metric_names(self) -> list[str]:
        """Names of the metrics of `evaluate`, in order."""
        return [name for part in self.parts for name in part.evaluation_metric_names]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """One `Mean` over samples for each of `metric_names`."""
        return list(getattr(self, "_trackers", {}).values())

    def tracker(self, name: str) -> keras.metrics.Mean:
        """Returns the `Mean` of the given name."""
        return self._trackers[name]

    def report(self, applies: Tensor | None = None, **values: Any) -> None:
        """Adds values, `(batch,)` or scalar, to the metrics of their names."""
        for name, value in values.items():
            if name not in self._trackers:
                raise ValueError(f"A part reports {name!r}, which its metric_names lack.")
            weight = None
            if applies is not None:
                weight = ops.broadcast_to(ops.cast(applies, "float32"), ops.shape(value))
            self._trackers[name].update_state(value, weight)

    def logs(self, names: Sequence[str]) -> dict[str, Nest]:
        """Returns the logs of a step, the metrics of these names."""
        logs = {name: self.tracker(name).result() for name in names}
        if averages_logs(self.distribute_strategy):  # Keras averages them over an axis.
            return {name: ops.reshape(value, (1,)) for name, value in logs.items()}
        return logs

    def get_metrics_result(self) -> dict[str, Nest]:
        """Returns the metrics that parts have reported since the last reset, by name."""
        return {name: self.tracker(name).result() for name in self._reported(self._trackers)}

    def make_train_function(self, force: bool = False) -> None:
        """As `keras.Model`, but its logs have only the metrics that parts have reported.

        A term with `start` or `every` has none before; the mean of nothing would read as 0.
        """
        if self.train_function is not None and not force:
            return
        super().make_train_function(force)
        run = self.train_function
        late = self.late_metric_names

        def train(iterator: Any) -> dict[str, Nest]:
            logs = run(iterator)
            absent = set(late) - set(self._reported(late))
            return {name: value for name, value in logs.items() if name not in absent}

        self.train_function = train if late else run

    def _reported(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if self.tracker(name).count.numpy() > 0]

    def averaged_networks(self) -> list[tuple[MovingAverage, keras.Model]]:
        """Returns pairs of a moving average and its network."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        networks |= self.generator_networks
        pairs = [(getattr(self, f"{name}_average", None), net) for name, net in networks.items()]
        return [(average, network) for average, network in pairs if average is not None]

    def update_averages(self) -> None:
        """Updates the moving averages after generator update `step`."""
        for average, network in self.averaged_networks():
            average.update(network, self.step)

    def _prepared(
        self, argument: str, optimizer: str | keras.optimizers.Optimizer, auto_scale_loss: bool
    ) -> keras.optimizers.Optimizer:
        optimizer = get_optimizer(optimizer)
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        if getattr(optimizer.inner_optimizer if scaled else optimizer, "use_ema", False):
            raise ValueError(
                f"{argument} has use_ema=True: GAN(..., moving_average=0.999) keeps the average of "
                "the weights, and generates and evaluates with it."
            )
        if auto_scale_loss and self.dtype_policy.name == "mixed_float16" and not scaled:
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        return optimizer

    def save_own_variables(self, store: Any) -> None:
        """Also saves the metrics, so that a resumed run continues with the means of its epoch."""
        super().save_own_variables(store)
        for name, variable in self._tracker_variables():
            store[name] = ops.convert_to_numpy(variable)

    def load_own_variables(self, store: Any) -> None:
        """Loads what `save_own_variables` saved; a model that is not compiled has no metrics."""
        names = set(store.keys())
        super().load_own_variables({name: store[name] for name in names if name.isdecimal()})
        for name, variable in self._tracker_variables():
            if name in names:
                variable.assign(store[name])

    def _tracker_variables(self) -> list[tuple[str, keras.Variable]]:
        return [(f"{m.name}_{i}", v) for m in self.metrics for i, v in enumerate(m.variables)]

    def get_compile_config(self) -> dict[str, Any]:
        """Returns the serialised arguments of `compile`."""
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
            "auto_scale_loss": self.auto_scale_loss,
            "reduce_dtype": self.reduce_dtype,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles the model from the result of `get_compile_config`."""
        self.compile(**keras.saving.deserialize_keras_object(config))
