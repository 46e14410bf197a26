"""Texts of files, lists, Unicode and emoji."""

import pathlib

import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.datasets import TextDataset, Vocabulary, texts, unicode_words

WORDS = [f"{a}{b}" for a in "abcd" for b in "efgh"]


def test_one_in_eight_is_held_out():
    data = texts(WORDS)
    assert (len(data.train_texts), len(data.test_texts)) == (14, 2)
    assert sorted(data.train_texts + data.test_texts) == WORDS
    assert data.sample_shape == (2, 9) and data.train_labels is data.test_labels is None
    for part in ("train", "test"):
        images = getattr(data, f"{part}_images")
        assert tuple(data.vocabulary.decode(images)) == getattr(data, f"{part}_texts")


def test_a_file_of_lines(tmp_path):
    path = tmp_path / "pets.txt"
    path.write_bytes("\ufeffcat\r\n\n  big dog \ncat\nété\n".encode())
    data = datasets.load(path)
    assert data.name == "pets" and data.sample_shape == (7, 11)
    assert sorted(data.train_texts + data.test_texts) == ["big dog", "cat", "été"]
    outline = datasets.outline(str(path))
    assert datasets.fingerprint(outline) == datasets.fingerprint(data)


def test_fingerprints_tell_texts_apart():
    # The same one-hot tokens, of other characters.
    one, other = texts(["ab", "ba"]), texts(["xy", "yx"])
    np.testing.assert_array_equal(one.train_images, other.train_images)
    difference = datasets.fingerprint_difference(
        datasets.fingerprint(one), datasets.fingerprint(other)
    )
    assert difference == "train_texts hold other values, test_texts hold other values"


def test_the_words_of_unicode():
    words = unicode_words()
    assert len(words) == len(set(words)) == 3822 and words == sorted(words)
    assert {"snowman", "umbrella", "epsilon"} <= {*words} and "syllable" in words
    assert all(len(word) > 2 and word.isalpha() and word.islower() for word in words)
    assert repr(datasets.load("unicode_words")) == (
        "TextDataset('unicode_words', 3344 train + 478 test texts of up to 21 of 26 characters)"
    )


def test_longer_texts_of_a_named_set_are_left_out():
    data = texts("unicode_words", length=5)
    assert data.sample_shape == (5, 27)
    assert sorted(data.train_texts + data.test_texts) == [w for w in unicode_words() if len(w) < 6]


def test_a_vocabulary_may_map_what_it_lacks():
    data = texts(["cat", "cut"], vocabulary=Vocabulary("act?", unknown="?"))
    assert {*data.vocabulary.decode(data.train_images)} <= {"cat", "c?t"}


@pytest.mark.parametrize(
    "content, message",
    [
        (b"cat\n", "has 1 texts, at least 2 are needed"),
        (b"cat\ncat\n\n", "has 1 texts, at least 2 are needed"),
        (b"\xff\xfe\x00cat\ndog", "is not a text file in UTF-8: "),
    ],
)
def test_a_file_without_texts_is_one_line(tmp_path, content, message):
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as error:
        datasets.load(path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "call, kind, message",
    [
        (lambda: texts(["cat", "dog"], vocabulary=Vocabulary("cat")), ValueError, "'d', 'g', 'o'"),
        (lambda: texts(["cat", "dogs"], length=3), ValueError, "'dogs', has 4 characters, at most"),
        (lambda: texts(["cat", 3]), ValueError, "give strings, got 3"),
        (lambda: texts("nowhere.txt"), FileNotFoundError, "no text file nowhere.txt"),
        (lambda: datasets.load("nowhere.txt"), FileNotFoundError, "no text file nowhere.txt"),
        (lambda: datasets.load("emoji_names"), FileNotFoundError, "give files_dir"),
        (lambda: datasets.load("unicode_words", image_size=8), ValueError, "have no image_size"),
        (lambda: datasets.load("unicode_word"), ValueError, "nearest names are unicode_words"),
        (lambda: TextDataset("x", Vocabulary("a"), 2, ("a",), ()), ValueError, "test_texts must"),
    ],
)
def test_a_mistake_is_one_line(call, kind, message):
    with pytest.raises(kind, match=message) as error:
        call()
    assert "\n" not in str(error.value)


def test_the_published_names_of_emoji(files_dir):
    data = datasets.load("emoji_names", files_dir=files_dir)
    names = {*data.train_texts, *data.test_texts}
    assert {"grinning face", "red apple"} <= names and max(map(len, names)) <= 32
    assert not any("skin tone" in name for name in names)
    assert 1000 < len(names) < 1911 and pathlib.Path(files_dir).is_dir()
