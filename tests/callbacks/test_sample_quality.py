import keras
import numpy as np
import pytest

from support.replicas import MIRRORED
from support.small_models import CODES, IMAGES, assert_same_state, compiled, small_model
from tfgan_it import callbacks, metrics
from tfgan_it.callbacks import NonFiniteLoss, SampleQuality, sample_quality
from tfgan_it.datasets.images import to_uint8

TEST, TRAINING = IMAGES[:40], IMAGES[8:]
MEASURES = ["frechet_distance", "coverage"]


def quality(every=2, **options):
    return SampleQuality(every, TEST, **{"measures": MEASURES, "samples": 40, **options})


@pytest.fixture(scope="module")
def model():
    return compiled(small_model(CODES), run_eagerly=True)


@pytest.fixture
def steps_measured(model, monkeypatch):
    """The steps that are measured, driven as `fit` does, and the logs of each step and epoch."""

    def run(every, last, stopped=False):
        records, logs = [], []
        callback = quality(every, record=records.append)
        callback.set_model(model)
        model.step.assign(0)
        with monkeypatch.context() as patch:
            patch.setattr(callback.comparison, "prepare", lambda n: None)
            patch.setattr(
                callback,
                "_measured",
                lambda model: {
                    "step": model.trained_steps,
                    "sample_quality": {"generated": {"coverage": model.trained_steps}, "real": {}},
                },
            )
            callback.on_train_begin()
            callback.on_epoch_begin(0)
            for step in range(1, last + 1):
                model.step.assign(step)
                logs.append({})
                callback.on_train_batch_end(0, logs[-1])
            logs.append({})
            callback.on_epoch_end(0, logs[-1])
            patch.setattr(model, "stop_training", stopped)
            callback.on_train_end()
        return [record["step"] for record in records], [log.get("coverage") for log in logs]

    return run


@pytest.mark.parametrize(
    ("every", "last", "stopped", "steps", "logs"),
    [
        (2, 5, False, [2, 4, 5], [None, 2, None, 4, None, 4]),
        (2, 4, False, [2, 4], [None, 2, None, 4, 4]),
        (2, 3, True, [2], [None, 2, None, 2]),
        (None, 3, False, [3], [None, None, None, 3]),
        (9, 2, True, [], [None, None, None]),
    ],
)
def test_measures_every_so_many_steps_and_the_end(
    steps_measured, every, last, stopped, steps, logs
):
    assert steps_measured(every, last, stopped) == (steps, logs)


def test_only_the_chief_measures_and_the_others_get_its_numbers(model, monkeypatch):
    callback = quality()
    callback.set_model(model)
    told = '{"step": 2, "sample_quality": {"generated": {"coverage": 0.5}, "real": {}}}'
    monkeypatch.setattr(sample_quality, "is_chief", lambda strategy: False)
    monkeypatch.setattr(sample_quality, "gather_texts", lambda strategy, text: [told, text])
    logs = {}
    callback.act_once(logs)
    assert logs == {"coverage": 0.5}


def fitted(*watching, strategy=None, steps=4, **options):
    def made():
        return compiled(small_model(CODES, normalized=True, moving_average=0.9))

    if strategy:
        with strategy.scope():
            model = made()
    else:
        model = made()
    options = {"batch_size": 16, "steps_per_epoch": steps, "verbose": 0, **options}
    history = model.fit(IMAGES, callbacks=list(watching), **options)
    return model, history.history


@pytest.fixture(scope="module")
def watched():
    records, lines = [], []
    callback = quality(training=TRAINING, record=records.append, print_fn=lines.append)
    return *fitted(callback, steps=2, epochs=2), records, lines


def test_numbers_are_those_of_compare(watched):
    model, history, records, _ = watched
    assert [record["step"] for record in records] == [2, 4]
    images = to_uint8(model.generate(40, seed=0))
    expected = metrics.compare(TEST, images, measures=MEASURES, training=TRAINING)
    found = records[1]["sample_quality"]
    for name in MEASURES:
        assert found["generated"][name] == pytest.approx(expected[name].value, rel=1e-4)
        error = expected[name].standard_error
        assert found["generated"][f"{name}_error"] == pytest.approx(error, rel=1e-3)
        assert found["real"][name] == pytest.approx(expected[name].floor)
        assert found["real"].get(f"{name}_error") == pytest.approx(expected[name].floor_error)
        assert history[name] == [r["sample_quality"]["generated"][name] for r in records]
    protocol = {"features": "pixels", "n": 40, "n_real": 40, "seed": 0, "networks": "averaged"}
    assert records[1]["protocol"] == protocol


def test_a_floor_of_fewer_samples_says_so(watched):
    fewer = quality(measures=["coverage"], training=TRAINING[:30])
    assert fewer.measure(watched[0])["protocol"]["n_floor"] == 30


def test_a_line_for_each_measurement(watched):
    _, _, records, lines = watched
    value = records[0]["sample_quality"]["generated"]["frechet_distance"]
    head = f"sample quality at step 2 [of real ones]: frechet_distance {value:.3g} ["
    assert lines[0].startswith(head) and len(lines) == 2


@pytest.mark.slow
def test_watching_does_not_disturb_training(watched):
    assert_same_state(watched[0], fitted(steps=2, epochs=2)[0])


@pytest.mark.slow
def test_a_resumed_run_measures_what_an_uninterrupted_one_does(tmp_path):
    expected, records = [], []
    fitted(quality(record=expected.append))
    model, _ = fitted(quality(record=records.append), steps=2)
    model.save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    watching = [quality(record=records.append)]
    model.fit(IMAGES, batch_size=16, steps_per_epoch=2, verbose=0, callbacks=watching)
    assert records == expected


@pytest.mark.slow
def test_two_replicas_train_as_if_nobody_watched():
    records = []
    watched, _ = fitted(quality(1, record=records.append), strategy=MIRRORED, steps=2)
    assert_same_state(watched, fitted(strategy=MIRRORED, steps=2)[0])
    assert [record["step"] for record in records] == [1, 2]


def test_other_callbacks_monitor_it(tmp_path):
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", "frechet_distance", save_best_only=True, mode="min"
    )
    stop = callbacks.StopOnPlateau("-frechet_distance", 3)
    model, _ = fitted(quality(1), best, stop, steps=2)
    assert (tmp_path / "best.keras").is_file()
    assert stop.state["best"] is not None and not stop.reached
    with pytest.raises(ValueError, match="monitor of StopOnPlateau 'mind': .*coverage"):
        model.fit(IMAGES, callbacks=[quality(1), callbacks.StopOnPlateau("mind")])
    with pytest.raises(ValueError, match="monitor of StopOnPlateau 'coverage'"):
        model.fit(IMAGES, callbacks=[callbacks.StopOnPlateau("coverage"), quality(1)])


def test_weights_that_are_not_finite_are_named():
    broken = compiled(small_model(CODES), run_eagerly=True)
    kernel = broken.generator.get_layer("pixels").kernel
    kernel.assign(np.nan * kernel)
    callback = quality()
    callback.set_model(broken)
    with pytest.raises(NonFiniteLoss, match="^step 0: .*kernel is not finite"):
        callback.on_train_end()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"every": 0}, "SampleQuality: every must be a whole number of at least 1, or None, got 0"),
        ({"samples": 5}, "SampleQuality: samples must be a whole number of at least 20, got 5."),
        ({"measures": ["fid"]}, "Unknown measure 'fid'"),
        ({"measures": ["data_copying"]}, "data_copying compares with the training samples"),
    ],
)
def test_bad_options_are_refused(options, line):
    with pytest.raises(ValueError) as error:
        quality(**options)
    assert str(error.value).startswith(line)


def test_too_few_training_images_give_no_floor_and_one_line_as_training_begins(model):
    lines = []
    callback = SampleQuality(1, TEST, samples=40, training=TRAINING[:9], print_fn=lines.append)
    callback.set_model(model)
    callback.on_train_begin()
    [line] = lines
    assert line.startswith("without floor: frechet_distance: training has 9 samples, too few")


@pytest.mark.parametrize(
    ("images", "options", "line"),
    [
        (TEST[:, :2], {}, "images have shape"),
        (TEST[:15], {}, "frechet_distance: real has 15 samples, too few"),
    ],
)
def test_unsuitable_images_are_refused_as_training_begins(model, images, options, line):
    callback = SampleQuality(1, images, samples=40, **options)
    callback.set_model(model)
    with pytest.raises(ValueError, match=f"^{line}"):
        callback.on_train_begin()
