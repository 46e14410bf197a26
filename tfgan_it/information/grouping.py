"""Groups of outcomes that keep most of the information of a joint table."""

from __future__ import annotations

import functools

import numpy as np
from keras import ops

from tfgan_it.information.entropy import shannon_entropy
from tfgan_it.information.log_probs import from_probs
from tfgan_it.typing import Tensor

_ROUNDING = 1e-6


def most_informative_groups(
    joint: Tensor, categories: int, *, beta: float = 0.0, sweeps: int = 10, restarts: int = 10
) -> Tensor:
    """Puts the outcomes of a symmetric joint table into groups that keep most of its information.

        I(g(a); g(b)) - beta H(g(a)),   I = sum_kl P_kl ln P_kl / (P_k P_l),
        P_kl = sum_{i in k, j in l} P_ij

    First the two groups whose union loses least are united, until `categories` are left; then
    outcomes move one by one, see `improved_groups`. The same moves start from random groups as
    well, and the best that is found is taken: no more than a very good one of very many maxima. The
    random groups are always the same.

    Args:
        joint: P, `(outcomes, outcomes)`, symmetric, of any positive sum.
        categories: Number of groups.
        beta: Price of a nat of the group's entropy. Without one, groups of equal shares have the
            most to say; with one, a large group is split only for what its parts tell.
        sweeps: Number of sweeps of moves, over all outcomes.
        restarts: Random groups to start from.

    Returns:
        int32 `(outcomes,)`, the group of each outcome.

    Source: Slonim and Tishby, 1999, "Agglomerative Information Bottleneck"; the moves are those of
    Slonim, Friedman and Tishby, 2002, "Unsupervised Document Classification using Sequential
    Information Maximization"; the beta is that of Strouse and Schwab, 2017, "The Deterministic
    Information Bottleneck". Departures: both variables are grouped, by the same groups.

    Example: 0 and 1 are confused with each other, 2 and 3 alike.

    >>> joint = [[3, 2, 0, 0], [2, 3, 0, 0], [0, 0, 3, 2], [0, 0, 2, 3]]
    >>> groups = most_informative_groups(joint, 2, sweeps=1, restarts=1)
    >>> [int(group) for group in groups]
    [0, 0, 1, 1]
    """
    joint = _normalised(joint)
    outcomes = joint.shape[0]
    members = ops.eye(outcomes)  # Row: outcome; column: group, empty ones all 0.
    if unions := outcomes - categories:
        members, _ = ops.fori_loop(
            0, unions, functools.partial(_united, beta=beta), (members, joint)
        )
    full = ops.any(members > 0, axis=0)
    columns = ops.argsort(ops.where(full, 0, outcomes) + ops.arange(outcomes))[:categories]
    starts = [ops.argmax(ops.take(members, columns, axis=1), axis=1)]
    shuffled = np.random.default_rng(0)
    starts += [shuffled.permutation(outcomes) % categories for _ in range(restarts)]
    starts = ops.stack([ops.cast(start, "int32") for start in starts])

    def tried(index: Tensor, best: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        groups = improved_groups(joint, starts[index], categories, beta, sweeps)
        kept = grouped_information(joint, ops.one_hot(groups, categories), beta)
        better = kept > best[1] + _ROUNDING
        return ops.where(better, groups, best[0]), ops.where(better, kept, best[1])

    nothing = starts[0], ops.convert_to_tensor(-float("inf"))
    return ops.fori_loop(0, restarts + 1, tried, nothing)[0]


def improved_groups(
    joint: Tensor, groups: Tensor, categories: int, beta: float = 0.0, sweeps: int = 10
) -> Tensor:
    """Moves outcome by outcome to the group in which it keeps most; groups keep their numbers.

    Args:
        joint: P, `(outcomes, outcomes)`, symmetric, of any positive sum.
        groups: Where each outcome is, int32 `(outcomes,)`.
        categories: Number of groups; the last outcome of one stays.
        beta: As for `most_informative_groups`.
        sweeps: Over all outcomes; one that moves nothing changes nothing.

    Returns:
        int32 `(outcomes,)`, of no less information at its beta.
    """
    joint = _normalised(joint)
    members = ops.one_hot(groups, categories, dtype="float32")
    moved = functools.partial(_moved, beta=beta)

    def swept(_: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return ops.fori_loop(0, joint.shape[0], moved, state)

    if sweeps:
        members, _ = ops.fori_loop(0, sweeps, swept, (members, joint))
    return ops.cast(ops.argmax(members, axis=1), "int32")


def grouped_information(joint: Tensor, members: Tensor, beta: float = 0.0) -> Tensor:
    """I(g(a); g(b)) - beta H(g(a)) in nats of one grouping, or of several.

    Args:
        joint: P, `(outcomes, outcomes)`, symmetric, with sum 1.
        members: One-hot `(..., outcomes, categories)`.
        beta: Price of a nat of entropy.
    """
    grouped = ops.matmul(ops.swapaxes(members, -1, -2), ops.matmul(joint, members))
    of_groups = shannon_entropy(ops.sum(grouped, axis=-1))
    return (2 - beta) * of_groups - shannon_entropy(grouped, axis=(-1, -2))


def _united(_: Tensor, state: tuple[Tensor, Tensor], beta: float) -> tuple[Tensor, Tensor]:
    """Unites the two groups whose union loses least."""
    members, joint = state
    grouped = ops.matmul(ops.transpose(members), ops.matmul(joint, members))
    marginal, diagonal = ops.sum(grouped, axis=1), ops.diagonal(grouped)
    terms, own = _x_ln_x(grouped), _x_ln_x(diagonal)
    # What sum P ln P gains over the columns of other groups, twice, for P is symmetric.
    rows = _x_ln_x(grouped[:, None, :] + grouped[None, :, :])
    others = ops.sum(rows, axis=-1) - ops.sum(terms, axis=1)[:, None] - ops.sum(terms, axis=1)[None]
    at_own = _x_ln_x(diagonal[:, None] + grouped) - own[:, None] - terms
    others = others - at_own - ops.transpose(at_own)
    inner = _x_ln_x(diagonal[:, None] + diagonal[None] + 2 * grouped)
    inner = inner - own[:, None] - own[None] - 2 * terms
    mass = _x_ln_x(marginal[:, None] + marginal[None])
    mass = mass - _x_ln_x(marginal)[:, None] - _x_ln_x(marginal)[None]
    kept = 2 * others + inner - (2 - beta) * mass
    full = ops.any(members > 0, axis=0)
    pairs = ops.logical_and(full[:, None], full[None])
    pairs = ops.logical_and(pairs, ops.triu(ops.ones_like(kept), 1) > 0)
    best = ops.argmax(ops.reshape(ops.where(pairs, kept, -float("inf")), (-1,)))
    into, emptied = best // kept.shape[0], best % kept.shape[0]
    into, emptied = (ops.one_hot(i, kept.shape[0], dtype=members.dtype) for i in (into, emptied))
    moved = ops.matmul(members, emptied[:, None])
    return members + moved * (into - emptied)[None], joint


def _moved(index: Tensor, state: tuple[Tensor, Tensor], beta: float) -> tuple[Tensor, Tensor]:
    """Moves one outcome to the group in which it keeps most; never the last of its group."""
    members, joint = state
    outcomes, categories = members.shape
    row = ops.one_hot(index % outcomes, outcomes, dtype=members.dtype)[:, None]
    here = ops.sum(row * members, axis=0)
    elsewhere = (1 - row) * members
    choices = elsewhere[None] + row[None] * ops.eye(categories)[:, None, :]
    information = grouped_information(joint, choices, beta)
    # It stays where nothing is better than where it is by more than rounding.
    information = information + _ROUNDING * here
    alone = ops.sum(ops.sum(elsewhere, axis=0) * here) == 0
    chosen = ops.one_hot(ops.argmax(information), categories, dtype=members.dtype)
    return elsewhere + row * ops.where(alone, here, chosen)[None], joint


def _normalised(joint: Tensor) -> Tensor:
    joint = ops.cast(ops.convert_to_tensor(joint), "float32")
    return joint / ops.sum(joint)


def _x_ln_x(x: Tensor) -> Tensor:
    return x * from_probs(x).logs
