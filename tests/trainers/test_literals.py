import pytest

from trainers.literals import numbers, values


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
    allowed = "--seeds takes numbers from 0 and ranges such as 5-9"
    assert str(error.value).startswith(f"{allowed}, got {part}")


@pytest.mark.parametrize("text", ["5-", "²", "9223372036854775808"])
def test_more_invalid_seeds(text):
    with pytest.raises(ValueError, match="^--seeds[: ]"):
        numbers(text, "seeds")


@pytest.mark.parametrize("text", ["[" * 100_000, "-" * 100_000 + "1", "(" * 999 + ")" * 999])
def test_values_that_are_nested_too_deeply(text):
    try:
        parsed = values([f"a={text}"], "codes")
    except ValueError as error:
        assert str(error).startswith("A value is nested too deeply") and len(str(error)) < 200
    else:
        assert parsed == {"a": text}  # Not a literal: a string.


def test_values_by_name():
    assert values(["a=3", "b=[1.5, 0]", "c=red", "a=4"], "codes") == {
        "a": 4,
        "b": [1.5, 0],
        "c": "red",
    }
    with pytest.raises(ValueError, match=r"^--codes takes name=value, got 'a'\.$"):
        values(["a"], "codes")


def test_numbers_name_the_flag():
    with pytest.raises(ValueError, match="^--condition takes numbers .*, got 'x'"):
        numbers("0,x", "condition")
