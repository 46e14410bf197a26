import json
import random

import keras
import numpy as np
import pytest

from support.dense_models import dense_model, translation_model
from support.failing_runs import DEFAULT, HEALTHY, Run, making, of_code, without_code
from support.replicas import MIRRORED
from support.small_models import (
    CODES,
    IMAGES,
    assert_same_state,
    compiled,
    small_model,
)
from tfgan_it import callbacks, conditions, losses
from tfgan_it.augmentation import AdaptiveAugmentation
from tfgan_it.callbacks import TrainingDiagnostics, training_diagnostics
from tfgan_it.callbacks.failure_modes import Snapshot
from trainers import run_directory


def test_what_is_seen_for_long_enough_is_said_once_and_again_after_it_went_away():
    run = Run(without_code(), patience=3, steps=None)
    #      sick, well, and said at the looks of the third in a row
    told = "sswsss" + "ssws" + "wws" + "sss" + "www" + "ss" + "s"
    said = []
    for step, state in enumerate(told, 10):
        if run.look(step, js_nats=0.69 if state == "s" else 0.1):
            said.append(step - 10)
    assert said == [5, len(told) - 1]


def test_looks_every_so_many_steps_from_the_start_on():
    run = Run(without_code(), every=4, start=12, patience=2)
    assert [step for step in range(1, 25) if run.look(step, js_nats=0.69)] == [16]


@pytest.mark.parametrize("steps, first", [(100, 10), (400, 40), (None, 1)])
def test_there_are_no_warnings_in_the_first_tenth(steps, first):
    run = Run(without_code(), steps=steps)
    assert [step for step in range(1, 50) if run.look(step, js_nats=0.69)] == [first]


def test_a_code_may_be_ignored_in_the_first_half():
    run = Run(of_code(), steps=40)
    warned = [step for step in range(1, 41) if run.look(step, information_nats_category=0.0)]
    assert warned == [20]


def test_the_length_of_the_run_is_past_steps_and_those_of_fit():
    run = Run(of_code(), step=10, steps=None)
    run.diagnostics.set_params({"epochs": 2, "steps": 15})
    run.diagnostics.on_train_begin()
    warned = [step for step in range(11, 41) if run.look(step, information_nats_category=0.0)]
    assert warned == [20]


def test_a_resumed_run_does_not_repeat_itself():
    earlier = [
        {"step": 5, "js_nats": 0.69},
        {"step": 6, "warning": "discriminator_saturated", "value": 0.69, "text": "..."},
        {"step": 8, "test": {"js_nats": 0.5}},
    ]
    told = [
        Run(without_code(), step=step, previous_records=earlier).look(9, js_nats=0.69)
        for step in (6, 5)
    ]
    assert told == [[], ["discriminator_saturated"]]


def test_a_run_that_resumes_with_its_state_warns_as_if_it_had_not_ended():
    sick = "sswsss" + "ssws" + "wws" + "sss" + "www" + "ss" + "s"  # As above.

    def said(cuts):
        model, state, steps = without_code(), None, []
        for step, each in enumerate(sick, 10):
            if step - 10 in cuts or step == 10:
                run = Run(model, patience=3, steps=None, state=state)
            if run.look(step, js_nats=0.69 if each == "s" else 0.1):
                steps.append(step - 10)
            state = json.loads(json.dumps(run.diagnostics.state))
        return steps

    whole = [5, len(sick) - 1]
    assert said([]) == said([4]) == said([4, 5, 18, 20]) == said(range(len(sick))) == whole


def test_another_fit_continues_the_last_one():
    run = Run(without_code(), patience=2)
    run.look(10, js_nats=0.69)
    run.diagnostics.on_train_begin()
    assert run.look(11, js_nats=0.69) == ["discriminator_saturated"]


def test_records_that_statistics_keep(tmp_path):
    model = making(0.0)
    statistics = callbacks.Statistics(tmp_path, every=2, steps=4, images_per_step=16)
    watch = TrainingDiagnostics(
        2,
        IMAGES,
        start=0,
        patience=1,
        steps=4,
        record=statistics.append,
        print_fn=statistics.print_line,
    )
    model.fit(IMAGES, batch_size=16, steps_per_epoch=4, verbose=0, callbacks=[statistics, watch])
    records = callbacks.read_records(tmp_path)
    assert [record["step"] for record in records] == [2, 2, 4]
    assert records[1]["warning"] == "mode_collapse"
    RunDirectory = run_directory.RunDirectory
    (tmp_path / "options.json").write_text("{}")
    assert RunDirectory(tmp_path).measurements() == []
    assert RunDirectory(tmp_path).last_measured_step == -1


def test_only_the_chief_says_it(monkeypatch):
    monkeypatch.setattr(training_diagnostics, "is_chief", lambda strategy: False)
    run = Run(without_code())
    assert run.look(js_nats=0.69) == ["discriminator_saturated"]
    assert run.said == []


def test_prints_by_default(capsys):
    watch, model = TrainingDiagnostics(1, start=0, patience=1), without_code()
    watch.set_model(model)
    watch.on_train_begin()
    model.step.assign(1)
    watch.on_train_batch_end(0, {"js_nats": 0.69})
    assert capsys.readouterr().out.startswith("warning at step 1: the discriminator is saturated: ")


@pytest.mark.slow
def test_watching_does_not_disturb_training():
    def fitted(*watching):
        model = compiled(small_model(CODES, normalized=True, moving_average=0.9), run_eagerly=True)
        model.fit(IMAGES, batch_size=16, steps_per_epoch=4, verbose=0, callbacks=list(watching))
        return model

    told = []
    before = random.getstate(), np.random.get_state()[1].tolist()
    watched = fitted(
        TrainingDiagnostics(
            1, IMAGES, start=0, patience=1, print_fn=told.append, record=told.append
        )
    )
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert_same_state(watched, fitted())


def test_two_replicas_see_what_one_device_sees():
    def seen(strategy):
        with strategy.scope():
            model = small_model(CODES, moving_average=0.5)
            optimizers = keras.optimizers.SGD(), keras.optimizers.SGD()
            model.compile(
                *(keras.optimizers.LossScaleOptimizer(each, 0.5) for each in optimizers),
                losses.BoundaryEquilibrium(),
                augmentation=AdaptiveAugmentation(initial=1.0, geometric=False),
            )
        run = Run(model, images=IMAGES)
        run.look()
        snapshot = Snapshot(model, HEALTHY, model.sample_latents(8, 0))
        return run.records, snapshot.samples, snapshot.posteriors

    (alone, samples, posteriors), (records, same, too) = map(seen, (DEFAULT, MIRRORED))
    names = [record["warning"] for record in alone]
    assert {"augmentation_at_limit", "balance_stuck", "loss_scale_collapsed_generator"} < set(names)
    assert records == alone
    np.testing.assert_allclose(samples, same, atol=1e-6)
    assert too.keys() == {"category_probabilities", "style_mean", "style_scale"}
    for name, values in posteriors.items():
        np.testing.assert_allclose(values, too[name], atol=1e-6)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"every": 0}, "TrainingDiagnostics: every must be a whole number of at least 1, got 0."),
        (
            {"every": 2.0},
            "TrainingDiagnostics: every must be a whole number of at least 1, got 2.0.",
        ),
        (
            {"samples": 1},
            "TrainingDiagnostics: samples must be a whole number of at least 2, got 1.",
        ),
        (
            {"patience": 0},
            "TrainingDiagnostics: patience must be a whole number of at least 1, got 0.",
        ),
        ({"start": -1}, "TrainingDiagnostics: start must be a whole number of at least 0, got -1."),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError) as error:
        TrainingDiagnostics(**{"every": 1, **options})
    assert str(error.value) == message


@pytest.mark.parametrize("images", [IMAGES[:, :2], IMAGES[:1], IMAGES[0], np.zeros(3), 3.0])
def test_images_of_another_shape_are_refused_as_training_begins(images):
    with pytest.raises(ValueError, match="^(images have shape|1 images given)"):
        Run(without_code(), images=images)


def test_a_small_model_is_healthy():
    model = compiled(small_model(CODES), run_eagerly=True)
    told = []
    watch = TrainingDiagnostics(
        1, IMAGES, start=0, patience=1, record=told.append, print_fn=told.append
    )
    model.fit(IMAGES, batch_size=16, steps_per_epoch=2, epochs=2, verbose=0, callbacks=[watch])
    assert told == []


def looked_at(model, **options):
    """The warnings of one look at a model."""
    return Run(model, **options).look(10)


def conditions_seen(model):
    """Records the conditions of generator and discriminator from now on."""
    made_under, judged_under = [], []
    call, judge = model.call, model.discriminate

    def watched_call(inputs, **kwargs):
        made_under.append(np.asarray(inputs[1]))
        return call(inputs, **kwargs)

    def watched_judge(x, y):
        judged_under.append(np.asarray(y))
        return judge(x, y)

    model.call, model.discriminate = watched_call, watched_judge
    return made_under, judged_under


def test_a_conditional_model_is_looked_at_under_conditions():
    model = compiled(dense_model((4, 4, 1), conditions.Label(4)), run_eagerly=True)
    made_under, judged_under = conditions_seen(model)
    looked_at(model, images=IMAGES, samples=20)
    np.testing.assert_array_equal(made_under[0], model.sample_conditions(20, 0))
    np.testing.assert_array_equal(judged_under[0].argmax(axis=1), made_under[0])


def test_conditions_of_samples_are_those_of_real_ones_at_equal_distances():
    model = compiled(dense_model((4, 4, 1), conditions.Vector(1)), run_eagerly=True)
    made_under, judged_under = conditions_seen(model)
    looked_at(model, images=IMAGES, samples=24, conditions=np.arange(48.0)[:, None])
    for [given] in (made_under, judged_under):
        np.testing.assert_allclose(given[:, 0], np.arange(0, 48, 2))


def test_conditions_without_a_prior_must_be_given():
    model = compiled(dense_model((4, 4, 1), conditions.Vector(2)), run_eagerly=True)
    message = r"^TrainingDiagnostics: gan\w* needs conditions, a vector of 2 numbers: they have no "
    with pytest.raises(ValueError, match=message):
        Run(model)


def test_samples_that_are_a_dict_are_compared_part_by_part():
    model = compiled(dense_model({"a": (2,), "b": (3, 2)}), run_eagerly=True)
    random = np.random.default_rng(0)
    real = {"a": random.normal(size=(30, 2)), "b": random.normal(size=(30, 3, 2))}
    found = looked_at(model, images=real)
    assert "mode_collapse" in found  # The weights are small, and so are differences of samples.
    with pytest.raises(ValueError, match="^samples must be a dict of a, b, got "):
        Run(model, images=real["a"])


def test_a_model_without_a_latent_is_looked_at_by_its_numbers():
    model = compiled(translation_model())
    assert looked_at(model, images={"a": IMAGES, "b": IMAGES}) == []
    assert Run(model).look(10, js_nats=0.69) == ["discriminator_saturated"]
