"""Markdown tables of means and standard deviations."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from experiments.suites.jobs import Record


def mean_and_deviation(values: Sequence[float], digits: int = 2) -> str:
    """Formats `mean ± standard deviation` over seeds; a single value has no ±.

    Example:

    >>> mean_and_deviation([1.0, 3.0]), mean_and_deviation([2.0])
    ('2.00 ± 1.41', '2.00')
    """
    mean = f"{statistics.fmean(values):.{digits}f}"
    return f"{mean} ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else mean


def by_system(records: Sequence[Record]) -> dict[str, list[Record]]:
    """Groups records by the system of their job, in the order in which systems first appear.

    Example:

    >>> list(by_system([{"job": {"system": name}} for name in "aba"]))
    ['a', 'b']
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record["job"]["system"], []).append(record)
    return groups


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Formats a Markdown table.

    Example:

    >>> print(markdown(["a", "b"], [["1", "2"]]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
