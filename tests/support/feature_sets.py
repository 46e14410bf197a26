"""Pairs of real and generated features, with which measures are compared with other libraries."""

from __future__ import annotations

import numpy as np

Pair = tuple[np.ndarray, np.ndarray]


def feature_sets() -> dict[str, Pair]:
    """Returns pairs of features, float64 `(m, d)` and `(n, d)`, by what they show."""
    random = np.random.default_rng(20)

    def normal(n: int, d: int) -> np.ndarray:
        return random.normal(size=(n, d))

    mixing = normal(8, 8)
    correlated = normal(300, 8) @ mixing, normal(300, 8) @ mixing * 1.2 + 0.3
    large = normal(1500, 64), 0.9 * normal(1500, 64) + 0.1
    scales = np.logspace(-3, 3, 12)
    ill_conditioned = normal(400, 12) * scales, 1.1 * normal(400, 12) * scales + scales
    rank = normal(3, 10)
    singular = normal(200, 3) @ rank, normal(200, 3) @ rank + 0.5
    few = normal(40, 100), normal(50, 100) + 0.2
    unequal = normal(350, 5), 0.5 * normal(120, 5) + 1.0
    copies = np.repeat(normal(100, 6), 2, axis=0), np.repeat(normal(100, 6), 2, axis=0)
    offset = normal(300, 4) + 1e4, normal(300, 4) + 1e4 + 0.5
    heavy_tails = random.standard_t(3, size=(400, 6)), random.standard_t(3, size=(400, 6))
    relu = np.maximum(normal(500, 32) - 0.5, 0), np.maximum(normal(500, 32) - 0.3, 0)
    relu[1][:, -1] = relu[0][:, -1] = 0.0
    return {
        "correlated": correlated,
        "large": large,
        "ill_conditioned": ill_conditioned,
        "singular": singular,
        "fewer_samples_than_features": few,
        "unequal_numbers": unequal,
        "copies": copies,
        "offset": offset,
        "heavy_tails": heavy_tails,
        "rectified_with_a_constant_column": relu,
    }


def logit_sets() -> dict[str, np.ndarray]:
    """Returns logits `(n, classes)` of samples."""
    random = np.random.default_rng(21)
    return {
        "sharp": 20.0 * random.normal(size=(1000, 10)),
        "soft": random.normal(size=(1003, 7)),
        "one_class": random.normal(size=(500, 5)) + [30.0, 0, 0, 0, 0],
    }
