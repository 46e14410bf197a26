"""`fit` and `evaluate` on arrays or data sets of samples, with or without conditions."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops, tree

from tfgan_it.checks import check_at_least
from tfgan_it.datasets.batches import batches, in_order, unpaired_batches
from tfgan_it.datasets.images import check_images, scale_images
from tfgan_it.models.adversarial_model import AdversarialModel
from tfgan_it.typing import Nest, Shape

SAMPLES, CONDITIONS = "samples", "conditions"


class TrainedOnSamples(AdversarialModel):
    """`fit` and `evaluate` of an adversarial model.

    The subclass provides `sample_shape`, and `conditions` or None.
    """

    conditions: Nest
    sample_shape: Shape
    paired = True

    def prepare(self, data: Nest) -> dict[str, Nest]:
        """Scales a batch for the networks: `samples`, and `conditions` of a conditional model."""
        samples, conditions = _split(data)
        batch = {SAMPLES: tree.map_structure(scale_images, samples)}
        if self.conditions is not None:
            batch[CONDITIONS] = self.conditions.prepare(self._needed(conditions))
        return batch

    def fit(
        self,
        x: Nest | None = None,
        y: Nest | None = None,
        batch_size: int | None = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains the model, as `keras.Model.fit` does.

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1]; points and sequences are floats of
                any size. Or a batched `tf.data.Dataset` of samples, of `(samples, conditions)`, or
                of `{"samples": ..., "conditions": ...}`.
            y: Conditions of the samples, such as labels `(n,)`. A model without conditions ignores
                them.
            batch_size: Number of samples in a discriminator update, for arrays; 128 by default.
            **kwargs: As for `keras.Model.fit`. `steps_per_epoch` counts generator updates.

        Returns:
            The history of `metric_names`, each the mean over an epoch.

        Raises:
            ValueError: If the data have another shape, conditions are missing, or arrays are empty,
                smaller than a batch, not finite or not scaled. No training takes place.
        """
        self.check_compiled()
        # `batches` shuffles arrays; data sets are expected to be shuffled.
        kwargs = {**kwargs, "shuffle": False}
        validation = kwargs.get("validation_data")
        if isinstance(validation, tf.data.Dataset):
            self._check_dataset(validation)
        elif validation is not None:
            pair = validation if isinstance(validation, (tuple, list)) else (validation, None)
            validation_size = kwargs.pop("validation_batch_size", None) or 32
            x_val, y_val = (*pair, None)[:2]
            kwargs["validation_data"] = self._in_order(x_val, y_val, validation_size)
        if isinstance(x, tf.data.Dataset):
            if y is not None:
                raise ValueError("fit takes no y beside a tf.data.Dataset, which gives both.")
            return super().fit(self._grouped(x), **kwargs)
        if y is None and isinstance(x, dict) and SAMPLES in x and CONDITIONS in x:
            x, y = x[SAMPLES], x[CONDITIONS]
        if not _is_arrays(x):
            raise ValueError(
                f"fit takes samples as an array or a tf.data.Dataset, got {type(x).__name__}."
            )
        n = self.samples_per_step(128 if batch_size is None else batch_size)
        data = self._checked_pair(x, y, minimum=n)
        steps = kwargs.get("steps_per_epoch") or min(map(len, tree.flatten(data))) // n
        if steps % self.steps_per_execution:
            raise ValueError(
                f"steps_per_execution {self.steps_per_execution} must divide the {steps} steps "
                "of an epoch; set steps_per_epoch."
            )
        make = batches if self.paired else unpaired_batches
        data = make(data, n, seed=self.seed, start_step=self.trained_steps)
        return super().fit(data, **{**kwargs, "steps_per_epoch": steps})

    def evaluate(
        self,
        x: Nest | None = None,
        y: Nest | None = None,
        batch_size: int | None = None,
        return_dict: bool = True,
        **kwargs: Any,
    ) -> dict[str, float] | list[float]:
        """Computes the players' metrics on unseen samples, as `keras.Model.evaluate` does.

        Regularisers and other parts report only in training.

        Args:
            x: As for `fit`.
            y: As for `fit`.
            batch_size: Number of samples in a batch, for arrays; 32 by default.
            return_dict: Whether to return a dict (the default), or else a list in the order of
                `evaluation_metric_names`.
            **kwargs: As for `keras.Model.evaluate`.
        """
        if isinstance(x, tf.data.Dataset):
            self._check_dataset(x)
        elif _is_arrays(x):
            x = self._in_order(x, y, batch_size or 32)
        # Training, possibly in the middle of an epoch, uses the same metrics.
        saved = [(v, ops.convert_to_numpy(v)) for metric in self.metrics for v in metric.variables]
        result = super().evaluate(x, return_dict=True, **kwargs)
        for variable, value in saved:
            variable.assign(value)
        result = {name: result[name] for name in self.evaluation_metric_names}
        return result if return_dict else list(result.values())

    def check_compiled(self) -> None:
        """Checks that the model is compiled.

        Raises:
            ValueError: If it is not; the message says how to compile it.
        """
        if not self.compiled:
            raise ValueError("Compile the model before fit: model.compile('adam', 'adam').")

    def samples_per_step(self, batch_size: int) -> int:
        """Returns the number of samples of a train step with `batch_size` a discriminator update.

        Raises:
            ValueError: If replicas cannot share the batch; the message names a size that they can.
        """
        replicas = self.distribute_strategy.num_replicas_in_sync
        check_at_least("", "batch_size", batch_size, 1)
        if batch_size % replicas:
            raise ValueError(
                f"batch_size {batch_size} cannot be shared by {replicas} replicas: use a multiple, "
                f"such as {replicas * max(1, round(batch_size / replicas))}."
            )
        return batch_size * self.discriminator_steps

    def _checked(self, samples: Nest, minimum: int = 1) -> Nest:
        """Converts samples to NumPy arrays and checks their shape."""
        if isinstance(samples, dict) and isinstance(self.sample_shape, dict):
            samples = {name: np.asarray(x) for name, x in samples.items()}
        elif not isinstance(samples, dict):
            samples = np.asarray(samples)
        check_images(samples, self.sample_shape, minimum=minimum)
        if isinstance(self.sample_shape, dict):
            samples = {name: samples[name] for name in self.sample_shape}
        if isinstance(samples, dict) and self.paired and len(set(map(len, samples.values()))) > 1:
            counted = ", ".join(f"{len(part)} {name}" for name, part in sorted(samples.items()))
            raise ValueError(f"All parts must have the same number of samples, got {counted}.")
        return samples

    def _checked_conditions(self, y: Nest, n: int) -> Nest:
        y = _as_arrays(self._needed(y))
        self.conditions.check(y, n)
        return y

    def _checked_pair(self, x: Nest, y: Nest | None = None, minimum: int = 1) -> Nest:
        """Checks and returns samples, or `(samples, conditions)` for a conditional model."""
        samples = self._checked(x, minimum)
        if self.conditions is None:
            return samples
        return samples, self._checked_conditions(y, len(tree.flatten(samples)[0]))

    def _in_order(self, x: Nest, y: Nest, batch_size: int) -> tf.data.Dataset:
        """Batches of one epoch in order; unpaired parts are cut to the length of the smallest."""
        data = self._checked_pair(x, y)
        if not self.paired:
            n = min(map(len, tree.flatten(data)))
            data = tree.map_structure(lambda x: x[:n], data)
        return in_order(data, batch_size)

    def _needed(self, conditions: Nest) -> Nest:
        if conditions is None:
            raise ValueError(
                f"This model is conditional: give y, {self.conditions.describe()}, one for each "
                "sample."
            )
        return conditions

    def _check_dataset(self, dataset: tf.data.Dataset) -> None:
        """Checks the shape of a data set's samples, and that conditions are there if needed."""
        samples, conditions = _split(dataset.element_spec)
        specs, shapes = tree.flatten(samples), [self.sample_shape]
        if isinstance(self.sample_shape, dict):
            shapes = [self.sample_shape[name] for name in sorted(self.sample_shape)]
        fits = len(specs) == len(shapes) and all(
            getattr(spec, "shape", None) is not None
            and spec.shape.rank != 1
            and spec.shape[1:].is_compatible_with(shape)
            for spec, shape in zip(specs, shapes, strict=True)
        )
        if not fits:
            raise ValueError(
                f"The dataset must give samples (batch, *{self.sample_shape}), alone or first in a "
                f"tuple, got {' '.join(str(dataset.element_spec).split())}."
            )
        if self.conditions is not None:
            self._needed(conditions)

    def _grouped(self, dataset: tf.data.Dataset) -> tf.data.Dataset:
        """Rebatches a data set to the number of samples of a train step."""
        self._check_dataset(dataset)
        if self.discriminator_steps * self.distribute_strategy.num_replicas_in_sync == 1:
            return dataset
        # Only full batches: replicas need equal shares, and each step its number of samples.
        size = tree.flatten(dataset.element_spec)[0].shape[0]
        size = size or len(tree.flatten(next(iter(dataset)))[0])
        return dataset.rebatch(size * self.discriminator_steps, drop_remainder=True)


def _split(data: Nest) -> tuple[Nest, Nest]:
    """Splits an element of a data set, or an argument of `fit`, into samples and conditions."""
    if isinstance(data, dict) and SAMPLES in data:
        return data[SAMPLES], data.get(CONDITIONS)
    samples, conditions, _ = keras.utils.unpack_x_y_sample_weight(data)
    return samples, conditions


def _as_arrays(conditions: Nest) -> Nest:
    """Conditions as NumPy arrays, by name where they are a dict."""
    if isinstance(conditions, dict):
        return {name: _as_arrays(part) for name, part in conditions.items()}
    return np.asarray(conditions)


def _is_arrays(x: Nest) -> bool:
    return isinstance(x, (list, tuple, dict)) or hasattr(x, "__array__")
