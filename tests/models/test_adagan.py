"""A mixture of generators, each trained on what those before it miss."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.boosting import bisected
from support.cases import slow
from support.small_models import assert_same_state
from tfgan_it import latents
from tfgan_it.models import AdaGAN
from tfgan_it.regularizers import LeCam
from tfgan_it.seeds import seeded_initializers
from tfgan_it.terms import Term

POINTS = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
FIT = {"batch_size": 8, "verbose": 0}
STEPS = 3  # Of each component.


def networks(hidden=0, named=False):
    """Linear ones, or with a hidden layer and batch normalisation in each."""
    with seeded_initializers(100):
        x = inputs = keras.Input((3,))
        if hidden:
            x = layers.ReLU()(layers.BatchNormalization()(layers.Dense(hidden, use_bias=False)(x)))
        generator = keras.Model(inputs, layers.Dense(2)(x), name="generator")
        x = inputs = keras.Input((2,))
        if hidden:
            x = layers.LeakyReLU()(
                layers.BatchNormalization()(layers.Dense(hidden, use_bias=False)(x))
            )
        outputs = layers.Dense(1)(x)
        outputs = {"logits": outputs} if named else outputs
        return generator, keras.Model(inputs, outputs, name="discriminator")


def mixture(
    components=3,
    *,
    hidden=0,
    named=False,
    rates=(0.05, 0.05),
    moving_average=0.9,
    steps_per_component=STEPS,
    classifier_steps=4,
    classifier_learning_rate=1e-3,
    **kwargs,
):
    """A mixture on points, compiled with Adam, or with SGD that stands still at a rate of 0."""
    model = AdaGAN(
        *networks(hidden, named=named),
        latents.Normal(3),
        components=components,
        moving_average=moving_average,
        steps_per_component=steps_per_component,
        classifier_steps=classifier_steps,
        classifier_learning_rate=classifier_learning_rate,
    )
    optimizers = [
        keras.optimizers.Adam(rate) if rate else keras.optimizers.SGD(0.0) for rate in rates
    ]
    model.compile(*optimizers, **{"run_eagerly": True, **kwargs})
    return model


def with_components(model, weights):
    """The mixture, the weights of its components and their averages set by hand."""
    for component, of_one in zip(model.mixture.components, weights, strict=True):
        component.set_weights(of_one)
    for average, variable in zip(
        model.generator_average.averages, model.generator.weights, strict=True
    ):
        average.assign(variable)
    return model


def constant_mixture():
    """The first component makes the point (1, 1) from any latent, the second (2, 2), ...

    0 would be what is made where none is chosen.
    """
    return with_components(mixture(), [[np.zeros((3, 2)), np.full(2, k)] for k in (1, 2, 3)])


def values(variables):
    return [variable.numpy() for variable in variables]


def equal(old, new):
    """Whether each of two lists of arrays is the other's, bit for bit."""
    return [np.array_equal(a, b) for a, b in zip(old, new, strict=True)]


# Resampled data


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("component", [1, 2])
def test_each_point_is_sampled_in_proportion_to_its_weight(component, named):
    model = mixture(named=named)
    model.classifier.set_weights([np.array([[1.5], [-0.5]]), np.array([0.2])])
    model.mixture.active = component
    drawn = model._redrawn(POINTS)
    assert drawn.shape == POINTS.shape
    copies = (POINTS[:, None] == drawn[None]).all(axis=-1).sum(axis=1)
    # C = sigmoid(logit), so (1 - C) / C = exp(-logit).
    ratios = np.exp(-(POINTS.astype("float64") @ [1.5, -0.5] + 0.2))
    expected = len(POINTS) * bisected(ratios, 1 / (component + 1))
    assert copies.sum() == len(POINTS)
    assert (copies >= np.floor(expected - 1e-4)).all()
    assert (copies <= np.ceil(expected + 1e-4)).all()
    assert (expected < 1e-9).any() and (expected > 1.5).any()
    np.testing.assert_array_equal(model._redrawn(POINTS), drawn)


def test_the_first_component_sees_the_data_as_they_are():
    model = mixture()
    assert model._redrawn(POINTS) is POINTS


@pytest.mark.slow
def test_the_second_component_sees_the_mode_that_the_first_misses():
    """Two modes, of which the first component makes one; rates of 0 keep it so."""
    random = np.random.default_rng(0)
    made, missed = (np.array([x, 0]) + 0.1 * random.normal(size=(100, 2)) for x in (-1, 1))
    points = np.concatenate([made, missed]).astype("float32")
    model = mixture(2, rates=(0, 0), classifier_steps=60, classifier_learning_rate=0.1)
    weights = [0.1 * np.eye(3, 2), np.array([-1, 0])]
    with_components(model, [weights, model.mixture.components[1].get_weights()])
    shown = []
    redrawn = model._redrawn
    model._redrawn = lambda x: shown.append(redrawn(x)) or shown[-1]
    model.fit(points, steps_per_epoch=STEPS + 1, **FIT)
    np.testing.assert_array_equal(shown[0], points)
    assert len(shown) == 2
    # The ratio is 2 on what is made, and there the weights just vanish: about 0.
    assert (shown[1][:, 0] > 0).mean() > 0.9
    # All of the missed mode is shown, and not a few of its points.
    assert len(np.unique(shown[1], axis=0)) > 90
    logits = model.classifier.predict(points, verbose=0)[:, 0]
    assert (logits[:100] < 0).mean() > 0.95 and (logits[100:] > 0).mean() > 0.95


@pytest.mark.slow
def test_the_classifier_is_shown_all_components_so_far_equally():
    model = constant_mixture()
    model.mixture.active = 1
    shown, predict = [], model.predict
    model.predict = lambda drawn, **kwargs: shown.append(drawn) or predict(drawn, **kwargs)
    model._train_classifier(POINTS)
    [drawn] = shown
    np.testing.assert_array_equal(drawn[:, 3:].sum(axis=0), [20, 20, 0])
    assert len(np.unique(drawn[:, :3])) == drawn[:, :3].size
    # And it restarts each time.
    first = model.classifier.get_weights()
    model._train_classifier(POINTS)
    for old, new in zip(first, model.classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


# The games, one after the other


class Games(keras.callbacks.Callback):
    """What the model is before and after each game, and after each step."""

    def __init__(self):
        super().__init__()
        self.begun, self.ended, self.steps = [], [], []

    def snapshot(self):
        model = self.model
        return {
            "component": model.component,
            "step": model.trained_steps,
            "components": [values(each.weights) for each in model.mixture.components],
            "average": values(model.generator_average.averages) if model.decay else [],
            "generator": values(model.generator.weights),
            "discriminator": values(model.discriminator.weights),
            "updates": int(model.generator_optimizer.iterations.numpy()),
            "critic_updates": int(model.discriminator_optimizer.iterations.numpy()),
            "rate": float(model.discriminator_optimizer.learning_rate),
            "memory": [r.real_average.numpy() for r in model.discriminator_regularizers[1:]],
        }

    def on_train_begin(self, logs=None):
        self.begun.append(self.snapshot())

    def on_train_end(self, logs=None):
        self.ended.append(self.snapshot())

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(self.snapshot())


def scheduled():
    return keras.optimizers.SGD(keras.optimizers.schedules.PolynomialDecay(0.2, 6, 0.0))


@pytest.fixture(scope="module")
def played():
    """Three components of three steps each, and two more steps of the last, in traced steps."""
    model, games = mixture(hidden=4, run_eagerly=False), Games()
    config = model.get_compile_config()
    config["discriminator_optimizer"] = keras.saving.serialize_keras_object(scheduled())
    model.compile_from_config(config)
    model.fit(POINTS, steps_per_epoch=3 * STEPS + 2, callbacks=[games], **FIT)
    return model, games


def test_components_are_trained_one_after_the_other(played):
    _, games = played
    assert [game["component"] for game in games.begun] == [0, 1, 2]
    assert [game["step"] for game in games.begun] == [0, 3, 6]
    assert [game["step"] for game in games.ended] == [3, 6, 11]
    for before, after in zip(games.begun, games.ended, strict=True):
        assert after["component"] == before["component"]
        for k in range(3):
            # Batch normalisation's statistics among them.
            unchanged = equal(before["components"][k], after["components"][k])
            assert not any(unchanged) if k == before["component"] else all(unchanged)


@pytest.mark.slow
def test_each_game_has_a_fresh_discriminator(played):
    model, games = played
    starts = [game["discriminator"] for game in games.begun]
    learned = [game["discriminator"] for game in games.ended]
    for position, weight in enumerate(model.discriminator.weights):
        found = [each[position] for each in starts + learned]
        if weight.name == "kernel":
            assert len({value.tobytes() for value in found}) == 6
        else:
            initial = 1.0 if weight.name in ("gamma", "moving_variance") else 0.0
            assert all((value == initial).all() for value in found[:3])
            assert all((value != initial).any() for value in found[3:])
    # A function of the seed, and not of what was learned.
    again = mixture(hidden=4)
    again._begin(1, -POINTS)
    assert all(equal(values(again.discriminator.weights), starts[1]))


def test_optimizers_and_their_schedules_restart(played):
    _, games = played
    assert [game["updates"] for game in games.begun] == [0, 0, 0]
    assert [game["updates"] for game in games.ended] == [3, 3, 5]
    assert [game["rate"] for game in games.begun] == pytest.approx([0.2] * 3)
    # From .2 to 0 over six updates.
    ends = [0.1, 0.1, 0.2 / 6]
    assert [game["rate"] for game in games.ended] == pytest.approx(ends)


def test_a_component_that_is_finished_keeps_its_average(played):
    _, games = played
    for ended, begun in zip(games.ended, games.begun[1:], strict=False):
        assert all(equal(ended["average"], begun["generator"]))
        k = ended["component"]
        assert not any(equal(ended["components"][k], begun["components"][k]))
    averages = games.ended[-1]["average"]
    size = len(averages) // 3
    for k in range(2):
        # To the rounding of an average of equal numbers.
        kept = games.begun[k + 1]["components"][k]
        for average, value in zip(averages[k * size : (k + 1) * size], kept, strict=True):
            np.testing.assert_allclose(average, value, atol=1e-6)


def test_the_average_restarts_with_each_component(played):
    """It follows d average + (1 - d) value, d = (1 + t) / (10 + t) at update t of each game."""
    _, games = played
    for begun in games.begun:
        average = begun["generator"]
        steps = [s for s in games.steps if s["component"] == begun["component"]]
        for t, step in enumerate(steps):
            d = min(0.9, (1 + t) / (10 + t))
            average = [d * a + (1 - d) * v for a, v in zip(average, step["generator"], strict=True)]
            for ours, expected in zip(step["average"], average, strict=True):
                np.testing.assert_allclose(ours, expected, atol=1e-6)


@keras.saving.register_keras_serializable(package="tests")
class Clock(Term):
    """Records the step of each discriminator update."""

    told = []

    def value(self, step):
        self.told.append(int(step.runtime.step))
        return tf.zeros(())


@pytest.fixture(scope="module")
def unaveraged():
    """Two components, two updates of the discriminator to each of theirs, and a memory."""
    Clock.told.clear()
    model = mixture(
        2,
        moving_average=None,
        discriminator_steps=2,
        discriminator_regularizers=[Clock(), LeCam(start=10**6)],
    )
    games = Games()
    model.fit(POINTS, steps_per_epoch=STEPS + 2, callbacks=[games], **FIT)
    return model, games


@pytest.mark.slow
def test_without_an_average_a_component_keeps_its_last_weights(unaveraged):
    _, games = unaveraged
    for k in range(2):
        assert all(equal(games.ended[0]["components"][k], games.begun[1]["components"][k]))


def test_a_step_of_a_component_is_a_generator_update(unaveraged):
    _, games = unaveraged
    assert [game["step"] for game in games.ended] == [3, 5]
    assert [game["updates"] for game in games.ended] == [3, 2]
    assert [game["critic_updates"] for game in games.ended] == [6, 4]


def test_parts_of_the_game_count_from_its_first_step(unaveraged):
    assert Clock.told == [0, 0, 1, 1, 2, 2, 0, 0, 1, 1]
    assert int(unaveraged[0].step) == 2


def test_a_part_with_a_state_restarts(unaveraged):
    model, games = unaveraged
    assert [game["memory"] for game in games.begun] == [[0], [0]]
    assert all(game["memory"] != [0] for game in games.ended)
    assert model.discriminator_regularizers[1].start == 10**6


@pytest.mark.slow
def test_the_history_has_an_entry_for_each_part_of_a_game():
    model = mixture(2)
    history = model.fit(POINTS, epochs=2, **FIT)
    # Two epochs of five steps: 3 and 2, then 5, for the last component continues.
    assert model.trained_steps == 10 and model.component == 1
    assert history.epoch == [0, 1, 2]
    assert list(history.history) == ["discriminator_loss", "generator_loss", "js_nats"]
    assert all(len(numbers) == 3 for numbers in history.history.values())
    assert np.isfinite(list(history.history.values())).all()


def test_callbacks_of_keras_see_one_training(tmp_path):
    model = mixture(2)
    stops = keras.callbacks.EarlyStopping("js_nats", mode="max", patience=1, min_delta=9.0)
    log = keras.callbacks.CSVLogger(tmp_path / "log")
    model.fit(POINTS, epochs=9, callbacks=[log, stops], **FIT)
    assert stops.stopped_epoch == 1 and model.trained_steps == 5
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1"]
    with pytest.raises(ValueError, match="^BackupAndRestore cannot restore the component of an"):
        model.fit(POINTS, callbacks=[keras.callbacks.BackupAndRestore(tmp_path)], **FIT)
    assert model.trained_steps == 5


def test_epochs_that_are_over_are_not_trained_again():
    model = mixture(steps_per_component=100)
    history = model.fit(POINTS, initial_epoch=2, epochs=4, **FIT)
    assert model.trained_steps == 10
    assert len(history.history["js_nats"]) == 2


class StopAt(keras.callbacks.Callback):
    def __init__(self, step, at_the_end_of):
        super().__init__()
        self.step = step
        setattr(self, f"on_{at_the_end_of}_end", self.stop)

    def stop(self, index, logs=None):
        self.model.stop_training |= self.model.trained_steps >= self.step


@pytest.mark.examples(1)
@pytest.mark.parametrize("step, at_the_end_of", [(2, "train_batch"), (3, "epoch")])
def test_a_callback_ends_fit(step, at_the_end_of):
    model = mixture(2)
    model.fit(POINTS, epochs=3, callbacks=[StopAt(step, at_the_end_of)], **FIT)
    assert model.trained_steps == step
    model.fit(POINTS, steps_per_epoch=1, **FIT)
    assert model.trained_steps == step + 1


# The mixture


@pytest.mark.parametrize("active, chosen", [(0, [1, 1, 1]), (1, [1, 2, 1]), (2, [1, 2, 3])])
def test_columns_of_untrained_components_choose_among_the_trained(active, chosen):
    model = constant_mixture()
    model.mixture.activate(active)
    drawn = np.concatenate([np.ones((3, 3)), np.eye(3)], axis=1).astype("float32")
    expected = np.repeat(np.array(chosen, "float32")[:, None], 2, axis=1)
    np.testing.assert_array_equal(model(drawn), expected)
    np.testing.assert_array_equal(model.generator(drawn), expected)
    # In training there is only one component, for any choice.
    np.testing.assert_array_equal(model(drawn, training=True), np.full((3, 2), active + 1))
    trained = model.mixture.components[active].trainable_variables
    assert [id(v) for v in model.generator.trainable_variables] == [id(v) for v in trained]


def test_the_mixture_chooses_components_of_images_alike():
    generator = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Reshape((2, 2, 1))])
    discriminator = keras.Sequential([keras.Input((2, 2, 1)), layers.Flatten(), layers.Dense(1)])
    model = AdaGAN(generator, discriminator, latents.Normal(3), components=2, component=1)
    drawn = np.concatenate([np.ones((2, 3)), np.eye(2)], axis=1).astype("float32")
    for k, component in enumerate(model.mixture.components):
        np.testing.assert_array_equal(model(drawn)[k], component(drawn[:, :3])[k])
    assert not np.allclose(model(drawn)[0], model(drawn)[1])


def test_components_and_classifier_begin_apart():
    model = mixture()
    kernels = [each.get_weights()[0] for each in model.mixture.components]
    for k in range(3):
        assert not np.array_equal(kernels[k], kernels[k - 1])
    assert not np.array_equal(
        model.classifier.get_weights()[0], model.discriminator.get_weights()[0]
    )
    again = mixture()
    assert all(equal(values(model.weights), values(again.weights)))


def test_generate_is_an_equal_mixture_in_the_end():
    model = constant_mixture()
    model.mixture.active = 2
    images = model.generate(1200, seed=0)
    shares = [(images == k).all(axis=1).mean() for k in (1, 2, 3)]
    assert sum(shares) == pytest.approx(1)
    # Four standard deviations of a share of a third.
    np.testing.assert_allclose(shares, 1 / 3, atol=4 * np.sqrt(2 / 9 / 1200))
    drawn = model.latent.split_latents(model.sample_latents(1200, seed=0))
    np.testing.assert_array_equal(images[:, 0] - 1, np.argmax(drawn["component"], axis=1))


def test_what_is_generated_follows_the_components(played):
    """Steps and predictions are traced, and each trace has one component as the last."""
    model, games = played
    drawn = model.sample_latents(len(POINTS), seed=0)
    chosen = np.argmax(drawn[:, 3:], axis=1)
    kept = [games.begun[1]["components"][0], games.begun[2]["components"][1]]
    kept.append(games.ended[2]["average"][-len(kept[0]) :])
    images = model.generate(len(POINTS), seed=0)  # As many as the classifier was shown.
    for k, weights in enumerate(kept):
        component = networks(hidden=4)[0]
        component.set_weights(weights)
        expected = component(drawn[chosen == k, :3])
        np.testing.assert_allclose(images[chosen == k], expected, atol=1e-5)


# Files


@pytest.fixture(scope="module")
def uninterrupted():
    model = mixture(2)
    model.fit(POINTS, steps_per_epoch=5, **FIT)
    return model


@pytest.mark.slow
@pytest.mark.examples(1)
@pytest.mark.parametrize("step", [4, *slow(2, 3)])
def test_a_loaded_run_continues_as_the_original(step, uninterrupted, tmp_path):
    model = mixture(2)
    model.fit(POINTS, steps_per_epoch=step, **FIT)
    model.save(tmp_path / "run.keras")
    loaded = keras.models.load_model(tmp_path / "run.keras")
    assert_same_state(model, loaded)
    assert loaded.component == model.component == (step > STEPS)
    assert loaded.get_compile_config() == model.get_compile_config()
    np.testing.assert_array_equal(loaded.generate(20, seed=0), model.generate(20, seed=0))
    loaded.fit(POINTS, steps_per_epoch=5 - step, **FIT)
    assert loaded.trained_steps == 5
    assert_same_state(uninterrupted, loaded)


def test_a_mixture_that_is_not_compiled_survives_too(tmp_path):
    model = AdaGAN(
        *networks(), latents.Normal(3), components=4, component=2, moving_average=0.5, seed=9
    )
    model.save(tmp_path / "mixture.keras")
    loaded = keras.models.load_model(tmp_path / "mixture.keras")
    assert type(loaded) is AdaGAN and not loaded.compiled
    assert (len(loaded.mixture.components), loaded.component) == (4, 2)
    assert (loaded.seed, loaded.decay) == (9, 0.5)
    assert repr(loaded.latent) == repr(model.latent)
    assert_same_state(model, loaded)


@pytest.mark.slow
def test_an_export_generates_from_the_component_that_is_asked_for(tmp_path):
    model = constant_mixture()
    model.mixture.active = 2
    signatures = tf.saved_model.load(model.export(tmp_path)).signatures
    assert set(signatures) == {"serving_default", "sample", "generate", "score"}
    inputs = signatures["generate"].structured_input_signature[1]
    assert {name: tuple(spec.shape) for name, spec in inputs.items()} == {
        "seed": (None,),
        "component": (None, 3),
    }
    seed, chosen = tf.constant([7, 7, 8], tf.int64), tf.eye(3)[::-1]
    images = signatures["generate"](seed=seed, component=chosen)["images"]
    np.testing.assert_array_equal(images, [[3, 3], [2, 2], [1, 1]])
    sample = signatures["sample"](seed=seed)
    chosen = np.argmax(sample["component"], axis=1)
    np.testing.assert_array_equal(sample["images"][:, 0] - 1, chosen.astype("float32"))


# What is refused


def test_a_data_set_is_refused():
    dataset = tf.data.Dataset.from_tensor_slices(POINTS).batch(8)
    message = r"^AdaGAN resamples its data for each component: fit takes an array, got "
    with pytest.raises(ValueError, match=message):
        mixture().fit(dataset)


@pytest.mark.parametrize("name", ["components", "steps_per_component", "classifier_steps"])
def test_games_of_no_steps_are_refused(name):
    with pytest.raises(
        ValueError, match=rf"^AdaGAN: {name} must be a whole number of at least 1, got 0\.\Z"
    ):
        mixture(**{name: 0})


def test_bad_data_are_refused_before_anything_is_trained():
    model = mixture()
    with pytest.raises(ValueError, match=r"^40 images given, at least 41 are needed"):
        model.fit(POINTS, batch_size=41)
    assert model.trained_steps == 0


def test_fit_before_compile():
    with pytest.raises(ValueError, match="^Compile the model before fit"):
        AdaGAN(*networks(), latents.Normal(3)).fit(POINTS)
