"""Information in the canonical directions of what encoders of two sides say.

Directions are chosen on some pairs and judged on others, so that what is found by choice alone is
not counted.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from tfgan_it.estimators import representations
from tfgan_it.estimators.continuous_information import (
    expected_growth,
    largest,
    neighbors_information,
    standard_error,
)
from tfgan_it.estimators.counting import counted
from tfgan_it.estimators.estimate import Candidate

Information = Callable[[np.ndarray, np.ndarray], tuple[float, float]]
_NEIGHBORS = "KSG"
_GAPS = 3
_SHARED = 0.1  # Of a sum: more of it could be missed.
_LOOKS = 20
PAIRS_PER_DIRECTION = 8  # With fewer, everything correlates by chance.


@dataclasses.dataclass(frozen=True)
class CanonicalDirections:
    """Pairs in the canonical directions that correlate beyond chance, or in the first if none does.

    Args:
        fitted: Both sides of the pairs that chose the directions, `(n, count)` each.
        held_out: The same of other pairs.
        correlations: Those of the directions beyond chance on the pairs that chose them.
    """

    fitted: tuple[np.ndarray, np.ndarray]
    held_out: tuple[np.ndarray, np.ndarray]
    correlations: np.ndarray


def canonical_directions(
    f: np.ndarray, g: np.ndarray, new_f: np.ndarray, new_g: np.ndarray
) -> CanonicalDirections:
    """Finds the directions of f and g that correlate beyond what independent sides reach by chance.

    Only the `n / 8` directions of most variance of a side count: among more, all would correlate.

    Args:
        f: One side of the pairs that choose, float64 `(n, p)`.
        g: The other, `(n, q)`.
        new_f: That of other pairs, `(m, p)`.
        new_g: Their other side, `(m, q)`.

    Source: Wachter, 1980, "The Limiting Empirical Measure of Multiple Discriminant Ratios", for the
    edge.

    Example:

    >>> z, e = np.random.default_rng(0).normal(size=(2, 400, 3))
    >>> g = z + 0.5 * e
    >>> directions = canonical_directions(z[:200], g[:200], z[200:], g[200:])
    >>> directions.held_out[0].shape, len(directions.correlations)
    ((200, 3), 3)
    """
    n = len(f)
    most = max(1, n // PAIRS_PER_DIRECTION)
    (mean_f, white_f), (mean_g, white_g) = (_whitening(part, most) for part in (f, g))
    p, q = white_f.shape[1], white_g.shape[1]
    left, correlations, right = np.linalg.svd(
        ((f - mean_f) @ white_f).T @ ((g - mean_g) @ white_g) / n, full_matrices=False
    )
    edge = math.sqrt(p / n * (1 - q / n)) + math.sqrt(q / n * (1 - p / n))
    count = int((correlations > edge).sum())
    shown = max(count, min(1, p, q))
    of_f, of_g = white_f @ left[:, :shown], white_g @ right[:shown].T
    fitted, held_out = (
        ((one - mean_f) @ of_f, (other - mean_g) @ of_g) for one, other in ((f, g), (new_f, new_g))
    )
    return CanonicalDirections(fitted, held_out, correlations[:count])


def information_of_directions(
    directions: CanonicalDirections, random: np.random.Generator
) -> Candidate:
    """Estimates the information of the first directions, up to whichever large gap it is largest.

    Directions that were chosen by few pairs are a little off, and tell other pairs less than the
    best ones would. The pairs that chose them are told more. By the difference the estimate may be
    too low, and by what neighbours miss in many dimensions.

    Args:
        directions: The directions.
        random: Random generator of permutations.
    """
    a, b = directions.held_out
    count = len(directions.correlations)
    one = "s correlate" if count > 1 else " correlates"
    reason = f"{count or 'no'} direction{one} beyond chance"
    if not a.shape[1] or not b.shape[1]:
        return Candidate("encoders", 0.0, standard_error(np.zeros(len(a))), reason=reason)
    if not count:
        nats, error = neighbors_information(a, b)
        found = Candidate("encoders", 0.0, error, bias=max(0.0, nats), reason=reason)
        return _with_what_was_lost(found, directions.fitted, 1, random)
    # Products of what x and y share correlate too, less than what they are products of.
    evidence = -np.log1p(-(np.minimum(np.append(directions.correlations, 0.0), 0.9999) ** 2))
    counts = 1 + np.argsort(evidence[1:] - evidence[:-1], kind="stable")[:_GAPS]
    candidates: dict[str, tuple[Candidate, int]] = {}
    for some in sorted(counts.tolist()):
        most = max((each.nats for each, _ in candidates.values()), default=-math.inf)
        for each in _candidates(a, b, some, random, most):
            candidates[each.estimator] = each, some
    best = largest([each for each, _ in candidates.values()], len(a), reason)
    some = candidates[best.estimator][1]
    if best.estimator.endswith(_NEIGHBORS) and some > 1:
        growth = expected_growth(best.nats, a[:, :some], b[:, :some], random)
        best = dataclasses.replace(best, bias=best.bias + growth)
    return _with_what_was_lost(best, directions.fitted, some, random)


def _with_what_was_lost(
    found: Candidate,
    fitted: tuple[np.ndarray, np.ndarray],
    count: int,
    random: np.random.Generator,
) -> Candidate:
    """Widens the interval upwards, up to what the directions tell the pairs that chose them."""
    told = max(each.nats for each in _candidates(*fitted, count, random))
    return dataclasses.replace(found, bias=max(found.bias, found.bias + told - found.nats))


def _candidates(
    a: np.ndarray,
    b: np.ndarray,
    count: int,
    random: np.random.Generator,
    most: float = -math.inf,
) -> list[Candidate]:
    """Returns estimates of the information of the first directions; sums if they exceed `most`."""
    some = a[:, :count], b[:, :count]
    of_count = f"encoders, the first {count} direction{'s' * (count > 1)}"
    nearest = Candidate(_NEIGHBORS, *neighbors_information(*some))
    return [
        dataclasses.replace(each, estimator=f"{of_count}, {each.estimator}")
        for each in (nearest, *_sums(*some, random, max(most, nearest.nats)))
    ]


def _sums(
    x: np.ndarray, y: np.ndarray, random: np.random.Generator, most: float
) -> Iterator[Candidate]:
    """Generates sum_i I(x_i; y_i) over pairs of independent components, less what they share.

    Each component is taken as one bit, and as it is: encoders let the other sources shine through a
    little, which components share, and which says nothing of y. Sums that are not above the `most`
    that is known are left out.
    """
    if x.shape[1] == 1:
        return
    for contrast in representations.CONTRASTS:
        p, q = (representations.components(part, contrast) for part in (x, y))
        dependence = representations.dependent_columns(p, q)
        rows, columns = linear_sum_assignment(-dependence)
        chosen = dependence[rows, columns] > 0
        p, q = p[:, rows[chosen]], q[:, columns[chosen]]
        if p.shape[1] > 1:
            bits = [np.apply_along_axis(_bit, 0, z) for z in (p, q)]
            for what, z, information in (
                ("bits", bits, _counted_information),
                ("components", [p, q], neighbors_information),
            ):
                found = _sum(what, z, information, random, most)
                if found is not None:
                    most = max(most, found.nats)
                    yield found


def _sum(
    what: str,
    z: Sequence[np.ndarray],
    information: Information,
    random: np.random.Generator,
    most: float,
) -> Candidate | None:
    """Returns the sum over pairs, or None if much is shared: in many dimensions more is missed."""
    terms = [information(z[0][:, [i]], z[1][:, [i]]) for i in range(z[0].shape[1])]
    nats = sum(term for term, _ in terms)
    if nats <= most:
        return None
    shared = min(_shared(part, information, random) for part in z)
    if shared > _SHARED * nats:
        return None
    error = math.hypot(*(error for _, error in terms))
    name = f"the sum over pairs of independent {what}"
    return Candidate(name, nats - max(0.0, shared), error)


def _shared(x: np.ndarray, information: Information, random: np.random.Generator) -> float:
    """Returns the total correlation sum_j I(x_j; x_1 ... x_{j - 1}), beyond that of chance."""
    total = 0.0
    for j in range(1, x.shape[1]):
        before, own = x[:, :j], x[:, [j]]
        total += information(before, own)[0] - information(before, random.permutation(own))[0]
    return total


def _counted_information(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Returns I(x; y) of labels, and its standard error."""
    parts = (*x.T, *y.T), tuple(x.T), tuple(y.T)
    found, _ = counted(list(zip(parts, (1, -1, -1), strict=True)), "")
    return found.nats, found.standard_error


def _bit(values: np.ndarray) -> np.ndarray:
    """Returns 0 or 1, on which side of the middle between the means of both sides values are."""
    middle = float(values.mean())
    for _ in range(_LOOKS):
        above = values > middle
        if above.all() or not above.any():
            break
        middle = float(values[above].mean() + values[~above].mean()) / 2
    return (values > middle).astype("float64")


def _whitening(values: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean and a matrix of the directions that vary most, each to the variance 1."""
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(values.T)))
    kept = variances > 1e-8 * max(variances[-1], 1e-30)
    kept[:-most] = False
    return values.mean(axis=0), directions[:, kept] / np.sqrt(variances[kept])
