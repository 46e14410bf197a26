"""Samples of several modalities, and what is missing of them."""

import numpy as np
import pytest

from tfgan_it.datasets import ModalityDataset, Vocabulary, hide_modalities, load
from tfgan_it.datasets.digit_triples import WORDS

RNG = np.random.default_rng(0)
N = 4000
SAMPLES = {
    "image": RNG.integers(1, 256, (N, 2, 2, 1), "uint8"),
    "sound": RNG.integers(1, 256, (N, 3, 2, 1), "uint8"),
    "word": np.ones((N, 2, 3), "float32"),
}


@pytest.mark.parametrize("missing", [0.0, 0.2, 0.5, 0.6])
def test_the_share_that_is_missing_and_that_one_is_kept(missing):
    hidden = hide_modalities(SAMPLES, missing, seed=3)
    present = hidden["present"]
    assert present.dtype == np.float32 and set(np.unique(present)) <= {0.0, 1.0}
    assert present.any(axis=1).all()
    # 5 standard deviations of a share of 3 N draws.
    assert abs(1 - present.mean() - missing) < 5 * 0.5 / np.sqrt(3 * N)
    shares = present.mean(axis=0)
    assert np.ptp(shares) < 6 * 0.5 / np.sqrt(N)
    for (name, x), there in zip(SAMPLES.items(), present.T > 0, strict=True):
        assert hidden[name].dtype == x.dtype
        np.testing.assert_array_equal(hidden[name][there], x[there])
        assert not hidden[name][~there].any()


def test_all_that_can_be_missing_occurs_and_is_independent_of_the_rest():
    present = hide_modalities(SAMPLES, 0.5, seed=0)["present"].astype(int)
    counts = np.bincount(present @ [1, 2, 4], minlength=8)
    assert counts[0] == 0 and (counts[1:] > N / 20).all()


def test_what_is_missing_is_a_function_of_the_seed():
    masks = [hide_modalities(SAMPLES, 0.4, seed)["present"] for seed in (1, 1, 2)]
    np.testing.assert_array_equal(masks[0], masks[1])
    assert (masks[0] != masks[2]).any()


def test_what_cannot_be_hidden():
    with pytest.raises(ValueError, match=r"missing must be .*, got 0.7"):
        hide_modalities(SAMPLES, 0.7)
    with pytest.raises(ValueError, match=r"at least two modalities, got \['word'\]"):
        hide_modalities({"word": SAMPLES["word"]}, 0.0)


def test_a_data_set_of_modalities():
    part = {name: x[:5] for name, x in SAMPLES.items()}
    data = ModalityDataset("three", SAMPLES, part, vocabulary=Vocabulary("ab"))
    assert data.sample_shape == {"image": (2, 2, 1), "sound": (3, 2, 1), "word": (2, 3)}
    assert repr(data) == (
        "ModalityDataset('three', 4000 train + 5 test samples of image 2x2x1, sound 3x2x1, "
        "word 2x3)"
    )
    with pytest.raises(ValueError, match="one number of samples, got {'image': 4, 'sound': 5"):
        ModalityDataset("uneven", SAMPLES, {**part, "image": part["image"][:4]})
    with pytest.raises(ValueError, match="one order of modalities, got image, sound, word and wo"):
        ModalityDataset("other", SAMPLES, dict(reversed(part.items())))


def test_triples_need_files_and_have_one_size():
    with pytest.raises(FileNotFoundError, match="files_dir"):
        load("digit_triples")
    with pytest.raises(ValueError, match="^digit_triples holds .* which have no image_size"):
        load("digit_triples", image_size=16)


@pytest.mark.slow
def test_the_real_triples(files_dir):
    triples, pairs = (load(name, files_dir=files_dir) for name in ("digit_triples", "digit_pairs"))
    assert triples.sample_shape == {"image": (32, 32, 1), "sound": (32, 32, 1), "word": (5, 16)}
    for part in ("train", "test"):
        samples, labels = getattr(triples, f"{part}_images"), getattr(triples, f"{part}_labels")
        both = np.concatenate([samples["image"], samples["sound"]], axis=-1)
        np.testing.assert_array_equal(both, getattr(pairs, f"{part}_images"))
        assert triples.vocabulary.decode(samples["word"]) == [WORDS[label] for label in labels]
