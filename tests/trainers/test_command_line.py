import os
import pathlib
import re
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

from tfgan_it import recipes
from trainers import command_line
from trainers.command_line import check_flag_files, hyperparameters, numbers, values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", [0]),
        ("7,3", [7, 3]),
        ("1,2,5-9", [1, 2, 5, 6, 7, 8, 9]),
        ("4-4", [4]),
        (" 1 , 2-3 ", [1, 2, 3]),
        ("2,2", [2, 2]),
        ("9223372036854775807", [2**63 - 1]),
    ],
)
def test_seeds(text, expected):
    assert numbers(text, "seeds") == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "''"),
        ("1,,2", "''"),
        ("1,two", "'two'"),
        ("9-5", "'9-5'"),
        ("-3", "'-3'"),
        ("1-2-3", "'1-2-3'"),
        ("1.5", "'1.5'"),
        ("1 2", "'1 2'"),
        ("3,5-x", "'5-x'"),
    ],
)
def test_invalid_seeds(text, part):
    with pytest.raises(ValueError) as error:
        numbers(text, "seeds")
    assert str(error.value).startswith(f"seeds: {part} is neither a number nor a range")


@pytest.mark.parametrize("text", ["5-", "²", "9223372036854775808"])
def test_more_invalid_seeds(text):
    with pytest.raises(ValueError, match="^seeds: "):
        numbers(text, "seeds")


@pytest.mark.parametrize(
    ("assignment", "name", "value"),
    [
        ("width=32", "width", 32),
        ("beta_1=0.25", "beta_1", 0.25),
        ("beta_1=0", "beta_1", 0),
        ("learning_rate=1e-4", "learning_rate", 1e-4),
        ("discriminator_learning_rate=2", "discriminator_learning_rate", 2),
        ("discriminator_learning_rate=None", "discriminator_learning_rate", None),
        ("moving_average=None", "moving_average", None),
        ("lambda_information={'category': 1.0, 'style': 0.1}", "lambda_information", {}),
        ("loss=minimax", "loss", "minimax"),
        ("loss='minimax'", "loss", "minimax"),
        ("loss=a=b", "loss", "a=b"),
        ("loss=", "loss", ""),
    ],
)
def test_hyperparameters(assignment, name, value):
    if value == {}:
        value = {"category": 1.0, "style": 0.1}
    found = hyperparameters(recipes.infogan, [assignment])
    assert found == {name: value}
    assert type(found[name]) is type(value)


def test_literals_of_every_kind():
    def recipe(sample_shape, *, a=None, b="", c=(), d=None, e=None, seed=0):
        """Takes anything."""

    given = ["a=True", "b=x y", "c=[1, 'two', 3.0]", "d={'k': [None, False]}", "e=(1, 2)"]
    assert hyperparameters(recipe, given) == {
        "a": True,
        "b": "x y",
        "c": [1, "two", 3.0],
        "d": {"k": [None, False]},
        "e": (1, 2),
    }


def test_the_last_of_two_assignments_counts():
    assert hyperparameters(recipes.infogan, ["width=8", "noise=3", "width=16"]) == {
        "width": 16,
        "noise": 3,
    }
    assert hyperparameters(recipes.infogan, []) == {}


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("wdith=3", "infogan.* 'wdith': use one of .*width.*nearest: width"),
        ("generator_learning_rate=3", "'generator_learning_rate': .*nearest: .*learning_rate"),
        ("disc_learning_rate=3", "'disc_learning_rate': .*nearest: .*learning_rate"),
        ("=3", "'': use one of "),
        ("width", "^--set takes name=value, got 'width'"),
        ("", "^--set takes name=value, got ''"),
        ("clip_norm=half", r"^--set clip_norm: must be a number such as 1\.0, got 'half'"),
        ("width=wide", "^--set width: must be a whole number such as 64, got 'wide'"),
        ("width=4.5", "^--set width: must be a whole number such as 64, got '4.5'"),
        ("width=", "^--set width: must be a whole number such as 64, got ''"),
        ("width=nan", "^--set width: must be a whole number such as 64, got 'nan'"),
        ("beta_1=half", "^--set beta_1: must be a number such as 0.5, got 'half'"),
        ("moving_average=off", "^--set moving_average: must be a number such as 0.999, got 'off'"),
    ],
)
def test_wrong_hyperparameters(assignment, message):
    with pytest.raises(ValueError, match=message) as error:
        hyperparameters(recipes.infogan, ["noise=3", assignment])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "assignment",
    ["width=None", "width=[1]", "width=1e400", "width=True", "width=4.0"]
    + ["beta_1=[1]", "beta_1=True", "loss={[]: 1}"],
)
def test_more_wrong_hyperparameters(assignment):
    name = assignment.split("=")[0]
    with pytest.raises(ValueError, match=f"^--set {name}"):
        hyperparameters(recipes.infogan, [assignment])


@pytest.mark.parametrize("recipe", recipes.RECIPES.values(), ids=recipes.RECIPES)
def test_nothing_but_the_flag_sets_the_seed(recipe):
    for name in ("seed", "sample_shape", "compile_arguments", "hyperparameters"):
        with pytest.raises(ValueError, match=f"'{name}': use one of ") as error:
            hyperparameters(recipe, [f"{name}=3"])
        assert name not in re.findall(r"\w+", str(error.value).split(": use one of ")[1])


def test_gan_shows_the_hyperparameters_of_dcgan():
    given = ["latent_dimension=3", "width=8", "kernel_size=3", "learning_rate=0.1", "loss=minimax"]
    assert hyperparameters(recipes.gan, given) == hyperparameters(recipes.dcgan, given)
    messages = []
    for recipe in (recipes.gan, recipes.dcgan):
        with pytest.raises(ValueError) as error:
            hyperparameters(recipe, ["x=1"])
        messages.append(str(error.value).split(": use one of ")[1])
    assert messages[0] == messages[1]


@pytest.mark.parametrize(
    ("recipe", "assignment", "value"),
    [
        (recipes.dcgan_ada, "geometric=False", {"geometric": False}),
        (recipes.fgan, "alternative=True", {"alternative": True}),
        (recipes.fgan, "divergence=kl", {"divergence": "kl"}),
        (recipes.dcgan, "normalization=None", {"normalization": None}),
        (recipes.dcgan, "normalization=spectral", {"normalization": "spectral"}),
        (recipes.sngan, "latent=uniform", {"latent": "uniform"}),
        (recipes.wgan, "limit=1", {"limit": 1}),
        (recipes.pacgan, "pack_size=3", {"pack_size": 3}),
        (recipes.adagan, "steps_per_component=9", {"steps_per_component": 9}),
    ],
)
def test_hyperparameters_of_other_recipes(recipe, assignment, value):
    found = hyperparameters(recipe, [assignment])
    assert found == value
    assert [type(each) for each in found.values()] == [type(each) for each in value.values()]


@pytest.mark.parametrize(
    ("recipe", "assignment", "kind"),
    [
        (recipes.dcgan_ada, "geometric=1", "True or False such as True"),
        (recipes.dcgan_ada, "geometric=no", "True or False such as True"),
        (recipes.fgan, "alternative=None", "True or False such as True"),
        (recipes.fgan, "divergence=3", "a name such as squared_hellinger"),
        (recipes.dcgan, "normalization=False", "a name such as batch"),
        (recipes.pacgan, "pack_size=2.0", "a whole number such as 2"),
    ],
)
def test_wrong_kinds_for_other_recipes(recipe, assignment, kind):
    name, text = assignment.split("=")
    with pytest.raises(ValueError) as error:
        hyperparameters(recipe, [assignment])
    assert str(error.value) == f"--set {name}: must be {kind}, got {text!r}."


def offered(recipe):
    """The names that the error of an unknown one lists."""
    with pytest.raises(ValueError) as error:
        hyperparameters(recipe, ["?=1"])
    listed = str(error.value).split(": use one of ")[1].split(" (nearest: ")[0]
    return set(listed.split(", "))


# Of every recipe: the optimisers, their rates, and the game.
COMMON = {"optimizer", "learning_rate", "discriminator_learning_rate", "beta_1", "beta_2"}
COMMON |= {"schedule", "decay_steps", "clip_norm", "discriminator_steps", "moving_average", "width"}


@pytest.mark.parametrize(
    ("recipe", "own", "without"),
    [
        (recipes.gan, set(), set()),
        (recipes.lsgan, {"a", "b", "c"}, {"loss"}),
        (recipes.fgan, {"divergence", "alternative"}, {"loss"}),
        (recipes.wgan, {"limit"}, set()),
        (recipes.r3gan, {"gamma"}, set()),
        (recipes.dcgan_ada, {"target", "images", "geometric"}, set()),
        (recipes.sngan, set(), {"kernel_size", "normalization"}),
        (
            recipes.infogan,
            {"noise", "categories", "continuous", "minimum_scale", "lambda_information"}
            | {"features", "encoder", "prior"},
            {"latent", "latent_dimension", "kernel_size", "depth", "normalization"},
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_can_be_set_beside_what_dcgan_has(recipe, own, without):
    dcgan = offered(recipes.dcgan)
    assert dcgan >= {"latent", "latent_dimension", "kernel_size", "depth", "normalization", "loss"}
    assert offered(recipe) - dcgan == own
    assert dcgan - offered(recipe) == without


@pytest.mark.parametrize("recipe", recipes.RECIPES.values(), ids=recipes.RECIPES)
def test_parts_that_are_objects_are_not_offered(recipe):
    names = offered(recipe)
    # Two generators and two discriminators have one rate, and one update of each.
    of_one_pair = {"discriminator_learning_rate", "discriminator_steps", "clip_norm"}
    assert names >= COMMON - (of_one_pair if recipe is recipes.RECIPES["cyclegan"] else set())
    assert names.isdisjoint(
        ["generator", "discriminator", "model", "augmentation", "discriminator_regularizers"]
        + ["seed", "name", "sample_shape", "conditions", "terms", "hyperparameters"]
    )


@pytest.fixture
def run(monkeypatch, capsys):
    """`command_line.run` of a main function: exit status, standard output, standard error."""

    def run(main, *arguments):
        values = flags.FlagValues()
        flags.DEFINE_bool("traceback", False, "", flag_values=values)

        def app_run(guarded, flags_parser):
            sys.exit(guarded(flags_parser(["program", *arguments])))

        with monkeypatch.context() as patch, pytest.raises(SystemExit) as exit_:
            patch.setattr(command_line, "FLAGS", values)
            patch.setattr(command_line.app, "run", app_run)
            command_line.run(main)
        return exit_.value.code, *capsys.readouterr()

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
    code = "from trainers import command_line\ncommand_line.run(lambda _: print('x'))"
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


@pytest.mark.parametrize("text", ["[" * 100_000, "-" * 100_000 + "1", "(" * 999 + ")" * 999])
def test_values_that_are_nested_too_deeply(text):
    try:
        parsed = values([f"a={text}"], "codes")
    except ValueError as error:
        assert str(error).startswith("A value is nested too deeply") and len(str(error)) < 200
    else:
        assert parsed == {"a": text}  # Not a literal: a string.


def test_a_missing_package_is_one_line(run):
    status, _, err = run(raising(ImportError("TFDS needs the package pydub: install it")))
    assert (status, err) == (2, "error: TFDS needs the package pydub: install it\n")


def test_arguments_without_a_name_are_refused(run):
    status, out, err = run(raising(AssertionError("it ran")), "steps=3", "more")
    assert (status, out) == (2, "")
    assert err == "error: Unexpected argument 'steps=3': options look like --name=value.\n"


@pytest.mark.parametrize("status", [None, 0, 143])
def test_the_status_is_that_of_main(run, status):
    assert run(lambda arguments: status)[0] == status


def test_values_by_name():
    assert values(["a=3", "b=[1.5, 0]", "c=red", "a=4"], "codes") == {
        "a": 4,
        "b": [1.5, 0],
        "c": "red",
    }
    with pytest.raises(ValueError, match=r"^--codes takes name=value, got 'a'\.$"):
        values(["a"], "codes")


def test_numbers_name_the_flag():
    with pytest.raises(ValueError, match="^condition: 'x' is neither a number nor a range"):
        numbers("0,x", "condition")


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
