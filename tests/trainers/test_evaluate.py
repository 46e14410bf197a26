"""The program that compares systems; its suites are tested in `tests/experiments/`."""

import sys

import pytest

from experiments.suites import mode_coverage_suite, quality_suite
from experiments.suites.jobs import Engine, ShardEnded, usable_cores
from support.run_files import files, one_line
from trainers.evaluate import suite_module


@pytest.fixture
def asked(monkeypatch):
    """What the mode-coverage suite is asked for, in place of running it."""
    calls = []

    def suite(*arguments):
        calls.append(arguments)
        return "| a table |"

    monkeypatch.setattr(mode_coverage_suite, "run", suite)
    return calls


def test_flags_reach_the_suite(evaluate, asked, tmp_path):
    out = tmp_path / "results"
    chosen = ["--recipes=gan,wgan", "--seeds=7,1-2", "--workers=3", f"--out={out}"]
    ended = evaluate("--suite=mode_coverage", *chosen)
    assert (ended.status, ended.err) == (0, "")
    assert asked == [(out, ["gan", "wgan"], [7, 1, 2], False, Engine(3))]
    assert ended.out == f"| a table |\nresults  {out}\n"


@pytest.mark.parametrize(
    ("arguments", "folder", "seeds", "quick"),
    [
        ([], "results/mode_coverage", [0, 1, 2], False),
        (["--quick"], "results/mode_coverage-quick", [0], True),
        (["--quick", "--seeds=4,5"], "results/mode_coverage-quick", [4], True),
    ],
)
def test_defaults(evaluate, asked, arguments, folder, seeds, quick):
    assert evaluate("--suite=mode_coverage", *arguments).status == 0
    [(out, names, *rest)] = asked
    assert (str(out), names, rest) == (folder, None, [seeds, quick, Engine(usable_cores())])


def test_what_is_named_twice_is_run_once(evaluate, asked):
    assert evaluate("--suite=mode_coverage", "--recipes=gan,wgan,gan", "--seeds=0,0-1").status == 0
    assert asked[0][1:3] == (["gan", "wgan"], [0, 1])


def test_raw_files_reach_the_images(evaluate, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(quality_suite, "run", lambda *given: asked.append(given))
    chosen = ["--recipes=gan", "--seeds=3", "--workers=1", f"--out={tmp_path}"]
    assert evaluate("--suite=quality", "--files_dir=raw", *chosen).status == 0
    assert evaluate("--suite=quality", *chosen).status == 0
    common = (tmp_path, ["gan"], [3], False, Engine(1))
    assert asked == [(*common, raw, "mixed_bfloat16") for raw in ("raw", None)]


def test_a_shard_says_where_its_records_are(evaluate, asked, monkeypatch):
    def suite(out, names, seeds, quick, engine, files_dir, precision):
        assert engine.shard == (2, 8)
        raise ShardEnded("shard 2/8: 3 runs  there")

    monkeypatch.setattr(quality_suite, "run", suite)
    ended = evaluate("--suite=quality", "--shard=2/8")
    assert (ended.status, ended.out) == (0, "shard 2/8: 3 runs  there\n")
    assert evaluate("--suite=mode_coverage", "--merge", "--workers=1").status == 0
    assert asked[0][-1] == Engine(1, merge=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--suite=mode_coverege"],
            "Unknown suite 'mode_coverege': use one of clustering, conditional, disentanglement, "
            "editing, information, known_information, mode_coverage, multimodal, "
            "mutual_information, pixels, quality, text_to_image, translation, video, waveform "
            "(nearest: mode_coverage).",
        ),
        (["--suite=mode_coverage", "--recipes=gan,wgna"], "Unknown recipe 'wgna': use one of "),
        (["--suite=mode_coverage", "--recipes=wgna"], "(nearest: wgan)."),
        (["--suite=quality", "--recipes=wgna"], "(nearest: wgan)."),
        (
            ["--suite=mode_coverage", "--recipes=dcgan_ada,gan"],
            "dcgan_ada is not for points: its augmentations are of images.",
        ),
        (
            ["--suite=mutual_information", "--recipes=gan"],
            "The suite mutual_information compares losses and has no recipes, got "
            "--recipes=gan: leave it out.",
        ),
        (["--suite=mode_coverage", "--seeds=2-1"], "and ranges such as 5-9, got '2-1'"),
        (["--suite=quality", "more"], "Unexpected argument 'more'"),
        (["--suite=quality", "--shard=3"], "--shard must be i/n with i from 1 to n, such as 2/8"),
        (["--suite=quality", "--shard=0/2"], "got '0/2'"),
        (["--suite=quality", "--merge", "--shard=1/2"], "--merge only reads what shards have"),
    ],
)
def test_a_mistake_is_one_line_and_no_results(evaluate, tmp_path, arguments, message):
    assert message in one_line(evaluate(f"--out={tmp_path / 'out'}", *arguments))
    assert not files(tmp_path) and not (tmp_path / "out").exists()


@pytest.mark.slow
def test_without_a_checkout_there_are_no_suites(evaluate, monkeypatch):
    monkeypatch.setitem(sys.modules, "experiments.suites.jobs", None)
    monkeypatch.setitem(sys.modules, "experiments.suites", None)
    assert "run python -m trainers.evaluate from a checkout" in one_line(
        evaluate("--suite=quality")
    )


@pytest.mark.parametrize("arguments", [[], ["--suite=quality", "--workers=0"]])
def test_flags_have_bounds(evaluate, arguments):
    wanted = arguments[-1] if arguments else "--suite"
    assert wanted in one_line(evaluate(*arguments))


def test_without_matplotlib_a_suite_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    for name in [name for name in sys.modules if name.startswith("experiments.suites.inform")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=r"^The suite information_suite needs .*\[plots\]'\.$"):
        suite_module("information_suite")
