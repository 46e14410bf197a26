"""pix2pix and CUT on small images: the first step written out, pairs and none, runs, replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.replicas import MIRRORED
from support.small_models import assert_same_state, compiled, scaled
from tfgan_it.datasets.batches import batches, unpaired_batches
from tfgan_it.models import TranslationGAN
from tfgan_it.networks import patch_discriminator, translation_generator
from tfgan_it.regularizers import PairedReconstruction, PatchInformation
from tfgan_it.seeds import seeded_initializers

RNG = np.random.default_rng(0)
A, B, BATCH = (4, 4, 1), (4, 4, 2), 4
DATA = {"a": RNG.integers(0, 256, (20, *A), "uint8"), "b": RNG.integers(99, 256, (20, *B), "uint8")}
RATES = 0.05, 0.1


def pix2pix(pairs=True, **kwargs):
    """Always with the same first weights."""
    with seeded_initializers(1):
        inputs = keras.Input(A)
        x = layers.Conv2D(2, 3, padding="same", activation="tanh")(inputs)
        to_b = keras.Model(inputs, layers.Conv2D(2, 1, activation="tanh")(x))
        judged = [keras.Input(B), keras.Input(A)]
        x = layers.Concatenate()(judged) if pairs else judged[0]
        x = layers.Conv2D(2, 2, activation="tanh")(x)
        judge = keras.Model(judged if pairs else judged[0], layers.Conv2D(1, 1)(x))
    return TranslationGAN(to_b, judge, seed=3, **kwargs)


def cut(**kwargs):
    with seeded_initializers(1):
        to_b = translation_generator((8, 8, 1), width=2, blocks=1, features=True)
        judge = patch_discriminator((8, 8, 1), width=2, depth=1, normalization=None)
    return TranslationGAN(to_b, judge, paired=False, seed=3, **kwargs)


UNPAIRED = {k: RNG.integers(0, 256, (n, 8, 8, 1), "uint8") for k, n in (("a", 20), ("b", 13))}


def written_out(batch, pairs):
    """One step of pix2pix in plain TensorFlow: the networks and the losses."""
    model = pix2pix(pairs)
    to_b, judge = model.to_b, model.pair_discriminator
    a, b = (tf.constant(batch[name]) for name in "ab")

    def judged(x):
        return judge([x, a] if pairs else x)

    def mean_softplus(x):
        return tf.reduce_mean(tf.nn.softplus(x))

    mine = judge.trainable_variables
    with tf.GradientTape() as tape:
        loss = mean_softplus(-judged(b)) + mean_softplus(judged(to_b(a)))
    for variable, gradient in zip(mine, tape.gradient(loss, mine), strict=True):
        variable.assign_sub(RATES[1] * gradient)
    mine = to_b.trainable_variables
    with tf.GradientTape() as tape:
        made = to_b(a)
        adversarial, distance = mean_softplus(-judged(made)), tf.reduce_mean(tf.abs(made - b))
        total = adversarial + 10 * distance
    for variable, gradient in zip(mine, tape.gradient(total, mine), strict=True):
        variable.assign_sub(RATES[0] * gradient)
    return model, {
        "discriminator_loss": float(loss),
        "generator_loss": float(adversarial),
        "reconstruction_loss": float(distance),
    }


@pytest.mark.parametrize("pairs", [True, False])
def test_the_first_step_is_the_one_written_out(pairs):
    model = compiled(
        pix2pix(pairs),
        *RATES,
        generator_regularizers=[PairedReconstruction(10.0)],
        run_eagerly=True,
    )
    history = model.fit(DATA, batch_size=BATCH, steps_per_epoch=1, verbose=0).history
    batch = next(iter(batches(DATA, BATCH, seed=3)))
    expected, losses = written_out({k: scaled(x.numpy()) for k, x in batch.items()}, pairs)
    for name in ("to_b", "pair_discriminator"):
        mine, wanted = (getattr(m, name).get_weights() for m in (model, expected))
        for weights in zip(mine, wanted, strict=True):
            np.testing.assert_allclose(*weights, atol=2e-6, err_msg=name)
    for name, value in losses.items():
        assert history[name] == [pytest.approx(value, rel=1e-4)], name


def test_partners_stay_together_only_in_pairs():
    for paired, make in ((True, batches), (False, unpaired_batches)):
        seen = []
        model = compiled(pix2pix(pairs=False, paired=paired), run_eagerly=True)
        sample = model.sample_batch

        def watched(batch, *rest, sample=sample, seen=seen, **more):
            seen.append({k: x.numpy() for k, x in batch["samples"].items()})
            return sample(batch, *rest, **more)

        model.sample_batch = watched
        model.fit(DATA, batch_size=BATCH, steps_per_epoch=2, verbose=0)
        expected = make(DATA, BATCH, seed=3).take(2)
        for got, wanted in zip(seen, expected, strict=True):
            for name in "ab":
                np.testing.assert_allclose(got[name], scaled(wanted[name].numpy()), atol=1e-6)


def test_what_it_makes_and_measures():
    model = compiled(pix2pix(), generator_regularizers=[PairedReconstruction()], run_eagerly=True)
    made = model.translate(DATA["a"], batch_size=7)
    np.testing.assert_allclose(made, model.to_b(scaled(DATA["a"])), atol=1e-6)
    measured = model.evaluate(DATA, batch_size=10, verbose=0)
    distance = np.abs(made - scaled(DATA["b"])).mean()
    assert measured["reconstruction_loss"] == pytest.approx(distance, rel=1e-5)
    predicted = model.predict(DATA, verbose=0)
    np.testing.assert_allclose(predicted["b"], made, atol=1e-6)
    np.testing.assert_allclose(predicted["a"], scaled(DATA["a"]), atol=1e-6)


@pytest.mark.parametrize(
    ("make", "data", "terms"),
    [
        (pix2pix, DATA, lambda: [PairedReconstruction(5.0)]),
        (cut, UNPAIRED, lambda: [PatchInformation(patches=8, units=16, temperature=1.0)]),
    ],
)
class TestRuns:
    @pytest.mark.slow
    def test_a_run_that_was_saved_continues_bit_for_bit(self, make, data, terms, tmp_path):
        def fresh():
            model = make(moving_average=0.9)
            adams = (keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(2))
            model.compile(*adams, generator_regularizers=terms())
            return model

        fit = {"batch_size": BATCH, "verbose": 0}
        whole, first = fresh(), fresh()
        whole.fit(data, steps_per_epoch=6, **fit)
        first.fit(data, steps_per_epoch=3, **fit)
        first.save(tmp_path / "model.keras")
        second = keras.models.load_model(tmp_path / "model.keras")
        assert_same_state(first, second)
        second.fit(data, steps_per_epoch=3, **fit)
        assert_same_state(whole, second)

    @pytest.mark.slow
    def test_two_replicas_equal_one_device(self, make, data, terms):
        models, histories = [], []
        for strategy in (tf.distribute.get_strategy(), MIRRORED):
            with strategy.scope():
                model = compiled(make(), 0.01, 0.01, generator_regularizers=terms())
            # One step: instance normalisation of small kernels enlarges what rounding changes.
            fitted = model.fit(data, batch_size=BATCH, steps_per_epoch=1, verbose=0)
            models.append(model), histories.append(fitted.history)
        assert_same_state(*models, tolerance=2e-5)
        for name in histories[0]:
            assert histories[0][name] == pytest.approx(histories[1][name], abs=1e-4), name


def test_mixed_precision_keeps_the_source():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = compiled(pix2pix(), run_eagerly=True)
    finally:
        keras.config.set_dtype_policy("float32")
    predicted = model.predict(DATA, verbose=0)
    np.testing.assert_allclose(predicted["a"], scaled(DATA["a"]), atol=1e-6)
    assert predicted["b"].dtype == "float32"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.fit(DATA["a"]), "^samples must be a dict of a, b, got ndarray"),
        (
            lambda m: m.fit({"a": DATA["a"][:9], "b": DATA["b"]}, batch_size=2),
            "^All parts must have the same number of samples, got 9 a, 20 b",
        ),
        (lambda m: m.translate(DATA["b"], "a"), "^Unknown domain 'a': use one of b"),
        (lambda m: m.translate(DATA["b"]), r"^images have shape \(20, 4, 4, 2\), expected"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call(compiled(pix2pix(), run_eagerly=True))
    assert "\n" not in str(error.value)
