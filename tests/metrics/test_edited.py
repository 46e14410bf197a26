"""What an edit changed and kept, against NumPy and by edits that are known."""

import keras
import numpy as np
import pytest

from tfgan_it import metrics
from tfgan_it.metrics import FeatureNetwork, editing_scores, perceptual_distance

RANDOM = np.random.default_rng(0)
IMAGES = RANDOM.integers(0, 256, (12, 8, 8, 1), "uint8")


@pytest.fixture(scope="module")
def features():
    return FeatureNetwork("noise_cnn", width=4, steps=0).fit(IMAGES)


def test_the_distance_is_that_of_unit_vectors_of_all_maps(features):
    network, total = features.network_, 0.0
    convolutions = [x for x in network.layers if isinstance(x, keras.layers.Conv2D)]
    assert len(convolutions) > 1
    scaled = IMAGES.astype("float32") / 127.5 - 1
    for layer in convolutions:
        maps = keras.Model(network.input, layer.output).predict(scaled, verbose=0)
        unit = maps.astype("float64") / np.linalg.norm(maps.astype("float64"), axis=-1)[..., None]
        other = unit[::-1]
        total += np.square(unit - other).sum(-1).mean((1, 2))
    np.testing.assert_allclose(
        perceptual_distance(IMAGES, IMAGES[::-1], features), total, rtol=1e-4
    )


def test_it_grows_with_the_change_and_is_symmetric(features):
    noise = RANDOM.normal(0, 1, IMAGES.shape)
    changed = [(IMAGES + s * noise).clip(0, 255).astype("uint8") for s in (5, 20, 80)]
    found = [perceptual_distance(IMAGES, x, features).mean() for x in changed]
    assert 0 < found[0] < found[1] < found[2]
    both = [
        perceptual_distance(*pair, features)
        for pair in ((IMAGES, changed[1]), (changed[1], IMAGES))
    ]
    np.testing.assert_allclose(*both)


def test_floats_and_pixels_are_the_same_images(features):
    floats = IMAGES.astype("float32") / 127.5 - 1
    assert perceptual_distance(IMAGES, floats, features).max() < 1e-6


def test_what_is_kept_lies_between_the_same_image_and_unrelated_ones(features):
    many = RANDOM.integers(0, 256, (200, 8, 8, 1), "uint8")
    assert editing_scores(many, many, features)["kept"] == 1.0
    unrelated = editing_scores(many, RANDOM.permutation(many), features)
    assert unrelated["kept"] == pytest.approx(0.0, abs=0.05)
    half = many.copy()
    half[:, :4] = RANDOM.permutation(many)[:, :4]
    assert 0.2 < editing_scores(many, half, features)["kept"] < 0.8


def test_what_is_changed_is_told_by_a_classifier(features):
    classifier = lambda x: np.stack([x.mean((1, 2, 3)) < 128, x.mean((1, 2, 3)) >= 128], 1)  # noqa: E731
    dark, bright = IMAGES // 4, 255 - IMAGES // 4
    edited = np.concatenate([bright[:9], dark[9:]])
    scores = editing_scores(dark, edited, features, classifier=classifier, wanted=1)
    assert (scores["changed"], scores["was_before"]) == (0.75, 0.0)
    asked = [1] * 9 + [0] * 3
    scores = editing_scores(dark, edited, features, classifier=classifier, wanted=asked)
    assert (scores["changed"], scores["was_before"]) == (1.0, 0.25)


def test_it_is_a_function_of_its_seed(features):
    scores = [editing_scores(IMAGES, IMAGES[::-1], features, seed=seed) for seed in (0, 0, 5)]
    assert scores[0] == scores[1] != scores[2]


def test_mistakes_are_one_line(features):
    dense = metrics.FeatureNetwork("flat")
    inputs = keras.Input((8, 8, 1))
    dense.network_ = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(inputs)))
    for wrong, message in (
        (lambda: perceptual_distance(IMAGES, IMAGES[:3], features), "give images of one shape"),
        (lambda: perceptual_distance(IMAGES, IMAGES, dense), "has no convolutions"),
        (lambda: editing_scores(IMAGES[:1], IMAGES[:1], features), "needs at least 2 images"),
        (lambda: editing_scores(IMAGES, IMAGES, features, wanted=1), "give both classifier and"),
    ):
        with pytest.raises(ValueError, match=message) as error:
            wrong()
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"wanted": [0, 1]}, "wanted must be a class, or one for each of 12 images, got .0, 1."),
        ({"wanted": np.zeros((12, 2))}, "wanted must be a class, or one for each of 12"),
        ({"wanted": 0.5}, "wanted must be a class, or one for each of 12 images, got 0.5"),
        ({"wanted": "cat"}, "wanted must be real numbers"),
        ({"wanted": 2}, r"wanted must be in 0\.\.1, the classes of the classifier, got 2 to 2"),
        ({"wanted": -1}, r"wanted must be in 0\.\.1"),
        (
            {"classifier": lambda x: x.mean((1, 2, 3))},
            r"must give p.y.x., .12, classes., got .12,",
        ),
        ({"classifier": lambda x: np.eye(2)}, r"must give p.y.x., .12, classes., got .2, 2."),
        ({"classifier": lambda x: np.full((12, 2), np.nan)}, "gives values that are not finite"),
        ({"seed": 1.5}, "seed must be a whole number"),
        ({"seed": None}, "seed must be a whole number"),
    ],
)
def test_classes_and_seeds_that_cannot_be(features, more, message):
    options = {"classifier": lambda x: np.tile([0.9, 0.1], (len(x), 1)), "wanted": 0, **more}
    with pytest.raises(ValueError, match=message) as error:
        editing_scores(IMAGES, IMAGES, features, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("wrong", [None, "cnn", lambda x: x, metrics.Pixels()])
def test_features_must_be_those_of_a_network(wrong):
    with pytest.raises(ValueError, match="^perceptual_distance: features must be a FeatureNetwork"):
        perceptual_distance(IMAGES, IMAGES, wrong)


def test_images_have_the_shape_of_the_features(features):
    for shape in ((3, 16, 16, 1), (3, 8, 8, 3)):
        images = np.zeros(shape, "uint8")
        with pytest.raises(ValueError, match="takes images of .8, 8, 1., got ") as error:
            perceptual_distance(images, images, features)
        assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="needs at least 2 images, .n, height, width, channels."):
        editing_scores(3, 3, features)
