import numpy as np
import pytest
from scipy import stats

from tfgan_it.datasets import GaussianMixture, grid, points, ring

CENTRES = np.array([[0.0, 0.0, 4.0], [0.0, 9.0, 0.0], [-5.0, 0.0, 0.0]])
MIXTURES = [ring(), grid(), GaussianMixture("three", CENTRES, 0.5)]
every_mixture = pytest.mark.parametrize("mixture", MIXTURES, ids=lambda mixture: mixture.name)


def modes_of(samples, mixture):
    """The nearest centre of each sample, and where it lies around it in standard deviations."""
    offsets = samples[:, None].astype("float64") - mixture.centres
    modes = (offsets**2).sum(axis=-1).argmin(axis=1)
    return modes, offsets[np.arange(len(samples)), modes] / mixture.std


@every_mixture
def test_each_mode_is_a_round_gaussian(mixture):
    modes, offsets = modes_of(mixture.sample(100_000, seed=3), mixture)
    identity = np.eye(offsets.shape[1])
    for mode in range(len(mixture.centres)):
        own = offsets[modes == mode]
        # Five standard errors of a mean, and of a variance, which has the larger ones.
        error = 5 / np.sqrt(len(own))
        np.testing.assert_allclose(own.mean(axis=0), 0, atol=error)
        np.testing.assert_allclose(np.cov(own.T), identity, atol=error * np.sqrt(2))
    for column in offsets.T:
        assert stats.kstest(column, "norm").pvalue > 1e-3


@every_mixture
def test_modes_are_equally_likely(mixture):
    modes, _ = modes_of(mixture.sample(50_000, seed=4), mixture)
    counts = np.bincount(modes, minlength=len(mixture.centres))
    assert stats.chisquare(counts).pvalue > 1e-3


@every_mixture
def test_the_mode_of_a_sample_says_nothing_of_the_next(mixture):
    modes, _ = modes_of(mixture.sample(50_000, seed=5), mixture)
    pairs = np.histogram2d(modes[:-1], modes[1:], bins=len(mixture.centres))[0]
    assert stats.chi2_contingency(pairs).pvalue > 1e-3


def test_samples_are_a_function_of_the_seed():
    samples = grid().sample(500, seed=7)
    assert samples.shape == (500, 2) and samples.dtype == np.float32
    np.testing.assert_array_equal(grid().sample(500, seed=7), samples)
    assert not (grid().sample(500, seed=8) == samples).any()
    assert ring().sample(0).shape == (0, 2)


def test_the_ring_has_eight_modes_on_the_unit_circle():
    half = np.sqrt(0.5)
    corners = [(1, 0), (half, half), (0, 1), (-half, half)]
    expected = corners + [(-x, -y) for x, y in corners]
    assert ring().centres.shape == (8, 2)
    np.testing.assert_allclose(ring().centres, expected, atol=1e-12)
    assert (ring().name, ring().std) == ("ring", 0.01)


def test_the_grid_has_25_modes_from_minus_four_to_four():
    expected = {(float(x), float(y)) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert grid().centres.shape == (25, 2)
    assert set(map(tuple, grid().centres.tolist())) == expected
    assert (grid().name, grid().std) == ("grid", 0.05)


def test_rings_and_grids_of_other_sizes():
    square = ring(4, radius=3.0, std=0.2)
    np.testing.assert_allclose(square.centres, [(3, 0), (0, 3), (-3, 0), (0, -3)], atol=1e-12)
    even = grid(2, spacing=3.0, std=0.2)
    assert set(map(tuple, even.centres)) == {(-1.5, -1.5), (-1.5, 1.5), (1.5, -1.5), (1.5, 1.5)}
    assert (square.std, even.std) == (0.2, 0.2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: GaussianMixture("a", np.zeros(3), 0.1), r"centres must be .*, got \(3,\)"),
        (lambda: GaussianMixture("a", np.zeros((0, 2)), 0.1), r"centres must be .*, got \(0, 2\)"),
        (
            lambda: points("rings"),
            r"Unknown mixture 'rings': use one of grid, ring \(nearest: ring\)",
        ),
        (lambda: ring(modes=0), r"ring: modes must be a whole number of at least 1, got 0"),
        (lambda: grid(std=0.0), "std must be above 0, got 0.0"),
        (lambda: ring(std=-1.0), "std must be above 0, got -1.0"),
        (lambda: ring(std=float("nan")), "ring: std must be a finite number, got nan"),
    ],
)
def test_invalid_mixtures_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^(\\w+: )?{message}\\.$"):
        make()


@pytest.mark.parametrize(("name", "mixture"), [("ring", ring()), ("grid", grid())])
def test_points_of_a_mixture(name, mixture):
    data = points(name, train=2000, test=300)
    assert (data.name, data.sample_shape) == (name, (2,))
    assert (data.train_labels, data.test_labels) == (None, None)
    for part, count in ((data.train_images, 2000), (data.test_images, 300)):
        assert part.shape == (count, 2) and part.dtype == np.float32
        modes, offsets = modes_of(part, mixture)
        assert len(np.unique(modes)) == len(mixture.centres)
        assert np.abs(offsets).max() < 6
    np.testing.assert_array_equal(data.mixture.centres, mixture.centres)
    np.testing.assert_array_equal(points(name, 2000, 300).test_images, data.test_images)
    # Fresh points, and neither those that were trained on nor others of the same modes.
    assert not np.isin(data.test_images, data.train_images).all(axis=1).any()
    trained, tested = (modes_of(part[:300], mixture)[0] for part in (data.train_images, part))
    assert (trained == tested).mean() < 3 / len(mixture.centres)


def test_points_say_what_they_are():
    assert (
        repr(points("ring", 20, 10)) == "PointDataset('ring', 20 train + 10 test points of 8 modes)"
    )
