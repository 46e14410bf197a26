"""A written, a spoken and a spelt digit: a picture, a sound and a word."""

from __future__ import annotations

import os

import numpy as np

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets.digit_pairs import digit_pairs
from tfgan_it.datasets.modalities import ModalityDataset, hide_modalities
from tfgan_it.datasets.vocabulary import Vocabulary

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@check_arguments()
def digit_triples(
    files_dir: str | os.PathLike | None,
    data_dir: str | os.PathLike | None = None,
    seed: int = 0,
    missing: float = 0.0,
) -> ModalityDataset:
    """Loads handwritten digits with a recording and the word of each: `image`, `sound`, `word`.

    Image and sound, `(32, 32, 1)`, are those of `digit_pairs`; the word is that of the digit in
    English, one-hot characters `(5, 16)`. The three share only the digit. The labels are for
    evaluation; models do not see them.

    Args:
        files_dir: As for `digit_pairs`.
        data_dir: As for `digit_pairs`.
        seed: Seed of the pairing, and of what is missing.
        missing: Share of the modalities of training samples that are missing, see
            `hide_modalities`. Test samples are complete.

    Raises:
        FileNotFoundError: If `files_dir` is None or lacks files.
        ValueError: If files are corrupt, or the share is too large.
    """
    pairs = digit_pairs(files_dir, data_dir, seed)
    vocabulary, length = Vocabulary.of(WORDS), max(map(len, WORDS))
    words = vocabulary.one_hot(WORDS, length)
    parts = {}
    for part in ("train", "test"):
        images, labels = getattr(pairs, f"{part}_images"), getattr(pairs, f"{part}_labels")
        samples = {
            "image": np.ascontiguousarray(images[..., :1]),
            "sound": np.ascontiguousarray(images[..., 1:]),
            "word": words[labels],
        }
        if missing:
            samples = hide_modalities(samples, missing if part == "train" else 0.0, seed=seed)
        parts[part] = samples
    return ModalityDataset(
        "digit_triples",
        parts["train"],
        parts["test"],
        pairs.train_labels,
        pairs.test_labels,
        pairs.class_names,
        vocabulary,
    )
