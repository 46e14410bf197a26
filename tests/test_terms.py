"""The state of a model's parts moves as written down, is saved, and is one on replicas."""

import dataclasses
import re

import keras
import numpy as np
import pytest
from keras import ops

from support.games import assert_survives, history_of, recorded, step_of
from support.replicas import MIRRORED
from support.small_models import CODES, IMAGES, compiled, small_model
from tfgan_it.augmentation import AdaptiveAugmentation, InstanceNoise
from tfgan_it.losses import BoundaryEquilibrium
from tfgan_it.regularizers import CodeInformation, Consistency, LeCam
from tfgan_it.step import Step
from tfgan_it.terms import Part, Term

STEPS = 6


def play(strategy=None):
    """A game in which every part remembers something."""
    return recorded(
        STEPS,
        strategy,
        regularizers=[
            lambda: LeCam(0.1, decay=0.8, start=2),
            lambda: Consistency(InstanceNoise(0.5, steps=8), 0.1),
        ],
        loss=lambda: BoundaryEquilibrium(gamma=0.9, lambda_k=0.3),
        augmentation=lambda: AdaptiveAugmentation(0.1, interval=2, images=100, initial=0.3),
    )


def memory(model):
    """All that the parts remember, by name."""
    lecam, consistency = model.discriminator_regularizers[:2]
    return {
        "k": model.adversarial_loss.k,
        "real_average": lecam.real_average,
        "fake_average": lecam.fake_average,
        "noise": consistency.augmentation.present,
        "p": model.augmentation.p,
        "signs": model.augmentation.signs,
        "updates": model.augmentation.updates,
    }


def values(model):
    return {name: float(variable.numpy()) for name, variable in memory(model).items()}


@pytest.fixture(scope="module")
def game():
    return play()


def test_boundary_equilibrium(game):
    model, rows, history = game
    k = 0.0
    for step, (real, fake, _) in enumerate(-rows.astype("float64")):
        k = np.clip(k + 0.3 * (0.9 * real - fake), 0, 1)
        assert history["k"][step] == pytest.approx(k, abs=1e-5)
        expected = real + abs(0.9 * real - fake)
        assert history["convergence"][step] == pytest.approx(expected, abs=1e-5)
    assert len(set(history["k"])) > 3
    assert values(model)["k"] == pytest.approx(k, abs=1e-5)


def test_lecam(game):
    model, rows, _ = game
    averages = rows[0, :2].astype("float64")
    for step, row in enumerate(rows[:, :2]):
        decay = 0.8 if step > 2 else 0.0
        averages = decay * averages + (1 - decay) * row
    kept = [values(model)[name] for name in ("real_average", "fake_average")]
    np.testing.assert_allclose(kept, averages, atol=1e-5)
    assert np.abs(averages - rows[-1, :2]).max() > 0.01


def test_adaptive_augmentation(game):
    model, rows, history = game
    p, signs = 0.3, []
    for step, sign in enumerate(rows[:, 2]):
        assert history["augmentation_r"][step] == pytest.approx(sign, abs=1e-6)
        signs.append(sign)
        if len(signs) == 2:
            p, signs = np.clip(p + np.sign(np.mean(signs) - 0.1) * 8 * 2 / 100, 0, 1), []
        assert history["augmentation_p"][step] == pytest.approx(p, abs=1e-6)
    assert len(set(history["augmentation_p"])) > 2


def test_noise_within_a_regularizer(game):
    assert values(game[0])["noise"] == pytest.approx(0.5 * (1 - STEPS / 8))


def test_metrics_are_in_the_order_of_the_parts(game):
    model, _, history = game
    assert model.metric_names[3:] == ["k", "convergence", "augmentation_p", "augmentation_r"]
    assert sorted(model.metric_names) == sorted(history)


@pytest.mark.slow
def test_two_replicas_remember_what_one_device_does(game):
    model, rows, history = play(MIRRORED)
    np.testing.assert_allclose(rows, game[1], atol=1e-4)
    assert values(model) == pytest.approx(values(game[0]), abs=1e-4)
    for variable in memory(model).values():
        assert len({float(value.numpy()) for value in variable.value.values}) == 1
    for name, reported in history.items():
        np.testing.assert_allclose(reported, game[2][name], atol=1e-4, err_msg=name)


@pytest.mark.slow
def test_a_loaded_model_continues_as_the_original(game, tmp_path):
    # Last: it plays the game on.
    before = values(game[0])
    loaded = assert_survives(game[0], tmp_path)
    assert values(loaded) == pytest.approx(values(game[0]), abs=1e-5)
    assert values(game[0]) != before


def test_a_part_is_built_and_moves_nothing_of_its_own_accord():
    part = Part()
    assert part.built and part.metric_names == () and part.weights == []
    assert part.update(step_of()) == {} and part.evaluate(step_of()) == {}


def test_state_is_one_number_that_no_optimizer_moves():
    part = Part()
    variable = part.add_state("count", 3.0)
    assert float(variable) == 3.0 and variable.dtype == "float32" and variable.shape == ()
    assert part.trainable_variables == [] and part.weights == [variable]
    assert part.add_state("whole", dtype="int32").dtype == "int32"
    assert part.add_state("entries", shape=[2, 3]).shape == (2, 3)


def test_state_is_saved_with_the_layer(tmp_path):
    part = BoundaryEquilibrium()
    part.k.assign(0.75)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.part = part
    model.save_weights(tmp_path / "part.weights.h5")
    part.k.assign(0.0)
    model.load_weights(tmp_path / "part.weights.h5")
    assert float(part.k) == 0.75


def test_a_step_is_read_only():
    step = step_of()
    for thing, name in ((step, "phase"), (step.runtime, "step"), (step.batch, "samples")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, 3)
    assert [field.name for field in dataclasses.fields(Step)] == [
        "phase",
        "batch",
        "outputs",
        "networks",
        "runtime",
    ]


# Terms: when they are applied, and in whose loss they stand


class Given(Term):
    """A term whose value is known, and is reported."""

    metric_names = ("given",)

    def value(self, step):
        value = ops.convert_to_tensor([1.0, 2.0, 6.0])
        step.runtime.report(given=value)
        return value


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("start", [0, 2, 3])
def test_a_term_is_applied_from_its_start_on_at_every_so_many_steps(start, every):
    term = Given(start=start, every=every)
    losses = [float(term.loss(step_of(step=step))) for step in range(8)]
    assert losses == [3.0 * every if s >= start and s % every == 0 else 0.0 for s in range(8)]


def test_what_a_term_reports_counts_where_it_is_applied():
    counts = []
    for step in range(5):
        tracker = keras.metrics.Mean()

        def report(applies=None, *, tracker=tracker, given):
            weight = 1.0 if applies is None else ops.cast(applies, "float32")
            tracker.update_state(given, weight * ops.ones_like(given))

        Given(start=1, every=2).loss(step_of(step=step, report=report))
        counts.append(float(tracker.count))
    assert counts == [0, 0, 3, 0, 3]


def test_start_and_every_in_a_run():
    # The mean over an epoch is over the steps in which the term was applied.
    terms = [Given(start=1, every=2, name="late")]
    model = compiled(small_model(), 0.0, 0.0, discriminator_regularizers=terms)
    seen = history_of(model, IMAGES, steps=5)["given"]
    np.testing.assert_array_equal(seen, [np.nan, np.nan, 3.0, np.nan, 3.0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0}, r"^Given: every must be a whole number of at least 1, got 0\.\Z"),
        ({"start": -1}, r"^Given: start must be a whole number of at least 0, got -1\.\Z"),
        ({"start": 0.5}, r"^Given: start must be a whole number of at least 0, got 0\.5\.\Z"),
    ],
)
def test_steps_that_are_not_whole_numbers(arguments, message):
    with pytest.raises(ValueError, match=message):
        Given(**arguments)


def test_a_term_must_define_its_value():
    assert Term().players == ("discriminator", "generator") and Term().networks == []
    with pytest.raises(NotImplementedError):
        Term().loss(step_of())


@pytest.mark.parametrize(
    ("argument", "terms", "line"),
    [
        (
            "generator_regularizers",
            [CodeInformation()],
            "CodeInformation belongs in terms, as both players minimise it, not "
            "generator_regularizers.",
        ),
        (
            "terms",
            [3],
            "terms must be terms, such as regularizers.R1() or CodeInformation(), got 3",
        ),
        (
            "terms",
            ["a"],
            "Unknown term in terms 'a': use one of ",
        ),
    ],
)
def test_what_is_not_a_term_or_stands_in_the_wrong_list(argument, terms, line):
    with pytest.raises(ValueError, match="^" + re.escape(line)):
        small_model(CODES).compile("sgd", "adam", **{argument: terms})


def test_an_unknown_argument_of_compile():
    line = "^Unknown argument of compile 'discriminator_step': use one of .*discriminator_steps"
    with pytest.raises(TypeError, match=line):
        small_model().compile("adam", "adam", discriminator_step=2)
