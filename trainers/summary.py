"""Results of a finished run, as a record and as text."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from tfgan_it import visualization
from tfgan_it.metrics.measured_codes import bounds_nats

from .conditions import Data
from .plane import plane_points, plane_quantity


def summarise(
    model: keras.Model,
    data: Data,
    options: dict[str, Any],
    measurements: list[dict[str, Any]],
) -> dict[str, Any]:
    """Returns the last and the best results of a finished run, with their protocol.

    The best step is selected by L_I, without labels; a model without codes has only the last step.
    """
    last = measurements[-1]
    summary = {
        "recipe": options["recipe"],
        "dataset": options["dataset"],
        "seed": options["seed"],
        "steps": model.trained_steps,
        "protocol": {
            "split": "test",
            "n": min(map(len, keras.tree.flatten(data.test_images))),
            "networks": "averaged" if model.generator_average else "last",
            "batch_size": options["batch_size"],
            "hyperparameters": options["set"],
            "condition": options["condition"],
            "precision": options["precision"],
        },
        "bounds_nats": bounds_nats(model),
        "js_nats": last["test"]["js_nats"],
        "last": last,
    }
    if "reconstruction_loss" in last["test"]:
        summary["reconstruction_loss"] = last["test"]["reconstruction_loss"]
    if "information_nats" in last["test"]:
        codes = model.latent.codes
        names = {"total": "information_nats"}
        names |= {name: f"information_nats_{name}" for name in codes.parts}
        summary["information_nats"] = {key: last["test"][name] for key, name in names.items()}
        summary["entropy_nats"] = {name: float(h) for name, h in codes.entropies().items()}
        best = max(measurements, key=lambda record: record["test"]["information_nats"])
        summary["best"] = {"chosen_by": "information_nats", **best}
    for name in ("cluster_accuracy", "purity", "nmi", "ari"):
        summary[name] = last["test"].get(name)
    return summary


def information_plane(
    measurements: Sequence[Mapping[str, Any]], bounds: Mapping[str, float]
) -> np.ndarray | None:
    """Draws information against JS divergence, or returns None if no information is measured.

    Args:
        measurements: Records that measure the test split.
        bounds: As of `bounds_nats`.
    """
    name = plane_quantity(measurements, bounds)
    points = plane_points(measurements, name) if name else []
    if name is None or not points:
        return None
    _, divergence, information = zip(*points, strict=True)
    return visualization.information_plane(divergence, information, bounds.get(name))


def report(summary: dict[str, Any], run: pathlib.Path, export_dir: pathlib.Path) -> str:
    """Returns the text that a run prints at its end."""
    lines = [
        f"on the {summary['protocol']['n']} test images, {summary['protocol']['networks']} weights:"
    ]
    for name, nats in summary.get("information_nats", {}).items():
        lines.append(f"  information of {name:<10} at least {nats:.4f} nats")
    if "reconstruction_loss" in summary:
        lines.append(
            f"  distance of translations and partners {summary['reconstruction_loss']:.4f}"
        )
    lines.append(f"  Jensen-Shannon divergence at least {summary['js_nats']:.4f} nats")
    if summary["cluster_accuracy"] is not None:
        lines.append(
            f"  cluster accuracy {summary['cluster_accuracy']:.3f}, NMI {summary['nmi']:.3f}, "
            f"ARI {summary['ari']:.3f}"
        )
    lines += [f"pictures  {run / 'samples'}", f"numbers   {run / 'summary.json'}"]
    lines += [f"report    {run / 'report.html'}"]
    return "\n".join([*lines, f"to serve  {export_dir}"])
