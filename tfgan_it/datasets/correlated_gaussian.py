"""Correlated Gaussian pairs of any dimension and information, with their exact densities.

The densities do not use `tfgan_it.information`, whose bounds and estimates are tested against them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from keras import ops

from tfgan_it.checks import check_at_least, check_integer, check_seed
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.memory import check_samples


class CorrelatedGaussian(CheckedKeywords):
    """x ~ N(0, I_d), y = rho x + sqrt(1 - rho^2) noise; I(x; y) = -d/2 ln(1 - rho^2).

    With `cubed`, y is replaced by y^3, which changes all densities but not the information.

    Args:
        dimension: Dimension d of x and of y.
        mutual_information: I in nats, at least 0. It sets rho = sqrt(1 - exp(-2 I / d)).
        cubed: Whether to replace y by y^3.

    Raises:
        ValueError: If the dimension is below 1 or the information below 0.

    Source: Poole et al., 2019, "On Variational Bounds of Mutual Information"; Belghazi et al.,
    2018, "Mutual Information Neural Estimation".

    Example:

    >>> pairs = CorrelatedGaussian(20, mutual_information=2.0)
    >>> x, y = pairs.sample(3, seed=0)
    >>> x.shape, y.shape, round(pairs.correlation, 4)
    ((3, 20), (3, 20), 0.4258)
    """

    def __init__(self, dimension: int, mutual_information: float, cubed: bool = False) -> None:
        self.dimension, self.cubed = check_integer(self, "dimension", dimension, 1), cubed
        self.mutual_information = float(
            check_at_least(self, "mutual_information", mutual_information, 0)
        )

    @property
    def name(self) -> str:
        """Name of the task, such as `gaussian_20x20_2_nats` or `cubed_20x20_2_nats`."""
        kind = "cubed" if self.cubed else "gaussian"
        return f"{kind}_{self.dimension}x{self.dimension}_{self.mutual_information:g}_nats"

    @property
    def correlation(self) -> float:
        """Correlation rho of each coordinate of x with that of y, before y is cubed."""
        return math.sqrt(-math.expm1(-2 * self.mutual_information / self.dimension))

    def sample(self, n: int, seed: int | Sequence[int] = 0) -> tuple[np.ndarray, np.ndarray]:
        """Draws `n` pairs, float32 `(n, d)` each, as a function of the seed."""
        check_samples(self, n, 2 * self.dimension)
        seeds = seed if isinstance(seed, Sequence | np.ndarray) and np.ndim(seed) else [seed]
        seeds = [check_seed(self, value) % 2**64 for value in seeds]
        random = np.random.default_rng(seeds)
        x, noise = random.standard_normal((2, n, self.dimension), "float32")
        rest = math.exp(-self.mutual_information / self.dimension)  # sqrt(1 - rho^2)
        y = np.float32(self.correlation) * x + np.float32(rest) * noise
        return x, y**3 if self.cubed else y

    def log_conditional(self, x: Any, y: Any) -> Any:
        """Computes ln p(y_j | x_i) in nats, `(m, n)`; +inf if a cubed y is exactly 0.

        Args:
            x: `(m, d)`.
            y: `(n, d)`.
        """
        return log_conditional(x, y, self.mutual_information, self.cubed)

    def log_marginal(self, y: Any) -> Any:
        """Computes ln p(y) in nats, `(n,)`."""
        return log_marginal(y, self.cubed)


def log_conditional(x: Any, y: Any, mutual_information: Any, cubed: bool) -> Any:
    """As the method, for an information that may be a tensor or a Variable."""
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    dimension = x.shape[-1]
    z, stretch = _uncubed(y, cubed)
    log_scale = -ops.cast(mutual_information, x.dtype) / dimension
    correlation = ops.sqrt(-ops.expm1(2 * log_scale))
    # |z - rho x|^2 = |z|^2 + |rho x|^2 - 2 rho x'z: a product of matrices.
    centres = correlation * x
    squares = ops.sum(ops.square(centres), axis=-1)[:, None] + ops.sum(ops.square(z), axis=-1)
    squares = ops.maximum(squares - 2 * ops.matmul(centres, ops.transpose(z)), 0.0)
    # `information.gaussian_log_prob` of all pairs would need a tensor (n, m, d).
    constant = dimension * (log_scale + math.log(2 * math.pi) / 2)
    return -squares * ops.exp(-2 * log_scale) / 2 - constant - stretch


def log_marginal(y: Any, cubed: bool) -> Any:
    """As the method."""
    z, stretch = _uncubed(ops.convert_to_tensor(y), cubed)
    # Written as in `log_conditional`, from which it is subtracted.
    constant = z.shape[-1] * math.log(2 * math.pi) / 2
    return -ops.sum(ops.square(z), axis=-1) / 2 - constant - stretch


def _uncubed(y: Any, cubed: bool) -> tuple[Any, Any]:
    """Returns the cube root z of y, and ln |dy/dz| = sum ln 3 z^2, `(n,)`."""
    if not cubed:
        return y, 0.0
    z = ops.sign(y) * ops.power(ops.abs(y), 1 / 3)
    # The density of a cube: that of its root, less ln of the slope.
    return z, ops.sum(math.log(3) + 2 * ops.log(ops.abs(z)), axis=-1)
