"""What `fit` and `evaluate` take, refuse and report."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.cases import slow
from support.small_models import (
    IMAGES,
    NOISE,
    SHAPE,
    assert_same_state,
    compiled,
    discriminate,
    discriminator_weights,
    generate,
    generator_weights,
    scaled,
    small_model,
    state,
)
from tfgan_it.datasets import batches
from tfgan_it.models import GAN
from tfgan_it.models.runtime import Stream
from tfgan_it.seeds import StatelessSeed

METRICS = ["discriminator_loss", "generator_loss", "js_nats"]
LABELS = np.arange(48)


def dataset(*arrays, batch_size=8):
    return tf.data.Dataset.from_tensor_slices(arrays if arrays[1:] else arrays[0]).batch(batch_size)


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def expected_metrics(model, images, *path):
    """The quantities of one batch in NumPy, from latents drawn at that path."""
    z = NOISE.sample(len(images), seed=StatelessSeed(model.seed, *path))
    weights = discriminator_weights(model)
    real = discriminate(weights, scaled(images))[0].numpy().astype("float64")
    fake = discriminate(weights, generate(generator_weights(model), z))[0].numpy().astype("float64")
    bce = (softplus(-real).mean() + softplus(fake).mean()) / 2
    return [2 * bce, softplus(-fake).mean(), math.log(2) - bce]


def test_history_is_the_mean_over_an_epoch():
    model = compiled(small_model(), 0.0, 0.0)
    history = model.fit(IMAGES, batch_size=16, verbose=0).history
    assert list(model.metric_names) == METRICS and sorted(history) == METRICS
    order = enumerate(batches(IMAGES, 16, seed=model.seed).take(3).as_numpy_iterator())
    steps = [expected_metrics(model, images, step, Stream.LATENTS, 0) for step, images in order]
    reported = [history[name][0] for name in METRICS]
    np.testing.assert_allclose(reported, np.mean(steps, axis=0), atol=1e-6)


def test_evaluate_is_the_mean_over_images_with_its_own_latents():
    model = compiled(small_model(), 0.0, 0.0)
    result = model.evaluate(IMAGES[:40], batch_size=16, verbose=0)
    parts = [IMAGES[:16], IMAGES[16:32], IMAGES[32:40]]
    # Batches are identified by the number of images before them.
    means = [expected_metrics(model, p, 16 * i, Stream.EVALUATION) for i, p in enumerate(parts)]
    assert list(result) == METRICS
    expected = np.average(means, axis=0, weights=[16, 16, 8])
    np.testing.assert_allclose(list(result.values()), expected, atol=1e-6)
    assert model.evaluate(IMAGES[:40], batch_size=16, verbose=0) == result
    as_list = model.evaluate(IMAGES[:40], LABELS[:40], 16, return_dict=False, verbose=0)
    assert as_list == list(result.values())
    assert abs(means[1][1] - means[0][1]) > 1e-3  # other latents


def test_evaluate_changes_nothing_and_looks_at_the_average():
    model = compiled(small_model(normalized=True, moving_average=0.9), 1.0)
    model.train_on_batch(IMAGES[:8])
    before = state(model)
    result = model.evaluate(IMAGES, batch_size=16, verbose=0)
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)
    model.generator.set_weights([v.numpy() for v in model.generator_average.averages])
    assert model.evaluate(IMAGES, batch_size=16, verbose=0) == pytest.approx(result, abs=1e-6)
    plain = compiled(GAN(model.generator, model.discriminator, NOISE, seed=model.seed))
    assert plain.evaluate(IMAGES, batch_size=16, verbose=0) == pytest.approx(result, abs=1e-6)


def test_js_is_at_most_ln_2():
    generator = keras.Sequential(
        [keras.Input((6,)), layers.Dense(16, bias_initializer=keras.initializers.Constant(-20.0))]
    )
    generator.add(layers.Reshape(SHAPE))
    generator.add(layers.Activation("tanh"))
    discriminator = keras.Sequential([keras.Input(SHAPE), layers.Flatten()])
    discriminator.add(layers.Dense(1, kernel_initializer="ones"))
    model = compiled(GAN(generator, discriminator, NOISE))
    result = model.evaluate(np.full((8, *SHAPE), 255, "uint8"), verbose=0)
    assert result["js_nats"] == pytest.approx(math.log(2), abs=1e-5)
    assert result["discriminator_loss"] < 1e-5


def test_validation_and_progress_bar(capsys):
    model = compiled(small_model())
    history = model.fit(IMAGES, batch_size=16, validation_data=(IMAGES[:9], LABELS[:9]), verbose=1)
    keys = {*METRICS, *(f"val_{name}" for name in METRICS)}
    assert set(history.history) == keys
    result = model.evaluate(IMAGES[:9], verbose=0)
    for name in METRICS:
        assert history.history[f"val_{name}"] == [result[name]]
    printed = capsys.readouterr().out
    assert all(f" {name}: " in printed for name in keys) and " loss: " not in printed


def test_labels_are_never_seen():
    models = [compiled(small_model()) for _ in range(5)]
    models[0].fit(IMAGES, batch_size=8, verbose=0)
    models[1].fit(IMAGES, LABELS, 8, verbose=0)
    assert_same_state(*models[:2])
    models[2].fit(dataset(IMAGES), verbose=0)
    models[3].fit(dataset(IMAGES, LABELS), verbose=0)
    models[4].fit(dataset(scaled(IMAGES)), verbose=0)
    assert_same_state(*models[2:4])
    assert_same_state(*models[3:5], tolerance=1e-6)  # scaled on the host: other roundings


@pytest.fixture(scope="module")
def untrained():
    return compiled(small_model(moving_average=0.9), discriminator_steps=2)


FLOATS = scaled(IMAGES)
BY_NAME = tf.data.Dataset.from_tensor_slices({"image": IMAGES, "label": LABELS}).batch(8)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (LABELS, r"shape \(48,\), expected \(n, 4, 4, 1\): these look like labels"),
        (np.zeros((48, 5, 4, 1), "uint8"), r"shape \(48, 5, 4, 1\), expected \(n, 4, 4, 1\)"),
        (IMAGES[..., 0], r"shape \(48, 4, 4\), expected \(n, 4, 4, 1\): .* images\[..., None\]"),
        (IMAGES[0], r"shape \(4, 4, 1\), expected \(n, 4, 4, 1\): .* images\[None\]"),
        (IMAGES[:0], "^0 images given, at least 32 are needed"),
        (IMAGES[:31], "^31 images given, at least 32 are needed"),
        (np.where(np.arange(48)[:, None, None, None] == 5, np.nan, FLOATS), "16 values .* finite"),
        (IMAGES.astype("float32"), r"^float images lie in \[0, 255\] but must lie in \[-1, 1\]"),
        (IMAGES.astype("int32"), "^images are int32; they must be uint8"),
        (IMAGES > 9, "^images are bool; they must be uint8"),
        (dataset(LABELS), r"must give samples .*4, 4, 1.*, got .*shape=\(None,\)"),
        (dataset(LABELS, IMAGES), r"must give samples .*, got \(TensorSpec\(shape=\(None,\)"),
        (dataset(IMAGES).unbatch(), r"must give samples \(batch.*, got .*shape=\(4, 4, 1\)"),
        (dataset(IMAGES[:, :2]), r"must give samples .*, got .*shape=\(None, 2, 4, 1\)"),
        (BY_NAME, r"must give samples .*, alone or first in a tuple, got {'image': "),
        (dataset(IMAGES.astype("int32")), "^images are int32; they must be uint8"),
    ],
)
def test_bad_data_are_refused_in_one_line_and_nothing_is_trained(untrained, data, message):
    before = state(untrained)
    with pytest.raises(ValueError, match=message) as error:
        untrained.fit(data, batch_size=16 if isinstance(data, np.ndarray) else None, verbose=0)
    assert "\n" not in str(error.value)
    for old, new in zip(before, state(untrained), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize("data", [LABELS, IMAGES.astype("float32"), IMAGES[:0]])
def test_evaluate_refuses_bad_data(untrained, data):
    with pytest.raises(ValueError, match="images"):
        untrained.evaluate(data, verbose=0)


@pytest.mark.parametrize("validation", [LABELS, (LABELS, LABELS)])
def test_bad_validation_data_are_refused_before_training(untrained, validation):
    with pytest.raises(ValueError, match="these look like labels"):
        untrained.fit(IMAGES, batch_size=8, validation_data=validation, verbose=0)
    assert untrained.step.numpy() == 0


def counted(images):
    """Batches whose number TensorFlow cannot know, as those of a file reader; their size it can."""
    return dataset(images).rebatch(8, drop_remainder=True).filter(lambda _: True)


@pytest.mark.slow
@pytest.mark.examples(1)
@pytest.mark.parametrize("data", [counted(IMAGES), *slow(dataset(IMAGES).filter(lambda _: True))])
@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_dataset_of_unknown_length_makes_no_step_without_images(data):
    model, expected = (compiled(small_model(normalized=True)) for _ in range(2))
    history = model.fit(data, epochs=2, verbose=0).history
    assert expected.fit(dataset(IMAGES), epochs=2, verbose=0).history == history
    assert model.step.numpy() == 12
    assert_same_state(model, expected)
    result = model.evaluate(data, verbose=0)
    assert result == model.evaluate(dataset(IMAGES), verbose=0)


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
def test_a_regrouped_dataset_makes_no_step_without_images():
    model = compiled(small_model(), discriminator_steps=2)
    # 7 batches of 7 images, the last of 6: three steps of 14.
    model.fit(dataset(IMAGES, batch_size=7), verbose=0)
    assert model.step.numpy() == 3


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize(
    ("images", "steps", "message"),
    [
        (counted(IMAGES[:0]), 1, "the data set holds no samples"),
        (dataset(IMAGES[:0]), 1, "the data set holds no batch"),
        (dataset(IMAGES[:24]), 4, "the data set holds fewer than the 32 samples of a step"),
    ],
)
def test_a_dataset_smaller_than_a_step_is_refused(images, steps, message):
    model = compiled(small_model(moving_average=0.9), discriminator_steps=steps, run_eagerly=True)
    before = state(model)
    with pytest.raises(ValueError, match=message):
        model.fit(images, verbose=0)
    for old, new in zip(before, state(model), strict=True):
        np.testing.assert_array_equal(old, new)
    if steps == 1:
        with pytest.raises(ValueError, match="the data set holds no"):
            model.evaluate(images, verbose=0)


@pytest.mark.slow
def test_two_fits_are_one():
    # 3 steps of 14 images: the second epoch starts within the first one's permutation.
    models = [
        compiled(small_model(moving_average=0.9, normalized=True), discriminator_steps=2)
        for _ in range(2)
    ]
    once = models[0].fit(IMAGES, batch_size=7, epochs=2, verbose=0).history
    twice = [models[1].fit(IMAGES, batch_size=7, verbose=0).history for _ in range(2)]
    assert models[0].step.numpy() == 6
    assert_same_state(*models)
    assert once == {name: twice[0][name] + twice[1][name] for name in once}


def test_steps_per_epoch_counts_generator_updates():
    model = compiled(small_model(), discriminator_steps=3)
    model.fit(IMAGES, batch_size=4, steps_per_epoch=2, epochs=2, verbose=0)
    assert model.step.numpy() == model.generator_optimizer.iterations.numpy() == 4
    assert model.discriminator_optimizer.iterations.numpy() == 12


def test_batch_size_is_128_by_default():
    model = compiled(small_model())
    model.fit(np.tile(IMAGES, (6, 1, 1, 1)), verbose=0)
    assert model.step.numpy() == 2
    with pytest.raises(ValueError, match="48 images given, at least 128 are needed"):
        model.fit(IMAGES)


@pytest.mark.slow
def test_several_steps_in_one_execution_are_those_steps():
    models = [compiled(small_model(moving_average=0.9), steps_per_execution=n) for n in (1, 4)]
    for model in models:
        model.fit(IMAGES[:32], batch_size=4, epochs=2, verbose=0)
    assert models[0].step.numpy() == 16
    assert_same_state(*models)
    # 5 steps would be made 8.
    with pytest.raises(ValueError, match="^steps_per_execution 4 must divide the 5 steps"):
        models[1].fit(IMAGES[:20], batch_size=4, verbose=0)


def test_the_callers_callbacks_see_every_quantity():
    seen = []
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(logs))
    compiled(small_model()).fit(IMAGES, batch_size=16, callbacks=[callback], verbose=0)
    assert [set(logs) for logs in seen] == [set(METRICS)] * 3
