"""The comparison of two workers with two processes by themselves: its protocol, not its speed."""

import json

import pytest

from experiments.peers import two_workers, worker_steps


def measured(seconds):
    return {"seconds": seconds, "processor_seconds": seconds / 2}


def test_the_efficiency_is_the_median_ratio_over_rounds():
    rounds = [
        {"independent": measured(alone), "workers": measured(shared)}
        for alone, shared in ((1.0, 2.0), (1.0, 1.25), (2.0, 2.0))
    ]
    found = two_workers.summary_of(rounds, 10)
    assert found["efficiency"] == {"workers": 0.8}
    assert found["efficiency_of_all_rounds"] == {"workers": [0.5, 0.8, 1.0]}
    assert found["milliseconds_per_step"] == {"independent": 100.0, "workers": 200.0}
    assert found["processor_milliseconds_per_step"] == {"independent": 50.0, "workers": 100.0}


def test_a_pair_is_as_slow_as_its_slower_one():
    class Process:
        def __init__(self, seconds):
            self.begun, self.seconds = [], seconds

        def begin(self, form, steps):
            self.begun.append(steps)

        def end_of_steps(self):
            assert pair[1].begun == [7]  # Both have begun.
            return measured(self.seconds)

    pair = [Process(2.0), Process(3.0)]
    assert two_workers.together(pair, 7) == measured(3.0)


def test_the_first_step_is_not_measured(monkeypatch):
    now = iter([10.0, 10.5, 14.0])
    monkeypatch.setattr(worker_steps.time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(worker_steps.time, "process_time", lambda: 1.0)
    timer = worker_steps.StepTimer(2)
    for batch in range(3):
        timer.on_train_batch_end(batch)
    assert timer.measured == {"seconds": 4.0, "processor_seconds": 0.0}


@pytest.mark.slow
@pytest.mark.skipif(two_workers.usable_cores() < 2, reason="needs two cores")
def test_a_comparison_leaves_its_record(tmp_path, capsys):
    out = tmp_path / "workers.json"
    flags = "--recipe=dcgan", "--image_size=8", "--batch_size=4", "--rounds=2", "--steps=2"
    two_workers.main([*flags, "--reduce_dtype=bfloat16", f"--out={out}"])
    record = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == record
    assert record["batch_size_of_each"] == 4
    assert [*record["efficiency"]] == ["workers", "workers_bfloat16"]
    for way, ratio in record["efficiency"].items():
        assert 0 < ratio < 2 and len(record["efficiency_of_all_rounds"][way]) == 2
    assert [each["cores"] for each in record["processes"]["workers"]] == [1, 1]


def test_mistakes_are_told_before_anything_runs(capsys):
    with pytest.raises(SystemExit) as ended:
        two_workers.main(["--rounds=0"])
    assert ended.value.code == 2
    assert "--rounds: must be a whole number of at least 1, got '0'" in capsys.readouterr().err
