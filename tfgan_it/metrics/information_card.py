"""The information card: what is known of a model in nats, beside what real samples reach."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special
from sklearn.base import clone

from tfgan_it.checks import check_integer, check_seed
from tfgan_it.distribution import outside_of_scopes
from tfgan_it.estimators import (
    DensityRatioEstimator,
    Estimate,
    entropy,
    mutual_information,
    total_correlation,
)
from tfgan_it.estimators.estimate import Candidate
from tfgan_it.metrics.conditional_generation import asked_class_terms
from tfgan_it.metrics.measured_codes import (
    InferredCodes,
    asked_classes,
    bounds_nats,
    information_terms,
)
from tfgan_it.metrics.measured_samples import (
    MeasuredSamples,
    PrincipalComponents,
    as_array,
    check_measurable,
    halves,
    thinned,
)
from tfgan_it.metrics.sample_quality.gilbo import gilbo
from tfgan_it.visualization import interval_rows

_DIVERGENCES = ("kl", "reverse_kl", "js")
_FORMAT = "{:<32}{:>26}{:>26}{:>9}"
_TITLES = {
    "kl": "KL(real || generated)",
    "reverse_kl": "KL(generated || real)",
    "js": "JS(real, generated)",
    "information_nats": "L_I of all codes",
    "gilbo": "GILBO",
    "label_information": "I(x; label)",
    "asked_class_information": "I(x; label asked for)",
    "entropy": "entropy of components",
    "total_correlation": "total correlation of codes",
    "total_correlation_permuted": "the same, each code permuted",
}


@dataclasses.dataclass(frozen=True)
class CardRow:
    """A quantity of a model.

    Attributes:
        name: Its name, as in the records of `callbacks.InformationMonitor`.
        title: What it is, for a reader.
        generated: The estimate from generated samples.
        real: The same from real samples: of a divergence, of one half of them from the other.
            None where it has no meaning for them.
        bound: What it cannot exceed, nats; None without a bound.
    """

    name: str
    title: str
    generated: Estimate
    real: Estimate | None = None
    bound: float | None = None


@dataclasses.dataclass(frozen=True)
class InformationCard:
    """What `information_card` measures.

    Attributes:
        model: Name of the model.
        rows: The quantities.
        left_out: What cannot be said of the model, a sentence each.
        protocol: Numbers of samples, the seed and what else the numbers depend on.
    """

    model: str
    rows: tuple[CardRow, ...]
    left_out: tuple[str, ...]
    protocol: dict[str, Any]

    def __getitem__(self, name: str) -> CardRow:
        """Returns the row of that name."""
        return {row.name: row for row in self.rows}[name]

    def __str__(self) -> str:
        """Returns a table with 95 % intervals, what was left out, and what speaks against rows."""
        lines = [_FORMAT.format("nats", "generated samples", "real samples", "at most")]
        for row in self.rows:
            bound = "" if row.bound is None else f"{row.bound:.3f}"
            lines.append(_FORMAT.format(row.title, *map(_text, (row.generated, row.real)), bound))
        doubts: dict[str, list[str]] = {}  # Each once, with the rows of which it speaks.
        for row in self.rows:
            for warning in {w for each in (row.generated, row.real) if each for w in each.warnings}:
                doubts.setdefault(warning, []).append(row.title)
        told = [f"warning: {text} ({', '.join(titles)})" for text, titles in doubts.items()]
        return "\n".join(line.rstrip() for line in [*lines, *self.left_out, *told])

    def as_dict(self) -> dict[str, Any]:
        """Returns the card for JSON; numbers that are not finite are None."""
        return {
            "model": self.model,
            "rows": [
                {
                    "name": row.name,
                    "generated": _as_dict(row.generated),
                    "real": _as_dict(row.real),
                    "bound": row.bound,
                }
                for row in self.rows
            ],
            "left_out": list(self.left_out),
            "protocol": self.protocol,
        }

    def picture(self) -> np.ndarray:
        """Draws each quantity on an axis of its own, uint8 `(height, width, 3)`."""
        sides = {
            row.title: [
                None if each is None else (each.interval[0], each.nats, each.interval[1])
                for each in (row.generated, row.real)
            ]
            for row in self.rows
        }
        bounds = {row.title: row.bound for row in self.rows if row.bound is not None}
        return interval_rows(sides, ("generated samples", "real samples"), bounds)


def information_card(
    model: Any,
    real: Any,
    *,
    classifier: Callable[[Any], Any] | None = None,
    conditions: Any = None,
    samples: int = 1000,
    probe: DensityRatioEstimator | None = None,
    gilbo_samples: int = 20_000,
    gilbo_steps: int = 3000,
    components: int = 8,
    seed: int = 0,
) -> InformationCard:
    """Measures all information that a model shows, in nats, with 95 % intervals.

    The rows, each of generated samples and, where that has a meaning, of real ones:

        kl, reverse_kl, js      between real (p) and generated samples (q), by a new calibrated
                                classifier; of real samples, one half against the other: the floor
        information_nats        L_I of all codes and of each, a lower bound on I(c; x)
        gilbo                   a lower bound on I(z; G(z)): `metrics.gilbo`
        label_information       I(x; y) = H(mean p(y|x)) - mean H(p(y|x)) under the classifier
        asked_class_information a lower bound on I(y; x) of the class y that was asked for
        entropy                 of the leading principal components of the real samples
        total_correlation       of the codes that are inferred, 0 if they are independent; and
                                `total_correlation_permuted`, of the same codes, each permuted over
                                the samples, whose total correlation is 0: what the estimator finds
        mutual_information_A_B  of each two of these codes

    The differential entropy of pixels cannot be estimated from some thousand samples, and that of
    trained features is one of their training: the principal components are linear, the same for
    both sides, and few. It depends on their unit, so that only the difference to that of real
    samples has a meaning. Codes are categories and posterior means, a variable for each column.

    Intervals of means are 1.96 standard errors over samples; they leave out the error of networks
    that were trained for the measurement. Others are those of the estimators, see `Estimate`. What
    has no meaning for the model is left out, and `left_out` says why.

    Args:
        model: A compiled `GAN` of images, videos, sounds or points; its averaged weights if it has
            them.
        real: Real samples that training does not use, `(n, ...)`, or a dict of such.
        classifier: Function from samples to p(y|x) `(n, classes)`, such as a `LabelClassifier` that
            is fitted on training samples. If None, labels are not measured.
        conditions: Raw conditions of the real samples, for a conditional model.
        samples: Largest number of real and of generated samples.
        probe: A `DensityRatioEstimator`; by default one with `seed`.
        gilbo_samples: Number of samples that train GILBO's encoder.
        gilbo_steps: Largest number of its training steps; 0 leaves GILBO out.
        components: Largest number of principal components.
        seed: Seed of samples, halves and networks.

    Raises:
        ValueError: If the model has no latent, it generates texts, samples are too few or of
            another shape, conditions are missing, or a number is invalid.

    Example: an untrained generator of points, and no GILBO.

    >>> from tfgan_it import recipes
    >>> model = recipes.gan((2,), width=4)
    >>> points = np.random.default_rng(0).normal(size=(200, 2)).astype("float32")
    >>> probe = DensityRatioEstimator(steps=20)
    >>> card = information_card(model, points, probe=probe, gilbo_steps=0)
    >>> [row.name for row in card.rows], len(card.left_out)
    (['kl', 'reverse_kl', 'js', 'entropy'], 3)
    """
    name = "information_card"
    check_integer(name, "samples", samples, 20)
    check_integer(name, "gilbo_steps", gilbo_steps, 0)
    check_integer(name, "components", components, 1)
    seed = check_seed(name, seed)
    real, conditions = thinned(samples, real, conditions)
    check_card(model, real, conditions)

    def measured() -> InformationCard:
        drawn = MeasuredSamples.of(model, real, conditions, seed)
        rows, left_out = _Rows(model, drawn, seed), []
        rows.divergences(probe or DensityRatioEstimator(seed=seed))
        left_out += rows.codes_sent()
        left_out += rows.gilbo(gilbo_samples, gilbo_steps)
        left_out += rows.labels(classifier)
        components_ = PrincipalComponents.of(drawn.real, components)
        rows.add("entropy", *(entropy(components_(part, seed)) for part in rows.sides))
        left_out += rows.codes_inferred()
        protocol = {
            "n": drawn.n,
            "seed": seed,
            "networks": "last" if model.generator_average is None else "averaged",
            "components": components_.directions.shape[1],
            "gilbo_samples": gilbo_samples,
            "gilbo_steps": gilbo_steps,
            "step": model.trained_steps,
        }
        return InformationCard(model.name, tuple(rows.rows), tuple(left_out), protocol)

    # In a strategy's scope the variables of networks would be distributed over replicas.
    return outside_of_scopes(measured)


def check_card(model: Any, real: Any, conditions: Any = None) -> None:
    """Checks that a model has a card beside real samples; the errors are `information_card`'s."""
    check_measurable("information_card", model, real, conditions)
    if getattr(model, "vocabulary", None) is not None:
        raise ValueError(
            f"information_card: {model.name} generates texts, whose soft tokens any classifier "
            "tells from those of real ones; it measures images, videos, sounds and points."
        )


class _Rows:
    """The rows of a card; each method adds some, or returns why there are none."""

    def __init__(self, model: Any, drawn: MeasuredSamples, seed: int) -> None:
        self.model, self.drawn, self.seed = model, drawn, seed
        self.sides = (drawn.generated, drawn.real)
        self.bounds = bounds_nats(model)
        self.rows: list[CardRow] = []

    def add(
        self,
        name: str,
        generated: Estimate,
        real: Estimate | None = None,
        *,
        title: str | None = None,
    ) -> None:
        title = title or _TITLES[name]
        self.rows.append(CardRow(name, title, generated, real, self.bounds.get(name)))

    def divergences(self, probe: DensityRatioEstimator) -> None:
        probe, real = clone(probe), self.drawn.real
        found = []
        for one, other in ((real, self.drawn.generated), halves(real, self.seed)):
            values = probe.fit(as_array(one), as_array(other)).estimate()
            n = int(values["n_real"] + values["n_generated"])
            found.append({name: _of_probe(values, name, n) for name in _DIVERGENCES})
        for name in _DIVERGENCES:
            self.add(name, *(values[name] for values in found))

    def codes_sent(self) -> list[str]:
        if self.model.latent.codes is None:
            return ["The latent has no codes: there is no L_I, and no dependence between them."]
        terms = information_terms(self.model, self.drawn.latents, self.drawn.generated_outputs)
        if not terms:
            return [self._not_inferred()]
        estimates = {name: _mean(value, "Q(c|x) of the model") for name, value in terms.items()}
        total = _mean(sum(terms.values()), "Q(c|x) of the model")
        self.add("information_nats", total)
        for name, estimate in estimates.items():
            self.add(f"information_nats_{name}", estimate, title=f"L_I of {name}")
        return []

    def gilbo(self, samples: int, steps: int) -> list[str]:
        if not steps:
            return ["GILBO was not asked for."]
        if isinstance(self.model.sample_shape, dict):
            return ["GILBO takes samples of one array, not of several modalities."]
        found = gilbo(self.model, samples=samples, steps=steps, seed=self.seed)
        assert found.standard_error is not None and found.n is not None, "gilbo gives both"
        estimate = Candidate("GILBO", found.value, found.standard_error).finished((), found.n)
        self.add("gilbo", estimate)
        return []

    def labels(self, classifier: Callable[[Any], Any] | None) -> list[str]:
        if classifier is None:
            return ["Without a classifier of labels, I(x; label) is not measured."]
        probabilities = [np.asarray(classifier(part), "float64") for part in self.sides]
        self.bounds["label_information"] = math.log(probabilities[0].shape[1])
        self.add("label_information", *map(label_information, probabilities))
        asked = asked_classes(self.model, self.drawn.conditions)
        if asked is None:
            return []
        terms = [asked_class_terms(each, asked) for each in probabilities]
        self.add("asked_class_information", *(_mean(each, "classifier") for each in terms))
        return []

    def codes_inferred(self) -> list[str]:
        outputs = self.drawn.generated_outputs, self.drawn.real_outputs
        inferred = [InferredCodes.of(self.model, each) for each in outputs]
        first, second = inferred
        if first is None or second is None:
            return []  # `codes_sent` has said why.
        names = first.names
        if len(names) < 2:
            return [f"{names[0]} is one variable: there is nothing that it could depend on."]
        columns = first.columns, second.columns
        self.add("total_correlation", *(total_correlation(x, seed=self.seed) for x in columns))
        random = np.random.default_rng([self.seed % 2**64, 2])
        independent = [random.permuted(x, axis=0) for x in columns]
        of_independent = [total_correlation(x, seed=self.seed) for x in independent]
        self.add("total_correlation_permuted", *of_independent)
        for i, j in itertools.combinations(range(len(names)), 2):
            a, b = names[i], names[j]
            pairs = [mutual_information(x[:, i], x[:, j], seed=self.seed) for x in columns]
            self.add(f"mutual_information_{a}_{b}", *pairs, title=f"I({a}; {b})")
        return []

    def _not_inferred(self) -> str:
        if not self.model.recognizes_codes:
            return "The discriminator does not infer codes: there is no L_I and no dependence."
        return "A layer of the discriminator mixes samples: codes are not inferred from one alone."


def label_information(probabilities: np.ndarray) -> Estimate:
    """Computes I(x; y) = mean_i KL(p(y|x_i) || mean_j p(y|x_j)), with its interval.

    It is `metrics.LabelInformation`. The divergences are also what each sample adds to first order,
    so that their standard deviation gives the interval.

    Args:
        probabilities: p(y|x_i), float64 `(n, classes)`.

    Example:

    >>> print(label_information(np.array([[1.0, 0.0], [0.0, 1.0]] * 8)))
    0.693 nats [0.693, 0.693] by classifier, n = 16
    """
    marginal = probabilities.mean(axis=0)
    return _mean(special.rel_entr(probabilities, marginal).sum(axis=1), "classifier")


def _mean(terms: Any, estimator: str) -> Estimate:
    """Returns the mean of a quantity over samples, with the interval of a mean."""
    values = np.asarray(terms, "float64")
    with np.errstate(invalid="ignore"):  # A classifier may rule a class out: minus infinity.
        error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Candidate(estimator, float(values.mean()), error).finished((), len(values))


def _of_probe(values: dict[str, float], name: str, n: int) -> Estimate:
    error = values[f"{name}_error"]
    return Candidate("DensityRatioEstimator", values[name], error).finished((), n)


def _text(estimate: Estimate | None) -> str:
    if estimate is None:
        return "-"
    low, high = estimate.interval
    text = f"{estimate.nats:.3f} [{low:.3f}, {high:.3f}]"
    return re.sub(r"-(0\.000)\b", r"\1", text)


def _as_dict(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    finite = [x if math.isfinite(x) else None for x in (estimate.nats, *estimate.interval)]
    return {
        "nats": finite[0],
        "interval": finite[1:],
        "estimator": estimate.estimator,
        "n": estimate.n,
        "warnings": list(estimate.warnings),
    }
