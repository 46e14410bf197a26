"""ACGAN's term is InfoGAN's, with labels that real samples have too."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.games import step_of
from tfgan_it import conditions, recipes
from tfgan_it.latents import Normal
from tfgan_it.models import GAN
from tfgan_it.networks import acgan_discriminator, conditional_dcgan_discriminator
from tfgan_it.networks import conditional_dcgan_generator as generator_of
from tfgan_it.regularizers import ConditionInformation

SHAPE, CLASSES, N = (8, 8, 1), 4, 6
RNG = np.random.default_rng(0)
LABELS = np.eye(CLASSES, dtype="float32")[RNG.integers(0, CLASSES, N)]
REAL, FAKE = RNG.normal(size=(2, N, CLASSES)).astype("float32")


def acgan(term, condition=CLASSES, discriminator=acgan_discriminator):
    condition = conditions.get(condition)
    model = GAN(
        generator_of(SHAPE, 3, condition.shape, width=2),
        discriminator(SHAPE, condition.shape, width=2),
        Normal(3),
        conditions=condition,
    )
    model.compile("adam", "adam", terms=[term])
    return model


def bound(logits, prior=None):
    """H(y) + ln q(y|x) of each sample, nats."""
    p = np.full(CLASSES, 1 / CLASSES) if prior is None else np.asarray(prior)
    logits = logits.astype("float64")
    log_q = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -np.sum(p * np.log(p)) + (LABELS * log_q).sum(axis=1)


@pytest.mark.parametrize("prior", [None, [0.1, 0.2, 0.3, 0.4]])
def test_value_of_both_players(prior):
    term = ConditionInformation(0.7)
    acgan(term, conditions.Label(CLASSES, prior))
    outputs = {"real_outputs": {"labels": REAL}, "generated_outputs": {"labels": FAKE}}
    step = step_of(phase="discriminator", conditions=LABELS, **outputs)
    expected = -0.7 * (bound(REAL, prior) + bound(FAKE, prior))
    np.testing.assert_allclose(term.value(step), expected, rtol=1e-5)
    step = step_of(phase="generator", conditions=LABELS, generated_outputs={"labels": FAKE})
    np.testing.assert_allclose(term.value(step), -0.7 * bound(FAKE, prior), rtol=1e-5)


def test_evaluation_is_both_bounds():
    term = ConditionInformation()
    acgan(term)
    outputs = {"real_outputs": {"labels": REAL}, "generated_outputs": {"labels": FAKE}}
    measured = term.evaluate(step_of(phase="evaluation", conditions=LABELS, **outputs))
    np.testing.assert_allclose(measured["label_information_nats"], bound(FAKE), rtol=1e-5)
    np.testing.assert_allclose(measured["real_label_information_nats"], bound(REAL), rtol=1e-5)


def test_the_gradient_reaches_the_logits_of_the_classes():
    term = ConditionInformation(2.0)
    acgan(term)
    logits = tf.constant(FAKE)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        step = step_of(phase="generator", conditions=LABELS, generated_outputs={"labels": logits})
        loss = tf.reduce_mean(term.value(step))
    q = np.exp(FAKE) / np.exp(FAKE).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tape.gradient(loss, logits), 2 * (q - LABELS) / N, atol=1e-6)


def test_what_is_reported_is_at_most_the_entropy_of_the_labels():
    images = RNG.integers(0, 256, (32, *SHAPE), "uint8")
    labels = RNG.integers(0, CLASSES, 32)
    model = recipes.acgan(SHAPE, conditions=CLASSES, width=2)
    history = model.fit(images, labels, batch_size=16, verbose=0).history
    for name in ("label_information_nats", "real_label_information_nats"):
        assert history[name][0] <= math.log(CLASSES)
        assert name in model.evaluate(images, labels, verbose=0)


@pytest.mark.parametrize(
    ("condition", "discriminator", "line"),
    [
        (
            conditions.Vector(CLASSES),
            acgan_discriminator,
            r"^ConditionInformation needs a model with conditions=Label\(K\), got Vector.*\.$",
        ),
        (
            CLASSES,
            conditional_dcgan_discriminator,
            r"^The discriminator must give 'labels' \(batch, 4\) beside 'logits', got .*\.$",
        ),
    ],
)
def test_a_model_that_cannot_be_asked(condition, discriminator, line):
    with pytest.raises(ValueError, match=line):
        acgan(ConditionInformation(), condition, discriminator)
    keras.backend.clear_session()
