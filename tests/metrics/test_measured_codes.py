"""How codes depend on each other, on codes whose dependence is known."""

import types

import numpy as np
import pytest

from support.small_models import CODES, IMAGES, NOISE, compiled, small_model
from tfgan_it import latents
from tfgan_it.metrics.measured_codes import InferredCodes, dependence_of_codes
from tfgan_it.metrics.measured_samples import discriminator_outputs

RNG = np.random.default_rng(0)
CORRELATIONS = np.array([[1.0, 0.7, 0.2], [0.7, 1.0, -0.3], [0.2, -0.3, 1.0]])
STYLES = latents.Product(noise=latents.Normal(1), style=latents.Normal(2), size=latents.Normal(1))
CATEGORIES = latents.Product(digit=latents.Categorical(3), colour=latents.Categorical(3))
MIXED = latents.Product(digit=latents.Categorical(4), style=latents.Normal(1))


def inferring(latent, means):
    """A model whose discriminator gives these parameters, and its outputs."""
    model = types.SimpleNamespace(recognizes_codes=True, latent=latent)
    return model, {"codes": np.asarray(means, "float32")}


def parameters(*means):
    """Means, and after those of each code its raw scales."""
    return np.column_stack([np.column_stack([mean, np.zeros_like(mean)]) for mean in means])


def test_names_of_the_variables_of_codes():
    model = compiled(small_model(CODES))
    outputs = discriminator_outputs(model, IMAGES)
    codes = InferredCodes.of(model, outputs)
    assert (codes.names, codes.codes, codes.discrete) == (("category", "style"),) * 2 + ((0,),)
    posterior = model.infer_codes(IMAGES)
    np.testing.assert_array_equal(
        codes.columns[:, 0], posterior["category_probabilities"].argmax(1)
    )
    np.testing.assert_allclose(codes.columns[:, 1], posterior["style_mean"][:, 0], atol=1e-6)
    codes = InferredCodes.of(*inferring(STYLES, np.ones((5, 6))))
    assert codes.names == ("style_0", "style_1", "size")
    assert codes.columns_of("style").shape == (5, 2)


@pytest.mark.parametrize("n", [1000, 4000])
def test_the_total_correlation_of_gaussian_codes(n):
    means = np.random.default_rng(n).multivariate_normal(np.zeros(3), CORRELATIONS, n)
    found = dependence_of_codes(*inferring(STYLES, parameters(means[:, :2], means[:, 2:])))
    assert list(found) == ["total_correlation"]
    exact = -0.5 * np.log(np.linalg.det(CORRELATIONS))
    assert found["total_correlation"] == pytest.approx(exact, abs=0.08)


def test_the_total_correlation_of_categories():
    first = RNG.integers(3, size=4000)
    second = np.where(RNG.random(4000) < 0.5, first, RNG.integers(3, size=4000))
    logits = 9 * np.column_stack([np.eye(3)[first], np.eye(3)[second]])
    found = dependence_of_codes(*inferring(CATEGORIES, logits))
    # Equal with probability 2/3, else each of the two others with 1/6.
    exact = np.log(3) + 2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 6)
    assert found["total_correlation"] == pytest.approx(exact, abs=0.04)


def test_a_style_that_has_the_sign_of_a_category():
    digit = RNG.integers(4, size=3000)
    style = np.abs(RNG.normal(size=3000)) * np.where(digit < 2, 1, -1)
    values = np.column_stack([9 * np.eye(4)[digit], style, np.zeros(3000)])
    found = dependence_of_codes(*inferring(MIXED, values))
    assert found["total_correlation"] == pytest.approx(np.log(2), abs=0.05)
    # The class is the sign: given it, nothing is left of what they know of each other.
    classes = np.eye(2)[(digit < 2).astype(int)]
    found = dependence_of_codes(*inferring(MIXED, values), classes)
    assert list(found) == ["total_correlation", "interaction_information_digit_style"]
    assert found["interaction_information_digit_style"] == pytest.approx(-np.log(2), abs=0.06)


@pytest.mark.parametrize(
    "latent", [NOISE, latents.Product(noise=latents.Normal(2), category=latents.Categorical(3))]
)
def test_codes_that_cannot_depend_on_each_other(latent):
    model = compiled(small_model(latent))
    assert dependence_of_codes(model, discriminator_outputs(model, IMAGES)) == {}
