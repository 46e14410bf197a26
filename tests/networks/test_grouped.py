"""A discriminator beside an encoder of an over-complete code."""

import numpy as np
from keras import ops

from tfgan_it.networks import grouped_discriminator

SIZES = {"width": 2, "features": 8}
IMAGE = np.random.default_rng(0).normal(size=(3, 8, 8, 1)).astype("float32")


def test_codes_are_groups_of_outcomes_and_then_the_style():
    network = grouped_discriminator((8, 8, 1), 4, style_parameters=2, outcomes=8, **SIZES)
    outputs = network(IMAGE)
    assert {name: tuple(x.shape) for name, x in outputs.items()} == {
        "logits": (3, 1),
        "codes": (3, 6),
        "features": (3, 8),
    }
    outcomes = network.get_layer("inference_encoder").network(IMAGE)["outcomes"]
    p = np.asarray(ops.softmax(outcomes))
    # Outcome o starts in group o mod 4.
    np.testing.assert_allclose(np.exp(outputs["codes"][:, :4]), p[:, :4] + p[:, 4:], rtol=1e-5)


def test_the_judge_and_the_encoder_share_no_weight():
    network = grouped_discriminator((8, 8, 1), 4, outcomes=8, **SIZES)
    before = network(IMAGE)
    for weight in network.get_layer("inference_encoder").trainable_variables:
        weight.assign(weight + 0.1)
    after = network(IMAGE)
    np.testing.assert_array_equal(before["logits"], after["logits"])
    assert not np.array_equal(before["codes"], after["codes"])
