"""pix2pix's U-Net."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tfgan_it.networks import unet_generator

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, 12, 20, 2)).astype("float32")


def test_published_network():
    model = unet_generator((256, 256, 3))
    down = [x for x in model.layers if isinstance(x, layers.Conv2D)]
    up = [x for x in model.layers if isinstance(x, layers.Conv2DTranspose)]
    assert [x.filters for x in down] == [64, 128, 256, 512, 512, 512, 512, 512]
    # CD512-CD1024-CD1024-C1024-C1024-C512-C256-C128 are the channels with the encoder's maps.
    assert [x.filters for x in up] == [512, 512, 512, 512, 256, 128, 64, 3]
    assert [x.input.shape[-1] for x in up] == [512, 1024, 1024, 1024, 1024, 512, 256, 128]
    norms = [x for x in model.layers if isinstance(x, layers.BatchNormalization)]
    assert len(norms) == 6 + 7


@pytest.mark.parametrize("normalization", ["batch", "instance", None])
@pytest.mark.parametrize("to_shape", [None, (12, 20, 3)])
def test_shapes_and_range(to_shape, normalization):
    model = unet_generator((12, 20, 2), to_shape, width=4, normalization=normalization)
    images = model(IMAGES).numpy()
    assert images.shape == (2, 12, 20, (to_shape or (12, 20, 2))[2])
    assert images.dtype == "float32" and np.abs(images).max() <= 1


def test_stages_follow_the_size():
    def stages(model):
        return sum(isinstance(x, layers.Conv2D) for x in model.layers)

    assert stages(unet_generator((32, 32, 1), width=2)) == 5
    assert stages(unet_generator((28, 28, 1), width=2)) == 5
    assert stages(unet_generator((64, 32, 1), width=2)) == 6
    assert stages(unet_generator((32, 32, 1), width=2, depth=2)) == 2


@pytest.mark.parametrize("shape", [(1, 1, 1), (2, 16, 1), (9, 2, 3)])
def test_narrow_images_have_fewer_stages(shape):
    images = unet_generator(shape, width=2)(np.zeros((1, *shape), "float32"))
    assert images.shape == (1, *shape)


def test_the_decoder_sees_the_maps_of_the_encoder():
    """Without them all would pass the innermost map, which is cut off here."""
    keras.utils.set_random_seed(0)
    model = unet_generator((16, 16, 1), width=2, normalization=None)
    inner = [x for x in model.layers if isinstance(x, layers.Conv2D)][-1]
    inner.kernel.assign(tf.zeros_like(inner.kernel))
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D | layers.Conv2DTranspose) and layer is not inner:
            layer.kernel.assign(10 * layer.kernel)
    x = tf.constant(np.random.default_rng(0).uniform(-1, 1, (1, 16, 16, 1)).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        total = tf.reduce_sum(
            model(x) * tf.constant(np.random.default_rng(1).normal(size=x.shape), "float32")
        )
    assert np.abs(tape.gradient(total, x)).max() > 1e-4


def test_padding_is_cropped_in_place():
    """A network that passes its input returns it where it was."""
    model = unet_generator((5, 7, 1), width=1, depth=1, normalization=None)
    down, up = (
        next(x for x in model.layers if isinstance(x, kind))
        for kind in (layers.Conv2D, layers.Conv2DTranspose)
    )
    # Each output pixel pair is the pixel of even place: subsampled and repeated.
    down.kernel.assign(np.zeros(down.kernel.shape, "float32"))
    down.kernel[1, 1].assign([[1.0]])
    up.kernel.assign(np.zeros(up.kernel.shape, "float32"))
    for i in (1, 2):
        for j in (1, 2):
            up.kernel[i, j].assign([[1.0]])
    image = np.random.default_rng(0).uniform(0, 1, (1, 5, 7, 1)).astype("float32")
    padded = np.pad(image, ((0, 0), (0, 1), (0, 1), (0, 0)), mode="symmetric")
    expected = padded[:, ::2, ::2].repeat(2, axis=1).repeat(2, axis=2)[:, :5, :7]
    np.testing.assert_allclose(model(image), np.tanh(expected), atol=1e-6)


def test_what_is_refused():
    with pytest.raises(
        ValueError, match=r"of one height and width, got \(8, 8, 1\) and \(8, 9, 1\)"
    ):
        unet_generator((8, 8, 1), (8, 9, 1))
    with pytest.raises(ValueError, match="Unknown normalization 'layer'"):
        unet_generator((8, 8, 1), normalization="layer")
    for depth in (0, 5):
        with pytest.raises(ValueError, match=f"depth must be from 1 to 4 for .* 8x8 .*got {depth}"):
            unet_generator((8, 8, 1), depth=depth)
