"""Boosting weights in another way."""

import numpy as np


def bisected(ratios, beta):
    """The weights of theorem 1, lambda found by halving."""
    low, high = 0.0, 1.0 + np.max(ratios)
    for _ in range(200):
        threshold = (low + high) / 2
        weights = np.maximum(threshold - (1 - beta) * ratios, 0) / (beta * len(ratios))
        low, high = (low, threshold) if weights.sum() > 1 else (threshold, high)
    return weights
