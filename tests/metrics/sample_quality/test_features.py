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


@pytest.fixture(scope="module")
def negatives(digits):
    images = digits.train_images[:400]
    return images, 255 - images


def test_partners_in_another_style_are_found(negatives, tmp_path):
    images, partners = negatives
    features = metrics.FeatureNetwork("pairs", width=8, steps=200, batch_size=64)
    features.fit(images[:300], partners=partners[:300])
    f, g = features(images[300:]), features(partners[300:])
    np.testing.assert_allclose((f**2).sum(axis=1), 1.0, rtol=1e-5)
    accuracy = metrics.retrieval_accuracy(images[300:], partners[300:], features)
    assert accuracy == metrics.retrieval_among(f.astype("float64") @ g.T, 100)
    # Chance is .01.
    assert accuracy > 0.05 > 0.0 == metrics.retrieval_accuracy(images[300:], partners[300:])
    features.save(tmp_path / "features.keras")
    loaded = metrics.FeatureNetwork.load(tmp_path / "features.keras", "pairs")
    assert loaded.name == features.name
    np.testing.assert_array_equal(loaded(images[:5]), features(images[:5]))


@pytest.mark.slow
def test_features_of_partners_are_a_function_of_seed_and_data(negatives):
    images, partners = (x[:20] for x in negatives)
    network = metrics.FeatureNetwork(width=4, steps=3)
    names = [clone(network).fit(images, partners=partners).name for _ in range(2)]
    random = metrics.FeatureNetwork(width=4, steps=0).fit(images[:1], partners=partners[:1])
    assert names[0] == names[1] != random.name


def test_the_loss_of_partners_is_info_nce_in_both_directions():
    random = np.random.default_rng(0)
    z = random.normal(size=(5, 2, 3))
    scores = z[:, 0] @ z[:, 1].T / 0.1
    towards = [np.diag(s) - np.log(np.exp(s).sum(axis=1)) + np.log(5) for s in (scores, scores.T)]
    loss = features_module._retrieval(None, ops.convert_to_tensor(z))
    np.testing.assert_allclose(loss, -np.mean(towards, axis=0), rtol=1e-10)


def test_views_are_filled_with_the_value_at_the_borders_of_each_side(monkeypatch):
    images = np.full((2, 8, 8, 1), -1.0, "float32")
    images[:, 1:-1, 1:-1] = 0.7
    filled = []
    view = features_module._random_view
    monkeypatch.setattr(features_module, "_random_view", lambda x: [filled.append(x), view(x)][1])
    metrics.FeatureNetwork(width=4)._network_of_pairs(np.stack([images, -images], axis=1))
    metrics.FeatureNetwork(width=4)._network_of_views(images)
    assert filled == [-1.0, 1.0, -1.0, -1.0]


def test_bad_images_and_labels_are_refused_in_one_line(digits):
    network = metrics.FeatureNetwork(width=4, steps=1)
    images = digits.train_images[:5]
    with pytest.raises(ValueError, match=r"partners must have the shape of images, .* got \(4, 8"):
        network.fit(images, partners=images[:4])
    with pytest.raises(ValueError, match="give labels or partners, not both"):
        network.fit(images, np.arange(5), partners=images)
    with pytest.raises(ValueError, match="give two pairs and batch_size=2 or more, got 1 and 128"):
        network.fit(images[:1], partners=images[:1])
    with pytest.raises(ValueError, match="images is uint8, which stands for"):
        network.fit(images, partners=images * 1.0)
    unknown = np.full(images.shape, np.nan, "float32")
    for name, pair in (("images", (unknown, images)), ("partners", (images, unknown))):
        with pytest.raises(ValueError, match=f"FeatureNetwork: {name} must be finite"):
            network.fit(pair[0], partners=pair[1])
    with pytest.raises(ValueError, match="images must be finite"):
        network.fit(unknown)
    with pytest.raises(ValueError, match=r"got \(2, 0, 8, 1\)"):
        network.fit(images[:2, :0])
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
