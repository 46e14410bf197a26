import math

import numpy as np
import pytest
from scipy.special import digamma

from tfgan_it.estimators import KSG, FrenzelPompe


def by_the_formula(x, y, z, k):
    n, values = len(x), []
    for i in range(n):
        d_x, d_y, d_z = (np.abs(part - part[i]).max(axis=1) for part in (x, y, z))
        whole = np.maximum(np.maximum(d_x, d_y), d_z)
        radius = np.sort(np.delete(whole, i))[k - 1]
        xz, yz = np.maximum(d_x, d_z), np.maximum(d_y, d_z)
        within = [(d == 0 if radius == 0 else d < radius).sum() for d in (d_z, xz, yz)]
        near = (whole == 0).sum() if radius == 0 else k
        of_z, of_xz, of_yz = digamma(within)
        values.append(digamma(near) + of_z - of_xz - of_yz)
    return np.mean(values)


@pytest.mark.parametrize("k", [1, 4])
@pytest.mark.parametrize("whole", [False, True])
def test_it_is_its_formula(k, whole):
    random = np.random.default_rng(k)
    z = random.standard_normal((80, 2))
    x, y = z[:, :1] + random.standard_normal((80, 1)), z + random.standard_normal((80, 2))
    x, y, z = (np.round(part) if whole else part for part in (x, y, z))
    found = FrenzelPompe(k, preprocessing=None).fit(x, y, z).estimate()
    assert found == pytest.approx(by_the_formula(x, y, z, k), abs=1e-12)


def test_gaussians_of_known_partial_correlation():
    """x and y are z and common noise of variance 1, and own noise: -1/2 ln(1 - 1/4)."""
    random = np.random.default_rng(3)
    z, common, own, other = random.standard_normal((4, 5000))
    found = FrenzelPompe().fit(z + common + own, z + common + other, z).estimate()
    assert found == pytest.approx(-math.log(0.75) / 2, abs=0.03)


def test_a_constant_condition_leaves_ksg():
    x, y = np.random.default_rng(4).standard_normal((2, 400))
    y += x
    plain = KSG().fit(x, y).estimate()
    found = FrenzelPompe().fit(x, y, np.zeros(400)).estimate()
    assert found == pytest.approx(plain, abs=1e-9)


def test_lengths_differ():
    with pytest.raises(ValueError, match="x and z must have equal lengths, got 5 and 4"):
        FrenzelPompe(2).fit(np.arange(5.0), np.arange(5.0), np.arange(4.0))
