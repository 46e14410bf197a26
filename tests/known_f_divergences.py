"""For each f-divergence: f, f' and the integrand of D_f as the textbooks have it, in NumPy."""

import numpy as np
from scipy.special import rel_entr, xlogy


def jensen_shannon(p, q):
    m = (p + q) / 2
    return (rel_entr(p, m) + rel_entr(q, m)) / 2


KNOWN = {
    "kl": (lambda u: xlogy(u, u), lambda u: np.log(u) + 1, rel_entr),
    "reverse_kl": (lambda u: -np.log(u), lambda u: -1 / u, lambda p, q: rel_entr(q, p)),
    "jensen_shannon": (
        lambda u: (xlogy(u, u) - (u + 1) * np.log((u + 1) / 2)) / 2,
        lambda u: np.log(2 * u / (u + 1)) / 2,
        jensen_shannon,
    ),
    "pearson": (lambda u: (u - 1) ** 2, lambda u: 2 * (u - 1), lambda p, q: (p - q) ** 2 / q),
    "neyman": (lambda u: (u - 1) ** 2 / u, lambda u: 1 - u**-2, lambda p, q: (p - q) ** 2 / p),
    "squared_hellinger": (
        lambda u: (np.sqrt(u) - 1) ** 2,
        lambda u: 1 - u**-0.5,
        lambda p, q: (np.sqrt(p) - np.sqrt(q)) ** 2,
    ),
    "total_variation": (
        lambda u: np.abs(u - 1) / 2,
        lambda u: np.sign(u - 1) / 2,
        lambda p, q: np.abs(p - q) / 2,
    ),
    "gan": (
        lambda u: xlogy(u, u) - (u + 1) * np.log(u + 1),
        lambda u: np.log(u / (u + 1)),
        lambda p, q: 2 * jensen_shannon(p, q) - np.log(4) * (p + q) / 2,
    ),
}
