"""Export of a model as a SavedModel in a numbered folder, which appears complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from tfgan_it.checks import check_integer, non_finite_weight
from tfgan_it.errors import one_line
from tfgan_it.export.finished import DESCRIPTION, versions, weights_digest
from tfgan_it.export.signatures import Signatures
from tfgan_it.export.warmup import write_warmup_requests
from tfgan_it.files import local_path, naming, partial_folder, write_json
from tfgan_it.version import __version__


def export(model: Any, path: str | os.PathLike[str], version: int | None = None) -> Path:
    """Writes `path/VERSION/`, a SavedModel that TensorFlow Serving runs.

    Signatures accept batches of any size, including empty ones; outputs are float32.

    | signature         | inputs                          | outputs              |
    | ----------------- | ------------------------------- | -------------------- |
    | `serving_default` | `latents`, conditions           | `images`             |
    | `sample`          | `seed` int64, conditions        | `images`, each code  |
    | `generate`        | `seed`, each code, conditions   | `images`             |
    | `infer_codes`     | `images`, conditions            | as `GAN.infer_codes` |
    | `score`           | `images`, conditions            | `logit`              |

    The tensor of samples is called `images`, whatever the samples are; images lie in [-1, 1]. If
    samples are a dict, the names of its parts are used instead. Conditions are raw, as passed to
    `fit`: the tensor `conditions`, such as labels int64 `(None,)`, or several tensors with the
    names of a `ConditionDict`. A model without conditions takes none.

    A model may add signatures by `extra_signatures()`: `VariationalInfoGAN` has `encode` and
    `reconstruct`, `MultimodalInfoGAN` one `generate` and one `infer_codes` for each modality.
    `DomainTranslationGAN` has only `translate_to_a` and `translate_to_b`.

    For seed s, `sample` returns the sample of `model.generate(1, seed=s, conditions=...)`,
    independent of the rest of the batch. `generate` exists if the latent has codes, `infer_codes`
    if the model recognises them, `score` unless the discriminator judges several samples jointly.
    The networks run in inference mode, with averaged weights if the model has them. Weights that
    no signature reads are not written.

    The folder `assets.extra` has `tfgan_it.json`, a description of the export for people, and
    warm-up requests for the server if `tensorflow-serving-api` is installed.

    Args:
        model: A `models.GAN`; it need not be compiled.
        path: Folder with all versions of this model. A server serves the highest.
        version: Version number, at least 1. If None, one more than the highest present, also
            while other processes export to the same folder.

    Returns:
        `path/VERSION`. The folder appears complete, or not at all if anything fails.

    Raises:
        ValueError: If the version exists or is below 1, if the path is not writable, if a weight is
            not finite, or if a code, a condition or a part of a sample has the name of another
            tensor.
        OSError: If the files cannot be written, as on a full disk.

    Example:

    >>> import tempfile
    >>> from tfgan_it import recipes
    >>> model = recipes.gan((8, 8, 1), latent_dimension=4, width=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     signatures = tf.saved_model.load(export(model, folder)).signatures
    ...     images = signatures["sample"](seed=tf.constant([7, 8, 9], tf.int64))["images"]
    >>> images.shape.as_list()
    [3, 8, 8, 1]
    """
    signatures = Signatures(model)
    path = local_path(path)
    _check_version(path, version)
    if weight := non_finite_weight(model):
        raise ValueError(
            f"{model.name} cannot be exported: its weight {weight} is not finite; export a "
            "checkpoint from before that."
        )
    functions = signatures.trace()
    with naming(path), partial_folder(path) as parent:
        folder = parent / "saved_model"
        try:
            _write(model, signatures, functions, folder)
        except tf.errors.OpError as error:
            raise OSError(one_line(error.message.splitlines()[0])) from error
        return _put_version(folder, path, version)


def _check_version(path: Path, version: int | None) -> None:
    """Creates the folder, and checks that the version is free."""
    version = check_integer("", "version", version, 1, optional=True)
    if version is not None and version >= 2**63:
        raise ValueError(f"version must be below 2**63, as a server counts, got {version}.")
    with contextlib.suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
    if not (path.is_dir() and os.access(path, os.W_OK | os.X_OK)):
        raise ValueError(f"path must be a folder that can be written, got {str(path)!r}.")
    if version in versions(path):
        raise _taken(path, version)


def _taken(path: Path, version: int) -> ValueError:
    free = max(versions(path)) + 1
    return ValueError(f"Version {version} exists in {str(path)!r}; {free} is free.")


def _write(model: Any, signatures: Signatures, functions: Mapping[str, Any], folder: Path) -> None:
    # Only what the graphs read: no optimisers, and no weights that an average replaces.
    module = tf.Module()
    module.weights = [function.variables for function in functions.values()]
    tf.saved_model.save(module, folder, signatures=functions)
    write_json(folder / DESCRIPTION, _description(model, signatures.inputs, functions))
    write_warmup_requests(folder / "assets.extra", signatures.examples())


def _put_version(folder: Path, path: Path, version: int | None) -> Path:
    """Renames the written folder to `path/VERSION`; servers ignore it until then."""
    while True:
        target = path / str(version or max(versions(path), default=0) + 1)
        try:
            folder.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            if version:  # Another process has exported it in the meantime.
                raise _taken(path, version) from None
        else:
            return target


def _description(
    model: Any, inputs: Mapping[str, Mapping[str, tf.TensorSpec]], functions: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a description of the export for people; servers do not read it."""
    return {
        "tfgan_it": __version__,
        "tensorflow": tf.__version__,
        "model": model.name,
        "step": model.trained_steps,
        "weights": weights_digest(model),
        "sample_shape": model.sample_shape,
        "latent": model.latent
        and {
            name: {"kind": type(part).__name__, "dimension": part.dimension, **part.get_config()}
            for name, part in model.latent.parts.items()
        },
        "conditions": model.conditions
        and {
            "kind": type(model.conditions).__name__,
            "description": model.conditions.describe(),
            **model.conditions.get_config(),
        },
        "signatures": {
            name: {
                "inputs": _tensors(inputs[name]),
                "outputs": _tensors(function.structured_outputs),
            }
            for name, function in functions.items()
        },
    }


def _tensors(specs: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{spec.dtype.name} {tuple(spec.shape)}" for name, spec in specs.items()}
