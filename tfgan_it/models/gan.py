"""A generator and a discriminator, trained by `fit`."""

from __future__ import annotations

import math
import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.datasets.batches import batches, in_order
from tfgan_it.datasets.images import check_images, scale_images
from tfgan_it.export import export
from tfgan_it.latents import Latent
from tfgan_it.layers import PackSamples
from tfgan_it.models.moving_average import MovingAverage
from tfgan_it.models.training import AdversarialTraining, by_name
from tfgan_it.seeds import latents_from_seeds


@keras.saving.register_keras_serializable(package="tfgan_it")
class GAN(AdversarialTraining):
    """A generative adversarial network: `compile` sets the game, `fit` plays it.

    Images are `(height, width, channels)` in [-1, 1]; where the networks make and take vectors,
    they are points `(dimension,)` of any size, and all that is said of images holds for them.

    Args:
        generator: Built model, latents `(batch, latent.dimension)` to images in [-1, 1], or to a
            dict with `images`; what else is in it regularisers may look at.
        discriminator: Built model, images to logits `(batch, 1)`, or to a dict with `logits`.
        latent: What the generator is fed.
        moving_average: Decay of an average of the generator's weights; None for none. Where there
            is one, all images but those of training come from the averaged weights.
        seed: Of the noise and of the order of the data. A run is a function of the weights it
            starts from, the data and this.
        **kwargs: As for `keras.Model`.

    Raises:
        ValueError: networks and latent that do not fit each other.

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

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Latent,
        *,
        moving_average: float | None = None,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if generator.input_shape[1:] != (latent.dimension,):
            raise ValueError(
                f"The generator takes {generator.input_shape[1:]}, but the latent has "
                f"{latent.dimension} columns: {latent!r}."
            )
        made = _image_shape(generator)
        if made != discriminator.input_shape[1:]:
            made = made or sorted(generator.output)
            raise ValueError(
                f"The generator makes {made}, but the discriminator takes "
                f"{discriminator.input_shape[1:]}."
            )
        outputs = discriminator(keras.KerasTensor((None, *discriminator.input_shape[1:])))
        logits = outputs["logits"] if isinstance(outputs, dict) else outputs
        if logits.shape[1:] not in ((), (1,)):
            raise ValueError(
                f"The discriminator must give logits (batch, 1), got (batch, "
                f"{', '.join(map(str, logits.shape[1:]))})."
            )
        self.generator = generator
        self.discriminator = discriminator
        self.latent = latent
        self.latent_variables = latent.trainable_variables  # A latent is no layer: saved with this.
        # Samples that one logit judges: more than one where the discriminator packs them.
        packs = [
            layer for layer in discriminator._flatten_layers() if isinstance(layer, PackSamples)
        ]
        self.samples_per_logit = math.prod(pack.pack_size for pack in packs)
        self.seed = int(seed)
        self.decay = moving_average
        self.generator_average = self._average_of(generator)
        self.discriminator_average = None
        # Generator updates so far: it seeds the noise, so that a resumed run goes on exactly.
        self.step = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int64",
            trainable=False,
            aggregation="only_first_replica",
            name="step",
        )
        # Left unbuilt, Keras would build the model on a batch of images, where it takes latents.
        self.built = True

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return _image_shape(self.generator)

    @property
    def trained_steps(self) -> int:
        """Generator updates so far."""
        return int(ops.convert_to_numpy(self.step))

    def call(self, latents: Any, training: bool = False) -> Any:
        """Latents `(batch, latent.dimension)` to images, float32 in [-1, 1]."""
        if self.generator_average is None or training:
            outputs = self.generator(latents, training=training)
        else:
            outputs = self.generator_average.apply(self.generator, latents)
        return ops.cast(by_name(outputs)["images"], "float32")

    def fit(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, **kwargs: Any
    ) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit` does.

        Args:
            x: Images `(n, height, width, channels)`, uint8, or float in [-1, 1]; or a batched
                `tf.data.Dataset` of such, alone or with labels, which are ignored.
            y: Ignored.
            batch_size: Images of one discriminator update, for arrays; 128 where None.
            **kwargs: As for `keras.Model.fit`. `steps_per_epoch` counts generator updates.

        Returns:
            The history of `quantities`, each the mean over an epoch.

        Raises:
            ValueError: data that are no images of this shape; arrays that are empty, fewer than a
                batch, not finite or not scaled; nothing is trained then.
        """
        self._assert_compile_called("fit")
        validation = kwargs.get("validation_data")
        validation = validation[0] if isinstance(validation, tuple) else validation
        if hasattr(validation, "__array__"):
            kwargs["validation_data"], kwargs["validation_batch_size"] = self._in_whole_packs(
                validation, kwargs.get("validation_batch_size")
            )
        if isinstance(x, tf.data.Dataset):
            x = self._grouped(x)
        elif isinstance(x, (list, tuple)) or hasattr(x, "__array__"):
            rows = self.rows_of_a_step(128 if batch_size is None else batch_size)
            x = self._checked(x, minimum=rows)
            steps = kwargs["steps_per_epoch"] = kwargs.get("steps_per_epoch") or len(x) // rows
            if steps % self.steps_per_execution:
                raise ValueError(
                    f"steps_per_execution {self.steps_per_execution} must divide the {steps} steps "
                    "of an epoch; set steps_per_epoch."
                )
            x = batches(x, rows, seed=self.seed, start_step=self.trained_steps)
            batch_size = None
        else:
            raise ValueError(
                f"fit takes images as an array or a tf.data.Dataset, got {type(x).__name__}."
            )
        # Arrays are shuffled by `batches`, data sets by who made them.
        return super().fit(x, batch_size=batch_size, **{**kwargs, "shuffle": False})

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        return_dict: bool = True,
        **kwargs: Any,
    ) -> dict[str, float] | list[float]:
        """The `quantities` of the game itself on unseen images, as `keras.Model.evaluate` does.

        What regularisers and other parts report is of training alone. A dict by default.
        """
        if hasattr(x, "__array__"):
            x, batch_size = in_order(*self._in_whole_packs(x, batch_size)), None
        # The trackers are those of training, which may be in the midst of an epoch.
        kept = [(v, ops.convert_to_numpy(v)) for metric in self.metrics for v in metric.variables]
        result = super().evaluate(x, batch_size=batch_size, return_dict=True, **kwargs)
        for variable, value in kept:
            variable.assign(value)
        of_parts = {name for part in self.components for name in part.quantities}
        result = {name: value for name, value in result.items() if name not in of_parts}
        return result if return_dict else list(result.values())

    def sample_latents(self, n: int, seed: int | None = None) -> np.ndarray:
        """`(n, latent.dimension)`, row i a function of (seed, i); a fresh seed where None."""
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        return latents_from_seeds(self.latent, np.full(n, seed, "int64"), np.arange(n)).numpy()

    def latents_of_seeds(self, seeds: Sequence[int]) -> np.ndarray:
        """`(len(seeds), latent.dimension)`, for each seed that of `generate(1, seed)`."""
        seeds = np.asarray(seeds, "int64")
        return latents_from_seeds(self.latent, seeds, np.zeros_like(seeds)).numpy()

    def generate(self, n: int, seed: int | None = None, batch_size: int = 256) -> np.ndarray:
        """`n` images, float32 in [-1, 1], from the averaged weights where there are some.

        The first k images of `generate(n, seed)` are those of `generate(k, seed)`.
        """
        if n == 0:
            return np.zeros((0, *self.sample_shape), "float32")
        return self.predict(in_order(self.sample_latents(n, seed), batch_size), verbose=0)

    def score(self, images: Any, batch_size: int = 256) -> np.ndarray:
        """The discriminator's logits on images, float32 `(n,)`; high means real.

        Raises:
            ValueError: the discriminator packs several samples into one logit.
        """
        if self.samples_per_logit > 1:
            raise ValueError(
                f"The discriminator judges {self.samples_per_logit} samples at once: it has no "
                "score for one."
            )
        return self._outputs(images, batch_size)["logits"]

    def export(self, filepath: str | os.PathLike, version: int | None = None) -> pathlib.Path:
        """Writes `filepath/VERSION/`, a SavedModel that TensorFlow Serving serves.

        See `tfgan_it.export` for its signatures.

        Args:
            filepath: Folder of the servable; its name is what it is served under.
            version: One above the highest that is there, where None.

        Returns:
            The folder of this version.
        """
        return export(self, filepath, version)

    def _outputs(self, images: Any, batch_size: int) -> dict[str, np.ndarray]:
        return self._in_batches(self.discriminate, images, batch_size)

    def _in_batches(self, function: Callable[[Any], Any], images: Any, batch_size: int) -> Any:
        """`function` of scaled images, an array or arrays by name, so many at a time."""
        images = self._checked(images)
        parts = [
            function(scale_images(images[start : start + batch_size]))
            for start in range(0, len(images), batch_size)
        ]
        return keras.tree.map_structure(lambda *rows: np.concatenate(rows), *parts)

    def _average_of(self, network: keras.Model) -> MovingAverage | None:
        if self.decay is None:
            return None
        average = MovingAverage(self.decay, name=f"{network.name}_average")
        average.build_for(network)
        return average

    def _checked(self, images: Any, minimum: int = 1) -> np.ndarray:
        images = np.asarray(images)
        check_images(images, self.sample_shape, minimum=minimum)
        return images

    def _in_whole_packs(self, images: Any, batch_size: int | None) -> tuple[np.ndarray, int]:
        """Images and a batch size to evaluate: where samples are packed, no pack is broken."""
        whole = self.samples_per_logit
        if whole > 1:
            whole *= self.distribute_strategy.num_replicas_in_sync
        images = self._checked(images, minimum=whole)
        return images[: len(images) // whole * whole], max(1, (batch_size or 32) // whole) * whole

    def rows_of_a_step(self, batch_size: int) -> int:
        """Images that one train step takes, for `batch_size` in each discriminator update.

        Raises:
            ValueError: a batch that replicas or packs cannot share, with one that they can.
        """
        replicas = self.distribute_strategy.num_replicas_in_sync
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}.")
        packs = replicas * self.samples_per_logit
        if batch_size % packs:
            by = f"shared by {replicas} replicas"
            if self.samples_per_logit > 1:
                by += f" in packs of {self.samples_per_logit}"
            raise ValueError(
                f"batch_size {batch_size} cannot be {by}: use a multiple, such as "
                f"{packs * max(1, round(batch_size / packs))}."
            )
        return batch_size * self.discriminator_steps

    def _grouped(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Batches of all the images that one train step needs."""
        images = dataset.element_spec
        images = images[0] if isinstance(images, tuple) else images
        shape = getattr(images, "shape", None)
        if shape is None or shape.rank == 1 or not shape[1:].is_compatible_with(self.sample_shape):
            raise ValueError(
                f"The dataset must give images (batch, *{self.sample_shape}), alone or first in a "
                f"tuple, got {' '.join(str(dataset.element_spec).split())}."
            )
        if self.discriminator_steps * self.distribute_strategy.num_replicas_in_sync == 1:
            return dataset
        # Whole batches alone: replicas need equal shares, and each step its number of images.
        size = images.shape[0] or len(tf.nest.flatten(next(iter(dataset)))[0])
        return dataset.rebatch(size * self.discriminator_steps, drop_remainder=True)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, networks and latent serialised."""
        serialize = keras.saving.serialize_keras_object
        return {
            "name": self.name,
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "latent": serialize(self.latent),
            "moving_average": self.decay,
            "seed": self.seed,
            "dtype": serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> GAN:
        """Builds the model that `get_config` described."""
        return cls(
            **{
                key: keras.saving.deserialize_keras_object(value, custom_objects=custom_objects)
                for key, value in config.items()
            }
        )


def _image_shape(generator: keras.Model) -> tuple[int, ...] | None:
    """Shape of one of the images that a generator makes; None for a dict without any."""
    outputs = getattr(generator, "output", None)  # A Sequential has none.
    if not isinstance(outputs, dict):
        return tuple(generator.output_shape[1:])
    return tuple(outputs["images"].shape[1:]) if "images" in outputs else None
