import keras
import numpy as np
import pytest

from tfgan_it import datasets, metrics


class Kept:
    """Features that keep what they were given."""

    name = "kept"

    def __call__(self, samples):
        self.samples = samples
        return samples.reshape(len(samples), -1)


@pytest.mark.parametrize(("interpolation", "size"), [("bilinear", 4), ("lanczos3", 8)])
def test_shrinking_is_antialiased(interpolation, size):
    stripes = np.tile(np.array([0, 255], "uint8"), 16)[None, None, :, None].repeat(32, axis=1)
    features = metrics.ResizedFeatures(Kept(), size, interpolation)
    assert features.name == f"kept@{interpolation}{size}"
    features(stripes)
    inner = features.features.samples[:, :, 1:-1]
    # Without antialiasing all of them would be 1 or -1.
    assert np.abs(inner).max() < 0.1


def test_images_of_the_size_are_unchanged():
    features = metrics.ResizedFeatures(Kept(), 8)
    images = datasets.load("digits").test_images[:70]
    found = features(images)
    np.testing.assert_array_equal(found, metrics.Pixels()(images))


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: metrics.ResizedFeatures(Kept(), 0), "ResizedFeatures: size must be a whole"),
        (lambda: metrics.ResizedFeatures(Kept(), 4, "box"), "Unknown interpolation 'box'"),
        (lambda: metrics.ResizedFeatures(Kept(), 4)(np.zeros((3, 2))), "images must be"),
        (lambda: metrics.KerasInception("gone.weights.h5"), "No weights of InceptionV3 in"),
    ],
)
def test_mistakes_are_one_line(make, line):
    with pytest.raises((ValueError, FileNotFoundError)) as error:
        make()
    assert line in str(error.value) and "\n" not in str(error.value)


@pytest.mark.slow
def test_keras_inception_with_weights_from_a_file(tmp_path):
    keras.utils.set_random_seed(1)
    network = keras.applications.InceptionV3(
        include_top=False, weights=None, input_shape=(299, 299, 3), pooling="avg"
    )
    path = tmp_path / "inception.weights.h5"
    network.save_weights(path)
    features = metrics.KerasInception(path)
    assert features.name.startswith("keras_inception_v3-")
    assert features.name.endswith("@bicubic299")
    images = datasets.load("digits").test_images[:3]
    found = features(images)
    assert found.shape == (3, 2048) and found.std(axis=0).max() > 0
    np.testing.assert_allclose(features(images.repeat(3, axis=-1)), found, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="1 or 3"):
        features(np.zeros((2, 8, 8, 2), "uint8"))
    path.write_bytes(b"no weights")
    with pytest.raises(ValueError, match="InceptionV3 cannot be loaded from"):
        metrics.KerasInception(path)
