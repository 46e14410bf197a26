import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from known_f_divergences import KNOWN
from tfgan_it.information.f_divergences import DIVERGENCES, f_divergence

LOGITS = np.linspace(-12, 12, 481)
RATIOS = np.geomspace(1e-4, 1e4, 401)

every_divergence = pytest.mark.parametrize("name", sorted(DIVERGENCES))


def in_float64(function, x):
    return function(tf.constant(x, "float64")).numpy()


def test_every_divergence_is_known():
    assert set(KNOWN) == set(DIVERGENCES)


@every_divergence
def test_f_and_its_derivative(name):
    f, derivative, _ = KNOWN[name]
    np.testing.assert_allclose(in_float64(DIVERGENCES[name].f, RATIOS), f(RATIOS), rtol=1e-9)
    found = in_float64(DIVERGENCES[name].derivative, RATIOS)
    np.testing.assert_allclose(found, derivative(RATIOS), rtol=1e-9, atol=1e-12)
    zero = in_float64(DIVERGENCES[name].f, np.zeros(1))
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(zero, f(np.zeros(1)))


@every_divergence
def test_fenchel_inequality(name):
    f, _, _ = KNOWN[name]
    t = in_float64(DIVERGENCES[name].activation, LOGITS)
    conjugate = in_float64(DIVERGENCES[name].conjugate, t)
    assert np.isfinite(conjugate).all()
    gap = conjugate[:, None] - (t[:, None] * RATIOS - f(RATIOS))
    assert (gap >= -1e-9 * (1 + np.abs(t[:, None]) * RATIOS)).all()


@every_divergence
def test_equality_at_the_derivative(name):
    f, slope, _ = KNOWN[name]
    t = slope(RATIOS)
    conjugate = in_float64(DIVERGENCES[name].conjugate, t)
    np.testing.assert_allclose(conjugate, t * RATIOS - f(RATIOS), rtol=1e-7, atol=1e-7)


@every_divergence
def test_conjugate_of_the_activation(name):
    divergence = DIVERGENCES[name]
    composed = in_float64(divergence.conjugate, in_float64(divergence.activation, LOGITS))
    direct = in_float64(divergence.conjugate_of_activation, LOGITS)
    np.testing.assert_allclose(direct, composed, rtol=1e-6, atol=1e-9)


@every_divergence
def test_activation_increases_through_the_whole_domain(name):
    t = in_float64(DIVERGENCES[name].activation, LOGITS)
    assert (np.diff(t) > 0).all()
    low, high = {
        "kl": (-np.inf, np.inf),
        "reverse_kl": (-np.inf, 0),
        "jensen_shannon": (-np.inf, np.log(2) / 2),
        "pearson": (-np.inf, np.inf),
        "neyman": (-np.inf, 1),
        "squared_hellinger": (-np.inf, 1),
        "total_variation": (-0.5, 0.5),
        "gan": (-np.inf, 0),
    }[name]
    assert low < t.min() and t.max() < high
    assert t.min() < low + 1e-4 or t.min() < -5
    assert t.max() > high - 1e-4 or t.max() > 5


@every_divergence
def test_the_sum_over_outcomes_is_that_of_q_f(name):
    p, q = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 4))
    f, _, integrand = KNOWN[name]
    value = f_divergence(p, q, name)
    assert value.dtype == "float64"
    np.testing.assert_allclose(value, integrand(p, q).sum(-1), rtol=1e-9)
    np.testing.assert_allclose(value, (q * f(p / q)).sum(-1), rtol=1e-9)
    # The same f as a function of one's own.
    np.testing.assert_allclose(f_divergence(p, q, DIVERGENCES[name].f), value, rtol=1e-9)


def test_an_f_of_ones_own_over_other_axes():
    p, q = np.asarray([[0.5, 0.2], [0.5, 0.8]]), np.asarray([[0.0, 0.4], [1.0, 0.6]])
    value = f_divergence(p, q, lambda u: ops.abs(u - 1) / 2, slope_at_infinity=0.5, axis=0)
    np.testing.assert_allclose(value, [0.5, 0.2])


def test_an_unknown_name():
    with pytest.raises(ValueError, match=r"^Unknown divergence 'chi2': use one of gan, .*\)\.\Z"):
        f_divergence([1.0], [1.0], "chi2")
