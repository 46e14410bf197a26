"""The programs as subcommands of one."""

import sys

import pytest

from support.run_files import options
from tfgan_it import __version__
from trainers import command_line, programs


@pytest.fixture
def tfgan_it(monkeypatch, capsys):
    """`tfgan-it` of arguments: exit status, standard output, standard error."""

    def tfgan_it(*arguments):
        monkeypatch.setattr(sys, "argv", ["/usr/bin/tfgan-it", *map(str, arguments)])
        monkeypatch.setattr(
            command_line,
            "run",
            lambda program, given: sys.exit(command_line.execute(program, given)),
        )
        try:
            programs.main()
            status = 0
        except SystemExit as exit_:
            status = exit_.code
        return status, *capsys.readouterr()

    return tfgan_it


@pytest.mark.parametrize("arguments", [[], ["--help"], ["help"], ["-h"]])
def test_help_has_a_line_for_each_program(tfgan_it, arguments):
    status, out, err = tfgan_it(*arguments)
    assert (status, err) == (0, "")
    for name in programs.NAMES:
        assert f"\n  {name:<11}{programs.program(name).about.splitlines()[0]}\n" in out


def test_its_version(tfgan_it):
    assert tfgan_it("--version") == (0, f"tfgan_it {__version__}\n", "")


@pytest.mark.parametrize(
    ("command", "nearest"), [("trian", "train"), ("sampel", "sample"), ("--recipe=gan", "")]
)
def test_a_misspelt_command_is_one_line(tfgan_it, command, nearest):
    status, out, err = tfgan_it(command)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(
        f"error: Unknown command '{command}': use one of train, report, compare, sample, "
    )
    assert f"(nearest: {nearest}" in err


@pytest.mark.parametrize("name", programs.NAMES)
def test_help_of_each_program(tfgan_it, name):
    status, out, err = tfgan_it(name, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(programs.program(name).about.splitlines()[0])
    assert "\ncommand line:\n  --config: " in out and "--logtostderr" not in out
    assert "--[no]logtostderr" in tfgan_it(name, "--helpfull")[1]


@pytest.mark.parametrize("order", [("--help", "--recipe=wgan"), ("--recipe=wgan", "--list")])
def test_hyperparameters_of_a_recipe(tfgan_it, order):
    status, out, err = tfgan_it("train", *order)
    assert (status, err) == (0, "")
    assert "\n  limit: Largest absolute value of the critic's kernels; the paper's c.\n" in out
    assert "\n    (default: 0.01; float)\n" in out
    status, out, err = tfgan_it("train", "--help", "--recipe=wgna")
    assert (status, out) == (2, "") and "(nearest: wgan)" in err


def test_a_flag_is_checked_before_anything_is_imported(tfgan_it):
    for given, wanted in (
        ("--stesp=1", "Unknown command line flag 'stesp' (nearest: --steps); --help lists all."),
        ("--precision=mixed_bfloat", "(nearest: mixed_bfloat16)"),
        ("--set=widht=1", "(nearest: width)"),
        ("--recipe=infogam", "(nearest: infogan)"),
        ("--metrics=coverag", "(nearest: coverage)"),
    ):
        status, out, err = tfgan_it("train", given)
        assert (status, out, err.count("\n")) == (2, "", 1)
        assert wanted in err


@pytest.mark.slow
def test_a_run_records_how_it_was_started(tfgan_it, tmp_path):
    small = ["--recipe=dcgan", "--dataset=ring", "--set=width=2", "--batch_size=8", "--steps=1"]
    folders = [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}"]
    status, _, err = tfgan_it("train", *small, *folders)
    assert (status, err) == (0, "")
    assert (tmp_path / "runs" / "00000-dcgan-ring" / "options.json").read_text().count(
        '"command": "tfgan-it train --recipe=dcgan'
    ) == 1
    assert options(tmp_path / "runs" / "00000-dcgan-ring")["recipe"] == "dcgan"
