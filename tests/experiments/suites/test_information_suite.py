import json
import math

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from scipy import integrate, stats

from experiments.suites import information_bounds, information_divergences, information_suite
from experiments.suites.information_figures import Claim, recorded
from tfgan_it.datasets.correlated_gaussian import CorrelatedGaussian
from tfgan_it.losses import NWJ, InfoNCE

# Those that train nothing.
QUICK = ("jensen_shannon", "kl_directions", "code_information", "variance", "plug_in", "sandwich")


@pytest.fixture(scope="module")
def found():
    return {name: information_suite.CLAIMS[name].measure(True, 0) for name in QUICK}


@pytest.mark.parametrize("name", QUICK)
def test_what_is_claimed_comes_out_as_json(found, name):
    assert json.loads(json.dumps(found[name])) == found[name]
    assert {"protocol", "numbers", "curves", "holds"} <= set(found[name])
    assert all(found[name]["holds"].values()), found[name]["holds"]


@pytest.mark.examples(2)
@pytest.mark.parametrize("name", QUICK)
def test_a_claim_is_drawn_to_size(found, name, tmp_path):
    information_suite.draw(name, found[name], tmp_path / "claim.png")
    width, height = information_suite.CLAIMS[name].size
    with Image.open(tmp_path / "claim.png") as picture:
        assert picture.size == (round(120 * width), round(120 * height))


def jensen_shannon(d):
    """By adaptive quadrature of p ln(p/m), of which JS is the mean for p and q alike."""
    p, q = stats.norm(d / 2).pdf, stats.norm(-d / 2).pdf
    return integrate.quad(lambda x: p(x) * math.log(2 * p(x) / (p(x) + q(x))), -12, 12)[0]


def test_jensen_shannon_and_its_bounds_are_those_of_adaptive_quadrature(found):
    curves = found["jensen_shannon"]["curves"]
    at = curves["d"].index(2.0)
    assert curves["js"][at] == pytest.approx(jensen_shannon(2.0), abs=1e-6)
    assert curves["exact"][at] == pytest.approx(jensen_shannon(2.0), abs=1e-6)

    def cost(x):  # Of either side: the two are mirrored.
        return stats.norm(1.0).pdf(x) * np.logaddexp(0, -8.0 * x)

    expected = math.log(2) - integrate.quad(cost, -12, 14, points=[0.0])[0]
    assert curves["overconfident"][at] == pytest.approx(expected, abs=1e-5)


def test_divergences_of_gaussians_are_those_of_the_closed_form():
    grid = information_divergences._GRID
    values = information_divergences.divergences(
        stats.norm(0, 1).pdf(grid), stats.norm(1, 2).pdf(grid)
    )
    assert values["kl"] == pytest.approx(math.log(2) + 2 / 8 - 0.5, abs=1e-6)
    assert values["reverse_kl"] == pytest.approx(-math.log(2) + 5 / 2 - 0.5, abs=1e-6)


def test_forward_kl_takes_the_moments_of_the_mixture(found):
    numbers = found["kl_directions"]["numbers"]
    mean = 0.6 * -2 + 0.4 * 2.5
    second = 0.6 * (4 + 0.49) + 0.4 * (6.25 + 0.25)
    assert numbers["mean, by kl"] == pytest.approx(mean, abs=1e-3)
    assert numbers["deviation, by kl"] == pytest.approx(math.sqrt(second - mean**2), abs=1e-3)
    for name in ("kl", "reverse_kl", "js"):
        others = [numbers[f"{name} where {o} is least"] for o in ("kl", "reverse_kl", "js")]
        assert numbers[f"{name} where {name} is least"] == min(others)


def test_code_information_is_that_of_the_closed_form(found):
    numbers, curves = (found["code_information"][part] for part in ("numbers", "curves"))
    at_one = math.log(2) - 0.5 * math.log(2 * math.pi)
    assert numbers["L_I at sigma = 1, code recovered"] == pytest.approx(at_one, abs=1e-5)
    ceiling = at_one - math.log(0.2)
    assert numbers["ceiling of L_I with a floor of 0.2"] == pytest.approx(ceiling, abs=1e-4)
    excess = 0.5 * math.log(2 * math.pi) + 1 / 6 - math.log(2)
    assert numbers["excess of the entropy under N(0, 1)"] == pytest.approx(excess, abs=1e-4)
    sigma = np.array(curves["sigma"])
    noisy = at_one - np.log(sigma) - 0.04 / (2 * sigma**2)
    np.testing.assert_allclose(curves["noisy"], noisy, atol=2e-3)


def test_standard_deviation_of_nwj_is_that_of_many_batches():
    d, n, nats = 2, 4, 0.3
    rho = math.sqrt(1 - math.exp(-2 * nats / d))
    random = np.random.default_rng(0)
    x, noise = random.standard_normal((2, 200_000, n, d))
    y = rho * x + math.sqrt(1 - rho**2) * noise
    squares = ((y[:, None] - rho * x[:, :, None]) ** 2).sum(-1) / (1 - rho**2)
    ratio = nats + ((y**2).sum(-1)[:, None] - squares) / 2
    of_pairs = np.einsum("bii->bi", ratio)
    apart = (np.exp(ratio).sum((1, 2)) - np.exp(of_pairs).sum(1)) / (n * (n - 1))
    values = 1 + of_pairs.mean(1) - apart
    assert values.mean() == pytest.approx(nats, abs=0.005)
    expected = information_bounds.nwj_deviation(np.array(nats), d, n)
    assert values.std() == pytest.approx(expected, rel=0.02)


def test_exact_scores_are_those_of_numpy():
    exact = information_bounds.ExactScores({"nwj": (NWJ(), 1.0), "nce": (InfoNCE(), 0.0)})
    found = exact.estimates(3.0, 16, seed=(0, 1))
    pairs = CorrelatedGaussian(information_bounds.DIMENSION, 3.0)
    x, y = (part.astype("float64") for part in pairs.sample(16, seed=(0, 1)))
    scale = math.sqrt(1 - pairs.correlation**2)
    scores = stats.norm.logpdf(y[None], pairs.correlation * x[:, None], scale).sum(-1)
    scores -= stats.norm.logpdf(y).sum(-1)
    together = np.diag(scores)
    apart = np.exp(scores)[~np.eye(16, dtype=bool)].mean()
    nce = (together - np.log(np.exp(scores).sum(1))).mean() + math.log(16)
    np.testing.assert_allclose(found, [1 + together.mean() - apart, nce], rtol=1e-3)


def test_the_floor_of_a_histogram_falls_with_the_samples(found):
    curves = found["plug_in"]["curves"]
    np.testing.assert_allclose(curves["floor"], [24 / (2 * n) for n in curves["n"]], rtol=1e-4)


# What the claims that train something give, as far as it is drawn.
TRAINED = {
    "probe": {
        "curves": {
            "shift": [0, 1],
            **{
                who: dict.fromkeys(("kl", "reverse_kl", "js"), [0.1, 0.2])
                for who in ("truth", "probe", "hinge", "wasserstein")
            },
        }
    },
    "bottleneck": {
        "numbers": {"I_c": 2.0},
        "curves": {"step": [1, 2], "free": [3, 9], "held": [3, 2], "beta": [0, 0.1]},
    },
    "entropy_maximisation": {
        "samples": {"a game": [[0.0, 1.0], [1.0, 0.0]], "another": [[0.0, 1.0]]},
        "runs": {name: [{"modes": 8.0, "reverse_kl": 0.01}] for name in ("a game", "another")},
    },
    "info_nce": {"curves": {"truth": [0, 4], "8": [0, 2], "64": [0, 3.5]}},
    "neighbors": {
        "protocol": {"n": 5000},
        "curves": {
            "dimension": [1, 5],
            **dict.fromkeys(("KSG-1", "KSG-2", "residual KSG"), [0.0, -0.3]),
            **dict.fromkeys(("entropy", "entropy, copula", "KL", "KL, copula"), [0.0, -0.3]),
        },
    },
    "heavy_tails": {
        "protocol": {"truths": {"cauchy": 0.2}},
        "curves": {
            "task": ["cauchy"],
            **dict.fromkeys(("none", "standardize", "ranks", "normal_scores", "asinh"), [0.1]),
        },
    },
    "inception_score": {
        "curves": {"set": ["all", "one"], "of_mean": [2.3, 0.1], "information": [2.2, 0.05]}
    },
}


@pytest.mark.parametrize("name", TRAINED)
def test_a_claim_that_trains_is_drawn(name):
    figure = Figure(figsize=information_suite.CLAIMS[name].size, layout="constrained")
    information_suite.CLAIMS[name].draw(TRAINED[name], figure)
    assert all(axes.has_data() for axes in figure.axes)


def test_every_claim_is_drawn_here():
    assert {*QUICK, *TRAINED} == set(information_suite.CLAIMS)


@pytest.fixture
def two_claims(monkeypatch):
    """Two claims without work, measured in this process."""

    def measure(quick, seed):
        return {
            "protocol": {},
            "numbers": {"|a|": 0.5, "none": None, "count": 3},
            "curves": {"x": [seed]},
            "holds": {"it holds": quick},
            "samples": [1, 2],
        }

    claims = {
        name: Claim(f"{name} is so", measure, lambda found, figure: figure.subplots(), (2, 1))
        for name in ("first", "second")
    }
    monkeypatch.setattr(information_suite, "CLAIMS", claims)

    def completed(jobs, work, path, workers):
        return [{"job": job, **work(job), "seconds": 1.5} for job in jobs]

    monkeypatch.setattr(information_suite, "completed", completed)


def test_a_suite_leaves_numbers_and_pictures(two_claims, tmp_path):
    table = information_suite.run(tmp_path, None, [7, 8], quick=True, workers=1)
    assert {path.name for path in tmp_path.iterdir()} == {
        "first.png",
        "second.png",
        "results.json",
        "table.md",
    }
    assert (tmp_path / "table.md").read_text() == table + "\n"
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["suite"] == "information" and results["seconds_of_all_runs"] == 3.0
    assert results["protocol"] == {"units": "nats", "seed": 7, "quick": True}
    assert {"command", "versions"} <= set(results)
    assert results["claims"]["first"]["says"] == "first is so"
    assert results["claims"]["first"]["curves"] == {"x": [7]}
    assert not {"samples", "job"} & set(results["claims"]["first"])
    assert "| first | \\|a\\| | 0.5 |" in table
    assert "| first | none | not finite |" in table
    assert "| second | it holds | yes |" in table


def test_a_claim_that_does_not_hold_is_reported(two_claims, tmp_path):
    table = information_suite.run(tmp_path, None, [0], quick=False, workers=1)
    assert "| first | it holds | **no** |" in table


def test_recipes_are_refused(tmp_path):
    with pytest.raises(ValueError, match="has no recipes, got --recipes=gan"):
        information_suite.run(tmp_path, ["gan"], [0], quick=True, workers=1)


def test_what_is_not_finite_is_recorded_as_none():
    value = recorded({"a": (math.inf, np.float32(0.123456789)), 1: np.int64(3), "b": None})
    assert value == {"a": [None, 0.12346], "1": 3, "b": None}
    assert recorded(np.bool_(True)) is True
