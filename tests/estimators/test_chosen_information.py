import math

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone

import tfgan_it as ti
from tfgan_it.datasets import invertible_maps as maps
from tfgan_it.datasets.discrete_tasks import labelled_gaussians, table
from tfgan_it.datasets.information_collection import development_tasks
from tfgan_it.datasets.information_tasks import gaussian
from tfgan_it.datasets.joined_tasks import among_noise, side_by_side, turned
from tfgan_it.datasets.noise_channels import angle_channel, noise_channel
from tfgan_it.estimators import MutualInformation, mutual_information

DEVELOPMENT = {task.name: task for task in development_tasks()}
PAIR = gaussian("", [[1, 0.8], [0.8, 1]], 1)


def found(task, n=2000, seed=1):
    return mutual_information(*task.sample(n, seed))


@pytest.mark.parametrize(
    ("name", "estimator"),
    [
        ("half_cube_1x1", "Gaussian copula"),
        pytest.param("student_t_2x2_df2", "Student-t copula", marks=pytest.mark.slow),
        pytest.param("normal_5x5_dense", "Gaussian copula", marks=pytest.mark.slow),
        ("parabola", "KSG"),
        ("swiss_roll_2x1", "KSG"),
        ("mixture_cross", "KSG"),
        pytest.param(
            "parabola_among_noise_8x8", "KSG of the dependent columns", marks=pytest.mark.slow
        ),
        pytest.param(
            "uniform_noise_3x3_turned",
            "the sum over pairs of independent components",
            marks=pytest.mark.slow,
        ),
        pytest.param("spiral_3x3", "learned functions", marks=pytest.mark.slow),
        ("table_5x4", "counts"),
        ("stepped_uniform_5", "Ross"),
        ("two_labels_1x10", "Ross"),
        ("rectified_0.8", "MixtureKSG"),
    ],
)
def test_what_is_chosen_and_how_near_it_is(name, estimator):
    task = DEVELOPMENT[name]
    result = found(task, 3000)
    assert estimator in result.estimator
    error = 0.35 if "spiral" in name else 0.13 if "turned" in name else 0.06
    assert result.nats == pytest.approx(task.mutual_information, abs=error)
    assert result.interval[0] < result.nats < result.interval[1]
    assert result.reason and result.n == 3000
    assert result.bits == pytest.approx(result.nats / math.log(2))


@pytest.mark.examples(1)
@pytest.mark.parametrize("dimension", [1, 5])
def test_independence_is_none(dimension):
    x, y = np.random.default_rng(2).standard_cauchy((2, 1000, dimension))
    result = mutual_information(x, y)
    assert abs(result.nats) < 0.05 and result.interval[0] < 0.01


@pytest.mark.slow
def test_columns_that_are_uncorrelated_but_dependent_are_not_counted_twice():
    """Cosine and sine of an angle say the same: their pairs do not add up."""
    task = angle_channel(4.0)
    assert found(task).nats == pytest.approx(task.mutual_information, abs=0.12)


def test_offsets_scales_and_increasing_maps_of_columns_do_not_matter():
    x, y = among_noise("", PAIR, 1, 1).sample(1000, 3)
    plain = mutual_information(x, y).nats
    assert mutual_information(1e6 + 1e-3 * x, np.exp(y)).nats == pytest.approx(plain, abs=1e-6)


def test_it_is_symmetric_up_to_splits():
    x, y = DEVELOPMENT["parabola"].sample(2000, 4)
    assert mutual_information(x, y).nats == pytest.approx(mutual_information(y, x).nats, abs=1e-9)


def test_labels_of_any_kind():
    x, y = table("", [[0.4, 0.1], [0.1, 0.4]]).sample(5000, 5)
    expected = mutual_information(x, y)
    words = np.array(["no", "yes"])
    for other in (words[x], x.astype(bool), words[x].astype(object), x * 1.0):
        assert mutual_information(other, y[:, 0]).nats == pytest.approx(expected.nats, abs=1e-12)
    assert expected.interval[0] < 0.193 < expected.interval[1]


def test_a_label_beside_numbers_either_way():
    x, y = labelled_gaussians("", [0.5, 0.5], [-1, 1], [1, 1]).sample(2000, 6)
    assert mutual_information(x, y).nats == mutual_information(y, x).nats
    assert mutual_information(x, y).nats == pytest.approx(0.337, abs=0.04)


def test_a_constant_side_knows_nothing():
    result = mutual_information(np.full(100, 3.5), np.arange(100.0))
    assert (result.nats, result.interval) == (0.0, (0.0, 0.0))


def test_one_side_that_determines_the_other_is_warned_of():
    x = np.random.default_rng(7).standard_normal(500)
    (warning,) = mutual_information(x, np.exp(x)).warnings
    assert "rises wherever column 0 of x rises" in warning


def test_copies_are_left_out_and_warned_of():
    x, y = PAIR.sample(500, 8)
    once, twice = (
        mutual_information(x, y),
        mutual_information(np.tile(x, (2, 1)), np.tile(y, (2, 1))),
    )
    assert twice.n == 500 and "500 of 1000 samples are copies" in twice.warnings[0]
    assert twice.nats == pytest.approx(once.nats, abs=0.02)


@pytest.mark.slow
def test_what_may_be_missed_in_many_columns_is_warned_of():
    task = gaussian("", np.kron([[1, 0.8], [0.8, 1]], np.eye(5)), 5)
    result = found(task.mapped("", maps.spiral, maps.spiral), 1500)
    assert "In 10 columns neighbours are far" in result.warnings[0]
    assert result.interval[1] - result.nats > result.nats - result.interval[0]


def test_few_samples_per_label_are_warned_of_and_single_ones_left_out():
    random = np.random.default_rng(9)
    names = [f"name {i}" for i in range(100)]
    (warning,) = mutual_information(names, random.integers(2, size=100)).warnings
    assert "100 samples are few" in warning
    labels = np.array([*["a"] * 30, *["b"] * 30, "c"])
    result = mutual_information(labels, random.standard_normal(61))
    assert result.n == 60 and "1 labels that occur once" in result.warnings[1]


@pytest.mark.parametrize("columns", [1, 2])
def test_where_one_label_is_left_it_tells_nothing(columns):
    numbers = np.random.default_rng(9).standard_normal((61, columns))
    result = mutual_information(np.array([*["a"] * 60, "b"]), numbers)
    assert (result.nats, result.n) == (0, 60)
    numbers[:-1] = 1.0  # What varies is in the sample that is left out.
    assert mutual_information(np.array([*["a", "b"] * 30, "c"]), numbers).nats == 0


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            np.arange(5.0),
            np.arange(5.0),
            "mutual_information: 5 samples are too few: give at least",
        ),
        (np.arange(20.0), np.arange(19.0), "x and y must have equal lengths, got 20 and 19"),
        (np.full(20, np.nan), np.arange(20.0), "x has 20 values that are NaN or infinite"),
    ],
)
def test_bad_samples(x, y, message):
    with pytest.raises(ValueError, match=message):
        mutual_information(x, y)


def test_in_the_manner_of_scikit_learn():
    x, y = PAIR.sample(1000, 10)
    estimator = MutualInformation(seed=3, base=2)
    assert clone(estimator).get_params() == {"seed": 3, "base": 2}
    assert estimator.fit(x, y) is estimator
    assert estimator.estimate() == pytest.approx(estimator.result_.bits)
    with pytest.raises(ValueError, match="MutualInformation is not fitted"):
        MutualInformation().estimate()


@pytest.mark.slow
def test_equal_seeds_give_equal_estimates():
    x, y = DEVELOPMENT["uniform_noise_3x3_turned"].sample(1000, 11)
    assert mutual_information(x, y, seed=5) == mutual_information(x, y, seed=5)


def test_it_is_at_the_top():
    assert ti.mutual_information is mutual_information
    assert "0.5" in str(ti.mutual_information(*PAIR.sample(2000, 0)))


@pytest.mark.slow
def test_pairs_turned_at_random_add_up():
    wide = noise_channel("", stats.laplace(), stats.laplace(), lambda x: x)
    task = side_by_side("", [wide] * 2).mapped("", turned(2, 1), turned(2, 2))
    assert found(task, 3000).nats == pytest.approx(task.mutual_information, abs=0.08)
