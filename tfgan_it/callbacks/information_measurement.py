"""A measurement of the information of a model, in nats."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from keras import ops

from tfgan_it.callbacks.statistics import nats
from tfgan_it.checks import check_integer, check_seed
from tfgan_it.distribution import outside_of_scopes
from tfgan_it.estimators import DensityRatioEstimator, KozachenkoLeonenko
from tfgan_it.information import jensen_shannon_lower_bound
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.logits import mean_per_sample
from tfgan_it.metrics.label_information import LabelInformation
from tfgan_it.metrics.measured_codes import (
    aggregated_entropies,
    as_float,
    asked_class_scores,
    asked_classes,
    dependence_of_codes,
    transmitted_information,
)
from tfgan_it.metrics.measured_samples import (
    MeasuredSamples,
    PrincipalComponents,
    as_array,
    check_measurable,
    count_of,
    halves,
    thinned,
)


class InformationMeasurement(CheckedKeywords):
    """Measures divergences of generated from real samples, and the information of codes, in nats.

    When called with a compiled model, it measures on generated samples of one seed and as many real
    ones, with averaged weights if the model has them,

        js_nats                    ln 2 - BCE of the model's discriminator: a lower bound on JS;
                                   absent if it judges several samples jointly
        information_nats, _CODE    L_I, a lower bound on I(c; x), of all codes together and of each
        gap_nats_CODE              H(c) - L_I = -E ln Q(c|x), an upper bound on the loss

    and, for `generated` samples and for `real` ones in their place,

        kl, reverse_kl, js         by a new, calibrated classifier, a `DensityRatioEstimator`; for
                                   `real`, one half of the samples against the other, about 0
        calibration_error          of the probabilities of this classifier
        entropy                    of the leading `components` principal components of the real
                                   samples: `estimators.KozachenkoLeonenko`, with uniform noise of
                                   the size of the rounding on uint8 pixels
        aggregated_entropy_CODE    H(mean of Q(c|x)) of a categorical code; of a continuous one
                                   1/2 ln det(2 pi e S), S the covariance of the mean of Q(c|x),
                                   an upper bound on its differential entropy
        total_correlation          of the codes as they are inferred, 0 if they are independent:
                                   `metrics.measured_codes.dependence_of_codes`
        interaction_information_A_B    I(a; b | class) - I(a; b) of two codes and the class
        label_information          H(mean p(y|x)) - mean H(p(y|x)) under the classifier
        asked_class_information    H(y) + mean ln p(y|x), y the requested label: a lower bound on
                                   I(y; G(z, y)), for a model whose condition is a `Label`
        asked_class_accuracy       share of samples whose most probable class is y

    A conditional model generates one sample for the condition of each real one. For real samples
    the last two are those of the classifier.

    `kl_error`, `reverse_kl_error` and `js_error` are standard errors. Values that are not finite,
    such as the entropy of identical points, are None. If real images are uint8, generated ones are
    rounded too: a classifier would otherwise detect the rounding. For the classifier and the
    entropy, samples that are a dict become vectors of all their values. A measurement is a function
    of (weights, images, arguments) and does not change the model.

    Args:
        images: Real samples that training does not use, of any shape or a dict of such. `samples`
            of them are used, at equal distances.
        classifier: Function from samples to probabilities `(n, classes)`, such as
            `metrics.LabelClassifier`. If None, labels are not measured.
        samples: Maximum number of real and of generated samples.
        probe: A `DensityRatioEstimator`, or whether to train one.
        components: Maximum number of principal components for the entropy.
        neighbors: Number k of the neighbour in the entropy estimate.
        seed: Seed of the generated samples, of the halves and of the default probe.
        conditions: Raw conditions of the real samples, for a conditional model.

    Raises:
        ValueError: If `samples`, `components` or `neighbors` are too small; when called, if images
            are too few or of another shape than the model's, the model has no latent, or
            conditions are missing.

    Example: an untrained generator is easily distinguished from digits.

    >>> from tfgan_it import datasets, recipes
    >>> data = datasets.load("digits")
    >>> model = recipes.infogan(data.sample_shape, width=4, features=16)
    >>> probe = DensityRatioEstimator(steps=60)
    >>> measurement = InformationMeasurement(data.test_images, probe=probe)
    >>> information = measurement(model)["information"]
    >>> information["generated"]["js"] > 0.5, abs(information["real"]["js"]) < 0.1
    (True, True)
    """

    def __init__(
        self,
        images: Any,
        *,
        classifier: Callable[[np.ndarray], Any] | None = None,
        samples: int = 1000,
        probe: bool | DensityRatioEstimator = True,
        components: int = 8,
        neighbors: int = 3,
        seed: int = 0,
        conditions: Any = None,
    ) -> None:
        check_integer(self, "samples", samples, 20)
        self.components = check_integer(self, "components", components, 1)
        self.neighbors = check_integer(self, "neighbors", neighbors, 1)
        self.images, self.conditions = thinned(samples, images, conditions)
        self.classifier, self.seed = classifier, check_seed(self, seed)
        self.probe = DensityRatioEstimator(seed=seed) if probe is True else probe or None
        self._row_of_real: dict[str, float] | None = None

    def check(self, model: Any) -> None:
        """Raises ValueError if the model cannot be measured with these images."""
        check_measurable("InformationMeasurement", model, self.images, self.conditions)
        n = count_of(self.images)
        if self.neighbors >= n:
            raise ValueError(
                f"InformationMeasurement: neighbors must be below the {n} samples, got "
                f"{self.neighbors}."
            )

    def __call__(self, model: Any) -> dict[str, Any]:
        """Measures the model: `{"step": ..., "information": {...}, "protocol": {...}}`."""
        self.check(model)
        # In a strategy's scope the variables of the probe would be distributed over replicas.
        return outside_of_scopes(lambda: self._measured(model))

    def _measured(self, model: Any) -> dict[str, Any]:
        samples = MeasuredSamples.of(model, self.images, self.conditions, self.seed)
        real, generated, n = samples.real, samples.generated, samples.n
        of_real, of_generated = samples.real_outputs, samples.generated_outputs
        values: dict[str, Any] = {}
        if of_real:
            bounds = mean_per_sample(
                jensen_shannon_lower_bound, of_real["logits"], of_generated["logits"]
            )
            values["js_nats"] = as_float(ops.mean(bounds))
        values |= transmitted_information(model, samples.latents, of_generated)
        if self._row_of_real is None:  # It does not depend on the model.
            self._components = PrincipalComponents.of(real, self.components)
            self._probabilities = self._classified(real)
            one, other = halves(real, self.seed)
            self._row_of_real = self._row(one, other, real, self._probabilities)
        probabilities = self._classified(generated)
        row_of_generated = self._row(real, generated, generated, probabilities)
        asked = asked_classes(model, samples.conditions)
        values["generated"] = {
            **row_of_generated,
            **asked_class_scores(probabilities, asked),
            **aggregated_entropies(model, of_generated),
            **dependence_of_codes(model, of_generated, probabilities),
        }
        values["real"] = {
            **self._row_of_real,
            **asked_class_scores(self._probabilities, asked),
            **aggregated_entropies(model, of_real),
            **dependence_of_codes(model, of_real, self._probabilities),
        }
        probed = {
            f"n_{name}": {row: values[row].pop(f"n_{name}") for row in ("generated", "real")}
            for name in (("probe_real", "probe_other") if self.probe else ())
        }
        protocol = {
            "n": n,
            **probed,
            "seed": self.seed,
            "networks": "last" if model.generator_average is None else "averaged",
            "components": self._components.directions.shape[1],
            "neighbors": self.neighbors,
        }
        return {"step": model.trained_steps, "information": _finite(values), "protocol": protocol}

    def _classified(self, samples: Any) -> np.ndarray | None:
        """Returns p(y|x) under the classifier, or None without one."""
        return np.asarray(self.classifier(samples), "float32") if self.classifier else None

    def _row(
        self, real: Any, others: Any, samples: Any, probabilities: np.ndarray | None
    ) -> dict[str, float]:
        """Measures divergences of `others` from `real`; entropy and label information."""
        scores: dict[str, float] = {}
        if self.probe:
            scores |= self.probe.fit(as_array(real), as_array(others)).estimate()
            scores["n_probe_real"], scores["n_probe_other"] = (
                scores.pop(f"n_{name}") for name in ("real", "generated")
            )
        with warnings.catch_warnings():  # The entropy of identical samples is minus infinity.
            warnings.simplefilter("ignore", RuntimeWarning)
            estimator = KozachenkoLeonenko(neighbors=self.neighbors)
            scores["entropy"] = estimator.fit(self._components(samples, self.seed)).estimate()
        if probabilities is not None:
            metric = LabelInformation(probabilities.shape[1])
            metric.update_state(probabilities)
            scores["label_information"] = as_float(metric.result())
        return scores


def status(record: Mapping[str, Any]) -> str:
    """Formats a measurement as one line, with the values of real samples in brackets.

    Example:

    >>> values = {"js": 0.25, "kl": 1.5, "entropy": 3.0}
    >>> real = {"js": 0.0, "kl": 0.0, "entropy": 4.0}
    >>> print(status({"step": 8, "information": {"generated": values, "real": real}}))
    information at step 8 [of real ones]: JS 0.25 [0.00]  KL 1.50 [0.00]  entropy 3.00 [4.00] nats
    """
    information = record["information"]
    words = {
        "js": "JS",
        "kl": "KL",
        "entropy": "entropy",
        "label_information": "labels",
        "asked_class_information": "asked",
    }
    values = [
        f"{word} {_text(information['generated'][name])} [{_text(information['real'][name])}]"
        for name, word in words.items()
        if name in information["generated"]
    ]
    return f"information at step {record['step']} [of real ones]: {'  '.join(values)} nats"


def _text(value: float | None) -> str:
    return "none" if value is None else nats(value)


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """Replaces values that JSON cannot represent by None."""
    return {
        name: _finite(value)
        if isinstance(value, Mapping)
        else (value if math.isfinite(value) else None)
        for name, value in values.items()
    }
