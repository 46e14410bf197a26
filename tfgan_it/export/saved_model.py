"""A model as a SavedModel in a numbered folder, complete from the moment it has its name."""

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

    Signatures take and give batches of any size, also empty ones; outputs are float32.

    | signature         | inputs                          | outputs              |
    | ----------------- | ------------------------------- | -------------------- |
    | `serving_default` | `latents`, conditions           | `images`             |
    | `sample`          | `seed` int64, conditions        | `images`, each code  |
    | `generate`        | `seed`, each code, conditions   | `images`             |
    | `infer_codes`     | `images`, conditions            | as `GAN.infer_codes` |
    | `score`           | `images`, conditions            | `logit`              |

    Samples are the tensor `images` whatever they show, in [-1, 1] where they are images; samples
    that are a dict have the names of its parts instead. Conditions are raw, as users write them:
    the tensor `conditions`, such as labels int64 `(None,)`, or several by the names of a
    `ConditionDict`; a model without conditions takes none.

    A model may have more, by `extra_signatures()`: `VariationalInfoGAN` has `encode` and
    `reconstruct`, `MultimodalInfoGAN` one of `generate` and of `infer_codes` for each modality.
    `DomainTranslationGAN` has `translate_to_a` and `translate_to_b` alone.

    `sample` gives for seed s the sample of `model.generate(1, seed=s, conditions=...)`, whatever
    stands beside it in the batch. `generate` is there where the latent has codes, `infer_codes`
    where the model recognises them, `score` unless the discriminator looks at several samples at
    once. The networks are in inference mode, with averaged weights where there are some; weights
    that no signature reads are not written.

    The folder `assets.extra` has `tfgan_it.json`, which describes the export to people, and
    requests that warm a server up, where `tensorflow-serving-api` is installed.

    Args:
        model: A `models.GAN`; it need not be compiled.
        path: Folder of all versions of this model. A server serves the highest.
        version: At least 1; one above the highest present where None.

    Returns:
        `path/VERSION`, which appears at once and complete, or not at all where anything fails.

    Raises:
        ValueError: a version that exists or is not a number from 1, a path that cannot be written,
            a code, condition or part of a sample that is called as another tensor is.

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
        # What the graphs read, and so neither optimisers nor the weights behind an average.
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
    """A folder to fill, which becomes `path/VERSION` once it is full.

    Until then it has a name that servers, which poll for numbers, do not see.
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
    """What somebody who serves the export wants to know; servers do not read it."""
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
