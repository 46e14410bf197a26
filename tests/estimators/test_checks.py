import warnings

import keras
import numpy as np
import pytest

from tfgan_it.estimators import (
    CCA,
    KSG,
    DensityRatioEstimator,
    GaussianEntropy,
    KozachenkoLeonenko,
    NeighborKL,
    NeuralEstimator,
    Ross,
    checks,
)

BAD = {
    "text": (["a", "b"], "x must be real numbers, got <U1"),
    "bytes": (np.array([b"1", b"2"]), "x must be real numbers, got |S1"),
    "complex": ([1j, 2.0], "x must be real numbers, got complex128"),
    "objects": (np.array([1, None], object), "x must be real numbers, got object"),
    "dates": (np.array(["2020-01-01"], "datetime64[D]"), "x must be real numbers, got datetime64"),
    "ragged": ([[1.0], [1.0, 2.0]], "x is not an array"),
    "scalar": (3.0, r"x must be \(n,\) or \(n, d\), got the shape \(\)"),
    "images": (np.zeros((2, 3, 3)), r"got the shape \(2, 3, 3\): flatten"),
    "no samples": ([], "x is empty"),
    "no columns": (np.zeros((4, 0)), "x is empty"),
    "nan": ([0.0, np.nan], "x has 1 values that are NaN or infinite, the first in row 1"),
    "infinity": ([[0, 1], [2, 3], [-np.inf, np.nan]], "x has 2 values .* the first in row 2"),
    "huge": ([1e151, 0.0], r"x has values beyond 1e\+150"),
    "beyond float64": ([2**53, 2**53 + 1], r"x has integers beyond 2\*\*53"),
    "masked": (np.ma.masked_less([1.0, 2.0], 1.5), "x has masked values"),
}


@pytest.mark.parametrize(("x", "message"), BAD.values(), ids=BAD)
def test_invalid_samples_are_refused_in_one_line(x, message):
    with pytest.raises(ValueError, match=message) as error:
        checks.samples(x)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int64", "uint64", "float16", "float32"]
)
def test_every_real_type_becomes_float64(dtype):
    x = np.array([0, 1, 1], dtype)
    assert checks.samples(x).dtype == "float64"
    assert checks.samples(x).tolist() == [[0.0], [1.0], [1.0]]


def test_small_integers_do_not_overflow():
    x = checks.samples(np.array([-128, 127], "int8"))
    assert x[1] - x[0] == 255


def test_the_caller_s_array_is_not_changed():
    x = np.arange(4.0)
    checks.samples(x)[0] = 7
    assert x[0] == 0


def test_pairs_have_one_length():
    with pytest.raises(ValueError, match="^x and y must have equal lengths, got 3 and 2.$"):
        checks.pairs(np.zeros(3), np.zeros((2, 5)))
    with pytest.raises(ValueError, match="^y has 1 values that are NaN"):
        checks.pairs([0.0], [np.nan])


@pytest.mark.parametrize(
    "values", [[3, 7, 3], [3.0, 7.0, 3.0], np.array([200, 255, 200], "uint8"), [False, True, False]]
)
def test_labels_are_numbered(values):
    labels = checks.labels(values)
    assert labels.dtype == "int64" and labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["a", "b"], "labels must be real numbers"),
        ([0.5, 1.0], "labels must be integers, got float64 with fractions"),
        ([np.nan, 1.0], "labels must be integers"),
        (np.eye(3), "take the argmax of one-hot rows"),
        ([], "labels is empty"),
    ],
)
def test_invalid_labels_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        checks.labels(values)


@pytest.mark.parametrize("count", [0, -1, 1.5, 3.0, True, "3", None])
def test_neighbors_are_a_positive_integer(count):
    with pytest.raises(
        ValueError, match=f"neighbors must be a whole number of at least 1, got {count!r}"
    ):
        checks.neighbors(count, 10)


def test_samples_must_be_more_than_neighbors():
    assert checks.neighbors(np.int8(3), 4) == 3
    with pytest.raises(ValueError, match="y has 3 samples, too few for neighbors=3: .* least 4"):
        checks.neighbors(3, 3, "y")


@pytest.mark.parametrize("base", [1, 0, -2, 0.5, np.nan, np.inf, "e", None, True])
def test_a_base_is_above_one(base):
    with pytest.raises(ValueError, match="^base must be a finite number above 1"):
        checks.unit(base)


def test_units():
    assert checks.unit(np.e) == pytest.approx(1)
    assert checks.unit(8) == pytest.approx(3 * checks.unit(2))


PIXELS = np.array([[0], [255]], "uint8")


@pytest.mark.parametrize(
    ("other", "scaled", "message"),
    [
        (np.array([[0.0], [255.0]]), True, r"which stands for \[-1, 1\].*float in \[0, 255\]"),
        (np.array([[-1.0], [1.0]]), False, r"up to 255, but .* float in \[-1, 1\]"),
    ],
)
def test_pixels_and_floats_of_another_scale_are_not_compared(other, scaled, message):
    for pair in ((PIXELS, other), (other, PIXELS)):
        with pytest.raises(ValueError, match=message) as error:
            checks.same_scale(*pair, scaled=scaled)
        assert "\n" not in str(error.value)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("other", "scaled"),
    [
        (PIXELS, True),
        (PIXELS, False),
        (np.array([[-1.0], [1.2]]), True),
        (np.array([[0.3], [254.6]]), False),
        (np.zeros((0, 1)), True),
    ],
)
def test_pixels_and_what_they_are_compared_with(other, scaled):
    checks.same_scale(PIXELS, other, scaled=scaled)


def test_pixels_and_floats_from_0_to_1_are_warned_of():
    with pytest.warns(UserWarning, match=r"float in \[0, 1\]"):
        checks.same_scale(PIXELS, np.array([[0.0], [1.0]]), scaled=True)


TINY = {"steps": 1, "batch_size": 8}
X, Y = np.random.default_rng(0).standard_normal((2, 600, 1))
FITS = {
    "CCA": lambda x: CCA().fit(x, Y),
    "GaussianEntropy": lambda x: GaussianEntropy().fit(x),
    "KozachenkoLeonenko": lambda x: KozachenkoLeonenko().fit(np.hstack([x, Y])),
    "NeighborKL": lambda x: NeighborKL().fit(x, Y),
    "KSG": lambda x: KSG(preprocessing="standardize").fit(x, Y),
    "Ross": lambda x: Ross().fit(x, Y[:, 0] > 0),
    "NeuralEstimator": lambda x: NeuralEstimator(hidden=(), **TINY).fit(x, Y),
    "DensityRatioEstimator": lambda x: DensityRatioEstimator(**TINY).fit(x, Y),
}


@pytest.mark.parametrize("values", [[1e12], [1e12, -1e12], [1e30]], ids=str)
@pytest.mark.parametrize("owner", FITS)
def test_values_that_hide_the_others_are_warned_of(owner, values):
    x = np.concatenate([X[len(values) :], np.reshape(values, (-1, 1))])
    with pytest.warns(RuntimeWarning, match=f"^{owner}: column 0 has .* so far from the others"):
        FITS[owner](x)


@pytest.mark.parametrize("x", [X, X > 2.9, np.exp(X)], ids=["normal", "rare", "skewed"])
def test_samples_without_outliers_are_not_warned_of(x):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checks.warn_of_outliers(np.asarray(x, "float64"), "KSG")


IMAGES = np.random.default_rng(0).uniform(size=(20, 4, 4, 1))


def diverging(shape):
    layers = [keras.Input(shape), keras.layers.Dense(1), keras.layers.Rescaling(np.nan)]
    return keras.Sequential(layers)


@pytest.mark.parametrize(
    "fit",
    [
        lambda: NeuralEstimator(preprocessing=lambda x: x * 1e38, **TINY).fit(X, Y),
        lambda: DensityRatioEstimator(diverging, **TINY).fit(X, Y),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_an_estimate_that_is_not_finite_is_refused(fit):
    with pytest.raises(ValueError, match="finite|nan|inf.*smaller learning_rate") as error:
        fit()
    assert "\n" not in str(error.value)


def test_images_far_from_their_range_are_warned_of():
    with pytest.warns(RuntimeWarning, match=r"images lie in \[.*, 2..\..*\], far from \[-1, 1\]"):
        DensityRatioEstimator(**TINY).fit(IMAGES * 255, IMAGES * 255)


def test_the_rounding_of_float16_is_said():
    with pytest.warns(RuntimeWarning, match="minus infinity.*float16.*float32"):
        KozachenkoLeonenko().fit(np.random.default_rng(0).random(20000).astype("float16"))
