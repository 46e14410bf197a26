import keras
import numpy as np
import pytest
from keras import layers

from tfgan_it.layers import ConditionalBatchNormalization, ProjectionLogit
from tfgan_it.layers.nested import nested_layers
from tfgan_it.networks import (
    projection_discriminator,
    projection_generator,
    residual_discriminator,
    residual_generator,
)

RANDOM = np.random.default_rng(0)
Z = RANDOM.normal(size=(6, 5)).astype("float32")
LABELS = np.eye(3, dtype="float32")[[0, 2, 1, 1, 0, 2]]


def flat(model, kind):
    return [layer for layer in nested_layers(model) if isinstance(layer, kind)]


def test_every_block_of_the_generator_is_conditional():
    model = projection_generator((32, 32, 3), 5, (3,), width=4)
    # Two in each of three blocks, one at the end; each holds a plain one.
    assert len(flat(model, ConditionalBatchNormalization)) == 7
    plain = flat(model, layers.BatchNormalization)
    assert len(plain) == 7 and not any(layer.scale or layer.center for layer in plain)


def test_the_generator_starts_as_the_residual_one():
    made = projection_generator((12, 20, 2), 5, (3,), width=4)
    plain = residual_generator((12, 20, 2), 5, width=4)
    kernels = {v.path: v for v in made.weights if "gamma" not in v.path and "beta" not in v.path}
    others = [v for v in plain.weights if "gamma" not in v.path and "beta" not in v.path]
    # In the order of layers, which differs for statistics only.
    for mine, other in zip(
        [v for v in kernels.values() if "moving" not in v.path],
        [v for v in others if "moving" not in v.path],
        strict=True,
    ):
        assert mine.shape == other.shape
        other.assign(mine)
    np.testing.assert_allclose(
        made([Z, LABELS], training=True), plain(Z, training=True), rtol=1e-4, atol=1e-5
    )


def test_the_discriminator_is_the_residual_one_and_a_projection():
    model = projection_discriminator((8, 8, 1), (3,), width=4)
    x = RANDOM.normal(size=(6, 8, 8, 1)).astype("float32")
    phi = model.get_layer("trunk")(x).numpy()
    assert phi.shape == (6, 4)
    (head,) = flat(model, ProjectionLogit)
    w, v = head.logit.layer.kernel.numpy(), head.embedding.layer.kernel.numpy()
    expected = phi @ w + ((LABELS @ v) * phi).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model([x, LABELS]), expected, rtol=1e-4, atol=1e-5)
    # w is that of the residual network; V and b are further weights.
    plain = residual_discriminator((8, 8, 1), width=4)
    extra = sum(v.value.shape.num_elements() for v in model.trainable_variables) - sum(
        v.value.shape.num_elements() for v in plain.trainable_variables
    )
    assert extra == 3 * 4 + 1


@pytest.mark.parametrize("shape", [(8, 8, 1), (2,)])
def test_every_kernel_of_the_discriminator_is_spectrally_normalised(shape):
    model = projection_discriminator(shape, (3,), width=4)
    kernels = [v for v in model.trainable_variables if v.name == "kernel"]
    wrapped = flat(model, layers.SpectralNormalization)
    assert {id(layer.layer.kernel) for layer in wrapped} == {id(kernel) for kernel in kernels}


def test_points():
    model = projection_generator((2,), 5, (3,), width=4, depth=3)
    assert len(flat(model, ConditionalBatchNormalization)) == 3
    assert model([Z, LABELS]).shape == (6, 2)
    model = projection_discriminator((2,), (3,), width=4, depth=3)
    assert len(flat(model.get_layer("trunk"), layers.SpectralNormalization)) == 3


def test_vectors_of_numbers_have_a_constant_term():
    model = projection_generator((2,), 5, (3,), width=4, use_bias=True)
    assert all(layer.use_bias for layer in flat(model, ConditionalBatchNormalization))


def test_images_cannot_condition_a_projection():
    for build in (
        lambda: projection_generator((8, 8, 1), 5, (8, 8, 1), width=4),
        lambda: projection_discriminator((8, 8, 1), (8, 8, 1), width=4),
    ):
        with pytest.raises(ValueError, match=r"must be \(batch, size\), got .*\(None, 8, 8, 1\)"):
            build()


def test_initial_gains():
    model = projection_generator((32, 32, 3), 8, (3,), width=64)
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (3, 3):
            kernel = layer.kernel.numpy()
            fans = 9 * sum(kernel.shape[2:])
            gain = 1 if layer.filters == 3 else 2
            assert kernel.var() == pytest.approx(2 * gain / fans, rel=0.2)
