"""Two-dimensional mixtures of Gaussians with known modes: a ring and a grid."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.checks import check_above, check_choice, check_seed
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.memory import check_samples


@dataclasses.dataclass(frozen=True, eq=False)
class GaussianMixture(CheckedKeywords):
    """A mixture of equally likely Gaussians N(centre, std^2 I).

    Args:
        name: Name of the mixture in records.
        centres: Means of the modes, `(modes, dimension)`.
        std: Standard deviation of each mode, along each axis.

    Raises:
        ValueError: If the centres are not a matrix or the standard deviation is not above 0.

    Example:

    >>> ring().sample(3, seed=0).shape
    (3, 2)
    """

    name: str
    centres: np.ndarray
    std: float

    def __post_init__(self) -> None:
        shape = np.shape(self.centres)
        if len(shape) != 2 or not shape[0]:
            raise ValueError(f"GaussianMixture: centres must be (modes, dimension), got {shape}.")
        check_above(self, "std", self.std, 0)

    def sample(self, n: int, seed: int = 0) -> np.ndarray:
        """Draws `n` points, float32 `(n, dimension)`, as a function of the seed."""
        random = np.random.default_rng(check_seed(self, seed) % 2**64)
        check_samples(self, n, self.centres.shape[1])
        centres = self.centres[random.integers(len(self.centres), size=n)]
        noise = random.standard_normal(centres.shape)
        return (centres + self.std * noise).astype("float32")


@check_arguments()
def ring(modes: int = 8, radius: float = 1.0, std: float = 0.01) -> GaussianMixture:
    """Returns a mixture of modes at equal distances on a circle around 0.

    Args:
        modes: Number of modes.
        radius: Radius of the circle.
        std: Standard deviation of each mode, along each axis.

    Source: Srivastava et al., 2017, "VEEGAN: Reducing Mode Collapse in GANs using Implicit
    Variational Learning", section 5.1.
    """
    angles = 2 * math.pi * np.arange(modes) / modes
    return GaussianMixture("ring", radius * np.stack([np.cos(angles), np.sin(angles)], axis=1), std)


@check_arguments()
def grid(side: int = 5, spacing: float = 2.0, std: float = 0.05) -> GaussianMixture:
    """Returns a mixture of modes on a square grid, at -4, -2, 0, 2, 4 on each axis by default.

    Args:
        side: Number of modes along each axis.
        spacing: Distance of neighbouring modes.
        std: Standard deviation of each mode, along each axis.

    Source: as for `ring`.
    """
    axis = spacing * (np.arange(side) - (side - 1) / 2)
    return GaussianMixture("grid", np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2), std)


MIXTURES = {"ring": ring, "grid": grid}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class PointDataset(CheckedKeywords):
    """Points in memory, with the attributes of `ImageDataset`, so that it can take its place.

    Args:
        mixture: Distribution of the points.
        train_images: Training points, float32 `(n, dimension)`.
        test_images: Test points, float32 `(m, dimension)`.
    """

    mixture: GaussianMixture
    train_images: np.ndarray
    test_images: np.ndarray
    train_labels: None = None
    test_labels: None = None

    @property
    def name(self) -> str:
        """Name of the mixture."""
        return self.mixture.name

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of a point, `(dimension,)`."""
        return self.train_images.shape[1:]

    def __repr__(self) -> str:
        return (
            f"PointDataset({self.name!r}, {len(self.train_images)} train + "
            f"{len(self.test_images)} test points of {len(self.mixture.centres)} modes)"
        )


@check_arguments()
def points(name: str, train: int = 100_000, test: int = 10_000) -> PointDataset:
    """Draws the training and test points of `ring` or `grid`, the same at each call.

    Args:
        name: `ring` or `grid`.
        train: Number of training points.
        test: Number of test points.

    Raises:
        ValueError: If the name is unknown; the message gives the nearest.

    Example:

    >>> points("grid")
    PointDataset('grid', 100000 train + 10000 test points of 25 modes)
    """
    mixture = MIXTURES[check_choice("mixture", name, MIXTURES)]()
    return PointDataset(mixture, mixture.sample(train, seed=0), mixture.sample(test, seed=1))
