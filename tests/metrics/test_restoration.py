"""Retrieval and PSNR, by loops."""

import itertools

import numpy as np
import pytest

from tfgan_it.metrics import peak_signal_to_noise_ratio, retrieval_accuracy, retrieval_among

RNG = np.random.default_rng(0)


def test_retrieval_is_that_of_a_loop():
    partners = RNG.integers(0, 256, (30, 2, 2, 1), "uint8")
    noise = RNG.normal(0, 60, partners.shape)
    translated = (partners + noise).clip(0, 255).astype("uint8")
    right = 0
    for i, x in enumerate(translated.astype(float)):
        distances = [np.square(x - y).sum() for y in partners.astype(float)]
        right += int(np.argmin(distances)) == i
    assert 0 < right < 30
    assert retrieval_accuracy(translated, partners) == pytest.approx(right / 30)
    floats = translated / 127.5 - 1
    assert retrieval_accuracy(floats, partners) == pytest.approx(right / 30)


@pytest.mark.parametrize("candidates", [2, 3, 5])
def test_retrieval_among_some_is_the_mean_over_all_choices(candidates):
    scores = RNG.integers(0, 4, (5, 5)).astype(float)  # With ties, which are misses.
    found = []
    for i in range(5):
        others = [j for j in range(5) if j != i]
        for chosen in itertools.combinations(others, candidates - 1):
            found.append(scores[i, i] > scores[i, list(chosen)].max())
    assert retrieval_among(scores, candidates) == pytest.approx(np.mean(found))


def test_many_candidates_of_many_partners():
    scores = np.zeros((2500, 2500))
    np.fill_diagonal(scores, 1.0)
    scores[:, 0] = 2.0  # One of 2,499 others is better, but for the first query.
    expected = (1 + 2499 * (1 - 1249 / 2499)) / 2500
    assert retrieval_among(scores, 1250) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scores", "candidates", "message"),
    [
        (np.zeros((2, 3)), 2, "scores must be finite, .m, m. with m of at least 2, got .2, 3."),
        (np.full((2, 2), np.nan), 2, "scores must be finite"),
        (np.eye(2) * 1j, 2, "scores must be real numbers, got complex128"),
        (np.array([["a", "b"]] * 2), 2, "scores must be real numbers"),
        ([[1, 2], [3]], 2, "scores is not an array"),
        (np.zeros((3, 3)), 4, "candidates must be at most 3, the number of partners, got 4"),
        (np.zeros((3, 3)), 1, "candidates must be a whole number of at least 2, got 1"),
    ],
)
def test_scores_that_cannot_be(scores, candidates, message):
    with pytest.raises(ValueError, match=message):
        retrieval_among(scores, candidates)


def test_features_decide():
    class Mean:
        name = "mean"

        def __call__(self, x):
            return np.asarray(x, "float64").mean((1, 2))

    partners = np.arange(0, 50, 10, dtype="uint8")[:, None, None, None] * np.ones(
        (1, 2, 2, 1), "uint8"
    )
    moved = np.stack([np.roll(x, 1, axis=0) for x in partners])
    assert retrieval_accuracy(moved, partners, Mean()) == 1.0
    same = np.repeat(partners[:1], 5, axis=0)
    assert retrieval_accuracy(same, same) == 0.0  # Ties are misses.


def test_psnr():
    originals = RNG.integers(0, 256, (3, 4, 4, 1), "uint8")
    restored = RNG.integers(0, 256, (3, 4, 4, 1), "uint8")
    restored[2] = originals[2]
    found = peak_signal_to_noise_ratio(restored, originals)
    for i in range(2):
        error = np.square(restored[i].astype(float) - originals[i]).mean()
        assert found[i] == pytest.approx(10 * np.log10(255**2 / error))
    assert found[2] == np.inf


def test_what_is_refused():
    one = np.zeros((1, 2, 2, 1), "uint8")
    with pytest.raises(ValueError, match="1 images and 1 partners given: give 2 or more of each"):
        retrieval_accuracy(one, one)
    with pytest.raises(ValueError, match="2 images and 1 partners"):
        peak_signal_to_noise_ratio(np.zeros((2, 2, 2, 1), "uint8"), one)
    with pytest.raises(ValueError, match=r"the shapes \(1, 2, 2, 1\) and \(1, 4, 1, 1\)"):
        peak_signal_to_noise_ratio(one, one.reshape(1, 4, 1, 1))
    for wrong, message in [
        (
            np.zeros((2, 2, 2, 1)) + 255,
            r"float images lie in \[255, 255\] but must lie in",
        ),
        (
            np.zeros((2, 4)),
            r"images must be \(n, height, .* got the shape \(2, 4\)",
        ),
        ("image", r"got the shape \(\)"),
        (np.full((2, 2, 2, 1), "a"), "images hold str"),
    ]:
        for measure in (retrieval_accuracy, peak_signal_to_noise_ratio):
            with pytest.raises(ValueError, match=message):
                measure(wrong, wrong)
    with pytest.raises(ValueError, match=r"the shapes \(2, 2, 2, 1\) and \(2, 2, 2, 3\) have diff"):
        retrieval_accuracy(np.zeros((2, 2, 2, 1), "uint8"), np.zeros((2, 2, 2, 3), "uint8"))
