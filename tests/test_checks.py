"""Arguments that are refused in one line, and what they may be."""

import functools
import math

import numpy as np
import pytest

from support.small_models import NOISE, small_model
from tfgan_it.checks import (
    check_above,
    check_at_least,
    check_base,
    check_choice,
    check_finite,
    check_in_range,
    check_integer,
    check_name,
)
from tfgan_it.conditions import ConditionDict, Label
from tfgan_it.latents import Normal, Product

NOT_NUMBERS = ["1", None, True, math.nan, np.nan, 1j, [1.0], np.ones(2), object]


class Owner:
    pass


CHECKS = {
    "at least 0": functools.partial(check_at_least, minimum=0, infinite=True),
    "above 0": functools.partial(check_above, limit=0, infinite=True),
    "above 0, or None": functools.partial(check_above, limit=0, infinite=True, optional=True),
    "in [0, 1]": functools.partial(check_in_range, low=0, high=1),
    "in [0, 1)": functools.partial(check_in_range, low=0, high=1, ends="[)"),
    "in (0, 1]": functools.partial(check_in_range, low=0, high=1, ends="(]"),
    "in (0, 1)": functools.partial(check_in_range, low=0, high=1, ends="()"),
    "a finite number": check_finite,
    "a whole number": check_integer,
    "a whole number of at least 2": functools.partial(check_integer, minimum=2),
    "a whole number of at least 2, or None": functools.partial(
        check_integer, minimum=2, optional=True
    ),
}
# Of 0, 1, 2, 0.5, -1 and infinity, which each of them takes.
TAKES = {
    "at least 0": [0, 1, 2, 0.5, math.inf],
    "above 0": [1, 2, 0.5, math.inf],
    "above 0, or None": [1, 2, 0.5, math.inf],
    "in [0, 1]": [0, 1, 0.5],
    "in [0, 1)": [0, 0.5],
    "in (0, 1]": [1, 0.5],
    "in (0, 1)": [0.5],
    "a finite number": [0, 1, 2, 0.5, -1],
    "a whole number": [0, 1, 2, -1],
    "a whole number of at least 2": [2],
    "a whole number of at least 2, or None": [2],
}


@pytest.mark.parametrize("allowed", CHECKS)
def test_valid_and_invalid_values(allowed):
    for value in [0, 1, 2, 0.5, -1, math.inf]:
        if value in TAKES[allowed]:
            assert CHECKS[allowed](Owner(), "size", value) == value
            continue
        with pytest.raises(ValueError) as error:
            CHECKS[allowed](Owner(), "size", value)
        assert str(error.value) == f"Owner: size must be {allowed}, got {value}."


@pytest.mark.parametrize("check", [check_at_least, check_above])
def test_infinity_is_refused_unless_it_is_allowed(check):
    with pytest.raises(ValueError, match=r"^Owner: size must be finite, got inf\.\Z"):
        check(Owner(), "size", math.inf, 0)
    assert check(Owner(), "size", math.inf, 0, infinite=True) == math.inf


@pytest.mark.parametrize("value", NOT_NUMBERS, ids=repr)
@pytest.mark.parametrize("allowed", CHECKS)
def test_what_is_not_a_number_is_refused_in_one_line(allowed, value):
    if value is None and "None" in allowed:
        assert CHECKS[allowed]("Owner", "size", value) is None
        return
    with pytest.raises(ValueError, match=r"^Owner: size must be .*, got .*\.\Z"):
        CHECKS[allowed]("Owner", "size", value)


@pytest.mark.parametrize("value", [np.float32(0.5), np.float64(0.5), np.int64(1), np.uint8(1)])
def test_numbers_of_numpy_are_numbers(value):
    assert check_above("Owner", "size", value, 0) == value


def test_integers_of_numpy_become_ints():
    assert type(check_integer("Owner", "size", np.int32(3), 1)) is int


def test_without_an_owner_the_argument_comes_first():
    with pytest.raises(ValueError, match=r"^size must be above 0, got '1'\.\Z"):
        check_above("", "size", "1", 0)


@pytest.mark.parametrize("base", [1, 0, -2, math.inf, *NOT_NUMBERS], ids=repr)
def test_what_is_not_a_base(base):
    with pytest.raises(ValueError, match=r"^Owner: base must be a finite number above 1, got .*\Z"):
        check_base("Owner", base)


def test_a_base_becomes_a_float():
    assert check_base("Owner", 2) == 2.0 and type(check_base("Owner", 2)) is float


@pytest.mark.parametrize("value", ["batc", None, 3, ["batch"]])
def test_the_nearest_of_the_choices_is_named(value):
    with pytest.raises(ValueError, match=r"^Unknown kind .*: use one of batch, layer \(nearest: "):
        check_choice("kind", value, ("batch", "layer"))


@pytest.mark.parametrize("value", ["batch", None])
def test_none_may_be_a_choice(value):
    assert check_choice("kind", value, (None, "batch")) is value


@pytest.mark.parametrize("name", ["a", "größe 2", "x.y-z", "a..b", "n" * 100])
def test_plain_names(name):
    assert check_name("Product", "a part's name", name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "x/..", "/x", "a\\b", "a\nb", "a\0b", "\x1b[1m", "n" * 101, "\u202ea"]
    + [None, 3, ["a"], b"a"],
)
def test_names_that_could_be_paths(name):
    with pytest.raises(ValueError) as error:
        check_name("Product", "a part's name", name)
    assert str(error.value).startswith("Product: a part's name must have 1 to 100 printable ")
    assert str(error.value).isprintable() and len(str(error.value)) < 400


@pytest.mark.parametrize("name", ["x/../../y", "..", "a\nb"])
@pytest.mark.parametrize(
    "build",
    [
        lambda name: Product(**{name: Normal(2)}),
        lambda name: ConditionDict(**{name: Label(2)}),
        lambda name: small_model(NOISE, name=name),
    ],
)
def test_what_is_named_after_a_path_cannot_be_built(build, name):
    with pytest.raises(ValueError, match="name") as error:
        build(name)
    assert str(error.value).isprintable()
