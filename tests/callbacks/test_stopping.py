import os
import signal
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from support.small_models import CODES, IMAGES, compiled, small_model
from tfgan_it import callbacks
from tfgan_it.callbacks import NonFiniteLoss, StopOnSignal, TerminateOnNonFinite

BOTH = [signal.SIGINT, signal.SIGTERM]


def handlers():
    return [signal.getsignal(number) for number in BOTH]


@pytest.fixture(autouse=True)
def own_handlers():
    """Handlers that a program may have had; those of this process afterwards."""
    before = handlers()
    for number in BOTH:
        signal.signal(number, lambda *received: None)
    yield
    for number, handler in zip(BOTH, before, strict=True):
        signal.signal(number, handler)


def at(step, action):
    """A callback that acts once, while that step of a run is under way."""

    def begin(batch, logs=None):
        if batch == step - 1:
            action()

    return keras.callbacks.LambdaCallback(on_train_batch_begin=begin)


def send(*numbers):
    for number in numbers:
        os.kill(os.getpid(), number)


def test_a_closed_terminal_ends_the_run_unless_it_is_to_be_ignored():
    model = types.SimpleNamespace(distribute_strategy=tf.distribute.get_strategy())
    before = signal.getsignal(signal.SIGHUP)
    try:
        for handler, received in ((signal.SIG_DFL, signal.SIGHUP), (signal.SIG_IGN, None)):
            signal.signal(signal.SIGHUP, handler)
            stop = StopOnSignal()
            stop.set_model(model)
            stop.on_train_begin()
            send(signal.SIGHUP)
            stop.on_train_batch_end(0)
            stop.release()
            assert stop.received == received
            assert signal.getsignal(signal.SIGHUP) == handler
    finally:
        signal.signal(signal.SIGHUP, before)


def test_non_finite_quantities_are_named_with_their_step():
    watch = TerminateOnNonFinite()
    watch.set_model(types.SimpleNamespace(trained_steps=17))
    watch.on_train_batch_end(0, {"a": 1.0, "b": -1e30})
    watch.on_train_batch_end(0, {})
    watch.on_train_batch_end(0)
    bad = {"good": 1.0, "undefined": float("nan"), "fine": 0.0, "low": float("-inf")}
    with pytest.raises(NonFiniteLoss, match="^step 17: undefined, low not finite") as error:
        watch.on_train_batch_end(0, bad)
    assert "\n" not in str(error.value)
    assert isinstance(error.value, FloatingPointError)
    with pytest.raises(NonFiniteLoss, match="^step 17: high not finite"):
        watch.on_train_batch_end(0, {"high": np.float32("inf")})


def fit(model, watch, steps=5):
    model.fit(IMAGES, batch_size=16, steps_per_epoch=steps, verbose=0, callbacks=watch)


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(CODES))


def test_a_run_ends_where_a_loss_is_not_finite(tmp_path):
    model = compiled(small_model(), generator_rate=float("inf"))
    saves = callbacks.Checkpoints(tmp_path, every=1)
    # The losses of a step are those before its update: weights that are not finite come first.
    with pytest.raises(NonFiniteLoss, match="^step 1: .*kernel is not finite"):
        fit(model, [TerminateOnNonFinite(), saves])
    assert callbacks.checkpoints(tmp_path) == []
    with pytest.raises(NonFiniteLoss, match="^step 2: .*generator_loss"):
        fit(model, [TerminateOnNonFinite()])


def test_a_run_ends_before_it_draws_what_is_not_finite(tmp_path):
    model = compiled(small_model(), generator_rate=float("inf"))
    with pytest.raises(NonFiniteLoss, match="^step 1: "):
        fit(model, [TerminateOnNonFinite(), callbacks.SampleGrid(tmp_path, every=1)])


@pytest.mark.parametrize("number", BOTH)
def test_a_signal_ends_training_after_the_step(model, number):
    before, first = handlers(), model.trained_steps
    stop = StopOnSignal()
    fit(model, [at(2, lambda: send(number)), stop])
    assert model.trained_steps == first + 2
    assert stop.received is number
    assert handlers() == before


def test_without_a_signal_training_continues(model):
    before, first = handlers(), model.trained_steps
    stop = StopOnSignal()
    fit(model, [stop])
    assert model.trained_steps == first + 5
    assert stop.received is None
    assert handlers() == before


@pytest.mark.parametrize("signals", [[signal.SIGINT] * 2, [signal.SIGTERM, signal.SIGINT]])
def test_sigint_interrupts_a_run_that_is_about_to_stop(model, signals):
    before, first = handlers(), model.trained_steps
    stop = StopOnSignal()
    with pytest.raises(KeyboardInterrupt):
        fit(model, [stop, at(2, lambda: send(*signals))])
    assert model.trained_steps == first + 1
    assert handlers() != before
    stop.release()
    assert handlers() == before
    stop.release()
    assert handlers() == before


def test_a_second_sigterm_does_not_interrupt(model):
    first = model.trained_steps
    fit(model, [at(2, lambda: send(signal.SIGTERM, signal.SIGTERM)), StopOnSignal()])
    assert model.trained_steps == first + 2


def test_serves_a_second_run(model):
    stop = StopOnSignal()
    fit(model, [at(2, lambda: send(signal.SIGTERM)), stop])
    first = model.trained_steps
    fit(model, [stop])
    assert model.trained_steps == first + 5
