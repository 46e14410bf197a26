import pathlib
import re

import pytest

from support.run_files import files, one_line
from tfgan_it import callbacks, recipes


def test_dry_run_writes_nothing(start, tmp_path):
    ended = start(tmp_path, "--dry_run", "--steps=7")
    assert (ended.status, ended.err) == (0, "")
    printed = dict(line.split(None, 1) for line in ended.out.splitlines())
    assert (printed["recipe"], printed["steps"], printed["batch_size"]) == ("infogan", "7", "16")
    assert printed["set"] == "['width=4', 'features=16', 'noise=6']"
    assert not files(tmp_path)


def test_list_names_each_recipe(train):
    ended = train("--list")
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(recipes.RECIPES)
    for line in lines:
        name, told, source = re.fullmatch(r"(\S+) +(.+) \((.+)\)", line).groups()
        documentation = recipes.RECIPES[name].__doc__
        assert documentation.startswith(f"{told}.\n")
        assert f"Source: {source}," in " ".join(documentation.split())
        assert line.index(told) == 2 + max(map(len, recipes.RECIPES))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("infogan", "Chen et al., 2016"),
        ("gan", "Goodfellow et al., 2014"),
        ("dcgan", "Radford et al., 2015"),
        ("kl_wgan", "Song and Ermon, 2020"),
        ("wgan_gp", "Gulrajani et al., 2017"),
        ("pacgan", "Lin et al., 2018"),
    ],
)
def test_list_tells_the_source(train, name, source):
    lines = train("--list").out.splitlines()
    [line] = [line for line in lines if line.split()[0] == name]
    assert line.endswith(f" ({source})")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--recipe=infogn"], "Unknown recipe 'infogn': .* infogan.*nearest: infogan"),
        (["--dataset=digts"], "no data set 'digts': the nearest names are digits, "),
        (["--dataset=./none.npz"], "no folder and no .npz archive none.npz"),
        (["--strategy=mirored"], "--strategy=mirored: use one of default, .*nearest: mirrored"),
        (["--set=widht=3"], "'widht': .*nearest: width"),
        (["--set=width"], "--set takes name=value, got 'width'"),
        (["--set=width=many"], "--set width: must be a whole number such as 64, got 'many'"),
        (["--set=loss=minmax"], "'minmax': .*nearest: minimax"),
        (["--set=generator_learning_rate=3"], "'generator_learning_rate': .*learning_rate"),
        (["--optimizer=adm"], "Unknown optimizer 'adm': .*nearest: adam"),
        (["--schedule=linaer"], "--schedule=linaer: use one of constant, .*nearest: linear"),
        (["--learning_rate=0"], "learning_rate must be above 0, got 0.0"),
        (["--clip_norm=-1"], "clip_norm must be above 0, got -1.0"),
        (["--dataset=rign"], "no data set 'rign': the nearest names are ring, "),
        (["--dataset=ring", "--image_size=8"], "ring holds points, which have no image_size"),
        (["--keep_best=js_nat"], "Unknown measured quantity 'js_nat': .*nearest: js_nats"),
        (["--set=width=0"], "width must be a whole number of at least 1, got 0"),
        (["--set=categories=0", "--set=continuous=0"], "categories and continuous are both 0"),
        (["--image_size=10"], "height and width must be divisible by 4"),
        (["--batch_size=1438"], "1437 images given, at least 1438 .* step of --batch_size=1438"),
        (["--batch_size=500", "--set=discriminator_steps=3"], "1437 .* at least 1500"),
        (["--resume=none"], "No run in none: it has no options.json"),
        (["stray"], "Unexpected argument 'stray'"),
    ],
)
def test_a_mistake_is_one_line_and_no_run(start, tmp_path, arguments, message):
    ended = start(tmp_path, "--steps=2", *arguments)
    assert re.search(message, one_line(ended))
    assert not files(tmp_path) and not (tmp_path / "runs").exists()


@pytest.mark.parametrize("given", [[], ["train-images-idx3-ubyte.gz"]])
def test_missing_raw_files_are_named(start, tmp_path, monkeypatch, given):
    import tensorflow_datasets as tfds

    monkeypatch.setattr(tfds.core.constants, "DATA_DIR", str(tmp_path / "prepared"))
    folder = tmp_path / "files" / "mnist"
    folder.parent.mkdir()
    for name in given:
        folder.mkdir()
        (folder / name).write_bytes(b"some")
    ended = start(tmp_path, "--dataset=mnist", f"--files_dir={tmp_path / 'files'}", "--steps=2")
    message = one_line(ended)
    assert str(folder) in message
    if given:
        assert "t10k-images-idx3-ubyte.gz" in message
        assert given[0] not in message
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "flag", ["--steps=0", "--batch_size=0", "--log_every=0", "--image_size=2", "--precision=half"]
)
def test_flags_have_bounds(train, flag):
    assert flag in one_line(train(flag))


@pytest.mark.parametrize("below", ["", "further/down"])
def test_a_file_where_the_runs_should_be(start, tmp_path, below):
    (tmp_path / "runs").write_text("a file")
    ended = start(tmp_path, "--steps=2", f"--run_dir={tmp_path / 'runs' / below}")
    assert str(tmp_path / "runs") in one_line(ended)
    assert files(tmp_path) == {"runs"}
    assert (tmp_path / "runs").read_text() == "a file"


def test_a_file_where_the_exports_should_be(start, tmp_path, no_training):
    (tmp_path / "exports").write_text("a file")
    assert str(tmp_path / "exports") in one_line(start(tmp_path, "--steps=2"))


@pytest.mark.parametrize("seed", [2**63, -(2**63) - 1])
def test_seeds_have_64_bits(start, tmp_path, no_training, seed):
    assert f"--seed={seed}" in one_line(start(tmp_path, "--steps=2", f"--seed={seed}"))


@pytest.mark.slow
def test_the_last_good_checkpoint_is_named(train, tmp_path):
    options = ["--set=learning_rate=1e6", "--set=width=4", "--save_every=1", "--sample_every=9"]
    places = [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    message = one_line(train("--recipe=lsgan", "--steps=6", *options, *places))
    found = re.fullmatch(r"step 2: (.*) not finite; .*the last good checkpoint is (.*)\.", message)
    run = tmp_path / "runs" / "00000-lsgan-digits"
    assert pathlib.Path(found[2]) == callbacks.checkpoints(run / "checkpoints")[0]
    assert found[2].startswith(str(run / "checkpoints" / "step-0000001-"))


@pytest.mark.slow
def test_a_learning_rate_out_of_this_world(start, tmp_path):
    options = ["--set=learning_rate=1e30", "--save_every=1", "--sample_every=9"]
    message = one_line(start(tmp_path, "--steps=6", *options))
    # The first picture is drawn at once: it is of weights of 1e30.
    assert re.fullmatch(
        r"step 1: images hold \d+ values that are not finite, .*; try a lower learning rate; "
        r"no checkpoint was written yet\.",
        message,
    )
    run = tmp_path / "runs" / "00000-infogan-digits"
    assert not (run / "summary.json").exists() and not list((tmp_path / "exports").iterdir())
