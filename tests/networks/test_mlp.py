import keras
import numpy as np
import pytest
from keras import layers

from tfgan_it.networks import mlp_discriminator, mlp_generator
from tfgan_it.regularizers import WeightClip

RNG = np.random.default_rng(0)


def widths(network):
    found = [getattr(layer, "layer", layer) for layer in network.layers]
    return [layer.units for layer in found if isinstance(layer, layers.Dense)]


@pytest.mark.parametrize("dimension, width, depth", [(1, 4, 1), (2, 8, 3), (5, 3, 0)])
def test_shapes(dimension, width, depth):
    generator = mlp_generator((dimension,), 7, width=width, depth=depth)
    assert (generator.input_shape, generator.output_shape) == ((None, 7), (None, dimension))
    assert widths(generator) == [width] * depth + [dimension]
    critic = mlp_discriminator((dimension,), width=width, depth=depth, outputs=3)
    assert (critic.input_shape, critic.output_shape) == ((None, dimension), (None, 3))
    assert widths(critic) == [width] * depth + [3]


def test_what_they_compute():
    generator, critic = mlp_generator((2,), 3, width=4, depth=1), mlp_discriminator((2,), depth=1)
    for network, slope in ((generator, 0.0), (critic, 0.2)):
        kernel, bias, last, offset = network.get_weights()
        x = RNG.normal(size=(5, kernel.shape[0])).astype("float32")
        hidden = x @ kernel + bias
        expected = np.where(hidden > 0, hidden, slope * hidden) @ last + offset
        np.testing.assert_allclose(network(x), expected, rtol=1e-4, atol=1e-5)


def test_packed_points():
    critic = mlp_discriminator((2,), width=4, pack_size=3)
    assert critic.output_shape == (None, 1)
    assert critic.get_weights()[0].shape == (6, 4)
    assert critic(np.zeros((6, 2), "float32")).shape == (6, 1)


def test_spectral_normalization_of_every_layer():
    critic = mlp_discriminator((2,), width=6, normalization="spectral")
    points = RNG.normal(size=(50, 2)).astype("float32")
    for _ in range(40):
        critic(points, training=True)
    for kernel in (layer.layer.kernel for layer in critic.layers if hasattr(layer, "layer")):
        assert np.linalg.svd(kernel.numpy(), compute_uv=False)[0] == pytest.approx(1, abs=0.02)
    # All layers are 1-Lipschitz, and so is the whole.
    logits = critic(points).numpy().ravel()
    distances = np.linalg.norm(points[:, None] - points, axis=-1)
    assert (np.abs(logits[:, None] - logits) <= 1.02 * distances + 1e-6).all()


def test_a_constraint_on_every_kernel():
    critic = mlp_discriminator((2,), kernel_constraint=WeightClip(0.5))
    found = [layer.kernel.constraint.limit for layer in critic.layers if layer.weights]
    assert found == [0.5] * 3


@pytest.mark.parametrize(
    "options", [{}, {"normalization": "spectral"}, {"pack_size": 2, "outputs": 2}], ids=str
)
def test_keras_round_trip(options, tmp_path):
    points = RNG.normal(size=(4, 2)).astype("float32")
    for network in (mlp_generator((2,), 2, width=4), mlp_discriminator((2,), width=4, **options)):
        network(points, training=True)
        network.save(tmp_path / "network.keras")
        loaded = keras.models.load_model(tmp_path / "network.keras")
        np.testing.assert_allclose(loaded(points), network(points), rtol=1e-6)


@pytest.mark.parametrize("builder", [lambda s: mlp_generator(s, 2), mlp_discriminator])
def test_images_are_refused(builder):
    with pytest.raises(
        ValueError, match=r"^data_shape must be \(dimension,\), got \(8, 8, 1\)\.\Z"
    ):
        builder((8, 8, 1))


def test_an_unknown_normalization():
    with pytest.raises(ValueError, match=r"^Unknown normalization 'spectre': .*spectral\)\.\Z"):
        mlp_discriminator((2,), normalization="spectre")
