"""The information of patches, against NumPy."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.dense_models import translation_model
from support.games import drawn, step_of
from tfgan_it import networks, recipes
from tfgan_it.models import TranslationGAN
from tfgan_it.regularizers import PatchInformation

RNG = np.random.default_rng(0)
SHAPE = (4, 4, 2)
A, B, MADE, AGAIN = (RNG.uniform(-1, 1, (3, *SHAPE)).astype("float32") for _ in range(4))


def features(x):
    """Two maps: the image, and means of its quarters."""
    x = tf.convert_to_tensor(x)
    return [x, tf.nn.avg_pool2d(x, 2, 2, "VALID") * [[[[1.0, -3.0]]]]]


def generate(inputs):
    return {
        "samples": {"a": inputs["a"], "b": tf.constant(AGAIN)},
        "features": features(inputs["a"]),
    }


def built(**options):
    """The term beside a model whose generator has these maps."""
    term = PatchInformation(units=5, **options)
    model = TranslationGAN(
        _with_two_maps(),
        networks.patch_discriminator(SHAPE, width=2, depth=1),
        paired=False,
    )
    term.build_for(model)
    return term


def _with_two_maps():
    x = keras.Input(SHAPE)
    small = keras.layers.AveragePooling2D(2)(x)
    return keras.Model(x, {"samples": keras.layers.Activation("tanh")(x), "features": [x, small]})


def by_numpy(term, a, b, chosen):
    """I_NCE of each image: a loop over maps, images and places."""
    total = np.zeros(len(a))
    for head, x, y, places in zip(term.networks, features(a), features(b), chosen, strict=True):
        (w0, c0), (w1, c1) = (layer.get_weights() for layer in head.layers[:2])

        def vectors(maps, w0=w0, c0=c0, w1=w1, c1=c1):
            v = np.maximum(maps @ w0 + c0, 0) @ w1 + c1
            return v / np.sqrt((v**2).sum(-1, keepdims=True) + 1e-4)

        for i in range(len(a)):
            keys = vectors(x.numpy()[i].reshape(-1, 2)[places[i]])
            queries = vectors(y.numpy()[i].reshape(-1, 2)[places[i]])
            scores = queries @ keys.T / term.temperature
            log_softmax = scores - np.log(np.exp(scores).sum(1, keepdims=True))
            total[i] += math.log(len(keys)) + np.diag(log_softmax).mean()
    return total / 2


ALL = [[np.arange(16)] * 3, [np.arange(4)] * 3]


def step(**more):
    return step_of(
        real={"a": A, "b": B},
        generated={"a": A, "b": MADE},
        phase="generator",
        generate=generate,
        generator_outputs=generate({"a": tf.constant(A)}),
        **more,
    )


def test_it_is_info_nce_of_the_patches_of_an_image():
    term, reports = built(identity=False, lambda_=2.0), {}
    value = term.value(step(report=reports.update))
    expected = by_numpy(term, A, MADE, ALL)
    np.testing.assert_allclose(value, -2 * expected, rtol=1e-4)
    np.testing.assert_allclose(reports["patch_information_nats"], expected, rtol=1e-4)
    assert (expected <= (math.log(16) + math.log(4)) / 2).all()


def test_with_identity_it_is_the_mean_of_both():
    term, reports = built(), {}
    value = term.value(step(report=reports.update))
    first, second = by_numpy(term, A, MADE, ALL), by_numpy(term, B, AGAIN, ALL)
    np.testing.assert_allclose(value, -(first + second) / 2, rtol=1e-4)
    np.testing.assert_allclose(reports["identity_patch_information_nats"], second, rtol=1e-4)


def test_places_are_drawn_without_replacement_for_each_image():
    numbers = RNG.uniform(size=(3, 16)).astype("float32")
    term = built(identity=False, patches=4)
    value = term.value(step(draw=drawn(numbers)))
    chosen = [np.argsort(-numbers, axis=1)[:, :4], ALL[1]]
    np.testing.assert_allclose(value, -by_numpy(term, A, MADE, chosen), rtol=1e-4)


def test_equal_images_are_near_the_limit():
    """Each patch of an image that equals its translation finds itself, if no two are alike."""
    term = built(identity=False, temperature=1e-2)
    same = step_of(
        real={"a": A, "b": B},
        generated={"a": A, "b": A},
        phase="generator",
        generate=generate,
        generator_outputs=generate({"a": tf.constant(A)}),
    )
    limit, value = (math.log(16) + math.log(4)) / 2, -term.value(same).numpy()
    assert (value <= limit + 1e-5).all() and value.max() > 0.7 * limit
    assert (value > -term.value(step()).numpy()).all()


def test_the_source_passes_no_gradient():
    term = built(identity=False)
    source, made = tf.Variable(A), tf.Variable(MADE)
    with tf.GradientTape() as tape:
        shown = step_of(
            real={"a": A, "b": B},
            generated={"a": A, "b": made},
            phase="generator",
            generate=generate,
            generator_outputs=generate({"a": source}),
        )
        total = tf.reduce_sum(term.value(shown))
    of_source, of_made = tape.gradient(total, [source, made])
    assert of_source is None or not np.abs(of_source).max()
    assert np.abs(of_made).max() > 1e-3


def test_vectors_of_zero_have_a_bounded_gradient():
    """All units of a perceptron may be off, where a length has none."""
    term = built(identity=False)
    for head in term.networks:
        head.layers[0].set_weights([-np.ones_like(w) for w in head.layers[0].get_weights()])
    a, made = tf.ones((3, *SHAPE)), tf.Variable(np.ones((3, *SHAPE), "float32"))
    with tf.GradientTape() as tape:
        shown = step_of(
            real={"a": A, "b": B},
            generated={"a": A, "b": made},
            phase="generator",
            generate=generate,
            generator_outputs=generate({"a": a}),
        )
        total = tf.reduce_sum(term.value(shown))
    heads = [v for head in term.networks for v in head.trainable_variables]
    for gradient in tape.gradient(total, [made, *heads]):
        assert gradient is None or np.abs(gradient).max() < 1e3


def test_what_it_needs():
    with pytest.raises(ValueError, match="needs a TranslationGAN whose generator gives 'features'"):
        translation_model().compile(generator_regularizers=[PatchInformation()])
    with pytest.raises(ValueError, match="both domains must have one shape"):
        recipes.cut({"a": (8, 8, 1), "b": (8, 8, 3)}, width=2, blocks=1)
    model = recipes.cut({"a": (8, 8, 1), "b": (8, 8, 3)}, width=2, blocks=1, identity=False)
    assert "patch_information_nats" in model.metric_names
    for options in ({"patches": 1}, {"temperature": 0.0}, {"lambda_": -1.0}, {"units": 0}):
        with pytest.raises(ValueError, match=f"PatchInformation: {next(iter(options))} must"):
            PatchInformation(**options)
