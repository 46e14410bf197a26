"""Encoders: their layers, and what is kept apart."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import networks
from tfgan_it.seeds import seeded_initializers

SHAPE = (8, 8, 1)
SMALL = {"width": 2, "features": 5}
IMAGES = np.random.default_rng(0).uniform(-1, 1, (6, *SHAPE)).astype("float32")


def leaves(network):
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def built(builder, *args, **sizes):
    with seeded_initializers(3):
        return builder(SHAPE, *args, **SMALL, **sizes)


def test_the_published_trunk_for_mnist():
    trunk = networks.plain_trunk((28, 28, 1))
    kinds = [type(layer).__name__ for layer in trunk.layers[1:]]
    convolution = ["Conv2D", "LeakyReLU"]
    assert kinds == [*convolution, *convolution, "Flatten", "Dense", "LeakyReLU"]
    first, second, dense = 16 * 64 + 64, 16 * 64 * 128 + 128, 7 * 7 * 128 * 1024 + 1024
    assert trunk.count_params() == first + second + dense
    assert trunk.output_shape == (None, 1024)
    assert {layer.negative_slope for layer in trunk.layers if "leaky" in layer.name} == {0.2}


def test_larger_images_are_halved_more_often():
    shapes = []
    for side in (28, 32, 64):
        trunk = networks.plain_trunk((side, side, 3), **SMALL)
        maps = [layer for layer in trunk.layers if isinstance(layer, keras.layers.Conv2D)]
        shapes.append(maps[-1].output.shape)
    assert shapes == [(None, 7, 7, 4), (None, 8, 8, 4), (None, 8, 8, 8)]


def test_an_encoder_gives_parameters_of_each_row_by_itself():
    encoder = built(networks.image_encoder, 7)
    together = encoder(IMAGES, training=True)
    assert together.shape == (6, 7)
    alone = np.concatenate([encoder(IMAGES[i : i + 1], training=True) for i in range(6)])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    assert np.std(together, axis=0).min() > 1e-3


@pytest.mark.parametrize("builder", [networks.image_encoder, networks.critic_with_encoder])
def test_nothing_is_normalised(builder):
    kinds = {type(layer).__name__ for layer in leaves(built(builder, 3))}
    assert not {kind for kind in kinds if "Normalization" in kind}


def test_critic_and_encoder_share_nothing():
    network = built(networks.critic_with_encoder, 7)
    with tf.GradientTape(persistent=True) as tape:
        outputs = network(IMAGES)
        totals = {name: tf.reduce_sum(value**2) for name, value in outputs.items()}
    assert {name: value.shape for name, value in outputs.items()} == {
        "logits": (6, 1),
        "codes": (6, 7),
    }
    moves = {
        name: {
            weight.path
            for weight, slope in zip(
                network.trainable_variables,
                tape.gradient(total, network.trainable_variables),
                strict=True,
            )
            if slope is not None
        }
        for name, total in totals.items()
    }
    assert not moves["logits"] & moves["codes"]
    assert len(moves["logits"]) == len(moves["codes"]) == 8
    assert len(moves["logits"] | moves["codes"]) == len(network.trainable_variables)


def test_the_two_trunks_start_from_other_numbers():
    network = built(networks.critic_with_encoder, 7)
    kernels = [
        network.get_layer(name).trainable_variables[0] for name in ("critic_trunk", "encoder_trunk")
    ]
    assert (kernels[0].numpy() != kernels[1].numpy()).all()


def test_outputs_stay_float32_in_half_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        encoder = networks.image_encoder(SHAPE, 4, **SMALL)
        critic = networks.critic_with_encoder(SHAPE, 4, **SMALL)
    finally:
        keras.config.set_dtype_policy(before)
    outputs = [encoder(IMAGES), *critic(IMAGES).values()]
    assert {output.dtype for output in outputs} == {tf.float32}


@pytest.mark.parametrize("builder", [networks.image_encoder, networks.critic_with_encoder])
def test_a_size_that_does_not_fit(builder):
    with pytest.raises(ValueError, match=r"^Images \(30, 28, 1\): .* \(32, 28, 1\)\)\.\Z"):
        builder((30, 28, 1), 4)
