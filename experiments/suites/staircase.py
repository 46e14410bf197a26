"""The staircase: what every loss says of Gaussian pairs whose information rises.

The protocol is that of Poole et al., 2019, "On Variational Bounds of Mutual Information" and Song
and Ermon, 2020, "Understanding the Limitations of Variational Mutual Information Estimators": pairs
of 20 dimensions, I = 2, 4, 6, 8, 10 nats, plain and with y cubed; batches of 64 fresh pairs, a
critic of two hidden layers of 256, Adam at 5e-4, 4,000 steps for each level, one critic throughout.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from experiments.suites.jobs import Job, Record
from tfgan_it.datasets import correlated_gaussian
from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.estimators.critic_training import CriticTraining, perceptron_baseline
from tfgan_it.layers import gaussian_critic, pair_critics
from tfgan_it.losses import information_bound

DIMENSION, BATCH_SIZE, LEARNING_RATE = 20, 64, 5e-4
LEVELS, STEPS = (2.0, 4.0, 6.0, 8.0, 10.0), 4000
DATASETS = ("gaussian", "cubed")
LAST = 8  # Numbers are of the last eighth of the steps of a level: 500 of 4,000.
POINTS = 40  # Of the curve that is kept, for each level.
_CHUNK = 500

# Each loss with the density or critic that gives its scores, and its reference. "exact" is the true
# density: so the upper bounds are bounds, and Barber and Agakov's is a lower one.
ESTIMATORS: dict[str, tuple[str, str | None]] = {
    "info_nce": ("separable", None),
    "nwj": ("separable", None),
    "tuba": ("separable", "baseline"),
    "interpolated": ("separable", "baseline"),
    "donsker_varadhan": ("separable", None),
    "mine": ("separable", None),
    "smile": ("separable", None),
    "jensen_shannon_nwj": ("separable", None),
    "barber_agakov": ("gaussian", "exact"),
    "difference_of_entropies": ("gaussian", "gaussian"),
    "club": ("gaussian", None),
    "variational_upper_bound": ("exact", "gaussian"),
    "leave_one_out": ("exact", None),
}
# A critic of pairs costs 64 times as much: for a few losses, NWJ on the plain pairs alone.
CONCATENATED = {"gaussian": ("info_nce", "nwj", "smile"), "cubed": ("info_nce", "smile")}


class ExactConditional:
    """Scores ln p(y_j|x_i) of correlated Gaussians; `information` is set before each level."""

    conditional = True
    trainable_variables: tuple = ()

    def __init__(self, cubed: bool) -> None:
        self.cubed = cubed
        self.information = keras.Variable(1.0, trainable=False, name="information")

    def __call__(self, x: Any, y: Any) -> Any:
        """ln p(y_j|x_i), `(rows, columns)`."""
        return correlated_gaussian.log_conditional(x, y, self.information, self.cubed)


class ExactMarginal:
    """ln p(y), which is the same at every level."""

    trainable_variables: tuple = ()

    def __init__(self, cubed: bool) -> None:
        self.cubed = cubed

    def __call__(self, y: Any) -> Any:
        """ln p(y), `(rows,)`."""
        return correlated_gaussian.log_marginal(y, self.cubed)


def training(job: Job) -> CriticTraining:
    """The critic of a job, before its first step."""
    cubed = job["dataset"] == "cubed"
    critics: dict[str, Any] = {
        "exact": lambda: ExactConditional(cubed),
        **{
            name: functools.partial(pair_critics.get, name)
            for name in ("separable", "concatenated", "gaussian")
        },
    }
    references: dict[str | None, Any] = {
        None: None,
        "exact": lambda: ExactMarginal(cubed),
        "gaussian": gaussian_critic.GaussianMarginal,
        "baseline": perceptron_baseline,
    }
    return CriticTraining(
        information_bound.get(job["loss"]),
        critics[job["critic"]],
        references[job["reference"]],
        job["learning_rate"],
        job["seed"],
    )


def evaluate_staircase(job: Job) -> Record:
    """Trains one critic up the staircase; the estimates on the way and at the end of each level."""
    keras.backend.clear_session()
    critic_training = training(job)
    levels = []
    for number, information in enumerate(job["levels"]):
        pairs = CorrelatedGaussian(job["dimension"], information, job["dataset"] == "cubed")
        values: list[float] = []
        while len(values) < job["steps"]:
            count = min(_CHUNK, job["steps"] - len(values))
            rows = count * job["batch_size"]
            x, y = pairs.sample(rows, seed=(job["seed"], number, len(values)))
            shape = (count, job["batch_size"], job["dimension"])
            if job["critic"] == "exact":
                critic_training.build(x[:2], y[:2])
                critic_training.critic.information.assign(information)
            values += critic_training.run(x.reshape(shape), y.reshape(shape)).tolist()
        levels.append({"information": information, **measures(values, information)})
    # An upper bound of a density that is learned is none.
    bound = critic_training.loss.bound
    learned = bound == "upper" and job["critic"] != "exact"
    return {"bound": None if learned else bound, "levels": levels}


def measures(values: Sequence[float], information: float) -> dict[str, Any]:
    """Of the estimates of one level: statistics of the last ones, and all of them thinned.

    Args:
        values: One for each step, nats.
        information: The truth.

    Returns:
        `batches`, how many the last steps are; their `mean`, `bias` (mean - truth), `variance` and
        `mse`; `highest` of all steps; `curve`, means of successive steps. None stands for what is
        not finite.
    """
    every = np.asarray(values, "float64")
    last = every[-max(1, len(every) // LAST) :]
    with np.errstate(all="ignore"):
        found = {
            "batches": len(last),
            "mean": last.mean(),
            "bias": last.mean() - information,
            "variance": last.var(),
            "mse": np.square(last - information).mean(),
            "highest": every.max(),
        }
        curve = [part.mean() for part in np.array_split(every, min(POINTS, len(every)))]
    return {
        **{name: _finite(value, 6) for name, value in found.items()},
        "curve": [_finite(value, 4) for value in curve],
    }


def jobs(seed: int, steps: int) -> list[Job]:
    """Every loss on both kinds of pairs; those of the slow critic come first."""
    slow = [
        (loss, dataset, "concatenated", ESTIMATORS[loss][1])
        for dataset, losses in CONCATENATED.items()
        for loss in losses
    ]
    rest = [(loss, d, *parts) for loss, parts in ESTIMATORS.items() for d in DATASETS]
    return [
        {
            "estimator": f"{loss} ({critic})",
            "dataset": dataset,
            "seed": seed,
            "loss": loss,
            "critic": critic,
            "reference": reference,
            "dimension": DIMENSION,
            "levels": list(LEVELS),
            "steps": steps,
            "batch_size": BATCH_SIZE,
            "learning_rate": LEARNING_RATE,
        }
        for loss, dataset, critic, reference in slow + rest
    ]


def requirements(records: Sequence[Record]) -> dict[str, Any]:
    """What is known to hold of the bounds, and whether it does in these records.

    Returns:
        `info_nce_stays_below_ln_batch`: no estimate of InfoNCE is above ln 64.
        `info_nce_reaches_ln_batch`: of plain pairs at the top level its mean is within .25 of it.
        `upper_bounds_stay_above`: those of exact densities have no mean below the truth by more
        than three standard errors; the variational one is the truth itself where r(y) is p(y).
        `at_8_nats`: of the plain pairs, by |bias|, those of lower variance, which is one, over the
        last steps, below 1 nat^2 and below that of NWJ with any critic; whether the best is within
        half a nat; and the best of those whose critic knows nothing of the pairs' distribution.
    """
    nce = [r for r in records if r["job"]["loss"] == "info_nce"]
    tops = [r["levels"][-1] for r in nce if r["job"]["dataset"] == "gaussian"]
    limit = math.log(BATCH_SIZE)
    upper = [r for r in records if r["bound"] == "upper"]
    at_8 = {
        r["job"]["estimator"]: (level, r["job"])
        for r in records
        if r["job"]["dataset"] == "gaussian"
        for level in r["levels"]
        if level["information"] == 8.0 and level["variance"] is not None
    }
    nwj = [level["variance"] for level, job in at_8.values() if job["loss"] == "nwj"]
    steady = {
        name: abs(level["bias"])
        for name, (level, _) in at_8.items()
        if level["variance"] < min([1.0, *nwj])
    }
    steady = dict(sorted(steady.items(), key=lambda item: item[1]))
    free = [n for n in steady if at_8[n][1]["critic"] in ("separable", "concatenated")]
    return {
        "info_nce_stays_below_ln_batch": all(
            level["highest"] <= limit + 1e-4 for r in nce for level in r["levels"]
        ),
        "info_nce_reaches_ln_batch": all(top["mean"] >= limit - 0.25 for top in tops),
        "upper_bounds_stay_above": all(_above(level) for r in upper for level in r["levels"]),
        "at_8_nats": {
            "lower_variance_by_bias": {name: round(bias, 4) for name, bias in steady.items()},
            "best_within_half_a_nat": bool(steady) and min(steady.values()) <= 0.5,
            "best_free_critic": free[0] if free else None,
            "best_free_critic_within_half_a_nat": bool(free) and steady[free[0]] <= 0.5,
        },
    }


def _above(level: dict[str, Any]) -> bool:
    """Whether the mean of independent batches is not certainly below the truth."""
    if level["bias"] is None:
        return True
    return level["bias"] >= -3 * math.sqrt(level["variance"] / level["batches"])


def _finite(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None
