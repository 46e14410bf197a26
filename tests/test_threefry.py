import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.threefry import shift_right, threefry2x32, words_of_int64

ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
NUMBERS = [0, 1, -1, 7, -7, 2**31 - 1, 2**31, 2**32, -(2**31) - 1, 2**62 + 3, 2**63 - 1, -(2**63)]


def threefry_of_integers(key, counter):
    """The paper's algorithm with Python's integers."""
    keys = [*key, key[0] ^ key[1] ^ 0x1BD11BDA]
    x, y = (counter[0] + keys[0]) % 2**32, (counter[1] + keys[1]) % 2**32
    for i in range(20):
        r = ROTATIONS[i % 8]
        x = (x + y) % 2**32
        y = ((y << r | y >> (32 - r)) % 2**32) ^ x
        if i % 4 == 3:
            g = i // 4 + 1
            x, y = (x + keys[g % 3]) % 2**32, (y + keys[(g + 1) % 3] + g) % 2**32
    return x, y


def as_int32(values):
    return tf.constant(np.asarray(values, "uint32").astype("int32"))


def bits(key, counter):
    words = threefry2x32(tuple(map(as_int32, key)), tuple(map(as_int32, counter)))
    return tuple(np.asarray(word).astype("uint32").tolist() for word in words)


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x13198A2E, 0x03707344), (0x243F6A88, 0x85A308D3), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_the_published_vectors(key, counter, expected):
    # Of Random123, by the authors: kat_vectors, threefry2x32 with 20 rounds.
    assert threefry_of_integers(key, counter) == expected
    assert bits(key, counter) == expected


def test_other_words_are_those_of_the_algorithm():
    random = np.random.default_rng(0)
    k0, k1, c0, c1 = random.integers(0, 2**32, (4, 200))
    expected = [threefry_of_integers(key[:2], key[2:]) for key in zip(k0, k1, c0, c1, strict=True)]
    expected = [tuple(map(int, pair)) for pair in expected]
    assert list(zip(*bits((k0, k1), (c0, c1)), strict=True)) == expected


def test_keys_and_counters_are_broadcast():
    key = as_int32([[1], [2]]), as_int32(0)
    assert threefry2x32(key, (tf.range(3)[None], tf.constant(5)))[0].shape == (2, 3)


@pytest.mark.parametrize("shift", [3, 8, 19, 26])
def test_shifts_bring_zeros(shift):
    words = np.asarray([0, 1, 2**31, 2**32 - 1, 0xDEADBEEF], "uint32")
    np.testing.assert_array_equal(
        shift_right(as_int32(words), shift).numpy().astype("uint32"), words >> shift
    )


def test_every_bit_of_an_int64_is_in_its_words():
    random = np.random.default_rng(1)
    numbers = np.asarray([*NUMBERS, *(1 << b for b in range(63))], "int64")
    numbers = np.concatenate([numbers, random.integers(-(2**63), 2**63 - 1, 1000)])
    low, high = (word.numpy().astype("int64") for word in words_of_int64(numbers))
    np.testing.assert_array_equal(high * 2**32 + low % 2**32, numbers)
