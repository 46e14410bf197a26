"""Tasks of known information made of others: side by side, turned, and among columns of noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tfgan_it.datasets.information_tasks import InformationTask

Map = Callable[[np.ndarray], np.ndarray]


def side_by_side(name: str, parts: Sequence[InformationTask]) -> InformationTask:
    """Columns of independent tasks beside each other: their information is the sum.

    Args:
        name: Name of the task.
        parts: Tasks, which are drawn independently.

    Example:

    >>> from tfgan_it.datasets.noise_channels import waiting_times
    >>> task = side_by_side("two", [waiting_times()] * 2)
    >>> round(task.mutual_information, 4), task.x_shape
    (1.1544, (2,))
    """

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = [part.draw(random, n) for part in parts]
        return np.hstack([x for x, _ in drawn]), np.hstack([y for _, y in drawn])

    return InformationTask(name, sum(part.mutual_information for part in parts), draw)


def among_noise(name: str, task: InformationTask, x: int, y: int) -> InformationTask:
    """A task beside independent standard normal columns, which carry nothing.

    Args:
        name: Name of the task.
        task: The task.
        x: Number of further columns of x.
        y: Number of further columns of y.
    """

    def draw(random: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        first, second = task.draw(random, n)
        noise = random.standard_normal((n, x + y))
        # A label without further columns stays an integer.
        return (
            np.hstack([first, noise[:, :x]]) if x else first,
            np.hstack([second, noise[:, x:]]) if y else second,
        )

    return InformationTask(name, task.mutual_information, draw)


def by_column(*maps: Map) -> Map:
    """Returns the map that applies one map to each column.

    Example:

    >>> by_column(np.exp, np.negative)(np.array([[0.0, 2.0]])).tolist()
    [[1.0, -2.0]]
    """

    def mapped(x: np.ndarray) -> np.ndarray:
        columns = zip(maps, np.split(x, len(maps), axis=1), strict=True)
        return np.hstack([one(column) for one, column in columns])

    return mapped


def turned(dimension: int, seed: int) -> Map:
    """Returns a random rotation or reflection of points, which mixes all columns.

    Args:
        dimension: Number of columns.
        seed: Seed of the matrix.
    """
    matrix = np.linalg.qr(np.random.default_rng(seed).standard_normal((dimension, dimension)))[0]
    return lambda x: x @ matrix


def network(dimension: int, seed: int) -> Map:
    """Returns a one-to-one network of three turns and two leaky rectifications, of slope .3.

    Args:
        dimension: Number of columns.
        seed: Seed of the turns.
    """
    turns = [turned(dimension, seed + i) for i in range(3)]

    def mapped(x: np.ndarray) -> np.ndarray:
        for turn in turns[:-1]:
            x = turn(x)
            x = np.where(x > 0, x, 0.3 * x)
        return turns[-1](x)

    return mapped
