"""Writes what other libraries estimate on the tasks of the suite `known_information`.

In an environment of its own, because these are no dependencies of this package:

    python -m venv oracle
    oracle/bin/pip install . ennemi infomeasure npeet-plus
    oracle/bin/python -m experiments.oracles.known_information

Writes `known_information.json` beside it, which the suite reads. A library is given what it takes:
ennemi and scikit-learn one column of each, the others numbers of any, or a label.
"""

from __future__ import annotations

import json
import math
import pathlib
import platform
import time
import warnings
from collections.abc import Callable
from importlib import metadata

import ennemi
import infomeasure
import npeet_plus
import numpy as np
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from tfgan_it.datasets.information_collection import development_tasks, test_tasks

N, SEEDS = 3000, (0, 1, 2)


def main() -> None:
    """Estimates by every library, and writes the records."""
    records = []
    for library, estimate in LIBRARIES.items():
        for side, of_side in (("development", development_tasks), ("test", test_tasks)):
            for seed in SEEDS:
                job = {"estimator": library, "side": side, "n": N, "seed": seed}
                found = {task.name: _estimated(task, estimate, seed) for task in of_side()}
                records.append({"job": job, "estimates": found})
                print(library, side, seed, flush=True)
    names = ("ennemi", "infomeasure", "npeet-plus", "scikit-learn", "numpy", "scipy")
    versions = {name: metadata.version(name) for name in names}
    versions["python"] = platform.python_version()
    text = json.dumps({"versions": versions, "records": records}, indent=1)
    pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")


def _estimated(task, estimate: Callable[..., float | None], seed: int) -> dict | None:
    x, y = task.sample(N, seed=seed)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            nats = estimate(x, y)
        except (ValueError, IndexError, TypeError) as error:
            print(task.name, type(error).__name__, str(error)[:80])
            nats = None
    if nats is None or not math.isfinite(nats):
        return None
    return {"nats": round(float(nats), 5), "seconds": round(time.perf_counter() - began, 2)}


def _labels(x: np.ndarray) -> bool:
    return x.dtype.kind in "biu"


def _ennemi(x: np.ndarray, y: np.ndarray) -> float | None:
    if x.shape[1] > 1 or y.shape[1] > 1:
        return None
    discrete = {"discrete_x": _labels(x), "discrete_y": _labels(y)}
    return float(np.ravel(ennemi.estimate_mi(y[:, 0], x[:, 0], **discrete))[0])


def _infomeasure(x: np.ndarray, y: np.ndarray) -> float | None:
    if _labels(x) != _labels(y):
        return None
    if _labels(x):
        return infomeasure.mutual_information(x[:, 0], y[:, 0], approach="miller_madow")
    return infomeasure.mutual_information(x, y, approach="ksg")


def _npeet(x: np.ndarray, y: np.ndarray) -> float | None:
    if _labels(x) and _labels(y):
        return npeet_plus.midd(x, y, base=math.e)
    if _labels(x) or _labels(y):
        label, numbers = (x, y) if _labels(x) else (y, x)
        return npeet_plus.micd(numbers, label, base=math.e)
    return npeet_plus.mi(x, y, base=math.e)


def _scikit_learn(x: np.ndarray, y: np.ndarray) -> float | None:
    if x.shape[1] > 1 or y.shape[1] > 1:
        return None
    function = mutual_info_classif if _labels(y) else mutual_info_regression
    return float(function(x, y[:, 0], discrete_features=_labels(x), random_state=0)[0])


LIBRARIES = {
    "ennemi": _ennemi,
    "infomeasure": _infomeasure,
    "npeet-plus": _npeet,
    "scikit-learn": _scikit_learn,
}

if __name__ == "__main__":
    main()
