import random

import keras
import numpy as np
import pytest

from support.replicas import MIRRORED
from support.small_models import CODES, IMAGES, assert_same_state, compiled, small_model
from tfgan_it import callbacks
from tfgan_it.callbacks import NonFiniteLoss, information_monitor
from tfgan_it.callbacks.information_monitor import InformationMonitor
from tfgan_it.estimators.density_ratio_estimator import DensityRatioEstimator

HELD_OUT = IMAGES[::-1]


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(CODES), run_eagerly=True)


@pytest.fixture
def steps_measured(model, monkeypatch):
    """The steps that a monitor measures, driven as `fit` does; all but the measuring."""

    def run(every, last, stopped=False):
        records = []
        monitor = InformationMonitor(every, HELD_OUT, record=records.append, protocol={"split": 1})
        monitor.set_model(model)
        with monkeypatch.context() as patch:
            patch.setattr(
                type(monitor.measurement),
                "__call__",
                lambda self, model: {"step": model.trained_steps, "protocol": {"n": 2}},
            )
            monitor.on_train_begin()
            for step in range(1, last + 1):
                model.step.assign(step)
                monitor.on_train_batch_end(0)
            patch.setattr(model, "stop_training", stopped)
            monitor.on_train_end()
        assert all(record["protocol"] == {"split": 1, "n": 2} for record in records)
        return [record["step"] for record in records]

    return run


def test_measures_every_so_many_steps_and_the_end(steps_measured):
    assert steps_measured(every=2, last=5) == [2, 4, 5]


def test_the_end_is_not_measured_twice(steps_measured):
    assert steps_measured(every=2, last=4) == [2, 4]


def test_a_stopped_end_is_not_measured(steps_measured):
    assert steps_measured(every=2, last=5, stopped=True) == [2, 4]


def test_only_the_chief_measures(steps_measured, monkeypatch):
    monkeypatch.setattr(information_monitor, "is_chief", lambda strategy: False)
    assert steps_measured(every=1, last=2) == []


def fitted(*watching, strategy=None, steps=4):
    def made():
        return compiled(small_model(CODES, normalized=True, moving_average=0.9))

    if strategy:
        with strategy.scope():
            model = made()
    else:
        model = made()
    model.fit(IMAGES, batch_size=16, steps_per_epoch=steps, verbose=0, callbacks=list(watching))
    return model


@pytest.fixture(scope="module")
def watched():
    """A run that was measured, its records and lines, and random numbers before and after."""
    records, said = [], []
    outside = [(random.getstate(), np.random.get_state()[1].tolist())]
    monitor = InformationMonitor(
        2,
        HELD_OUT,
        record=records.append,
        print_fn=said.append,
        probe=DensityRatioEstimator(steps=20),
        classifier=lambda images: np.tile([0.25, 0.75], (len(images), 1)),
    )
    model = fitted(monitor)
    outside.append((random.getstate(), np.random.get_state()[1].tolist()))
    return model, records, said, outside


@pytest.mark.slow
def test_watching_does_not_disturb_training(watched):
    model, _, _, outside = watched
    assert_same_state(model, fitted())
    assert outside[0] == outside[1]


def test_records_and_lines(watched):
    model, records, said, _ = watched
    assert [record["step"] for record in records] == [2, 4]
    assert (
        records[1]["information"]
        == (
            InformationMonitor(
                1,
                HELD_OUT,
                record=None,
                probe=DensityRatioEstimator(steps=20),
                classifier=lambda images: np.tile([0.25, 0.75], (len(images), 1)),
            ).measure(model)["information"]
        )
    )
    assert records[0]["information"] != records[1]["information"]
    for record, line in zip(records, said, strict=True):
        js = record["information"]["generated"]["js"]
        assert line.startswith(f"information at step {record['step']} [of real ones]: JS {js:.2f} ")
        assert "labels 0.00 [0.00]" in line


@pytest.mark.slow
def test_a_resumed_run_measures_what_an_uninterrupted_one_does(watched, tmp_path):
    _, expected, _, _ = watched
    records = []

    def monitor():
        return InformationMonitor(
            2,
            HELD_OUT,
            record=records.append,
            probe=DensityRatioEstimator(steps=20),
            classifier=lambda images: np.tile([0.25, 0.75], (len(images), 1)),
        )

    fitted(monitor(), steps=2).save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    model.fit(IMAGES, batch_size=16, steps_per_epoch=2, verbose=0, callbacks=[monitor()])
    for record, other in zip(records, expected, strict=True):
        assert record["step"] == other["step"]
        for row in ("generated", "real"):
            # Two traces may add up in another order, and a probe that is trained enlarges that.
            found, wanted = record["information"][row], other["information"][row]
            assert found == pytest.approx(wanted, rel=0.02, abs=0.02)


@pytest.mark.slow
def test_two_replicas_train_as_if_nobody_watched():
    records = []
    monitor = InformationMonitor(1, HELD_OUT, record=records.append, probe=False)
    watched = fitted(monitor, strategy=MIRRORED, steps=2)
    assert_same_state(watched, fitted(strategy=MIRRORED, steps=2))
    assert [record["step"] for record in records] == [1, 2]


def test_weights_that_are_not_finite_are_named(model):
    broken = compiled(small_model(CODES), run_eagerly=True)
    kernel = broken.generator.get_layer("pixels").kernel
    kernel.assign(np.nan * kernel)
    monitor = InformationMonitor(1, HELD_OUT, record=None)
    monitor.set_model(broken)
    with pytest.raises(NonFiniteLoss, match="^step 0: .*kernel is not finite"):
        monitor.on_train_end()


def test_statistics_keep_what_is_measured(tmp_path):
    statistics = callbacks.Statistics(tmp_path, every=2, steps=2, images_per_step=16)
    monitor = InformationMonitor(2, HELD_OUT, record=statistics.append, probe=False)
    fitted(statistics, monitor, steps=2)
    records = callbacks.read_records(tmp_path)
    assert [set(record) & {"information", "js_nats"} for record in records] == [
        {"js_nats"},
        {"information"},
    ]
    assert records[1]["protocol"]["n"] == 48


@pytest.mark.parametrize("every", [0, 1.0])
def test_bad_options_are_refused(every):
    with pytest.raises(ValueError) as error:
        InformationMonitor(every, IMAGES, record=print)
    expected = f"InformationMonitor: every must be a whole number of at least 1, got {every!r}."
    assert str(error.value) == expected


def test_images_of_another_shape_are_refused_as_training_begins(model):
    monitor = InformationMonitor(1, IMAGES[:, :2], record=print)
    monitor.set_model(model)
    with pytest.raises(ValueError, match="^images have shape"):
        monitor.on_train_begin()
