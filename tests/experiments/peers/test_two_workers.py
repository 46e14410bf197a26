"""The comparison of two workers with two processes by themselves: its protocol, not its speed."""

import json

import pytest

from experiments.peers import two_workers


def measured(seconds):
    return {"seconds": seconds, "processor_seconds": seconds / 2}


def test_the_efficiency_is_the_median_ratio_over_rounds():
    rounds = [
        {"independent": measured(alone), "workers": measured(shared)}
        for alone, shared in ((1.0, 2.0), (1.0, 1.25), (2.0, 2.0))
    ]
    found = two_workers.summary_of(rounds, 10)
    assert found["efficiency"] == 0.8
    assert found["efficiency_of_all_rounds"] == [0.5, 0.8, 1.0]
    assert found["milliseconds_per_step"] == {"independent": 100.0, "workers": 200.0}
    assert found["processor_milliseconds_per_step"] == {"independent": 50.0, "workers": 100.0}


@pytest.mark.slow
@pytest.mark.skipif(two_workers.os.cpu_count() < 2, reason="needs two cores")
def test_a_comparison_leaves_its_record(tmp_path, capsys):
    out = tmp_path / "workers.json"
    flags = "--recipe=dcgan", "--image_size=8", "--batch_size=4", "--rounds=2", "--steps=2"
    two_workers.main([*flags, f"--out={out}"])
    record = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == record
    assert record["batch_size_of_each"] == 4 and len(record["efficiency_of_all_rounds"]) == 2
    assert [each["cores"] for each in record["processes"]["workers"]] == [1, 1]


def test_mistakes_are_told_before_anything_runs(capsys):
    with pytest.raises(SystemExit) as ended:
        two_workers.main(["--rounds=0"])
    assert ended.value.code == 2
    assert "--rounds: must be a whole number of at least 1, got '0'" in capsys.readouterr().err
