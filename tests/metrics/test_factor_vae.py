import numpy as np
import pytest

from tfgan_it.metrics import beta_vae_score, factor_vae, factor_vae_score
from tfgan_it.metrics.factor_vae import (
    fixed_factor_batches,
    least_varying,
    variances,
    vote_accuracy,
)

VALUES = 6
FEW = {"votes": 150, "held_out": 150, "batch": 16, "samples": 500}
POINTS = {"points": 150, "held_out": 150, "batch": 16}


def sample(n, seed):
    """Three independent factors, of which the last is continuous."""
    random = np.random.default_rng(seed)
    return np.column_stack([random.integers(0, VALUES, (n, 2)), random.normal(size=n)])


def nothing(rows):
    return np.random.default_rng(len(rows)).normal(size=(len(rows), 4))


def test_in_a_batch_one_factor_is_fixed_and_the_others_vary():
    random = np.random.default_rng(0)
    seen = []
    columns = [slice(0, 1), slice(1, 3)]
    for fixed, rows in fixed_factor_batches(sample, columns, 100, 12, random, rows_at_once=240):
        assert rows.shape == (len(fixed), 12, 3) and len(fixed) == 20
        for factor, batch in zip(fixed, rows, strict=True):
            held = [0] if factor == 0 else [1, 2]
            varied = [column for column in range(3) if column not in held]
            assert (np.ptp(batch[:, held], axis=0) == 0).all()
            assert (np.ptp(batch[:, varied], axis=0) > 0).all()
        seen += fixed.tolist()
    # Both are fixed about as often: five deviations of a toss.
    assert abs(sum(seen) - 50) < 25 and len(seen) == 100


def test_in_pairs_a_factor_is_the_same_within_each():
    columns = [slice(0, 1), slice(1, 2), slice(2, 3)]
    random = np.random.default_rng(0)
    drawn = fixed_factor_batches(sample, columns, 30, 20, random, in_pairs=True)
    for fixed, rows in drawn:
        assert rows.shape == (30, 20, 2, 3)
        for factor, pairs in zip(fixed, rows, strict=True):
            same = (pairs[:, 0] == pairs[:, 1]).mean(axis=0)
            assert same[factor] == 1 and np.delete(same, factor).max() < 0.7
            # From pair to pair it differs.
            assert np.ptp(pairs[:, 0, factor]) > 0


def test_variances_by_hand():
    codes = np.array([[[1.0, 0, 3], [3, 0, 3], [5, 0, 4], [7, 0, 9]]])
    found = variances(codes, np.array([False, False, True]))
    # Of the one-hot vectors of 3, 3, 4, 9: the sum of the unbiased variances of the columns.
    hot = (codes[0, :, 2:] == [3, 4, 9]).astype(float)
    np.testing.assert_allclose(found, [[20 / 3, 0, hot.var(axis=0, ddof=1).sum()]])


def test_the_least_varying_column_is_relative_to_all_and_active():
    codes = np.array([[[0.0, 0, 0], [10, 1, 0]], [[0, 0, 0], [1, 1, 0]]])
    overall = np.array([200.0, 1.0, 0.0])
    which, active = np.zeros(3, bool), np.array([True, True, False])
    # Variances of 50 / 200 and .5 / 200, against .5 / 1.
    assert least_varying(codes, which, overall, active).tolist() == [0, 0]
    assert least_varying(codes, which, np.array([10.0, 1, 0]), active).tolist() == [1, 0]
    assert least_varying(codes, which, overall, np.zeros(3, bool)).tolist() == [0, 0]


def test_a_column_stands_for_the_factor_of_most_of_its_votes():
    votes = np.array([[5, 1, 1], [0, 3, 4]])
    assert vote_accuracy(votes, votes) == 9 / 14
    assert vote_accuracy(votes, np.array([[0, 2, 0], [1, 0, 7]])) == 7 / 10


@pytest.mark.parametrize(
    ("represent", "discrete"),
    [
        (lambda rows: rows, ()),
        (lambda rows: rows[:, ::-1] * [-0.01, 100, 3] + 7, ()),
        # A factor in two columns is not punished, dead and useless ones neither.
        (lambda rows: np.column_stack([rows, rows[:, 0], np.zeros(len(rows)), nothing(rows)]), ()),
        (lambda rows: np.column_stack([np.array([3, 0, 5, 1, 4, 2])[rows[:, 0].astype(int)],
                                       rows[:, 1:]]), (0,)),
    ],
)  # fmt: skip
def test_codes_that_separate_factors_are_detected(represent, discrete):
    assert factor_vae_score(represent, sample, discrete=discrete, **FEW) > 0.99
    assert beta_vae_score(represent, sample, discrete=discrete, **POINTS) > 0.97


@pytest.mark.parametrize("represent", [nothing, lambda rows: np.zeros((len(rows), 2))])
def test_codes_that_know_nothing_guess(represent):
    # One of three; five deviations of 150 guesses.
    near = pytest.approx(1 / 3, abs=5 * np.sqrt(2 / 9 / 150))
    assert factor_vae_score(represent, sample, **FEW) == near
    assert beta_vae_score(represent, sample, **POINTS) == near


def test_two_categories_are_1_apart_and_numbers_as_far_as_they_are(monkeypatch):
    points = []

    def keep(train, test):
        points.append(train)
        return train, test

    monkeypatch.setattr(factor_vae, "standardised", keep)
    for discrete in ((0,), ()):
        beta_vae_score(lambda rows: 100 * rows[:, :1], sample, discrete=discrete, **POINTS)
    share, distance = points
    # Of 16 pairs; where another factor is held, 5 of 6 differ, by 35 / 18 values on average.
    assert set(np.rint(share.ravel() * 16) / 16) == set(share.ravel())
    assert share[share > 0].mean() == pytest.approx(5 / 6, abs=0.05)
    assert distance[distance > 0].mean() == pytest.approx(100 * 35 / 18, rel=0.1)


def test_a_column_that_holds_two_factors_alike_is_worth_one_of_them():
    def represent(rows):
        x, y = (rows[:, :2] - (VALUES - 1) / 2).T
        return np.column_stack([x + y, x - y, rows[:, 2]])

    # The third factor, and a toss between the first two.
    assert factor_vae_score(represent, sample, **FEW) == pytest.approx(2 / 3, abs=0.2)


def test_factors_may_be_groups_of_columns_beside_noise():
    columns = [slice(1, 3), slice(0, 1)]
    score = factor_vae_score(lambda rows: rows[:, [2, 0]], sample, columns=columns, **FEW)
    assert score == 1
    # What is in a column that is never fixed cannot be told.
    score = factor_vae_score(lambda rows: rows[:, 1:2], sample, columns=[columns[1]] * 2, **FEW)
    assert score == pytest.approx(1 / 2, abs=0.2)


def test_collapsed_columns_get_no_vote():
    # The code of the first factor has a standard deviation of .017.
    def represent(rows):
        return rows * [0.01, 1, 1]

    assert factor_vae_score(represent, sample, **FEW) == 1
    assert factor_vae_score(represent, sample, collapsed=0.05, **FEW) < 0.8


@pytest.mark.parametrize(
    "score",
    [
        lambda **options: factor_vae_score(lambda rows: rows[:, :1], sample, **FEW, **options),
        lambda **options: beta_vae_score(lambda rows: rows[:, :1], sample, **POINTS, **options),
    ],
)
def test_a_score_is_a_function_of_its_seed(score):
    assert score(seed=3) == score(seed=3)
    assert len({score(seed=seed) for seed in range(4)}) > 1


def test_held_out_votes_are_counted_and_not_those_of_the_table():
    asked = []

    def represent(rows):
        asked.append(len(rows))
        return rows

    factor_vae_score(represent, sample, votes=10, held_out=7, batch=4, samples=50)
    assert asked == [50, 40, 28]
    # Many useless codes and few votes are memorised, without use.
    wide = factor_vae_score(
        lambda rows: np.random.default_rng(rows[0].view("uint64")).normal(size=(len(rows), 60)),
        sample, votes=60, held_out=300, batch=4, samples=50,
    )  # fmt: skip
    assert wide < 0.5


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: factor_vae_score(nothing, sample, batch=1), "at least 2 rows .*, got 1 rows"),
        (
            lambda: factor_vae_score(nothing, sample, votes=0),
            "votes must be a whole number .*, got 0",
        ),
        (lambda: factor_vae_score(nothing, sample, columns=[]), "at least one factor to fix"),
        (
            lambda: beta_vae_score(nothing, sample, columns=[slice(0, 1)]),
            "beta_vae_score needs at least 2 factors, got 1",
        ),
        (lambda: beta_vae_score(nothing, sample, points=1), "points=1 are all of one factor"),
        (
            lambda: factor_vae_score(lambda rows: rows * np.nan, sample, **FEW),
            "NaN or infinite",
        ),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)
