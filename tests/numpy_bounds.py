"""Bounds and estimates of information in NumPy, as the formulas are written, pair by pair."""

import numpy as np
from scipy.special import logsumexp


def others(row, i):
    return np.delete(row, i)


def log_mean_off_diagonal(s):
    off = s[~np.eye(len(s), dtype=bool)]
    return logsumexp(off) - np.log(len(off))


def tuba(r, s):
    shifted = s - r
    return [1 + shifted[i, i] - np.exp(others(shifted[i], i)).mean() for i in range(len(s))]


def interpolated(r, s, alpha=0.01):
    def log_baseline(i, left_out):
        batch = others(s[:, i], left_out)
        mean = logsumexp(batch) - np.log(len(batch))
        return np.logaddexp(np.log(alpha) + mean, np.log1p(-alpha) + r[i])

    values = []
    for i in range(len(s)):
        together = [s[i, i] - log_baseline(i, j) for j in range(len(s)) if j != i]
        apart = np.exp(others(s[:, i], i) - log_baseline(i, i))
        values.append(1 + np.mean(together) - apart.mean())
    return values


def leave_one_out(r, s):
    columns = [others(s[:, i], i) for i in range(len(s))]
    return [s[i, i] - logsumexp(c) + np.log(len(c)) for i, c in enumerate(columns)]


VALUES = {
    "barber_agakov": lambda r, s: np.diag(s) - r,
    "club": lambda r, s: [s[i, i] - others(s[i], i).mean() for i in range(len(s))],
    "difference_of_entropies": lambda r, s: np.diag(s) - r,
    "donsker_varadhan": lambda r, s: np.diag(s) - log_mean_off_diagonal(s),
    "info_nce": lambda r, s: np.diag(s) - logsumexp(s, axis=1) + np.log(len(s)),
    "interpolated": interpolated,
    "jensen_shannon_nwj": lambda r, s: tuba(0, s),
    "leave_one_out": leave_one_out,
    "mine": lambda r, s: np.diag(s) - log_mean_off_diagonal(s),
    "nwj": lambda r, s: tuba(1, s),
    "smile": lambda r, s: np.diag(s) - log_mean_off_diagonal(np.clip(s, -5, 5)),
    "tuba": tuba,
    "variational_upper_bound": lambda r, s: np.diag(s) - r,
}


def softplus(x):
    return np.logaddexp(0, x)


def classification(r, s):
    return [-softplus(-s[i, i]) - softplus(others(s[i], i)).mean() for i in range(len(s))]
