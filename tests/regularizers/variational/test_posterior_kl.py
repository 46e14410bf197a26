"""The price of what an encoder writes into the noise, nats."""

import numpy as np
import pytest

from support.encoding_models import kl_of, posterior_of, variational
from support.games import step_of
from support.small_models import CODES, IMAGES, compiled, scaled, small_model
from tfgan_it.regularizers import PosteriorKL

KL = np.array([0.5, 0.0, 2.0], "float32")


@pytest.mark.parametrize("weight", [1.0, 0.3, 0.0])
def test_it_is_the_weighted_kl_of_each_encoded_sample(weight):
    reports = {}
    step = step_of(generator_outputs={"posterior_kl": KL}, report=reports.update)
    np.testing.assert_allclose(PosteriorKL(weight).value(step), weight * KL, rtol=1e-6)
    np.testing.assert_array_equal(reports["posterior_kl_nats"], KL)


def test_on_unseen_samples_it_is_that_of_their_posterior():
    model = variational()
    term = PosteriorKL(0.1)
    compiled(model, terms=[term])
    weights = [v.numpy().astype("float64") for v in model.encoder.trainable_variables]
    measured = term.evaluate(step_of(real=scaled(IMAGES), phase="evaluation"))
    expected = kl_of(*posterior_of(weights, scaled(IMAGES)))
    assert expected.min() > 0.01
    np.testing.assert_allclose(measured["posterior_kl_nats"], expected, rtol=1e-4)


def test_a_model_that_does_not_encode():
    message = r"^PosteriorKL needs a model that .*, such as VariationalInfoGAN, got GAN\.\Z"
    with pytest.raises(ValueError, match=message):
        compiled(small_model(CODES), terms=[PosteriorKL()])
