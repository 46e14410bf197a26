"""Keras's own callbacks in `fit`: they work, or are refused before anything is trained."""

import inspect
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import callbacks, ops

from support.replicas import MIRRORED
from support.small_models import IMAGES, assert_same_state, compiled, small_model
from tfgan_it.terms import Term

SLOW = pytest.mark.slow
BATCHES = tf.data.Dataset.from_tensor_slices(IMAGES).batch(48)


class Late(Term):
    """Reports 7 where it applies."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.metric_names = ("late",)

    def value(self, step):
        step.runtime.report(late=7 * ops.ones(()))
        return ops.zeros(())


def eager(*rates, **kwargs):
    return compiled(small_model(), *rates, run_eagerly=True, **kwargs)


def fit(model, *given, epochs=2, x=IMAGES, **kwargs):
    if x is IMAGES:
        kwargs = {"batch_size": 48, **kwargs}
    return model.fit(x, epochs=epochs, callbacks=list(given), verbose=0, **kwargs).history


def rates(model):
    return [
        o.learning_rate.numpy() for o in (model.generator_optimizer, model.discriminator_optimizer)
    ]


class Halve(callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.optimizer.learning_rate = self.model.optimizer.learning_rate * 0.5


PLATEAU = {"monitor": "js_nats", "mode": "min", "patience": 1, "min_delta": 9.0}


@pytest.mark.parametrize(
    ("callback", "factor"),
    [
        (callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2), 1 / 4),
        (callbacks.ReduceLROnPlateau(factor=0.25, **PLATEAU), 1 / 4),
        pytest.param(callbacks.LearningRateScheduler(lambda epoch: 0.02), 1 / 5, marks=SLOW),
        pytest.param(Halve(), 1 / 4, marks=SLOW),
    ],
)
def test_both_players_follow_the_learning_rate_and_keep_their_ratio(callback, factor):
    model = eager(0.1, 0.4)
    fit(model, callback)
    np.testing.assert_allclose(rates(model), [0.1 * factor, 0.4 * factor], rtol=1e-6)


@SLOW
def test_replicas_follow_the_learning_rate_too():
    with MIRRORED.scope():
        model = compiled(small_model(), 0.1, 0.4)
    history = fit(model, callbacks.ReduceLROnPlateau(factor=0.25, **PLATEAU))
    np.testing.assert_allclose(rates(model), [0.025, 0.1], rtol=1e-6)
    assert history["learning_rate"] == pytest.approx([0.1, 0.1])


def test_the_learning_rate_of_a_schedule_is_refused_before_training():
    model = small_model()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 9)), "sgd")
    with pytest.raises(ValueError, match="^The learning rate of SGD is not one number|^The learn"):
        fit(model, callbacks.ReduceLROnPlateau(**PLATEAU))
    assert model.step.numpy() == 0


def test_terminate_on_nan_ends_training():
    model = eager(math.nan, 0.1)
    history = fit(model, callbacks.TerminateOnNaN(), epochs=4)
    assert len(history["generator_loss"]) == 2 and model.step.numpy() == 2
    if "raise_error" not in inspect.signature(callbacks.TerminateOnNaN).parameters:
        return  # Of an older Keras.
    with pytest.raises(RuntimeError, match="NaN or Inf loss"):
        fit(model, callbacks.TerminateOnNaN(raise_error=True), epochs=4)


class Killed(callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise InterruptedError


def test_a_restored_run_ends_as_the_whole_one(tmp_path):
    whole, again = eager(), eager()
    options = {"batch_size": 32, "epochs": 3}  # A step to an epoch, of two thirds of the images.
    fit(whole, **options)
    with pytest.raises(InterruptedError):
        fit(eager(), callbacks.BackupAndRestore(tmp_path), Killed(), **options)
    fit(again, callbacks.BackupAndRestore(tmp_path), **options)
    assert_same_state(whole, again)
    fit(again, epochs=1)  # Keras would begin after the restored epochs, and train nothing.
    assert again.step.numpy() == 4


@SLOW
def test_a_restored_run_on_a_data_set_says_that_it_begins_anew(tmp_path):
    with pytest.raises(InterruptedError):
        fit(eager(), callbacks.BackupAndRestore(tmp_path), Killed(), epochs=3, x=BATCHES)
    with pytest.warns(UserWarning, match="^BackupAndRestore: a data set begins with its first"):
        fit(eager(), callbacks.BackupAndRestore(tmp_path), epochs=3, x=BATCHES)


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (callbacks.EarlyStopping(), "^EarlyStopping: Unknown monitor 'val_loss': use one of "),
        (callbacks.EarlyStopping("js_nat", mode="min"), r"'js_nat': .*\(nearest: js_nats\)"),
        (callbacks.EarlyStopping("val_js_nats", mode="min"), "Unknown monitor 'val_js_nats'"),
        (callbacks.EarlyStopping("generator_loss"), "^EarlyStopping: .* mode='max' for monitor="),
        (callbacks.ReduceLROnPlateau("js_nats"), "^ReduceLROnPlateau: the metrics of a game have"),
        (callbacks.ModelCheckpoint("a.keras", save_best_only=True), "^ModelCheckpoint: Unknown mo"),
        pytest.param(
            callbacks.ModelCheckpoint("a.keras", monitor="js_nats"),
            "^ModelCheckpoint: the metrics",
            marks=pytest.mark.skipif(
                not hasattr(callbacks.ModelCheckpoint("a.keras"), "mode"),
                reason="an older Keras does not tell the mode of ModelCheckpoint",
            ),
        ),
        (
            callbacks.ModelCheckpoint("{val_loss:.2f}.keras"),
            "^ModelCheckpoint: Unknown key of file",
        ),
        (callbacks.ModelCheckpoint("a.h5"), "^ModelCheckpoint: the format HDF5 cannot hold a GAN"),
        (callbacks.SwapEMAWeights(), r"^SwapEMAWeights has no use for a GAN: GAN\(.*moving_ave"),
        (callbacks.BackupAndRestore("a", save_freq=3), "^BackupAndRestore: save_freq must be 'ep"),
        (
            callbacks.History,
            r"^callbacks must be .* got History: give an instance, History\(",
        ),
        ("history", "^callbacks must be keras.callbacks.Callback objects, got 'history'"),
    ],
)
def test_what_cannot_work_is_refused_before_training(callback, message):
    model = eager()
    with pytest.raises(ValueError, match=message) as error:
        fit(model, callback)
    assert "\n" not in str(error.value) and model.step.numpy() == 0


@pytest.mark.parametrize(
    ("filepath", "save_freq", "frequency"),
    [
        ("{val_js_nats}.keras", "epoch", 2),
        ("{val_js_nats}.keras", 1, 1),
        ("{late:.2f}.keras", "epoch", 1),
        ("{batch}.keras", "epoch", 1),
    ],
)
def test_a_file_is_named_by_what_is_always_in_the_logs(filepath, save_freq, frequency):
    model = eager(terms=[Late(start=1)])
    saves = callbacks.ModelCheckpoint(filepath, save_freq=save_freq)
    with pytest.raises(ValueError, match="^ModelCheckpoint: (the logs lack|Unknown key)") as error:
        fit(model, saves, validation_data=IMAGES, validation_freq=frequency)
    assert "\n" not in str(error.value) and model.step.numpy() == 0


def test_a_backup_of_another_model_is_refused_and_changes_nothing(tmp_path):
    with pytest.raises(InterruptedError):
        fit(eager(), callbacks.BackupAndRestore(tmp_path), Killed(), epochs=3)
    other = compiled(small_model(normalized=True), run_eagerly=True)
    with pytest.raises(ValueError, match="^BackupAndRestore: the backup in .* another mo") as error:
        fit(other, callbacks.BackupAndRestore(tmp_path))
    assert "\n" not in str(error.value)
    assert_same_state(other, compiled(small_model(normalized=True)))


def test_evaluate_and_predict_refuse_callbacks_too():
    model, swap = eager(), callbacks.SwapEMAWeights()
    for call in (model.evaluate, model.predict):
        with pytest.raises(ValueError, match="^SwapEMAWeights has no use for a GAN"):
            call(IMAGES, callbacks=[swap])


def test_a_monitor_with_a_direction_works_and_one_of_ones_own_is_left_alone():
    class Measures(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["fid"] = 9.0 - epoch

    stops = callbacks.EarlyStopping("val_js_nats", mode="min", patience=1, min_delta=9.0)
    history = fit(eager(), stops, epochs=5, validation_data=IMAGES[:8])
    assert len(history["js_nats"]) == 2
    stops = callbacks.EarlyStopping("fid", mode="max", patience=1)
    assert len(fit(eager(), Measures(), stops, epochs=5)["fid"]) == 2


def test_a_metric_that_no_term_has_reported_is_absent_and_not_0(tmp_path):
    model, seen = eager(terms=[Late(start=1)]), []
    watch = callbacks.LambdaCallback(on_epoch_end=lambda _, logs: seen.append("late" in logs))
    by_batch = callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: seen.append(len(logs)))
    stops = callbacks.EarlyStopping("late", mode="max", patience=9)
    with pytest.warns(UserWarning, match="which is not available"):
        history = fit(model, callbacks.CSVLogger(tmp_path / "log"), watch, by_batch, stops)
    assert seen == [3, False, 4, True]
    assert math.isnan(history["late"][0]) and history["late"][1] == 7.0
    header, first, second = (tmp_path / "log").read_text().splitlines()
    column = header.split(",").index("late")
    assert first.split(",")[column] == "nan" and second.split(",")[column] == "7.0"
    assert stops.best == 7.0


@SLOW
def test_an_epoch_without_a_report_does_not_repeat_the_last_one():
    history = fit(eager(terms=[Late(every=2)]), epochs=3)
    assert history["late"][0] == history["late"][2] == 7.0 and math.isnan(history["late"][1])


@SLOW
def test_a_callback_list_is_taken_as_it_is():
    model = eager()
    given = callbacks.CallbackList(
        [callbacks.TerminateOnNaN()], add_history=True, model=model, epochs=2, steps=3
    )
    for _ in range(2):
        model.fit(IMAGES, batch_size=48, callbacks=given, verbose=0)
    assert len(model.history.history["js_nats"]) == 2
    assert len(given.callbacks) == 4
