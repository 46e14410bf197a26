"""Conditional GANs: the conditions of both networks, from `fit` to `generate`."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from support.cases import slow_but
from support.replicas import MIRRORED
from support.small_models import assert_same_state, compiled, small_model, state
from tfgan_it import models
from tfgan_it.augmentation import Augmentation
from tfgan_it.conditions import ConditionDict, Image, Label, Vector
from tfgan_it.latents import Normal, Product
from tfgan_it.models import GAN
from tfgan_it.regularizers import R1, Dragan, GradientPenalty, LeCam
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term

RNG = np.random.default_rng(0)
N, LATENT = 24, Normal(3)
LABELS = RNG.integers(0, 4, N)
# A condition as `GAN` takes it, raw values of all samples, and what networks see of them, flat.
KINDS = {
    "number": (4, LABELS, np.eye(4)[LABELS]),
    "one-hot": (Label(4), np.eye(4, dtype="float32")[LABELS], np.eye(4)[LABELS]),
    "vector": (Vector(2), VALUES := RNG.normal(size=(N, 2)).astype("float32"), VALUES),
    "image": (
        Image((2, 2, 1)),
        PIXELS := RNG.integers(0, 256, (N, 2, 2, 1), "uint8"),
        PIXELS.reshape(N, 4) / 127.5 - 1,
    ),
    "both": (
        {"digit": 4, "position": Vector(2)},
        {"digit": LABELS, "position": VALUES},
        np.concatenate([np.eye(4)[LABELS], VALUES], axis=1),
    ),
}
# The first number of a sample tells which one it is.
POINTS = np.stack([np.arange(N), RNG.normal(size=N)], axis=1).astype("float32") / N
every_kind = pytest.mark.parametrize("kind", KINDS)


def conditional(kind, *, seed=7, condition=None, hidden=0, **kwargs):
    """A GAN of points whose networks are linear in what they are called on, or have a layer more.

    It always has the same first weights.
    """
    condition = KINDS[kind][0] if condition is None else condition
    shape = {
        "vector": (2,),
        "image": (2, 2, 1),
        "both": {"digit": (4,), "position": (2,)},
    }.get(kind, (4,))

    def network(size, outputs, name):
        x = keras.Input((size,))
        y = keras.tree.map_shape_structure(keras.Input, shape)
        flat = [layers.Flatten()(part) for part in keras.tree.flatten(y)]
        joined = layers.Concatenate(name="joined")([x, *flat])
        if hidden:
            joined = layers.Dense(hidden, "tanh")(joined)
        return keras.Model([x, y], layers.Dense(outputs, name="out")(joined), name=name)

    with seeded_initializers(1):
        generator = network(LATENT.dimension, 2, "generator")
        discriminator = network(2, 1, "discriminator")
    return GAN(generator, discriminator, LATENT, conditions=condition, seed=seed, **kwargs)


def rows(values, index):
    return keras.tree.map_structure(lambda x: x[index], values)


def linear(network, x, y):
    """What a linear network gives of samples or latents and flat conditions."""
    kernel, bias = network.get_layer("out").get_weights()
    return np.concatenate([x, y], axis=1) @ kernel + bias


def dataset(x, y, batch_size=8, named=False):
    data = {"samples": x, "conditions": y} if named else (x, y)
    return tf.data.Dataset.from_tensor_slices(data).batch(batch_size)


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


def watched(kind, **options):
    watcher = Watcher()
    terms = [watcher, *options.pop("discriminator_regularizers", [])]
    options = {"run_eagerly": True, "discriminator_regularizers": terms, **options}
    return compiled(conditional(kind), 0.0, 0.0, **options), watcher


def flat(conditions):
    parts = [np.reshape(x, (len(x), -1)) for x in keras.tree.flatten(conditions)]
    return np.concatenate(parts, axis=1)


# What networks are called on


@pytest.mark.examples(5)
@every_kind
@pytest.mark.parametrize("source", ["arrays", "dataset", "named"])
def test_both_networks_get_the_condition_of_their_sample(kind, source):
    _, y, told = KINDS[kind]
    model, watcher = watched(kind, discriminator_steps=2)
    if source == "arrays":
        model.fit(POINTS, y, batch_size=6, verbose=0)
    else:
        model.fit(dataset(POINTS, y, 6, source == "named"), verbose=0)
    assert model.trained_steps == 2 and len(watcher.steps) == 4
    seen = []
    for step in watcher.steps:
        index = np.rint(np.asarray(step.batch.samples)[:, 0] * N).astype(int)
        seen.extend(index)
        np.testing.assert_allclose(flat(step.batch.conditions), told[index], atol=1e-6)
        made = linear(model.generator, step.batch.latents, told[index])
        np.testing.assert_allclose(step.batch.generated, made, atol=1e-5)
        for x, outputs in (
            (POINTS[index], step.outputs.real),
            (made, step.outputs.generated),
        ):
            logits = linear(model.discriminator, x, told[index])[:, 0]
            np.testing.assert_allclose(outputs["logits"], logits, atol=1e-4)
    assert sorted(seen) == list(range(N))


def test_data_sets_of_pairs_and_of_dicts_are_trained_on_alike():
    _, y, _ = KINDS["both"]
    models = [compiled(conditional("both"), run_eagerly=True) for _ in range(2)]
    for model, named in zip(models, (False, True), strict=True):
        model.fit(dataset(POINTS, y, named=named), verbose=0)
    assert_same_state(*models)


@every_kind
def test_evaluate_and_score_are_of_the_pairs(kind):
    _, y, told = KINDS[kind]
    model = compiled(conditional(kind), run_eagerly=True)
    logits = linear(model.discriminator, POINTS, told)[:, 0]
    np.testing.assert_allclose(model.score(POINTS, y, batch_size=7), logits, atol=1e-5)
    measured = model.evaluate(POINTS, y, batch_size=N, verbose=0)
    assert model.evaluate(dataset(POINTS, y, N), verbose=0) == measured
    assert model.evaluate(dataset(POINTS, y, N, named=True), verbose=0) == measured
    swapped = model.evaluate(POINTS, rows(y, slice(None, None, -1)), batch_size=N, verbose=0)
    assert abs(swapped["discriminator_loss"] - measured["discriminator_loss"]) > 1e-4


def test_validation_data_are_pairs():
    _, y, _ = KINDS["number"]
    model = compiled(conditional("number"), run_eagerly=True)
    history = model.fit(POINTS, y, 8, validation_data=(POINTS[:5], y[:5]), verbose=0).history
    measured = model.evaluate(POINTS[:5], y[:5], verbose=0)
    assert history["val_js_nats"] == [pytest.approx(measured["js_nats"], abs=1e-6)]


# Samples


@every_kind
def test_samples_of_one_condition_for_all_or_one_for_each(kind):
    _, y, told = KINDS[kind]
    model = conditional(kind)
    z = model.sample_latents(N, seed=3)
    each = model.generate(N, seed=3, conditions=y)
    np.testing.assert_allclose(each, linear(model.generator, z, told), atol=1e-5)
    np.testing.assert_allclose(
        model.generate(N, seed=3, conditions=y, batch_size=5), each, atol=1e-6
    )
    one = model.generate(6, seed=3, conditions=rows(y, slice(4, 5)))
    np.testing.assert_allclose(one, linear(model.generator, z[:6], told[[4] * 6]), atol=1e-5)
    if kind != "one-hot":  # Four numbers could be four labels.
        again = model.generate(6, seed=3, conditions=rows(y, 4))
        np.testing.assert_array_equal(again, one)
    assert model.generate(0, conditions=rows(y, slice(4, 5))).shape == (0, 2)


def test_without_conditions_they_are_sampled_from_their_prior():
    prior = [0.1, 0.2, 0.0, 0.7]
    model = conditional("number", condition=Label(4, prior))
    labels = np.asarray(model.sample_conditions(2000, seed=5))
    shares = np.bincount(labels, minlength=4) / 2000
    np.testing.assert_allclose(shares, prior, atol=4 * np.sqrt(0.25 / 2000))
    made = model.generate(30, seed=5)
    z = model.sample_latents(30, seed=5)
    expected = linear(model.generator, z, np.eye(4)[labels[:30]])
    np.testing.assert_allclose(made, expected, atol=1e-5)
    np.testing.assert_allclose(model.generate(7, seed=5), made[:7], atol=1e-6)
    # Labels do not follow from the noise.
    z = model.sample_latents(2000, seed=5)
    assert np.abs(np.corrcoef(z[:, 0], labels == 3)[0, 1]) < 5 / np.sqrt(2000)


@pytest.mark.parametrize("kind", ["vector", "image", "both"])
def test_what_has_no_prior_has_to_be_given(kind):
    with pytest.raises(ValueError, match=r"has no prior to draw from: give conditions") as error:
        conditional(kind).generate(3, seed=0)
    assert "\n" not in str(error.value)


# Terms


def kernel_of_samples(model):
    """The discriminator's weights of the two numbers of a point."""
    return model.discriminator.get_layer("out").get_weights()[0][:2, 0].astype("float64")


@pytest.mark.parametrize("kind", ["number", "both"])
def test_gradient_penalties_are_with_respect_to_samples_only(kind):
    _, y, _ = KINDS[kind]
    model, watcher = watched(kind)
    model.train_on_batch(POINTS, y)
    squared = (kernel_of_samples(model) ** 2).sum()
    everything = (model.discriminator.get_layer("out").get_weights()[0] ** 2).sum()
    assert everything > squared + 0.1
    [step] = watcher.steps
    np.testing.assert_allclose(R1(3.0).value(step), np.full(N, 1.5 * squared), rtol=1e-4)
    expected = np.full(N, 2 * (np.sqrt(squared) - 1) ** 2)
    for penalty in (GradientPenalty(2.0), Dragan(2.0)):
        np.testing.assert_allclose(penalty.value(step), expected, rtol=1e-4)


@keras.saving.register_keras_serializable(package="tests")
class Negation(Augmentation):
    """Turns the sign of every number that it is shown."""

    def augment(self, images, draw):
        return -images


def test_an_augmentation_changes_only_samples():
    _, y, told = KINDS["vector"]
    model, watcher = watched("vector", augmentation=Negation())
    model.train_on_batch(POINTS, y)
    [step] = watcher.steps
    np.testing.assert_allclose(step.batch.conditions, told, atol=1e-6)
    logits = linear(model.discriminator, -POINTS, told)[:, 0]
    np.testing.assert_allclose(step.outputs.real["logits"], logits, atol=1e-5)
    plain = linear(model.discriminator, POINTS, told)[:, 0]
    np.testing.assert_allclose(model.score(POINTS, y), plain, atol=1e-5)


# Runs


@pytest.mark.examples(1)
@pytest.mark.parametrize("kind", slow_but(["number", "both"], KINDS))
def test_a_run_that_was_saved_continues_bit_for_bit(kind, tmp_path):
    def fresh():
        model = conditional(kind, hidden=4, moving_average=0.9)
        model.compile(
            keras.optimizers.Adam(0.01),
            keras.optimizers.RMSprop(0.01),
            discriminator_regularizers=[LeCam(start=1)],
            run_eagerly=True,
        )
        return model

    _, y, _ = KINDS[kind]
    whole, first = fresh(), fresh()
    whole.fit(POINTS, y, batch_size=7, steps_per_epoch=4, verbose=0)
    first.fit(POINTS, y, batch_size=7, steps_per_epoch=2, verbose=0)
    first.save(tmp_path / "model.keras")
    second = keras.models.load_model(tmp_path / "model.keras")
    assert repr(second.conditions) == repr(first.conditions)
    assert_same_state(first, second)
    one = rows(y, slice(2, 3))
    np.testing.assert_array_equal(
        second.generate(3, seed=0, conditions=one), first.generate(3, seed=0, conditions=one)
    )
    np.testing.assert_array_equal(second.score(POINTS, y), first.score(POINTS, y))
    second.fit(POINTS, y, batch_size=7, steps_per_epoch=2, verbose=0)
    assert_same_state(whole, second)


@pytest.mark.slow
@pytest.mark.parametrize("kind", slow_but(["both"], KINDS))
def test_two_replicas_equal_one_device(kind):
    _, y, _ = KINDS[kind]
    models, results = [], []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope():
            model = compiled(
                conditional(kind, hidden=4),
                0.3,
                0.3,
                discriminator_regularizers=[R1(1.0)],
            )
        start = state(model)
        history = model.fit(POINTS, y, batch_size=8, verbose=0).history
        results.append([history, model.evaluate(POINTS, y, batch_size=9, verbose=0)])
        models.append(model)
    assert_same_state(*models, tolerance=1e-5)
    for old, new in zip(start, state(models[1]), strict=True):
        assert old.shape == () or np.abs(old - new).max() > 1e-3
    for one, two in zip(*results, strict=True):
        for name in one:
            assert one[name] == pytest.approx(two[name], abs=1e-5), name
    one = rows(y, slice(1, 2))
    made = [model.generate(5, seed=0, conditions=one) for model in models]
    np.testing.assert_allclose(*made, atol=1e-5)


# What is refused


@pytest.fixture(scope="module")
def labelled():
    return compiled(conditional("number"))


WRONG = [
    (None, r"^This model is conditional: give y, one of 4 classes, .*, one for each sample\.\Z"),
    (LABELS + 1, r"^Label: labels lie in \[1, 4\], must be whole numbers in 0\.\.3 or rows "),
    (LABELS[:5], r"^Label: 5 conditions given for 24 samples\.\Z"),
    (VALUES, r"^Label: labels have shape \(24, 2\), must be "),
    (LABELS.astype(str), "^Label: labels are <U"),
]


@pytest.mark.parametrize(("y", "message"), WRONG)
def test_labels_that_are_missing_or_wrong_are_refused_in_one_line(labelled, y, message):
    before = state(labelled)
    calls = [
        lambda: labelled.fit(POINTS, y, batch_size=8, verbose=0),
        lambda: labelled.evaluate(POINTS, y, verbose=0),
        lambda: labelled.score(POINTS, y),
        lambda: labelled.fit(POINTS, LABELS, 8, validation_data=(POINTS, y), verbose=0),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=message) as error:
            call()
        assert "\n" not in str(error.value)
    for old, new in zip(before, state(labelled), strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        (4, r"^Label: labels lie in \[4, 4\]"),
        ([0, 1], r"^Label: 2 conditions given for 5 samples\.\Z"),
        ([0.5] * 5, r"^Label: labels hold 0\.5, must be whole numbers"),
    ],
)
def test_conditions_that_cannot_be_generated(labelled, conditions, message):
    with pytest.raises(ValueError, match=message):
        labelled.generate(5, seed=0, conditions=conditions)


@pytest.mark.parametrize(
    "data", [POINTS, {"samples": POINTS}, {"samples": POINTS, "label": LABELS}]
)
def test_data_sets_without_conditions(labelled, data):
    data = tf.data.Dataset.from_tensor_slices(data).batch(8)
    for method in (labelled.fit, labelled.evaluate):
        with pytest.raises(ValueError, match="^This model is conditional: give y") as error:
            method(data, verbose=0)
        assert "\n" not in str(error.value)


def test_a_model_without_conditions_ignores_labels():
    with pytest.raises(ValueError, match=r"^This model takes no conditions: GAN\("):
        small_model().generate(2, conditions=1)


def test_networks_that_take_no_conditions_are_refused():
    parts = conditional("number")
    plain = small_model()
    with pytest.raises(ValueError, match=r"^The generator takes \(6,\), but is to be called on "):
        GAN(plain.generator, parts.discriminator, Normal(6), conditions=4)
    with pytest.raises(ValueError, match=r"^The discriminator takes \(4, 4, 1\), but is "):
        unfitting = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1)])
        GAN(parts.generator, unfitting, LATENT, conditions=4)
    with pytest.raises(ValueError, match=r"^The generator takes .* but is to be called on latents"):
        GAN(parts.generator, parts.discriminator, LATENT, conditions=5)


def test_the_condition_is_that_of_the_argument():
    assert isinstance(conditional("number").conditions, Label)
    assert isinstance(conditional("both").conditions, ConditionDict)
    assert small_model().conditions is None
    with pytest.raises(ValueError, match="^conditions must be a condition such as Label"):
        conditional("number", condition="label")


@pytest.mark.parametrize("name", ["AdaGAN", "VariationalInfoGAN", "MultimodalInfoGAN"])
def test_systems_that_take_no_conditions_say_so(name):
    networks_ = [keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)]) for _ in range(2)]
    encoder = keras.models.clone_model(networks_[0])
    more = {"VariationalInfoGAN": [encoder], "MultimodalInfoGAN": [{"image": 1}]}
    latent = Normal(2) if name == "AdaGAN" else Product(noise=Normal(1), style=Normal(1))
    with pytest.raises(
        ValueError, match=rf"^{name} takes no conditions, got Label\(.*; GAN does\."
    ):
        getattr(models, name)(*networks_, latent, *more.get(name, []), conditions=3)
