"""Export of a model to a numbered folder, which appears complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_it.checks import check_choice, check_integer, non_finite_weight
from tfgan_it.export import litert, onnx, saved_model
from tfgan_it.export.agreement import check_agreement, largest_differences
from tfgan_it.export.description import description
from tfgan_it.export.finished import DESCRIPTION, versions
from tfgan_it.export.signatures import IMAGES, Signatures
from tfgan_it.export.stored_weights import bfloat16_weights, float32_layers
from tfgan_it.export.warmup import write_warmup_requests
from tfgan_it.files import local_path, naming, partial_folder, read_json, write_json

FORMATS: dict[str, Any] = {"tf_saved_model": saved_model, "onnx": onnx, "litert": litert}


def export(
    model: Any,
    path: str | os.PathLike[str],
    version: int | None = None,
    *,
    format: str = "tf_saved_model",
    weights: str = "float32",
    images: str = "float32",
    signatures: Sequence[str] | None = None,
    details: Mapping[str, Any] | None = None,
) -> Path:
    """Writes `path/VERSION/`: a SavedModel, a file of LiteRT, or one of ONNX for each signature.

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
    `TranslationGAN` has only `translate`, `DomainTranslationGAN` only `translate_to_a` and
    `translate_to_b`.

    For seed s, `sample` returns the sample of `model.generate(1, seed=s, conditions=...)`,
    independent of the rest of the batch. `generate` exists if the latent has codes, `infer_codes`
    if the model recognises them, `score` unless the discriminator judges several samples jointly.
    The networks run in inference mode, with averaged weights if the model has them. Weights that
    no signature reads are not written.

    What was written is loaded again and compared with Keras, before it appears: float32 weights
    must give the same to 1e-5. In mixed precision a SavedModel computes as the model does, ONNX and
    LiteRT in float32.

    The folder `assets.extra` has `tfgan_it.json`: the values and units of all inputs and outputs,
    the codes with their nats, the largest difference from Keras, and the versions. A SavedModel
    also has warm-up requests for the server, for every part of the outputs, if
    `tensorflow-serving-api` is installed.

    Args:
        model: A `models.GAN`; it need not be compiled.
        path: Folder with all versions of this model. A server serves the highest.
        version: Version number, at least 1. If None, one more than the highest present, also
            while other processes export to the same folder.
        format: `tf_saved_model`; `onnx`, a file `SIGNATURE.onnx` for each; or `litert`, one file
            `model.tflite`. A folder is for one format, since a server takes its highest version.
        weights: How weights are stored: `float32`; of a SavedModel also `bfloat16`, of ONNX `int8`,
            of LiteRT `float16` or `int8`. The largest difference is in `tfgan_it.json`.
        images: What signatures return as images: `float32` in the model's range, `uint8`, or `png`,
            a string for each image, which only a SavedModel can return. Its name ends in `_bytes`,
            by which TensorFlow Serving knows that its JSON needs base64.
        signatures: Names of those to write; None for all.
        details: What else the description says, such as the data set; JSON's types.

    Returns:
        `path/VERSION`. The folder appears complete, or not at all if anything fails.

    Raises:
        ValueError: If the version exists or is below 1, if the path is not writable, if a weight is
            not finite, if a code, a condition or a part of a sample has the name of another
            tensor, or if what was written does not answer as Keras does.
        ImportError: If a package for the format is not installed.
        OSError: If the files cannot be written, as on a full disk.

    Example:

    >>> import tempfile, tensorflow as tf
    >>> from tfgan_it import recipes
    >>> model = recipes.gan((8, 8, 1), latent_dimension=4, width=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     served = tf.saved_model.load(export(model, folder)).signatures
    ...     images = served["sample"](seed=tf.constant([7, 8, 9], tf.int64))["images"]
    >>> images.shape.as_list()
    [3, 8, 8, 1]
    """
    check_choice("format of export", format, FORMATS)
    check_choice(f"weights of {format}", weights, FORMATS[format].WEIGHTS)
    check_choice("images of export", images, IMAGES if format == "tf_saved_model" else IMAGES[:2])
    path = local_path(path)
    if weight := non_finite_weight(model):
        raise ValueError(
            f"{model.name} cannot be exported: its weight {weight} is not finite; export a "
            "checkpoint from before that."
        )
    offered = Signatures(model, images, signatures)
    _check_version(path, version)
    _check_format(path, format)
    with naming(path), partial_folder(path) as parent:
        folder = parent / "export"
        whole = contextlib.nullcontext() if format == "tf_saved_model" else float32_layers(model)
        with whole:
            examples, functions = offered.examples(3), offered.trace()
            expected = _answers(functions, examples)
            if weights == "bfloat16":
                halved = bfloat16_weights(model)  # Its variables live until they are written.
                functions = offered.trace(halved)
            FORMATS[format].write(functions, folder, weights)
        differences = largest_differences(
            expected, _answers(FORMATS[format].read(folder, list(functions)), examples)
        )
        if weights == "float32":
            check_agreement(expected, differences)
        told = dict(details or {}) | description(model, offered, functions)
        told |= {"format": format, "weights_stored": weights, "difference_from_keras": differences}
        write_json(folder / DESCRIPTION, told)
        if format == "tf_saved_model":
            outputs = {name: list(each) for name, each in expected.items()}
            write_warmup_requests(folder / "assets.extra", offered.examples(), outputs)
        return _put_version(folder, path, version)


def _answers(
    functions: Mapping[str, Any], examples: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, np.ndarray]]:
    """Calls each function by its example."""
    answers = {}
    for name, function in functions.items():
        outputs = function(**{key: np.asarray(value) for key, value in examples[name].items()})
        answers[name] = {key: np.asarray(value) for key, value in outputs.items()}
    return answers


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


def _check_format(path: Path, format: str) -> None:
    """Checks that the newest version, if there is one, is of this format."""
    if not (found := versions(path)):
        return
    there = format
    with contextlib.suppress(OSError, ValueError):  # Of another program, or damaged.
        there = read_json(path / str(max(found)) / DESCRIPTION).get("format", "tf_saved_model")
    if there != format:
        raise ValueError(
            f"{str(path)!r} has versions in the format {there}, and servers look for the highest: "
            f"export {format} to another folder, or under another name."
        )


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
