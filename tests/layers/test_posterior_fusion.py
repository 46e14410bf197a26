"""Fused posteriors against Bayes's rule on tables and on a grid."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.latents import Categorical, Normal, Product, Uniform
from tfgan_it.layers import PosteriorFusion, PriorIfMissing

PRIOR = np.asarray([0.5, 0.3, 0.2])
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(3, 6, 3)).astype("float32")  # Of three modalities, six samples.
SCORES = RNG.normal(size=(6, 3)).astype("float32")


def softmax(x):
    e = np.exp(x.astype("float64"))
    return e / e.sum(axis=-1, keepdims=True)


def categorical(posterior="product", prior=PRIOR):
    return PosteriorFusion(Product(category=Categorical(3, prior)), posterior)


def gaussian(part, mean, scale):
    """Raw parameters of this mean and scale."""
    raw = np.log(np.expm1(np.asarray(scale) - part.minimum_scale))
    return np.concatenate([np.atleast_2d(mean), np.atleast_2d(raw)], axis=1).astype("float32")


def moments(part, parameters):
    found = part.posterior(parameters)
    return float(found["mean"][0, 0]), float(found["scale"][0, 0])


# Categories


def test_the_product_is_bayes_rule_of_independent_modalities():
    channels = RNG.dirichlet(np.ones(4), size=(2, 3))  # p(x_m|k) of four symbols each.
    joint = np.einsum("k,kx,ky->xyk", PRIOR, *channels)
    expected = (joint / joint.sum(axis=-1, keepdims=True)).reshape(16, 3)
    one, other = ((PRIOR[:, None] * c / (PRIOR @ c)).T for c in channels)
    x, y = np.divmod(np.arange(16), 4)
    fused, _ = categorical()([np.log(one[x]) + 5.0, np.log(other[y])])
    np.testing.assert_allclose(softmax(np.asarray(fused)), expected, atol=1e-6)


def test_a_product_with_an_uninformed_posterior_is_the_other():
    fused, modality_weights = categorical()([LOGITS[0], np.log(np.tile(PRIOR, (6, 1)))])
    np.testing.assert_allclose(softmax(np.asarray(fused)), softmax(LOGITS[0]), atol=1e-6)
    np.testing.assert_allclose(modality_weights, np.tile([1.0, 0.0], (6, 1)), atol=1e-5)


def test_the_product_of_certain_and_contrary_modalities_is_exact():
    # e^-2000 underflows: logarithms are added.
    one, other = np.asarray([[2000.0, 0, 0]]), np.asarray([[0.0, 2001.0, 0]])
    fused, _ = categorical(prior=None)([one, other])
    assert float(fused[0, 1] - fused[0, 0]) == pytest.approx(1.0)
    assert np.isfinite(fused).all()


def test_outcomes_that_the_prior_excludes_stay_excluded():
    fused, modality_weights = categorical(prior=[0.6, 0.4, 0.0])([LOGITS[0], LOGITS[1]])
    q = softmax(np.asarray(fused))
    np.testing.assert_array_equal(q[:, 2], 0)
    p, r = softmax(LOGITS[0][:, :2]), softmax(LOGITS[1][:, :2])
    expected = p * r / [0.6, 0.4]
    np.testing.assert_allclose(q[:, :2], expected / expected.sum(axis=1, keepdims=True), atol=1e-6)
    assert np.isfinite(modality_weights).all()
    assert np.isfinite(
        Categorical(3, [0.6, 0.4, 0.0]).posterior_log_prob(np.eye(3)[[0] * 6], fused)
    ).all()


def test_the_mixture_weighs_probabilities():
    fused, weights = categorical("mixture")(list(LOGITS), SCORES)
    expected = (softmax(SCORES)[:, :, None] * softmax(LOGITS).transpose(1, 0, 2)).sum(axis=1)
    np.testing.assert_allclose(softmax(np.asarray(fused)), expected, atol=1e-6)
    np.testing.assert_allclose(np.exp(fused).sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(weights, softmax(SCORES), atol=1e-6)


def test_reliance_of_a_product_is_the_share_of_the_information():
    _, modality_weights = categorical()(list(LOGITS))
    q = softmax(LOGITS)
    information = (q * np.log(q / PRIOR)).sum(axis=-1).T
    expected = information / information.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(modality_weights, expected, rtol=1e-4)
    _, modality_weights = categorical(prior=None)([np.zeros((2, 3)), np.zeros((2, 3))])
    np.testing.assert_allclose(modality_weights, 0.5)


# Continuous codes


def product_on_a_grid(density, log_prior):
    """Mean and scale of exp(sum of log densities - log prior)."""
    c = np.linspace(-20, 20, 400_001)
    log = density(c) - log_prior(c)
    p = np.exp(log - log.max())
    p /= p.sum()
    mean = p @ c
    return mean, np.sqrt(p @ (c - mean) ** 2)


@pytest.mark.parametrize("part", [Normal(1, scale=1.5), Uniform(1)], ids=["normal", "uniform"])
def test_a_product_of_gaussians_against_a_grid(part):
    given = [(0.3, 0.8), (-0.5, 0.6)]
    fused, _ = PosteriorFusion(Product(style=part))([gaussian(part, *each) for each in given])

    def prior(c):
        return stats.norm.logpdf(c, 0, 1.5) if isinstance(part, Normal) else 0.0

    expected = product_on_a_grid(lambda c: sum(stats.norm.logpdf(c, m, s) for m, s in given), prior)
    np.testing.assert_allclose(moments(part, fused), expected, rtol=1e-4)


def test_a_mixture_of_gaussians_has_the_moments_of_the_mixture():
    part, given = Uniform(1), [(0.3, 0.8), (-0.5, 0.2)]
    fusion = PosteriorFusion(Product(style=part), "mixture")
    fused, _ = fusion([gaussian(part, *each) for each in given], np.log([[0.25, 0.75]]))
    mean = 0.25 * 0.3 - 0.75 * 0.5
    second = 0.25 * (0.3**2 + 0.8**2) + 0.75 * (0.5**2 + 0.2**2)
    np.testing.assert_allclose(moments(part, fused), (mean, np.sqrt(second - mean**2)), rtol=1e-4)


def test_the_scale_keeps_its_floor_and_experts_worse_than_the_prior_leave_a_density():
    part = Uniform(1, minimum_scale=0.2)
    sharp = gaussian(part, 0.1, 0.21)
    fused, _ = PosteriorFusion(Product(style=part))([sharp, sharp])
    assert moments(part, fused) == pytest.approx((0.1, 0.2), abs=1e-3)
    part = Normal(1)
    vague = gaussian(part, 0.0, 5.0)
    fused, _ = PosteriorFusion(Product(style=part))([vague, vague])
    assert moments(part, fused) == pytest.approx((0.0, 1.0), abs=1e-4)


def test_several_codes_are_fused_each_by_itself():
    codes = Product(category=Categorical(3, PRIOR), style=Uniform(2))
    parameters = RNG.normal(size=(2, 5, 7)).astype("float32")
    fused, modality_weights = PosteriorFusion(codes)(list(parameters))
    alone, _ = categorical()(list(parameters[..., :3]))
    np.testing.assert_allclose(fused[:, :3], alone, atol=1e-6)
    style, _ = PosteriorFusion(Product(style=Uniform(2)))(list(parameters[..., 3:]))
    np.testing.assert_allclose(fused[:, 3:], style, atol=1e-6)
    np.testing.assert_allclose(np.sum(modality_weights, axis=1), 1, atol=1e-6)


# Gradients, files, mistakes


@pytest.mark.parametrize("posterior", ["product", "mixture"])
def test_gradients_reach_parameters_and_only_a_mixture_passes_one_through_reliance(posterior):
    x, scores = [tf.constant(each) for each in LOGITS[:2]], tf.constant(SCORES[:, :2])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([*x, scores])
        given = (x, scores) if posterior == "mixture" else (x,)
        fused, modality_weights = categorical(posterior)(*given)
        value, first = (
            tf.reduce_sum(tf.nn.log_softmax(fused)[:, 0]),
            tf.reduce_sum(modality_weights[:, 0]),
        )
    assert all(np.abs(tape.gradient(value, each)).min() > 0 for each in x)
    assert (tape.gradient(value, scores) is not None) == (posterior == "mixture")
    assert all(tape.gradient(first, each) is None for each in x)
    assert (tape.gradient(first, scores) is not None) == (posterior == "mixture")


def test_mistakes():
    with pytest.raises(ValueError, match=r"^Unknown posterior 'products': .*nearest: product\)"):
        categorical("products")
    with pytest.raises(ValueError, match="codes must be a Product without noise"):
        PosteriorFusion(Product(noise=Normal(2), category=Categorical(3)))
    with pytest.raises(ValueError, match="a mixture needs scores"):
        categorical("mixture")(list(LOGITS))


def test_a_fixed_scale_is_refused():
    codes = Product(style=Normal(2, posterior_scale=1.0))
    line = r"^PosteriorFusion: the posterior of code 'style' must have a learned scale, got Normal"
    with pytest.raises(ValueError, match=line):
        PosteriorFusion(codes)


# Modalities that are missing


@pytest.mark.parametrize("part", [Categorical(3, [0.5, 0.3, 0.2]), Normal(2), Uniform(2)])
@pytest.mark.parametrize("posterior", ["product", "mixture"])
def test_what_is_missing_is_as_if_it_were_not_there(part, posterior):
    codes = Product(code=part)
    parameters = RNG.normal(size=(3, 4, codes.posterior_params_size)).astype("float32")
    scores = RNG.normal(size=(4, 3)).astype("float32")
    present = np.array([[1, 0, 1], [0, 1, 0], [1, 1, 1], [0, 1, 1]], "float32")
    fusion = PosteriorFusion(codes, posterior)
    found, weights = fusion(list(parameters), scores, present=present)
    for row, there in enumerate(present.astype(bool)):
        given = list(parameters[there, row : row + 1])
        expected, shares = fusion(given, scores[row : row + 1, there])
        a, b = part.posterior(found[row : row + 1]), part.posterior(expected)
        for name in a:
            np.testing.assert_allclose(a[name], b[name], rtol=2e-4, atol=1e-5)
        np.testing.assert_allclose(weights[row][there], shares[0], atol=1e-5)
        np.testing.assert_allclose(weights[row][~there], 0, atol=1e-12)


def test_the_gradient_of_what_is_missing_is_zero():
    codes = Product(category=Categorical(3))
    parameters = [tf.Variable(RNG.normal(size=(2, 3)).astype("float32")) for _ in range(2)]
    present = np.array([[1, 0], [0, 1]], "float32")
    with tf.GradientTape() as tape:
        fused, _ = PosteriorFusion(codes)(parameters, present=present)
        loss = tf.reduce_sum(tf.nn.log_softmax(fused)[:, 0])
    for gradient, there in zip(tape.gradient(loss, parameters), present.T, strict=True):
        np.testing.assert_array_equal(np.abs(gradient).max(axis=1) > 1e-3, there > 0)


def test_a_missing_modality_has_the_posterior_of_the_prior():
    category, style = Categorical(3, [0.5, 0.3, 0.2]), Uniform(2, -1.0, 3.0)
    codes = Product(category=category, width=Normal(1, 2.0), style=style)
    parameters = RNG.normal(size=(2, codes.posterior_params_size)).astype("float32")
    found = PriorIfMissing(codes)(parameters, np.array([[1.0], [0.0]], "float32"))
    np.testing.assert_array_equal(found[0], parameters[0])
    posterior = {k: v.numpy()[1] for k, v in codes.posterior(found).items()}
    np.testing.assert_allclose(posterior["category_probabilities"], [0.5, 0.3, 0.2], rtol=1e-5)
    np.testing.assert_allclose(posterior["width_mean"], 0, atol=1e-6)
    np.testing.assert_allclose(posterior["width_scale"], 2, rtol=1e-5)
    np.testing.assert_allclose(posterior["style_mean"], [1, 1], rtol=1e-5)
    np.testing.assert_allclose(posterior["style_scale"], np.full(2, 4 / np.sqrt(12)), rtol=1e-5)
