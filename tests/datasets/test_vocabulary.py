"""Characters to tokens and back."""

import numpy as np
import pytest

from tfgan_it.datasets import Vocabulary

PETS = Vocabulary("acdgot")


def test_tokens_count_from_one_and_the_rest_is_padding():
    tokens = PETS.encode(["cat", "", "goat"], length=4)
    np.testing.assert_array_equal(tokens, [[2, 1, 6, 0], [0, 0, 0, 0], [4, 5, 1, 6]])
    assert PETS.size == 7


def test_one_hot_tokens():
    samples = PETS.one_hot(["cat"], length=4)
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples[0], np.eye(7)[[2, 1, 6, 0]])


@pytest.mark.parametrize("texts", [["cat", "dog", ""], ["coat", "a"]])
def test_texts_survive_the_round_trip(texts):
    assert PETS.decode(PETS.encode(texts, 5)) == PETS.decode(PETS.one_hot(texts, 5)) == texts


def test_what_stands_behind_the_padding_is_not_read():
    assert PETS.decode(np.array([[2, 1, 0, 6], [0, 1, 1, 1]])) == ["ca", ""]


def test_soft_tokens_are_read_by_their_largest_column():
    soft = 0.3 * np.ones((1, 2, 7)) + 0.1 * np.eye(7)[[[2, 1]]]
    assert PETS.decode(soft) == ["ca"]


@pytest.mark.parametrize("text", ["été", "日本語", "👍a", "a b-c"])
def test_any_characters(text):
    vocabulary = Vocabulary.of([text, "abc"])
    assert vocabulary.decode(vocabulary.one_hot([text], 9)) == [text]


def test_unknown_characters_are_replaced_on_request():
    vocabulary = Vocabulary("acdgot_", unknown="_")
    assert vocabulary.decode(vocabulary.encode(["cut", "Cat"], 3)) == ["c_t", "_at"]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: Vocabulary(""), r"give a string of characters, got ''\."),
        (lambda: Vocabulary(["a"]), r"give a string of characters, got \['a'\]\."),
        (lambda: Vocabulary("aba"), "the characters hold 'a' twice"),
        (lambda: Vocabulary("ab", unknown="c"), "unknown must be one of 'ab', got 'c'"),
        (lambda: Vocabulary("ab", unknown=""), "unknown must be one of 'ab', got ''"),
        (lambda: PETS.encode(["cat", "bad cats"], 9), "text 1, 'bad cats', has .*: ' ', 'b', 's';"),
        (lambda: PETS.encode(["cat\nx"], 9), r"^text 0, [^\n]*\Z"),
        (lambda: PETS.encode(["goat"], 3), "text 0, 'goat', has 4 characters, at most 3 "),
        (lambda: PETS.encode(["a"], 0), "length must be a whole number of at least 1, got 0"),
        (lambda: PETS.decode([[7]]), r"tokens must be from 0 to 6, got 7 to 7\."),
        (lambda: PETS.decode([[-1]]), r"tokens must be from 0 to 6, got -1 to -1\."),
        (lambda: PETS.decode(np.zeros((2, 3, 5))), r"decode takes .* got float64 \(2, 3, 5\)\."),
    ],
)
def test_a_mistake_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_every_character_comes_back():
    texts = ["a\0b", "\0", "\ud83d\ude00", ""]
    vocabulary = Vocabulary.of(texts)
    assert vocabulary.decode(vocabulary.encode(texts, 4)) == texts


@pytest.mark.parametrize("texts", ["cat", b"cat", None, 3, [b"cat"], ["cat", None]])
def test_what_are_not_strings_is_refused(texts):
    with pytest.raises(ValueError, match="must be a (list of strings|string), got ") as error:
        Vocabulary("act").encode(texts, 4)
    assert "\n" not in str(error.value)
