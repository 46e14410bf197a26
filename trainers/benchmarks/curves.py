"""Pictures of a benchmark's curves."""

from __future__ import annotations

import pathlib
from typing import Any

from tfgan_it.errors import missing_package
from tfgan_it.files import replacing

try:
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator, ScalarFormatter
except ModuleNotFoundError:
    raise missing_package("--curves", "Matplotlib", "plots") from None


def draw(result: dict[str, Any], path: pathlib.Path) -> None:
    """Plots images per second over batch sizes and over image sizes, side by side, as a PNG.

    Args:
        result: Result of `benchmark.curves`.
        path: Path of the file.
    """
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, points, where, label in (
        (left, result["over_batch_size"], lambda point: point["batch_size"], "batch size"),
        (right, result["over_image_size"], lambda point: point["image_shape"][0], "image size"),
    ):
        places = [where(point) for point in points]
        for way, name, color in (
            ("fit", "fit", "#1e46be"),
            ("loop", "hand-written two-pass loop", "#f5a03c"),
        ):
            speeds = [point["images_per_second"][way] for point in points]
            axes.plot(places, speeds, "o-", label=name, color=color)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(places, places)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter(ScalarFormatter())
        axes.yaxis.set_minor_formatter(NullFormatter())
        axes.grid(alpha=0.3, which="both")
        axes.set_xlabel(label)
    left.set_ylabel("images per second")
    left.legend()
    with replacing(path) as partial:
        figure.savefig(partial, dpi=120)
