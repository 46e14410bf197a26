"""The known failure modes of training: how to detect each, and what to try."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.augmentation import AdaptiveAugmentation
from tfgan_it.callbacks.statistics import nats
from tfgan_it.information import gaussian_log_prob, shannon_entropy
from tfgan_it.latents import Categorical, Latent
from tfgan_it.losses import AdversarialLoss, BoundaryEquilibrium


class Snapshot:
    """The state of a run at one step, in which failure modes are detected.

    Args:
        model: A compiled `GAN`.
        metrics: Metrics that `fit` reports, by name.
        latents: Latents of the generated samples; None for a model without a latent.
        real_std: `sample_std` of as many real samples; None without real samples.
        conditions: Raw conditions of the samples, if the model takes them.
    """

    def __init__(
        self,
        model: Any,
        metrics: Mapping[str, float],
        latents: Any,
        real_std: float | None = None,
        conditions: Any = None,
    ) -> None:
        self.model, self.metrics = model, metrics
        self.latents, self.real_std = latents, real_std
        self.conditions = conditions

    @functools.cached_property
    def samples(self) -> Any:
        """Generated samples, with averaged weights if the model has them."""
        inputs = self.latents
        if self.conditions is not None:
            inputs = self.latents, self.conditions
        return self.model(inputs)

    @functools.cached_property
    def posteriors(self) -> dict[str, np.ndarray]:
        """Parameters of Q(c|x) for each of `samples`, as of `infer_codes`; empty without a head."""
        if not self.model.recognizes_codes:
            return {}
        inputs = [self.samples]
        if self.conditions is not None:
            inputs.append(self.model.conditions.prepare(self.conditions))
        parameters = self.model.discriminate(*inputs)["codes"]
        posteriors = self.model.latent.codes.posterior(parameters)
        return {name: ops.convert_to_numpy(value) for name, value in posteriors.items()}

    @property
    def codes(self) -> dict[str, Latent]:
        """Codes that a recognition head infers, by name."""
        return self.model.latent.codes.parts if self.model.recognizes_codes else {}


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """A detected failure mode.

    Attributes:
        value: The value that shows it.
        text: Explanation of the failure.
        remedy: What to try.
        subject: The code or the player that fails, if there are several.
    """

    value: float
    text: str
    remedy: str
    subject: str = ""


def discriminator_saturated(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """js_nats > .95 ln 2, in games whose logits are log-odds (`logits_are_log_odds`)."""
    value = snapshot.metrics["js_nats"]
    if value > 0.95 * math.log(2) and logits_are_log_odds(snapshot.model.adversarial_loss):
        augmentation = "" if snapshot.model.augmentation else ", augmentation (recipe dcgan_ada)"
        yield Diagnosis(
            value,
            f"the discriminator is saturated: JS divergence of real and generated at least "
            f"{nats(value)} of {nats(math.log(2))} nats",
            f"a lower discriminator_learning_rate, regularizers.R1{augmentation} or "
            "augmentation.InstanceNoise",
        )


def mode_collapse(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """sample_std(generated) / sample_std(real) < .1."""
    if snapshot.real_std and snapshot.latents is not None:
        value = sample_std(snapshot.samples) / snapshot.real_std
        if value < 0.1:
            yield Diagnosis(
                value,
                "the generator makes nearly one sample: the standard deviation of its samples is "
                f"{value:.2f} of that of real ones",
                "another seed, a lower learning_rate, regularizers.R1, or recipe pacgan or r3gan",
            )


def category_collapse(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """H(mean of Q(c|x) over generated x) < .5 H(c), for each categorical code."""
    for name, part in _of_type(snapshot.codes, Categorical):
        mean = np.mean(snapshot.posteriors[f"{name}_probabilities"], axis=0, dtype="float64")
        value = float(shannon_entropy(mean))
        if value < 0.5 * part.entropy():
            yield Diagnosis(
                value,
                f"modes are lost: in generated samples {name} has {nats(value)} of "
                f"{nats(part.entropy())} nats",
                "a larger lambda_information, a lower learning_rate or another seed",
                name,
            )


def code_ignored(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """L_I(c) < .05 H(c), for each categorical code."""
    for name, part in _of_type(snapshot.codes, Categorical):
        # Without a term that measures the information of the code, there is no such metric.
        value = snapshot.metrics.get(f"information_nats_{name}", math.inf)
        if value < 0.05 * part.entropy():
            yield Diagnosis(
                value,
                f"the generator ignores the code: {name} carries {nats(value)} of "
                f"{nats(part.entropy())} nats",
                "a larger lambda_information, fewer categories or a lower learning_rate",
                name,
            )


def scale_at_floor(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """mean sigma < 1.05 minimum_scale, for each continuous code.

    The floor then bounds its information by H(c) - dimension ln(sqrt(2 pi) minimum_scale).
    """
    for name, part in snapshot.codes.items():
        floor = getattr(part, "minimum_scale", None)
        if floor is None:
            continue
        value = float(np.mean(snapshot.posteriors[f"{name}_scale"]))
        if value < 1.05 * floor:
            mean = np.zeros(part.dimension)
            bound = part.entropy() + float(gaussian_log_prob(mean, mean, mean + floor))
            yield Diagnosis(
                value,
                f"the posterior of {name} is at its floor, sigma {value:.3g} at minimum_scale "
                f"{floor:.3g}, which bounds its information by {nats(bound)} nats",
                "a lower minimum_scale, if the code is to carry finer detail",
                name,
            )


def augmentation_at_limit(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """p >= .99 of `AdaptiveAugmentation`, where p is at most 1."""
    if isinstance(snapshot.model.augmentation, AdaptiveAugmentation):
        value = _number(snapshot.model.augmentation.p)
        if value >= 0.99:
            yield Diagnosis(
                value,
                f"the discriminator overfits even at full augmentation: p is {value:.2f} of 1",
                "more real images, a smaller width, regularizers.R1 or recipe lecam",
            )


def balance_stuck(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """min(k, 1 - k) <= lambda_k of BEGAN: k is within one step of an end."""
    loss = snapshot.model.adversarial_loss
    if isinstance(loss, BoundaryEquilibrium):
        value = _number(loss.k)
        if min(value, 1 - value) <= loss.lambda_k:
            low = value < 0.5
            yield Diagnosis(
                value,
                f"the balance is stuck: k is {value:.2f}, for the error on generated samples stays "
                f"{'above' if low else 'below'} gamma times that on real ones",
                f"a {'higher' if low else 'lower'} gamma, or a lower learning_rate",
            )


def loss_scale_collapsed(snapshot: Snapshot) -> Iterator[Diagnosis]:
    """Loss scale < 1 with float16; it starts at 2^15 and is halved at each overflow."""
    for player in ("generator", "discriminator"):
        optimizer = getattr(snapshot.model, f"{player}_optimizer")
        if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            value = _number(optimizer.dynamic_scale)
            if value < 1:
                yield Diagnosis(
                    value,
                    f"gradients of the {player} overflow: its loss scale is down to {value:.2g}",
                    "precision mixed_bfloat16 or float32, a lower learning_rate or clip_norm",
                    player,
                )


@dataclasses.dataclass(frozen=True)
class FailureMode:
    """A failure mode and its detector.

    Attributes:
        name: Name in records; followed by `_CODE` or `_PLAYER` if there are several.
        detect: Function that yields the diagnoses of a snapshot.
        after: Share of the run before which it is ignored.
        kind: `warning`, or `note` for what may be intended.
    """

    name: str
    detect: Callable[[Snapshot], Iterator[Diagnosis]]
    after: float = 0.1
    kind: str = "warning"


FAILURE_MODES = (
    FailureMode("discriminator_saturated", discriminator_saturated),
    FailureMode("mode_collapse", mode_collapse),
    FailureMode("category_collapse", category_collapse),
    FailureMode("code_ignored", code_ignored, after=0.5),
    FailureMode("scale_at_floor", scale_at_floor, kind="note"),
    FailureMode("augmentation_at_limit", augmentation_at_limit),
    FailureMode("balance_stuck", balance_stuck),
    FailureMode("loss_scale_collapsed", loss_scale_collapsed, after=0.0),
)


def sample_std(samples: Any) -> float:
    """Computes the standard deviation of each value over samples `(n, ...)`, mean over values.

    Args:
        samples: An array or tensor, or a dict of them.

    Example:

    >>> sample_std([[0.0, 1.0], [2.0, 1.0]])
    0.5
    """
    parts = samples.values() if isinstance(samples, Mapping) else [samples]
    each = [np.std(np.asarray(part, "float32"), axis=0).ravel() for part in parts]
    return float(np.mean(np.concatenate(each)))


def logits_are_log_odds(loss: AdversarialLoss) -> bool:
    """Returns whether the optimal logit f is ln p/q, so that `js_nats` can reach JS(p || q).

    For densities p of the data and q of the generator, the discriminator minimises p l(f) + q m(f),
    with its losses l on real and m on generated samples. f = ln p/q is optimal for all p and q if

        e^f l'(f) + m'(f) = 0    for every f,

    which is tested at three f. It holds for the minimax and non-saturating losses and for the
    f-divergences `gan`, `jensen_shannon` and `reverse_kl`; not for critics, least squares or BEGAN.

    Example:

    >>> from tfgan_it.losses import get
    >>> logits_are_log_odds(get("non_saturating")), logits_are_log_odds(get("wasserstein"))
    (True, False)
    """
    logits = tf.constant([-1.5, 0.25, 1.0])
    real, generated = tf.identity(logits), tf.identity(logits)
    with tf.GradientTape() as tape:
        tape.watch([real, generated])
        losses = loss.discriminator_loss(real, generated)
    slopes = tape.gradient(losses, [real, generated], unconnected_gradients="zero")
    return bool(np.allclose(np.exp(logits) * slopes[0] + slopes[1], 0, atol=1e-5))


def _number(variable: keras.Variable) -> float:
    return float(ops.convert_to_numpy(variable))


def _of_type(parts: dict[str, Latent], kind: type[Latent]) -> list[tuple[str, Latent]]:
    return [(name, part) for name, part in parts.items() if isinstance(part, kind)]
