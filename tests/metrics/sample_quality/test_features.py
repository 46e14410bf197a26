import numpy as np
import pytest
from keras import ops
from sklearn.base import clone

from tfgan_it import datasets, metrics
from tfgan_it.metrics.sample_quality import features as features_module


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.mark.slow
@pytest.mark.parametrize("labelled", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_training_finds_the_class_of_a_shifted_image_better_than_random_weights(digits, labelled):
    labels = digits.train_labels if labelled else None
    trained = metrics.FeatureNetwork(width=8, steps=150 if labelled else 400)
    trained.fit(digits.train_images, labels)
    random = metrics.FeatureNetwork(width=8, steps=0).fit(digits.train_images)

    def nearest_neighbour_accuracy(features):
        shifted = np.roll(digits.test_images, 1, axis=2)
        _, nearest = metrics.nearest_training(features(digits.test_images), features(shifted))
        return np.mean(digits.test_labels[nearest] == digits.test_labels)

    assert nearest_neighbour_accuracy(trained) > nearest_neighbour_accuracy(random) + 0.05
    assert trained.name != random.name


@pytest.mark.slow
def test_features_are_a_function_of_seed_and_data_and_survive_a_file(digits, tmp_path):
    images = digits.train_images[:100]
    first = metrics.FeatureNetwork("digits_cnn", width=4, steps=5).fit(images)
    again = clone(first).fit(images)
    assert first.name == again.name and first.name.startswith("digits_cnn-")
    other = metrics.FeatureNetwork("digits_cnn", width=4, steps=5, seed=1).fit(images)
    assert other.name != first.name
    first.save(tmp_path / "features.keras")
    loaded = metrics.FeatureNetwork.load(tmp_path / "features.keras", "digits_cnn")
    assert loaded.name == first.name
    np.testing.assert_array_equal(loaded(images), first(images))


def test_partners_are_found_by_features_that_ignore_how_they_are_drawn(digits):
    images = digits.train_images[:400]
    negatives = 255 - images
    features = metrics.FeatureNetwork("pairs", width=8, steps=200, batch_size=64)
    features.fit(images[:300], partners=negatives[:300])
    f, g = features(images[300:]), features(negatives[300:])
    np.testing.assert_allclose((f**2).sum(axis=1), 1.0, rtol=1e-5)
    accuracy = metrics.retrieval_accuracy(images[300:], negatives[300:], features)
    assert accuracy == metrics.retrieval_among(f.astype("float64") @ g.T, 100)
    assert accuracy > 0.1 > 0.0 == metrics.retrieval_accuracy(images[300:], negatives[300:])


def test_the_loss_of_partners_is_info_nce_in_both_directions():
    random = np.random.default_rng(0)
    z = random.normal(size=(5, 2, 3))
    scores = z[:, 0] @ z[:, 1].T / 0.1
    towards = [np.diag(s) - np.log(np.exp(s).sum(axis=1)) + np.log(5) for s in (scores, scores.T)]
    loss = features_module._retrieval(None, ops.convert_to_tensor(z))
    np.testing.assert_allclose(loss, -np.mean(towards, axis=0), rtol=1e-10)


def test_views_are_filled_with_the_colour_at_the_borders_of_the_images():
    images = np.zeros((2, 4, 4, 3), "float32")
    images[:, 1:-1, 1:-1] = 0.7
    assert features_module._background(images) == 0.0
    assert features_module._background(np.zeros((2, 1024, 1), "float32")) == -1.0
    assert all(view.fill == 0.5 for view in features_module._views(0.5))


def test_bad_images_and_labels_are_refused_in_one_line(digits):
    network = metrics.FeatureNetwork(width=4, steps=1)
    images = digits.train_images[:5]
    with pytest.raises(ValueError, match=r"partners must be images of the shape .* got \(4, 8"):
        network.fit(images, partners=images[:4])
    with pytest.raises(ValueError, match="and labels"):
        network.fit(images, np.arange(5), partners=images)
    with pytest.raises(ValueError, match=r"images must be \(n, height, width, channels\)"):
        network.fit(np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"or waveforms \(n, length, 1\) with labels, got"):
        network.fit(np.zeros((5, 1024, 1)))
    with pytest.raises(ValueError, match="equal lengths"):
        network.fit(digits.train_images[:5], [0, 1])
    with pytest.raises(ValueError, match="not fitted"):
        metrics.FeatureNetwork()(digits.train_images)


@pytest.mark.slow
def test_features_of_sounds_survive_a_file(tmp_path):
    sounds = np.random.default_rng(0).uniform(-1, 1, (20, 1024, 1)).astype("float32")
    features = metrics.FeatureNetwork("noise", width=4, steps=2).fit(sounds, np.arange(20) % 2)
    assert features(sounds).shape == (20, 16)
    features.save(tmp_path / "features.keras")
    loaded = metrics.FeatureNetwork.load(tmp_path / "features.keras", "noise")
    np.testing.assert_array_equal(loaded(sounds), features(sounds))


def test_pixels():
    images = np.array([[[[0], [255]]]], "uint8")
    assert metrics.Pixels()(images).tolist() == [[-1.0, 1.0]]
