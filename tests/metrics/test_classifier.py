import copy
import math
import pickle

import keras
import numpy as np
import pytest

from tfgan_it import datasets
from tfgan_it.metrics.classifier import LabelClassifier, log_mel_maps, normalized_network

DRAWN = np.random.default_rng(0)
LABELS = DRAWN.integers(0, 3, 1500)
POINTS = DRAWN.normal(size=(1500, 2))
POINTS[:, 0] += 2.0 * LABELS


def posterior(points):
    """p(y|x) of three Gaussians at 0, 2 and 4 on the first axis."""
    density = np.exp(-0.5 * (points[:, :1] - [0.0, 2.0, 4.0]) ** 2)
    return density / density.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def classifier():
    return LabelClassifier(steps=400).fit(POINTS, LABELS)


def test_probabilities_are_those_of_the_classes(classifier):
    points = DRAWN.normal(size=(500, 2))
    points[:, 0] += 2.0 * DRAWN.integers(0, 3, 500)
    found = classifier(points)
    assert found.shape == (500, 3)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert np.abs(found - posterior(points)).mean() < 0.05


def test_accuracy_is_the_share_of_right_ones(classifier):
    points = np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.0], [4.5, 0.0]])
    assert classifier.accuracy(points, [0, 1, 2, 0]) == 0.75
    # Of the best one: where the halfway points cut, Phi(1) at the ends and 2 Phi(1) - 1 between.
    cut = 0.5 * (1 + math.erf(1 / math.sqrt(2)))
    assert classifier.held_out_accuracy_ == pytest.approx((4 * cut - 1) / 3, abs=0.1)


def test_temperature_makes_the_held_out_part_likeliest(classifier, monkeypatch):
    # Logits that are three times as sure as they should be.
    sure = LabelClassifier(steps=20)
    from tfgan_it.metrics import classifier as module

    class Sure(module.ArrayTraining):
        def outputs(self, x):
            return 3 * np.log(posterior(x))

    monkeypatch.setattr(module, "ArrayTraining", Sure)
    sure.fit(POINTS, LABELS)
    assert sure.temperature_ == pytest.approx(3, rel=0.25)
    np.testing.assert_allclose(
        sure(POINTS[:5]),
        posterior(POINTS[:5]) ** (3 / sure.temperature_)
        / (posterior(POINTS[:5]) ** (3 / sure.temperature_)).sum(axis=1, keepdims=True),
        rtol=1e-6,
    )


def test_a_function_of_the_seed():
    found = [
        LabelClassifier(steps=20, seed=seed).fit(POINTS[:200], LABELS[:200])(POINTS[:9])
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_digits_are_recognised():
    data = datasets.digits()
    classifier = LabelClassifier().fit(data.train_images, data.train_labels)
    assert classifier.accuracy(data.test_images, data.test_labels) > 0.94
    assert classifier.num_classes_ == 10


def tones(hertz, length=1024):
    """Tones at 8 kHz of random phases, `(n, length, 1)`."""
    phases = np.random.default_rng(1).uniform(0, 2 * np.pi, len(hertz))
    time = np.arange(length) / 8000
    return np.sin(2 * np.pi * np.asarray(hertz)[:, None] * time + phases[:, None])[..., None]


def test_log_mel_maps_of_tones():
    sounds = keras.Input((1024, 1))
    network = keras.Model(sounds, log_mel_maps(sounds))
    hertz = np.array([300, 600, 1200, 2400, 3500])
    maps = network.predict(tones(hertz).astype("float32"), verbose=0)
    loudest = maps.mean(axis=(1, 3)).argmax(axis=1)
    # 40 bands of equal width in mel from 20 Hz to 4 kHz, as Keras has them by default.
    mel = 1127 * np.log1p(np.array([20, *hertz, 4000]) / 700)
    expected = 41 * (mel[1:-1] - mel[0]) / (mel[-1] - mel[0]) - 1
    assert np.abs(loudest - expected).max() <= 1
    # Of one sound alone: a loud one beside it makes no difference.
    louder = tones(hertz) * np.array([1, 1, 1, 1, 100.0])[:, None, None]
    beside = network.predict(louder.astype("float32"), verbose=0)
    np.testing.assert_allclose(beside[:4], maps[:4], rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_sounds_are_recognised():
    labels = np.arange(120) % 2
    sounds = tones(np.where(labels, 1000, 500)).astype("float32")
    network = LabelClassifier(normalized_network, steps=40).fit(sounds[:90], labels[:90])
    assert network.accuracy(sounds[90:], labels[90:]) == 1


@pytest.mark.parametrize("shape", [(1024, 2), (500, 1)])
def test_what_has_no_log_mel_maps_is_refused(shape):
    message = r"^Sounds must be waveforms \(length, 1\) of at least 512 samples, got "
    with pytest.raises(ValueError, match=message):
        normalized_network(shape, 3)


@pytest.mark.parametrize(
    "labels, message",
    [
        (LABELS[:3], "LabelClassifier: labels must be 20 integers from 0, got int64 (3,)."),
        (LABELS[:20] / 2, "LabelClassifier: labels must be 20 integers from 0, got float64 (20,)."),
        (LABELS[:20] - 1, "LabelClassifier: labels must be 20 integers from 0, got int64 (20,)."),
        (LABELS[:20] * 0, "LabelClassifier: labels are all 0: give at least two classes."),
    ],
)
def test_labels_that_are_refused(labels, message):
    with pytest.raises(ValueError) as error:
        LabelClassifier().fit(POINTS[:20], labels)
    assert str(error.value) == message


@pytest.mark.parametrize("how", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy])
def test_a_copy_has_the_same_probabilities(classifier, how):
    np.testing.assert_array_equal(how(classifier)(POINTS[:9]), classifier(POINTS[:9]))


@pytest.mark.parametrize("samples", [None, POINTS[:0], POINTS * np.nan, POINTS.astype(str)])
def test_what_is_no_sample_is_refused(samples):
    labels = LABELS[:0] if samples is not None and not len(samples) else LABELS
    with pytest.raises(ValueError, match="samples (must be|are)") as error:
        LabelClassifier().fit(samples, labels)
    assert "\n" not in str(error.value)
