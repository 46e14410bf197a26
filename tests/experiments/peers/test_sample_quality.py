"""Measures of sample quality beside the package `prdc`: the record; not its speed."""

import json
import sys

import pytest

from experiments.peers import sample_quality
from tfgan_it import metrics

SMALL = ["--n=60", "--dimensions=4", "--frechet_n=50", "--frechet_dimensions=3", "--mind_n=40"]
SMALL += ["--mind_dimensions=3", "--rounds=2"]


def test_a_comparison_leaves_its_record(tmp_path, capsys, monkeypatch):
    seen = []
    monkeypatch.setattr(sample_quality, "peer", lambda *pair: seen.append([x.shape for x in pair]))
    out = tmp_path / "made" / "quality.json"
    sample_quality.main([*SMALL, f"--out={out}"])
    record = json.loads(out.read_text())
    assert json.loads(capsys.readouterr().out) == record
    assert record["sizes"] == {"prdc": [60, 4], "frechet_distance": [50, 3], "mind": [40, 3]}
    assert sorted(record["seconds"]) == ["frechet_distance", "mind", "peer", "prdc"]
    assert seen[1:] == [[(60, 4), (60, 4)]] * 2 and record["ratio"] >= 0


def test_a_missing_package_is_named_in_one_line(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "prdc", None)
    with pytest.raises(SystemExit, match="1"):
        sample_quality.main(SMALL)
    assert capsys.readouterr().err.endswith(": the comparison needs prdc: pip install prdc.\n")


def test_the_peer_computes_the_same():
    pytest.importorskip("prdc", reason="the peer runs in an environment that has prdc")
    pair = sample_quality.features(200, 3)
    ours = {name: each.value for name, each in metrics.prdc(*pair).items()}
    assert sample_quality.peer(*pair) == pytest.approx(ours, abs=1e-12)
