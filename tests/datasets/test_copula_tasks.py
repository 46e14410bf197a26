import math

import numpy as np
import pytest
from scipy import stats

from tfgan_it.datasets.copula_tasks import clayton, frank


def clayton_cdf(u, v, t=2.0):
    return (u**-t + v**-t - 1) ** (-1 / t)


def frank_cdf(u, v, t=8.0):
    return -np.log1p(np.expm1(-t * u) * np.expm1(-t * v) / np.expm1(-t)) / t


@pytest.mark.parametrize(
    ("task", "cdf", "tau"),
    [(clayton(2.0), clayton_cdf, 0.5), (frank(8.0), frank_cdf, None)],
    ids=["clayton", "frank"],
)
def test_samples_are_of_the_copula_and_its_density_of_their_information(task, cdf, tau):
    u, v = (part[:, 0] for part in task.sample(100_000, seed=1))
    for part in (u, v):
        assert stats.kstest(part, "uniform").pvalue > 1e-3
    if tau is not None:
        assert stats.kendalltau(u[:20_000], v[:20_000]).statistic == pytest.approx(tau, abs=0.02)
    for a, b in [(0.2, 0.3), (0.5, 0.5), (0.9, 0.4)]:
        assert np.mean((u < a) & (v < b)) == pytest.approx(cdf(a, b), abs=0.005)
    # The density is the mixed second difference of the distribution function.
    inside = (np.minimum(u, v) > 1e-3) & (np.maximum(u, v) < 1 - 1e-3)
    u, v, e = u[inside], v[inside], 1e-4
    density = cdf(u + e, v + e) - cdf(u + e, v - e) - cdf(u - e, v + e) + cdf(u - e, v - e)
    ratio = np.log(np.maximum(density / (4 * e * e), 1e-12))
    error = ratio.std() / math.sqrt(len(ratio))
    assert task.mutual_information == pytest.approx(ratio.mean(), abs=4 * error + 0.01)
