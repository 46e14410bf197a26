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
    """Groups the outcomes of a symmetric joint table so as to keep most of its information.

        I(g(a); g(b)) - beta H(g(a)),   I = sum_kl P_kl ln P_kl / (P_k P_l),
        P_kl = sum_{i in k, j in l} P_ij

    It first merges the two groups whose union loses least, until `categories` remain; then it moves
    single outcomes, see `improved_groups`. It repeats the moves from random groups, the same at
    each call, and returns the best result. This is a local maximum, not always the global one.

    Args:
        joint: Symmetric joint table P, `(outcomes, outcomes)`, of any positive sum.
        categories: Number of groups.
        beta: Weight of the entropy of the groups. At 0 groups of equal shares are favoured; above
            0 a large group is split only for the information in its parts.
        sweeps: Number of sweeps of moves over all outcomes.
        restarts: Number of random initial groupings.

    Returns:
        The group of each outcome, int32 `(outcomes,)`.

    Source: Slonim and Tishby, 1999, "Agglomerative Information Bottleneck"; the moves: Slonim,
    Friedman and Tishby, 2002, "Unsupervised Document Classification using Sequential Information
    Maximization"; beta: Strouse and Schwab, 2017, "The Deterministic Information Bottleneck".
    Departures: both variables are grouped, by the same groups.

    Example: 0 and 1 are confused with each other, and so are 2 and 3.

    >>> joint = [[3, 2, 0, 0], [2, 3, 0, 0], [0, 0, 3, 2], [0, 0, 2, 3]]
    >>> groups = most_informative_groups(joint, 2, sweeps=1, restarts=1)
    >>> [int(group) for group in groups]
    [0, 0, 1, 1]
    """
    joint = _normalised(joint)
    outcomes = joint.shape[0]
    members = ops.eye(outcomes)  # Outcomes by groups; the column of an empty group is 0.
    if merges := outcomes - categories:
        members, _ = ops.fori_loop(
            0, merges, functools.partial(_merge_step, beta=beta), (members, joint)
        )
    full = ops.any(members > 0, axis=0)
    columns = ops.argsort(ops.where(full, 0, outcomes) + ops.arange(outcomes))[:categories]
    starts = [ops.argmax(ops.take(members, columns, axis=1), axis=1)]
    rng = np.random.default_rng(0)
    starts += [rng.permutation(outcomes) % categories for _ in range(restarts)]
    starts = ops.stack([ops.cast(start, "int32") for start in starts])

    def better_of(index: Tensor, best: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        groups = improved_groups(joint, starts[index], categories, beta, sweeps)
        information = grouped_information(joint, ops.one_hot(groups, categories), beta)
        better = information > best[1] + _ROUNDING
        return ops.where(better, groups, best[0]), ops.where(better, information, best[1])

    initial = starts[0], ops.convert_to_tensor(-float("inf"))
    return ops.fori_loop(0, restarts + 1, better_of, initial)[0]


def improved_groups(
    joint: Tensor, groups: Tensor, categories: int, beta: float = 0.0, sweeps: int = 10
) -> Tensor:
    """Moves each outcome in turn to its most informative group; groups keep their numbers.

    Args:
        joint: Symmetric joint table P, `(outcomes, outcomes)`, of any positive sum.
        groups: Group of each outcome, int32 `(outcomes,)`.
        categories: Number of groups. The last outcome of a group stays.
        beta: As for `most_informative_groups`.
        sweeps: Number of sweeps over all outcomes.

    Returns:
        The new group of each outcome, int32 `(outcomes,)`. The objective is not lower.
    """
    joint = _normalised(joint)
    members = ops.one_hot(groups, categories, dtype="float32")
    move = functools.partial(_move_step, beta=beta)

    def sweep(_: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        return ops.fori_loop(0, joint.shape[0], move, state)

    if sweeps:
        members, _ = ops.fori_loop(0, sweeps, sweep, (members, joint))
    return ops.cast(ops.argmax(members, axis=1), "int32")


def grouped_information(joint: Tensor, members: Tensor, beta: float = 0.0) -> Tensor:
    """Computes I(g(a); g(b)) - beta H(g(a)) in nats for one grouping or several.

    Args:
        joint: Symmetric joint table P, `(outcomes, outcomes)`, with sum 1.
        members: One-hot groups, `(..., outcomes, categories)`.
        beta: Weight of the entropy.
    """
    grouped = ops.matmul(ops.swapaxes(members, -1, -2), ops.matmul(joint, members))
    marginal = shannon_entropy(ops.sum(grouped, axis=-1))
    return (2 - beta) * marginal - shannon_entropy(grouped, axis=(-1, -2))


def _merge_step(_: Tensor, state: tuple[Tensor, Tensor], beta: float) -> tuple[Tensor, Tensor]:
    """Merges the two groups whose union loses least."""
    members, joint = state
    grouped = ops.matmul(ops.transpose(members), ops.matmul(joint, members))
    marginal, diagonal = ops.sum(grouped, axis=1), ops.diagonal(grouped)
    terms, own = _x_ln_x(grouped), _x_ln_x(diagonal)
    # The gain of sum P ln P over the columns of other groups; it counts twice, as P is symmetric.
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
    target, source = best // kept.shape[0], best % kept.shape[0]
    target, source = (ops.one_hot(i, kept.shape[0], dtype=members.dtype) for i in (target, source))
    moved = ops.matmul(members, source[:, None])
    return members + moved * (target - source)[None], joint


def _move_step(index: Tensor, state: tuple[Tensor, Tensor], beta: float) -> tuple[Tensor, Tensor]:
    """Moves one outcome to its most informative group; never the last of its group."""
    members, joint = state
    outcomes, categories = members.shape
    row = ops.one_hot(index % outcomes, outcomes, dtype=members.dtype)[:, None]
    here = ops.sum(row * members, axis=0)
    elsewhere = (1 - row) * members
    choices = elsewhere[None] + row[None] * ops.eye(categories)[:, None, :]
    information = grouped_information(joint, choices, beta)
    # It stays unless another group is better by more than rounding.
    information = information + _ROUNDING * here
    is_last = ops.sum(ops.sum(elsewhere, axis=0) * here) == 0
    best = ops.one_hot(ops.argmax(information), categories, dtype=members.dtype)
    return elsewhere + row * ops.where(is_last, here, best)[None], joint


def _normalised(joint: Tensor) -> Tensor:
    joint = ops.cast(ops.convert_to_tensor(joint), "float32")
    return joint / ops.sum(joint)


def _x_ln_x(x: Tensor) -> Tensor:
    return x * from_probs(x).logs
