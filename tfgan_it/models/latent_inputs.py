"""What `predict` and a call of a model take: latents, with conditions if the model has some."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from keras import tree

from tfgan_it.checks import shown
from tfgan_it.datasets.images import as_array
from tfgan_it.datasets.streams import CheckedBatches, from_python
from tfgan_it.models.incoming import as_arrays, check_source, empty_samples, is_arrays
from tfgan_it.models.keras_arguments import check_arguments
from tfgan_it.models.keras_callbacks import check_callbacks
from tfgan_it.models.training import TrainedOnSamples
from tfgan_it.typing import Callbacks, Nest


class TakesLatents(TrainedOnSamples):
    """`predict`, `predict_on_batch` and calls of an adversarial model.

    A model without a latent, such as `DomainTranslationGAN`, takes samples in the place of latents.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Nest:
        """Calls the model on latents `(n, latent.dimension)`, or on `(latents, conditions)`.

        Raises:
            ValueError: If the inputs are anything else, or a condition is invalid.
        """
        if args or "inputs" in kwargs:
            self._check_inputs("The model", args[0] if args else kwargs["inputs"])
        return super().__call__(*args, **kwargs)

    def predict(
        self,
        x: Nest,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Callbacks = None,
    ) -> Nest:
        """Calls the model on latents in batches, as `keras.Model.predict` does; see `generate`.

        Args:
            x: Latents `(n, latent.dimension)`, n of any size; for a conditional model, a pair
                `(latents, conditions)`. Or batches of these, as for `fit`.
            batch_size: Number of latents in a batch; 32 by default.
            verbose: As for `keras.Model.predict`.
            steps: Number of batches; all by default.
            callbacks: As for `keras.Model.predict`.

        Raises:
            ValueError: If an argument is invalid, latents or conditions have another shape, or a
                condition is invalid; of batches, the first is checked.
        """
        options = {"verbose": verbose, "steps": steps, "callbacks": callbacks}
        check_arguments("predict", {**options, "batch_size": batch_size}, self.steps_per_execution)
        check_callbacks(callbacks)
        if isinstance(x, tf.distribute.DistributedDataset):
            return super().predict(x, batch_size, **options)
        if not is_arrays(x):
            return self._predict_batches(x, options)
        x = self._as_inputs("predict", x)
        if not len(tree.flatten(x)[0]):
            return empty_samples(self.sample_shape)
        return super().predict(x, batch_size, **options)

    def predict_on_batch(self, x: Nest) -> Nest:
        """Calls the model on one batch of latents, or of `(latents, conditions)`.

        Raises:
            ValueError: As for `predict`.
        """
        return super().predict_on_batch(self._as_inputs("predict_on_batch", x))

    def _predict_batches(self, x: Any, options: dict[str, Any]) -> Nest:
        """Predicts from a source of batches."""
        check_source("predict", x, "latents")
        dataset = x if isinstance(x, tf.data.Dataset) else from_python(x)[0]
        alone = isinstance(dataset.element_spec, tuple) and len(dataset.element_spec) == 1
        if not alone:  # Keras takes the second of a pair for targets, which it ignores.
            pairs = self.conditions is not None and isinstance(dataset.element_spec, tuple)
            dataset = dataset.map(lambda *inputs: (inputs if pairs else inputs[0],))
        checked = CheckedBatches(dataset, lambda batch: self._as_inputs("predict", batch[0]))
        self._check_inputs("predict", dataset.element_spec[0])
        try:
            with checked.one_line_error():
                return super().predict(checked.dataset, **options)
        except UnboundLocalError:  # Keras fails in this way if there is no batch.
            raise ValueError("predict: the data set holds no batch.") from None

    def _as_inputs(self, method: str, x: Nest) -> Nest:
        """Converts latents, or latents and conditions, to arrays, and checks them."""
        if self.latent is None:
            samples = self._checked(x)
            if len({len(part) for part in tree.flatten(samples)}) > 1:
                raise ValueError(f"{method} takes as many samples of each part as of the others.")
            return samples
        if self.conditions is None:
            inputs = as_array("latents", x)
        else:
            latents, conditions = self._pair(method, x)
            inputs = as_array("latents", latents), as_arrays(conditions)
        self._check_inputs(method, inputs)
        return inputs

    def _pair(self, method: str, x: Nest) -> tuple[Nest, Nest]:
        if not isinstance(x, (tuple, list)) or len(x) != 2:
            raise ValueError(
                f"{method} takes the pair (latents, conditions) of a conditional model, conditions "
                f"being {self.conditions.describe()}, got {_kind(x)}: generate draws both."
            )
        return x[0], x[1]

    def _check_inputs(self, method: str, inputs: Nest) -> None:
        """Checks the shapes of inputs, and the conditions where their values are known."""
        if self.latent is None:
            names = sorted(self.sample_shape)
            if not isinstance(inputs, dict) or sorted(inputs) != names:
                raise ValueError(
                    f"{method} takes a dict of samples, {', '.join(names)}, got {_kind(inputs)}."
                )
            return
        latents, conditions = inputs, None
        if self.conditions is not None:
            latents, conditions = self._pair(method, inputs)
        shape, width = getattr(latents, "shape", None), self.latent.dimension
        numbers = getattr(getattr(latents, "dtype", None), "kind", "f") in "biufV"
        if shape is None or len(shape) != 2 or shape[1] not in (None, width) or not numbers:
            raise ValueError(
                f"{method} takes latents (n, {width}), got {_kind(latents)}: generate draws them, "
                "and score and infer_codes take samples."
            )
        known = all(hasattr(x, "numpy") or isinstance(x, np.ndarray) for x in tree.flatten(inputs))
        if conditions is not None and known:
            self.conditions.check(conditions, shape[0])


def _kind(x: Any) -> str:
    if hasattr(x, "shape"):
        return f"{getattr(x.dtype, 'name', x.dtype)} {tuple(x.shape)}"
    return shown(x) if x is None or isinstance(x, (int, float, str)) else f"a {type(x).__name__}"
