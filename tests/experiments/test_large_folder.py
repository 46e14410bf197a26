"""Training from a folder of many images: the three ways, and the record; not their speed."""

import json

import pytest

from experiments import large_folder


@pytest.mark.slow
def test_all_ways_train_and_leave_a_record(tmp_path, capfd):
    out = tmp_path / "large.json"
    large_folder.main(["--images=300", "--size=16", "--steps=2", f"--out={out}"])
    record = json.loads(out.read_text())
    assert json.loads(capfd.readouterr().out) == record
    for way in large_folder.WAYS:
        assert record[way]["images_per_second"] > 0
        assert record[way]["peak_mebibytes"] >= record[way]["mebibytes_before"] > 0


def test_mistakes_are_told_before_anything_is_drawn(capsys):
    with pytest.raises(SystemExit) as ended:
        large_folder.main(["--size=18"])
    assert ended.value.code == 2
    assert "--size: must be a multiple of 4 of at least 16, got 18" in capsys.readouterr().err
