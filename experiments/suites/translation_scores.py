"""What is measured of translations: content, style, lost pixels, distance to real images."""

from __future__ import annotations

import functools
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tfgan_it import datasets, metrics
from tfgan_it.metrics.sample_quality import FeatureNetwork

STYLE_STEPS = 600


def emoji_scores(
    made: np.ndarray, target: np.ndarray, files: dict[str, str], judge: metrics.LabelClassifier
) -> dict[str, Any]:
    """Measures translated emoji beside their true partners.

    Returns:
        `retrieval_pixels`, and of each kind of features `retrieval_<kind>`; `target_style`, the
        share that the judge takes for drawings of the style of the partners, and
        `target_style_of_partners`, the share of these.

    Args:
        made: Translations, uint8 `(n, height, width, 3)`.
        target: Their partners.
        files: Files of features by kind.
        judge: A classifier of styles, whose class 1 is that of the partners.
    """
    scores: dict[str, Any] = {"retrieval_pixels": metrics.retrieval_accuracy(made, target)}
    for kind, path in files.items():
        features = loaded_features(path)
        scores[f"retrieval_{kind}"] = metrics.retrieval_accuracy(made, target, features)
    for name, images in (("target_style", made), ("target_style_of_partners", target)):
        scores[name] = float((judge(images).argmax(axis=1) == 1).mean())
    return scores


def restoration_scores(
    made: np.ndarray, target: np.ndarray, others: np.ndarray, features: Callable[[Any], np.ndarray]
) -> dict[str, Any]:
    """Computes the Fréchet distance of restored images to other real ones, and that of originals.

    Args:
        made: Restored images.
        target: The originals.
        others: Other real images of the same kind.
        features: Features that are compared.
    """
    real = features(others)
    return {
        name: metrics.frechet_distance(real, features(images)).value
        for name, images in (("frechet_distance", made), ("frechet_floor", target))
    }


def pixel_scores(made: np.ndarray, target: np.ndarray) -> dict[str, Any]:
    """Returns the mean PSNR in dB of the images that differ, and the mean absolute error of all.

    Both arrays are uint8; the error is that of values in [-1, 1]. Where none differs, there is no
    PSNR.
    """
    psnr = metrics.peak_signal_to_noise_ratio(made, target)
    scores = {"absolute_error": float(np.abs(made / 127.5 - target / 127.5).mean())}
    if np.isfinite(psnr).any():
        scores["psnr_db"] = float(np.mean(psnr[np.isfinite(psnr)]))
    return scores


def judge_of_styles(data: datasets.ImagePairs, steps: int = STYLE_STEPS) -> metrics.LabelClassifier:
    """Trains a classifier of the two domains on the training images: 0 is a, 1 is b."""
    a, b = (data.train_images[domain] for domain in "ab")
    styles = np.repeat([0, 1], [len(a), len(b)])
    return metrics.LabelClassifier(steps=steps).fit(np.concatenate([a, b]), styles)


@functools.lru_cache(maxsize=4)
def loaded_features(path: str) -> FeatureNetwork:
    """Loads features, whose name is that of their file and the hash of their weights."""
    return FeatureNetwork.load(path, pathlib.Path(path).stem)
