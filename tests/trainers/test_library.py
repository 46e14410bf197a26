"""What programs import before the library, and that they are quick about it."""

import pathlib
import subprocess
import sys

import pytest

import trainers
from trainers import programs

CHECKOUT = pathlib.Path(trainers.__file__).parents[1]


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, timeout=120
    )


def test_no_program_imports_keras_before_it_is_needed():
    ended = python(
        "import sys\n"
        "from trainers import programs\n"
        "from trainers.recipe_table import recipe_table\n"
        "print(programs.help_text(), recipe_table())\n"
        "heavy = {'keras', 'tensorflow', 'numpy', 'scipy', 'yaml', 'tfgan_it'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("package", ["trainers", "experiments"])
@pytest.mark.parametrize(("given", "kept"), [(None, "1"), ("0", "0")])
def test_programs_turn_on_onednn_before_tensorflow_is_imported(package, given, kept, monkeypatch):
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    if given:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", given)
    ended = python(
        f"import os, sys, {package}\n"
        "print(os.environ['TF_ENABLE_ONEDNN_OPTS'], 'tensorflow' in sys.modules)"
    )
    assert ended.stdout == f"{kept} False\n"


@pytest.mark.slow
def test_the_whole_library_comes_without_log_lines():
    ended = python(
        "from trainers.library import import_whole\n"
        "import_whole()\n"
        "import tfgan_it\n"
        "from tfgan_it.errors import one_line\n"
        "assert tfgan_it.errors.one_line is one_line and tfgan_it.files.local_path\n"
        "tfgan_it.recipes.gan((2,), width=4)"
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_other_lines_of_an_import_are_kept():
    ended = python(
        "import os\n"
        "from trainers.library import without_log_lines\n"
        "with without_log_lines():\n"
        "    os.write(2, b'I0000 00:00:1 1 x.cc:1] hello\\nF0000 00:00:1 1 x.cc:2] no AVX\\n')\n"
    )
    assert (ended.returncode, ended.stderr) == (0, "F0000 00:00:1 1 x.cc:2] no AVX\n")


def test_the_last_words_of_a_library_that_aborts_are_kept():
    ended = python(
        "import os\n"
        "from trainers.library import without_log_lines\n"
        "with without_log_lines():\n"
        "    os.write(2, b'F0000 00:00:1 1 x.cc:2] no AVX\\n')\n"
        "    os.abort()\n"
    )
    assert (ended.returncode, ended.stderr) == (-6, "F0000 00:00:1 1 x.cc:2] no AVX\n")


def test_without_standard_error_the_library_is_imported_as_well():
    ended = python(
        "import os, sys\n"
        "from trainers.library import without_log_lines\n"
        "os.close(2)\n"
        "with without_log_lines():\n"
        "    print('imported')\n"
    )
    assert (ended.returncode, ended.stdout) == (0, "imported\n")


@pytest.mark.parametrize("name", programs.NAMES)
def test_each_flag_is_in_a_group_of_the_help(name):
    program = programs.program(name)
    values = program.new_flags()
    grouped = [
        flag.name for group in program.groups() for flag in values.get_flags_for_module(group)
    ]
    assert sorted(grouped) == sorted(
        {*program.own_flags, "help", "helpfull", "config", "traceback"}
    )
    assert program.name == name
