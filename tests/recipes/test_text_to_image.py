"""Text to image: defaults, that it learns its texts, replicas, resumption, pictures."""

import numpy as np
import pytest
import tensorflow as tf

from support.replicas import assert_replicas_equal_one_device
from tfgan_it import conditions, latents, losses, model_files, recipes, visualization
from tfgan_it.regularizers import MatchingAware, PairInformation

TEXT = conditions.Text(["red", "green", "blue", "dark red", "dark green", "dark blue"])
SMALL = {"width": 8, "text_width": 16, "embedding": 16, "latent_dimension": 4}
COLOURS = np.array([[c == k for k in range(3)] for c in range(3)])
SHADES = np.concatenate([255 * COLOURS, 90 * COLOURS]).astype("uint8")


def small(**hyperparameters):
    return recipes.text_to_image((8, 8, 3), conditions=TEXT, **{**SMALL, **hyperparameters})


def data(n=120):
    """Images of one colour, and the tokens of its name."""
    which = np.arange(n) % len(SHADES)
    images = np.broadcast_to(SHADES[which][:, None, None], (n, 8, 8, 3)).copy()
    return images, TEXT.encode([TEXT.texts[i] for i in which])


def train(model, steps=2, batch_size=12):
    images, tokens = data()
    fit = {"batch_size": batch_size, "steps_per_epoch": steps, "verbose": 0}
    return model.fit(images, tokens, **fit).history


def test_defaults():
    model = small(latent_dimension=128)
    assert isinstance(model.adversarial_loss, losses.Hinge) and model.discriminator_steps == 2
    assert isinstance(model.latent, latents.Normal) and model.latent.dimension == 128
    assert float(model.generator_optimizer.learning_rate) == pytest.approx(1e-4)
    assert float(model.discriminator_optimizer.learning_rate) == pytest.approx(4e-4)
    (matching,) = model.discriminator_regularizers
    (information,) = model.terms
    assert isinstance(matching, MatchingAware) and matching.weight == 1.0
    assert isinstance(information, PairInformation)
    assert (information.lambda_, information.temperature) == (1.0, 0.1)


@pytest.mark.slow
def test_it_draws_what_a_text_says():
    rates = {"learning_rate": 5e-4, "discriminator_learning_rate": 2e-3}
    model = small(moving_average=None, **rates)
    history = train(model, steps=600)
    assert history["real_pair_information_nats"][-1] > 1.0  # Of ln 6 = 1.79.
    drawn = model.generate(60, seed=0, conditions=[TEXT.texts[i % 6] for i in range(60)])
    colours = (drawn.mean(axis=(1, 2)) + 1) * 127.5
    nearest = np.square(colours[:, None] - SHADES[None]).sum(axis=-1).argmin(axis=-1)
    # Five of the six colours here, chance is one: with so small a network one may stay undrawn.
    assert np.mean(nearest == np.arange(60) % 6) > 0.6


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    assert_replicas_equal_one_device(
        lambda: small(synchronized=True, moving_average=0.5),
        lambda model: train(model, steps=3, batch_size=8),
    )


@pytest.mark.slow
def test_a_file_continues_as_the_model_would(tmp_path):
    model = small()
    train(model)
    model.save(tmp_path / "painter.keras")
    again = model_files.load_model(tmp_path / "painter.keras")
    drawn = model.generate(5, seed=1, conditions="dark red")
    np.testing.assert_array_equal(again.generate(5, seed=1, conditions="dark red"), drawn)
    for each in (model, again):
        train(each)
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_pictures_have_the_texts_above_them():
    model = small()
    drawn = visualization.sample_grid(model, 32, seed=0)
    row = visualization.grid(visualization.samples_from_latents(model, np.zeros((8, 4)), "red"), 8)
    assert drawn.shape[1] == 2 * row.shape[1] and drawn.shape[0] > row.shape[0]


@pytest.mark.parametrize("wrong", [None, 10, conditions.Vector(3)])
def test_another_condition_is_refused_in_one_line(wrong):
    with pytest.raises(ValueError, match=r"^text_to_image: conditions must be conditions\.Text"):
        recipes.text_to_image((8, 8, 3), conditions=wrong)


def test_a_data_set_of_strings_is_refused_before_training():
    images, _ = data(12)
    texts = [TEXT.texts[i % 6] for i in range(12)]
    batches = tf.data.Dataset.from_tensor_slices((images, texts)).batch(6)
    with pytest.raises(ValueError, match="^The dataset gives strings as conditions, .*encode") as e:
        small().fit(batches, verbose=0)
    assert "\n" not in str(e.value)
