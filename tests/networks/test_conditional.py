"""What holds for every network that takes a condition, and DCGAN's with one."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.cases import slow_but
from tfgan_it import networks

IMAGE, POINT, CLASSES, LATENT = (12, 20, 2), (3,), 4, 5
RANDOM = np.random.default_rng(0)
# From the shapes of a sample and a condition, small in width.
GENERATORS = {
    name: lambda shape, condition=(CLASSES,), name=name: getattr(networks, name)(
        shape, LATENT, condition, width=4
    )
    for name in ("conditional_dcgan_generator", "projection_generator")
}
DISCRIMINATORS = {
    name: lambda shape, condition=(CLASSES,), name=name: getattr(networks, name)(
        shape, condition, width=4
    )
    for name in (
        "conditional_dcgan_discriminator",
        "projection_discriminator",
        "acgan_discriminator",
    )
}
DISCRIMINATORS["patch_discriminator"] = lambda shape, condition=(CLASSES,): (
    networks.patch_discriminator(shape, width=4, depth=2, condition_shape=condition)
)
BUILDERS = GENERATORS | DISCRIMINATORS
CASES = [
    (name, shape)
    for name in BUILDERS
    for shape in (IMAGE, POINT)
    if (name, shape) != ("patch_discriminator", POINT)
]
QUICK = [("projection_generator", IMAGE), ("acgan_discriminator", POINT)]
every = pytest.mark.parametrize("name, shape", CASES)
SEES = [name for name in BUILDERS if name != "acgan_discriminator"]


def first_input(name, shape, batch):
    size = (batch, LATENT) if name in GENERATORS else (batch, *shape)
    return RANDOM.uniform(-1, 1, size).astype("float32")


def labels(*classes):
    return np.eye(CLASSES, dtype="float32")[list(classes)]


def expected(name, shape, batch):
    """The shape of each output."""
    if name in GENERATORS:
        return [(batch, *shape)]
    if name == "patch_discriminator":
        return [(batch, 3, 5, 1)]
    return [(batch, CLASSES), (batch, 1)][name != "acgan_discriminator" :]


@every
def test_outputs(name, shape):
    model = BUILDERS[name](shape)
    outputs = tf.nest.flatten(model([first_input(name, shape, 3), labels(0, 1, 1)]))
    assert [tuple(output.shape) for output in outputs] == expected(name, shape, 3)
    assert {output.dtype for output in outputs} == {tf.float32}
    assert [x.name for x in model.inputs][1] == "conditions"


@pytest.mark.parametrize("name", SEES)
def test_the_condition_matters(name):
    model = BUILDERS[name](IMAGE)
    if name == "projection_generator":  # It starts as if there were none.
        for layer in model.layers:
            if hasattr(layer, "gamma") and hasattr(layer, "normalization"):
                layer.gamma.kernel.assign(RANDOM.normal(size=layer.gamma.kernel.shape))
    same = np.repeat(first_input(name, IMAGE, 1), 2, axis=0)
    one, other = model([same, labels(0, 1)], training=name in GENERATORS).numpy()
    assert np.abs(one - other).max() > 1e-6


@pytest.mark.parametrize("shape", [IMAGE, POINT])
def test_the_discriminator_of_acgan_sees_no_condition(shape):
    model = networks.acgan_discriminator(shape, (CLASSES,), width=4)
    x = first_input("acgan_discriminator", shape, 3)
    for one, other in zip(
        model([x, labels(0, 1, 2)]).values(), model([x, labels(3, 3, 3)]).values(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("case", slow_but(QUICK, CASES))
def test_keras_round_trip(case, tmp_path):
    name, shape = case
    model = BUILDERS[name](shape)
    model([first_input(name, shape, 8), labels(*[0, 1, 2, 3] * 2)], training=True)
    model.save(tmp_path / "network.keras")
    copy = keras.saving.load_model(tmp_path / "network.keras")
    assert (copy.name, copy.count_params()) == (model.name, model.count_params())
    inputs = [first_input(name, shape, 3), labels(3, 1, 0)]
    for one, other in zip(
        tf.nest.flatten(model(inputs)), tf.nest.flatten(copy(inputs)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.examples(2)
@every
def test_every_weight_gets_a_gradient(name, shape):
    model = BUILDERS[name](shape)
    inputs = [first_input(name, shape, 8), labels(*[0, 1, 2, 3] * 2)]
    with tf.GradientTape() as tape:
        outputs = tf.nest.flatten(model(inputs, training=True))
        loss = sum(tf.reduce_sum(output**2) for output in outputs)
    for gradient in tape.gradient(loss, model.trainable_variables):
        assert gradient is not None and np.isfinite(gradient).all()


@pytest.mark.examples(2)
@pytest.mark.parametrize("name", SEES)
def test_conditions_by_name(name, tmp_path):
    shape = IMAGE if name == "patch_discriminator" else POINT
    model = BUILDERS[name](shape, {"digit": (CLASSES,), "angle": (2,)})
    values = {"digit": labels(0, 2, 1), "angle": RANDOM.normal(size=(3, 2)).astype("float32")}
    inputs = [first_input(name, shape, 3), values]
    outputs = model(inputs, training=True)
    assert tuple(outputs.shape) == expected(name, shape, 3)[0]
    model.save(tmp_path / "network.keras")
    copy = keras.saving.load_model(tmp_path / "network.keras")
    np.testing.assert_allclose(copy(inputs), model(inputs), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", list(BUILDERS))
def test_mixed_precision(name):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = BUILDERS[name](IMAGE)
        outputs = model([first_input(name, IMAGE, 2), labels(0, 1)], training=True)
    finally:
        keras.config.set_dtype_policy(before)
    for output in tf.nest.flatten(outputs):
        assert output.dtype == "float32" and np.isfinite(output).all()


@pytest.mark.parametrize("shape", [IMAGE, POINT])
def test_the_network_within_is_that_of_dcgan(shape):
    points = shape == POINT
    made = networks.conditional_dcgan_generator(shape, LATENT, (CLASSES,), width=4)
    plain = (networks.mlp_generator if points else networks.dcgan_generator)(
        shape, LATENT + CLASSES, width=4
    )
    plain.set_weights(made.get_weights())
    z = first_input("conditional_dcgan_generator", shape, 2)
    np.testing.assert_array_equal(
        made([z, labels(1, 2)]), plain(np.concatenate([z, labels(1, 2)], axis=1))
    )


def test_packs_hold_samples_and_their_conditions():
    model = networks.conditional_dcgan_discriminator(POINT, (CLASSES,), width=4, pack_size=2)
    x, y = first_input("", POINT, 4), labels(0, 1, 2, 3)
    logits = model([x, y])
    assert logits.shape == (4, 1)
    changed = model([x, labels(0, 1, 2, 0)])
    assert all(changed[:2] == logits[:2]) and all(changed[2:] != logits[2:])


def test_images_as_conditions():
    model = networks.conditional_dcgan_discriminator(IMAGE, (*IMAGE[:2], 1), width=4)
    assert model([np.zeros((2, *IMAGE)), np.zeros((2, *IMAGE[:2], 1))]).shape == (2, 1)
    with pytest.raises(ValueError, match=r"a condition of shape \(None, 8, 8, 1\) must have the"):
        networks.conditional_dcgan_discriminator(IMAGE, (8, 8, 1), width=4)
    with pytest.raises(ValueError, match=r"must have the positions of x, whose shape is \(None, 5"):
        networks.conditional_dcgan_generator(IMAGE, LATENT, IMAGE, width=4)


@pytest.mark.parametrize("shape", [IMAGE, POINT])
def test_spectral_normalisation_of_acgan(shape):
    model = networks.acgan_discriminator(shape, (CLASSES,), width=4, normalization="spectral")
    plain = [layer for layer in model.layers if isinstance(layer, layers.Dense)]
    assert [layer.name for layer in plain] == ["labels"]


def test_initial_weights_of_acgan_are_those_published():
    model = networks.acgan_discriminator((32, 32, 3), (10,), width=16)
    for name in ("logits", "labels"):
        assert model.get_layer(name).kernel.numpy().std() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("shape", [(28, 28), (30, 28, 1)])
@pytest.mark.parametrize("name", [name for name in BUILDERS if name != "patch_discriminator"])
def test_what_is_not_a_shape_of_images(name, shape):
    with pytest.raises(ValueError) as error:
        BUILDERS[name](shape)
    assert str(error.value).startswith("Images ") and str(shape) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("shape", [(8, 8, 1), {"a": (3,)}])
def test_classes_of_acgan(shape):
    with pytest.raises(ValueError) as error:
        networks.acgan_discriminator(IMAGE, shape)
    assert str(error.value) == (
        f"acgan_discriminator: condition_shape must be (classes,), got {shape}."
    )
