"""How well a code of several modalities says the same in all: shares, and nats."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from tfgan_it.datasets import Vocabulary
from tfgan_it.information import co_information, joint_table, mutual_information


class SpellingJudge:
    """Tells the class of a text by its exact spelling; any other text is of no class.

    Args:
        vocabulary: The characters.
        words: The word of each class.
    """

    def __init__(self, vocabulary: Vocabulary, words: Sequence[str]) -> None:
        self.vocabulary, self.classes = vocabulary, {word: i for i, word in enumerate(words)}

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Returns 1 for the class of each sample, `(n, classes + 1)`; the last is no class."""
        texts, none = self.vocabulary.decode(samples), len(self.classes)
        return np.eye(none + 1)[[self.classes.get(text, none) for text in texts]]


def ways(modalities: Sequence[str]) -> list[tuple[tuple[str, ...], str]]:
    """Returns all pairs of some given modalities and another to generate, few given ones first.

    Example: the nine ways of three modalities.

    >>> [f"{'+'.join(given)} to {target}" for given, target in ways("abc")][-4:]
    ['c to b', 'a+b to c', 'a+c to b', 'b+c to a']
    """
    return [
        (given, target)
        for size in range(1, len(modalities))
        for given in itertools.combinations(modalities, size)
        for target in modalities
        if target not in given
    ]


def subsets(modalities: Sequence[str]) -> list[tuple[str, ...]]:
    """Returns all sets of modalities that are not empty, the smallest first."""
    sizes = range(1, len(modalities) + 1)
    return [subset for size in sizes for subset in itertools.combinations(modalities, size)]


def scores(
    model: keras.Model, data: Any, judges: Mapping[str, Any], samples: int, seed: int
) -> dict[str, Any]:
    """Measures a trained system.

    Args:
        model: A `models.MultimodalInfoGAN` with a code `category`.
        data: Complete samples, with labels.
        judges: A classifier of each modality by name.
        samples: Maximum number of generated and of translated samples.
        seed: Seed of the samples.

    Returns:
        `coherence`, the share of generated samples on whose class all judges agree;
        `given_to_target` for each target and each set of other modalities, the share of real test
        samples whose class the judge sees in what is generated from those given; `codes`, the
        accuracy of the category on test samples, jointly and of each modality, with the best
        assignment of the joint one to classes; `code_nats`, bounds L_I(c; x_S) on generated
        samples, and their interaction; `class_nats`, on test samples, I(y; k_S) of the class and
        the category inferred from S, which is at most I(y; x_S), and their interaction; `judges`,
        their accuracy on the test part, and `real_coherence` there; `modality_weights` on test
        samples.
    """
    labels = data.test_labels[:samples]
    split = {m: x[:samples] for m, x in model.split(data.test_images).items()}
    generated = model.split(model.generate(len(labels), seed=seed))
    classes = np.stack([judges[m](generated[m]).argmax(axis=-1) for m in judges])
    real = {m: judges[m](x).argmax(axis=-1) for m, x in split.items()}
    found: dict[str, Any] = {
        "samples": len(labels),
        "coherence": _agreement(classes),
        "real_coherence": _agreement(np.stack(list(real.values()))),
        "judges": {m: float((real[m] == labels).mean()) for m in real},
    }
    for given in subsets(list(judges))[:-1]:
        completed = model.generate_from({m: split[m] for m in given}, seed=seed)
        for target in (m for m in judges if m not in given):
            right = judges[target](completed[target]).argmax(axis=-1) == labels
            found[f"{'+'.join(given)}_to_{target}"] = float(right.mean())
    codes = {
        given: model.infer_codes({m: split[m] for m in given})["category_probabilities"].argmax(-1)
        for given in subsets(list(judges))
    }
    joint = codes[tuple(judges)]
    naming = best_naming(joint, labels)
    found["codes"] = {"joint": float((naming[joint] == labels).mean())}
    found["codes"] |= {m: float((naming[codes[m,]] == labels).mean()) for m in judges}
    found["code_nats"] = model.subset_information(samples, seed=seed)
    nats = {given: class_information(labels, code) for given, code in codes.items()}
    found["class_nats"] = {"+".join(given): value for given, value in nats.items()}
    found["class_nats"]["co_information"] = co_information(nats)
    found["modality_weights"] = {
        m: float(share.mean()) for m, share in model.modality_weights(split).items()
    }
    random = np.random.default_rng(seed)
    for modality, x in split.items():
        noise = random.permuted(x, axis=1) if x.ndim == 3 else random.integers(0, 256, x.shape)
        corrupted = {**split, modality: noise.astype(x.dtype)}
        share = model.modality_weights(corrupted)[modality]
        found["modality_weights"][f"{modality}_where_it_is_noise"] = float(share.mean())
    return found


def class_information(labels: np.ndarray, codes: np.ndarray) -> float:
    """Computes I(y; k) of the frequencies of classes and categories, in nats.

    The frequencies of n samples make it larger, by about (K - 1)^2 / 2n for K of each.
    """
    tables = [np.eye(1 + int(x.max()))[x] for x in (labels, codes)]
    return float(mutual_information(joint_table(*tables)))


def best_naming(clusters: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns the class of each cluster, by the one-to-one assignment of highest accuracy."""
    from scipy.optimize import linear_sum_assignment

    size = 1 + max(int(clusters.max()), int(labels.max()))
    table = np.zeros((size, size))
    np.add.at(table, (clusters, labels), 1)
    return linear_sum_assignment(-table)[1]


def distinct(samples: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns samples without repetitions, and their labels; several pairs share a sound."""
    rows = {sample.tobytes(): row for row, sample in reversed(list(enumerate(samples)))}
    first = sorted(rows.values())
    return samples[first], labels[first]


def _agreement(classes: np.ndarray) -> float:
    return float((classes == classes[0]).all(axis=0).mean())
