"""n-grams, new and valid texts, against numbers worked out by hand."""

import collections
import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from tfgan_it.metrics import ngram_counts, ngram_divergence, novel_share, text_scores, valid_share

END = "\0"


def test_bigrams_of_a_word():
    assert ngram_counts(["abab"], 2) == {END + "a": 1, "ab": 2, "ba": 1, "b" + END: 1}


@pytest.mark.parametrize("n", [1, 2, 3, 4, 9])
def test_a_text_of_k_characters_has_k_plus_one(n):
    assert ngram_counts(["", "a", "ab", "abcde"], n).total() == 1 + 2 + 3 + 6


def test_the_divergence_by_hand():
    # "ab" has a, b, end; "ad" has a, d, end: 2/3 in common, 1/3 of ln 2 apart.
    assert ngram_divergence(["ab"], ["ad"], 1) == pytest.approx(math.log(2) / 3)
    assert ngram_divergence(["ab", "cd"], ["cd", "ab"], 3) == 0.0
    # All trigrams of one letter repeated hold it.
    assert ngram_divergence(["aaa"], ["bbb"], 3) == pytest.approx(math.log(2))


def test_the_divergence_against_scipy():
    rng = np.random.default_rng(0)
    first, second = (
        ["".join(rng.choice([*"abc"], 5, p=p)) for _ in range(40)]
        for p in ([0.5, 0.3, 0.2], [0.2, 0.2, 0.6])
    )
    grams = [f"{a}{b}" for a in f"abc{END}" for b in f"abc{END}"]
    counts = []
    for texts in (first, second):
        found = collections.Counter()
        for text in texts:
            marked = END + text + END
            found.update(a + b for a, b in zip(marked, marked[1:], strict=False))
        counts.append([found[gram] for gram in grams])
    expected = jensenshannon(*counts) ** 2
    assert ngram_divergence(first, second, 2) == pytest.approx(expected, rel=1e-9)


def test_shares():
    generated = ["cat", "cat", "cot", "goat", ""]
    assert novel_share(generated, ["cat", "dog"]) == pytest.approx(0.6)
    assert valid_share(generated, ["cat", "dog", "goat"]) == pytest.approx(0.6)


def test_all_scores_beside_real_texts():
    training, held_out = ["ab", "ba", "aa", "bb"], ["abb", "bba"]
    scores = text_scores(["ab", "abb", "cc"], training, held_out, ngrams=[1, 2])
    assert scores["ngram_js_nats"] == {
        str(n): ngram_divergence(["ab", "abb", "cc"], held_out, n) for n in (1, 2)
    }
    shares = [scores[f"{name}_share"] for name in ("novel", "valid", "held_out")]
    assert shares == pytest.approx([2 / 3, 2 / 3, 1 / 3])
    assert (scores["n"], scores["real_n"], scores["held_out_n"]) == (3, 3, 2)
    # Real texts: those of the training split, as many.
    everything = text_scores(training, training, held_out, ngrams=[2])
    assert everything["real_ngram_js_nats"]["2"] == ngram_divergence(training, held_out, 2)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: ngram_divergence([], ["a"], 1), "got 0 texts and 1: give some"),
        (lambda: ngram_divergence(["a"], [], 1), "got 1 texts and 0: give some"),
        (lambda: ngram_counts(["a"], 0), "n must be a whole number of at least 1, got 0"),
        (lambda: novel_share([], ["a"]), "got no texts"),
    ],
)
def test_a_mistake_is_one_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()
