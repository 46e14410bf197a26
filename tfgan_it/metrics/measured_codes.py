"""Information of samples about codes and about requested labels, in nats."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from keras import ops

from tfgan_it.conditions import Label
from tfgan_it.estimators import MixtureKSG, interaction_information, total_correlation
from tfgan_it.estimators.preprocessing import normal_scores
from tfgan_it.information import gaussian_entropy
from tfgan_it.latents import Categorical
from tfgan_it.metrics.conditional_generation import asked_class_accuracy, asked_class_information
from tfgan_it.metrics.label_information import AggregatedEntropy
from tfgan_it.metrics.representations import code_representation

# Between categories as numbers, beside which the normal scores of other codes are near.
_APART = 1e3


@dataclasses.dataclass(frozen=True, eq=False)
class InferredCodes:
    """Codes as the discriminator infers them: a column for each variable.

    Attributes:
        columns: The most probable category, or the posterior mean, float64 `(n, variables)`.
        names: Name of each variable: that of the code, with a number if it has several columns.
        codes: Name of the code of each variable.
        discrete: Indices of the categories.
    """

    columns: np.ndarray
    names: tuple[str, ...]
    codes: tuple[str, ...]
    discrete: tuple[int, ...]

    @classmethod
    def of(cls, model: Any, outputs: Mapping[str, Any]) -> InferredCodes | None:
        """Reads the outputs of the discriminator; None if it does not infer codes."""
        if not (model.recognizes_codes and outputs):
            return None
        posterior = model.latent.codes.posterior(outputs["codes"])
        columns, discrete = code_representation(
            {name: ops.convert_to_numpy(value) for name, value in posterior.items()}
        )
        names, codes = [], []
        for name, part in model.latent.codes.parts.items():
            count = 1 if isinstance(part, Categorical) else part.dimension
            names += [f"{name}_{i}" for i in range(count)] if count > 1 else [name]
            codes += [name] * count
        return cls(columns, tuple(names), tuple(codes), discrete)

    def columns_of(self, code: str) -> np.ndarray:
        """Returns the columns of a code, `(n, dimension)`."""
        return self.columns[:, [each == code for each in self.codes]]

    def total_correlation(self) -> float:
        """Estimates the total correlation of the variables in nats, in a moment.

        `estimators.total_correlation` looks for the best of many estimators, and has an interval.
        Here categories alone are counted; else it is sum_j I(c_j; c_1 ... c_{j-1}), categories
        first, each by `MixtureKSG` of normal scores.
        """
        if len(self.discrete) == len(self.names):
            return total_correlation(self.columns.astype("int64")).nats
        numbers = [j for j in range(len(self.names)) if j not in self.discrete]
        ordered = np.hstack(
            [_APART * self.columns[:, list(self.discrete)], normal_scores(self.columns[:, numbers])]
        )
        return sum(
            float(MixtureKSG(preprocessing=None).fit(ordered[:, j], ordered[:, :j]).estimate())
            for j in range(1, ordered.shape[1])
        )


def dependence_of_codes(
    model: Any, outputs: Mapping[str, Any], probabilities: np.ndarray | None = None
) -> dict[str, float]:
    """Computes how codes depend on each other, as they are inferred from samples, in nats.

    Args:
        model: A `GAN`.
        outputs: Outputs of its discriminator for n samples.
        probabilities: p(y|x) of the samples under a classifier, `(n, classes)`; None without one.

    Returns:
        `total_correlation` of the variables, see `InferredCodes`; and with a classifier
        `interaction_information_A_B`, I(a; b | y) - I(a; b), of each two codes and the most
        probable class y. Empty if there are less than two variables, or they are not inferred.
    """
    inferred = InferredCodes.of(model, outputs)
    if inferred is None or len(inferred.names) < 2:
        return {}
    values = {"total_correlation": inferred.total_correlation()}
    if probabilities is not None:
        classes = probabilities.argmax(axis=1)
        for a, b in itertools.combinations(dict.fromkeys(inferred.codes), 2):
            found = interaction_information(inferred.columns_of(a), inferred.columns_of(b), classes)
            values[f"interaction_information_{a}_{b}"] = found.nats
    return values


def bounds_nats(model: Any) -> dict[str, float]:
    """Returns what quantities cannot exceed, in nats, by their names in records.

    Only the entropy of a categorical code bounds its information.
    """
    bounds = {"js_nats": math.log(2), "js": math.log(2)}
    if isinstance(model.conditions, Label):
        entropy = float(model.conditions.entropy())
        bounds |= {"label_information_nats": entropy, "asked_class_information": entropy}
    if not model.recognizes_codes:
        return bounds
    parts = model.latent.codes.parts
    discrete = {n: float(p.entropy()) for n, p in parts.items() if isinstance(p, Categorical)}
    bounds |= {f"information_nats_{name}": entropy for name, entropy in discrete.items()}
    bounds |= {f"aggregated_entropy_{name}": entropy for name, entropy in discrete.items()}
    if len(discrete) == len(parts):
        total = sum(discrete.values())
        bounds["information_nats"] = total
        modalities = getattr(model, "modalities", {})
        bounds |= {f"information_nats_{name}": total for name in modalities}
    return bounds


def information_terms(
    model: Any, latents: np.ndarray, outputs: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Computes H(c) + ln Q(c|x) of each code and sample, whose mean is L_I, float64 `(n,)`.

    It is empty if the model does not recognise codes.
    """
    if not (model.recognizes_codes and outputs):
        return {}
    codes = model.latent.codes
    log_probs = codes.posterior_log_probs(
        model.latent.codes_from_latents(latents), outputs["codes"]
    )
    return {
        name: float(codes.parts[name].entropy()) + ops.convert_to_numpy(log_prob).astype("float64")
        for name, log_prob in log_probs.items()
    }


def transmitted_information(
    model: Any, latents: np.ndarray, outputs: Mapping[str, Any]
) -> dict[str, float]:
    """Computes L_I of the codes, and H(c) - L_I of each, if the model recognises them."""
    terms = information_terms(model, latents, outputs)
    if not terms:
        return {}
    information = {name: float(np.mean(value)) for name, value in terms.items()}
    entropies = model.latent.codes.entropies()
    return {
        "information_nats": sum(information.values()),
        **{f"information_nats_{name}": value for name, value in information.items()},
        **{f"gap_nats_{name}": float(entropies[name]) - information[name] for name in information},
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
