import numpy as np
import pytest

from support.small_models import CODES, NOISE, small_model
from tfgan_it.metrics import Candidate, model_centrality, similarities

FEW = {"votes": 60, "held_out": 60, "batch": 16, "samples": 300}


def sample(n, seed):
    """Four codes and a column of noise."""
    return np.random.default_rng(seed).normal(size=(n, 5))


def candidate(mixing):
    """A model of five true factors: codes are mixed to them, and un-mixed by its encoder."""
    return Candidate(
        sample,
        {f"code_{i}": slice(i, i + 1) for i in range(4)},
        generate=lambda latents: latents @ mixing,
        encode=lambda factors: (factors @ np.linalg.inv(mixing))[:, :4],
    )


def shuffled(order, scales):
    return np.eye(5)[order] * np.array(scales)


def rotation(seed):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(5, 5)))[0]


@pytest.fixture(scope="module")
def table():
    """Three that have found the factors, each in its way, between two that have mixed them."""
    mixings = [
        rotation(0),
        np.eye(5),
        shuffled([3, 1, 0, 2, 4], [1, -2, 3, 0.1, 1]),
        rotation(1),
        shuffled([1, 0, 3, 2, 4], [-1, -1, 5, 1, 1]),
    ]
    return similarities([candidate(mixing) for mixing in mixings], **FEW)


def test_encoders_that_have_found_the_same_factors_agree(table):
    found = [1, 2, 4]
    assert (table[np.ix_(found, found)] == 1).all()
    assert (np.diagonal(table) == 1).all()
    others = table[[0, 3]][:, found + [3, 0]]
    assert max(table[0, 3], table[3, 0], table[np.ix_(found, [0, 3])].max()) < 0.95
    assert others[:, :3].max() < 0.95


def test_the_choice_is_one_of_those_that_agree(table):
    centrality = model_centrality(table)
    assert centrality.argmax() in (1, 2, 4)
    assert sorted(centrality.argsort()[:2]) == [0, 3]


def test_centrality_is_the_mean_of_both_ways_over_the_others():
    table = np.array([[9.0, 0.2, 0.4], [0.6, 9.0, 1.0], [0.0, 0.8, 9.0]])
    # Pairs: 0.4 and 0.2 and 0.9.
    np.testing.assert_allclose(model_centrality(table), [0.3, 0.65, 0.55])
    np.testing.assert_array_equal(model_centrality(table), model_centrality(table.T))


def test_two_models_are_as_central_as_each_other():
    assert model_centrality([[1, 0.5], [0.7, 1]]) == pytest.approx([0.6, 0.6])


def test_the_table_is_a_function_of_the_seed(table):
    pair = [candidate(np.eye(5)), candidate(rotation(0))]
    first = similarities(pair, **FEW, seed=1)
    np.testing.assert_array_equal(first, similarities(pair, **FEW, seed=1))
    assert any((similarities(pair, **FEW, seed=seed) != first).any() for seed in (2, 3))


def test_rows_are_generators_and_columns_encoders():
    # The second encoder is constant; the first one infers what the second generates.
    blind = Candidate(
        sample,
        {f"code_{i}": slice(i, i + 1) for i in range(4)},
        generate=lambda latents: latents,
        encode=lambda factors: np.zeros((len(factors), 3)),
    )
    table = similarities([candidate(np.eye(5)), blind], **FEW)
    assert (table[:, 0] == 1).all() and (table[:, 1] < 0.5).all()


@pytest.fixture(scope="module")
def model():
    return small_model(CODES, moving_average=0.5)


def test_the_codes_of_a_model_are_its_factors(model):
    made = Candidate.of(model)
    # Two columns of noise, three categories, one column of style.
    assert made.columns == {"category": slice(2, 5), "style_0": slice(5, 6)}
    assert made.discrete == (0,)
    latents = made.sample(7, 3)
    np.testing.assert_array_equal(latents, model.sample_latents(7, 3))
    images = made.generate(latents)
    np.testing.assert_allclose(images, model.generate(7, seed=3), atol=1e-6)
    codes, inferred = made.encode(images), model.infer_codes(images)
    np.testing.assert_array_equal(codes[:, 0], inferred["category_probabilities"].argmax(axis=1))
    np.testing.assert_allclose(codes[:, 1:], inferred["style_mean"], atol=1e-6)


def test_models_are_compared(model):
    table = similarities([Candidate.of(model)] * 2, **{**FEW, "votes": 10, "held_out": 10})
    assert table.shape == (2, 2) and ((table >= 0) & (table <= 1)).all()
    assert len(set(table[0])) == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: model_centrality([[1.0]]), r"must be \(m, m\), m at least 2, got \(1, 1\)"),
        (lambda: model_centrality(np.ones((2, 3))), r"got \(2, 3\)"),
        (lambda: model_centrality([[1, np.nan], [1, 1]]), "similarity has values that are NaN"),
        (lambda: Candidate.of(small_model(NOISE)), "recognises no codes"),
    ],
)
def test_a_mistake_is_one_line(wrong, message):
    with pytest.raises(ValueError, match=message) as error:
        wrong()
    assert "\n" not in str(error.value)
