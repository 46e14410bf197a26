"""The export of an adversarial model."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from tfgan_it.export import export
from tfgan_it.models.initialization import StartsFromTrained
from tfgan_it.models.keras_arguments import check_arguments


class Exportable(StartsFromTrained):
    """`export` of an adversarial model, and the signatures that it adds."""

    def extra_signatures(self) -> dict[str, Any]:
        """Signatures that an export has beside the usual ones; see `tfgan_it.export`."""
        return {}

    def export(
        self,
        filepath: str | os.PathLike,
        version: int | None = None,
        *,
        format: str = "tf_saved_model",
        weights: str = "float32",
        images: str = "float32",
        signatures: Sequence[str] | None = None,
        details: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> pathlib.Path:
        """Writes `filepath/VERSION/`: a SavedModel for TensorFlow Serving, ONNX or LiteRT.

        See `tfgan_it.export` for its signatures, and for what is checked.

        Args:
            filepath: Folder of the servable; its name is the name of the served model.
            version: Version number; by default one above the highest in the folder.
            format: `tf_saved_model`, `onnx` or `litert`.
            weights: How weights are stored, as for `tfgan_it.export`.
            images: What signatures return as images: `float32`, `uint8` or `png`.
            signatures: Names of those to write; None for all.
            details: What else `tfgan_it.json` says.
            **kwargs: As for `keras.Model.export`.

        Returns:
            The folder of this version.

        Raises:
            ValueError: If an argument has no meaning for a GAN, or as for `tfgan_it.export`.
        """
        check_arguments("export", kwargs, 1)
        return export(
            self,
            filepath,
            version,
            format=format,
            weights=weights,
            images=images,
            signatures=signatures,
            details=details,
        )
