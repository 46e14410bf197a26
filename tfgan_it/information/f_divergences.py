"""f-divergences: f, its derivative and its conjugate, and sums over outcomes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from tfgan_it.checks import check_choice
from tfgan_it.information.arrays import upcast
from tfgan_it.information.divergences import jensen_shannon_terms, kullback_leibler_terms
from tfgan_it.information.log_probs import LogProbs, as_log_probs, from_probs, is_zero
from tfgan_it.information.scores import HIGHEST_EXPONENT, linearized_exp, linearized_expm1
from tfgan_it.typing import Tensor


class Divergence(NamedTuple):
    """D_f(p || q) = E_q f(p/q) = sup_T E_p T - E_q f*(T), f convex with f(1) = 0.

    The supremum is at T = f'(p/q). All functions take tensors or arrays and return tensors.

    Attributes:
        f: f(u), for u >= 0. At u = 0 it is the limit, which may be +inf.
        derivative: f'(u), for u > 0.
        conjugate: f*(t) = sup_u ut - f(u), on its domain.
        activation: Increasing function g that maps any real number into the domain of f*.
        conjugate_of_activation: f*(g(v)), numerically stable for any v.
        terms: q f(p/q) of two `LogProbs`, with the limits where p or q is 0.

    In activations, their conjugates and terms, e^x continues above x = 40 as its tangent, so that
    values and gradients are finite in float32. There they are too small, and no bound.
    """

    f: Callable[[Tensor], Tensor]
    derivative: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]
    activation: Callable[[Tensor], Tensor]
    conjugate_of_activation: Callable[[Tensor], Tensor]
    terms: Callable[[LogProbs, LogProbs], Tensor]


def _u_ln_u(u: Tensor) -> Tensor:
    return u * from_probs(upcast(ops.convert_to_tensor(u))).logs


def _square_over(p: LogProbs, q: LogProbs) -> Tensor:
    """Computes (p - q)^2 / q: 0 where both are 0, +inf where only q is.

    Where p / q is above e^40, the tangent replaces it in p (p / q) - 2 p + q.
    """
    ln_ratio = ops.where(ops.logical_and(p.support, q.support), p.logs - q.logs, 0.0)
    is_far = ops.logical_or(is_zero(q.values), ln_ratio > HIGHEST_EXPONENT)
    near = ops.square(p.values - q.values) / ops.where(is_far, 1.0, q.values)
    far = p.values * linearized_exp(ln_ratio) - 2.0 * p.values + q.values
    outside = ops.where(is_zero(p.values), 0.0, math.inf)
    return ops.where(q.support, ops.where(is_far, far, near), outside)


def _root(p: LogProbs) -> Tensor:
    return ops.where(p.support, ops.exp(p.logs / 2), 0.0)


DIVERGENCES = {
    # KL(p || q)
    "kl": Divergence(
        f=_u_ln_u,
        derivative=lambda u: ops.log(u) + 1,
        conjugate=lambda t: ops.exp(t - 1),
        activation=lambda v: v,
        conjugate_of_activation=lambda v: linearized_exp(v - 1),
        terms=kullback_leibler_terms,
    ),
    # KL(q || p)
    "reverse_kl": Divergence(
        f=lambda u: -ops.log(u),
        derivative=lambda u: -1 / u,
        conjugate=lambda t: -1 - ops.log(-t),
        activation=lambda v: -linearized_exp(-v),
        conjugate_of_activation=lambda v: v - 1,
        terms=lambda p, q: kullback_leibler_terms(q, p),
    ),
    # JS(p, q)
    "jensen_shannon": Divergence(
        f=lambda u: (_u_ln_u(u) - (u + 1) * ops.log((u + 1) / 2)) / 2,
        derivative=lambda u: (ops.log(2 * u) - ops.log1p(u)) / 2,
        conjugate=lambda t: -ops.log(2 - ops.exp(2 * t)) / 2,
        activation=lambda v: (math.log(2) - ops.softplus(-v)) / 2,
        conjugate_of_activation=lambda v: (ops.softplus(v) - math.log(2)) / 2,
        terms=jensen_shannon_terms,
    ),
    # sum (p - q)^2 / q
    "pearson": Divergence(
        f=lambda u: ops.square(u - 1),
        derivative=lambda u: 2 * (u - 1),
        conjugate=lambda t: ops.square(t) / 4 + t,
        activation=lambda v: v,
        conjugate_of_activation=lambda v: ops.square(v) / 4 + v,
        terms=_square_over,
    ),
    # sum (p - q)^2 / p
    "neyman": Divergence(
        f=lambda u: ops.square(u - 1) / u,
        derivative=lambda u: 1 - 1 / ops.square(u),
        conjugate=lambda t: 2 - 2 * ops.sqrt(1 - t),
        activation=lambda v: -linearized_expm1(-v),
        conjugate_of_activation=lambda v: -2 * linearized_expm1(-v / 2),
        terms=lambda p, q: _square_over(q, p),
    ),
    # sum (sqrt p - sqrt q)^2
    "squared_hellinger": Divergence(
        f=lambda u: ops.square(ops.sqrt(u) - 1),
        derivative=lambda u: 1 - 1 / ops.sqrt(u),
        conjugate=lambda t: t / (1 - t),
        activation=lambda v: -linearized_expm1(-v),
        conjugate_of_activation=lambda v: linearized_expm1(v),
        terms=lambda p, q: ops.square(_root(p) - _root(q)),
    ),
    # 1/2 sum |p - q|
    "total_variation": Divergence(
        f=lambda u: ops.abs(u - 1) / 2,
        derivative=lambda u: ops.sign(u - 1) / 2,
        conjugate=lambda t: t,
        activation=lambda v: ops.tanh(v) / 2,
        conjugate_of_activation=lambda v: ops.tanh(v) / 2,
        terms=lambda p, q: ops.abs(p.values - q.values) / 2,
    ),
    # 2 JS(p, q) - ln 4: the minimax GAN's value at its optimal discriminator, so f(1) = -ln 4
    "gan": Divergence(
        f=lambda u: _u_ln_u(u) - (u + 1) * ops.log1p(u),
        derivative=lambda u: ops.log(u) - ops.log1p(u),
        conjugate=lambda t: -ops.log(-ops.expm1(t)),
        activation=lambda v: -ops.softplus(-v),
        conjugate_of_activation=lambda v: ops.softplus(v),
        terms=lambda p, q: 2 * jensen_shannon_terms(p, q) - math.log(2.0) * (p.values + q.values),
    ),
}


def f_divergence(
    p: Tensor,
    q: Tensor,
    divergence: str | Callable[[Tensor], Tensor] = "kl",
    slope_at_infinity: float = math.inf,
    axis: int | tuple[int, ...] = -1,
) -> Tensor:
    """Computes D_f(p || q) = sum q f(p/q), f convex with f(1) = 0; where q = 0 < p, p lim f(u)/u.

    Args:
        p: Probabilities that sum to 1 over `axis`, or `LogProbs`; NumPy arrays become tensors.
        q: Probabilities of the same outcomes, or `LogProbs`.
        divergence: A name in `DIVERGENCES`, or f itself as a function of a tensor u = p/q >= 0.
        slope_at_infinity: lim f(u)/u, u to infinity, for a custom f: infinite for KL, 1/2 for the
            total variation.
        axis: Axis or axes of the outcomes.

    Raises:
        ValueError: If the name is unknown; the message gives the nearest.

    Source: Ali and Silvey, 1966, "A General Class of Coefficients of Divergence of One Distribution
    from Another"; Csiszar, 1967, "Information-Type Measures of Difference of Probability
    Distributions and Indirect Observations"; conjugates and activations in Nowozin et al., 2016,
    "f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization", tables
    1, 2 and 6. Departures: `jensen_shannon` is JS itself, half of the paper's.

    Example:

    >>> p, q = [0.5, 0.5], [0.25, 0.75]
    >>> print(f"{float(f_divergence(p, q, 'total_variation')):.4f}")
    0.2500
    >>> print(f"{float(f_divergence(p, q, lambda u: ops.square(u - 1))):.4f}")
    0.3333
    """
    p, q = as_log_probs(p, q)
    if callable(divergence):
        return ops.sum(_perspective(p, q, divergence, slope_at_infinity), axis=axis)
    check_choice("divergence", divergence, DIVERGENCES)
    return ops.sum(DIVERGENCES[divergence].terms(p, q), axis=axis)


def _perspective(
    p: LogProbs, q: LogProbs, f: Callable[[Tensor], Tensor], slope_at_infinity: float
) -> Tensor:
    q_is_zero = is_zero(q.values)
    inside = ops.where(q_is_zero, 1.0, q.values)
    terms = inside * f(p.values / inside)
    if slope_at_infinity == math.inf:
        outside = ops.where(is_zero(p.values), 0.0, math.inf)
    else:
        outside = slope_at_infinity * p.values
    return ops.where(q_is_zero, outside, terms)
