"""The information card of a run and of a file, by the program."""

import json

import pytest
from PIL import Image

from support.run_files import one_line
from tfgan_it import datasets
from trainers.run_directory import load_model

SMALL = ["--samples=40", "--probe_steps=20", "--gilbo_samples=40", "--gilbo_steps=2"]


@pytest.mark.slow
def test_the_card_of_a_run(card, vivid, tmp_path):
    out, picture = tmp_path / "card.json", tmp_path / "card.png"
    ended = card(vivid, *SMALL, f"--out={out}", f"--picture={picture}")
    assert ended.status in (0, None), ended.err
    lines = ended.out.splitlines()
    step = load_model(vivid).trained_steps
    assert lines[0] == f"{vivid}, step {step}, beside the test split of digits"
    record = json.loads(out.read_text())
    assert record["source"] == str(vivid) and record["dataset"] == "digits"
    assert 0.9 < record["protocol"]["classifier_accuracy"] < 1
    assert record["command"].startswith("python -m trainers.card")
    names = {row["name"] for row in record["rows"]}
    assert {"js", "gilbo", "label_information", "total_correlation", "entropy"} <= names
    lines = [line for line in lines if not line.startswith("warning: ")]
    assert len(lines) == 2 + len(names) + len(record["left_out"])
    with Image.open(picture) as opened:
        assert opened.size == (800, 34 + 40 * len(names))


@pytest.mark.slow
def test_the_card_of_a_file(card, vivid, tmp_path):
    path = tmp_path / "model.keras"
    load_model(vivid).save(path)
    ended = card(path, "--dataset=digits", *SMALL, "--gilbo_steps=0")
    assert ended.status in (0, None), ended.err
    assert "GILBO was not asked for." in ended.out.splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["unicode_words", "ring"])
def test_data_of_another_kind_are_one_line(card, vivid, name):
    assert datasets.load(name) is not None
    line = one_line(card(vivid, f"--dataset={name}", *SMALL))
    assert "texts" in line or "(10000, 2)" in line
