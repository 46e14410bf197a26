"""How near translations and restorations are to their true partners."""

from __future__ import annotations

from typing import Any

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import as_array, check_images, to_uint8
from tfgan_it.estimators import checks
from tfgan_it.metrics.sample_quality.features import Features, Pixels


def retrieval_accuracy(translated: Any, partners: Any, features: Features | None = None) -> float:
    """Computes how often the nearest of all partners is the true one: P(argmin_j |f_i - g_j| = i).

    Chance is 1 / n. A tie counts as a miss.

    Args:
        translated: Translations, `(n, height, width, channels)`, uint8, or float in [-1, 1].
        partners: Their true partners, in the same order.
        features: Features whose Euclidean distances are compared, see `metrics.compare`; None for
            the pixels. Their name belongs to the number.

    Raises:
        ValueError: If there are fewer than two pairs, their numbers or features differ, or images
            are not in the range.

    Example:

    >>> images = np.arange(4, dtype="uint8")[:, None, None, None] * np.ones((1, 2, 2, 1), "uint8")
    >>> retrieval_accuracy(images, images), retrieval_accuracy(images[::-1], images)
    (1.0, 0.0)
    """
    f, g = _compared(translated, partners)
    features = features or Pixels()
    f, g = (np.asarray(features(x), "float64").reshape(len(x), -1) for x in (f, g))
    if f.shape != g.shape:
        raise ValueError(
            f"images of the shapes {np.shape(translated)} and {np.shape(partners)} have different "
            "features: give one shape, or features=..."
        )
    return retrieval_among(2 * f @ g.T - (f**2).sum(1)[:, None] - (g**2).sum(1), len(f))


def retrieval_among(scores: Any, candidates: int) -> float:
    """Computes how often the true partner has the highest score of some random candidates.

    The candidates are the true one and `candidates - 1` of the others, each choice equally likely;
    the mean over all choices is exact: if k of m - 1 others score at least as high, it is
    C(m - 1 - k, candidates - 1) / C(m - 1, candidates - 1). Chance is 1 / candidates. A tie counts
    as a miss.

    Args:
        scores: S_ij of the i-th query and the j-th partner, `(m, m)`; S_ii is that of the true one.
        candidates: Number of candidates, from 2 to m.

    Raises:
        ValueError: If scores are not square, real and finite, or the number is out of its range.

    Example: in the first row one of two others is better, in the others none.

    >>> scores = np.array([[1.0, 2.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 1.0]])
    >>> round(retrieval_among(scores, 2), 4), round(retrieval_among(scores, 3), 4)
    (0.8333, 0.6667)
    """
    scores = checks.array(scores, "scores").astype("float64")
    m = len(scores) if scores.ndim == 2 else 0
    if m < 2 or scores.shape != (m, m) or not np.isfinite(scores).all():
        raise ValueError(f"scores must be finite, (m, m) with m of at least 2, got {scores.shape}")
    n = check_integer("retrieval_among", "candidates", candidates, 2)
    if n > m:
        raise ValueError(f"candidates must be at most {m}, the number of partners, got {n}")
    others = ~np.eye(m, dtype=bool)
    better = ((scores >= np.diagonal(scores)[:, None]) & others).sum(axis=1)
    # Of one more that is better, the share falls by (m - n - k) / (m - 1 - k): the binomials are
    # beyond the size of floats.
    k = np.arange(m - 1)
    shares = np.cumprod([1.0, *np.maximum(m - n - k, 0) / (m - 1 - k)])
    return float(shares[better].mean())


def peak_signal_to_noise_ratio(restored: Any, originals: Any) -> np.ndarray:
    """Computes 10 log10(255^2 / mean squared error) of each image, in dB, float64 `(n,)`.

    Equal images have infinitely many. The mean over images is what papers report.

    Args:
        restored: Images `(n, height, width, channels)`, uint8, or float in [-1, 1], which are
            rounded to 256 levels.
        originals: The true images, in the same order.

    Raises:
        ValueError: If shapes differ, or images are not in the range.

    Example:

    >>> black = np.zeros((1, 2, 2, 1), "uint8")
    >>> float(peak_signal_to_noise_ratio(black, black + 255)[0])
    0.0
    """
    a, b = (x.astype("float64") for x in _compared(restored, originals, minimum=1))
    if a.shape != b.shape:
        raise ValueError(f"images have the shapes {a.shape} and {b.shape}: give one shape")
    error = ((a - b) ** 2).mean(axis=tuple(range(1, a.ndim)))
    with np.errstate(divide="ignore"):
        return 10 * np.log10(255**2 / error)


def _compared(x: Any, y: Any, minimum: int = 2) -> tuple[np.ndarray, np.ndarray]:
    x, y = as_array("images", x), as_array("images", y)
    for images in (x, y):
        if images.ndim != 4:
            raise ValueError(
                f"images must be (n, height, width, channels), got the shape {images.shape}"
            )
    if len(x) != len(y) or len(x) < minimum:
        raise ValueError(
            f"{len(x)} images and {len(y)} partners given: give {minimum} or more of each"
        )
    for images in (x, y):
        check_images(images, images.shape[1:])
    return to_uint8(x), to_uint8(y)
