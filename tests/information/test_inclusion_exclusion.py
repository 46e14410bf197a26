"""Interaction information against joint distributions that are enumerated."""

import itertools

import numpy as np
import pytest

from tfgan_it.information import co_information


def entropies(table):
    """H of each set of the axes of a joint table, in nats."""
    found = {}
    for size in range(table.ndim + 1):
        for kept in itertools.combinations(range(table.ndim), size):
            p = table.sum(axis=tuple(set(range(table.ndim)) - set(kept))).ravel()
            found[kept] = -sum(x * np.log(x) for x in p if x > 0)
    return found


def information_of(table):
    """I(c; x_S) for each set S of axes but the first, c: H(c) + H(x_S) - H(c, x_S)."""
    h = entropies(table)
    return {
        tuple("xyz"[i - 1] for i in s): h[(0,)] + h[s] - h[(0, *s)] for s in h if s and 0 not in s
    }


@pytest.mark.parametrize("variables", [1, 2, 3])
def test_it_is_the_alternating_sum_of_entropies(variables):
    table = np.random.default_rng(variables).dirichlet(np.ones(3 * 2**variables))
    table = table.reshape(3, *[2] * variables)
    # I(c; x_1; ...; x_M) = -sum over sets T of all variables of (-1)^|T| H(T), without the empty.
    expected = -sum((-1) ** len(kept) * h for kept, h in entropies(table).items())
    assert co_information(information_of(table)) == pytest.approx(expected, abs=1e-12)


def test_its_sign():
    copies = np.zeros((2, 2, 2, 2))
    copies[0, 0, 0, 0] = copies[1, 1, 1, 1] = 0.5
    assert co_information(information_of(copies)) == pytest.approx(np.log(2))
    exclusive = np.zeros((2, 2, 2))
    for x, y in itertools.product(range(2), repeat=2):
        exclusive[x ^ y, x, y] = 0.25
    assert co_information(information_of(exclusive)) == pytest.approx(-np.log(2))


def test_a_set_that_is_missing_is_one_line():
    nats = {("x",): 0.1, ("y",): 0.2, ("x", "y", "z"): 0.3}
    with pytest.raises(ValueError, match=r"each set of x, y, z, it has none of z\.$"):
        co_information(nats)
    with pytest.raises(ValueError, match="each set of variables, it has none of any"):
        co_information({})
