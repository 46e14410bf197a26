"""One-to-one maps of samples `(n, d)`, which preserve a mutual information."""

from __future__ import annotations

import numpy as np
from scipy import special

_CENTRE, _DEVIATION = 2.0, 0.5  # Mean and standard deviation of the upper mode of `bimodal`.


def half_cube(x: np.ndarray) -> np.ndarray:
    """Computes sign(x) |x|^(3/2), which has longer tails and infinite density at 0.

    Example:

    >>> half_cube(np.array([[-4.0, 0.0, 1.0]]))
    array([[-8.,  0.,  1.]])
    """
    return np.sign(x) * np.abs(x) ** 1.5


def normal_cdf(x: np.ndarray) -> np.ndarray:
    """Computes Phi(x), which maps standard normal coordinates to uniform ones on (0, 1)."""
    return special.ndtr(x)


def wiggly(x: np.ndarray) -> np.ndarray:
    """Computes x + .4 sin x + .2 sin(1.7 x + 1) + .03 sin(3.3 x - 2.5), of slope above .16."""
    return x + 0.4 * np.sin(x) + 0.2 * np.sin(1.7 * x + 1) + 0.03 * np.sin(3.3 * x - 2.5)


def bimodal(x: np.ndarray) -> np.ndarray:
    """Maps standard normal coordinates to a mixture: half N(-2, .5^2), half N(2, .5^2).

    The quantile function of the mixture is computed by bisection, to 1e-12.
    """
    target = special.ndtr(-np.abs(x))  # The lower half, at most 1/2, has the better precision.
    low = np.full_like(target, -_CENTRE - 40 * _DEVIATION)
    high = np.zeros_like(target)
    for _ in range(46):
        middle = (low + high) / 2
        below = _mixture_cdf(middle) < target
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(x < 0, 1, -1) * (low + high) / 2


def _mixture_cdf(z: np.ndarray) -> np.ndarray:
    return sum(special.ndtr((z - centre) / _DEVIATION) for centre in (-_CENTRE, _CENTRE)) / 2


def swiss_roll(u: np.ndarray) -> np.ndarray:
    """Computes (t cos t, t sin t) / 21, t = 3/2 pi (1 + 2 u): `(n, 1)` on (0, 1) to `(n, 2)`."""
    t = 1.5 * np.pi * (1 + 2 * u)
    return np.concatenate([t * np.cos(t), t * np.sin(t)], axis=1) / 21


def curve(u: np.ndarray) -> np.ndarray:
    """Computes (u, cos 2 pi u, sin 2 pi u, cos 4 pi u, sin 4 pi u): `(n, 1)` to `(n, 5)`."""
    angle = 2 * np.pi * u
    turns = [np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    return np.concatenate([u, *turns], axis=1)


def spiral(x: np.ndarray, speed: float = 1 / 3) -> np.ndarray:
    """Computes exp(speed |x|^2 A) x, a rotation by an angle that grows with the distance from 0.

    A has 1 and -1 beside its diagonal: it rotates each axis towards the next. Distances from 0 do
    not change, so that `spiral(spiral(x, v), -v)` is x.

    Args:
        x: `(n, d)`, d at least 2.
        speed: Speed of the rotation.

    Source: Czyz et al., 2023, "Beyond Normal: On the Evaluation of Mutual Information Estimators".
    """
    dimension = x.shape[1]
    generator = np.eye(dimension, k=1) - np.eye(dimension, k=-1)
    # A = i U diag(w) U*, with iA Hermitian: the exponential costs two products for each sample.
    frequencies, basis = np.linalg.eigh(-1j * generator)
    angles = speed * np.square(x).sum(axis=1, keepdims=True) * frequencies
    return ((x @ basis.conj()) * np.exp(1j * angles) @ basis.T).real


def helix(u: np.ndarray) -> np.ndarray:
    """Computes (cos 6 pi u, sin 6 pi u, 2 u), three turns: `(n, 1)` on (0, 1) to `(n, 3)`."""
    angle = 6 * np.pi * u
    return np.concatenate([np.cos(angle), np.sin(angle), 2 * u], axis=1)


def whirl(x: np.ndarray, speed: float = 1.0) -> np.ndarray:
    """Turns each two columns about 0 by an angle of `speed` times their distance from it.

    Args:
        x: `(n, d)`, d even.
        speed: Radians for each unit of the distance.
    """
    planes = x.reshape(len(x), -1, 2)
    angle = speed * np.linalg.norm(planes, axis=2)
    a, b, cos, sin = planes[..., 0], planes[..., 1], np.cos(angle), np.sin(angle)
    return np.stack([a * cos - b * sin, a * sin + b * cos], axis=2).reshape(x.shape)
