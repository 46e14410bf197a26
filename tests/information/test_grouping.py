"""Groups that keep most of a joint table's information, against a search through all of them."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.information.grouping import (
    grouped_information,
    improved_groups,
    most_informative_groups,
)


def information(joint):
    p, q = joint.sum(1, keepdims=True), joint.sum(0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / (p * q)[seen])).sum())


def entropy(table):
    shares = table.sum(axis=0) / table.sum()
    return -np.sum(shares * np.log(shares))


def grouped(joint, groups, categories):
    members = np.eye(categories)[list(groups)]
    return members.T @ joint @ members


def confused(sizes, seed, leak=0.02):
    """A table of classes of so many outcomes, whose outcomes are confused with each other."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(np.arange(len(sizes)), sizes)
    joint = np.where(classes[:, None] == classes[None], 1.0, leak) * rng.uniform(
        0.5, 1.5, (len(classes),) * 2
    )
    joint = joint + joint.T
    return joint / joint.sum(), classes


@pytest.mark.parametrize("seed", range(2))
def test_classes_are_found_wherever_their_outcomes_stand(seed):
    joint, classes = confused([2, 3, 1, 4], seed)
    order = np.random.default_rng(seed).permutation(len(classes))
    found = np.asarray(
        most_informative_groups(joint[np.ix_(order, order)], 4, sweeps=2, restarts=0)
    )
    pairs = set(zip(classes[order], found, strict=True))
    assert len(pairs) == 4  # One group for each class.


@pytest.mark.examples(2)
@pytest.mark.parametrize("seed, price", [(0, 0.0), (1, 0.0), (2, 0.0), (0, 0.5), (1, 0.5)])
def test_no_single_move_keeps_more(seed, price):
    joint = np.random.default_rng(seed).dirichlet(np.full(36, 0.3)).reshape(6, 6)
    joint = (joint + joint.T) / 2
    found = np.asarray(most_informative_groups(joint, 3, beta=price, sweeps=4, restarts=1))

    def value(groups):
        table = grouped(joint, groups, 3)
        return information(table) - price * entropy(table) if table.sum(0).all() else -np.inf

    for outcome, group in itertools.product(range(6), range(3)):
        moved = found.copy()
        moved[outcome] = group
        assert value(moved) <= value(found) + 1e-6


@pytest.mark.parametrize("price, best", [(0.0, [0, 1, 0, 2, 3]), (0.9, [0, 1, 1, 2, 3])])
def test_without_a_sweep_it_unites_the_pair_that_loses_least(price, best):
    joint = np.random.default_rng(0).dirichlet(np.full(25, 0.5)).reshape(5, 5)
    joint = (joint + joint.T) / 2

    def united(i, j):
        groups = [0, 1, 2, 3, 4]
        groups[j] = i
        names = sorted(set(groups))
        return [names.index(g) for g in groups]

    def value(groups):
        table = grouped(joint, groups, 4)
        return information(table) - price * entropy(table)

    pairs = [united(i, j) for i, j in itertools.combinations(range(5), 2)]
    assert max(pairs, key=value) == best
    found = most_informative_groups(joint, 4, beta=price, sweeps=0, restarts=0)
    np.testing.assert_array_equal(found, best)


def test_the_information_of_a_grouping_is_that_of_its_table():
    joint, _ = confused([2, 2, 1], 1)
    groups = [0, 1, 1, 0, 1]
    value = grouped_information(tf.constant(joint, "float32"), tf.one_hot(groups, 2))
    np.testing.assert_allclose(value, information(grouped(joint, groups, 2)), rtol=1e-4)


def test_the_price_is_of_the_entropy_of_the_groups():
    joint, _ = confused([2, 2, 1], 1)
    groups = [0, 1, 1, 0, 1]
    value = grouped_information(tf.constant(joint, "float32"), tf.one_hot(groups, 2), 0.4)
    table = grouped(joint, groups, 2)
    np.testing.assert_allclose(value, information(table) - 0.4 * entropy(table), rtol=1e-4)


def test_the_scale_of_the_table_does_not_matter_and_no_group_is_empty():
    joint, _ = confused([3, 3], 2)
    first, second = (
        most_informative_groups(joint * scale, 3, sweeps=1, restarts=1) for scale in (1.0, 50.0)
    )
    np.testing.assert_array_equal(first, second)
    assert set(np.asarray(first)) == {0, 1, 2}


def test_groups_that_are_improved_keep_their_numbers():
    joint, classes = confused([3, 3, 2], 4)
    right = (classes + 1) % 3  # The same groups by other numbers.
    start = right.copy()
    start[[0, 4]] = start[[4, 0]]
    np.testing.assert_array_equal(improved_groups(joint, start, 3, sweeps=2), right)
    np.testing.assert_array_equal(improved_groups(joint, start, 3, sweeps=0), start)


def test_other_starts_find_more_where_unions_do_not():
    joint = np.random.default_rng(26).dirichlet(np.full(81, 0.2)).reshape(9, 9)
    joint = (joint + joint.T) / 2
    alone, also = (
        information(
            grouped(
                joint, np.asarray(most_informative_groups(joint, 3, sweeps=3, restarts=restarts)), 3
            )
        )
        for restarts in (0, 3)
    )
    assert also > alone + 0.04


def test_as_many_groups_as_outcomes_leave_them_apart():
    joint, _ = confused([2, 2], 3)
    np.testing.assert_array_equal(most_informative_groups(joint, 4, sweeps=1, restarts=0), range(4))
