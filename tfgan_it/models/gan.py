"""A generator and a discriminator, trained by `fit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops, tree

from tfgan_it import conditions as conditions_
from tfgan_it import latents
from tfgan_it.checks import check_in_range, check_integer, check_name, check_seed
from tfgan_it.citations import check_citations
from tfgan_it.conditions import Condition
from tfgan_it.datasets.images import check_value_range
from tfgan_it.latents import Latent, Product
from tfgan_it.layers import TokenSampling, Waveform
from tfgan_it.layers.nested import nested_layers
from tfgan_it.logits import as_logits, score
from tfgan_it.models.editing import EditsSamples
from tfgan_it.models.moving_average import MovingAverage
from tfgan_it.models.network_outputs import (
    check_logits,
    check_networks,
    generator_outputs,
    output_shapes,
    outputs_of,
    symbolic,
)
from tfgan_it.regularizers.information.code_information import codes_of
from tfgan_it.typing import Nest, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class GAN(EditsSamples):
    """A generative adversarial network: `compile` sets the losses of the players, `fit` trains.

    A sample is an image `(height, width, channels)`, a point `(dimension,)`, a sequence `(length,
    columns)`, a video, or a dict of these.

    Args:
        generator: A `keras.Model` from latents `(batch, latent.dimension)` to samples, or to a dict
            with `samples` and further outputs for terms.
        discriminator: A `keras.Model` from samples to logits `(batch, 1)`, or `(batch, ..., 1)`
            with one for each patch or token, or to a dict with `logits` and further outputs for
            terms, such as `codes`.
        latent: Distribution of the generator's input; an integer d is `latents.Normal(d)`.
        conditions: Condition of each sample, an input of both networks: a `conditions.Condition`
            such as `conditions.Label(10)`, a number of classes, or a dict of conditions. The
            networks then take the pairs `[latents, conditions]` and `[samples, conditions]`.
        moving_average: Decay of the moving average of the generator's weights, and of the
            discriminator's if it recognises codes; None for no average. Outside of training, the
            averaged weights are used.
        seed: Seed of the noise and of the order of the data. It determines a run together with the
            initial weights and the data.
        value_range: Range `(low, high)` of the values of images and videos, for both networks:
            uint8 is scaled to it, and floats must lie in it. The default is that of a generator
            that ends in tanh; `(0, 1)` is that of a sigmoid. None accepts floats of any size, as
            points and sequences always may have; uint8 is then scaled to [-1, 1].
        citations: Sources that `cite` names before those of the parts, each as `Authors, year,
            "Title"`. Recipes set theirs.
        **kwargs: As for `keras.Model`.

    Raises:
        ValueError: If networks, latent and conditions do not fit each other, or the range is
            invalid.

    Example:

    >>> import numpy as np
    >>> from tfgan_it import latents, networks
    >>> gan = GAN(
    ...     networks.dcgan_generator((8, 8, 1), 16, width=4),
    ...     networks.dcgan_discriminator((8, 8, 1), width=4),
    ...     latents.Normal(16),
    ... )
    >>> gan.compile("adam", "adam", loss="non_saturating")
    >>> images = np.zeros((32, 8, 8, 1), "uint8")
    >>> history = gan.fit(images, batch_size=16, verbose=0)
    >>> sorted(history.history)
    ['discriminator_loss', 'generator_loss', 'js_nats']
    >>> gan.generate(3, seed=0).shape
    (3, 8, 8, 1)
    """

    takes_conditions = True
    takes_latents = True

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Latent | int | None,
        *,
        conditions: Condition | int | Mapping[str, Any] | None = None,
        moving_average: float | None = None,
        seed: int = 0,
        value_range: Sequence[float] | None = (-1.0, 1.0),
        citations: Sequence[str] = (),
        **kwargs: Any,
    ) -> None:
        if kwargs.get("name") is not None:
            check_name(self, "the model's name", kwargs["name"])
        super().__init__(**kwargs)
        self.value_range = check_value_range(value_range)
        self.citations = check_citations(type(self).__name__, citations)
        check_networks(generator=generator, discriminator=discriminator)
        latent = latents.get(latent) if self.takes_latents else None
        self.generator, self.discriminator, self.latent = generator, discriminator, latent
        self.conditions = None if conditions is None else conditions_.get(conditions)
        if self.conditions is not None and not self.takes_conditions:
            raise ValueError(
                f"{type(self).__name__} takes no conditions, got {self.conditions!r}; GAN does."
            )
        self.generator_networks = {}
        self.seed = self.noise_seed = check_seed(self, seed)
        decay = check_in_range(self, "moving_average", moving_average, 0, 1, "[)", optional=True)
        self.decay = decay
        inputs = self._generator_input()
        # A latent is not a layer: its variables are saved with the model.
        self.latent_variables = latent.trainable_variables if latent is not None else []
        samples = outputs_of("generator", generator, inputs, self.conditions, "latents")
        samples = generator_outputs(samples)["samples"]
        self.sample_shape = output_shapes(samples)
        outputs = outputs_of("discriminator", discriminator, samples, self.conditions, "samples")
        check_logits(outputs)
        named = isinstance(outputs, dict) and "logits" in outputs
        # The shape of each output of the discriminator for one sample, by name.
        self.discriminator_outputs = output_shapes(outputs if named else {"logits": outputs})
        # What reads texts in a sample, and what reads the samples if they are texts; None if none.
        self.text_vocabulary = _told_by(generator, TokenSampling, "vocabulary")
        self.vocabulary = None if isinstance(self.sample_shape, dict) else self.text_vocabulary
        # Samples per second of sounds.
        self.rate = _told_by(generator, Waveform, "rate")
        has_codes = latent is not None and latent.codes is not None
        self.recognizes_codes = has_codes and "codes" in self.discriminator_outputs
        self.generator_average = self.average_of(generator)
        self.discriminator_average = (
            self.average_of(discriminator) if self.recognizes_codes else None
        )
        # Number of generator updates. It seeds the noise, so that a resumed run continues exactly.
        self.step = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int64",
            trainable=False,
            aggregation="only_first_replica",
            name="step",
        )
        # Otherwise Keras would build the model on a batch of samples, although it takes latents.
        self.built = True

    def config_overrides(self) -> dict[str, Any]:
        """Returns the citations, which recipes add to."""
        return {"citations": self.citations}

    @property
    def trained_steps(self) -> int:
        """Number of generator updates so far."""
        return int(ops.convert_to_numpy(self.step))

    def call(self, inputs: Nest, training: bool = False) -> Nest:
        """Maps latents, or `(latents, conditions)`, to float32 samples.

        A model without a latent maps samples; uint8 is scaled as in `fit`.
        """
        conditions = None
        if self.latent is None:
            inputs = self.scale(inputs)
        if self.conditions is not None:
            inputs, conditions = inputs
            conditions = self.conditions.prepare(conditions)
        samples = self.call_generator(inputs, conditions, training)["samples"]
        return tree.map_structure(lambda x: ops.cast(x, "float32"), samples)

    def call_generator(
        self, inputs: Nest, conditions: Nest | None = None, training: bool = False
    ) -> dict[str, Nest]:
        """Returns the generator's outputs by name; with the averaged weights unless in training.

        Args:
            inputs: Inputs of the generator: latents `(batch, latent.dimension)`.
            conditions: Conditions as returned by `conditions.prepare`; None without conditions.
            training: Whether this is an update.
        """
        return generator_outputs(
            self._call("generator", self.generator, inputs, conditions, training)
        )

    def discriminate(
        self, samples: Nest, conditions: Nest | None = None, training: bool = False
    ) -> dict[str, Nest]:
        """Returns the discriminator's outputs by name; float32 `logits` as in `tfgan_it.logits`.

        Args:
            samples: Real or generated samples.
            conditions: As for `call_generator`.
            training: Whether this is an update.
        """
        outputs = self._call("discriminator", self.discriminator, samples, conditions, training)
        if not (isinstance(outputs, dict) and "logits" in outputs):
            outputs = {"logits": outputs}
        return {**outputs, "logits": as_logits(outputs["logits"])}

    def score(self, x: Nest, y: Nest | None = None, batch_size: int = 256) -> np.ndarray:
        """Returns the mean of each sample's logits, float32 `(n,)`; high means real.

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1].
            y: Conditions of the samples, for a conditional model.
            batch_size: Number of samples in a batch.
        """

        def score_of(*args: Any) -> Tensor:
            return score(self.discriminate(*args)["logits"])

        return self.in_batches(score_of, x, batch_size, y)

    def infer_codes(
        self, x: Nest, y: Nest | None = None, batch_size: int = 256
    ) -> dict[str, np.ndarray]:
        """Computes the posterior parameters of each sample's codes under Q(c|x).

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1].
            y: Conditions of the samples, for a conditional model.
            batch_size: Number of samples in a batch.

        Returns:
            float32 `(n, ...)` by name: `<code>_probabilities` of a categorical code,
            `<code>_mean` and `<code>_scale` of a continuous one.

        Raises:
            ValueError: If the model recognises no codes.
        """
        if not self.recognizes_codes:
            raise ValueError(
                "This model recognises no codes: its discriminator gives "
                f"{', '.join(self.discriminator_outputs)}, and its latent is {self.latent!r}."
            )

        def codes_of(*args: Any) -> Tensor:
            return self.discriminate(*args)["codes"]

        parameters = self.in_batches(codes_of, x, batch_size, y)
        posterior = self._codes.posterior(parameters)
        return {name: ops.convert_to_numpy(value) for name, value in posterior.items()}

    def in_batches(
        self, function: Callable[..., Nest], x: Nest, batch_size: int, y: Nest | None = None
    ) -> Nest:
        """Calls `function(samples)`, or `function(samples, conditions)`, in batches."""
        batch_size = check_integer("", "batch_size", batch_size, 1)
        samples, conditions = self._checked(x), None
        n = len(tree.flatten(samples)[0])
        if self.conditions is not None:
            conditions = self._checked_conditions(y, n)
        parts = []
        for start in range(0, n, batch_size):
            part = slice(start, start + batch_size)
            args = [self.scale(tree.map_structure(lambda a, part=part: a[part], samples))]
            if conditions is not None:
                batch_conditions = tree.map_structure(lambda a, part=part: a[part], conditions)
                args.append(self.conditions.prepare(batch_conditions))
            parts.append(function(*args))
        return tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)

    def average_of(self, network: keras.Model) -> MovingAverage | None:
        """Builds a moving average of the network's weights; None where the model has none."""
        if self.decay is None:
            return None
        average = MovingAverage(self.decay, name=f"{network.name}_average")
        average.build_for(network)
        return average

    def call_in_training(self, network: keras.Model, inputs: Nest) -> Nest:
        """Calls the network with `training=True`, compiled by XLA if `jit_compile` is set."""
        if self.compile_networks:
            network = tf.function(network.__call__, jit_compile=True, autograph=False)
        return network(inputs, training=True)

    def _call(
        self, name: str, network: keras.Model, inputs: Nest, conditions: Nest, training: bool
    ) -> Nest:
        inputs = inputs if conditions is None else [inputs, conditions]
        average = getattr(self, f"{name}_average")
        if training:
            return self.call_in_training(network, inputs)
        return (
            network(inputs, training=False) if average is None else average.apply(network, inputs)
        )

    @property
    def _codes(self) -> Product:
        """Codes of the latent."""
        return codes_of(self, type(self).__name__)

    def _generator_input(self) -> Nest:
        """Symbolic input of the generator."""
        assert self.latent is not None, "the model takes latents"
        return symbolic((self.latent.dimension,))


def _told_by(network: keras.Model, kind: type[keras.layers.Layer], attribute: str) -> Any:
    """Returns an attribute that a layer of this kind has; None where none has it."""
    told = [layer for layer in nested_layers(network) if isinstance(layer, kind)]
    values = (getattr(layer, attribute) for layer in told)
    return next((value for value in values if value is not None), None)
