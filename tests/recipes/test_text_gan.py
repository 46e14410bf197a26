"""Text GAN: published defaults, every sampling, replicas, resumption, files."""

import numpy as np
import pytest
import tensorflow as tf

from support.replicas import assert_replicas_equal_one_device
from tfgan_it import callbacks, datasets, latents, losses, model_files, recipes, visualization
from tfgan_it.layers.token_sampling import MODES, PaddingMask, TokenSampling
from tfgan_it.regularizers import GradientPenalty, TokenScore

WORDS = datasets.texts([f"{a}{b}{c}" for a in "abcd" for b in "aei" for c in ["", "n", "rs"]])
SMALL = {"width": 4, "blocks": 1, "discriminator_steps": 2, "latent_dimension": 3}


def small(sampling="argmax", **hyperparameters):
    return recipes.text_gan(
        WORDS.sample_shape,
        sampling=sampling,
        vocabulary=WORDS.vocabulary,
        **{**SMALL, **hyperparameters},
    )


def train(model, steps=2):
    fit = {"batch_size": 8, "steps_per_epoch": steps, "verbose": 0}
    return model.fit(WORDS.train_images, **fit).history


def test_published_defaults():
    model = recipes.text_gan(WORDS.sample_shape, blocks=1)
    assert isinstance(model.adversarial_loss, losses.Wasserstein)
    (penalty,) = model.discriminator_regularizers
    assert isinstance(penalty, GradientPenalty) and penalty.lambda_ == 10.0
    assert model.generator_regularizers == [] and model.discriminator_steps == 10
    (tokens,) = [x for x in model.generator.layers if isinstance(x, TokenSampling)]
    assert tokens.mode == "argmax"
    assert isinstance(model.latent, latents.Normal) and model.latent.dimension == 128
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(1e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.9)
    assert model.citations[0].startswith("Gulrajani") and model.name == "text_gan"


@pytest.mark.slow
@pytest.mark.parametrize("per_token", [False, True])
@pytest.mark.parametrize("sampling", MODES)
def test_every_sampling_trains_both_networks(sampling, per_token):
    model = small(sampling, per_token=per_token, run_eagerly=True)
    before = [variable.numpy() for variable in model.trainable_variables]
    history = train(model)
    assert np.isfinite(list(history.values())).all()
    for old, variable in zip(before, model.trainable_variables, strict=True):
        if variable.name == "kernel":
            assert not np.array_equal(old, variable.numpy()), variable.path
    terms = [type(term) for term in model.generator_regularizers]
    assert terms == ([TokenScore] if sampling == "one_hot" else [])


@pytest.mark.slow
@pytest.mark.parametrize("sampling", ["argmax", "softmax", "one_hot"])
def test_two_replicas_equal_one_device(sampling):
    assert_replicas_equal_one_device(
        lambda: small(sampling, moving_average=0.5), lambda model: train(model, steps=3)
    )


@pytest.mark.slow
@pytest.mark.parametrize("sampling", ["argmax", "softmax", "one_hot"])
def test_a_file_continues_as_the_model_would(sampling, tmp_path):
    model = small(sampling)
    train(model, steps=2)
    model.save(tmp_path / "text.keras")
    again = model_files.load_model(tmp_path / "text.keras")
    assert again.vocabulary.characters == WORDS.vocabulary.characters
    np.testing.assert_array_equal(again.generate(5, seed=1), model.generate(5, seed=1))
    for each in (model, again):
        train(each, steps=2)
    for ours, theirs in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_its_pictures_show_words():
    model = small("gumbel")
    texts = model.vocabulary.decode(model.generate(9, seed=0))
    expected = visualization.words(texts)
    np.testing.assert_array_equal(visualization.sample_grid(model, 9, seed=0), expected)
    frames = visualization.interpolation(model, [0, 1], frames=2)
    assert len({frame.shape for frame in frames}) == 1 and len(frames) == 4
    paths = visualization.code_traversal(model, rows=2, steps=3, most=2)
    assert len(paths) == 2


def test_texts_are_measured_while_it_trains():
    records = []
    model = small(run_eagerly=True)
    quality = callbacks.TextQuality(
        2, WORDS.train_texts, WORDS.test_texts, record=records.append, samples=20
    )
    fit = {"batch_size": 8, "steps_per_epoch": 3, "verbose": 0}
    model.fit(WORDS.train_images, callbacks=[quality], **fit)
    assert [record["step"] for record in records] == [2, 3]
    scores = records[-1]["texts"]
    texts = model.vocabulary.decode(model.generate(20, seed=0))
    assert scores["samples"] == texts[:16] and scores["n"] == 20
    assert scores["novel_share"] == 1 - np.mean([text in WORDS.train_texts for text in texts])


def test_a_model_without_a_vocabulary_is_refused():
    model = recipes.text_gan(WORDS.sample_shape, run_eagerly=True, **SMALL)
    quality = callbacks.TextQuality(1, ["a"], ["b"], record=print)
    with pytest.raises(ValueError, match=r"^TextQuality: text_gan has no vocabulary: .*\.$"):
        model.fit(WORDS.train_images, batch_size=8, steps_per_epoch=1, callbacks=[quality])


@pytest.mark.parametrize(
    "shape, hyperparameters, message",
    [
        ((8, 8, 1), {}, r"Texts must have a shape .* got \(8, 8, 1\)"),
        ((5, 4), {"sampling": "hard"}, "sampling"),
        ((5, 4), {"temperature": 0.0}, "temperature"),
        ((5, 4), {"vocabulary": WORDS.vocabulary}, "has 10 tokens, sample_shape 4"),
    ],
)
def test_a_mistake_is_one_line(shape, hyperparameters, message):
    with pytest.raises(ValueError, match=message):
        recipes.text_gan(shape, **SMALL, **hyperparameters)


def test_soft_tokens_hide_what_is_behind_them_and_chosen_ones_do_not():
    """What collapsed to empty texts: soft tokens all have some padding, real ones none."""
    length, size = WORDS.sample_shape
    logits = tf.Variable(tf.zeros((1, length, size)))
    found = {}
    for sampling in ("softmax", "argmax"):
        with tf.GradientTape() as tape:
            tokens = TokenSampling(sampling)(logits + tf.one_hot([[1] * length], size))
            seen = tf.reduce_sum(PaddingMask()(tokens))
        found[sampling] = float(seen), tape.gradient(seen, logits)[0, 0, 0].numpy()
    # Padding, of probability p in each token, takes part of all behind it from the view.
    p = 1 / (np.e + size - 1)
    assert found["softmax"][0] == pytest.approx(length - p * length * (length - 1) / 2, abs=1e-4)
    assert found["softmax"][1] == pytest.approx(-(length - 1) * p * (1 - p), abs=1e-4)
    assert found["argmax"][0] == length
