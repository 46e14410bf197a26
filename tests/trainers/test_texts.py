"""A run on words of a file: measured, sampled and exported as words."""

import json

import pytest

from support.run_files import one_line, records

SMALL = ["--set=width=4", "--set=blocks=1", "--set=discriminator_steps=2", "--batch_size=8"]


@pytest.mark.slow
def test_words_from_a_file_to_an_export(train, sample, tmp_path):
    path = tmp_path / "words.txt"
    words = [f"{a}{b}{c}" for a in "abcd" for b in "aei" for c in ["", "n", "rs"]]
    path.write_text("\n".join(words))
    folders = [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    arguments = ["--recipe=text_gan", f"--dataset={path}", "--steps=2", *SMALL, *folders]
    ended = train(*arguments)
    assert ended.status in (0, None), ended.err
    (run,) = (tmp_path / "runs").iterdir()
    assert run.name == "00000-text_gan-words"
    (record,) = [each["texts"] for each in records(run) if "texts" in each]
    assert len(record["samples"]) == 16 and record["real_n"] == record["n"] == 31
    (export,) = (tmp_path / "exports").iterdir()
    told = json.loads((export / "1" / "assets.extra" / "tfgan_it.json").read_text())
    assert told["vocabulary"] == {"characters": "abcdeinrs", "unknown": None}
    shown = []
    for model in (run, export):
        drawn = sample(f"--model={model}", "--seeds=0-4", f"--out={tmp_path / 'out'}")
        assert drawn.status in (0, None), drawn.err
        shown.append(drawn.out.splitlines()[:5])
    assert shown[0] == shown[1] and all(set(word) <= {*"abcdeinrs"} for word in shown[0])


@pytest.mark.parametrize(
    "dataset, message",
    [
        ("digits", "Texts must have a shape (length, size of the vocabulary)"),
        ("nowhere.txt", "no text file nowhere.txt"),
        ("emoji_names", "emoji_names are read from files_dir/emoji: give files_dir"),
    ],
)
def test_a_mistake_is_one_line_and_no_run(train, tmp_path, dataset, message):
    runs = tmp_path / "runs"
    ended = train("--recipe=text_gan", f"--dataset={dataset}", f"--run_dir={runs}", *SMALL)
    assert one_line(ended).startswith(message)
    assert not runs.exists()
