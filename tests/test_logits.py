"""Logits of any shape: one for each sample, patch or token, and those of several discriminators."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from support.small_models import compiled, scaled
from tfgan_it.augmentation import Augmentation
from tfgan_it.latents import Normal
from tfgan_it.logits import as_logits, loss_per_sample, mean_per_sample, per_sample, score
from tfgan_it.losses import RelativisticPairing
from tfgan_it.models import GAN
from tfgan_it.regularizers import R1, R2, Consistency, GradientPenalty, LeCam
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term

RNG = np.random.default_rng(0)
BATCH, RATE = 6, 0.5
LATENT = Normal(3)


def softplus(x):
    return np.logaddexp(0, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# The functions


@pytest.mark.parametrize(
    ("shape", "standard"),
    [((4,), (4,)), ((4, 1), (4,)), ((4, 1, 1, 1), (4,)), ((4, 5, 1), (4, 5, 1)), ((4, 3), (4, 3))],
)
def test_one_logit_of_a_sample_is_a_number_and_more_keep_their_places(shape, standard):
    logits = RNG.normal(size=shape)
    plain = as_logits(tf.constant(logits))
    assert plain.shape == standard and plain.dtype == "float32"
    np.testing.assert_allclose(np.ravel(plain), logits.ravel(), rtol=1e-6)


def test_a_sample_is_the_mean_of_its_logits_and_discriminators_are_summed():
    patches, single = RNG.normal(size=(4, 2, 3, 1)), RNG.normal(size=4)
    np.testing.assert_allclose(per_sample(patches), patches.mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(per_sample(single), single)
    nest = {"a": patches, "b": [single, patches + 1]}
    np.testing.assert_allclose(score(nest), 2 * patches.mean(axis=(1, 2, 3)) + 1 + single)


def test_a_loss_is_one_of_each_logit():
    real = {"a": RNG.normal(size=(4, 2, 2, 1)), "b": RNG.normal(size=4)}
    generated = {"a": RNG.normal(size=(4, 2, 2, 1)), "b": RNG.normal(size=4)}

    def function(x, g):
        return (0 if x is None else x**2) - g**3

    parts = [real[k] ** 2 - generated[k] ** 3 for k in "ab"]
    expected = parts[0].mean(axis=(1, 2, 3)) + parts[1]
    np.testing.assert_allclose(loss_per_sample(function, real, generated), expected)
    np.testing.assert_allclose(mean_per_sample(function, real, generated), expected / 2)
    expected = -(generated["a"] ** 3).mean(axis=(1, 2, 3)) - generated["b"] ** 3
    np.testing.assert_allclose(loss_per_sample(function, None, generated), expected)


def test_real_and_generated_logits_are_those_of_as_many_discriminators():
    with pytest.raises(ValueError, match="argument 2 is longer"):
        loss_per_sample(lambda x, g: x - g, np.zeros(4), [np.zeros(4)] * 2)


# Linear discriminators in a step


@keras.saving.register_keras_serializable(package="tests")
class Watcher(Term):
    """Keeps the steps of the discriminator; adds nothing to its loss."""

    players = ("discriminator",)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = []

    def value(self, step):
        self.steps.append(step)
        return ops.zeros(())


def patches(x):
    """The four patches of 2 x 2 of each image of 4 x 4, `(n, 4, 4)`."""
    blocks = x.reshape(-1, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4)
    return blocks.reshape(len(x), 4, 4)


class Judge:
    """A linear discriminator: each position's logit is w p + b, p what it sees of the sample.

    Args:
        shape: Of a sample.
        layer: Samples to logits.
        positions: Samples to what each position sees, `(n, positions, size)`, in NumPy.
    """

    def __init__(self, shape, layer, positions):
        self.shape, self.layer, self.positions = shape, layer, positions


JUDGES = {
    "patches": Judge((4, 4, 1), lambda: layers.Conv2D(1, 2, strides=2, name="judge"), patches),
    "tokens": Judge((5, 3), lambda: layers.Dense(1, name="judge"), lambda x: x),
}


def gan(judge):
    """A GAN whose samples are in [-1, 1]."""
    with seeded_initializers(1):
        inputs = keras.Input((LATENT.dimension,))
        x = layers.Dense(int(np.prod(judge.shape)), "tanh")(inputs)
        generator = keras.Model(inputs, layers.Reshape(judge.shape)(x))
        inputs = keras.Input(judge.shape)
        return GAN(generator, keras.Model(inputs, judge.layer()(inputs)), LATENT)


@pytest.fixture(scope="module", params=JUDGES)
def played(request):
    """One step at a known rate: its judge, kernel and bias before it, the step, what it reports."""
    judge, watcher = JUDGES[request.param], Watcher()
    model = compiled(gan(judge), 0.0, RATE, discriminator_regularizers=[watcher], run_eagerly=True)
    before = [v.numpy().astype("float64") for v in model.discriminator.weights]
    images = scaled(RNG.integers(0, 256, (BATCH, *judge.shape), "uint8"))
    logs = model.train_on_batch(images, return_dict=True)
    after = [v.numpy() for v in model.discriminator.weights]
    step = watcher.steps[0]
    np.testing.assert_allclose(step.batch.samples, images, atol=1e-6)
    seen = [judge.positions(np.asarray(x)) for x in (images, step.batch.generated)]
    kernel, bias = before[0].ravel(), before[1]
    logits = [x @ kernel + bias for x in seen]
    return model, judge, step, logs, (kernel, bias, after), seen, logits


def test_losses_and_the_bound_are_means_over_positions(played):
    model, _, step, logs, _, _, (real, generated) = played
    assert model.discriminator_outputs["logits"][-1] == 1
    np.testing.assert_allclose(step.outputs.real_scores, real.mean(axis=1), atol=1e-5)
    np.testing.assert_allclose(step.outputs.generated_scores, generated.mean(axis=1), atol=1e-5)
    loss = softplus(-real).mean() + softplus(generated).mean()
    assert logs["discriminator_loss"] == pytest.approx(loss, abs=1e-5)
    assert logs["js_nats"] == pytest.approx(np.log(2) - loss / 2, abs=1e-5)


def test_the_discriminator_follows_the_mean_over_positions(played):
    *_, (kernel, bias, after), (x, g), (real, generated) = played
    slopes = -sigmoid(-real) / real.size, sigmoid(generated) / generated.size
    gradient = sum(np.einsum("np,npk->k", s, seen) for s, seen in zip(slopes, (x, g), strict=True))
    np.testing.assert_allclose(after[0].ravel(), kernel - RATE * gradient, atol=1e-5)
    np.testing.assert_allclose(after[1], bias - RATE * sum(s.sum() for s in slopes), atol=1e-5)


def test_scores_of_a_trained_model_are_means_over_positions(played):
    model, judge, step, _, (_, _, after), *_ = played
    samples = np.asarray(step.batch.samples)
    expected = (judge.positions(samples) @ after[0].ravel() + after[1]).mean(axis=1)
    scores = model.score(samples, batch_size=4)
    assert scores.shape == (BATCH,)
    np.testing.assert_allclose(scores, expected, atol=1e-5)


def test_gradient_penalties_are_of_the_mean_over_positions(played):
    _, _, step, _, (kernel, bias, after), (x, _), _ = played
    # Each number is seen by one position, whose share of the score is one of so many. The slope
    # that was recorded in the step is that of its weights; a new pass sees the new ones.
    squared = (kernel**2).sum() / x.shape[1]
    for penalty in (R1(3.0), R2(3.0)):
        np.testing.assert_allclose(penalty.value(step), np.full(BATCH, 1.5 * squared), rtol=1e-4)
    norm = np.sqrt((after[0] ** 2).sum() / x.shape[1])
    expected = np.full(BATCH, 2 * (norm - 1) ** 2)
    np.testing.assert_allclose(GradientPenalty(2.0).value(step), expected, rtol=1e-4)


def test_lecam_is_of_the_mean_over_positions(played):
    _, _, step, *_, (real, generated) = played
    f, g = real.mean(axis=1), generated.mean(axis=1)
    term = LeCam(0.7, decay=0.5, start=0)
    term.real_average.assign(0.3)
    term.fake_average.assign(-0.2)
    expected = 0.7 * (np.maximum(f + 0.2, 0) ** 2 + np.maximum(0.3 - g, 0) ** 2)
    np.testing.assert_allclose(term.value(step), expected, atol=1e-5)
    term.update(step)  # Of step 0: the averages are those of the batch.
    kept = [float(term.real_average), float(term.fake_average)]
    np.testing.assert_allclose(kept, [f.mean(), g.mean()], atol=1e-5)


def test_a_relativistic_pair_is_two_logits_of_one_position(played):
    _, _, step, *_, (real, generated) = played
    loss = RelativisticPairing()
    difference = softplus(generated - real).mean(axis=1)
    assert loss.generator_needs_real
    np.testing.assert_allclose(
        loss_per_sample(
            loss.discriminator_loss,
            step.outputs.real["logits"],
            step.outputs.generated["logits"],
        ),
        difference,
        atol=1e-5,
    )


# Several discriminators


def two_judges():
    """One of patches of 4 x 4 images, and one of whole images."""
    with seeded_initializers(1):
        inputs = keras.Input((LATENT.dimension,))
        x = layers.Dense(16, "tanh")(inputs)
        generator = keras.Model(inputs, layers.Reshape((4, 4, 1))(x))
        inputs = keras.Input((4, 4, 1))
        local = layers.Conv2D(1, 2, strides=2, name="local")(inputs)
        whole = layers.Dense(1, name="whole")(layers.Flatten()(inputs))
        outputs = {"logits": {"local": local, "whole": whole}}
        return GAN(generator, keras.Model(inputs, outputs), LATENT)


class Identity(Augmentation):
    """A transformation that changes nothing."""

    def augment(self, samples, draw):
        return samples


def test_several_discriminators_are_summed(tmp_path):
    watcher, lecam = Watcher(), LeCam(0.5, start=0)
    model = two_judges()
    weights = {
        name: [v.numpy().astype("float64") for v in model.discriminator.get_layer(name).weights]
        for name in ("local", "whole")
    }
    compiled(
        model, 0.0, 0.0, discriminator_regularizers=[lecam, R1(2.0), watcher], run_eagerly=True
    )
    images = scaled(RNG.integers(0, 256, (BATCH, 4, 4, 1), "uint8"))
    logs = model.train_on_batch(images, return_dict=True)
    step = watcher.steps[0]
    logits = []
    for x in (images, step.batch.generated.numpy()):
        local = patches(x) @ weights["local"][0].ravel() + weights["local"][1]
        whole = x.reshape(BATCH, 16) @ weights["whole"][0] + weights["whole"][1]
        logits.append((local, whole))
    losses = [
        softplus(-real).mean() + softplus(generated).mean()
        for real, generated in zip(*logits, strict=True)
    ]
    assert logs["discriminator_loss"] == pytest.approx(sum(losses), abs=1e-5)
    # The bound is one of two; a sum of them would exceed ln 2.
    assert logs["js_nats"] == pytest.approx(np.log(2) - sum(losses) / 4, abs=1e-5)
    scores = [local.mean(axis=1) + whole[:, 0] for local, whole in logits]
    np.testing.assert_allclose(step.outputs.real_scores, scores[0], atol=1e-5)
    np.testing.assert_allclose(model.score(images), scores[0], atol=1e-5)
    kept = [float(lecam.real_average), float(lecam.fake_average)]
    np.testing.assert_allclose(kept, [each.mean() for each in scores], atol=1e-5)
    kernel = weights["local"][0].reshape(2, 2)
    slope = np.tile(kernel, (2, 2)) / 4 + weights["whole"][0].reshape(4, 4)
    np.testing.assert_allclose(R1(2.0).value(step), np.full(BATCH, (slope**2).sum()), rtol=1e-4)
    consistency = Consistency(Identity(), 1.0).value(step)
    np.testing.assert_allclose(consistency, np.zeros(BATCH), atol=1e-9)
    model.save(tmp_path / "two.keras")
    loaded = keras.models.load_model(tmp_path / "two.keras")
    np.testing.assert_array_equal(loaded.score(images), model.score(images))


@pytest.mark.parametrize(
    ("outputs", "shape"),
    [
        (lambda x: layers.Conv2D(2, 2)(x), "batch, 3, 3, 2"),
        (lambda x: {"logits": [layers.Flatten()(x)]}, "batch, 16"),
    ],
)
def test_more_numbers_than_one_for_each_position_are_refused(outputs, shape):
    inputs = keras.Input((4, 4, 1))
    discriminator = keras.Model(inputs, outputs(inputs))
    with pytest.raises(ValueError) as error:
        GAN(two_judges().generator, discriminator, LATENT)
    assert str(error.value) == (
        "The discriminator must give logits (batch, 1), or (batch, ..., 1) with one for each patch "
        f"or token, got ({shape})."
    )
