"""A mixture of generators, each trained on the data that the previous ones miss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it import latents
from tfgan_it.checks import check_above, check_integer, check_seed
from tfgan_it.datasets.batches import batches
from tfgan_it.latents import Categorical, Latent, Product
from tfgan_it.models.boosting import boosting_weights
from tfgan_it.models.gan import GAN
from tfgan_it.models.keras_arguments import check_arguments
from tfgan_it.models.keras_callbacks import check_callbacks, prepare_callbacks
from tfgan_it.models.network_outputs import check_networks
from tfgan_it.models.one_training import OneTraining
from tfgan_it.seeds import seeded_initializers
from tfgan_it.typing import Callbacks, Shape, Tensor


class Mixture(keras.layers.Layer):
    """Generates with one of several components, selected by the last columns of the latent.

    Args:
        components: Generators with equal input and output shapes.
        active: Index of the component in training. Later components are not in the mixture yet;
            their columns select an earlier one.
    """

    def __init__(self, components: Sequence[keras.Model], active: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.components = list(components)
        self.activate(active)

    def activate(self, active: int) -> None:
        """Makes one component trainable and freezes the others."""
        self.active = active
        for index, component in enumerate(self.components):
            component.trainable = index == active

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        """Calls the active component in training, and the selected one in inference."""
        count = len(self.components)
        noise, choice = latents[:, :-count], latents[:, -count:]
        if training:
            return self.components[self.active](noise, training=True)
        _, largest = ops.top_k(choice, 1)  # As in LearnedCategorical.
        index = largest[:, 0] % (self.active + 1)
        samples = [component(noise) for component in self.components[: self.active + 1]]
        shape = (-1, *[1] * (len(samples[0].shape) - 1))
        return sum(
            sample * ops.reshape(ops.cast(index == k, sample.dtype), shape)
            for k, sample in enumerate(samples)
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Returns the output shape of the components."""
        return (input_shape[0], *self.components[0].output_shape[1:])


@keras.saving.register_keras_serializable(package="tfgan_it")
class AdaGAN(GAN):
    """A mixture of generators, trained in turn: each on the data that the previous ones miss.

    Component t has a new discriminator and new optimisers. It trains for `steps_per_component`
    steps on data resampled with `boosting_weights`. The ratios r = (1 - C) / C come from a
    classifier C, trained beforehand to separate the data from the current mixture. As
    beta_t = 1 / t, all components end with equal weights.

    The mixture is a generator whose latent holds the noise and the `component`. The discriminator,
    and therefore `js_nats`, belongs to the component trained last.

    Args:
        generator: First component, a network from noise `(batch, latent.dimension)` to samples.
        discriminator: As for `GAN`. The classifier is a clone of it.
        latent: Distribution of the noise.
        components: Number of generators.
        steps_per_component: Generator updates of each component but the last, which trains until
            `fit` ends.
        classifier_steps: Updates of the classifier before each component but the first.
        classifier_learning_rate: Learning rate of the classifier's Adam.
        component: Index of the component in training.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: If there is less than one component or step.

    Source: Tolstikhin et al., 2017, "AdaGAN: Boosting Generative Models". Departures: the data are
    resampled once for each component, by systematic sampling, instead of for each batch.
    """

    takes_conditions = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Latent | int,
        *,
        components: int = 3,
        steps_per_component: int = 1000,
        classifier_steps: int = 500,
        classifier_learning_rate: float = 1e-3,
        component: int = 0,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        seed = check_seed("AdaGAN", seed)
        components = check_integer("AdaGAN", "components", components, 1)
        check_integer("AdaGAN", "steps_per_component", steps_per_component, 1)
        check_integer("AdaGAN", "classifier_steps", classifier_steps, 1)
        check_above("AdaGAN", "classifier_learning_rate", classifier_learning_rate, 0)
        if check_integer("AdaGAN", "component", component, 0) >= components:
            raise ValueError(
                f"AdaGAN: component must be from 0 to {components - 1}, got {component}."
            )
        latent = latents.get(latent)
        check_networks(generator=generator, discriminator=discriminator)
        # A saved model may have a first component that is not trainable; its clones are.
        generator.trainable = True
        with seeded_initializers(_derived(seed, 0)):
            clones = [keras.models.clone_model(generator) for _ in range(components - 1)]
            classifier = keras.models.clone_model(discriminator)
        mixture = Mixture([generator, *clones], component, name="mixture")
        choice = Product(noise=latent, component=Categorical(components))
        inputs = keras.Input((choice.dimension,), name="latents")
        network = keras.Model(inputs, mixture(inputs), name="mixture_of_generators")
        super().__init__(network, discriminator, choice, seed=seed, **kwargs)
        self.mixture, self.classifier = mixture, classifier
        self.steps_per_component = steps_per_component
        self.classifier_steps = classifier_steps
        self.classifier_learning_rate = classifier_learning_rate
        self._set_component(component)

    def _set_component(self, component: int) -> None:
        self.mixture.activate(component)
        # The step restarts with each component, so each needs a different noise seed.
        self.noise_seed = _derived(self.seed, 6, component) if component else self.seed

    def config_overrides(self) -> dict[str, Any]:
        """Returns the index of the component in training, beside those of `GAN`."""
        return {**super().config_overrides(), "component": self.component}

    @property
    def component(self) -> int:
        """Index of the component in training."""
        return self.mixture.active

    @property
    def trained_steps(self) -> int:
        """Number of generator updates so far, over all components."""
        return self.component * self.steps_per_component + super().trained_steps

    def fit(
        self,
        x: Tensor | None = None,
        y: Tensor | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Callbacks = None,
        *,
        steps_per_epoch: int | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains one component after the other, as `GAN.fit` does. Accepts only arrays.

        An epoch that trains several components counts as several epochs. Keras's own callbacks see
        one training; others see a separate one for each epoch and each component in it.
        """
        self.check_compiled()
        options = {"epochs": epochs, "verbose": verbose, "steps_per_epoch": steps_per_epoch}
        check_arguments("fit", {**kwargs, **options}, self.steps_per_execution)
        if not hasattr(x, "__array__") and not isinstance(x, (list, tuple)):
            raise ValueError(
                "AdaGAN resamples its data for each component: fit takes an array, got "
                f"{type(x).__name__}."
            )
        size = 128 if batch_size is None else batch_size
        samples_per_step = self.samples_per_step(size)
        fraction = kwargs.pop("validation_split", 0.0)
        if fraction and kwargs.get("validation_data") is None:
            x, _, kwargs["validation_data"] = self._split_off(x, None, fraction)
        x = self._checked(x, samples_per_step, f"a step of batch_size={size}")
        first_epoch = kwargs.pop("initial_epoch", 0)
        steps_per_epoch = steps_per_epoch or len(x) // samples_per_step
        parts = self._parts(max(epochs - first_epoch, 0), steps_per_epoch)
        callbacks = OneTraining(
            check_callbacks(callbacks),
            first_epoch,
            add_history=True,
            add_progbar=verbose != 0,
            model=self,
        )
        prepare_callbacks(self, callbacks, kwargs.get("validation_data") is not None)
        if any(isinstance(c, keras.callbacks.BackupAndRestore) for c in callbacks.callbacks):
            raise ValueError(
                "BackupAndRestore cannot restore the component of an AdaGAN: use "
                "tfgan_it.callbacks.Checkpoints, which saves the whole model."
            )
        data_of = None
        for component, steps in parts:
            if component != self.component:
                self._begin(component, x)
            if data_of != component:
                data, data_of = self._redrawn(x), component
            epoch = {"verbose": verbose, "epochs": first_epoch + len(parts), "steps": steps}
            callbacks.set_params(epoch)
            options = {"batch_size": batch_size, "verbose": verbose, "callbacks": callbacks}
            super().fit(data, steps_per_epoch=steps, **options, **kwargs)
            if self.stop_training:
                break
        callbacks.finish()
        return self.history

    def _parts(self, epochs: int, steps_per_epoch: int) -> list[tuple[int, int]]:
        """Returns components and their numbers of steps, in order."""
        parts, done = [], self.trained_steps
        for _ in range(epochs):
            remaining, last = steps_per_epoch, len(self.mixture.components) - 1
            while remaining:
                component = min(done // self.steps_per_component, last)
                end = (component + 1) * self.steps_per_component - done
                steps = remaining if component == last else min(remaining, end)
                if steps % self.steps_per_execution:
                    raise ValueError(
                        f"steps_per_execution {self.steps_per_execution} must divide the {steps} "
                        f"steps of component {component}."
                    )
                parts.append((component, steps))
                remaining, done = remaining - steps, done + steps
        return parts

    def _begin(self, component: int, x: np.ndarray) -> None:
        """Finishes the current component, trains the classifier, and sets up the next one."""
        if self.generator_average is not None:
            pairs = zip(self.generator.weights, self.generator_average.averages, strict=True)
            for variable, average in pairs:
                variable.assign(average)
        self._train_classifier(x)
        with (
            self.distribute_strategy.scope(),
            seeded_initializers(_derived(self.seed, 1, component)),
        ):
            fresh = keras.models.clone_model(self.discriminator)
            self.discriminator.set_weights(fresh.get_weights())
            config = self.get_compile_config()
            self._set_component(component)
            self.step.assign(0)
            self.compile_from_config(config)

    def _train_classifier(self, x: np.ndarray) -> None:
        """Trains the classifier from scratch to separate the data from the current mixture."""
        trained = self.component + 1
        latents = self.sample_latents(len(x), seed=_derived(self.seed, 2, trained))
        choice = np.eye(len(self.mixture.components), dtype="float32")[np.arange(len(x)) % trained]
        latents[:, -choice.shape[1] :] = choice
        fakes = self.predict(latents, batch_size=256, verbose=0)
        real = ops.convert_to_numpy(self.scale(x))
        images = np.concatenate([real, fakes])
        labels = np.repeat([[1.0], [0.0]], len(x), axis=0).astype("float32")
        with self.distribute_strategy.scope(), seeded_initializers(_derived(self.seed, 3, trained)):
            self.classifier.set_weights(keras.models.clone_model(self.classifier).get_weights())
            optimizer = keras.optimizers.Adam(self.classifier_learning_rate)
            outputs = self.classifier.output
            logits = outputs["logits"] if isinstance(outputs, dict) else outputs
            trainer = keras.Model(self.classifier.input, logits)
            trainer.compile(optimizer, keras.losses.BinaryCrossentropy(from_logits=True))
        rows = min(256, len(images))
        data = batches((images, labels), rows, seed=_derived(self.seed, 4, trained))
        trainer.fit(data, steps_per_epoch=self.classifier_steps, shuffle=False, verbose=0)

    def _redrawn(self, x: np.ndarray) -> np.ndarray:
        """Resamples the data with the boosting weights of the current component."""
        if self.component == 0:
            return x
        outputs = self.classifier.predict(self.scale(x), batch_size=256, verbose=0)
        logits = outputs["logits"] if isinstance(outputs, dict) else outputs
        ratios = np.exp(np.clip(-logits[:, 0].astype("float64"), -30, 30))
        weights = boosting_weights(ratios, 1 / (self.component + 1))
        # Systematic sampling: each point appears n w times, rounded up or down.
        start = np.random.default_rng(_derived(self.seed, 5, self.component)).uniform()
        positions = (np.arange(len(x)) + start) / len(x)
        return x[np.searchsorted(np.cumsum(weights)[:-1], positions)]


def _derived(seed: int, *path: int) -> int:
    """Derives a seed for each use; sums of small integers would collide between runs."""
    return int(np.random.SeedSequence([seed % 2**64, *path]).generate_state(1)[0])
