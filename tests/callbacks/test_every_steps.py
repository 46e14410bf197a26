"""Callbacks at multiples of a number of steps, also where an execution makes several steps."""

import types

import pytest

from support.small_models import IMAGES, compiled, small_model
from tfgan_it import callbacks
from tfgan_it.callbacks import read_records, statistics
from tfgan_it.callbacks.every_steps import EverySteps, OncePerStep


def times_of(every, steps_per_execution, steps=24, first=0):
    callback, model = EverySteps(every), types.SimpleNamespace(trained_steps=first)
    callback.set_model(model)
    callback.on_train_begin()
    times = []
    while model.trained_steps < steps:
        model.trained_steps += steps_per_execution
        if callback.is_due():
            times.append(model.trained_steps)
    return times


@pytest.mark.parametrize(
    ("every", "steps_per_execution", "expected"),
    [
        (6, 1, [6, 12, 18, 24]),
        (6, 4, [8, 12, 20, 24]),
        (5, 4, [8, 12, 16, 20]),
        (3, 8, [8, 16, 24]),
        (1, 4, [4, 8, 12, 16, 20, 24]),
        (25, 4, []),
    ],
)
def test_it_acts_at_each_multiple_or_just_after_it(every, steps_per_execution, expected):
    assert times_of(every, steps_per_execution) == expected


def test_a_resumed_run_acts_as_the_whole_one():
    assert times_of(6, 4, first=8) == [12, 20, 24]
    assert times_of(6, 4, first=12) == [20, 24]


def test_without_steps_it_never_acts():
    callback = EverySteps(None, optional=True)
    callback.set_model(types.SimpleNamespace(trained_steps=7))
    assert not callback.is_due()
    with pytest.raises(ValueError, match=r"^EverySteps: every must be a whole .*, got None\.\Z"):
        EverySteps(None)


def test_callbacks_of_several_steps_in_one_execution(tmp_path):
    model = compiled(small_model(), steps_per_execution=4, run_eagerly=True)
    measured = []
    evaluation = callbacks.Evaluation(IMAGES, None, every=3, record=measured.append)
    watch = callbacks.Statistics(tmp_path, every=3, steps=8, images_per_step=8)
    saving = callbacks.Checkpoints(tmp_path, every=5, keep=9)
    options = {"batch_size": 8, "steps_per_epoch": 8, "verbose": 0}
    model.fit(IMAGES, callbacks=[watch, saving, evaluation], **options)
    assert [record["step"] for record in read_records(tmp_path)] == [4, 8]
    saved = [int(path.name[5:12]) for path in callbacks.checkpoints(tmp_path)]
    assert saved == [8]
    assert [record["step"] for record in measured] == [4, 8]


def test_images_per_second_count_every_step_of_an_execution(tmp_path, monkeypatch):
    model = compiled(small_model())
    now = [0.0]
    monkeypatch.setattr(statistics.time, "perf_counter", lambda: now[0])
    watch = callbacks.Statistics(tmp_path, every=8, steps=16, images_per_step=10)
    watch.set_model(model)
    watch.on_train_begin()
    for _ in range(4):
        watch.on_train_batch_begin(0)
        model.step.assign(model.step + 4)
        now[0] += 2.0
        watch.on_train_batch_end(3, dict.fromkeys(model.metric_names, 0.0))
        now[0] += 5.0  # Other callbacks.
    watch.on_train_end()
    # 4 steps of 10 images in 2 seconds; the first four build the graph.
    assert [record["images_per_second"] for record in read_records(tmp_path)] == [20.0, 20.0]


class Acting(OncePerStep):
    """Notes the steps at which it acts; it fails at some."""

    def __init__(self, every, broken=()):
        super().__init__(every, optional=True)
        self.acted, self.broken = [], set(broken)

    def act(self, step, logs):
        if step in self.broken:
            raise ValueError(step)
        self.acted.append((step, logs))


def trained(callback, *steps, stopped=False):
    """Calls what Keras calls in one epoch of these steps."""
    callback.set_model(types.SimpleNamespace(trained_steps=0, stop_training=stopped))
    callback.on_train_begin()
    for step in steps:
        callback.model.trained_steps = step
        callback.on_train_batch_end(step, {"batch": step})
    callback.on_epoch_end(0, {"epoch": 0})
    callback.on_train_end({"end": 1})
    return callback.acted


def test_it_acts_once_at_multiples_and_after_the_last_step():
    assert trained(Acting(2), 1, 2, 3) == [(2, {"batch": 2}), (3, {"end": 1})]
    assert trained(Acting(2), 1, 2) == [(2, {"batch": 2})]
    assert trained(Acting(2), 1, 2, 3, stopped=True) == [(2, {"batch": 2})]
    assert trained(Acting(None), 1, 2) == [(2, {"epoch": 0})]


def test_an_action_that_failed_is_not_done():
    callback = Acting(2, broken=[2])
    with pytest.raises(ValueError, match="2"):
        trained(callback, 1, 2)
    callback.broken = set()
    callback.act_once(None)
    callback.act_once(None)
    assert callback.acted == [(2, None)] and callback.done_at == 2
