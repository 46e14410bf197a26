"""CycleGAN on two small unpaired sets: its first step written out, its pool, runs and replicas."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.dense_models import translation_model
from support.replicas import MIRRORED
from support.small_models import assert_same_state, compiled, scaled, state
from tfgan_it.datasets.batches import unpaired_batches
from tfgan_it.losses import LeastSquares
from tfgan_it.models import DomainTranslationGAN
from tfgan_it.models.runtime import Stream
from tfgan_it.regularizers import CycleConsistency, IdentityMapping
from tfgan_it.seeds import StatelessSeed, seeded_initializers

RNG = np.random.default_rng(0)
SHAPE, BATCH = (4, 4, 1), 4
# Two sets of different lengths.
DATA = {
    "a": RNG.integers(0, 256, (20, *SHAPE), "uint8"),
    "b": RNG.integers(128, 256, (13, *SHAPE), "uint8"),
}
RATES = 0.05, 0.1


def translator(name, a=SHAPE, b=SHAPE):
    inputs = keras.Input(a)
    x = layers.Conv2D(2, 3, padding="same", activation="tanh")(inputs)
    return keras.Model(inputs, layers.Conv2D(b[-1], 1, activation="tanh")(x), name=name)


def patches(name, shape=SHAPE):
    """One logit for each of 3 x 3 patches."""
    inputs = keras.Input(shape)
    x = layers.Conv2D(2, 2, activation="tanh")(inputs)
    return keras.Model(inputs, layers.Conv2D(1, 1)(x), name=name)


def cyclegan(pool_size=8, seed=3, **kwargs):
    """Always with the same first weights."""
    with seeded_initializers(1):
        networks = translator("to_a"), translator("to_b"), patches("judge_a"), patches("judge_b")
    return DomainTranslationGAN(*networks, pool_size=pool_size, seed=seed, **kwargs)


def trained_by(model, rates=RATES, **options):
    return compiled(
        model,
        *rates,
        loss=LeastSquares(),
        generator_regularizers=[CycleConsistency(10.0), IdentityMapping(5.0)],
        **options,
    )


def first_batch(seed=3):
    batch = next(iter(unpaired_batches(DATA, BATCH, seed=seed)))
    return {name: scaled(images.numpy()) for name, images in batch.items()}


def written_out(batch, rates=RATES):
    """One step of the published algorithm in plain TensorFlow: weights, losses."""
    model = cyclegan(pool_size=0)
    to_a, to_b = model.to_a, model.to_b
    judges = {"a": model.discriminator_a, "b": model.discriminator_b}
    real = {name: tf.constant(images) for name, images in batch.items()}
    made = {"a": to_a(real["b"]), "b": to_b(real["a"])}
    # The discriminators first, each on its domain.
    mine = [v for name in "ab" for v in judges[name].trainable_variables]
    with tf.GradientTape() as tape:
        loss = 0.0
        for name in "ab":
            real_loss = tf.reduce_mean((judges[name](real[name]) - 1) ** 2)
            loss += (real_loss + tf.reduce_mean(judges[name](made[name]) ** 2)) / 2
    for variable, gradient in zip(mine, tape.gradient(loss, mine), strict=True):
        variable.assign_sub(rates[1] * gradient)
    losses = {"discriminator_loss": loss}
    # Then both translators, against the new discriminators.
    mine = to_a.trainable_variables + to_b.trainable_variables
    with tf.GradientTape() as tape:
        made = {"a": to_a(real["b"]), "b": to_b(real["a"])}
        adversarial = sum(tf.reduce_mean((judges[n](made[n]) - 1) ** 2) / 2 for n in "ab")
        back = {"a": to_a(made["b"]), "b": to_b(made["a"])}
        cycle = sum(tf.reduce_mean(tf.abs(back[n] - real[n])) for n in "ab")
        same = {"a": to_a(real["a"]), "b": to_b(real["b"])}
        identity = sum(tf.reduce_mean(tf.abs(same[n] - real[n])) for n in "ab")
        loss = adversarial + 10 * cycle + 5 * identity
    for variable, gradient in zip(mine, tape.gradient(loss, mine), strict=True):
        variable.assign_sub(rates[0] * gradient)
    losses |= {
        "generator_loss": adversarial,
        "cycle_loss": cycle,
        "identity_loss": identity,
    }
    return model, {name: float(value) for name, value in losses.items()}


def networks_of(model):
    return {
        name: getattr(model, name).get_weights()
        for name in ("to_a", "to_b", "discriminator_a", "discriminator_b")
    }


def test_the_first_step_is_the_one_written_out():
    model = trained_by(cyclegan(), run_eagerly=True)
    before = networks_of(model)
    history = model.fit(DATA, batch_size=BATCH, steps_per_epoch=1, verbose=0).history
    expected, losses = written_out(first_batch())
    for name, weights in networks_of(model).items():
        for old, new, wanted in zip(
            before[name], weights, networks_of(expected)[name], strict=True
        ):
            np.testing.assert_allclose(new, wanted, atol=2e-6, err_msg=name)
            assert np.abs(new - old).max() > 1e-5, name
    assert set(losses) | {"js_nats"} == set(history) == set(model.metric_names)
    for name, value in losses.items():
        assert history[name] == [pytest.approx(value, rel=1e-4)], name


@pytest.mark.slow
def test_the_discriminators_are_shown_some_of_earlier_steps():
    """In inference mode, the exchanges can be repeated with the random numbers of the pool."""
    model = trained_by(cyclegan(), (0.0, 0.0), run_eagerly=True)
    made, shown = [], []
    exchange = model.pool.exchange

    def watched(samples, draw):
        made.append({name: x.numpy() for name, x in samples.items()})
        result = exchange(samples, draw)
        shown.append({name: x.numpy() for name, x in result.items()})
        return result

    model.pool.exchange = watched
    model.fit(DATA, batch_size=BATCH, steps_per_epoch=6, verbose=0)
    entries = [[] for _ in range(BATCH)]
    swaps = 0
    for step in range(6):
        seed = StatelessSeed(model.seed, step, Stream.SAMPLING, 0, 0)
        numbers = keras.random.uniform((BATCH, 2), seed=seed).numpy()
        for i in range(BATCH):
            new = {name: x[i] for name, x in made[step].items()}
            seen = new
            if len(entries[i]) < 2:
                entries[i].append(new)
            elif numbers[i, 0] < 0.5:
                chosen, swaps = int(numbers[i, 1] * 2), swaps + 1
                seen, entries[i][chosen] = entries[i][chosen], new
            for name in "ab":
                np.testing.assert_array_equal(shown[step][name][i], seen[name])
    assert swaps > 3


def test_what_it_makes_and_measures():
    model = trained_by(cyclegan(), run_eagerly=True)
    real = {name: scaled(images) for name, images in DATA.items()}
    for to, source in (("a", "b"), ("b", "a")):
        network = getattr(model, f"to_{to}")
        made = model.translate(DATA[source], to, batch_size=5)
        assert made.dtype == "float32"
        np.testing.assert_allclose(made, network(real[source]), atol=1e-6)
    equal = {name: images[:12] for name, images in DATA.items()}
    measured = model.evaluate(equal, batch_size=12, verbose=0)
    loss = 0.0
    for name, source in (("a", "b"), ("b", "a")):
        judge = getattr(model, f"discriminator_{name}")
        x, g = (
            judge(scaled(equal[name])).numpy(),
            judge(model.translate(equal[source], name)).numpy(),
        )
        loss += ((x - 1) ** 2).mean() / 2 + (g**2).mean() / 2
    assert measured["discriminator_loss"] == pytest.approx(loss, rel=1e-5)
    assert list(measured) == ["discriminator_loss", "generator_loss", "js_nats"]


def test_evaluate_takes_sets_of_different_lengths():
    model = trained_by(cyclegan(), run_eagerly=True)
    shorter = {name: images[:13] for name, images in DATA.items()}
    measured = model.evaluate(DATA, batch_size=5, verbose=0)
    assert measured == pytest.approx(model.evaluate(shorter, batch_size=5, verbose=0), rel=1e-6)


def test_each_domain_is_shuffled_independently():
    batches = list(unpaired_batches(DATA, BATCH, seed=0).take(20).as_numpy_iterator())
    for name, images in DATA.items():
        rows = np.concatenate([batch[name] for batch in batches]).reshape(-1, 16)
        # 80 are 4 epochs of 20, and 6 of 13 and 2 more.
        _, counts = np.unique(rows, axis=0, return_counts=True)
        assert len(counts) == len(images)
        assert set(counts) <= {80 // len(images), 80 // len(images) + 1}


@pytest.mark.slow
def test_a_run_that_was_saved_continues_bit_for_bit(tmp_path):
    def fresh():
        model = cyclegan(moving_average=0.9)
        adams = (keras.optimizers.Adam(0.01, beta_1=0.5) for _ in range(2))
        model.compile(
            *adams,
            loss="least_squares",
            generator_regularizers=[CycleConsistency(), IdentityMapping()],
            run_eagerly=True,
        )
        return model

    fit = {"batch_size": BATCH, "verbose": 0}
    whole, first = fresh(), fresh()
    whole.fit(DATA, steps_per_epoch=6, **fit)
    first.fit(DATA, steps_per_epoch=3, **fit)
    first.save(tmp_path / "model.keras")
    second = keras.models.load_model(tmp_path / "model.keras")
    assert second.pool.size == 8 and int(second.pool.filled) == 8
    assert_same_state(first, second)
    np.testing.assert_array_equal(second.translate(DATA["a"]), first.translate(DATA["a"]))
    second.fit(DATA, steps_per_epoch=3, **fit)
    assert_same_state(whole, second)


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    models, histories = [], []
    for strategy in (tf.distribute.get_strategy(), MIRRORED):
        with strategy.scope():
            model = trained_by(cyclegan())
        start = state(model)
        fitted = model.fit(DATA, batch_size=BATCH, steps_per_epoch=4, verbose=0)
        models.append(model), histories.append(fitted.history)
    assert_same_state(*models, tolerance=1e-5)
    moved = [np.abs(a - b).max() > 1e-4 for a, b in zip(start, state(models[1]), strict=True)]
    assert sum(moved) > 16
    for name in histories[0]:
        assert histories[0][name] == pytest.approx(histories[1][name], abs=1e-5), name


def test_domains_of_other_shapes():
    a, b = (4, 4, 1), (4, 4, 3)
    networks = translator("f", b, a), translator("g", a, b), patches("x", a), patches("y", b)
    model = DomainTranslationGAN(*networks, pool_size=0)
    compiled(model, generator_regularizers=[CycleConsistency()], run_eagerly=True)
    assert model.sample_shape == {"a": a, "b": b} and model.pool is None
    data = {"a": DATA["a"], "b": np.repeat(DATA["b"], 3, axis=-1)}
    history = model.fit(data, batch_size=4, steps_per_epoch=1, verbose=0).history
    assert np.isfinite([*history.values()]).all()
    assert model.translate(data["a"][:2]).shape == (2, *b)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.fit(DATA["a"]), "^samples must be a dict of a, b, got ndarray"),
        (lambda m: m.fit({"a": DATA["a"]}), r"^samples must be a dict of a, b, got \['a'\]"),
        (lambda m: m.fit(DATA, batch_size=16), "^13 images given, at least 16 are needed"),
        (lambda m: m.translate(DATA["a"], "c"), r"^Unknown domain 'c': use one of a, b \("),
        (lambda m: m.translate(DATA["a"][:, :2]), r"^images have shape \(20, 2, 4, 1\)"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call(trained_by(cyclegan(), run_eagerly=True))
    assert "\n" not in str(error.value)


def test_networks_that_do_not_fit_each_other():
    networks = translator("f"), translator("g", b=(4, 4, 3)), patches("x"), patches("y")
    with pytest.raises(ValueError) as error:
        DomainTranslationGAN(*networks)
    assert "\n" not in str(error.value)


def test_predict_scales_as_translate_does():
    model = translation_model()
    model.compile(run_eagerly=True)
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 4, 1), "uint8")
    expected = {name: model.translate(images, to=name) for name in "ab"}
    both = {"a": images, "b": images}
    batches = tf.data.Dataset.from_tensor_slices(both).batch(3)
    for predicted in (model.predict(both, verbose=0), model.predict(batches, verbose=0)):
        for name in "ab":
            np.testing.assert_allclose(predicted[name], expected[name], atol=1e-6)
