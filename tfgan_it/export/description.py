"""What an export is, for people and programs: its tensors, codes, nats and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgan_it.conditions import ConditionDict, Label
from tfgan_it.export.finished import weights_digest
from tfgan_it.export.signatures import UNBOUNDED_RANGE, Signatures
from tfgan_it.latents import Categorical, Latent, LearnedCategorical
from tfgan_it.version import __version__

# What tests/export/test_hostile_inputs.py sees.
CHECKS = (
    "The graph refuses other dtypes and shapes; a SavedModel also inputs with different numbers of "
    "examples. It does not check values: what is computed from NaN is NaN, but for pixels, which "
    "are black, and for categories, which are one-hot; infinity may vanish in a finite output. "
    "Other examples of the batch do not change."
)


def description(model: Any, offered: Signatures, functions: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the content of `tfgan_it.json`; servers do not read it.

    Args:
        model: A `models.GAN`.
        offered: What it offers.
        functions: The concrete function of each signature, by name.
    """
    signatures = {
        name: {
            "inputs": _tensors(offered.inputs[name]),
            "outputs": _tensors(function.structured_outputs),
        }
        for name, function in functions.items()
    }
    named = {name for each in signatures.values() for side in each.values() for name in side}
    return {
        "tfgan_it": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "model": model.name,
        "step": model.trained_steps,
        "weights": weights_digest(model),
        "sample_shape": model.sample_shape,
        "value_range": model.value_range,
        "vocabulary": model.vocabulary and model.vocabulary.get_config(),
        "rate": model.rate,
        "latent": model.latent and _parts(model.latent),
        "conditions": model.conditions
        and {
            "kind": type(model.conditions).__name__,
            "description": model.conditions.describe(),
            **model.conditions.get_config(),
        },
        "signatures": signatures,
        "checks": CHECKS,
        "tensors": {name: text for name, text in _values(model, offered).items() if name in named},
    }


def _parts(latent: Latent) -> dict[str, dict[str, Any]]:
    """Returns kind, columns, values and entropy in nats of each part of a latent, by name."""
    parts, start = {}, 0
    for name, part in latent.parts.items():
        parts[name] = {
            "kind": type(part).__name__,
            "dimension": part.dimension,
            "columns": [start, start + part.dimension],
            "values": part.values,
            "entropy_nats": float(part.entropy()),
            **part.get_config(),
        }
        if isinstance(part, LearnedCategorical):
            parts[name]["probabilities"] = [float(p) for p in part.prior()]
        start += part.dimension
    return parts


def _values(model: Any, offered: Signatures) -> dict[str, str]:
    """Returns what the values of a tensor are, by its name."""
    low, high = model.value_range or (-np.inf, np.inf)
    text = f"samples, in [{low:g}, {high:g}]"
    low, high = model.value_range or UNBOUNDED_RANGE
    pixels = f"pixels from 0 to 255 of [{low:g}, {high:g}]"
    if offered.images == "uint8":
        text += f"; as outputs, {pixels}"
    values = dict.fromkeys(offered.sample_names, text)
    values |= {f"{name}_bytes": f"a PNG file of {pixels}" for name in offered.sample_names}
    values["seed"] = "any whole number; each gives one sample"
    values["logit"] = "mean log-odds of real against generated, nats; high means real"
    values |= _condition_values(model.conditions)
    if model.latent is None:
        return values
    values["latents"] = f"columns in the order of `latent`; {model.latent.values}"
    for name, part in model.latent.parts.items():
        one_hot = f"one-hot of {part.dimension} categories; others are neither refused nor rounded"
        values[name] = one_hot if isinstance(part, Categorical) else f"{part.values}, finite"
        values[f"{name}_probabilities"] = f"Q({name}|x), sums to 1"
        values[f"{name}_mean"] = f"mean of Q({name}|x)"
        values[f"{name}_scale"] = f"standard deviation of Q({name}|x)"
    return values


def _condition_values(conditions: Any) -> dict[str, str]:
    parts = (
        conditions.parts if isinstance(conditions, ConditionDict) else {"conditions": conditions}
    )
    values = {name: part.describe() for name, part in parts.items() if part is not None}
    for name, part in parts.items():
        if isinstance(part, Label):
            values[name] += f"; a number from 0 to {part.classes - 1}, others are not refused"
    return values


def _tensors(specs: Mapping[str, Any]) -> dict[str, str]:
    return {name: f"{spec.dtype.name} {tuple(spec.shape)}" for name, spec in specs.items()}
