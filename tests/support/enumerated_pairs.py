"""A joint distribution so small that all its batches can be listed: exact expectations."""

import itertools

import numpy as np
import tensorflow as tf

JOINT = np.asarray([[0.3, 0.1, 0.1], [0.05, 0.15, 0.3]])
P_X, P_Y = JOINT.sum(axis=1), JOINT.sum(axis=0)
LOG_RATIO = np.log(JOINT / np.outer(P_X, P_Y))
LOG_CONDITIONAL = np.log(JOINT / P_X[:, None])
INFORMATION = (JOINT * LOG_RATIO).sum()


def batches(rows):
    """Indices (batches, rows) of x and of y of all batches, and their probabilities."""
    outcomes = np.asarray(list(itertools.product(range(JOINT.size), repeat=rows)))
    x, y = np.unravel_index(outcomes, JOINT.shape)
    return x, y, JOINT[x, y].prod(axis=1)


def expected_estimate(loss, table, reference=None, rows=3):
    """E estimate over batches of independent pairs, for S_ij = table[x_i, y_j]."""
    x, y, probabilities = batches(rows)
    scores = table[x[:, :, None], y[:, None, :]].astype("float32")
    references = np.zeros_like(y) if reference is None else reference[y]

    @tf.function(autograph=False)
    def estimates():
        inputs = (tf.constant(references, "float32"), tf.constant(scores))
        return tf.map_fn(lambda pair: loss.estimate(*pair), inputs, fn_output_signature=tf.float32)

    return probabilities @ estimates().numpy().astype("float64")


def random_table(seed, scale=1.5):
    """An uninformed critic."""
    return np.random.default_rng(seed).normal(0, scale, JOINT.shape)


def random_conditional(seed):
    """ln q(y|x) of an uninformed model."""
    table = random_table(seed)
    return table - np.log(np.exp(table).sum(axis=1, keepdims=True))


def random_marginal(seed):
    """ln r(y) of an uninformed model."""
    return random_conditional(seed)[0]
