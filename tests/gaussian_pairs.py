"""Pairs of Gaussians, their divergences by inverse and determinant, and slopes."""

import numpy as np
import tensorflow as tf

RNG = np.random.default_rng(0)


def covariances(*shape):
    factors = RNG.normal(size=(*shape, shape[-1]))
    return factors @ np.swapaxes(factors, -1, -2) + 0.5 * np.eye(shape[-1])


M, N = RNG.normal(size=(2, 4, 3))
S, T = covariances(4, 3), covariances(4, 3)
A, B = RNG.normal(size=(2, 4, 3))


def divergence(m, s, n, t):
    """By inverse and determinant, of one pair."""
    inverse = np.linalg.inv(t)
    ratio = np.linalg.det(t) / np.linalg.det(s)
    return (np.trace(inverse @ s) + (n - m) @ inverse @ (n - m) - len(m) + np.log(ratio)) / 2


def divergences(m, s, n, t):
    return np.asarray([divergence(*pair) for pair in zip(m, s, n, t, strict=True)])


def diagonal(log_variance):
    return np.stack([np.diag(np.exp(row)) for row in log_variance])


def differences(function, x, step=1e-5, symmetric=False):
    """d function(x) / dx by central differences; both of a pair of off-diagonals at once."""
    found = np.empty_like(x)
    for index in np.ndindex(x.shape):
        move = np.zeros_like(x)
        move[index] += step / 2 if symmetric else step
        if symmetric:
            move[(*index[:-2], index[-1], index[-2])] += step / 2
        found[index] = (function(x + move) - function(x - move)).sum() / (2 * step)
    return found


def slopes(function, *arguments):
    arguments = [tf.constant(x, "float64") for x in arguments]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        total = tf.reduce_sum(function(*arguments))
    return [slope.numpy() for slope in tape.gradient(total, arguments)]
