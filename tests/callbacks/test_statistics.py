import contextlib
import io
import json
import sys

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

from support.small_models import CODES, IMAGES, NOISE, compiled, small_model
from tfgan_it import callbacks, conditions, models
from tfgan_it.callbacks import Statistics, read_records, statistics

LN_2, LN_3 = "0.69", "1.10"


def fit(folder, every, steps=7, callbacks=()):
    """Records of a run; the same run whatever `every` is."""
    model = compiled(small_model(CODES), run_eagerly=True)
    watch = Statistics(folder, every=every, steps=steps, images_per_step=16)
    watching = [watch, *[make(watch) for make in callbacks]]
    model.fit(IMAGES, batch_size=16, steps_per_epoch=steps, verbose=0, callbacks=watching)
    return records(folder)


def records(folder):
    return [json.loads(line) for line in (folder / "stats.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def each_step(tmp_path_factory):
    return fit(tmp_path_factory.mktemp("each"), every=1)


@pytest.fixture(scope="module")
def run_in_thirds(tmp_path_factory):
    """The folder of a run with a record each third step, its records, what it printed."""
    folder = tmp_path_factory.mktemp("thirds")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        found = fit(folder, every=3)
    return folder, found, printed.getvalue()


@pytest.fixture(scope="module")
def thirds(run_in_thirds):
    return run_in_thirds[1]


def means(each_step, first, last):
    """Means of what steps first..last recorded, by name."""
    interval = [record for record in each_step if first <= record["step"] <= last]
    return {
        name: np.mean([record[name] for record in interval]) for name in quantities(interval[0])
    }


def quantities(record):
    return {key: record[key] for key in record if key not in ("step", "images_per_second")}


def test_records_every_so_many_steps_and_the_last(each_step, thirds):
    assert [record["step"] for record in each_step] == [1, 2, 3, 4, 5, 6, 7]
    assert [record["step"] for record in thirds] == [3, 6, 7]


def test_a_record_is_the_mean_since_the_one_before(each_step, thirds):
    for record, (first, last) in zip(thirds, [(1, 3), (4, 6), (7, 7)], strict=True):
        expected = means(each_step, first, last)
        assert quantities(record) == pytest.approx(expected, rel=1e-5, abs=1e-6)
    assert len({record["generator_loss"] for record in each_step}) == 7


@pytest.mark.slow
def test_an_interval_may_span_epochs(thirds, tmp_path):
    model = compiled(small_model(CODES), run_eagerly=True)
    watch = Statistics(tmp_path, every=3, steps=7, images_per_step=16)
    options = {"batch_size": 16, "steps_per_epoch": 1, "epochs": 7, "verbose": 0}
    model.fit(IMAGES, callbacks=[watch], **options)
    for record, expected in zip(records(tmp_path), thirds, strict=True):
        assert record["step"] == expected["step"]
        assert quantities(record) == pytest.approx(quantities(expected), rel=1e-6, abs=1e-7)


def test_a_record_is_the_mean_also_where_a_measurement_fell_in_between(each_step, tmp_path):
    def evaluation(watch):
        return callbacks.Evaluation(IMAGES, None, every=2, record=watch.append)

    found = fit(tmp_path, every=3, steps=3, callbacks=[evaluation])
    [record] = [record for record in found if "test" not in record]
    expected = means(each_step, 1, 3)
    assert quantities(record) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_a_resumed_run_leaves_the_records_of_an_uninterrupted_one(thirds, tmp_path):
    model = compiled(small_model(CODES), run_eagerly=True)
    for steps in (4, 3):
        watch = Statistics(tmp_path, every=3, steps=7, images_per_step=16)
        model.fit(IMAGES, batch_size=16, steps_per_epoch=steps, verbose=0, callbacks=[watch])
    for record, expected in zip(records(tmp_path), thirds, strict=True):
        assert record["step"] == expected["step"]
        assert quantities(record) == pytest.approx(quantities(expected), rel=1e-6, abs=1e-7)


def test_an_evaluation_between_two_fits_does_not_change_the_means(thirds, tmp_path):
    model = compiled(small_model(CODES), run_eagerly=True)
    for steps in (4, 3):
        watch = Statistics(tmp_path, every=3, steps=7, images_per_step=16)
        model.fit(IMAGES, batch_size=16, steps_per_epoch=steps, verbose=0, callbacks=[watch])
        model.evaluate(IMAGES, verbose=0)
    found = quantities(records(tmp_path)[1])
    assert found == pytest.approx(quantities(thirds[1]), rel=1e-6, abs=1e-7)


def test_tensorboard_reads_the_same(run_in_thirds):
    folder, found, _ = run_in_thirds
    events = EventAccumulator(str(folder / "tensorboard")).Reload()
    assert set(events.Tags()["tensors"]) == set(quantities(found[0]))
    for name in quantities(found[0]):
        read = [
            (event.step, float(tensor_util.make_ndarray(event.tensor_proto)))
            for event in events.Tensors(name)
        ]
        assert read == [(record["step"], np.float32(record[name])) for record in found]


def test_status_lines_tell_the_records(run_in_thirds):
    _, found, printed = run_in_thirds
    for record, line in zip(found, printed.splitlines(), strict=True):
        category, style = (record[f"information_nats_{name}"] for name in ("category", "style"))
        assert line.startswith(
            f"step {record['step']}/7  category at least {category:.2f} of {LN_3} nats, "
            f"style {style:.2f}  JS"
        )
        told = f" at least {record['js_nats']:.2f} of {LN_2} nats  ".replace("-0.00", "0.00")
        assert f"{told}{record['images_per_second']:.0f} images/s, " in line
    assert line.endswith(", 00:00 left")


class Clock:
    """Seconds that pass only when told to."""

    now = 100.0

    def perf_counter(self):
        return self.now


class ByHand:
    """Drives a Statistics callback as `fit` does, with losses and times of our own."""

    def __init__(self, folder, clock, *, latent=NOISE, step=0, **kwargs):
        options = {"every": 2, "steps": 100, "images_per_step": 30, **kwargs}
        self.clock = clock
        self.model = compiled(small_model(latent))
        self.model.step.assign(step)
        self.callback = Statistics(folder, **options)
        self.callback.set_model(self.model)
        self.callback.on_train_begin()
        self.callback.on_epoch_begin(0)

    def step(self, seconds=1.0, pause=0.0, **quantities):
        self.callback.on_train_batch_begin(0)
        self.clock.now += seconds
        self.model.step.assign_add(1)
        self.callback.on_train_batch_end(0, {"js_nats": 0.25, **quantities})
        self.clock.now += pause


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(statistics, "time", clock)
    monkeypatch.setattr("tqdm.std.time", clock.perf_counter)
    return clock


def test_speed_counts_only_steps(tmp_path, clock):
    run = ByHand(tmp_path, clock)
    # The first step builds the graph; pauses are other callbacks'.
    for seconds in (50.0, 0.5, 0.25, 0.5, 1.0, 2.0):
        run.step(seconds, pause=7.0)
    speeds = [record["images_per_second"] for record in records(tmp_path)]
    assert speeds == pytest.approx([30 / 0.5, 60 / 0.75, 60 / 3.0])
    assert run.callback.images_per_second == pytest.approx(60.0)


def test_no_speed_before_the_second_step(tmp_path, clock):
    run = ByHand(tmp_path, clock, every=1)
    assert run.callback.images_per_second is None
    run.step()
    assert records(tmp_path) == [{"step": 1, "images_per_second": None, "js_nats": 0.25}]
    assert run.callback.images_per_second is None


def test_status_line_of_a_model_without_codes(tmp_path, clock, capsys):
    run = ByHand(tmp_path, clock)
    run.step()
    assert capsys.readouterr().out == ""
    run.step(js_nats=0.345)
    # 98 steps of a second.
    assert capsys.readouterr().out == (
        f"step   2/100  JS divergence of real and generated at least 0.34 of {LN_2} nats  "
        "30 images/s, 01:38 left\n"
    )


def test_status_line_tells_each_code_and_the_most_that_a_category_can_send(tmp_path, clock, capsys):
    run = ByHand(tmp_path, clock, latent=CODES, every=1, steps=5)
    run.step(information_nats_category=0.5, information_nats_style=-0.25)
    assert capsys.readouterr().out == (
        f"step 1/5  category carries at least 0.50 of {LN_3} nats, style -0.25  "
        f"JS divergence at least 0.25 of {LN_2} nats\n"
    )


@pytest.mark.parametrize(
    "codes, words",
    [
        ((), "JS divergence of real and generated"),
        (("category",), "JS"),
        (("category", "style"), "JS"),
    ],
)
def test_status_line_has_as_many_words_as_there_is_room_for(tmp_path, clock, capsys, codes, words):
    run = ByHand(tmp_path, clock, latent=CODES, every=1, steps=3000, step=1200)
    for _ in range(2):
        run.step(1 / 16, **{f"information_nats_{name}": 1.0 for name in codes})
    line = capsys.readouterr().out.splitlines()[-1]
    assert f"  {words} at least 0.25 of {LN_2} nats  480 images/s, 01:52 left" in line
    assert len(line) <= 120
    assert ("category carries at least 1.00" in line) == (codes == ("category",))
    assert "style" not in codes or "category at least 1.00" in line


def test_zero_has_no_minus(tmp_path, clock, capsys):
    run = ByHand(tmp_path, clock, latent=CODES, every=1)
    run.step(js_nats=-0.004, information_nats_category=-0.004, information_nats_style=-0.006)
    line = capsys.readouterr().out
    assert "category carries at least 0.00 of" in line
    assert "style -0.01 " in line
    assert "at least 0.00 of" in line


def test_time_left_counts_what_comes_between_steps_and_what_is_left(tmp_path, clock, capsys):
    run = ByHand(tmp_path, clock, step=60)
    # Evaluations of 3 seconds after every step; the first step builds the graph.
    for seconds in (50.0, 1.0, 1.0, 1.0):
        run.step(seconds, pause=3.0)
    # 36 steps of 4 seconds; only steps count for the images per second.
    assert capsys.readouterr().out.splitlines()[-1].endswith("  30 images/s, 02:24 left")


def test_only_the_chief_prints(tmp_path, clock, capsys, monkeypatch):
    monkeypatch.setattr(statistics, "is_chief", lambda strategy: False)
    run = ByHand(tmp_path, clock, every=1)
    run.step()
    run.callback.print_line("told")
    run.callback.on_train_end()
    assert capsys.readouterr().out == ""
    assert len(records(tmp_path)) == 1


def test_a_bar_around_the_status_lines_on_a_terminal(tmp_path, clock, capsys, monkeypatch):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    run = ByHand(tmp_path, clock)
    assert capsys.readouterr().out.strip() == "0%|                    | 0/100, starting"
    run.step()
    run.step()
    lines = [part for part in capsys.readouterr().out.split("\r") if part.strip()]
    assert any(line.startswith("step   2/100  JS divergence of") for line in lines)
    assert lines[-1].rstrip() == "  2%|▍                   | 2/100, 30 images/s, 01:38 left"
    run.callback.release()
    assert capsys.readouterr().out.strip() == ""


def test_the_bar_of_a_resumed_run_starts_where_it_does(tmp_path, clock, capsys, monkeypatch):
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True)
    ByHand(tmp_path, clock, step=60)
    assert capsys.readouterr().out.strip() == "60%|████████████        | 60/100, starting"


def test_drops_what_a_resumed_run_makes_again(tmp_path, clock):
    old = [{"step": step, "js_nats": step / 8} for step in (1, 2, 3, 4, 5)]
    old.insert(2, {"step": 2, "test": {"js_nats": 1.0}})
    old.append({"step": 5, "test": {"js_nats": 2.0}})
    text = "".join(json.dumps(record) + "\n" for record in old)
    (tmp_path / "stats.jsonl").write_text(text)
    run = ByHand(tmp_path, clock, step=3, every=1)
    assert records(tmp_path) == old[:4]
    run.step()
    assert records(tmp_path)[4:] == [{"step": 4, "images_per_second": None, "js_nats": 0.25}]


def test_half_a_record_is_dropped(tmp_path, clock):
    (tmp_path / "stats.jsonl").write_text('{"step": 1, "js_nats": 0.5}\n{"step": 2, "js_n')
    ByHand(tmp_path, clock, step=1)
    assert records(tmp_path) == [{"step": 1, "js_nats": 0.5}]


def test_warnings_are_kept_up_to_the_step_of_a_resumed_run(tmp_path, clock):
    ByHand(tmp_path, clock)
    callback = Statistics(tmp_path, every=2, steps=9, images_per_step=1)
    for step in (2, 4):
        callback.append({"step": step, "warning": "mode_collapse", "value": 0.0, "text": "..."})
    ByHand(tmp_path, clock, step=3)
    assert [record["step"] for record in read_records(tmp_path)] == [2]


def test_a_record_is_a_whole_line_once_it_is_made(tmp_path, clock):
    run = ByHand(tmp_path, clock, every=1)
    with (tmp_path / "stats.jsonl").open() as tail:
        for step in (1, 2):
            run.step()
            line = tail.read()
            assert json.loads(line)["step"] == step
            assert line.index("\n") == len(line) - 1


def test_append_adds_a_line(tmp_path, clock):
    run = ByHand(tmp_path, clock)
    run.callback.append({"step": 0, "test": {"js_nats": 0.5}})
    run.callback.append({"step": 1})
    lines = '{"step": 0, "test": {"js_nats": 0.5}}\n{"step": 1}\n'
    assert (tmp_path / "stats.jsonl").read_text() == lines


MEASURED = {
    "step": 3,
    "test": {"js_nats": 0.25},
    "information": {"js_nats": 0.5, "generated": {"kl": 2.0, "entropy": None}, "n": 7},
    "protocol": {"n": 360, "split": {"of": 1}},
    "text": "nothing that a curve could show",
    "value": 4.0,
}


def scalars(folder):
    """(step, value) of each TensorBoard scalar, by name."""
    events = EventAccumulator(str(folder / "tensorboard")).Reload()
    return {
        name: [
            (event.step, float(tensor_util.make_ndarray(event.tensor_proto)))
            for event in events.Tensors(name)
        ]
        for name in events.Tags()["tensors"]
    }


def test_groups_of_a_record_reach_tensorboard(tmp_path, clock):
    ByHand(tmp_path, clock).callback.append(MEASURED)
    assert records(tmp_path) == [MEASURED]
    # At once, and without closing anything.
    assert scalars(tmp_path) == {
        "test/js_nats": [(3, 0.25)],
        "information/js_nats": [(3, 0.5)],
        "information/generated/kl": [(3, 2.0)],
        "information/n": [(3, 7.0)],
    }


def test_what_is_measured_after_training_has_ended_is_kept_too(tmp_path, clock):
    run = ByHand(tmp_path, clock, every=1)
    run.step()
    run.callback.on_train_end()
    run.callback.append({"step": 1, "test": {"js_nats": 0.5}})
    assert scalars(tmp_path) == {"js_nats": [(1, 0.25)], "test/js_nats": [(1, 0.5)]}
    assert len(list((tmp_path / "tensorboard").iterdir())) == 1


def test_what_a_second_fit_measures_is_kept_beside_the_first(tmp_path, clock):
    run = ByHand(tmp_path, clock, every=1)
    for step in (1, 2):
        run.step()
        run.callback.append({"step": step, "test": {"js_nats": 0.5}})
        run.callback.on_train_end()
        run.callback.on_train_begin()
    assert scalars(tmp_path)["test/js_nats"] == [(1, 0.5), (2, 0.5)]


def test_an_evaluation_reaches_tensorboard(tmp_path):
    def evaluation(watch):
        return callbacks.Evaluation(IMAGES, None, every=2, record=watch.append)

    found = fit(tmp_path, every=9, steps=3, callbacks=[evaluation])
    tests = [record for record in found if "test" in record]
    read = scalars(tmp_path)
    for name in tests[0]["test"]:
        expected = [(record["step"], np.float32(record["test"][name])) for record in tests]
        assert read[f"test/{name}"] == expected


def test_pictures_reach_tensorboard(tmp_path, clock):
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), "uint8")
    run = ByHand(tmp_path, clock)
    run.callback.append_picture("samples", 12, picture)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    (event,) = events.Tensors("samples")
    width, height, png = tensor_util.make_ndarray(event.tensor_proto)
    assert (event.step, int(width), int(height)) == (12, 7, 5)
    np.testing.assert_array_equal(tf.io.decode_png(png), picture)


def test_options_reach_tensorboard_as_a_table(tmp_path):
    options = {"steps": 9, "dataset": "a|b`\n# c"}
    run = callbacks.Statistics(tmp_path, every=1, steps=1, images_per_step=1, options=options)
    run.trackers[0].open()
    run.close()
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    (event,) = events.Tensors("options")
    text = tensor_util.make_ndarray(event.tensor_proto).item()
    table = "| option | value |\n| --- | --- |\n| steps | `9` |\n| dataset | `a\\|b' # c` |"
    assert (event.step, text.decode()) == (0, table)


def test_makes_its_folder(tmp_path, clock):
    ByHand(tmp_path / "made" / "here", clock, every=1).step()
    assert len(records(tmp_path / "made" / "here")) == 1


def test_a_gan_whose_latent_has_codes_that_nothing_recognises(tmp_path, clock, capsys):
    networks = small_model(CODES)
    gan = compiled(models.GAN(networks.generator, networks.discriminator, CODES))
    run = ByHand(tmp_path, clock, every=1)
    run.callback.set_model(gan)
    gan.step.assign(1)
    run.callback.on_train_batch_end(0, {"js_nats": 0.25})
    assert capsys.readouterr().out == (
        f"step   1/100  JS divergence of real and generated at least 0.25 of {LN_2} nats\n"
    )


def test_status_line_tells_the_label_that_samples_show(tmp_path, clock, capsys):
    run = ByHand(tmp_path, clock, every=1, steps=5)
    run.model.conditions = conditions.Label(3)
    run.step(label_information_nats=0.75)
    assert f"  label carries at least 0.75 of {LN_3} nats  JS" in capsys.readouterr().out


def test_a_disk_that_is_full_of_events_is_one_line_with_their_folder(tmp_path, monkeypatch):
    def full(*args, **kwargs):
        message = "{{function_node __x}} No space left on device\n[[node]]"
        raise tf.errors.ResourceExhaustedError(None, None, message)

    monkeypatch.setattr(tf.summary, "create_file_writer", full)
    watch = Statistics(tmp_path, every=1, steps=1, images_per_step=16)
    watch.set_model(compiled(small_model(NOISE)))
    message = f"^{tmp_path / 'tensorboard'} cannot be written: No space left on device.$"
    with pytest.raises(OSError, match=message):
        watch.on_train_begin()


def test_a_disk_that_is_full_of_records_is_one_line_with_their_file(tmp_path):
    watch = Statistics(tmp_path, every=1, steps=1, images_per_step=16)
    (tmp_path / "stats.jsonl").symlink_to("/dev/full")
    with pytest.raises(OSError, match="stats.jsonl cannot be written: No space left on device.$"):
        watch.append({"step": 1})
