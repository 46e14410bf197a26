"""A GAN whose networks make and take vectors, of any size."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.small_models import IMAGES, NOISE, assert_same_state, compiled
from tfgan_it.models import GAN
from tfgan_it.networks import mlp_discriminator, mlp_generator
from tfgan_it.seeds import seeded_initializers

# Far outside of [-1, 1], around (20, -5).
POINTS = np.random.default_rng(0).normal((20, -5), 3, (48, 2)).astype("float32")
METRICS = {"discriminator_loss", "generator_loss", "js_nats"}


def gan(**kwargs):
    with seeded_initializers(1):
        generator = mlp_generator((2,), NOISE.dimension, width=8, depth=1)
        discriminator = mlp_discriminator((2,), width=8, depth=1)
    return GAN(generator, discriminator, NOISE, seed=7, **kwargs)


@pytest.fixture(scope="module")
def trained():
    """A GAN after some steps, whose points are large."""
    model = compiled(gan(), 0.5, 0.01)
    model.fit(POINTS, batch_size=16, epochs=2, verbose=0)
    model.generator.get_layer("points").bias.assign([40.0, -70.0])
    return model


def perceptron(network, x, negative_slope):
    """One hidden layer of (leaky) ReLUs, and a linear end."""
    kernel, bias, last_kernel, last_bias = (v.numpy() for v in network.trainable_variables)
    hidden = x @ kernel + bias
    return np.where(hidden > 0, hidden, negative_slope * hidden) @ last_kernel + last_bias


def test_points_are_neither_squashed_nor_clipped(trained):
    assert trained.sample_shape == (2,)
    points = trained.generate(30, seed=3)
    assert points.shape == (30, 2) and points.dtype == np.float32
    expected = perceptron(trained.generator, trained.sample_latents(30, seed=3), 0)
    np.testing.assert_allclose(points, expected, rtol=1e-5)
    assert np.abs(points).max() > 60
    assert trained.generate(0).shape == (0, 2)


@pytest.mark.parametrize("points", [POINTS, POINTS.astype("float64"), tf.constant(POINTS)])
def test_points_are_scored_as_they_are(trained, points):
    scores = trained.score(points, batch_size=20)
    assert scores.shape == (48,) and scores.dtype == np.float32
    expected = perceptron(trained.discriminator, POINTS, 0.2)[:, 0]
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-4)


def test_fit_and_evaluate_report_on_points(trained):
    model = compiled(gan())
    before = [v.numpy() for v in model.trainable_variables]
    history = model.fit(POINTS, batch_size=16, validation_data=(POINTS,), verbose=0).history
    assert set(history) == METRICS | {f"val_{name}" for name in METRICS}
    for value, variable in zip(before, model.trainable_variables, strict=True):
        assert np.abs(variable.numpy() - value).max() > 0
    assert model.trained_steps == 3
    measured = trained.evaluate(POINTS[:7], verbose=0)
    assert set(measured) == METRICS and np.isfinite(list(measured.values())).all()


def test_points_come_from_a_dataset_too():
    histories = []
    for points in (POINTS, POINTS.astype("float64")):
        dataset = tf.data.Dataset.from_tensor_slices((points, np.arange(48))).batch(16)
        model = compiled(gan(), run_eagerly=True)
        histories.append(model.fit(dataset, verbose=0).history)
        assert model.trained_steps == 3
    assert histories[0] == histories[1]


@pytest.mark.slow
def test_the_generator_finds_where_the_data_are():
    with seeded_initializers(1):
        parts = mlp_generator((2,), 6, width=16), mlp_discriminator((2,), width=16)
    model = GAN(*parts, NOISE)
    rates = (keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(2))
    model.compile(*rates, steps_per_execution=100)
    data = POINTS / 5  # Around (4, -1), standard deviation .6.
    assert np.linalg.norm(model.generate(500, seed=0).mean(axis=0) - (4, -1)) > 3
    model.fit(data, batch_size=48, steps_per_epoch=300, verbose=0)
    assert np.linalg.norm(model.generate(500, seed=0).mean(axis=0) - (4, -1)) < 1


def test_a_loaded_model_continues(trained, tmp_path):
    trained.save(tmp_path / "points.keras")
    loaded = keras.models.load_model(tmp_path / "points.keras")
    assert_same_state(loaded, trained)
    np.testing.assert_array_equal(loaded.generate(5, seed=1), trained.generate(5, seed=1))
    step = loaded.trained_steps
    loaded.fit(POINTS, batch_size=16, steps_per_epoch=1, verbose=0)
    assert loaded.trained_steps == step + 1


def test_an_export_serves_points(trained, tmp_path):
    served = tf.saved_model.load(str(trained.export(tmp_path / "points"))).signatures
    assert set(served) == {"serving_default", "sample", "score"}
    points = served["sample"](seed=tf.constant([5, 2**40], tf.int64))["images"]
    expected = np.concatenate([trained.generate(1, seed=seed) for seed in (5, 2**40)])
    np.testing.assert_allclose(points, expected, rtol=1e-5)
    logits = served["score"](images=tf.constant(POINTS))["logit"]
    np.testing.assert_allclose(logits, trained.score(POINTS), rtol=1e-4, atol=1e-4)
    assert served["score"](images=tf.zeros((0, 2)))["logit"].shape == (0,)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (IMAGES, r"images have shape \(48, 4, 4, 1\), expected \(n, 2\)$"),
        (IMAGES[..., 0], r"images have shape \(48, 4, 4\), expected \(n, 2\)$"),
        (POINTS[:, :1], r"images have shape \(48, 1\), expected \(n, 2\)$"),
        (POINTS[:, 0], r"images have shape \(48,\), expected \(n, 2\)"),
        (POINTS.round().astype("int64"), "images are int64; they must be floats$"),
        (POINTS.clip(0, 255).astype("uint8"), "images are uint8; they must be floats$"),
        (np.where(POINTS > 22, np.inf, POINTS), "images hold .* not finite"),
    ],
)
@pytest.mark.parametrize("method", ["fit", "evaluate", "score"])
def test_invalid_points_are_refused_in_one_line(trained, method, points, message):
    step = trained.trained_steps
    options = {} if method == "score" else {"verbose": 0}
    with pytest.raises(ValueError, match=f"^{message}") as error:
        getattr(trained, method)(points, batch_size=16, **options)
    assert "\n" not in str(error.value)
    assert trained.trained_steps == step


def test_a_dataset_of_images_is_refused(trained):
    dataset = tf.data.Dataset.from_tensor_slices(IMAGES).batch(16)
    with pytest.raises(ValueError, match=r"^The dataset must give samples \(batch, \*\(2,\)\), "):
        trained.fit(dataset, verbose=0)
    with pytest.raises(ValueError, match=r"^The dataset must give samples \(batch, \*\(2,\)\), "):
        trained.fit(tf.data.Dataset.from_tensor_slices(POINTS), verbose=0)


def test_networks_of_points_and_images_do_not_fit():
    message = r"^The discriminator takes \(2,\), but is to be called on samples \(3,\)\.\Z"
    with pytest.raises(ValueError, match=message):
        GAN(mlp_generator((3,), 6, width=4), mlp_discriminator((2,), width=4), NOISE)
