"""Texts as conditions: tokens, their prior, and what is refused."""

import keras
import numpy as np
import pytest
from keras import ops

from tfgan_it.conditions import Text, conditions_from_seeds
from tfgan_it.datasets import Vocabulary

PETS = Text(["cat", "goat", "cat", "dog"])


def test_one_hot_characters_with_padding_behind():
    assert PETS.vocabulary.characters == "acdgot" and PETS.shape == (4, 7)
    prepared = PETS.prepare(PETS.encode(["dog"])).numpy()
    assert prepared.shape == (1, 4, 7) and prepared.dtype == "float32"
    assert prepared.argmax(-1).tolist() == [[3, 5, 4, 0]]
    np.testing.assert_array_equal(prepared, PETS.vocabulary.one_hot(["dog"], 4))


def test_each_text_is_drawn_equally_often_and_by_its_seed():
    assert PETS.texts == ("cat", "goat", "dog")
    assert PETS.entropy() == pytest.approx(np.log(3))
    drawn = PETS.vocabulary.decode(PETS.sample(3000, seed=0))
    shares = [drawn.count(text) / 3000 for text in PETS.texts]
    np.testing.assert_allclose(shares, 1 / 3, atol=0.04)
    rows = conditions_from_seeds(PETS, np.full(8, 5), np.arange(8))
    again = conditions_from_seeds(PETS, [5], [6])
    np.testing.assert_array_equal(rows[6], again[0])


def test_strings_are_taken_where_a_user_gives_conditions():
    one = PETS.broadcast("tag", 3)
    assert one.dtype == "int64" and PETS.vocabulary.decode(one) == ["tag"] * 3
    assert PETS.vocabulary.decode(PETS.broadcast(["cat", "a"], 2)) == ["cat", "a"]
    assert PETS.vocabulary.decode(PETS.broadcast(np.array(["cat", "a"]), 2)) == ["cat", "a"]
    for several in (
        ("cat", "a"),
        [np.str_("cat"), "a"],
        np.array(["cat", "a"], object),
        np.array([b"cat", b"a"]),
        ops.convert_to_tensor(["cat", "a"]),
    ):
        assert PETS.vocabulary.decode(PETS.broadcast(several, 2)) == ["cat", "a"]
    for single in (np.str_("cat"), np.array("cat"), b"cat", ops.convert_to_tensor("cat")):
        assert PETS.vocabulary.decode(PETS.broadcast(single, 2)) == ["cat"] * 2
    assert PETS.vocabulary.decode(PETS.broadcast("", 1)) == [""]
    np.testing.assert_array_equal(PETS.broadcast(one[0], 3), one)
    np.testing.assert_array_equal(PETS.broadcast(one, 3), one)


def test_length_and_characters_may_be_given():
    text = Text(["cat", "dog"], Vocabulary("acdgot?", unknown="?"), 6)
    assert text.shape == (6, 8)
    assert text.vocabulary.decode(text.broadcast("zebra", 1)) == ["????a"]


def test_a_configuration_builds_it_again():
    text = Text(["cat", "dog"], Vocabulary("acdgot?", unknown="?"), 6)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(text))
    assert again.get_config() == text.get_config() and again.shape == text.shape
    np.testing.assert_array_equal(again.sample(5, seed=1), text.sample(5, seed=1))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Text("cat"), "Text: texts must be a Sequence, got 'cat'."),
        (lambda: Text(["cat", 3]), "Text: texts must be a list of strings, got "),
        (lambda: Text(["cat", "cat"]), "Text: needs at least 2 different texts, got "),
        (lambda: Text(["cat", "goat"], length=3), "'goat', has 4 characters, at most 3 are"),
        (lambda: Text(["cat", "dog"], Vocabulary("act")), "has characters that the vocabulary la"),
        (lambda: PETS.broadcast("horse", 1), "Text: text 0, 'horse', has 5 characters, at most 4"),
        (lambda: PETS.broadcast("cat" * 200, 1), "ca', has 600 characters, at most 4 are allowed."),
        (lambda: PETS.broadcast("Cat", 1), "vocabulary lacks: 'C'; write it in lower case."),
        (lambda: PETS.broadcast("ca\0", 1), "lacks: '\\x00'"),
        (lambda: PETS.broadcast("k\u00f6ter", 1), "has 5 characters"),
        (lambda: PETS.broadcast("\u00f6", 1), "has characters that the vocabulary lacks: '\u00f6'"),
        (lambda: PETS.broadcast(["cat", 3], 2), "Text: text 1 must be a string, got 3."),
        (lambda: PETS.broadcast([["cat"], ["a"]], 2), "must be strings, or tokens of one length"),
        (lambda: PETS.broadcast([[1, 2], [1]], 2), "or tokens of one length, got [[1, 2], [1]]."),
        (lambda: PETS.broadcast(None, 2), "must be strings, or tokens of one length, got None."),
        (lambda: PETS.encode("cat"), "Text: texts must be a list of strings, got 'cat'."),
        (lambda: PETS.encode([1]), "Text: text 0 must be a string, got 1."),
        (lambda: PETS.broadcast(["cat", "a"], 3), "Text: 2 conditions given for 3 samples."),
        (lambda: PETS.check(np.array(["cat"]), 1), "are strings, must be tokens: Text.encode(s"),
        (lambda: PETS.check(np.zeros((2, 4)), 2), "Text: conditions are float64, must be whole"),
        (lambda: PETS.check(np.zeros((2, 3), int), 2), "have shape (2, 3), must be (n, 4)."),
        (lambda: PETS.check(np.full((2, 4), 7), 2), "Text: tokens lie in [7, 7], must be in 0..6."),
    ],
)
def test_what_is_refused_in_one_line(make, message):
    with pytest.raises(ValueError) as error:
        make()
    assert message in str(error.value) and "\n" not in str(error.value)
