"""What `fit`, `evaluate` and other methods of a model take, checked: arrays and batches."""

from __future__ import annotations

import math
import os
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import tree

from tfgan_it.datasets.images import as_array, check_images, scale_images
from tfgan_it.datasets.streams import from_python
from tfgan_it.models.adversarial_model import AdversarialModel
from tfgan_it.models.keras_arguments import refuse_arguments
from tfgan_it.typing import Nest, Shape, ValueRange

SAMPLES, CONDITIONS = "samples", "conditions"


class TakesSamples(AdversarialModel):
    """An adversarial model that takes samples, and conditions if it is conditional.

    The subclass provides `sample_shape`, `value_range`, and `conditions` or None.
    """

    conditions: Nest
    sample_shape: Shape
    value_range: ValueRange | None
    paired = True

    def scale(self, samples: Nest) -> Nest:
        """Scales uint8 samples to `value_range`, float32; floats are cast."""
        return tree.map_structure(lambda x: scale_images(x, value_range=self.value_range), samples)

    def prepare(self, data: Nest) -> dict[str, Nest]:
        """Scales a batch for the networks: `samples`, and `conditions` of a conditional model."""
        samples, conditions = split_batch(data)
        batch = {SAMPLES: self.scale(samples)}
        if self.conditions is not None:
            batch[CONDITIONS] = self.conditions.prepare(self._needed(conditions))
        return batch

    def check_samples(self, x: Nest, y: Nest | None = None, minimum: int = 1) -> None:
        """Raises a one-line ValueError if these are not samples, with conditions, for this model.

        Args:
            x: Samples `(n, ...)`, or a dict of such.
            y: Conditions of the samples, for a conditional model.
            minimum: Smallest number of samples.
        """
        self._checked_pair(x, y, minimum)

    def _checked(self, samples: Nest, minimum: int = 1, purpose: str = "") -> Nest:
        """Converts samples to NumPy arrays and checks their shape, dtype and range."""
        if isinstance(samples, dict) and isinstance(self.sample_shape, dict):
            samples = {name: as_array("samples", x) for name, x in samples.items()}
        elif not isinstance(samples, dict):
            samples = as_array("samples", samples)
        check_images(
            samples,
            self.sample_shape,
            minimum=minimum,
            purpose=purpose,
            value_range=self.value_range,
        )
        if isinstance(self.sample_shape, dict):
            samples = {name: samples[name] for name in self.sample_shape}
        if isinstance(samples, dict) and self.paired and len(set(map(len, samples.values()))) > 1:
            counted = ", ".join(f"{len(part)} {name}" for name, part in sorted(samples.items()))
            raise ValueError(f"All parts must have the same number of samples, got {counted}.")
        return samples

    def _checked_conditions(self, y: Nest, n: int) -> Nest:
        y = as_arrays(self._needed(y))
        self.conditions.check(y, n)
        return y

    def _checked_pair(
        self, x: Nest, y: Nest | None = None, minimum: int = 1, purpose: str = ""
    ) -> Nest:
        """Checks and returns samples, or `(samples, conditions)` for a conditional model."""
        samples = self._checked(x, minimum, purpose)
        if self.conditions is None:
            return samples
        return samples, self._checked_conditions(y, len(tree.flatten(samples)[0]))

    def _separate(self, method: str, x: Nest, y: Nest) -> tuple[Nest, Nest]:
        """Returns samples and conditions of `fit` and `evaluate`, which a dict may hold both.

        Raises:
            ValueError: If x is a pair of samples and conditions.
        """
        if isinstance(x, (tuple, list)) and 1 < len(x) < 4 and hasattr(x[0], "shape"):
            shape = None if isinstance(self.sample_shape, dict) else tuple(self.sample_shape)
            if tuple(x[0].shape[1:]) == shape:
                raise ValueError(
                    f"{method} takes samples as x, got a {type(x).__name__} of {len(x)} arrays: "
                    f"give y separately, {method}(x, y)."
                )
        named = isinstance(self.sample_shape, dict) and SAMPLES in self.sample_shape
        if y is None and isinstance(x, dict) and SAMPLES in x and not named:
            return split_batch(x)
        return x, y

    def _split_off(self, x: Nest, y: Nest, fraction: float) -> tuple[Nest, Nest, Nest]:
        """Splits arrays into samples, conditions, and the pair of the last ones for validation."""
        data = self._checked_pair(x, y, minimum=2)
        sizes = [len(array) for array in tree.flatten(data)]
        ends = [math.floor(n * (1 - fraction)) for n in sizes]
        for n, end in zip(sizes, ends, strict=True):
            if end in (0, n):
                purpose = "validate" if end else "train"
                raise ValueError(
                    f"validation_split {fraction} of {n} samples leaves none to {purpose} on."
                )
        ends = tree.pack_sequence_as(data, ends)
        first = tree.map_structure(lambda array, end: array[:end], data, ends)
        last = tree.map_structure(lambda array, end: array[end:], data, ends)
        if self.conditions is None:
            return first, None, (last, None)
        return *first, last

    def _check_batch(self, batch: Nest) -> None:
        self._checked_pair(*split_batch(batch))

    def _batches(
        self, argument: str, x: Any, steps_name: str, steps: int | None
    ) -> tuple[tf.data.Dataset, Nest | None]:
        """Returns a source of batches as a data set, and the first batch if it had to be read."""
        first = None
        if not isinstance(x, tf.data.Dataset):
            check_source(argument, x)
            x, first = from_python(x)
        self._check_spec(x.element_spec)
        if int(x.cardinality()) == 0:
            raise ValueError(f"{argument}: the data set holds no batch.")
        if int(x.cardinality()) == tf.data.INFINITE_CARDINALITY and not steps:
            raise ValueError(f"{argument}: the data set has no end, so give {steps_name}.")
        return x, first

    def _check_spec(self, spec: Nest) -> None:
        """Checks the shape of the samples of batches, and that conditions are there if needed."""
        samples, conditions = split_batch(spec)
        specs, shapes = tree.flatten(samples), [self.sample_shape]
        if isinstance(self.sample_shape, dict):
            shapes = [self.sample_shape[name] for name in sorted(self.sample_shape)]
        fits = len(specs) == len(shapes) and all(
            isinstance(spec, tf.TensorSpec)
            and spec.shape.rank != 1
            and spec.shape[1:].is_compatible_with(shape)
            for spec, shape in zip(specs, shapes, strict=True)
        )
        if not fits:
            raise ValueError(
                f"The dataset must give samples (batch, *{self.sample_shape}), alone or first in a "
                f"tuple, got {' '.join(str(spec).split())}."
            )
        if self.conditions is not None:
            of_conditions = tree.flatten(self._needed(conditions))
            if any(getattr(spec, "dtype", None) == tf.string for spec in of_conditions):
                raise ValueError(
                    f"The dataset gives strings as conditions, which are "
                    f"{self.conditions.describe()}: map strings to numbers before, such as by "
                    "conditions.Text.encode."
                )

    def _needed(self, conditions: Nest) -> Nest:
        if conditions is None:
            raise ValueError(
                f"This model is conditional: give y, {self.conditions.describe()}, one for each "
                "sample."
            )
        return conditions


def split_batch(data: Nest) -> tuple[Nest, Nest]:
    """Splits an element of a data set, or an argument of `fit`, into samples and conditions.

    Raises:
        ValueError: If there are weights of samples.
    """
    if isinstance(data, dict) and SAMPLES in data:
        refuse_arguments("a batch", data)
        return data[SAMPLES], data.get(CONDITIONS)
    samples, conditions, weights = keras.utils.unpack_x_y_sample_weight(data)
    if weights is not None:
        refuse_arguments("a batch", {"sample_weight": weights})
    return samples, conditions


def is_arrays(x: Nest) -> bool:
    """Returns whether these are samples in memory, not a source of batches."""
    return isinstance(x, (list, tuple, dict, memoryview)) or hasattr(x, "__array__")


def empty_samples(shape: Shape) -> Nest:
    """Returns no samples of a shape, float32 `(0, ...)`, or a dict of such."""
    if isinstance(shape, dict):
        return {name: empty_samples(part) for name, part in shape.items()}
    return np.zeros((0, *shape), "float32")


def kind_of(x: object) -> str:
    """Returns the type of a source of batches, as users know it."""
    return "tf.data.Dataset" if isinstance(x, tf.data.Dataset) else type(x).__name__


def as_arrays(conditions: Nest) -> Nest:
    """Returns conditions as NumPy arrays, by name where they are a dict."""
    if isinstance(conditions, dict):
        return {name: as_arrays(part) for name, part in conditions.items()}
    return as_array("conditions", conditions)


def check_source(argument: str, x: object, what: str = "samples") -> None:
    """Checks that this is a data set, or another source of batches.

    Raises:
        ValueError: If it is anything else.
    """
    iterable = isinstance(x, keras.utils.PyDataset) or hasattr(x, "__iter__")
    others = (str, bytes, bytearray, os.PathLike, tf.distribute.DistributedDataset)
    if not iterable or isinstance(x, others):
        raise ValueError(
            f"{argument} takes {what} as an array or a tf.data.Dataset, or another source of "
            f"batches, got {kind_of(x)}."
        )
