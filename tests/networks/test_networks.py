"""What holds for every network and every size of image."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import networks
from tfgan_it.layers.nested import nested_layers

SIZES = [(8, 8, 1), (12, 20, 2), (28, 28, 1), (32, 32, 3), (48, 48, 3), (64, 64, 3), (96, 64, 4)]
LATENT, PARAMETERS, FEATURES = 7, 5, 16

# Small in width, so that every size is cheap.
BUILDERS = {
    "dcgan_generator": lambda shape: networks.dcgan_generator(shape, LATENT, width=4),
    "infogan_generator": lambda shape: networks.infogan_generator(
        shape, LATENT, width=4, features=FEATURES
    ),
    "dcgan_discriminator": lambda shape: networks.dcgan_discriminator(shape, width=4),
    "infogan_trunk": lambda shape: networks.infogan_trunk(shape, width=4, features=FEATURES),
    "infogan_discriminator": lambda shape: networks.infogan_discriminator(
        shape, PARAMETERS, width=4, features=FEATURES
    ),
    "discriminator_head": lambda shape: networks.discriminator_head(FEATURES),
    "recognition_head": lambda shape: networks.recognition_head(PARAMETERS, FEATURES, hidden=6),
}
OF_IMAGES = [name for name in BUILDERS if not name.endswith("head")]

generators = pytest.mark.parametrize("name", ["dcgan_generator", "infogan_generator"])
of_every_size = pytest.mark.parametrize("shape", SIZES, ids=str)


@pytest.fixture
def mixed_bfloat16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def inputs_of(model, batch=3, seed=0):
    values = np.random.default_rng(seed).uniform(-1, 1, size=(batch, *model.input_shape[1:]))
    return values.astype("float32")


@generators
@of_every_size
def test_generators_make_images_of_the_size_asked_for(name, shape):
    generator = BUILDERS[name](shape)
    assert generator.input_shape == (None, LATENT)
    assert generator.output_shape == (None, *shape)
    images = generator(inputs_of(generator))
    assert images.shape == (3, *shape)
    assert images.dtype == "float32"


@generators
def test_generators_fill_the_range_from_minus_one_to_one(name):
    generator = BUILDERS[name]((8, 8, 1))
    last = generator.layers[-2]
    assert isinstance(last, keras.layers.Conv2DTranspose)
    last.kernel.assign(last.kernel * 1e4)
    images = generator(inputs_of(generator, batch=20), training=True).numpy()
    assert images.min() < -0.99
    assert images.max() > 0.99
    assert np.abs(images).max() <= 1


@of_every_size
def test_dcgan_discriminator(shape):
    discriminator = BUILDERS["dcgan_discriminator"](shape)
    assert discriminator.input_shape == (None, *shape)
    logits = discriminator(inputs_of(discriminator))
    assert logits.shape == (3, 1)
    assert logits.dtype == "float32"


@of_every_size
def test_infogan_discriminator(shape):
    discriminator = BUILDERS["infogan_discriminator"](shape)
    assert discriminator.input_shape == (None, *shape)
    outputs = discriminator(inputs_of(discriminator))
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        "logits": (3, 1),
        "codes": (3, PARAMETERS),
        "features": (3, FEATURES),
    }
    assert {output.dtype.name for output in outputs.values()} == {"float32"}


@of_every_size
def test_infogan_trunk(shape):
    trunk = BUILDERS["infogan_trunk"](shape)
    assert trunk(inputs_of(trunk)).shape == (3, FEATURES)


@pytest.mark.parametrize("name", [name for name in BUILDERS if name != "infogan_trunk"])
def test_outputs_are_float32_under_mixed_precision(name, mixed_bfloat16):
    model = BUILDERS[name]((12, 20, 2))
    kernels = [layer for layer in model.layers if layer.trainable_variables]
    assert {variable.dtype for layer in kernels for variable in layer.variables} == {"float32"}
    outputs = model(inputs_of(model), training=True)
    outputs = outputs if isinstance(outputs, dict) else {"": outputs}
    for name, output in outputs.items():
        assert output.dtype == "float32"
        if name == "features":  # Hidden ones, for terms to look at.
            continue
        # Computed in float32 and not cast to it at the end.
        assert (output != tf.cast(tf.cast(output, "bfloat16"), "float32")).numpy().any()


def test_hidden_layers_compute_in_the_policy(mixed_bfloat16):
    for name in OF_IMAGES:
        model = BUILDERS[name]((8, 8, 1))
        flat = nested_layers(model)
        convolutions = [layer for layer in flat if isinstance(layer, keras.layers.Conv2D)]
        transposed = [layer for layer in model.layers if "transpose" in layer.name]
        assert {layer.compute_dtype for layer in convolutions + transposed} == {"bfloat16"}


@generators
def test_no_latents_no_images(name):
    generator = BUILDERS[name]((12, 20, 2))
    assert generator(inputs_of(generator, batch=0)).shape == (0, 12, 20, 2)


@pytest.mark.parametrize("name", list(BUILDERS))
def test_keras_round_trip(name, tmp_path):
    model = BUILDERS[name]((12, 20, 2))
    # So that the statistics of batch normalisation have something to remember.
    model(inputs_of(model, batch=16, seed=1), training=True)
    model.save(tmp_path / "network.keras")
    copy = keras.saving.load_model(tmp_path / "network.keras")
    assert (copy.name, copy.count_params()) == (model.name, model.count_params())
    inputs = inputs_of(model)
    for training in (False, True):
        expected = tf.nest.flatten(model(inputs, training=training))
        for output, value in zip(
            tf.nest.flatten(copy(inputs, training=training)), expected, strict=True
        ):
            np.testing.assert_allclose(output, value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", OF_IMAGES)
@pytest.mark.parametrize("shape, nearest", [((31, 28, 1), (32, 28, 1)), ((64, 66, 3), (64, 64, 3))])
def test_other_sizes_name_the_nearest(name, shape, nearest):
    with pytest.raises(ValueError) as error:
        BUILDERS[name](shape)
    message = str(error.value)
    assert str(shape) in message
    assert f"nearest: {nearest}" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", OF_IMAGES)
def test_invalid_image_shapes(name):
    with pytest.raises(ValueError, match=r"^Images must have a shape .*, got \(28, 28\)\.\Z"):
        BUILDERS[name]((28, 28))


@pytest.mark.parametrize("name", list(BUILDERS))
def test_every_weight_gets_a_gradient(name):
    model = BUILDERS[name]((12, 20, 2))
    with tf.GradientTape() as tape:
        outputs = tf.nest.flatten(model(inputs_of(model), training=True))
        loss = sum(tf.reduce_sum(output**2) for output in outputs)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert gradient is not None
        assert np.isfinite(gradient).all()
