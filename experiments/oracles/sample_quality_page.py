"""Writes docs/sample_quality_references.md: each measure beside other libraries' values.

python -m experiments.oracles.sample_quality_page
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.special import softmax

from experiments.suites import tables
from tfgan_it import metrics

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.feature_sets import feature_sets, logit_sets  # noqa: E402

REFERENCE = ROOT / "tests" / "metrics" / "sample_quality" / "reference_values.json"
PAGE = ROOT / "docs" / "sample_quality_references.md"
Row = tuple[str, str, float, float]


def main() -> None:
    """Computes every measure again, and writes the page."""
    reference = json.loads(REFERENCE.read_text())
    rows = [*_rows_of_features(reference["features"]), *_rows_of_logits(reference["logits"])]
    header = ["features", "measure and library", "ours", "theirs", "relative difference"]
    cells = [
        [name, measure, f"{a:.9g}", f"{b:.9g}", f"{abs(a - b) / max(abs(b), 1e-12):.0e}"]
        for name, measure, a, b in rows
    ]
    versions = ", ".join(f"{name} {version}" for name, version in reference["versions"].items())
    PAGE.write_text(
        "# Sample quality beside other libraries\n\n"
        "Each measure of `tfgan_it.metrics` on features of ten kinds\n"
        "(`tests/support/feature_sets.py`), and the value of another library on the\n"
        "same features, made by `experiments/oracles/sample_quality.py` in an environment of its\n"
        "own. The tests allow a relative difference of 1e-6. A full Fréchet distance of fewer\n"
        "samples than features is refused, so it is absent. This command writes the page:\n\n"
        "    python -m experiments.oracles.sample_quality_page\n\n"
        f"Versions of the others: {versions}.\n\n" + tables.markdown(header, cells) + "\n"
    )


def _rows_of_features(reference: dict[str, Any]) -> Iterator[Row]:
    for name, (real, generated) in feature_sets().items():
        theirs = reference[name]
        if len(real) > real.shape[1]:
            ours = metrics.frechet_distance(real, generated, blocks=0).value
            yield name, "Fréchet distance, torch-fidelity", ours, theirs["torch_fidelity_frechet"]
            yield name, "Fréchet distance, SciPy's sqrtm", ours, theirs["scipy_frechet"]
        random = np.random.RandomState(2020)
        subsets = [
            [random.choice(len(part), 40, replace=False) for part in (real, generated)]
            for _ in range(10)
        ]
        ours = float(
            np.mean([metrics.kernel_distance(real[a], generated[b]).value for a, b in subsets])
        )
        kernel = theirs["torch_fidelity_kernel"]["kernel_inception_distance_mean"]
        yield name, "kernel distance of 10 subsets, torch-fidelity", ours, kernel
        scores = metrics.precision_recall(real, generated, neighbors=5)
        scores |= metrics.density_coverage(real, generated, neighbors=5)
        for measure, value in theirs["prdc_5"].items():
            yield name, f"{measure}, k = 5, prdc", scores[measure].value, value
        yield name, "Vendi score", metrics.vendi_score(generated, blocks=0).value, theirs["vendi"]


def _rows_of_logits(reference: dict[str, Any]) -> Iterator[Row]:
    for name, logits in logit_sets().items():
        ours = metrics.inception_score(softmax(logits, axis=1), splits=10).value
        yield (
            f"logits: {name}",
            "Inception score, torch-fidelity",
            ours,
            reference[name]["inception_score_mean"],
        )


if __name__ == "__main__":
    main()
