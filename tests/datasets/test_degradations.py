"""Degraded images beside their originals."""

import numpy as np
import pytest

from tfgan_it.datasets import ImageDataset, degraded, digits, fingerprint


def grey_images(n=400, level=128):
    return ImageDataset(
        "flat", np.full((n, 16, 16, 1), level, "uint8"), np.full((n, 16, 16, 1), level, "uint8")
    )


def test_noise_has_the_standard_deviation():
    pairs = degraded(grey_images(), "noise", 0.1)
    noise = pairs.train_images["a"].astype(float) - 128
    assert noise.std() == pytest.approx(25.5, rel=0.01)  # Rounding adds 1/12 to a variance of 650.
    assert abs(noise.mean()) < 0.3
    assert not (pairs.train_images["a"] == pairs.test_images["a"]).all()
    np.testing.assert_array_equal(pairs.train_images["b"], 128)
    again = degraded(grey_images(), "noise", 0.1)
    assert fingerprint(again) == fingerprint(pairs)
    assert fingerprint(degraded(grey_images(), "noise", 0.1, seed=1)) != fingerprint(pairs)


def test_noise_of_extremes_is_clipped():
    noisy = degraded(grey_images(level=255), "noise", 0.3).train_images["a"]
    assert noisy.dtype == "uint8" and (noisy == 255).mean() == pytest.approx(0.5, abs=0.01)


def test_downsampling_keeps_what_is_smooth_and_loses_what_is_fine():
    ramp = np.broadcast_to(np.arange(0, 64, 2, dtype="uint8")[:, None, None], (32, 32, 1))
    checks = (np.indices((32, 32)).sum(0) % 2 * 255).astype("uint8")[..., None]
    data = ImageDataset("two", np.stack([ramp, checks]), np.stack([ramp, checks]))
    smooth, fine = degraded(data, "downsample", 2).train_images["a"].astype(int)
    assert np.abs(smooth - ramp)[4:-4].max() <= 2
    assert np.abs(fine[4:-4, 4:-4] - 127).max() <= 4


def test_a_mask_covers_its_share():
    pairs = degraded(grey_images(4000, level=0), "mask", 0.25)
    covered = pairs.train_images["a"] == 128
    assert (covered.sum((1, 2, 3)) == 16).all()
    assert covered.any(0).all()  # Every pixel is covered in some image.
    assert degraded(grey_images(level=0), "mask", 1.0).train_images["a"].min() == 128


def test_grey_is_luminance():
    colors = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], "uint8")[:, None, None]
    images = np.broadcast_to(colors, (3, 4, 4, 3)).copy()
    pairs = degraded(ImageDataset("c", images, images), "grey")
    assert pairs.train_images["a"][:, 0, 0, 0].tolist() == [76, 150, 29]
    assert pairs.sample_shape == {"a": (4, 4, 1), "b": (4, 4, 3)}


def test_labels_and_texts_stay():
    pairs = degraded(digits())
    np.testing.assert_array_equal(pairs.train_labels, digits().train_labels)
    assert pairs.class_names == digits().class_names


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "nois"}, "Unknown degradation 'nois'.*nearest: noise"),
        ({"kind": ["noise"]}, r"Unknown degradation \['noise'\]"),
        ({"kind": "grey"}, "grey: images must have 3 channels, got 1"),
        ({"kind": "grey", "amount": 1.0}, "grey takes no amount"),
        ({"kind": "downsample", "amount": 3.0}, "must be a whole number that divides 8 and 8"),
        ({"kind": "downsample", "amount": 1.0}, r"amount must .*\[2, 64\]"),
        ({"kind": "noise", "amount": -1.0}, "amount must"),
        ({"kind": "noise", "amount": float("nan")}, "amount must"),
    ],
)
def test_what_does_not_suit_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        degraded(digits(), **options)


@pytest.mark.parametrize("wrong", [None, "digits", digits().train_images, degraded(digits())])
def test_what_is_no_set_of_images_is_refused(wrong):
    with pytest.raises(ValueError, match="degraded: dataset must be an ImageDataset, got") as error:
        degraded(wrong)
    assert "\n" not in str(error.value)
