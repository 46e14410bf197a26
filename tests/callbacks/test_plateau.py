import types

import pytest
import tensorflow as tf

from tfgan_it.callbacks import StopOnPlateau


def model():
    return types.SimpleNamespace(
        metric_names=["js_nats"],
        stop_training=False,
        trained_steps=7,
        distribute_strategy=tf.distribute.get_strategy(),
    )


@pytest.mark.parametrize(
    ("monitor", "values", "errors", "state"),
    [
        ("-mind", [3.0, 2.0, 1.0], [0.5, 0.5, 0.5], {"best": 1.0, "since": 0}),
        ("mind", [3.0, 2.0, 1.0], [0.5, 0.5, 0.5], {"best": 3.0, "since": 2}),
        ("-mind", [3.0, 2.7, 2.6], [0.5, 0.5, 0.5], {"best": 3.0, "since": 2}),
        # Small improvements add up.
        ("-mind", [3.0, 2.7, 2.4], [0.5, 0.5, 0.5], {"best": 2.4, "since": 0}),
        ("-mind", [3.0, float("nan"), float("inf")], [0.0] * 3, {"best": 3.0, "since": 2}),
        ("mind", [float("nan"), 1.0], [0.0] * 2, {"best": 1.0, "since": 0}),
    ],
)
def test_an_improvement_exceeds_the_standard_error(monitor, values, errors, state):
    stop = StopOnPlateau(monitor, 9)
    for value, error in zip(values, errors, strict=True):
        stop.observe(value, error)
    assert stop.state == state


def test_measurements_are_found_in_logs_and_end_training():
    lines = []
    stop = StopOnPlateau("-mind", 2, print_fn=lines.append)
    stop.set_model(model())
    stop.on_epoch_begin(0)
    stop.on_train_batch_end(0, {"js_nats": 0.5})
    stop.on_train_batch_end(1, {"mind": 2.0, "mind_error": 0.5})
    stop.on_epoch_end(0, {"mind": 2.0, "mind_error": 0.5})  # It is the same measurement.
    assert stop.state == {"best": 2.0, "since": 0}
    for epoch in (1, 2):
        assert not stop.model.stop_training
        stop.on_epoch_begin(epoch)
        stop.on_epoch_end(epoch, {"mind": 1.6, "mind_error": 0.5})
    assert stop.reached and stop.model.stop_training
    assert lines == [
        "stopped at step 7: mind has not improved by more than its standard error in 2 measurements"
    ]


def test_training_metrics_in_the_logs_of_steps_are_no_measurements():
    stop = StopOnPlateau("js_nats")
    stop.set_model(model())
    stop.on_epoch_begin(0)
    stop.on_train_batch_end(0, {"js_nats": 0.5})
    assert stop.state["best"] is None
    stop.on_epoch_end(0, {"js_nats": 0.5})
    assert stop.state["best"] == 0.5


def test_a_resumed_run_stops_where_it_would_have_stopped():
    whole, resumed = StopOnPlateau("mind", 2), StopOnPlateau("mind", 2)
    for value in (1.0, 0.5):
        whole.observe(value)
        resumed = StopOnPlateau("mind", 2, state=resumed.state)
        resumed.observe(value)
    assert not resumed.reached
    whole.observe(0.9)
    resumed.observe(0.9)
    assert whole.reached and resumed.reached and whole.state == resumed.state


def test_patience_is_a_number():
    with pytest.raises(ValueError, match="StopOnPlateau: patience must be a whole number"):
        StopOnPlateau("mind", 0)
