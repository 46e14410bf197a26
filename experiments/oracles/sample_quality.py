"""Writes reference values of measures of sample quality, made with other libraries.

In an environment of its own, because PyTorch is no dependency of this package:

    python -m venv oracle
    oracle/bin/pip install torch torch-fidelity==0.4.0 prdc==0.2 vendi-score==0.0.3 scipy
    oracle/bin/python experiments/oracles/sample_quality.py

Writes `tests/metrics/sample_quality/reference_values.json`. The features are made by
`tests/support/feature_sets.py`, with which the tests make them again.
"""

from __future__ import annotations

import contextlib
import io
import json
import pathlib
import platform
import sys
from importlib import metadata
from typing import Any

import numpy as np
import scipy.linalg
import torch
from prdc import compute_prdc
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from vendi_score import vendi

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.feature_sets import feature_sets, logit_sets  # noqa: E402

KID = {"kid_subsets": 10, "kid_subset_size": 40, "rng_seed": 2020}


def main() -> None:
    """Computes and writes the values."""
    values: dict[str, Any] = {
        "features": {name: _measures(*pair) for name, pair in feature_sets().items()},
        "logits": {
            name: isc_features_to_metric(torch.from_numpy(logits), splits=10, shuffle=False)
            for name, logits in logit_sets().items()
        },
        "versions": {
            name: metadata.version(name)
            for name in ("torch", "torch-fidelity", "prdc", "vendi-score", "scipy", "numpy")
        }
        | {"python": platform.python_version()},
    }
    path = ROOT / "tests" / "metrics" / "sample_quality" / "reference_values.json"
    path.write_text(json.dumps(values, indent=2) + "\n")


def _measures(real: np.ndarray, generated: np.ndarray) -> dict[str, Any]:
    x, y = torch.from_numpy(real), torch.from_numpy(generated)
    measures: dict[str, Any] = {
        "scipy_frechet": _frechet_by_sqrtm(real, generated),
        "torch_fidelity_frechet": fid_statistics_to_metric(
            fid_features_to_statistics(x), fid_features_to_statistics(y), verbose=False
        )["frechet_inception_distance"],
        "torch_fidelity_kernel": kid_features_to_metric(x, y, verbose=False, **KID),
        "torch_fidelity_precision_recall": prc_features_to_metric(
            y, x, verbose=False, prc_neighborhood=3, prc_batch_size=10_000
        ),
        "vendi": float(vendi.score_X(generated)),
    }
    with contextlib.redirect_stdout(io.StringIO()):
        for neighbors in (3, 5):
            prdc = compute_prdc(real, generated, nearest_k=neighbors)
            measures[f"prdc_{neighbors}"] = {key: float(value) for key, value in prdc.items()}
    return measures


def _frechet_by_sqrtm(real: np.ndarray, generated: np.ndarray) -> float:
    covariances = [np.cov(part, rowvar=False) for part in (real, generated)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    difference = real.mean(axis=0) - generated.mean(axis=0)
    traces = sum(np.trace(covariance) for covariance in covariances)
    return float(difference @ difference + traces - 2 * np.trace(root).real)


if __name__ == "__main__":
    main()
