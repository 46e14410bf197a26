"""The staircase: the estimates of every loss on Gaussian pairs of increasing information.

The protocol is that of Poole et al., 2019, "On Variational Bounds of Mutual Information" and Song
and Ermon, 2020, "Understanding the Limitations of Variational Mutual Information Estimators": pairs
of 20 dimensions, I = 2, 4, 6, 8, 10 nats, plain and with y cubed; batches of 64 new pairs, a
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
LAST = 8  # Statistics use the last eighth of the steps of a level: 500 of 4,000.
POINTS = 40  # Number of recorded points of the curve of a level.
_CHUNK = 500

# Each loss with the density or critic of its scores, and its reference. "exact" is the true
# density, with which the upper bounds and Barber and Agakov's lower bound hold.
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
# The concatenated critic costs 64 times as much, so only a few losses use it.
CONCATENATED = {"gaussian": ("info_nce", "nwj", "smile"), "cubed": ("info_nce", "smile")}


class ExactConditional:
    """Scores ln p(y_j|x_i) of correlated Gaussians; `information` is set before each level."""

    conditional = True
    trainable_variables: tuple = ()

    def __init__(self, cubed: bool) -> None:
        self.cubed = cubed
        self.information = keras.Variable(1.0, trainable=False, name="information")

    def __call__(self, x: Any, y: Any) -> Any:
        """Computes ln p(y_j|x_i), `(rows, columns)`."""
        return correlated_gaussian.log_conditional(x, y, self.information, self.cubed)


class ExactMarginal:
    """ln p(y), which is the same at every level."""

    trainable_variables: tuple = ()

    def __init__(self, cubed: bool) -> None:
        self.cubed = cubed

    def __call__(self, y: Any) -> Any:
        """Computes ln p(y), `(rows,)`."""
        return correlated_gaussian.log_marginal(y, self.cubed)


def training(job: Job) -> CriticTraining:
    """Builds the training of the critic of a job."""
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
    """Trains one critic over all levels; returns the estimates of each level."""
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
    # With a learned density, an upper bound is not guaranteed.
    bound = critic_training.loss.bound
    learned = bound == "upper" and job["critic"] != "exact"
    return {"bound": None if learned else bound, "levels": levels}


def measures(values: Sequence[float], information: float) -> dict[str, Any]:
    """Computes statistics of the estimates of one level.

    Args:
        values: Estimate of each step, nats.
        information: True information, nats.

    Returns:
        `batches`, the number of last steps; their `mean`, `bias` (mean - truth), `variance` and
        `mse`; `highest` of all steps; `curve`, means of successive steps. Values that are not
        finite are None.
    """
    every = np.asarray(values, "float64")
    last = every[-max(1, len(every) // LAST) :]
    with np.errstate(all="ignore"):
        statistics = {
            "batches": len(last),
            "mean": last.mean(),
            "bias": last.mean() - information,
            "variance": last.var(),
            "mse": np.square(last - information).mean(),
            "highest": every.max(),
        }
        curve = [part.mean() for part in np.array_split(every, min(POINTS, len(every)))]
    return {
        **{name: _finite(value, 6) for name, value in statistics.items()},
        "curve": [_finite(value, 4) for value in curve],
    }


def jobs(seed: int, steps: int) -> list[Job]:
    """Returns jobs of every loss on both kinds of pairs; those of the slow critic come first."""
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
    """Checks known properties of the bounds in these records.

    Returns:
        `info_nce_stays_below_ln_batch`: no estimate of InfoNCE is above ln 64.
        `info_nce_reaches_ln_batch`: on plain pairs at the top level its mean is within .25 of it.
        `upper_bounds_stay_above`: with exact densities, no mean is below the truth by more than
        three standard errors; the variational bound equals the truth if r(y) is p(y).
        `at_8_nats`: on plain pairs, the estimators of low variance by |bias|. Their variance over
        the last steps is below 1 nat^2 and below that of NWJ with any critic. Also whether the best
        is within half a nat, and the best whose critic assumes no distribution of the pairs.
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
    """Returns whether the mean is not below the truth by more than three standard errors."""
    if level["bias"] is None:
        return True
    return level["bias"] >= -3 * math.sqrt(level["variance"] / level["batches"])


def _finite(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None
