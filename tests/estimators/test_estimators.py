import copy
import functools
import inspect
import math
import pickle

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse
from sklearn.base import clone

from tfgan_it import estimators, losses
from tfgan_it.layers import SeparableCritic

OF_X = {
    "KozachenkoLeonenko": estimators.KozachenkoLeonenko(neighbors=2, base=2),
    "Histogram": estimators.Histogram(bins=4, base=2),
    "GaussianEntropy": estimators.GaussianEntropy(base=2),
}
OF_PAIRS = {
    "KSG": estimators.KSG(neighbors=2, variant=2, preprocessing="ranks", base=2),
    "ResidualKSG": estimators.ResidualKSG(neighbors=2, base=2),
    "Ross": estimators.Ross(neighbors=2, base=2),
    "NeighborKL": estimators.NeighborKL(neighbors=2, copula=False, base=2),
    "CCA": estimators.CCA(correction=None, base=2),
    "Histogram of pairs": estimators.Histogram(bins=4, base=2),
    "MixtureKSG": estimators.MixtureKSG(neighbors=2, base=2),
}
ALL = {**OF_X, **OF_PAIRS}
RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal(60)


def data(estimator):
    if estimator in OF_X.values():
        return (X,)
    if isinstance(estimator, estimators.Ross):
        return X, RANDOM.integers(0, 3, 60)
    return X, X + RANDOM.standard_normal(60)


@pytest.mark.parametrize("estimator", ALL.values(), ids=ALL)
def test_scikit_learn_s_manners(estimator):
    given = data(estimator)
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    with pytest.raises(ValueError, match="is not fitted: call fit before estimate"):
        copy.estimate()
    assert copy.fit(*given) is copy
    value = copy.estimate()
    assert type(value) is float and math.isfinite(value)
    in_nats = clone(copy).set_params(base=math.e)
    assert in_nats.fit(*given).estimate() == pytest.approx(value * math.log(2))
    assert clone(copy).fit(*given).estimate() == value
    with pytest.raises(ValueError, match="base must be a finite number above 1, got 1"):
        clone(copy).set_params(base=1).fit(*given)


BAD = {
    "nan": np.where(np.arange(60) == 3, np.nan, X),
    "infinity": np.where(np.arange(60) == 3, np.inf, X),
    "text": X.astype(str),
    "complex": X + 1j,
    "images": X.reshape(15, 2, 2),
    "nothing": X[:0],
    "one": X[:1],
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("estimator", ALL.values(), ids=ALL)
def test_bad_samples_are_one_line(estimator, bad):
    rest = data(estimator)[1:]
    with pytest.raises(ValueError) as error:
        clone(estimator).fit(bad, *(part[: len(bad)] for part in rest))
    assert "\n" not in str(error.value) and len(str(error.value)) < 250
    if rest and not isinstance(estimator, estimators.Ross):
        with pytest.raises(ValueError) as error:
            clone(estimator).fit(X[: len(bad)], bad)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["KSG", "ResidualKSG", "CCA", "Histogram of pairs"])
def test_lengths_that_differ_are_refused(name):
    with pytest.raises(ValueError, match="x and y must have equal lengths, got 60 and 59"):
        clone(ALL[name]).fit(X, X[:-1])


@pytest.mark.parametrize("name", ["KSG", "ResidualKSG", "KozachenkoLeonenko", "NeighborKL"])
@pytest.mark.parametrize("neighbors", [0, 2.0, True])
def test_neighbors_are_checked(name, neighbors):
    estimator = clone(ALL[name]).set_params(neighbors=neighbors)
    with pytest.raises(ValueError, match="neighbors must be a whole number of at least 1"):
        estimator.fit(*data(ALL[name]))


@pytest.mark.parametrize("estimator", ALL.values(), ids=ALL)
def test_the_caller_s_samples_are_not_changed(estimator):
    given = data(estimator)
    before = [part.copy() for part in given]
    clone(estimator).fit(*given)
    for part, old in zip(given, before, strict=True):
        np.testing.assert_array_equal(part, old)


def test_everything_exported_exists():
    assert sorted(estimators.__all__) == list(estimators.__all__)
    assert all(hasattr(estimators, name) for name in estimators.__all__)


# Every estimator, also one that is added, with the arguments of a short fit.
SHORT = {
    "DensityRatioEstimator": {"steps": 5, "batch_size": 32},
    "EncodedInformation": {"steps": 2, "batch_size": 16, "dimension": 2, "held_out": 0.6},
    "NeuralEstimator": {"steps": 5, "hidden": (4,)},
}
EVERY = {
    name: getattr(estimators, name)
    for name in estimators.__all__
    if hasattr(getattr(estimators, name), "fit")
}
every_estimator = pytest.mark.parametrize("name", EVERY)
without_training = pytest.mark.parametrize("name", [name for name in EVERY if name not in SHORT])
SAMPLES = np.random.default_rng(1).standard_normal((2, 150, 2)) + [[[0.0]], [[0.5]]]
SAMPLES[1] += SAMPLES[0]
# With conditions, for those that take them.
THREE = [*SAMPLES, np.random.default_rng(2).standard_normal((150, 2))]


def samples_of_fit(name):
    """The samples that the estimator is fitted to, by name."""
    _, *parameters = inspect.signature(EVERY[name].fit).parameters.values()
    return [p.name for p in parameters if p.kind is not p.KEYWORD_ONLY]


@functools.cache
def plain(name):
    """The estimator, fitted once to the samples as they are."""
    return fitted(name)


def fitted(name, transform=lambda x: x):
    """The estimator, fitted to transformed samples of two columns."""
    names = samples_of_fit(name)
    samples = [transform(part) for part in THREE[: len(names)]]
    if "labels" in names:
        samples[names.index("labels")] = (SAMPLES[0, :, 0] > 0).astype(int)
    return EVERY[name](**SHORT.get(name, {})).fit(*samples)


def values(estimator):
    found = estimator.estimate()
    return np.array(list(found.values()) if isinstance(found, dict) else [found])


def is_entropy(name):
    return samples_of_fit(name) == ["x"]


@pytest.mark.filterwarnings("ignore:Histogram")
@every_estimator
def test_neither_offset_nor_scale_matters(name):
    cases = [(1.0, 1e9)]
    if name not in SHORT:
        cases += [(1e-6, 1e3), (1e-140, 0.0), (1e140, 0.0)]
    for scale, offset in cases:
        found = values(fitted(name, lambda x, a=scale, b=offset: a * x + b))
        if is_entropy(name):
            found = found - 2 * math.log(scale)
        np.testing.assert_allclose(
            found, values(plain(name)), atol=1e-3, err_msg=f"{scale} {offset}"
        )


@pytest.mark.parametrize("preprocessing", ["ranks", "normal_scores", "asinh"])
@pytest.mark.parametrize("name", ["KSG", "CCA"])
def test_nor_do_they_after_other_preprocessing(name, preprocessing):
    estimator = EVERY[name](preprocessing=preprocessing)
    value = estimator.fit(*SAMPLES).estimate()
    moved = estimator.fit(SAMPLES[0] * 1e-3 + 1e6, SAMPLES[1] + 1e9).estimate()
    assert moved == pytest.approx(value, abs=1e-3)


COPIES = {"pickle": lambda x: pickle.loads(pickle.dumps(x)), "deepcopy": copy.deepcopy}


@pytest.mark.filterwarnings("ignore:Histogram")
@pytest.mark.parametrize("how", COPIES.values(), ids=COPIES)
@every_estimator
def test_a_copy_of_a_fitted_estimator_estimates_the_same(name, how):
    estimator = plain(name)
    copied = how(estimator)
    assert copied.get_params() == estimator.get_params()
    np.testing.assert_array_equal(values(copied), values(estimator))
    if name == "DensityRatioEstimator":
        np.testing.assert_array_equal(copied.logits(SAMPLES[0]), estimator.logits(SAMPLES[0]))
    if name == "NeuralEstimator":
        assert copied.estimate(*SAMPLES) == estimator.estimate(*SAMPLES)


@pytest.mark.slow
def test_a_copy_of_an_estimator_of_objects_estimates_the_same():
    loss, critic = losses.MINE(0.5), SeparableCritic((4,))
    estimator = estimators.NeuralEstimator(loss, critic, steps=5).fit(*SAMPLES)
    for how in COPIES.values():
        assert how(estimator).estimate(*SAMPLES) == estimator.estimate(*SAMPLES)
    fresh = clone(estimator)
    assert not hasattr(fresh, "value_")
    assert fresh.fit(*SAMPLES).estimate() == estimator.estimate()


def read_only(x):
    x = x.copy()
    x.setflags(write=False)
    return x


# Other forms of the same samples, and how far rounding may move the estimate.
FORMS = {
    "list": (lambda x: x.tolist(), 0),
    "read-only": (read_only, 0),
    "columns first": (np.asfortranarray, 0),
    "every other row": (lambda x: np.repeat(x, 2, axis=0)[::2], 0),
    "big-endian": (lambda x: x.astype(">f8"), 0),
    "without masked values": (lambda x: np.ma.masked_array(x, mask=False), 0),
    "tensor": (tf.constant, 0),
    "float32": (lambda x: x.astype("float32"), 1e-3),
    "float16": (lambda x: x.astype("float16"), 0.05),
    "bfloat16": (lambda x: tf.cast(x, "bfloat16"), 0.3),
    "thousandths": (lambda x: np.round(1000 * x) / 1000, 0.02),
}


@pytest.mark.parametrize(("form", "allowed"), FORMS.values(), ids=FORMS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@without_training
def test_the_form_of_samples_does_not_matter(name, form, allowed):
    assert values(fitted(name, form)) == pytest.approx(values(plain(name)), abs=allowed + 1e-9)


@without_training
def test_data_frames_are_samples(name):
    pandas = pytest.importorskip("pandas")
    frames = fitted(name, lambda x: pandas.DataFrame(x, index=range(150, 0, -1)))
    assert values(frames) == pytest.approx(values(plain(name)), abs=1e-9)


def spoilt(value):
    def transform(x):
        x = x.astype(object if value in (None, "a") else "float64")
        x[3, 0] = value
        return x

    return transform


REFUSED = {
    "nan": (spoilt(np.nan), "has 1 values that are NaN or infinite, the first in row 3"),
    "infinity": (spoilt(np.inf), "has 1 values that are NaN or infinite, the first in row 3"),
    "nothing in an object array": (spoilt(None), "must be real numbers, got object"),
    "text in an object array": (spoilt("a"), "must be real numbers, got object"),
    "masked": (lambda x: np.ma.masked_array(x, mask=x > 2), "has masked values"),
    "sparse": (sparse.csr_matrix, "is a sparse csr_matrix: give .*toarray"),
    "sparse array": (sparse.csr_array, "is a sparse csr_array: give .*toarray"),
    "text": (lambda x: x.astype(str), "must be real numbers, got <U"),
    "dates": (lambda x: x.astype("int64").astype("datetime64[s]"), "must be real numbers"),
    "complex": (lambda x: x + 1j, "must be real numbers, got complex128"),
    "None": (lambda x: None, "must be real numbers, got object"),
    "a number": (lambda x: 3.0, r"must be \(n,\) or \(n, d\), got the shape \(\)"),
    "a generator": (lambda x: (row for row in x), "must be real numbers, got object"),
    "rows of several lengths": (lambda x: [[1.0, 2.0], [3.0]], "is not an array"),
    "no samples": (lambda x: x[:0], "is empty, of shape"),
    "no columns": (lambda x: x[:, :0], "is empty, of shape"),
    "one sample": (
        lambda x: x[:1],
        "few|needs at least 10 real samples|each of the 1 labels|1 sample",
    ),
    "too large": (lambda x: 1e200 * x, "has values beyond 1e.150: divide it by its scale"),
    "large integers": (lambda x: np.full(x.shape, 2**60), r"has integers beyond 2\*\*53"),
}


@pytest.mark.parametrize(("transform", "message"), REFUSED.values(), ids=REFUSED)
@every_estimator
def test_what_is_no_sample_is_refused_in_one_line(name, transform, message):
    names = samples_of_fit(name)
    for bad in range(1 if is_entropy(name) or "labels" in names else 2):
        samples = [
            transform(part) if i == bad else part for i, part in enumerate(THREE[: len(names)])
        ]
        if message.startswith("few"):
            samples = [transform(part) for part in THREE[: len(names)]]
        if name == "Histogram" and bad == 1 and samples[1] is None:
            break  # The entropy of x.
        may_be_labels = message.endswith(("got object", "got <U", "53"))
        if name == "MutualInformation" and may_be_labels and np.ndim(samples[bad]) == 2:
            continue  # See `test_variables`.
        if "labels" in names:
            samples[1] = np.zeros(len(samples[0]) if message.startswith("few") else 150, int)
        with pytest.raises(ValueError, match=message) as error:
            EVERY[name](**SHORT.get(name, {})).fit(*samples)
        assert "\n" not in str(error.value)
