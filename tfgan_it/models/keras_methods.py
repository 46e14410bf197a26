"""Methods of `keras.Model` beside `fit` and `evaluate`: their arguments are checked first."""

from __future__ import annotations

import math
import os
from typing import Any

from keras import ops, tree

from tfgan_it.errors import one_line
from tfgan_it.files import local_path, replacing
from tfgan_it.models.keras_arguments import check_model_file, refuse_arguments
from tfgan_it.models.latent_inputs import TakesLatents
from tfgan_it.typing import Nest


class KerasMethods(TakesLatents):
    """`train_on_batch`, `test_on_batch` and `save` of an adversarial model."""

    def save(
        self,
        filepath: str | os.PathLike,
        overwrite: bool = True,
        zipped: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Saves the compiled model with all optimisers, as `keras.Model.save` does.

        Args:
            filepath: A path that ends in `.keras`; with `zipped=False`, a folder.
            overwrite: Whether to replace an existing file; Keras asks otherwise.
            zipped: Whether to write one file or a folder.
            **kwargs: As for `keras.Model.save`.

        Raises:
            ValueError: If the file is of a format that cannot hold a GAN.
            OSError: If the file cannot be written; the message names it, and an old one stays.
        """
        check_model_file("save", filepath)
        refuse_arguments("save", kwargs)
        path = local_path(filepath, "filepath")
        if zipped is False or (path.exists() and not overwrite):  # Keras asks.
            super().save(path, overwrite=overwrite, zipped=zipped)
            return
        with replacing(path) as partial:
            super().save(partial, zipped=zipped)

    def save_weights(
        self, filepath: str | os.PathLike, overwrite: bool = True, **kwargs: Any
    ) -> None:
        """Saves the weights alone, as `keras.Model.save_weights` does.

        Args:
            filepath: A path that ends in `.weights.h5`; with `max_shard_size`, in `.weights.json`.
            overwrite: Whether to replace an existing file; Keras asks otherwise.
            **kwargs: As for `keras.Model.save_weights`.

        Raises:
            OSError: If the file cannot be written; the message names it, and an old one stays.
        """
        path = local_path(filepath, "filepath")
        if kwargs or (path.exists() and not overwrite):
            super().save_weights(path, overwrite=overwrite, **kwargs)
            return
        with replacing(path) as partial:
            super().save_weights(partial)

    def load_weights(
        self, filepath: str | os.PathLike, skip_mismatch: bool = False, **kwargs: Any
    ) -> None:
        """Loads what `save_weights` saved, as `keras.Model.load_weights` does.

        Args:
            filepath: Path of the file.
            skip_mismatch: Whether to leave out what does not fit, of which Keras warns.
            **kwargs: As for `keras.Model.load_weights`.

        Keras warns of optimisers that the file lacks, or has of another kind.

        Raises:
            OSError: If the file cannot be opened.
            ValueError: If it is of another model, whose weights do not fit; nothing is changed.
        """
        path = local_path(filepath, "filepath")
        if skip_mismatch:
            super().load_weights(path, skip_mismatch=True, **kwargs)
            return
        optimizers = (
            (self.generator_optimizer, self.discriminator_optimizer) if self.compiled else ()
        )
        variables = [*self.variables, *(v for each in optimizers for v in each.variables)]
        before = [ops.convert_to_numpy(variable) for variable in variables]
        try:
            super().load_weights(path, **kwargs)
        except (ValueError, KeyError, UserWarning) as error:
            for variable, value in zip(variables, before, strict=True):
                variable.assign(value)
            raise ValueError(
                f"{path} is not of this model: {one_line(error, 100).rstrip('.')}."
            ) from error

    def train_on_batch(
        self,
        x: Nest,
        y: Nest | None = None,
        sample_weight: None = None,
        class_weight: None = None,
        return_dict: bool = False,
    ) -> dict[str, float] | list[float]:
        """Makes one train step: `discriminator_steps` discriminator updates, a generator update.

        Args:
            x: Samples of the whole step, as for `fit`.
            y: Conditions of the samples, for a conditional model.
            sample_weight: Refused: a GAN has no weights of samples.
            class_weight: Refused as well.
            return_dict: Whether to return a dict, or else a list in the order of `metric_names`
                with NaN for metrics of terms that do not apply at this step.

        Raises:
            ValueError: If samples or conditions are unsuitable, as for `fit`, weights are given, or
                several replicas would each take the whole batch.
        """
        refuse_arguments(
            "train_on_batch", {"sample_weight": sample_weight, "class_weight": class_weight}
        )
        self.check_compiled()
        data = self._checked_batch("train_on_batch", x, y, self.discriminator_steps)
        self.reset_metrics()  # As Keras does, but not its older versions, which also give arrays.
        logs = _floats(super().train_on_batch(*data, return_dict=True))
        return logs if return_dict else [logs.get(name, math.nan) for name in self.metric_names]

    def test_on_batch(
        self,
        x: Nest,
        y: Nest | None = None,
        sample_weight: None = None,
        return_dict: bool = False,
    ) -> dict[str, float] | list[float]:
        """Computes the players' metrics on one batch of unseen samples, as `evaluate` does.

        Args:
            x: Samples, as for `evaluate`.
            y: Conditions of the samples, for a conditional model.
            sample_weight: Refused: a GAN has no weights of samples.
            return_dict: Whether to return a dict, or else a list in the order of
                `evaluation_metric_names`.

        Raises:
            ValueError: As for `train_on_batch`.
        """
        refuse_arguments("test_on_batch", {"sample_weight": sample_weight})
        self.check_compiled()
        data = self._checked_batch("test_on_batch", x, y)
        self.reset_metrics()
        logs = _floats(super().test_on_batch(*data, return_dict=True))
        logs = {name: logs[name] for name in self.evaluation_metric_names}
        return logs if return_dict else list(logs.values())

    def _checked_batch(self, method: str, x: Nest, y: Nest, shares: int = 1) -> tuple[Nest, Nest]:
        replicas = self.distribute_strategy.num_replicas_in_sync
        if replicas > 1:
            raise ValueError(
                f"{method} would give the whole batch to each of {replicas} replicas: use "
                f"{'fit' if method == 'train_on_batch' else 'evaluate'}, which divides it."
            )
        data = self._checked_pair(*self._separate(method, x, y), minimum=shares)
        samples, conditions = data if self.conditions is not None else (data, None)
        n = len(tree.flatten(samples)[0])
        if n % shares:
            raise ValueError(
                f"{method}: {n} samples cannot be shared by {shares} discriminator updates: give a "
                "multiple."
            )
        return samples, conditions


def _floats(logs: dict[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in logs.items()}
