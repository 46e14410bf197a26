"""The scores of translations, on images of which they are known."""

import types

import numpy as np
import pytest

from experiments.suites import translation_scores
from tfgan_it.metrics.sample_quality import FeatureNetwork


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(256, size=(6, 8, 8, 3)).astype("uint8")


def test_content_and_style_are_measured_apart(images, tmp_path):
    path = tmp_path / "some_cnn.keras"
    FeatureNetwork("random_cnn", width=4, steps=0).fit(images).save(path)
    assert translation_scores.loaded_features(str(path)).name.startswith("some_cnn-")

    def judge(samples):  # Takes the first half for style 1.
        first = np.arange(len(samples)) < len(samples) / 2
        return np.stack([~first, first], axis=1)

    swapped = images[::-1].copy()
    scores = translation_scores.emoji_scores(swapped, images, {"partners": str(path)}, judge)
    assert scores == {
        "retrieval_pixels": 0.0,
        "retrieval_partners": 0.0,
        "target_style": 0.5,
        "target_style_of_partners": 0.5,
    }
    kept = translation_scores.emoji_scores(images, images, {"partners": str(path)}, judge)
    assert kept["retrieval_pixels"] == kept["retrieval_partners"] == 1.0


def test_pixels_and_distances_of_restorations(images):
    made = images.copy()
    made[0] = np.where(images[0] < 128, images[0] + 51, images[0] - 51)
    scores = translation_scores.pixel_scores(made, images)
    np.testing.assert_allclose(scores["psnr_db"], 20 * np.log10(5))
    np.testing.assert_allclose(scores["absolute_error"], 0.4 / 6)
    assert translation_scores.pixel_scores(images, images) == {"absolute_error": 0.0}

    def features(x):
        return np.asarray(x, "float64")[:, 0, 0, :2]

    scores = translation_scores.restoration_scores(images + 0, images, images[::-1], features)
    np.testing.assert_allclose([*scores.values()], 0.0, atol=1e-6)


def test_the_judge_tells_the_styles_of_the_training_images():
    random = np.random.default_rng(0)
    dark, bright = (random.integers(low, low + 60, (80, 8, 8, 1), "uint8") for low in (0, 195))
    parts = {"a": dark, "b": bright}
    data = types.SimpleNamespace(train_images=parts)
    judge = translation_scores.judge_of_styles(data, steps=60)
    assert judge(bright).argmax(axis=1).mean() > 0.95 > 0.05 > judge(dark).argmax(axis=1).mean()
