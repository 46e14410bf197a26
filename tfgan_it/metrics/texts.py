"""How near generated texts are to real ones: n-grams, new texts, valid words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from tfgan_it.checks import check_integer
from tfgan_it.information import jensen_shannon

NGRAMS = (1, 2, 3, 4)
_END = "\0"  # Before and behind a text; the padding of `datasets.Vocabulary` is no character.


def ngram_counts(texts: Iterable[str], n: int) -> Counter[str]:
    """Counts the n-grams of characters of all texts.

    A text has n - 1 marks before it and one behind it, so that one of k characters has k + 1
    n-grams, of its beginning and end too.

    Args:
        texts: The texts.
        n: Number of characters in an n-gram.

    Example:

    >>> sorted(ngram_counts(["aa"], 2).items())
    [('\\x00a', 1), ('a\\x00', 1), ('aa', 1)]
    """
    n = check_integer("ngram_counts", "n", n, 1)
    marked = (_END * (n - 1) + text + _END for text in texts)
    return Counter(text[i : i + n] for text in marked for i in range(len(text) - n + 1))


def ngram_divergence(texts: Sequence[str], others: Sequence[str], n: int) -> float:
    """Computes the Jensen-Shannon divergence of the n-grams of texts, in nats, at most ln 2.

    It is that of the observed frequencies, which few texts make larger, so compare it with that of
    real texts in the same numbers.

    Args:
        texts: Generated texts.
        others: Real texts.
        n: Number of characters in an n-gram, see `ngram_counts`.

    Raises:
        ValueError: If there are no texts.

    Source: Gulrajani et al., 2017, "Improved Training of Wasserstein GANs", figure 3 of which plots
    it. Departures: the marks at the ends.

    Example:

    >>> round(ngram_divergence(["ab"], ["cd"], 1), 4)  # The mark behind is common.
    0.4621
    """
    if not len(texts) or not len(others):
        raise ValueError(f"ngram_divergence: got {len(texts)} texts and {len(others)}: give some.")
    p, q = ngram_counts(texts, n), ngram_counts(others, n)
    grams = sorted(p.keys() | q.keys())
    p, q = (np.array([counts[gram] for gram in grams], "float64") for counts in (p, q))
    return float(jensen_shannon(p / p.sum(), q / q.sum()))


def novel_share(texts: Sequence[str], training: Collection[str]) -> float:
    """Returns the share of texts that are not in the training data.

    Args:
        texts: Generated texts, at least one.
        training: Training texts.

    Example:

    >>> novel_share(["cat", "cat", "cot", "dog"], ["cat", "dog"])
    0.25
    """
    return 1.0 - valid_share(texts, training)


def valid_share(texts: Sequence[str], words: Collection[str]) -> float:
    """Returns the share of texts that are in a list of words.

    Args:
        texts: Generated texts, at least one.
        words: All words that count as valid, such as those of both splits.

    Raises:
        ValueError: If there are no texts.

    Example:

    >>> valid_share(["cat", "cot", "dog", "dgo"], ["cat", "dog", "goat"])
    0.5
    """
    if not len(texts):
        raise ValueError("valid_share: got no texts: give some.")
    words = set(words)
    return sum(text in words for text in texts) / len(texts)


def text_scores(
    generated: Sequence[str],
    training: Sequence[str],
    held_out: Sequence[str],
    *,
    ngrams: Sequence[int] = NGRAMS,
    seed: int = 0,
) -> dict[str, Any]:
    """Measures generated texts against held-out ones, and training texts in the same way.

    Args:
        generated: Generated texts.
        training: Training texts. As many as are generated are chosen at random, if there are.
        held_out: Texts that were not trained on.
        ngrams: The n of the n-grams.
        seed: Seed of the choice of training texts.

    Returns:
        `ngram_js_nats`, the divergence by n of generated from held-out texts; `real_ngram_js_nats`,
        that of training from held-out texts; `novel_share`, of texts that are not in the training
        data; `valid_share`, of texts that are in the training data or held out; `held_out_share`,
        of texts that are held out; `n`, `real_n` and `held_out_n`, the numbers of texts.

    Example:

    >>> scores = text_scores(["ab", "ba"], ["ab", "aa", "bb"], ["ba"], ngrams=[1])
    >>> scores["novel_share"], scores["valid_share"], scores["held_out_share"]
    (0.5, 1.0, 0.5)
    """
    order = np.random.default_rng(seed).permutation(len(training))[: len(generated)]
    real = [training[i] for i in order]
    return {
        "ngram_js_nats": {str(n): ngram_divergence(generated, held_out, n) for n in ngrams},
        "real_ngram_js_nats": {str(n): ngram_divergence(real, held_out, n) for n in ngrams},
        "novel_share": novel_share(generated, training),
        "valid_share": valid_share(generated, {*training, *held_out}),
        "held_out_share": valid_share(generated, held_out),
        "n": len(generated),
        "real_n": len(real),
        "held_out_n": len(held_out),
    }
