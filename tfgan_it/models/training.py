"""`fit` and `evaluate` on arrays or data sets of samples, with or without conditions."""

from __future__ import annotations

import contextlib
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf
from keras import ops, tree

from tfgan_it.checks import check_integer
from tfgan_it.datasets.batches import batches, in_order, unpaired_batches
from tfgan_it.datasets.streams import CheckedBatches, batch_size_of, one_line_data_errors
from tfgan_it.layers.nested import nested_layers
from tfgan_it.models.final_activations import check_logits_unbounded, check_samples_in_range
from tfgan_it.models.incoming import (
    TakesSamples,
    check_source,
    is_arrays,
    kind_of,
    split_batch,
)
from tfgan_it.models.keras_arguments import check_arguments, refuse_beside_batches
from tfgan_it.models.keras_callbacks import check_callbacks, prepare_callbacks, restore_backups
from tfgan_it.models.network_outputs import symbolic
from tfgan_it.typing import Callbacks, Nest


class TrainedOnSamples(TakesSamples):
    """`fit` and `evaluate` of an adversarial model.

    The subclass provides the attributes of `TakesSamples`, and the symbolic inputs of the networks.
    """

    _checked_validation: weakref.ref[tf.data.Dataset] | None = None

    def fit(
        self,
        x: Nest | None = None,
        y: Nest | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Callbacks = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains the model, as `keras.Model.fit` does.

        The first batch is checked when it is read, and arrays are checked as a whole.

        Args:
            x: Samples `(n, ...)`, uint8, or float in `value_range`; points and sequences are floats
                of any size. Or batches of samples, of `(samples, conditions)`, or of `{"samples":
                ..., "conditions": ...}`: a `tf.data.Dataset`, a `keras.utils.PyDataset`, a Python
                generator, or an iterable such as a `torch.utils.data.DataLoader`.
            y: Conditions of the samples, such as labels `(n,)`. A model without conditions ignores
                them.
            batch_size: Number of samples in a discriminator update, for arrays; 128 by default.
            epochs: Number of epochs, of those before `initial_epoch` too.
            verbose: As for `keras.Model.fit`.
            callbacks: As for `keras.Model.fit`; docs/keras.md lists Keras's own.
            **kwargs: As for `keras.Model.fit`; docs/keras.md lists each. `steps_per_epoch` counts
                generator updates.

        Returns:
            The history of `metric_names`, each the mean over an epoch; NaN where the term of a
            metric did not apply.

        Raises:
            ValueError: If samples or conditions have another shape, dtype or range, are missing,
                not finite, fewer than a step needs, or cannot be shared by the replicas; or if the
                discriminator ends in probabilities, or an argument or a callback has no meaning for
                a GAN. No training takes place.
            TypeError: If there is no such argument.
        """
        self.check_compiled()
        kwargs = {**kwargs, "epochs": epochs, "verbose": verbose, "callbacks": callbacks}
        check_arguments("fit", {**kwargs, "batch_size": batch_size}, self.steps_per_execution)
        self.check_final_activations()
        x, y = self._separate("fit", x, y)
        if not is_arrays(x):
            check_source("fit", x)
            refuse_beside_batches("fit", batch_size=batch_size, **kwargs)
        elif kwargs.get("shuffle", True) is not True:
            raise ValueError(
                f"fit shuffles arrays in each epoch, got shuffle={kwargs['shuffle']!r}: give a "
                "tf.data.Dataset for another order."
            )
        # `batches` shuffles arrays; data sets are expected to be shuffled.
        kwargs["shuffle"] = False
        fraction = kwargs.pop("validation_split", 0.0)
        if fraction and kwargs.get("validation_data") is None:
            x, y, kwargs["validation_data"] = self._split_off(x, y, fraction)
        validates = kwargs.get("validation_data") is not None
        if validates:
            kwargs["validation_data"] = self._validation(kwargs["validation_data"], kwargs)
        kwargs["callbacks"] = prepare_callbacks(
            self, callbacks, validates, kwargs.get("validation_freq", 1)
        )
        if not is_arrays(x):
            if y is not None:
                raise ValueError(f"fit takes no y beside a {kind_of(x)}, which gives both.")
            return self._fit_batches(x, kwargs)
        size = 128 if batch_size is None else batch_size
        n = self.samples_per_step(size)
        data = self._checked_pair(x, y, minimum=n, purpose=f"a step of batch_size={size}")
        steps = kwargs.get("steps_per_epoch") or min(map(len, tree.flatten(data))) // n
        if steps % self.steps_per_execution:
            raise ValueError(
                f"steps_per_execution {self.steps_per_execution} must divide the {steps} steps "
                "of an epoch; set steps_per_epoch."
            )
        # The order of the data is a function of the step, which a backup sets.
        restore_backups(self, kwargs["callbacks"])
        make = batches if self.paired else unpaired_batches
        data = make(data, n, seed=self.seed, start_step=self.trained_steps)
        with one_line_data_errors():  # Of validation data.
            return super().fit(data, **{**kwargs, "steps_per_epoch": steps})

    def evaluate(
        self,
        x: Nest | None = None,
        y: Nest | None = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: None = None,
        steps: int | None = None,
        callbacks: Callbacks = None,
        return_dict: bool = True,
        **kwargs: Any,
    ) -> dict[str, float] | list[float]:
        """Computes the players' metrics on unseen samples, as `keras.Model.evaluate` does.

        Regularisers and other parts report only in training.

        Args:
            x: As for `fit`.
            y: As for `fit`.
            batch_size: Number of samples in a batch, for arrays; 32 by default.
            verbose: As for `keras.Model.evaluate`.
            sample_weight: Refused: a GAN has no weights of samples.
            steps: Number of batches; all by default.
            callbacks: As for `keras.Model.evaluate`.
            return_dict: Whether to return a dict (the default), or else a list in the order of
                `evaluation_metric_names`.
            **kwargs: What `keras.Model.fit` passes.

        Raises:
            ValueError: If samples or conditions are unsuitable, as for `fit`, or there are none.
        """
        kwargs |= {"verbose": verbose, "steps": steps, "callbacks": callbacks}
        check_arguments(
            "evaluate", {**kwargs, "sample_weight": sample_weight}, self.steps_per_execution
        )
        check_callbacks(callbacks)
        x, y = self._separate("evaluate", x, y)
        if is_arrays(x):
            x = self._in_order(x, y, 32 if batch_size is None else batch_size)
        elif not self._is_validation(x):
            check_source("evaluate", x)
            refuse_beside_batches("evaluate", batch_size=batch_size)
            if y is not None:
                raise ValueError(f"evaluate takes no y beside a {kind_of(x)}, which gives both.")
            dataset, _ = self._batches("evaluate", x, "steps", steps)
            x = CheckedBatches(dataset, self._check_batch)
        # Training, possibly in the middle of an epoch, uses the same metrics.
        saved = [(v, ops.convert_to_numpy(v)) for metric in self.metrics for v in metric.variables]
        try:
            result = self._evaluated(x, kwargs)
        finally:
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

    def check_final_activations(self) -> None:
        """Refuses a discriminator of probabilities, and warns of a range that a network lacks."""
        inputs, samples = self._generator_input(), symbolic(self.sample_shape)
        if self.conditions is not None:
            conditions = symbolic(self.conditions.shape)
            inputs, samples = [inputs, conditions], [samples, conditions]
        check_logits_unbounded(self.discriminator, samples)
        check_samples_in_range(self.generator, inputs, self.sample_shape, self.value_range)

    def samples_per_step(self, batch_size: int) -> int:
        """Returns the number of samples of a train step with `batch_size` a discriminator update.

        Raises:
            ValueError: If replicas cannot share the batch; the message names a size that they can.
        """
        replicas = self.distribute_strategy.num_replicas_in_sync
        check_integer("", "batch_size", batch_size, 1)
        if batch_size % replicas:
            raise ValueError(
                f"batch_size {batch_size} cannot be shared by {replicas} replicas: use a multiple, "
                f"such as {replicas * max(1, round(batch_size / replicas))}."
            )
        pack = max(getattr(x, "pack_size", 1) for x in nested_layers(self.discriminator))
        if replicas > 1 and batch_size // replicas % pack:
            raise ValueError(
                f"batch_size {batch_size} gives each of {replicas} replicas "
                f"{batch_size // replicas} samples, which packs of {pack} do not divide: use a "
                f"multiple of {replicas * pack}."
            )
        return batch_size * self.discriminator_steps

    def _in_order(self, x: Nest, y: Nest, batch_size: int) -> tf.data.Dataset:
        """Batches of one epoch in order; unpaired parts are cut to the length of the smallest."""
        batch_size = check_integer("", "batch_size", batch_size, 1)
        data = self._checked_pair(x, y)
        if not self.paired:
            n = min(map(len, tree.flatten(data)))
            data = tree.map_structure(lambda x: x[:n], data)
        return in_order(data, batch_size)

    def _validation(self, x: Nest, kwargs: dict[str, Any]) -> tf.data.Dataset:
        """Returns the checked `validation_data` of `fit`."""
        batch_size = kwargs.pop("validation_batch_size", None)
        if is_arrays(x):
            # A longer list is one of samples, not of samples, conditions and weights.
            x, y = (x, None) if isinstance(x, list) and len(x) > 3 else split_batch(x)
            dataset = self._in_order(x, y, 32 if batch_size is None else batch_size)
        else:
            check_source("validation_data", x)
            refuse_beside_batches("validation_data", validation_batch_size=batch_size)
            steps = kwargs.get("validation_steps")
            dataset, first = self._batches("validation_data", x, "validation_steps", steps)
            if first is None:
                # Before anything is trained; the order of unseen samples is not important.
                with one_line_data_errors():
                    first = next(dataset.take(1).as_numpy_iterator(), None)
            if first is None:
                raise ValueError("validation_data: the data set holds no samples.")
            self._check_batch(first)
            if isinstance(x, Iterator) and not steps:
                raise ValueError(
                    f"validation_data: a {kind_of(x)} gives its batches once, so give "
                    "validation_steps, or a source that starts again in each epoch."
                )
        self._checked_validation = weakref.ref(dataset)
        return dataset

    def _fit_batches(self, x: Any, kwargs: dict[str, Any]) -> keras.callbacks.History:
        """Trains on a source of batches."""
        steps = kwargs.get("steps_per_epoch")
        dataset, first = self._batches("fit", x, "steps_per_epoch", steps)
        checked = CheckedBatches(dataset, self._check_batch)
        data, needed = checked.dataset, 1
        if self.discriminator_steps * self.distribute_strategy.num_replicas_in_sync > 1:
            # Full batches only: replicas need equal shares, and each step its number of samples.
            size = batch_size_of(dataset) if first is None else len(tree.flatten(first)[0])
            needed = self.samples_per_step(size)
            replicas = self.distribute_strategy.num_replicas_in_sync
            if replicas > 1 and tree.flatten(dataset.element_spec)[0].shape[0] is None:
                warnings.warn(
                    f"{replicas} replicas share whole batches of {size} samples: fewer at the end "
                    "of the data set are left out; batch(..., drop_remainder=True) says so.",
                    stacklevel=3,
                )
            data = data.rebatch(needed, drop_remainder=True)
        restored = restore_backups(self, kwargs["callbacks"])
        before = self.trained_steps
        if restored:
            warnings.warn(
                "BackupAndRestore: a data set begins with its first epoch again, so a restored run "
                "may see other batches than the whole one; arrays continue exactly.",
                stacklevel=3,
            )
        with checked.one_line_error():
            history = super().fit(data, **kwargs)
        asked = kwargs.get("epochs", 1) > kwargs.get("initial_epoch", 0)
        if asked and not restored and self.trained_steps == before and not self.stop_training:
            missing = f"fewer than the {needed} samples of a step" if needed > 1 else "no samples"
            raise ValueError(f"Nothing was trained: the data set holds {missing}.")
        return history

    def _is_validation(self, x: Any) -> bool:
        """Returns whether these are the validation data of `fit`, which are checked already."""
        return (
            x is not None
            and self._checked_validation is not None
            and (x is self._checked_validation())
        )

    def _evaluated(self, data: tf.data.Dataset | CheckedBatches, kwargs: Any) -> dict[str, float]:
        """Evaluates data, which may turn out to be empty."""
        guard = one_line_data_errors()
        if isinstance(data, CheckedBatches):
            data, guard = data.dataset, data.one_line_error()
        result = {}
        # Keras fails in this way, or returns nothing, if there is no batch.
        with guard, contextlib.suppress(UnboundLocalError):
            result = super().evaluate(data, return_dict=True, **kwargs)
        if not result:
            raise ValueError("evaluate: the data set holds no samples.")
        return {name: float(value) for name, value in result.items()}  # Older Keras gives tensors.
