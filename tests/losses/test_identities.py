"""What must hold between the measures of information, whatever the code says."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from tfgan_it.information import (
    DIVERGENCES,
    gaussian_entropy,
    gaussian_kullback_leibler,
    shannon_entropy,
)
from tfgan_it.latents import Uniform
from tfgan_it.losses import Minimax
from tfgan_it.losses.discrete_f_divergence import DiscreteFDivergence
from tfgan_it.losses.divergences import (
    CrossEntropy,
    Entropy,
    Jeffreys,
    JensenShannon,
    KullbackLeibler,
    Renyi,
    SymmetricCrossEntropy,
)

RNG = np.random.default_rng(0)
P, Q = RNG.dirichlet(np.ones(6), size=(2, 8))
ORDERS = [0.1, 0.5, 0.9, 1, 1.5, 2, 5]


def nats(kind, *arguments, of=(P, Q), **kwargs):
    return kind(*arguments, dtype="float64", **kwargs).call(*of).numpy()


# Densities, cut into cells: sums of probabilities become integrals.

EDGES = np.linspace(-12, 12, 4801)
WIDTH = EDGES[1] - EDGES[0]


def cells(distribution):
    """The probability of each cell by its middle, one row."""
    mass = distribution.pdf((EDGES[1:] + EDGES[:-1]) / 2)
    return (mass / mass.sum())[None]


def test_entropy_of_a_gaussian():
    scale = 1.3
    expected = np.log(2 * np.pi * np.e * scale**2) / 2
    discrete = nats(Entropy, of=(None, cells(stats.norm(scale=scale))))[0]
    assert discrete + np.log(WIDTH) == pytest.approx(expected, abs=1e-5)
    assert float(gaussian_entropy([[scale**2]])) == pytest.approx(expected, rel=1e-6)


def test_entropy_of_a_uniform():
    assert nats(Entropy, of=(None, np.full((1, 7), 1 / 7)))[0] == pytest.approx(np.log(7))
    discrete = nats(Entropy, of=(None, cells(stats.uniform(-3, 5))))[0]
    assert discrete + np.log(WIDTH) == pytest.approx(np.log(5), abs=1e-10)
    assert Uniform(1, low=-3, high=2).entropy() == pytest.approx(np.log(5))


def test_divergences_of_gaussians_by_quadrature():
    p, q = stats.norm(0.4, 0.9), stats.norm(-0.5, 1.4)
    pair = cells(p), cells(q)

    def integral(integrand):
        return integrate.quad(integrand, -12, 12, points=[-0.5, 0.4], epsabs=1e-12)[0]

    def m(x):
        return np.log((p.pdf(x) + q.pdf(x)) / 2)

    forward = integral(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)))
    backward = integral(lambda x: q.pdf(x) * (q.logpdf(x) - p.logpdf(x)))
    closed = gaussian_kullback_leibler([0.4], [[0.9**2]], [-0.5], [[1.4**2]])
    assert float(closed) == pytest.approx(forward, rel=1e-6)
    assert nats(KullbackLeibler, of=pair)[0] == pytest.approx(forward, abs=1e-5)
    assert nats(KullbackLeibler, "reverse", of=pair)[0] == pytest.approx(backward, abs=1e-5)
    assert nats(Jeffreys, of=pair)[0] == pytest.approx(forward + backward, abs=1e-5)
    jensen_shannon = integral(
        lambda x: (p.pdf(x) * (p.logpdf(x) - m(x)) + q.pdf(x) * (q.logpdf(x) - m(x))) / 2
    )
    assert nats(JensenShannon, of=pair)[0] == pytest.approx(jensen_shannon, abs=1e-5)
    bhattacharyya = integral(lambda x: np.sqrt(p.pdf(x) * q.pdf(x)))
    assert nats(Renyi, 0.5, of=pair)[0] == pytest.approx(-2 * np.log(bhattacharyya), abs=1e-5)


def test_renyi_of_gaussians_of_one_scale():
    # D_a(N(m, s^2) || N(n, s^2)) = a (m - n)^2 / 2 s^2.
    pair = cells(stats.norm(0.5)), cells(stats.norm(-0.3))
    for order in ORDERS:
        assert nats(Renyi, order, of=pair)[0] == pytest.approx(order * 0.32, rel=1e-4)


# Entropy, cross-entropy, divergence.


def test_cross_entropy_is_entropy_and_divergence():
    entropy = nats(Entropy, of=(None, P))
    np.testing.assert_allclose(nats(CrossEntropy), entropy + nats(KullbackLeibler), rtol=1e-12)


def test_symmetric_cross_entropy_is_both_entropies_and_jeffreys():
    entropies = nats(Entropy, of=(None, P)) + nats(Entropy, of=(None, Q))
    np.testing.assert_allclose(nats(SymmetricCrossEntropy), entropies + nats(Jeffreys), rtol=1e-12)


def test_entropy_is_what_is_missing_to_the_uniform():
    uniform = np.full_like(P, 1 / 6)
    missing = nats(KullbackLeibler, of=(P, uniform))
    np.testing.assert_allclose(nats(Entropy, of=(None, P)), np.log(6) - missing, rtol=1e-12)


def test_jensen_shannon_is_the_entropy_of_the_mixture_less_the_mean_entropy():
    gain = shannon_entropy((P + Q) / 2) - (shannon_entropy(P) + shannon_entropy(Q)) / 2
    np.testing.assert_allclose(nats(JensenShannon), gain, rtol=1e-10)


# The identity that everything hangs on.


def test_jensen_shannon_is_the_information_of_real_or_generated():
    for p, q, value in zip(P, Q, nats(JensenShannon), strict=True):
        joint = np.stack([p, q], axis=1) / 2  # p(x, y), y the fair coin.
        independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
        information = (joint * np.log(joint / independent)).sum()
        assert value == pytest.approx(information, rel=1e-10)
        entropies = shannon_entropy(joint.sum(1)), shannon_entropy(joint.sum(0))
        by_entropies = sum(entropies) - shannon_entropy(joint, axis=(0, 1))
        assert value == pytest.approx(float(by_entropies), rel=1e-10)


def value_of_game(p, q, logits):
    """E_p ln D + E_q ln(1 - D) of the library's own game, by all outcomes with their weights."""
    logits = tf.constant(logits, "float64")
    zero = tf.zeros_like(logits)
    loss = Minimax().discriminator_loss
    # softplus(0) = ln 2 is what the other player's term is where its logit is 0.
    real = loss(logits, zero).numpy() - np.log(2)
    fake = loss(zero, logits).numpy() - np.log(2)
    return -(p @ real) - q @ fake


def test_the_value_of_the_first_game_is_two_jensen_shannon_less_ln_4():
    for p, q, divergence in zip(P, Q, nats(JensenShannon), strict=True):
        best = value_of_game(p, q, np.log(p / q))
        assert best == pytest.approx(2 * divergence - np.log(4), abs=1e-10)
        for move in RNG.normal(size=(20, 6)):
            assert value_of_game(p, q, np.log(p / q) + move) < best


def test_names_of_the_table_are_the_classes():
    same = {
        "kl": nats(KullbackLeibler),
        "reverse_kl": nats(KullbackLeibler, "reverse"),
        "jensen_shannon": nats(JensenShannon),
        "gan": 2 * nats(JensenShannon) - np.log(4),
        "neyman": nats(DiscreteFDivergence, "pearson", of=(Q, P)),
        "squared_hellinger": 2 - 2 * np.exp(-nats(Renyi, 0.5) / 2),
        "pearson": np.expm1(nats(Renyi, 2)),
    }
    for name, expected in same.items():
        np.testing.assert_allclose(nats(DiscreteFDivergence, name), expected, rtol=1e-10)


# Renyi's family.


def test_renyi_tends_to_kullback_leibler():
    limit = nats(KullbackLeibler)
    gaps = [np.abs(nats(Renyi, 1 + gap) - limit).max() for gap in (0.1, 1e-2, 1e-3, -1e-3, -1e-2)]
    assert gaps[0] > gaps[1] > gaps[2] and gaps[4] > gaps[3]
    for gap in (-1e-9, 0, 1e-9):
        np.testing.assert_allclose(nats(Renyi, 1 + gap), limit, rtol=1e-7)


def test_renyi_of_one_half_is_bhattacharyya():
    expected = -2 * np.log(np.sqrt(P * Q).sum(-1))
    np.testing.assert_allclose(nats(Renyi, 0.5), expected, rtol=1e-10)


def test_renyi_tends_to_the_largest_ratio():
    limit = np.log((P / Q).max(-1))
    np.testing.assert_allclose(nats(Renyi, math.inf), limit, rtol=1e-12)
    np.testing.assert_allclose(nats(Renyi, 1e6), limit, rtol=1e-4)


def test_renyi_tends_to_the_shared_support():
    p, q = np.asarray([[0.5, 0.5, 0.0]]), np.asarray([[0.2, 0.3, 0.5]])
    assert nats(Renyi, 0, of=(p, q))[0] == pytest.approx(np.log(2), rel=1e-12)
    assert nats(Renyi, 1e-6, of=(p, q))[0] == pytest.approx(np.log(2), rel=1e-4)


def test_renyi_grows_with_its_order_and_is_skew_symmetric():
    values = np.stack([nats(Renyi, order) for order in [0, *ORDERS, math.inf]])
    assert (np.diff(values, axis=0) > 0).all()
    for order in (0.1, 0.5, 0.9):
        other = nats(Renyi, 1 - order, of=(Q, P))
        np.testing.assert_allclose(nats(Renyi, order) / order, other / (1 - order), rtol=1e-9)


# What holds for every divergence.

DIVERGING = {
    "forward": (KullbackLeibler,),
    "reverse": (KullbackLeibler, "reverse"),
    "jeffreys": (Jeffreys,),
    "jensen_shannon": (JensenShannon,),
    **{f"renyi_{order}": (Renyi, order) for order in [*ORDERS, math.inf]},
    **{f"f_{name}": (DiscreteFDivergence, name) for name in sorted(DIVERGENCES)},
}
every_divergence = pytest.mark.parametrize("name", DIVERGING)
MANY = RNG.dirichlet(np.full(6, 0.5), size=(2, 200))


@every_divergence
def test_not_negative_and_zero_between_equals(name):
    shift = np.log(4) if name == "f_gan" else 0
    assert (nats(*DIVERGING[name], of=MANY) + shift > 0).all()
    same = nats(*DIVERGING[name], of=(MANY[0], MANY[0])) + shift
    np.testing.assert_allclose(same, 0, atol=1e-13)


@every_divergence
def test_processing_loses_information(name):
    # A channel, and two outcomes that are merged.
    before = nats(*DIVERGING[name], of=MANY)
    channel = RNG.dirichlet(np.ones(4), size=6)
    merged = np.eye(6)[:, :5] + np.eye(6)[:, [5]] * np.eye(5)[[0]]
    for processing in (channel, merged):
        after = nats(*DIVERGING[name], of=MANY @ processing)
        assert (after <= before * (1 + 1e-10) + 1e-12).all()
        assert after.mean() < before.mean()
    # Nothing is lost in another order.
    shuffled = nats(*DIVERGING[name], of=MANY[..., ::-1])
    np.testing.assert_allclose(shuffled, before, rtol=1e-9, atol=1e-12)


def test_bounds():
    assert (nats(JensenShannon, of=MANY) < np.log(2)).all()
    variation = nats(DiscreteFDivergence, "total_variation", of=MANY)
    # Pinsker's inequality.
    assert (nats(KullbackLeibler, of=MANY) >= 2 * variation**2).all()
    hellinger = nats(DiscreteFDivergence, "squared_hellinger", of=MANY)
    assert (hellinger / 2 <= variation).all()
    assert (variation <= np.sqrt(hellinger)).all()


def test_divergences_of_independent_pairs_add_up():
    pairs = [np.einsum("ri,rj->rij", x[:4], x[4:]).reshape(4, -1) for x in (P, Q)]
    for name in ("forward", "jeffreys", "renyi_0.5", "renyi_2"):
        parts = nats(*DIVERGING[name])
        whole = nats(*DIVERGING[name], of=pairs)
        np.testing.assert_allclose(whole, parts[:4] + parts[4:], rtol=1e-9)
