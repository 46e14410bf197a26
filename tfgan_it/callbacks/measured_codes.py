"""Information of samples about codes and about requested labels, in nats."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from tfgan_it.conditions import Label
from tfgan_it.information import gaussian_entropy
from tfgan_it.latents import Categorical
from tfgan_it.metrics.conditional_generation import asked_class_accuracy, asked_class_information
from tfgan_it.metrics.label_information import AggregatedEntropy


def transmitted_information(
    model: Any, latents: np.ndarray, outputs: Mapping[str, Any]
) -> dict[str, float]:
    """Computes L_I of the codes, and H(c) - L_I of each, if the model recognises them."""
    if not (model.recognizes_codes and outputs):
        return {}
    codes = model.latent.codes
    log_probs = codes.posterior_log_probs(
        model.latent.codes_from_latents(latents), outputs["codes"]
    )
    gaps = {name: -as_float(ops.mean(value)) for name, value in log_probs.items()}
    information = {name: codes.entropies()[name] - gap for name, gap in gaps.items()}
    return {
        "information_nats": sum(information.values()),
        **{f"information_nats_{name}": value for name, value in information.items()},
        **{f"gap_nats_{name}": value for name, value in gaps.items()},
    }


def aggregated_entropies(model: Any, outputs: Mapping[str, Any]) -> dict[str, float]:
    """Computes the entropy of the mean posterior of each code; an upper bound if continuous."""
    if not (model.recognizes_codes and outputs):
        return {}
    posteriors = model.latent.codes.posterior(outputs["codes"])
    entropies = {}
    for name, part in model.latent.codes.parts.items():
        if isinstance(part, Categorical):
            metric = AggregatedEntropy(part.categories)
            metric.update_state(posteriors[f"{name}_probabilities"])
            value = as_float(metric.result())
        else:
            means, scales = (
                ops.convert_to_numpy(posteriors[f"{name}_{key}"]).astype("float64")
                for key in ("mean", "scale")
            )
            covariance = np.cov(means, rowvar=False, bias=True).reshape(2 * [part.dimension])
            covariance += np.diag(np.mean(scales**2, axis=0))
            value = float(gaussian_entropy(covariance))
        entropies[f"aggregated_entropy_{name}"] = value
    return entropies


def asked_classes(model: Any, conditions: Any) -> np.ndarray | None:
    """Returns the requested class of each sample, or None if it is not a single class."""
    if not isinstance(model.conditions, Label):
        return None
    probabilities = ops.convert_to_numpy(model.conditions.prepare(conditions))
    certain = (probabilities.max(axis=1) == 1).all()
    return probabilities.argmax(axis=1) if certain else None


def asked_class_scores(
    probabilities: np.ndarray | None, classes: np.ndarray | None
) -> dict[str, float]:
    """Computes the information and the accuracy of samples about their requested classes."""
    if probabilities is None or classes is None:
        return {}
    return {
        "asked_class_information": asked_class_information(probabilities, classes),
        "asked_class_accuracy": asked_class_accuracy(lambda p: p, probabilities, classes),
    }


def as_float(value: Any) -> float:
    """Converts a scalar tensor to a Python float."""
    return float(ops.convert_to_numpy(value))
