import numpy as np
import pytest

from tfgan_it.metrics import dci_scores, explicitness, separated_attribute_predictability
from tfgan_it.metrics.dci_sap import importance_scores

# Each pair of 4 and 5 values, twelve times.
FACTORS = np.indices((4, 5)).reshape(2, -1).T.repeat(12, axis=0)
NOISE = np.random.default_rng(0).normal(size=(len(FACTORS), 2))
NAMES = ("disentanglement", "completeness", "informativeness")


def dci(codes, factors=FACTORS, **options):
    found = dci_scores(codes, factors, **options)
    return [found[name] for name in NAMES]


def test_importances_by_hand():
    # Of codes: (.75, .25) and (0, 1), of weights .4 and .6. Of factors: (1, 0) and (1/7, 6/7).
    table = np.array([[0.75, 0.25], [0.0, 1.5]]) * 2

    def bits(p):
        return -(p * np.log2(p) + (1 - p) * np.log2(1 - p))

    found = importance_scores(table)
    assert found["disentanglement"] == pytest.approx(0.4 * (1 - bits(0.25)) + 0.6)
    assert found["completeness"] == pytest.approx((1 + 1 - bits(1 / 7)) / 2)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (np.zeros((3, 2)), (0, 0)),
        # With one factor and one code, importance cannot be spread.
        (np.array([[0.2], [0.8]]), (1, 1 - (0.2 * np.log2(1 / 0.2) + 0.8 * np.log2(1 / 0.8)))),
        (np.array([[0.5, 0.5]]), (0, 1)),
        (np.eye(4), (1, 1)),
        (np.ones((4, 3)), (0, 0)),
    ],
)
def test_importances_at_their_ends(table, expected):
    found = importance_scores(table)
    assert (found["disentanglement"], found["completeness"]) == pytest.approx(expected, abs=1e-12)


def test_the_factors_are_their_own_best_codes():
    assert dci(FACTORS) == pytest.approx([1, 1, 1])
    # Noise beside them is not important.
    assert dci(np.hstack([NOISE, FACTORS])) == pytest.approx([1, 1, 1], abs=0.02)


def test_two_halves_of_a_factor_are_disentangled_but_not_complete():
    # The first factor is in two columns, a bit in each.
    codes = np.column_stack([FACTORS[:, 0] // 2, FACTORS[:, 0] % 2, FACTORS[:, 1]])
    found = dci(codes)
    # Both bits take off .25 of Gini's .75 and .5: the first of a tree 1/3, the second 2/3.
    split = -(np.log(1 / 3) / 3 + 2 * np.log(2 / 3) / 3) / np.log(3)
    assert found == pytest.approx([1, (1 - split + 1) / 2, 1], abs=0.05)


def test_a_code_of_two_factors_is_complete_but_not_disentangled():
    both = FACTORS[:, 0] * 5 + FACTORS[:, 1]
    assert dci(both[:, None], trees=5)[0] == pytest.approx(0)
    found = dci(np.column_stack([both, np.zeros(len(both))]), trees=5, leaf=1)
    assert found == pytest.approx([0, 1, 1], abs=1e-9)


def test_codes_that_know_nothing_have_the_accuracy_of_chance():
    found = dci(NOISE)
    assert max(found[:2]) < 0.1 and found[2] == pytest.approx((1 / 4 + 1 / 5) / 2, abs=0.12)


def test_the_importance_of_a_discrete_column_is_that_of_its_values():
    shuffled = np.array([2, 0, 3, 1])[FACTORS[:, 0]]
    codes = np.column_stack([shuffled, FACTORS[:, 1]])
    assert dci(codes, discrete=[0]) == pytest.approx([1, 1, 1])
    # Ten categories that no threshold can tell apart in a tree of one split, but values can.
    many = np.arange(400) % 10
    factor = np.array([0, 1, 1, 0, 1, 0, 0, 1, 0, 1])[many]
    assert dci(many[:, None], factor, discrete=[0], trees=3)[2] == 1


def test_explicitness_is_the_area_under_the_curve():
    # One code, of which two values overlap: by Gauss, P(a > b) for means 2 deviations apart.
    random = np.random.default_rng(0)
    factor = np.arange(6000) % 2
    codes = random.normal(2.0 * factor, 1.0)[:, None]
    expected = 0.9213503964748575  # Phi(2 / sqrt(2))
    assert explicitness(codes, factor) == pytest.approx(expected, abs=0.015)


def test_explicitness_sees_through_a_rotation_but_not_through_noise():
    turn = np.array([[1, 1], [-1, 1]]) / np.sqrt(2)
    assert explicitness(FACTORS @ turn * 40, FACTORS) > 0.99
    assert explicitness(NOISE, FACTORS) == pytest.approx(0.5, abs=0.1)
    # The middle of an ordered factor lies between both ends.
    assert explicitness(FACTORS[:, :1], FACTORS[:, 0]) > 0.99


def test_explicitness_takes_categories_as_one_hot():
    # Even and odd numbers: no line tells them apart.
    many = np.arange(600) % 10
    assert explicitness(many[:, None], many % 2) < 0.65
    assert explicitness(many[:, None], many % 2, discrete=[0]) == 1


def r_squared(x, y):
    return np.corrcoef(x, y)[0, 1] ** 2


def sap(codes, factors=FACTORS, **options):
    return separated_attribute_predictability(codes, factors, **options)


def test_sap_is_the_gap_between_squared_correlations():
    codes = np.column_stack([FACTORS[:, 0] + NOISE[:, 0], FACTORS[:, 0] + 3 * NOISE[:, 1]])
    squares = sorted(r_squared(column, FACTORS[:, 0]) for column in codes.T)
    assert sap(codes, FACTORS[:, 0]) == pytest.approx(squares[1] - squares[0])
    # The gap of a single column is to 0.
    assert sap(codes[:, :1], FACTORS[:, 0]) == pytest.approx(r_squared(codes[:, 0], FACTORS[:, 0]))


@pytest.mark.parametrize(("codes", "expected"), [(FACTORS, 1), (FACTORS @ [[1, 1], [0, 0]], 0)])
def test_sap_at_its_ends(codes, expected):
    assert sap(codes) == pytest.approx(expected, abs=1e-12)


def test_sap_of_a_factor_without_order_is_by_thresholds():
    # 0, 1, 2, 3 of the factor stand in another order, which thresholds do not mind.
    codes = np.array([5.0, -1.0, 9.0, 2.0])[FACTORS[:, 0]][:, None]
    assert sap(codes, FACTORS[:, 0], categorical_factors=[0]) == pytest.approx(1 - 1 / 4)
    assert sap(codes, FACTORS[:, 0]) < 0.1
    assert sap(np.zeros((len(FACTORS), 2)), FACTORS[:, 0], categorical_factors=[0]) == 0


def test_sap_recognises_values_evenly_whatever_their_shares():
    # 90 of the first value and 10 of the second, of which 4 look like the first: (1 + .6) / 2.
    factor = np.repeat([0, 1], [90, 10])
    code = np.where(np.arange(100) < 94, 0.0, 1.0)[:, None]
    assert sap(code, factor, categorical_factors=[0]) == pytest.approx(0.8 - 0.5)
    # 8 of 10 of the second value stand where 12 of 90 of the first are: more of its own.
    code = np.repeat([0.0, 1.0, 0.0, 1.0], [78, 12, 2, 8])[:, None]
    found = sap(code, factor, categorical_factors=[0])
    assert found == pytest.approx((78 / 90 + 8 / 10) / 2 - 0.5)


def test_sap_of_a_discrete_column():
    # Between its values lies all of the factor's variance but that within {0, 1} and {2, 3}.
    column = np.array([7, 7, 2, 2])[FACTORS[:, 0]][:, None]
    assert sap(column, FACTORS[:, 0], discrete=[0]) == pytest.approx(1 / 1.25)
    # One value of each pair is recognised.
    found = sap(column, FACTORS[:, 0], discrete=[0], categorical_factors=[0])
    assert found == pytest.approx(1 / 2 - 1 / 4)


@pytest.mark.parametrize("measure", [dci_scores, explicitness])
def test_halves_need_samples(measure):
    with pytest.raises(ValueError, match=r"^\w+ needs at least 20 samples .*, got 12\.\Z"):
        measure(FACTORS[::20], FACTORS[::20])


def test_a_factor_that_hardly_varies_is_named():
    factor = np.zeros(1000, int)
    factor[0] = 1
    with pytest.raises(ValueError, match="^explicitness: factor 1 hardly varies in 1000 samples"):
        for seed in range(20):  # The one sample is in the first half only with some seeds.
            explicitness(
                np.arange(1000.0)[:, None], np.stack([np.arange(1000) % 2, factor], 1), seed=seed
            )


def test_a_large_offset_hides_nothing_from_the_trees():
    factors = np.indices((4, 4)).reshape(2, -1).T.repeat(10, axis=0)
    codes = factors + np.random.default_rng(0).normal(scale=0.1, size=factors.shape)
    assert dci_scores(codes + 1e9, factors) == pytest.approx(dci_scores(codes, factors), abs=1e-3)
