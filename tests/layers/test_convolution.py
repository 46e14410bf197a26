import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from tfgan_it import layers
from tfgan_it.layers.convolution import SameConvolution

GEOMETRIES = [  # Size of the images, of the kernels, and strides.
    ((4, 4), (3, 3), (1, 1)),
    ((6, 4), (4, 4), (2, 2)),
    ((7, 5), (5, 3), (2, 1)),
    ((7, 8), (4, 5), (2, 3)),
    ((2, 2), (5, 5), (2, 2)),
]


def arrays(image_size, kernel_size, strides):
    random = np.random.default_rng(0)
    outputs = [-(-size // stride) for size, stride in zip(image_size, strides, strict=True)]
    shapes = (3, *image_size, 2), (*kernel_size, 2, 4), (3, *outputs, 4)
    return [tf.constant(random.normal(size=shape).astype("float32")) for shape in shapes]


def by_hand(x, k, y, strides):
    """The trilinear form <y, k * x>, term by term in NumPy."""
    padded_by = []
    for axis in (0, 1):
        total = (y.shape[1 + axis] - 1) * strides[axis] + k.shape[axis] - x.shape[1 + axis]
        padded_by.append((total // 2, total - total // 2))
    x = np.pad(x, [(0, 0), *padded_by, (0, 0)])
    terms = 0.0
    for row, column in itertools.product(range(y.shape[1]), range(y.shape[2])):
        top, left = row * strides[0], column * strides[1]
        patch = x[:, top : top + k.shape[0], left : left + k.shape[1]]
        terms += np.einsum("nijc,ijcd,nd->", patch, k, y[:, row, column])
    return terms


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_each_map_is_a_derivative_of_one_form(geometry):
    convolution, (x, k, y) = SameConvolution(*geometry), arrays(*geometry)
    expected = by_hand(*(each.numpy().astype("float64") for each in (x, k, y)), geometry[2])
    np.testing.assert_allclose(ops.sum(y * convolution.outputs(x, k)), expected, rtol=1e-4)
    np.testing.assert_allclose(ops.sum(x * convolution.images(y, k)), expected, rtol=1e-4)
    np.testing.assert_allclose(ops.sum(k * convolution.kernels(x, y)), expected, rtol=1e-4)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_gradients_of_each_order_are_those_of_tensorflow(geometry):
    convolution, (x, k, _) = SameConvolution(*geometry), arrays(*geometry)

    def penalised(convolve):
        """A gradient penalty: the kernel's gradient of the image's gradient, and of a third."""
        with tf.GradientTape() as outer:
            outer.watch([x, k])
            with tf.GradientTape() as inner:
                inner.watch([x, k])
                with tf.GradientTape() as first:
                    first.watch(x)
                    value = ops.sum(ops.tanh(convolve(x, k)))
                penalty = ops.sum(ops.square(first.gradient(value, x)))
            second = inner.gradient(penalty, [x, k])
            total = sum(ops.sum(ops.square(each)) for each in second)
        return [penalty, *second, *outer.gradient(total, [x, k])]

    ours = penalised(convolution.outputs)
    theirs = penalised(lambda x, k: tf.nn.conv2d(x, k, geometry[2], "SAME"))
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-3 * np.abs(b).max())


# Of the smallest number of channels and the largest maps that are computed as a convolution.
SHAPES = {"Conv2D": (16, 16, 32), "Conv2DTranspose": (8, 8, 32)}
USUAL = {"filters": 32, "kernel_size": 4, "strides": 2, "padding": "same", "activation": "relu"}


def trained(module, name, training=True, shape=None, **options):
    """Returns outputs in training, gradients of the weights, and kinds of operations."""
    layer = getattr(module, name)(**{"dtype": "mixed_bfloat16", **USUAL, **options})
    random = np.random.default_rng(0)
    x = tf.constant(random.normal(size=(3, *(shape or SHAPES[name]))).astype("float32"))
    layer.build(x.shape)
    layer.set_weights([random.normal(size=weight.shape) / 8 for weight in layer.weights])
    mode = {"training": training} if module is layers else {}

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            y = ops.cast(layer(x, **mode), "float32")
            value = ops.sum(ops.square(y))
        return y, tape.gradient(value, layer.trainable_variables)

    graph = step.get_concrete_function(x).graph
    return *step(x), sorted(operation.type for operation in graph.get_operations())


@pytest.mark.parametrize("name", SHAPES)
def test_gradients_in_bfloat16_are_those_of_keras(name):
    y, by_weight, operations = trained(layers, name)
    expected, by_weight_of_keras, of_keras = trained(keras.layers, name)
    assert "Conv2DBackpropFilter" in of_keras
    assert "Conv2DBackpropFilter" not in operations
    np.testing.assert_array_equal(y, expected)
    for a, b in zip(by_weight, by_weight_of_keras, strict=True):
        np.testing.assert_allclose(a, b, rtol=0.02, atol=0.01 * np.abs(b).max())


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    "options",
    [
        {"dtype": "float32"},
        {"padding": "valid"},
        {"kernel_size": 1, "strides": 1},
        {"strides": 1, "dilation_rate": 2},
        {"strides": 5},
        {"filters": 16},
    ],
    ids=str,
)
def test_other_cases_are_those_of_keras(name, options):
    assert trained(layers, name, **options)[2] == trained(keras.layers, name, **options)[2]


@pytest.mark.parametrize("name", SHAPES)
def test_inference_and_larger_maps_are_those_of_keras(name):
    larger = tuple(size + 1 for size in SHAPES[name][:2]) + (32,)
    for options in ({"training": False}, {"shape": larger}):
        kinds = [trained(module, name, **options)[2] for module in (layers, keras.layers)]
        assert kinds[0] == kinds[1]


def test_maps_of_any_size_are_those_of_keras():
    layer = layers.Conv2D(32, 3, padding="same", dtype="mixed_bfloat16")
    inputs = keras.Input((None, None, 32))
    model = keras.Model(inputs, layer(inputs))
    assert model(ops.ones((2, 5, 4, 32)), training=True).shape == (2, 5, 4, 32)


@pytest.mark.parametrize("name", SHAPES)
def test_a_mode_that_is_a_tensor_is_taken(name):
    layer = getattr(layers, name)(**{"dtype": "mixed_bfloat16", **USUAL})
    called = tf.function(lambda x, training: layer(x, training=training))
    x = ops.ones((2, *SHAPES[name]))
    np.testing.assert_array_equal(
        ops.cast(called(x, tf.constant(True)), "float32"), ops.cast(layer(x), "float32")
    )
