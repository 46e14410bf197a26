"""A posterior whose scale is not learned."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.latents import Normal, Product
from tfgan_it.losses import VariationalMutualInformation

LATENT = Normal(3, scale=0.5, posterior_scale=0.3)
RNG = np.random.default_rng(0)


def test_the_head_gives_only_means():
    assert LATENT.posterior_params_size == 3
    posterior = LATENT.posterior(np.ones((2, 3), "float16"))
    assert posterior["mean"].dtype == posterior["scale"].dtype == "float32"
    np.testing.assert_array_equal(posterior["mean"], np.ones((2, 3)))
    np.testing.assert_allclose(posterior["scale"], np.full((2, 3), 0.3))


def test_log_prob_is_that_of_a_gaussian_of_this_scale():
    code, mean = RNG.normal(size=(2, 4, 3))
    expected = stats.norm.logpdf(code, mean, 0.3).sum(axis=1)
    np.testing.assert_allclose(LATENT.posterior_log_prob(code, mean), expected, rtol=1e-5)


def test_its_gradient_is_that_of_the_squared_error():
    code, mean = (tf.constant(x, "float32") for x in RNG.normal(size=(2, 4, 3)))
    with tf.GradientTape() as tape:
        tape.watch(mean)
        value = LATENT.posterior_log_prob(code, mean)
    np.testing.assert_allclose(tape.gradient(value, mean), (code - mean) / 0.3**2, rtol=1e-4)


@pytest.mark.parametrize(("recovered", "nats"), [(0.0, 0.0), (1.0, 1.5)])
def test_at_the_priors_scale_information_is_from_0_to_half_a_nat_a_column(recovered, nats):
    latent = Normal(3, scale=0.1, posterior_scale=0.1)
    code = latent.sample(100_000, seed=0).numpy()
    information = VariationalMutualInformation(Product(z=latent))
    assert float(information.estimate(code, recovered * code)) == pytest.approx(nats, abs=0.02)


def test_what_does_not_move_is_the_prior():
    learned = Normal(3, scale=0.5)
    np.testing.assert_array_equal(LATENT.sample(5, seed=1), learned.sample(5, seed=1))
    assert LATENT.entropy() == learned.entropy()


def test_configuration():
    copy = Normal.from_config(LATENT.get_config())
    assert (copy.scale, copy.posterior_scale, copy.minimum_scale) == (0.5, 0.3, None)
    assert copy.posterior_params_size == 3
    assert repr(eval(repr(LATENT))) == repr(LATENT)
    assert Normal(2).posterior_scale is None and Normal(2).posterior_params_size == 4


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf")])
def test_invalid_scales(scale):
    allowed = "finite" if scale == float("inf") else "above 0"
    message = rf"^Normal: posterior_scale must be {allowed}, or None, got {scale}\.\Z"
    with pytest.raises(ValueError, match=message):
        Normal(2, posterior_scale=scale)


def test_a_learned_scale_needs_its_floor():
    with pytest.raises(ValueError, match=r"^Normal: minimum_scale must be above 0, got None\.\Z"):
        Normal(2, minimum_scale=None)
