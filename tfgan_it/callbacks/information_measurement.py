"""What the information of a model is: one measurement of it, in nats."""

from __future__ import annotations

import concurrent.futures
import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.callbacks.statistics import nats
from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import check_images, scale_images, to_uint8
from tfgan_it.estimators import DensityRatioEstimator, KozachenkoLeonenko
from tfgan_it.information import gaussian_entropy, jensen_shannon_lower_bound
from tfgan_it.latents import Categorical
from tfgan_it.metrics.label_information import AggregatedEntropy, LabelInformation


class InformationMeasurement:
    """How far generated samples are from real ones and what codes carry, in nats.

    Called with a compiled model, it measures on generated samples of one seed and as many real
    ones, with averaged weights where there are some,

        js_nats                    ln 2 - BCE of the discriminator that is trained: a lower bound on
                                   JS; none where it judges several samples at once
        information_nats, _CODE    L_I, a lower bound on I(c; x), of all codes together and of each
        gap_nats_CODE              H(c) - L_I = -E ln Q(c|x): what is lost, at most

    and for `generated` samples, beside the same for `real` ones in place of them,

        kl, reverse_kl, js         by a fresh, calibrated classifier, a `DensityRatioEstimator`, and
        calibration_error          how far to trust its probabilities; for `real` it is one half of
                                   them against the other, about 0
        entropy                    of the leading `components` principal components of the real
                                   samples: `estimators.KozachenkoLeonenko`, pixels of uint8 with
                                   uniform noise of the size of their rounding
        aggregated_entropy_CODE    H(mean of Q(c|x)) of a categorical code; of a continuous one
                                   1/2 ln det(2 pi e S), S the covariance of the mean of Q(c|x),
                                   which is the most that its differential entropy can be
        label_information          H(mean p(y|x)) - mean H(p(y|x)) under the classifier

    `kl_error`, `reverse_kl_error` and `js_error` are standard errors. What is not finite, such as
    the entropy of points that are all one, is None. Where real images are uint8, generated ones
    are rounded as well: a classifier would else tell them apart by that. A measurement is a
    function of (weights, images, arguments), and changes nothing.

    Args:
        images: Real images or points that training does not see; `samples` of them are taken, at
            equal distances.
        classifier: From samples, as they are given, to probabilities `(n, classes)`, such as
            `metrics.LabelClassifier`; None measures no label information.
        samples: Most real and generated samples.
        probe: A `DensityRatioEstimator`, or whether to train one.
        components: Principal components whose entropy is estimated, where there are as many.
        neighbors: Of the entropy.
        seed: Of the generated samples, of the halves and, but where one is given, of the probe.

    Raises:
        ValueError: `samples`, `components` or `neighbors` that are too small; when called, images
            of another shape than the model's, or too few.

    Example: a generator of nothing in particular, told apart from digits by a glance.

    >>> from tfgan_it import datasets, recipes
    >>> data = datasets.load("digits")
    >>> model = recipes.infogan(data.sample_shape, width=4, features=16)
    >>> probe = DensityRatioEstimator(steps=60)
    >>> measurement = InformationMeasurement(data.test_images, probe=probe)
    >>> found = measurement(model)["information"]
    >>> found["generated"]["js"] > 0.5, abs(found["real"]["js"]) < 0.1
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
    ) -> None:
        check_integer(self, "samples", samples, 20)
        self.components = check_integer(self, "components", components, 1)
        self.neighbors = check_integer(self, "neighbors", neighbors, 1)
        images = np.asarray(images)
        self.images = images[:: max(1, -(-len(images) // samples))]
        self.classifier, self.seed = classifier, seed
        self.probe = DensityRatioEstimator(seed=seed) if probe is True else probe or None
        self._row_of_real: dict[str, float] | None = None

    def check(self, model: Any) -> None:
        """Raises ValueError where the images are not of the model's shape, or too few."""
        check_images(self.images, model.sample_shape, minimum=20)
        if self.neighbors >= len(self.images):
            raise ValueError(
                f"InformationMeasurement: neighbors must be below the {len(self.images)} samples, "
                f"got {self.neighbors}."
            )

    def __call__(self, model: Any) -> dict[str, Any]:
        """`{"step": ..., "information": {...}, "protocol": {...}}` of the model as it is now."""
        self.check(model)
        if not tf.distribute.has_strategy():
            return self._measured(model)
        # In a strategy's scope what the probe remembers would be shared out over replicas. The
        # scope is that of one thread.
        with concurrent.futures.ThreadPoolExecutor(1) as thread:
            return thread.submit(self._measured, model).result()

    def _measured(self, model: Any) -> dict[str, Any]:
        n = len(self.images)
        latents = model.sample_latents(n, self.seed)
        generated = np.concatenate([ops.convert_to_numpy(model(z)) for z in _batches(latents)])
        if self.images.dtype == np.uint8:
            generated = to_uint8(generated)
        of_real, of_generated = _outputs(model, self.images), _outputs(model, generated)
        found: dict[str, Any] = {}
        if model.samples_per_logit == 1:
            logits = of_real["logits"], of_generated["logits"]
            found["js_nats"] = _number(ops.mean(jensen_shannon_lower_bound(*logits)))
        found |= _transmitted(model, latents, of_generated)
        if self._row_of_real is None:  # It is the same each time.
            self._basis = _principal_components(self.images, self.components)
            random = np.random.default_rng([self.seed % 2**64, 0])
            one, other = (self.images[h] for h in np.array_split(random.permutation(n), 2))
            self._row_of_real = self._row(one, other, self.images)
        row_of_generated = self._row(self.images, generated, generated)
        found["generated"] = {**row_of_generated, **_aggregated(model, of_generated)}
        found["real"] = {**self._row_of_real, **_aggregated(model, of_real)}
        probed = {
            f"n_{name}": {row: found[row].pop(f"n_{name}") for row in ("generated", "real")}
            for name in (("probe_real", "probe_other") if self.probe else ())
        }
        protocol = {
            "n": n,
            **probed,
            "seed": self.seed,
            "networks": "last" if model.generator_average is None else "averaged",
            "components": self._basis[1].shape[1],
            "neighbors": self.neighbors,
        }
        return {"step": model.trained_steps, "information": _finite(found), "protocol": protocol}

    def _row(self, real: Any, others: Any, samples: Any) -> dict[str, float]:
        """How far `others` are from `real`; entropy and label information of `samples`."""
        found: dict[str, float] = {}
        if self.probe:
            found |= self.probe.fit(real, others).estimate()
            found["n_probe_real"], found["n_probe_other"] = (
                found.pop(f"n_{name}") for name in ("real", "generated")
            )
        mean, directions = self._basis
        flat = _flat(samples)
        if samples.dtype == np.uint8:  # As much noise as rounding took away.
            noise = np.random.default_rng([self.seed % 2**64, 1]).uniform(-1, 1, flat.shape)
            flat = flat + noise / 255
        with warnings.catch_warnings():  # That of copies, whose entropy is minus infinity.
            warnings.simplefilter("ignore", RuntimeWarning)
            estimator = KozachenkoLeonenko(neighbors=self.neighbors)
            found["entropy"] = estimator.fit((flat - mean) @ directions).estimate()
        if self.classifier:
            probabilities = np.asarray(self.classifier(samples), "float32")
            metric = LabelInformation(probabilities.shape[1])
            metric.update_state(probabilities)
            found["label_information"] = _number(metric.result())
        return found


def status(record: Mapping[str, Any]) -> str:
    """A measurement in one line, the same of real samples in brackets.

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
    }
    told = [
        f"{word} {_told(information['generated'][name])} [{_told(information['real'][name])}]"
        for name, word in words.items()
        if name in information["generated"]
    ]
    return f"information at step {record['step']} [of real ones]: {'  '.join(told)} nats"


def _told(value: float | None) -> str:
    return "none" if value is None else nats(value)


def _transmitted(model: Any, latents: np.ndarray, outputs: Mapping[str, Any]) -> dict[str, float]:
    """L_I of the codes, and H(c) - L_I of each, where a head recognises them one by one."""
    if not _recognised(model):
        return {}
    codes = model.latent.codes
    log_probs = codes.posterior_log_probs(
        model.latent.codes_from_latents(latents), outputs["codes"]
    )
    gaps = {name: -_number(ops.mean(value)) for name, value in log_probs.items()}
    information = {name: codes.entropies()[name] - gap for name, gap in gaps.items()}
    return {
        "information_nats": sum(information.values()),
        **{f"information_nats_{name}": value for name, value in information.items()},
        **{f"gap_nats_{name}": value for name, value in gaps.items()},
    }


def _aggregated(model: Any, outputs: Mapping[str, Any]) -> dict[str, float]:
    """The entropy of the mean posterior of each code; of a continuous one an upper bound."""
    if not _recognised(model):
        return {}
    posteriors = model.latent.codes.posterior(outputs["codes"])
    found = {}
    for name, part in model.latent.codes.parts.items():
        if isinstance(part, Categorical):
            metric = AggregatedEntropy(part.categories)
            metric.update_state(posteriors[f"{name}_probabilities"])
            value = _number(metric.result())
        else:
            means, scales = (
                ops.convert_to_numpy(posteriors[f"{name}_{key}"]).astype("float64")
                for key in ("mean", "scale")
            )
            covariance = np.cov(means, rowvar=False, bias=True).reshape(2 * [part.dimension])
            covariance += np.diag(np.mean(scales**2, axis=0))
            value = float(gaussian_entropy(covariance))
        found[f"aggregated_entropy_{name}"] = value
    return found


def _recognised(model: Any) -> bool:
    return hasattr(model, "infer_codes") and model.samples_per_logit == 1


def _outputs(model: Any, images: np.ndarray) -> dict[str, Any]:
    """The discriminator's on images, in whole packs."""
    whole = model.samples_per_logit
    images = images[: len(images) // whole * whole]
    parts = [model.discriminate(scale_images(part)) for part in _batches(images, 256 * whole)]
    names = [name for name in ("logits", "codes") if name in parts[0]]
    return {name: ops.concatenate([part[name] for part in parts]) for name in names}


def _principal_components(images: np.ndarray, components: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the leading directions, `(pixels,)` and `(pixels, components)`."""
    flat = _flat(images)
    mean = flat.mean(axis=0)
    directions = np.linalg.svd(flat - mean, full_matrices=False)[2]
    return mean, directions[: min(components, len(flat) - 1)].T


def _flat(images: np.ndarray) -> np.ndarray:
    scaled = ops.convert_to_numpy(scale_images(images))
    return scaled.reshape(len(scaled), -1).astype("float64")


def _batches(rows: np.ndarray, size: int = 256) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _number(value: Any) -> float:
    return float(ops.convert_to_numpy(value))


def _finite(values: Mapping[str, Any]) -> dict[str, Any]:
    """None in place of what JSON cannot say."""
    return {
        name: _finite(value)
        if isinstance(value, Mapping)
        else (value if math.isfinite(value) else None)
        for name, value in values.items()
    }
