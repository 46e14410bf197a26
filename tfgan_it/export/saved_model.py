"""Export of a model as a SavedModel in a numbered folder, which appears complete or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from tfgan_it.export.signatures import Signatures
from tfgan_it.export.warmup import write_warmup_requests
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
        version: Version number, at least 1. If None, one more than the highest present.

    Returns:
        `path/VERSION`. The folder appears complete, or not at all if anything fails.

    Raises:
        ValueError: If the version exists or is below 1, if the path is not writable, or if a code,
            a condition or a part of a sample has the name of another tensor.

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
    with _new_version(Path(path), version) as folder:
        functions = signatures.trace()
        # Only what the graphs read: no optimisers, and no weights that an average replaces.
        module = tf.Module()
        module.weights = [function.variables for function in functions.values()]
        tf.saved_model.save(module, folder, signatures=functions)
        extra = folder / "assets.extra"
        extra.mkdir()
        description = _description(model, signatures.inputs, functions)
        (extra / "tfgan_it.json").write_text(json.dumps(description, indent=2) + "\n")
        write_warmup_requests(extra, signatures.examples())
    return Path(path, folder.name)


@contextlib.contextmanager
def _new_version(path: Path, version: int | None) -> Iterator[Path]:
    """Yields a folder to write to, which is renamed to `path/VERSION` on success.

    Until then it has a name that servers ignore: they poll for numbers.
    """
    if version is not None and (not isinstance(version, int) or version < 1):
        raise ValueError(f"version must be a whole number of at least 1, or None, got {version!r}.")
    with contextlib.suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
    if not (path.is_dir() and os.access(path, os.W_OK | os.X_OK)):
        raise ValueError(f"path must be a folder that can be written, got {str(path)!r}.")
    present = {int(child.name) for child in path.iterdir() if child.name.isdecimal()}
    next_version = max(present, default=0) + 1
    if version in present:
        raise ValueError(f"Version {version} exists in {str(path)!r}; {next_version} is free.")
    name = f"{version or next_version:d}"
    with tempfile.TemporaryDirectory(prefix=f".writing-{name}-", dir=path) as parent:
        folder = Path(parent, name)
        yield folder
        folder.rename(path / name)


def _description(
    model: Any, inputs: Mapping[str, Mapping[str, tf.TensorSpec]], functions: Mapping[str, Any]
) -> dict[str, Any]:
    """Returns a description of the export for people; servers do not read it."""
    return {
        "tfgan_it": __version__,
        "tensorflow": tf.__version__,
        "model": model.name,
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
