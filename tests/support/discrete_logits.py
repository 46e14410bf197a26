"""Distributions over four outcomes, whose games are worked out exactly."""

import numpy as np
from scipy.special import rel_entr

P = np.asarray([0.4, 0.3, 0.2, 0.1])
Q = np.asarray([0.1, 0.2, 0.3, 0.4])
FAR = np.asarray([1, 1, 1e-30, 1e-30]) / 2


def jensen_shannon(p, q):
    m = (p + q) / 2
    return (rel_entr(p, m).sum() + rel_entr(q, m).sum()) / 2


def expectation(function, logits, p, q):
    """Of a function of a logit on a draw from p and one on a draw from q, exactly."""
    size = len(logits)
    real, fake = np.repeat(logits, size), np.tile(logits, size)
    values = function(real.astype("float32"), fake.astype("float32"))
    return np.outer(p, q).ravel() @ np.asarray(values, "float64")
