"""A mixture of generators, each trained on what those before it miss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_in_range, check_integer
from tfgan_it.datasets.batches import batches
from tfgan_it.datasets.images import scale_images
from tfgan_it.latents import Categorical, Latent, Product
from tfgan_it.models.gan import GAN
from tfgan_it.seeds import seeded_initializers
from tfgan_it.typing import Shape, Tensor


def boosting_weights(ratios: Tensor, beta: float) -> np.ndarray:
    """Weights of the data for the next generator, given what the mixture so far makes of them.

        w_i = (lambda - (1 - beta) r_i)_+ / (beta n),   lambda such that sum w_i = 1

    Args:
        ratios: r_i, the density of the mixture so far over that of the data at each of `n` points.
        beta: Weight of the next generator in the mixture, in (0, 1].

    Returns:
        float64 `(n,)`, at least 0, summing to 1; larger where the mixture so far makes too little.

    Raises:
        ValueError: ratios below 0 or not finite, a beta outside (0, 1].

    Source: Tolstikhin et al., 2017, "AdaGAN: Boosting Generative Models", theorem 1 and
    algorithm 3.

    Example: the second point is covered well, the third not at all.

    >>> boosting_weights([1.0, 2.0, 0.0], beta=0.5).round(3).tolist()
    [0.333, 0.0, 0.667]
    """
    ratios = np.asarray(ratios, "float64")
    if not (ratios.size and np.isfinite(ratios).all() and (ratios >= 0).all()):
        raise ValueError("boosting_weights: give ratios, all finite and at least 0.")
    check_in_range("boosting_weights", "beta", beta, 0, 1, "(]")
    ordered = (1 - beta) * np.sort(ratios)
    # lambda if the m points of least ratio are those of weight above 0, for each m.
    thresholds = (beta * len(ratios) + np.cumsum(ordered)) / np.arange(1, len(ratios) + 1)
    threshold = thresholds[np.flatnonzero(thresholds > ordered)[-1]]
    weights = np.maximum(threshold - (1 - beta) * ratios, 0)
    return weights / weights.sum()


class Mixture(keras.layers.Layer):
    """The sample of one of several generators, which the last columns of the latent choose.

    Args:
        components: Networks of one shape.
        active: The one that is trained; those after it are not in the mixture yet, and their
            columns choose among those that are.
    """

    def __init__(self, components: Sequence[keras.Model], active: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.components = list(components)
        self.activate(active)

    def activate(self, active: int) -> None:
        """Sets the component that is trained; the others keep their weights."""
        self.active = active
        for index, component in enumerate(self.components):
            component.trainable = index == active

    def call(self, latents: Tensor, training: bool = False) -> Tensor:
        """In training the sample of the active component, else of the chosen one."""
        count = len(self.components)
        noise, choice = latents[:, :-count], latents[:, -count:]
        if training:
            return self.components[self.active](noise, training=True)
        index = ops.argmax(choice, axis=-1) % (self.active + 1)
        samples = [component(noise) for component in self.components[: self.active + 1]]
        shape = (-1, *[1] * (len(samples[0].shape) - 1))
        return sum(
            sample * ops.reshape(ops.cast(index == k, sample.dtype), shape)
            for k, sample in enumerate(samples)
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """That of each component."""
        return (input_shape[0], *self.components[0].output_shape[1:])


@keras.saving.register_keras_serializable(package="tfgan_it")
class AdaGAN(GAN):
    """A mixture of generators, trained one after the other: each on what those before it miss.

    Component t is trained in a game of its own, by a fresh discriminator and fresh optimisers, for
    `steps_per_component` steps, on data that are drawn anew with `boosting_weights`. Their ratios
    r = (1 - C) / C come from a classifier C that is trained beforehand to tell the data from the
    mixture so far. With beta_t = 1 / t all components weigh the same in the end.

    The mixture is one generator like any other: its latent is the noise and the `component`. The
    discriminator, and with it `js_nats`, is that of the last game.

    Args:
        generator: A network from noise `(batch, latent.dimension)` to samples: the first component.
        discriminator: As for `GAN`; the classifier is built like it.
        latent: The distribution of the noise.
        components: Number of generators.
        steps_per_component: Generator updates of each component but the last, which continues as
            long as `fit` does.
        classifier_steps: Updates of the classifier before each component but the first.
        classifier_learning_rate: Learning rate of the classifier's Adam.
        component: The component that is trained at present.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: fewer than one component or step.

    Source: Tolstikhin et al., 2017, "AdaGAN: Boosting Generative Models". Departures: data are
    drawn with the weights once for each component, systematically, and not for each batch.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Latent,
        *,
        components: int = 3,
        steps_per_component: int = 1000,
        classifier_steps: int = 500,
        classifier_learning_rate: float = 1e-3,
        component: int = 0,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        check_integer("AdaGAN", "components", components, 1)
        check_integer("AdaGAN", "steps_per_component", steps_per_component, 1)
        check_integer("AdaGAN", "classifier_steps", classifier_steps, 1)
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
        # The step counts from each component's start, and so each needs noise of its own.
        self.noise_seed = _derived(self.seed, 6, component) if component else self.seed

    def config_overrides(self) -> dict[str, Any]:
        """The present component."""
        return {"component": self.component}

    @property
    def component(self) -> int:
        """The component that is trained at present, from 0."""
        return self.mixture.active

    @property
    def trained_steps(self) -> int:
        """Generator updates so far, of all components."""
        return self.component * self.steps_per_component + super().trained_steps

    def fit(
        self,
        x: Tensor | None = None,
        y: Tensor | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        steps_per_epoch: int | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains as `GAN.fit`, one component after the other; on arrays alone.

        Callbacks see the training of each component, and of each epoch, as one of its own.
        """
        if isinstance(x, tf.data.Dataset):
            raise ValueError("AdaGAN draws its data anew for each component: fit takes an array.")
        self.check_compiled()
        rows = self.samples_per_step(128 if batch_size is None else batch_size)
        x = self._checked(x, minimum=rows)
        last, data_of = len(self.mixture.components) - 1, None
        records: list[dict[str, list[float]]] = []
        for _ in range(kwargs.pop("initial_epoch", 0), epochs):
            left = steps_per_epoch or len(x) // rows
            while left and not (records and self.stop_training):
                component = min(self.trained_steps // self.steps_per_component, last)
                if component != self.component:
                    self._begin(component, x)
                if data_of != component:
                    data, data_of = self._redrawn(x), component
                end = (component + 1) * self.steps_per_component - self.trained_steps
                steps = left if component == last else min(left, end)
                if steps % self.steps_per_execution:
                    raise ValueError(
                        f"steps_per_execution {self.steps_per_execution} must divide the {steps} "
                        f"steps that component {component} is trained for."
                    )
                history = super().fit(data, batch_size=batch_size, steps_per_epoch=steps, **kwargs)
                records.append(history.history)
                left -= steps
        history = keras.callbacks.History()
        history.set_model(self)
        history.epoch = list(range(len(records)))
        names = records[-1] if records else ()
        history.history = {name: [record[name][0] for record in records] for name in names}
        return history

    def _begin(self, component: int, x: np.ndarray) -> None:
        """Ends the present game, learns what it misses, and sets up the next."""
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
        """Trains the classifier anew to tell data from the mixture so far."""
        trained = self.component + 1
        latents = self.sample_latents(len(x), seed=_derived(self.seed, 2, trained))
        choice = np.eye(len(self.mixture.components), dtype="float32")[np.arange(len(x)) % trained]
        latents[:, -choice.shape[1] :] = choice
        fakes = self.predict(latents, batch_size=256, verbose=0)
        real = ops.convert_to_numpy(scale_images(x))
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
        """The data as the present component sees them."""
        if self.component == 0:
            return x
        outputs = self.classifier.predict(scale_images(x), batch_size=256, verbose=0)
        logits = outputs["logits"] if isinstance(outputs, dict) else outputs
        ratios = np.exp(np.clip(-logits[:, 0].astype("float64"), -30, 30))
        weights = boosting_weights(ratios, 1 / (self.component + 1))
        # Systematic: each point comes n w times, rounded up or down.
        start = np.random.default_rng(_derived(self.seed, 5, self.component)).uniform()
        positions = (np.arange(len(x)) + start) / len(x)
        return x[np.searchsorted(np.cumsum(weights)[:-1], positions)]


def _derived(seed: int, *path: int) -> int:
    """A seed of its own for each use; sums of small numbers would meet those of other runs."""
    return int(np.random.SeedSequence([seed % 2**64, *path]).generate_state(1)[0])
