import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import norm

from support.games import drawn, step_of_logits
from tfgan_it.augmentation import AdaptiveAugmentation
from tfgan_it.augmentation import geometry as g
from tfgan_it.augmentation import transformations as t
from tfgan_it.seeds import StatelessSeed

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(-1, 1, size=(5, 16, 24, 3)).astype("float32")
U = RNG.uniform(size=5).astype("float32")
NORMAL = norm.ppf(U.astype("float64")).astype("float32")
ZERO, ONE = np.zeros(5, "float32"), np.ones(5, "float32")
ANGLE = (2 * U - 1) * np.pi


def mapped(maps):
    return g.mapped(IMAGES, maps)


# The images after each of the transformations by itself, in order.
ALONE = [
    lambda: mapped(g.scaling(1 - 2 * np.floor(2 * U), ONE)),
    lambda: mapped(g.rotation(np.floor(4 * U) * np.pi / 2)),
    lambda: mapped(g.shift(np.round((2 * U - 1) * 24 / 8), ZERO)),
    lambda: mapped(g.shift(ZERO, np.round((2 * U - 1) * 16 / 8))),
    lambda: mapped(g.scaling(2 ** (0.2 * NORMAL), 2 ** (0.2 * NORMAL))),
    lambda: mapped(g.rotation(ANGLE)),
    lambda: mapped(g.scaling(2 ** (0.2 * NORMAL), 2 ** (-0.2 * NORMAL))),
    lambda: mapped(g.rotation(ANGLE)),
    lambda: mapped(g.shift(24 * 0.125 * NORMAL, ZERO)),
    lambda: mapped(g.shift(ZERO, 16 * 0.125 * NORMAL)),
    lambda: t.brightness(IMAGES, 0.2 * NORMAL),
    lambda: t.contrast(IMAGES, 2 ** (0.5 * NORMAL)),
    lambda: t.luma_flip(IMAGES, np.floor(2 * U)),
    lambda: t.hue(IMAGES, ANGLE),
    lambda: t.saturation(IMAGES, 2**NORMAL),
]


def numbers(*happening, gate=0.0):
    """Uniform numbers with which only these transformations happen."""
    u = np.ones((5, 2, len(ALONE)), "float32")
    u[:, 0, list(happening)] = gate
    u[:, 1] = U[:, None]
    return u


@pytest.mark.parametrize("index", range(len(ALONE)))
def test_each_transformation_separately(index):
    augmented = AdaptiveAugmentation(initial=0.5).augment(IMAGES, drawn(numbers(index)))
    np.testing.assert_allclose(augmented, ALONE[index](), atol=2e-5)
    assert np.abs(augmented - IMAGES).max() > 0.01


def test_colours_come_after_geometry_and_in_order():
    augmented = AdaptiveAugmentation(initial=0.5).augment(IMAGES, drawn(numbers(4, 10, 11)))
    expected = t.contrast(t.brightness(ALONE[4](), 0.2 * NORMAL), 2 ** (0.5 * NORMAL))
    np.testing.assert_allclose(augmented, expected, atol=1e-5)
    augmented = AdaptiveAugmentation(initial=0.5).augment(IMAGES, drawn(numbers(5, 8)))
    expected = mapped(g.rotation(ANGLE) @ g.shift(24 * 0.125 * NORMAL, ZERO))
    np.testing.assert_allclose(augmented, expected, atol=1e-5)


@pytest.mark.parametrize("index", range(len(ALONE)))
def test_each_happens_with_its_probability(index):
    # The two rotations share theirs: at least one happens with probability p.
    threshold = 1 - np.sqrt(1 - 0.4) if index in (5, 7) else 0.4
    adaptive = AdaptiveAugmentation(initial=0.4)
    for gate, happens in ((threshold - 1e-4, True), (threshold + 1e-4, False)):
        augmented = adaptive.augment(IMAGES, drawn(numbers(index, gate=gate)))
        assert (np.abs(augmented - IMAGES).max() > 0.01) == happens


def seeded(rows):
    return lambda function: function(rows, seed=StatelessSeed(0, rows))


@pytest.mark.parametrize("shape", [(8, 8, 1), (8, 12, 2), (16, 8, 3)])
def test_nothing_changes_at_probability_zero(shape):
    images = RNG.normal(size=(7, *shape)).astype("float32")
    augmented = AdaptiveAugmentation().augment(images, seeded(7))
    np.testing.assert_array_equal(augmented, images)


def test_at_probability_one_every_image_changes_by_itself():
    images = np.repeat(IMAGES[:1], 9, axis=0)
    augmented = AdaptiveAugmentation(initial=1.0).augment(images, seeded(9)).numpy()
    assert augmented.shape == images.shape and np.isfinite(augmented).all()
    for i in range(9):
        for j in range(i):
            assert np.abs(augmented[i] - augmented[j]).max() > 0.01


def test_digits_can_keep_their_geometry():
    adaptive = AdaptiveAugmentation(initial=1.0, geometric=False)
    images = IMAGES[..., :1]
    augmented = adaptive.augment(images, seeded(5)).numpy()
    # What is left for one channel is a x + b: brightness, contrast and luma flip.
    for before, after in zip(images, augmented, strict=True):
        fit = np.polynomial.Polynomial.fit(before.ravel(), after.ravel(), 1)
        np.testing.assert_allclose(fit(before), after, atol=1e-5)
    assert np.abs(augmented - images).max() > 0.1


@pytest.mark.slow
def test_the_gradient_reaches_the_images():
    weights, move = RNG.normal(size=(2, *IMAGES.shape)).astype("float32")
    adaptive = AdaptiveAugmentation(initial=0.7)

    @tf.function
    def value_and_gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            value = tf.reduce_sum(weights * adaptive.augment(images, seeded(5)))
        return value, tape.gradient(value, images)

    value, gradient = value_and_gradient(tf.constant(IMAGES))
    moved, _ = value_and_gradient(tf.constant(IMAGES + move))
    # Affine in the images: the difference is exact for a step of any length.
    assert float(moved - value) == pytest.approx(float((gradient.numpy() * move).sum()), rel=1e-3)


def updated(adaptive, real, times=1):
    for _ in range(times):
        reported = adaptive.update(step_of_logits(real, real))
    return {name: float(value) for name, value in reported.items()}


def test_p_moves_towards_the_target_at_the_end_of_each_interval():
    adaptive = AdaptiveAugmentation(target=0.6, interval=2, images=100, initial=0.5)
    sure, unsure = np.ones(10), np.asarray([1] * 5 + [-1] * 5)
    # 10 images times 2 updates are a fifth of 100.
    assert updated(adaptive, sure) == pytest.approx({"augmentation_p": 0.5, "augmentation_r": 1})
    assert updated(adaptive, sure)["augmentation_p"] == pytest.approx(0.7)
    assert updated(adaptive, unsure) == pytest.approx({"augmentation_p": 0.7, "augmentation_r": 0})
    assert updated(adaptive, unsure)["augmentation_p"] == pytest.approx(0.5)
    # The mean of both, .5, is below the target.
    updated(adaptive, sure)
    assert updated(adaptive, unsure)["augmentation_p"] == pytest.approx(0.3)


@pytest.mark.parametrize("sign, end", [(1, 1.0), (-1, 0.0)])
def test_p_stays_a_probability(sign, end):
    adaptive = AdaptiveAugmentation(interval=1, images=30, initial=0.5)
    for _ in range(5):
        p = updated(adaptive, np.full(10, sign))["augmentation_p"]
        assert 0 <= p <= 1
    assert p == end


def test_p_rises_from_zero_to_one_over_the_given_images():
    adaptive = AdaptiveAugmentation(interval=4, images=400)
    for step in range(40):
        p = updated(adaptive, np.ones(10))["augmentation_p"]
        assert p == pytest.approx((step + 1) // 4 * 0.1, abs=1e-5)
    assert p == pytest.approx(1)


def test_published_defaults():
    adaptive = AdaptiveAugmentation()
    assert (adaptive.target, adaptive.interval, adaptive.images) == (0.6, 4, 500_000)
    assert float(adaptive.p) == 0
