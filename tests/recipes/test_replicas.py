"""Every recipe does on two replicas what it does on one device."""

import numpy as np
import pytest

from support.cases import slow_but
from support.replicas import assert_replicas_equal_one_device
from tfgan_it import recipes

POINTS = np.random.default_rng(0).normal(size=(64, 2)).astype("float32")
IMAGES = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), "uint8")
SMALL = {"infogan": {"features": 8}, "adagan": {"steps_per_component": 2, "classifier_steps": 2}}
SMALL["lecam"] = {"start": 0}
SMALL["dcgan_ada"] = {"images": 100}
SMALL |= {"ibgan": {"features": 8}, "infomax_gan": {"code": 8}, "vdb": {"alpha": 1.0}}
OF_IMAGES = ["began", "dcgan", "dcgan_ada", "ibgan", "infogan", "infomax_gan", "sagan", "sngan"]
OF_IMAGES += ["variational_infogan", "wasserstein_infogan", "invariant_infogan"]
SMALL |= dict.fromkeys(OF_IMAGES[-3:], {"features": 8})
OF_IMAGES += ["infogan_cr", "regularized_infogan", "attention_infogan"]
SMALL["infogan_cr"] = {"features": 8}
# At its weight of 10 this term makes rounding errors grow fast: Q tells nothing apart as yet.
SMALL["regularized_infogan"] = {"features": 8, "transformed_views": 0.1}
SMALL["attention_infogan"] = {"hidden": 8}
OF_IMAGES += ["multimodal_infogan"]
SMALL["multimodal_infogan"] = {"features": 8, "lambda_information": 0.05}
OF_POINTS = ["adagan", "dragan", "fgan", "kl_wgan", "lecam", "lsgan", "meg", "pacgan", "r3gan"]
OF_POINTS += ["vdb", "wgan_gp"]
RATE = 5e-3  # Small: in a game, rounding errors grow with the length of the steps.


@pytest.mark.parametrize("name", slow_but(["fgan"], OF_IMAGES + OF_POINTS))
def test_two_replicas_equal_one_device(name):
    data = IMAGES if name in OF_IMAGES else POINTS

    def make():
        own = {"width": 4, "synchronized": True, "moving_average": 0.5, **SMALL.get(name, {})}
        return recipes.get(name)(data.shape[1:], **own)

    def train(model):
        return model.fit(data, batch_size=8, steps_per_epoch=3, verbose=0).history

    assert_replicas_equal_one_device(make, train, RATE)
