"""The claims of docs/information.md, each measured and drawn with a known truth.

Most use quadrature or exact critics instead of training; three train small networks. Each states
the expected result in advance, and whether it holds.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from experiments.suites import (
    information_bounds,
    information_densities,
    information_divergences,
    information_games,
    information_neighbors,
    information_samples,
    tables,
)
from experiments.suites.information_figures import Claim
from experiments.suites.jobs import Job, Record, Workers, completed
from experiments.suites.results import finished
from tfgan_it.files import replacing

# The slowest claims come first.
CLAIMS: dict[str, Claim] = {
    "entropy_maximisation": Claim(
        "a term for the generator's entropy keeps modes where a game loses them",
        information_games.measure_entropy_maximisation,
        information_games.draw_entropy_maximisation,
        (11, 3.4),
    ),
    "bottleneck": Claim(
        "the dual variable of a bottleneck holds its information at I_c",
        information_games.measure_bottleneck,
        information_games.draw_bottleneck,
        (9, 3.6),
    ),
    "probe": Claim(
        "a fresh, calibrated probe tells KL, reverse KL and JS; critics of other games do not",
        information_divergences.measure_probe,
        information_divergences.draw_probe,
        (11, 3.6),
    ),
    "jensen_shannon": Claim(
        "JS is I(x; y), and every discriminator bounds it from below",
        information_divergences.measure_jensen_shannon,
        information_divergences.draw_jensen_shannon,
    ),
    "kl_directions": Claim(
        "KL forward covers both modes, reverse takes one",
        information_divergences.measure_kl_directions,
        information_divergences.draw_kl_directions,
    ),
    "code_information": Claim(
        "L_I of a U(-1, 1) code says nothing at sigma = 1, and is bounded by its floor alone",
        information_densities.measure_code_information,
        information_densities.draw_code_information,
    ),
    "info_nce": Claim(
        "InfoNCE never passes ln B",
        information_bounds.measure_info_nce,
        information_bounds.draw_info_nce,
    ),
    "variance": Claim(
        "the variance of NWJ grows as e^2I, and batches do not show it",
        information_bounds.measure_variance,
        information_bounds.draw_variance,
        (9, 3.8),
    ),
    "sandwich": Claim(
        "upper and lower bounds hold the truth between them; Barber and Agakov's gap is a KL",
        information_densities.measure_sandwich,
        information_densities.draw_sandwich,
        (9, 3.8),
    ),
    "neighbors": Claim(
        "neighbours measure few dimensions well and many badly",
        information_neighbors.measure_neighbors,
        information_neighbors.draw_neighbors,
        (11, 3.6),
    ),
    "heavy_tails": Claim(
        "normal scores and asinh help KSG where tails are heavy",
        information_neighbors.measure_heavy_tails,
        information_neighbors.draw_heavy_tails,
        (9, 3.8),
    ),
    "plug_in": Claim(
        "a histogram's KL from its own truth is (K - 1) / 2n",
        information_samples.measure_plug_in,
        information_samples.draw_plug_in,
    ),
    "inception_score": Claim(
        "ln(Inception Score) is I(x; y_hat): it sees lost classes, and not what is within one",
        information_samples.measure_inception_score,
        information_samples.draw_inception_score,
        (9, 3.8),
    ),
}


def measure(job: Job) -> Record:
    """Returns the result of one claim."""
    return CLAIMS[job["claim"]].measure(job["quick"], job["seed"])


def run(
    out: pathlib.Path,
    names: Sequence[str] | None,
    seeds: Sequence[int],
    quick: bool,
    workers: Workers,
) -> str:
    """Runs the suite; writes `results.json`, `table.md` and a picture of each claim to `out`.

    Args:
        out: Folder of the results; an interrupted suite continues there.
        names: Must be None: the suite has no recipes, and measures all claims.
        seeds: Seeds, of which the first is used; averages use its successors too.
        quick: Whether to run a test with fewer samples and steps.
        workers: Number of parallel claims.

    Returns:
        The table.

    Raises:
        ValueError: If names of recipes are given.
    """
    if names:
        raise ValueError(
            f"The suite information measures claims and has no recipes, got "
            f"--recipes={','.join(names)}: leave it out."
        )
    todo = [{"claim": name, "seed": seeds[0], "quick": quick} for name in CLAIMS]
    records = completed(todo, measure, out / "runs.jsonl", workers)
    results = {record["job"]["claim"]: record for record in records}
    for name, record in results.items():
        draw(name, record, out / f"{name}.png")
    summary = {
        "suite": "information",
        "protocol": {"units": "nats", "seed": seeds[0], "quick": quick},
        "seconds_of_all_runs": round(sum(record["seconds"] for record in records), 1),
        "claims": {
            name: {"says": CLAIMS[name].says, **_without(record, ("samples", "job"))}
            for name, record in results.items()
        },
    }
    return finished(out, summary, markdown_table(summary))


def draw(name: str, found: Record, path: pathlib.Path) -> None:
    """Draws the picture of one claim, as PNG."""
    figure = Figure(figsize=CLAIMS[name].size, layout="constrained")
    CLAIMS[name].draw(found, figure)
    with replacing(path) as partial:
        figure.savefig(partial, dpi=120)


def markdown_table(summary: dict[str, Any]) -> str:
    """Formats tables of the claims, of whether their parts hold, and of all numbers."""
    verdicts, numbers = [], []
    for name, result in summary["claims"].items():
        for part, holds in result["holds"].items():
            verdicts.append([name, part, "yes" if holds else "**no**"])
        for label, value in result["numbers"].items():
            numbers.append([name, label.replace("|", "\\|"), _text(value)])
    claims = [[name, result["says"]] for name, result in summary["claims"].items()]
    return "\n\n".join(
        [
            tables.markdown(["claim", "in words"], claims),
            tables.markdown(["claim", "what was to come out", "came out"], verdicts),
            tables.markdown(["claim", "number", "nats, or as named"], numbers),
        ]
    )


def _text(value: float | None) -> str:
    if value is None:
        return "not finite"
    return f"{value:d}" if isinstance(value, int) else f"{value:.4g}"


def _without(record: Record, names: Sequence[str]) -> Record:
    return {name: value for name, value in record.items() if name not in names}
