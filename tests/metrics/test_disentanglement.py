"""The measures from samples: MIG, modularity, and all measures by one call."""

import numpy as np
import pytest

from tfgan_it.datasets import Sprites
from tfgan_it.metrics import disentanglement_scores, modularity, mutual_information_gap

SPRITES = Sprites()
SIZES = np.array(SPRITES.factor_sizes)
LN2 = np.log(2)


def whitened(rows):
    return (rows - (SIZES - 1) / 2) * np.sqrt(12 / (SIZES**2 - 1))


def rotated(rows):
    """The factors at unit variance, turned so that every column holds all of them."""
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(5, 5)))[0]
    return whitened(rows) @ turn


def noise(rows):
    """Numbers that are a function of the row, and know nothing of it."""
    return np.random.default_rng(1).normal(size=(len(SPRITES), 5))[SPRITES.index_of(rows)]


def scores(represent, **options):
    return disentanglement_scores(
        represent, SPRITES, **{"n": 1500, "votes": 300, "seed": 0, **options}
    )


@pytest.fixture(scope="module")
def perfect():
    return scores(lambda rows: rows, discrete=[0])


def test_the_factors_themselves_reach_what_each_measure_can_give(perfect):
    assert list(perfect) == [
        "mig",
        "dci_disentanglement",
        "dci_completeness",
        "dci_informativeness",
        "sap",
        "factor_vae",
        "beta_vae",
        "modularity",
        "explicitness",
    ]
    perfect = dict(perfect)
    # The plug-in estimate from 1,500 samples is slightly above 0 for independent variables.
    assert perfect.pop("mig") == pytest.approx(1, abs=0.03)
    # 1 for the four ordered factors, 1 - 1/3 for the shape.
    assert perfect.pop("sap") == pytest.approx((4 + 2 / 3) / 5, abs=0.02)
    assert min(perfect.values()) > 0.98 and max(perfect.values()) <= 1


def test_order_sign_and_scale_of_codes_do_not_matter(perfect):
    def represent(rows):
        return (rows * [-3.0, 0.1, 7, 1e-3, 40] + 5)[:, [3, 0, 4, 2, 1]]

    assert scores(represent) == pytest.approx(perfect, abs=0.01)


def test_two_factors_turned_by_45_degrees_have_the_scores_of_two_columns_that_share_them():
    def represent(rows):
        codes = whitened(rows)
        both = codes[:, [2, 3]] @ [[1, 1], [-1, 1]]
        return np.column_stack([codes[:, [0, 1, 4]], both])

    found = scores(represent, n=3000, votes=600)
    # Two of five equal importances: 1 - ln 2 / ln 5, a little less where leaves are few; of the
    # information: 1 - 1 / 4.
    shared = 1 - LN2 / np.log(5)
    assert found["mig"] == pytest.approx(3 / 5, abs=0.04)
    assert found["dci_disentanglement"] == pytest.approx((3 + 2 * shared) / 5, abs=0.06)
    assert found["dci_completeness"] == pytest.approx((3 + 2 * shared) / 5, abs=0.06)
    assert found["sap"] == pytest.approx((2 / 3 + 2) / 5, abs=0.04)
    assert found["modularity"] == pytest.approx((3 + 2 * 3 / 4) / 5, abs=0.03)
    # Which of both columns varies less is a toss.
    assert found["factor_vae"] == pytest.approx((3 + 2 / 2) / 5, abs=0.06)


def test_rotated_codes_are_clearly_lower_but_for_what_a_rotation_leaves(perfect):
    found = scores(rotated)
    for name in ("mig", "dci_disentanglement", "dci_completeness", "sap"):
        assert found[name] < 0.5 * perfect[name]
    # A linear classifier undoes a rotation.
    assert found["explicitness"] > 0.95


def test_codes_that_know_nothing_are_near_the_floor():
    found = scores(noise)
    for name in ("mig", "dci_disentanglement", "dci_completeness", "sap"):
        assert found[name] < 0.05
    # Of 3, 4 and three times 16 values the most frequent, at best.
    assert found["dci_informativeness"] == pytest.approx((1 / 3 + 1 / 4 + 3 / 16) / 5, abs=0.05)
    assert found["factor_vae"] < 0.35 and found["beta_vae"] < 0.35
    assert found["explicitness"] == pytest.approx(0.5, abs=0.04)


def test_dead_columns_are_borne():
    found = scores(lambda rows: np.zeros((len(rows), 3)))
    for name in ("mig", "dci_disentanglement", "dci_completeness", "sap", "modularity"):
        assert found[name] == 0
    assert found["explicitness"] == 0.5
    assert found["factor_vae"] < 0.35 and found["beta_vae"] < 0.35


def test_the_scores_are_a_function_of_the_seed():
    def represent(rows):
        return rotated(rows)[:, :3]

    options = {"n": 300, "votes": 50}
    first = scores(represent, **options)
    assert first == scores(represent, **options)
    other = scores(represent, **options, seed=1)
    assert all(first[name] != other[name] for name in first if name != "beta_vae")


def test_every_row_is_represented_once():
    asked = []

    def represent(rows):
        asked.append(SPRITES.index_of(rows))
        return rows

    scores(represent, n=100, votes=20)
    assert max(map(len, asked)) <= 4096
    np.testing.assert_array_equal(np.concatenate(asked), np.arange(len(SPRITES)))


FOUR = np.array([0, 1, 2, 3])
HALVES = np.array([0, 0, 1, 1])
PARITY = np.array([0, 1, 0, 1])
FACTORS = np.stack([HALVES, PARITY], axis=1)


@pytest.mark.parametrize(
    ("codes", "factors", "expected"),
    [
        # I = ln 4 and ln 2 of H = ln 4.
        (np.stack([FOUR, HALVES], axis=1), FOUR[:, None], 1 / 2),
        # One code: the second best has no information.
        (HALVES[:, None], FOUR[:, None], 1 / 2),
        (np.stack([HALVES, PARITY], axis=1), FACTORS, 1),
        # Both columns know all of both factors.
        (np.stack([FOUR, -FOUR], axis=1), FACTORS, 0),
        # The first factor is known by both columns, the second one by one: gaps 0 and 1.
        (np.stack([HALVES, FOUR], axis=1), FACTORS, 1 / 2),
        (np.stack([PARITY, np.zeros(4)], axis=1), FACTORS, 1 / 2),
    ],
)
def test_the_gap_of_small_tables(codes, factors, expected):
    assert mutual_information_gap(codes, factors) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (FACTORS, 1),
        # ln 2 of both factors.
        (FOUR[:, None], 0),
        (np.stack([HALVES, FOUR], axis=1), 1 / 2),
        # A constant column is left out.
        (np.stack([HALVES, np.full(4, 7)], axis=1), 1),
        (np.zeros((4, 2)), 0),
    ],
)
def test_the_modularity_of_small_tables(codes, expected):
    assert modularity(codes, FACTORS) == pytest.approx(expected, abs=1e-12)


def test_modularity_squares_the_information():
    # Rows (f, g, z) with z = f but in one of four: I(z; f) by its table, I(z; g) = 0 by symmetry.
    factors = np.array([[f, g] for f in (0, 1) for g in (0, 1) for _ in range(4)])
    codes = np.array([f if i < 3 else 1 - f for f in (0, 1) for g in (0, 1) for i in range(4)])
    both = np.where(factors[:, 1] == 0, codes, factors[:, 1])
    p = np.array([[3, 1 + 4], [1, 3 + 4]]) / 16
    of_f = (p * np.log(p / (p.sum(axis=0) * p.sum(axis=1, keepdims=True)))).sum()
    q = np.array([[4, 4], [0, 8]]) / 16
    product = q.sum(axis=0) * q.sum(axis=1, keepdims=True)
    of_g = (q[q > 0] * np.log(q[q > 0] / product[q > 0])).sum()
    expected = 1 - (of_f / of_g) ** 2
    assert modularity(both[:, None], factors) == pytest.approx(expected, abs=1e-12)
    assert modularity(codes[:, None], factors) == 1


def test_continuous_columns_are_cut_into_bins_of_equal_width():
    column = np.array([0.0, 0.1, 0.9, 1.0])[:, None]
    # Two bins part the first two from the others; twenty tell all four apart.
    assert mutual_information_gap(column, FOUR, bins=2) == pytest.approx(LN2 / np.log(4))
    assert mutual_information_gap(column, FOUR) == pytest.approx(1)
    assert mutual_information_gap(column, FOUR, bins=1) == 0


def test_a_discrete_column_keeps_its_values_however_many():
    many = np.arange(60)
    assert mutual_information_gap(many[:, None], many) == pytest.approx(
        np.log(20) / np.log(60), abs=1e-12
    )
    assert mutual_information_gap(many[:, None], many, discrete=[0]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            lambda: mutual_information_gap(FACTORS, FACTORS, bins=0),
            "bins must be a whole number of at least 1",
        ),
        (lambda: modularity(FACTORS, HALVES), "modularity needs at least 2 factors, got 1"),
        (lambda: mutual_information_gap([[1.0]], [[1]]), "codes has 1 sample, too few"),
        (lambda: mutual_information_gap(FACTORS, FACTORS * [1, 0]), "factor 1 is constant"),
        (
            lambda: scores(lambda rows: np.full((len(rows), 1), np.inf)),
            "codes has 49152 values that are NaN or infinite",
        ),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)
