import keras
import numpy as np
import pytest

from tfgan_it.datasets import ImageDataset, check_images, scale_images, to_uint8

ALL_PIXELS = np.arange(256, dtype="uint8")
IMAGES = np.arange(4 * 6 * 5 * 3, dtype="uint8").reshape(4, 6, 5, 3)
LABELS = np.array([2, 0, 1, 2])


def test_dataset_has_a_shape_and_classes():
    dataset = ImageDataset("noise", IMAGES, IMAGES[:3], LABELS, LABELS[:3])
    assert dataset.sample_shape == (6, 5, 3)
    assert dataset.num_classes == 3
    assert repr(dataset) == "ImageDataset('noise', 4 train + 3 test images of 6x5x3, 3 classes)"


def test_classes_come_from_the_names_then_from_either_labels_then_not_at_all():
    named = ImageDataset("a", IMAGES, IMAGES, LABELS, LABELS, class_names=("x", "y", "z", "unseen"))
    tested = ImageDataset("a", IMAGES, IMAGES, None, np.array([0, 0, 6, 0]))
    assert (named.num_classes, tested.num_classes) == (4, 7)
    assert ImageDataset("a", IMAGES, IMAGES).num_classes is None


def test_dataset_cannot_be_changed():
    with pytest.raises(AttributeError):
        ImageDataset("a", IMAGES, IMAGES).name = "b"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((LABELS, IMAGES), r"train_images has shape \(4,\), .* look like labels"),
        ((IMAGES, LABELS), r"test_images has shape \(4,\)"),
        ((IMAGES[..., 0], IMAGES), r"for grey images pass images\[\.\.\., None\]"),
        ((IMAGES[:0], IMAGES), r"\(0, 6, 5, 3\): it holds no pixels"),
        ((IMAGES[..., :0], IMAGES), "holds no pixels"),
        ((IMAGES / 255.0, IMAGES), r"is float64, expected uint8: to_uint8\(images\) converts"),
        ((IMAGES.tolist(), IMAGES), "must be a NumPy array, got list"),
        ((IMAGES, IMAGES[:, :4]), "test_images are 4x5x3 but train_images are 6x5x3"),
        ((IMAGES, IMAGES, LABELS[:3]), r"train_labels .* shape \(4,\), got int64 \(3,\)"),
        ((IMAGES, IMAGES, None, LABELS.astype("uint8")), r"test_labels .* got uint8 \(4,\)"),
        ((IMAGES, IMAGES, [2, 0, 1, 2]), r"train_labels .* got list \(4,\)"),
        ((IMAGES, IMAGES, LABELS - 1), r"train_labels lies in \[-1, 1\]"),
        ((IMAGES, IMAGES, LABELS, None, ("a", "b")), r"\[0, 2\].* below the 2 class names"),
    ],
)
def test_dataset_refuses_wrong_arrays_in_one_line(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        ImageDataset("wrong", *arguments)
    assert "\n" not in str(error.value)


def test_scale_is_the_affine_map_of_0_to_255_onto_minus_1_to_1():
    scaled = keras.ops.convert_to_numpy(scale_images(ALL_PIXELS))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, np.linspace(-1.0, 1.0, 256), atol=1e-7)


def test_scale_only_casts_floats():
    scaled = scale_images(np.array([0.25, -1.0]), dtype="float16")
    assert keras.backend.standardize_dtype(scaled.dtype) == "float16"
    assert keras.ops.convert_to_numpy(scaled).tolist() == [0.25, -1.0]


def test_scale_to_bfloat16_is_as_exact_as_bfloat16_allows():
    scaled = keras.ops.cast(scale_images(ALL_PIXELS, "bfloat16"), "float32")
    exact = np.linspace(-1.0, 1.0, 256)
    # Half a unit in the last of 8 significant bits; arithmetic in bfloat16 would be off by 50%
    # around grey.
    np.testing.assert_allclose(keras.ops.convert_to_numpy(scaled), exact, rtol=2.0**-8)


def test_scale_works_on_symbolic_tensors():
    pixels = keras.Input((4,), dtype="uint8")
    model = keras.Model(pixels, scale_images(pixels))
    assert model(np.array([[0, 255, 0, 255]], "uint8")).numpy().tolist() == [[-1, 1, -1, 1]]


@pytest.mark.parametrize("dtype", ["int32", "bool"])
def test_scale_refuses_other_dtypes(dtype):
    with pytest.raises(ValueError, match=f"images are {dtype}; they must be uint8"):
        scale_images(np.zeros(3, dtype))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_every_pixel_survives_the_round_trip(dtype):
    np.testing.assert_array_equal(to_uint8(scale_images(ALL_PIXELS, dtype)), ALL_PIXELS)


def test_to_uint8_rounds_to_the_nearest_and_clips():
    # 127.5 (x + 1): 0.4, 0.6, 254.4, 254.6, and far outside on both sides.
    values = np.array([0.4, 0.6, 254.4, 254.6, -1e6, 1e6]) / 127.5 - 1.0
    assert to_uint8(values).tolist() == [0, 1, 254, 255, 0, 255]


def test_to_uint8_leaves_uint8_and_reads_tensors():
    assert to_uint8(ALL_PIXELS) is ALL_PIXELS
    assert to_uint8(keras.ops.zeros((2, 3), "bfloat16")).tolist() == [[128] * 3] * 2


def test_to_uint8_refuses_values_that_are_not_finite():
    images = np.zeros((2, 3))
    images[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"1 values that are not finite, first at index \(1, 2\)"):
        to_uint8(images)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES,
        np.linspace(-1.0009, 1.0009, IMAGES.size).reshape(IMAGES.shape),
        keras.ops.zeros((4, 6, 5, 3), "bfloat16"),
    ],
)
def test_check_accepts_what_can_be_trained_on(images):
    check_images(images, (6, 5, 3), minimum=4)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (LABELS, r"shape \(4,\), expected \(n, 6, 5, 3\): these look like labels"),
        (IMAGES[0], r"\(6, 5, 3\), expected \(n, 6, 5, 3\): for one image pass images\[None\]"),
        (IMAGES[..., :1], r"\(4, 6, 5, 1\), expected \(n, 6, 5, 3\)$"),
        (IMAGES[:3], "3 images given, at least 4 are needed"),
        (IMAGES[:0], "0 images given, at least 4 are needed"),
        (IMAGES.astype("int64"), "images are int64; they must be uint8"),
        (IMAGES.astype("float32"), r"lie in \[0, 255\] but must lie in \[-1, 1\]"),
        (np.full(IMAGES.shape, -1.002), r"lie in \[-1.002, -1.002\]"),
    ],
)
def test_check_refuses_the_rest_in_one_line(images, message):
    with pytest.raises(ValueError, match=message) as error:
        check_images(images, (6, 5, 3), minimum=4)
    assert "\n" not in str(error.value)


def test_check_hints_at_the_channel_axis_of_grey_images():
    with pytest.raises(ValueError, match=r"pass images\[\.\.\., None\]"):
        check_images(IMAGES[..., 0], (6, 5, 1))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_check_counts_and_locates_what_is_not_finite(value):
    images = np.zeros((4, 6, 5, 3), "float32")
    images[2, 1, 4, 0] = images[3, 0, 0, 0] = value
    with pytest.raises(ValueError, match=r"2 values .* not finite, first at index \(2, 1, 4, 0\)"):
        check_images(images, (6, 5, 3))


POINTS = np.linspace(-300, 400, 12).reshape(6, 2)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_points_are_floats_of_any_size(dtype):
    check_images(POINTS.astype(dtype), (2,), minimum=6)
    check_images(keras.ops.convert_to_tensor(POINTS, "float32"), [2])


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (POINTS[:, :1], r"shape \(6, 1\), expected \(n, 2\)$"),
        (POINTS[0, 0], r"shape \(\), expected \(n, 2\)$"),
        (np.arange(6), r"shape \(6,\), expected \(n, 2\): these look like labels$"),
        (IMAGES, r"shape \(4, 6, 5, 3\), expected \(n, 2\)$"),
        (IMAGES[..., 0], r"shape \(4, 6, 5\), expected \(n, 2\)$"),
        (POINTS[:3], "^3 images given, at least 4 are needed$"),
        (POINTS.astype("uint8"), "^images are uint8; they must be floats$"),
        (POINTS.astype("int64"), "^images are int64; they must be floats$"),
        (
            np.where(POINTS > 300, np.nan, POINTS),
            r"2 values .* not finite, first at index \(5, 0\)",
        ),
    ],
)
def test_invalid_points_are_refused_in_one_line(points, message):
    with pytest.raises(ValueError, match=message) as error:
        check_images(points, (2,), minimum=4)
    assert "\n" not in str(error.value)


def test_points_are_not_images():
    with pytest.raises(ValueError, match=r"shape \(6, 2\), expected \(n, 6, 5, 3\)$"):
        check_images(POINTS, (6, 5, 3))


def test_sequences_are_floats_of_any_size():
    check_images(np.full((2, 5, 3), 9.0), (5, 3))
    with pytest.raises(ValueError, match="must lie in"):
        check_images(np.full((2, 5, 3, 1), 9.0), (5, 3, 1))


def test_samples_by_name():
    shapes = {"a": (2,), "b": (3, 4, 1)}
    samples = {"a": np.full((4, 2), 9.0), "b": np.zeros((4, 3, 4, 1)), "more": None}
    check_images(samples, shapes, minimum=4)
    for wrong, message in (
        ({"a": samples["a"]}, r"^samples must be a dict of a, b, got \['a'\]$"),
        (samples["a"], "^samples must be a dict of a, b, got ndarray$"),
        ({**samples, "b": samples["a"]}, r"^images have shape \(4, 2\), expected \(n, 3, 4, 1\)"),
    ):
        with pytest.raises(ValueError, match=message):
            check_images(wrong, shapes)
    with pytest.raises(ValueError, match="4 images given, at least 5"):
        check_images(samples, shapes, minimum=5)
