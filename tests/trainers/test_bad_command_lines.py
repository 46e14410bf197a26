"""Mistakes on the command lines of all programs: one line each, exit status 2, nothing written."""

import json
import re

import pytest

from support.run_files import one_line

TWO = '{"cluster": {"worker": ["127.0.0.1:1", "127.0.0.1:2"]}, "task": '

TRAIN = [
    # Flags that do not parse.
    ("--stpes=3", "Unknown command line flag 'stpes'"),
    ("--steps", "Missing value for flag --steps"),
    ("--steps=", "--steps="),
    ("--steps=many", "--steps=many"),
    ("--steps=1.5", "--steps=1.5"),
    ("--steps=1e3", "--steps=1e3"),
    ("--steps=0", "--steps=0"),
    ("--steps=-5", "--steps=-5"),
    (f"--steps={10**30}", "--steps=10000"),
    ("--batch_size=0", "--batch_size=0"),
    ("--batch_size=16,32", "--batch_size=16,32"),
    (f"--batch_size={2**63}", "--batch_size=9223372036854775808"),
    ("--image_size=3", "--image_size=3"),
    ("--image_size=28x28", "--image_size=28x28"),
    ("--seed=x", "--seed=x"),
    ("--seed=1.5", "--seed=1.5"),
    (f"--seed={2**63}", "--seed=9223372036854775808"),
    (f"--seed={-(2**63) - 1}", "--seed=-9223372036854775809"),
    ("--precision=half", "--precision=half"),
    ("--precision=", "--precision is empty"),
    ("--jit=perhaps", "--jit=perhaps"),
    ("--condition=digit", "--condition=digit"),
    ("--learning_rate=fast", "--learning_rate=fast"),
    ("--clip_norm=[1]", "--clip_norm=\\[1\\]"),
    ("--log_every=0", "--log_every=0"),
    ("--save_every=0", "--save_every=0"),
    ("--sample_every=-1", "--sample_every=-1"),
    ("--monitor_every=-1", "--monitor_every=-1"),
    ("--keep=0", "--keep=0"),
    ("--dry_run=maybe", "--dry_run=maybe"),
    ("--flagfile=/nowhere/flags", "/nowhere/flags"),
    ("--flagfile=/dev/zero", "--flagfile=/dev/zero must be a file of at most 1 MiB"),
    ("--flagfile", "/dev/zero", "--flagfile=/dev/zero must be a file of at most 1 MiB"),
    ("--flagfile=/", "--flagfile=/ must be a file"),
    ("--traceback=deep", "--traceback=deep"),
    ("steps=3", "Unexpected argument 'steps=3'"),
    ("train", "Unexpected argument 'train'"),
    ("--", "recipe", "Unexpected argument 'recipe'"),
    # Names.
    ("--recipe=", "--recipe is empty: give a value, or leave it out"),
    ("--recipe=infogn", "nearest: infogan"),
    ("--recipe=InfoGAN2", "Unknown recipe 'InfoGAN2'"),
    ("--recipe=cyclegan", "Unknown hyperparameter of cyclegan 'features'"),
    ("--recipe=../infogan", "Unknown recipe '../infogan'"),
    ("--dataset=digts", "no data set 'digts'"),
    ("--dataset=", "--dataset is empty"),
    ("--dataset=/nowhere/images", "/nowhere/images"),
    ("--dataset=/nowhere/images.npz", "images.npz"),
    ("--dataset=/dev/null", "/dev/null"),
    ("--dataset=gs://bucket/images", "must be a path on this machine|gs://bucket/images"),
    ("--dataset=~nobody-at-all/images", "nobody-at-all"),
    ("--dataset=ring", "--image_size=8", "no image_size"),
    ("--strategy=mirored", "nearest: mirrored"),
    ("--strategy=", "--strategy is empty"),
    ("--optimizer=adm", "nearest: adam"),
    ("--schedule=linaer", "nearest: linear"),
    ("--keep_best=js_nat", "nearest: js_nats"),
    # Hyperparameters.
    ("--set=width", "--set takes name=value, got 'width'"),
    ("--set=", "--set takes name=value, got ''"),
    ("--set==3", "'': use one of"),
    ("--set=widht=3", "nearest: width"),
    ("--set=seed=3", "'seed': use one of"),
    ("--set=width=many", "must be a whole number such as 64, got 'many'"),
    ("--set=width=4.5", "must be a whole number such as 64, got '4.5'"),
    ("--set=width=True", "must be a whole number such as 64, got 'True'"),
    ("--set=width=None", "must be a whole number such as 64, got 'None'"),
    ("--set=width=[4]", "must be a whole number such as 64"),
    ("--set=width=0", "width"),
    ("--set=width=-4", "width"),
    ("--set=width=99999999999", "memory"),
    ("--set=noise=100000000000", "memory|noise"),
    ("--set=categories=1000000000000", "memory|categories"),
    (f"--set=width={'-' * 100_000}1", "nested too deeply|must be a whole number"),
    ("--set=beta_1=1", "beta_1"),
    ("--set=beta_1=nan", "beta_1"),
    ("--set=beta_1=half", "must be a number such as 0.5, got 'half'"),
    ("--set=moving_average=2", "decay must be in|moving_average"),
    ("--set=loss=minmax", "nearest: minimax"),
    ("--set=discriminator_steps=0", "discriminator_steps"),
    ("--set=discriminator_steps=1000000000", "1437 images given, at least"),
    ("--set=lambda_information={}", "lambda_information"),
    ("--set=lambda_information={'colour': 1.0}", "colour"),
    ("--learning_rate=0", "learning_rate must be above 0"),
    ("--learning_rate=-1", "learning_rate must be above 0"),
    ("--learning_rate=nan", "must be a number such as 0.001, got 'nan'"),
    ("--clip_norm=-1", "clip_norm must be above 0"),
    # Sizes.
    ("--batch_size=1438", "1437 images given, at least 1438 are needed"),
    ("--image_size=10", "divisible by 4"),
    ("--image_size=100000", "memory"),
    ("--image_size=2147483647", "memory|image_size"),
    # Conditions.
    ("--condition=label", "the recipe infogan takes none"),
    ("--recipe=acgan", "--dataset=FOLDER", "--set=width=4", "FOLDER"),
    # Places.
    ("--resume=none", "No run in none"),
    ("--resume=/dev/null", "No run in /dev/null"),
    ("--run_dir=gs://bucket/runs", "must be a path on this machine"),
    ("--run_dir=~nobody-at-all/runs", "nobody-at-all"),
    ("--run_dir=/dev/null/runs", "/dev/null is a file"),
    ("--export_dir=s3://bucket/exports", "must be a path on this machine"),
    ("--export_dir=/dev/null/exports", "/dev/null is a file"),
    ("--run_dir=", "--run_dir is empty"),
    ("--export_dir=", "--export_dir is empty"),
    ("--resume=", "--resume is empty"),
    ("--files_dir=", "--files_dir is empty"),
    ("--wait=-1", "--wait=-1"),
    ("--wait=nan", "--wait must be at least 0 and finite, got nan"),
    ("--wait=inf", "--wait must be at least 0 and finite, got inf"),
]

SAMPLE = [
    ((), "^error: Give --model: Folder of a run|^Give --model: Folder"),
    (("--model=none",), "No run and no .keras file at none"),
    (("--model=",), "--model is empty"),
    (("--model=none.keras",), "No run and no .keras file at none.keras"),
    (("--model=/dev/null",), "No run and no .keras file at /dev/null"),
    (("--model=.",), "No run in"),
    (("--model=x", "--rows=0"), "--rows=0"),
    (("--model=x", "--columns=0"), "--columns=0"),
    (("--model=x", "--steps=1"), "--steps=1"),
    (("--model=x", "--frames=0"), "--frames=0"),
    (("--model=x", "--frames=many"), "--frames=many"),
    (("--model=x", "--codes=category"), "--codes takes name=value"),
    (("--model=x", f"--codes=a={'[' * 9999}"), "nested too deeply|No run"),
    (("--model=x", "--codez=category=3"), "Unknown command line flag 'codez'"),
    (("--model=x", "more"), "Unexpected argument 'more'"),
]

EXPORT = [
    ((), "Give --model: Folder of a run, or a .keras file."),
    (("--model=none",), "No run and no .keras file at none"),
    (("--model=none.keras",), "No run and no .keras file"),
    (("--model=x", "--version=0"), "--version=0"),
    (("--model=x", "--version=new"), "--version=new"),
    (("--model=.", "--name=../x"), "--name must have 1 to 100 printable characters"),
    (("--model=x", "--name="), "--name is empty"),
    (("--model=x", "--export_dir="), "--export_dir is empty"),
    (("--model=x", "--nam=y"), "Unknown command line flag 'nam'"),
]

BENCHMARK = [
    (("--recipe=infogn",), "Unknown hand-written loop 'infogn'"),
    (("--recipe=began",), "Unknown hand-written loop 'began'"),
    (("--image_size=7",), "--image_size=7"),
    (("--image_size=30",), "divisible by 4"),
    (("--channels=0",), "--channels=0"),
    (("--rounds=0",), "--rounds=0"),
    (("--steps=none",), "--steps=none"),
    (("--set=widht=3",), "nearest: width"),
    (("--set=width=wide",), "must be a whole number"),
    (("--set=width=999999999",), "memory"),
    (("--alone=train",), "--alone=train"),
    (("fast",), "Unexpected argument 'fast'"),
]

EVALUATE = [
    ((), "Give --suite: One of mode_coverage, quality, "),
    (("--suite=",), "--suite is empty"),
    (("--suite=mode_covrage",), "nearest: mode_coverage"),
    (("--suite=quality", "--workers=0"), "--workers=0"),
    (("--suite=quality", "--seeds="), "--seeds is empty"),
    (("--suite=quality", "--recipes="), "--recipes is empty"),
    (("--suite=quality", "--out="), "--out is empty"),
    (("--suite=quality", "--seeds=1-"), "ranges such as 5-9, got '1-'"),
    (("--suite=quality", "--seeds=9-5"), "ranges such as 5-9, got '9-5'"),
    (
        ("--suite=quality", "--seeds=0-99999999999"),
        "--seeds: '0-99999999999' has more than 1000000",
    ),
    (("--suite=mode_coverage", "--recipes=ganz"), "'ganz'"),
    (("--suite=mode_coverage", "--recipes=../x"), "'../x'"),
    (("--suite=quality", "--quick=very"), "--quick=very"),
    (("images",), "Give --suite|Unexpected argument"),
]

CARD = [
    ((), "Give RUN; RUN is missing"),
    (("9",), "9"),
    (("model.keras",), "model.keras does not tell its data: give them by --dataset=NAME"),
    (("model.keras", "--dataset=digits"), "model.keras"),
    (("9", "--samples=19"), "--samples=19"),
    (("9", "--gilbo_steps=-1"), "--gilbo_steps=-1"),
    (("9", "--dataset="), "--dataset is empty"),
]

PROGRAMS = {
    "card": CARD,
    "sample": SAMPLE,
    "export": EXPORT,
    "benchmark": BENCHMARK,
    "evaluate": EVALUATE,
}


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """Runs a program in an empty folder; returns the line that it ends with."""
    monkeypatch.chdir(tmp_path)

    def refused(program, *arguments):
        line = one_line(program(*arguments))
        assert line.isprintable() and len(line) < 1100
        assert not list(tmp_path.iterdir())
        return line

    return refused


@pytest.mark.parametrize("arguments", TRAIN, ids=lambda arguments: " ".join(arguments[:-1])[:60])
def test_train(train, refused, no_training, arguments):
    *arguments, message = arguments
    # The smallest networks, unless others are asked for.
    small = [] if "--recipe=acgan" in arguments else ["--set=width=2", "--set=features=4"]
    assert re.search(message, refused(train, *small, *arguments))
    assert not no_training.calls


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [(name, *case) for name, cases in PROGRAMS.items() for case in cases],
)
def test_other_programs(request, refused, name, arguments, message):
    assert re.search(message, refused(request.getfixturevalue(name), *arguments))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "needs TF_CONFIG in the environment"),
        ("", "needs TF_CONFIG in the environment"),
        ("x", "TF_CONFIG is not JSON"),
        ("[]", "TF_CONFIG is not a JSON object"),
        (TWO + "null}", "TF_CONFIG needs a task whose type is worker"),
        (TWO + '{"type": "worker", "index": -1}}', "index is from 0 to 1, got -1"),
        (json.dumps({"cluster": {"worker": "127.0.0.1:1"}}), "TF_CONFIG needs a list of host:port"),
    ],
)
def test_clusters(train, refused, no_training, monkeypatch, config, message):
    if config is None:
        monkeypatch.delenv("TF_CONFIG", raising=False)
    else:
        monkeypatch.setenv("TF_CONFIG", config)
    assert message in refused(train, "--strategy=multi_worker")


def test_there_are_a_hundred():
    assert len(TRAIN) + sum(map(len, PROGRAMS.values())) > 100
