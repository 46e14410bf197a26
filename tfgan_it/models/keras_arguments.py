"""Arguments of `keras.Model`'s methods: which have no meaning for a GAN, and which values."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from typing import Any

import keras

from tfgan_it.checks import check_in_range, check_integer
from tfgan_it.errors import unknown_name

_WEIGHTS = (
    "a GAN learns the distribution of its data, where the weight of a sample is how often it "
    "occurs: resample the data"
)
_METRICS = (
    "a GAN has no targets to compare; the loss and the terms report metrics, and callbacks such as "
    "Evaluation and InformationMonitor measure more"
)
_SIGNATURES = "the export has fixed, named signatures: see tfgan_it.export"

# By method and argument, the reason why it is refused. docs/keras.md lists them all.
REFUSED = {
    "compile": {
        "optimizer": "give generator_optimizer and discriminator_optimizer, one for each player",
        "loss_weights": "give the weights to the terms, such as R1(gamma=1.0)",
        "metrics": _METRICS,
        "weighted_metrics": _METRICS,
    },
    "fit": {"class_weight": _WEIGHTS, "sample_weight": _WEIGHTS},
    "a batch": {"class_weight": _WEIGHTS, "sample_weight": _WEIGHTS},
    "evaluate": {"sample_weight": _WEIGHTS},
    "train_on_batch": {"class_weight": _WEIGHTS, "sample_weight": _WEIGHTS},
    "test_on_batch": {"sample_weight": _WEIGHTS},
    "export": {"input_signature": _SIGNATURES},
    "save": {
        "include_optimizer": "the optimisers are saved too; save_weights saves the weights alone",
        "save_format": "the format is .keras",
    },
}
# Arguments that count something, with the smallest number.
_COUNTS = {
    "epochs": 0,
    "initial_epoch": 0,
    "batch_size": 1,
    "steps_per_epoch": 1,
    "validation_steps": 1,
    "validation_batch_size": 1,
    "steps": 1,
}


def check_arguments(method: str, arguments: Mapping[str, Any], steps_per_execution: int) -> None:
    """Checks the arguments of a method of `keras.Model`, by name, before it does anything.

    Args:
        method: Name of the method.
        arguments: Arguments of the call other than the data.
        steps_per_execution: Number of steps of an execution.

    Raises:
        ValueError: If a GAN cannot use an argument, or a value is invalid.
        TypeError: If there is no such argument.
    """
    refuse_arguments(method, arguments)
    allowed = [
        name
        for name in inspect.signature(getattr(keras.Model, method)).parameters
        if name not in ("self", "kwargs") and name not in REFUSED.get(method, ())
    ]
    for name, value in arguments.items():
        # Keras passes arguments to itself, which start with an underscore.
        if name not in allowed and name not in REFUSED.get(method, ()) and name[0] != "_":
            raise TypeError(str(unknown_name(f"argument of {method}", name, allowed)))
        if name in _COUNTS:
            optional = name not in ("epochs", "initial_epoch")
            check_integer("", name, value, _COUNTS[name], optional=optional)
    for name in ("steps_per_epoch", "validation_steps", "steps"):
        steps = arguments.get(name)
        if steps is not None and steps % steps_per_execution:
            raise ValueError(
                f"steps_per_execution {steps_per_execution} must divide the {steps} steps of {name}"
                ": an execution makes all of its steps."
            )
    check_in_range("", "validation_split", arguments.get("validation_split", 0.0), 0, 1, "[)")
    every = arguments.get("validation_freq", 1)
    if isinstance(every, (list, tuple, set)):
        for epoch in every:
            check_integer("", "validation_freq: an epoch", epoch, 1)
    else:
        check_integer("", "validation_freq", every, 1)
    verbose = arguments.get("verbose", "auto")
    if verbose not in ("auto", 0, 1, 2, None):
        raise ValueError(f"verbose must be 'auto', 0, 1 or 2, got {verbose!r}.")


def check_model_file(owner: str, filepath: str | os.PathLike) -> None:
    """Refuses the legacy format HDF5, which cannot hold two optimisers.

    Raises:
        ValueError: If the path ends in `.h5` or `.hdf5`.
    """
    if str(filepath).endswith((".h5", ".hdf5")):
        raise ValueError(
            f"{owner}: the format HDF5 cannot hold a GAN, got {str(filepath)!r}: use a path that "
            "ends in .keras."
        )


def refuse_arguments(method: str, arguments: Mapping[str, Any]) -> None:
    """Refuses what has no meaning for a GAN; None and empty lists are allowed.

    Raises:
        ValueError: If there is such an argument; the message says why.
    """
    for name, reason in REFUSED.get(method, {}).items():
        value = arguments.get(name)
        if not (value is None or (isinstance(value, (list, tuple, dict)) and not value)):
            raise ValueError(f"{method} takes no {name}: {reason}.")


def refuse_beside_batches(what: str, **arguments: Any) -> None:
    """Refuses arguments that divide arrays where batches are given.

    Args:
        what: The method or the argument that takes the batches.
        **arguments: Arguments of `fit`.

    Raises:
        ValueError: If there is one.
    """
    names = ("validation_batch_size",)
    if what != "validation_data":
        names = ("batch_size", "validation_split")
    for name in names:
        if arguments.get(name):
            raise ValueError(
                f"{what} takes no {name} beside a data set, which gives the batches: use the "
                "methods batch, take and skip of tf.data.Dataset."
            )
