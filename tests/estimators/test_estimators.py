import math

import numpy as np
import pytest
from sklearn.base import clone

from tfgan_it import estimators

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
