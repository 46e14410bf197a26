import os
import pathlib
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib

import pytest
import tensorflow as tf
from absl import flags

from trainers import command_line
from trainers.command_line import check_flag_files


@pytest.fixture
def run(capsys):
    """`command_line.execute` of a main function: exit status, standard output, standard error."""

    def run(main, *arguments):
        def of_arguments(_, given):
            return main(given)

        program = command_line.Program("program", "A program.", flags.FlagValues(), of_arguments)
        try:
            status = command_line.execute(program, arguments)
        except SystemExit as exit_:
            status = exit_.code
        return status, *capsys.readouterr()

    return run


def raising(error):
    def main(arguments):
        print("so far")
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("one\n  two\tthree"), "error: one two three\n"),
        (FileNotFoundError("no run in x"), "error: no run in x\n"),
        (OSError(28, "No space left on device", "y"), "y'\n"),
    ],
)
def test_errors_of_a_user_are_one_line(run, error, line):
    status, out, err = run(raising(error))
    assert (status, out) == (2, "so far\n")
    assert err.startswith("error: ") and err.endswith(line)
    assert err.count("\n") == 1


DEEP = "error: An argument or a file is nested too deeply.\n"
MEMORY = "use a smaller batch, smaller samples or smaller networks."
WHERE = "(--traceback shows where)"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (TypeError("one\ntwo"), f"TypeError: one two {WHERE}"),
        (KeyError("codes"), f"KeyError: 'codes' {WHERE}"),
        (ZeroDivisionError(), f"ZeroDivisionError: no message {WHERE}"),
        (ValueError(), f"ValueError: no message {WHERE}"),
        (RuntimeError("x"), f"RuntimeError: x {WHERE}"),
        (OverflowError("too large"), f"OverflowError: too large {WHERE}"),
        (struct.error("bad char"), f"error: struct.error: bad char {WHERE}"),
        (zlib.error("incorrect header"), f"error: zlib.error: incorrect header {WHERE}"),
        (zipfile.BadZipFile("no zip"), f"BadZipFile: no zip {WHERE}"),
        (tarfile.ReadError("no tar"), f"ReadError: no tar {WHERE}"),
        (AssertionError("no"), f"AssertionError: no {WHERE}"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "position 0: bad"),
        (MemoryError(), f"Not enough memory: {MEMORY}"),
        (
            tf.errors.ResourceExhaustedError(
                None, None, "{{function_node f}} OOM of [9,9] [Op:Add] name: "
            ),
            f"Not enough memory: OOM of [9,9] name:; {MEMORY}",
        ),
        (tf.errors.InvalidArgumentError(None, None, "{{node a/b}} no\nway"), "no way"),
        (ValueError("\x1b[1mbold\x1b[0m \x1b]0;title\x07 \u202e."), "error: bold ]0;title ."),
        (ValueError("word " * 9999), "word word ..."),
    ],
)
def test_every_error_is_one_printable_line(run, error, line):
    status, out, err = run(raising(error))
    assert (status, out) == (2, "so far\n")
    assert err.startswith("error: ") and line in err
    assert err.endswith("\n") and err[:-1].isprintable() and len(err) < 1100


def test_deep_recursion_is_one_line(run):
    def main(arguments):
        return main(arguments)

    assert run(main) == (2, "", DEEP)


def test_a_warning_is_one_line(run, monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # Restored at the end.

    def main(arguments):
        warnings.warn("3 images are left out\n(3 in val)", stacklevel=1)

    status, _, err = run(main)
    assert status in (0, None) and err == "warning: 3 images are left out (3 in val)\n"


def test_the_whole_traceback_is_printed_on_request(run):
    status, _, err = run(raising(TypeError("x")), "--traceback")
    assert status == 2
    assert err.startswith("Traceback (most recent call last):") and "raise error" in err
    assert err.endswith(f"\nerror: TypeError: x {WHERE}.\n")


def test_an_interrupt_ends_as_a_shell_expects(run):
    assert run(raising(KeyboardInterrupt())) == (130, "so far\n", "error: Interrupted.\n")


@pytest.mark.parametrize("flag", ["--stpes=1", "--traceback=perhaps", "--flagfile=/none"])
def test_flags_that_cannot_be_parsed_are_one_line(run, flag):
    status, out, err = run(raising(AssertionError("it ran")), flag)
    assert (status, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1
    assert flag.strip("-").split("=")[0] in err or "/none" in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "status", "line"),
    [("/dev/full", 2, "No space left on device"), (None, 141, "")],
)
def test_nobody_takes_the_output(target, status, line):
    """In a process of its own: its standard output is a full disk, or a pipe without a reader."""
    code = """
from absl import flags
from trainers.command_line import Program, run
run(Program("program", "", flags.FlagValues(), lambda values, arguments: print("x")))"""
    reader = None
    if target:
        out = os.open(target, os.O_WRONLY)
    else:
        reader, out = os.pipe()
        os.close(reader)
    checkout = pathlib.Path(command_line.__file__).parents[1]
    process = subprocess.run(
        [sys.executable, "-c", code], stdout=out, stderr=subprocess.PIPE, text=True, cwd=checkout
    )
    os.close(out)
    assert process.returncode == status
    assert process.stderr.count("error: ") == bool(line) and line in process.stderr
    assert "Traceback" not in process.stderr and "Exception ignored" not in process.stderr


def test_a_missing_package_is_one_line(run):
    status, _, err = run(raising(ImportError("TFDS needs the package pydub: install it")))
    assert (status, err) == (2, "error: TFDS needs the package pydub: install it\n")


def test_arguments_without_a_name_are_refused(run):
    status, out, err = run(raising(AssertionError("it ran")), "steps=3", "more")
    assert (status, out) == (2, "")
    assert err == "error: Unexpected argument 'steps=3': options look like --name=value.\n"


@pytest.mark.parametrize("status", [None, 0, 143])
def test_the_status_is_that_of_main(run, status):
    assert run(lambda arguments: status)[0] == (status or 0)


def test_a_flag_file_may_name_others_that_end(tmp_path):
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    outer.write_text(f"--steps=3\n--flagfile={inner}\n--flagfile={outer}\n")
    inner.write_text("--seed=1\n")
    check_flag_files(["--steps=2", f"--flagfile={outer}"])
    for text in ("--flagfile=/dev/zero\n", "#" * 2**20 + "\n"):
        inner.write_text(text)
        with pytest.raises(ValueError, match=r"^--flagfile=/.* must be a file of at most 1 MiB\.$"):
            check_flag_files(["-flagfile", str(outer)])
    check_flag_files(["--", f"--flagfile={outer}"])
