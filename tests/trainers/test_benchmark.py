"""The benchmark's record, on a model that is small enough to be quick; no speed is asserted."""

import importlib
import json
import re
import statistics
import sys
import types

import pytest
from PIL import Image

SMALL = ["--recipe=dcgan", "--image_size=8", "--batch_size=4", "--steps=2"]
SMALL += ["--set=width=2", "--set", "latent_dimension=3"]


@pytest.fixture
def asked(benchmark, monkeypatch):
    """The processes that it would have started."""
    asked = []

    def in_a_process(way, arguments):
        asked.append((way, arguments))
        return {"peak_mebibytes": {"fit": 300.0, "loop": 200.0}[way]}

    monkeypatch.setattr(benchmark.module.isolated_process, "in_a_process", in_a_process)
    return asked


@pytest.mark.slow
def test_its_medians_are_those_of_its_rounds(benchmark, asked, tmp_path):
    path = tmp_path / "below" / "record.json"
    ended = benchmark(*SMALL, "--rounds=3", f"--out={path}")
    assert ended.status == 0, ended.err
    record = json.loads(ended.out)
    assert json.loads(path.read_text()) == record
    rounds = record["milliseconds_of_all_rounds"]
    for way in ("fit", "constant", "loop", "bfloat16"):
        assert len(rounds[way]) == 3
        median = statistics.median(rounds[way])
        assert record["milliseconds_per_step"][way] == pytest.approx(median, rel=1e-3, abs=0.02)
        assert record["images_per_second"][way] == pytest.approx(4e3 / median, rel=1e-2)
    for name, slow, fast in (
        ("fit_over_loop", "loop", "fit"),
        ("bfloat16_over_float32", "fit", "bfloat16"),
        ("data_over_constant_batch", "fit", "constant"),
    ):
        ratios = [s / f for s, f in zip(rounds[slow], rounds[fast], strict=True)]
        assert record[name] == pytest.approx(statistics.median(ratios), rel=1e-2)
    assert record["memory_over_loop"] == 1.5
    kinds = record["thread_milliseconds_per_step"]
    assert {"convolutions", "dense layers", "batch normalisation", "optimiser"} <= set(kinds)
    common = ["--recipe=dcgan", "--image_size=8", "--channels=1", "--batch_size=4", "--steps=2"]
    common += ["--set=width=2", "--set=latent_dimension=3"]
    assert asked == [("fit", common), ("loop", common)]


def test_curves_are_measured_at_each_size_and_drawn(benchmark, monkeypatch, tmp_path):
    def compared(setting, shape, batch_size, wanted, rounds):
        speeds = {way: 100.0 * batch_size / shape[0] for way in wanted}
        return {"image_shape": shape, "batch_size": batch_size, "images_per_second": speeds}

    monkeypatch.setattr(benchmark.module, "compared", compared)
    path = tmp_path / "curves.json"
    ended = benchmark(*SMALL, "--curves", f"--out={path}")
    assert ended.status == 0, ended.err
    record = json.loads(path.read_text())
    batch_sizes = [point["batch_size"] for point in record["over_batch_size"]]
    assert batch_sizes == [16, 32, 64, 128, 256, 512]
    assert all(point["image_shape"] == [8, 8, 1] for point in record["over_batch_size"])
    sides = [point["image_shape"][0] for point in record["over_image_size"]]
    assert sides[0] < sides[-1] == 64
    with Image.open(path.with_suffix(".png")) as picture:
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 10


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ("--recipe=lsgan", "Unknown hand-written loop 'lsgan': .*nearest: "),
        ("--recipe=dcgn", "Unknown hand-written loop 'dcgn': .*nearest: dcgan"),
        ("--set=widht=2", "'widht': .*nearest: width"),
        ("--image_size=10", "height and width must be divisible by 4"),
    ],
)
def test_a_mistake_is_one_line_and_starts_nothing(benchmark, asked, mistake, message):
    ended = benchmark(*SMALL, mistake)
    (line,) = ended.err.strip().splitlines()
    assert (ended.status, ended.out, asked) == (2, "", [])
    assert re.search(message, line)


def test_memory_is_looked_at_after_each_tenth(benchmark, monkeypatch):
    trained = []
    clock = iter([10.0, 13.5])
    alone = benchmark.module.isolated_process
    monkeypatch.setattr(alone, "STARTED", 4.0)
    monkeypatch.setattr(alone.time, "perf_counter", lambda: next(clock))
    found = alone.watch(trained.append, 50)
    assert trained == [1] + [5] * 10 and found["steps"] == 51
    assert found["seconds_to_first_step_from_start"] == 9.5
    assert found["seconds_to_first_step_after_imports"] == 3.5
    assert len(found["mebibytes_after_each_tenth"]) == 10
    assert 0 < found["mebibytes_after_each_tenth"][-1] <= found["peak_mebibytes"] + 1


def test_a_process_of_its_own_is_asked_for_one_way(benchmark, monkeypatch):
    alone, commands = benchmark.module.isolated_process, []

    def run(command, **options):
        commands.append(command[1:])
        return types.SimpleNamespace(stdout='{"alone": {"loop": {"steps": 3}}}')

    monkeypatch.setattr(alone.subprocess, "run", run)
    assert alone.in_a_process("loop", ["--steps=2"]) == {"steps": 3}
    assert commands == [["-m", "trainers.benchmark", "--alone=loop", "--steps=2"]]


def test_without_matplotlib_curves_name_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "trainers.benchmarks.curves", raising=False)
    with pytest.raises(ImportError, match=r"^--curves needs .*\[plots\]'\.$"):
        importlib.import_module("trainers.benchmarks.curves")
