import numpy as np
import pytest
from scipy import special, stats

from tfgan_it.latents import Categorical

UNEVEN = [0.0, 0.5, 0.2, 0.0, 0.3, 0.0]


@pytest.mark.parametrize("batch", [0, 1, 7])
def test_samples_are_one_hot(batch):
    sample = Categorical(6, UNEVEN).sample(batch, seed=0).numpy()
    assert sample.shape == (batch, 6)
    assert sample.dtype == np.float32
    assert np.isin(sample, [0, 1]).all()
    np.testing.assert_array_equal(sample.sum(axis=-1), np.ones(batch))


@pytest.mark.parametrize("probabilities", [None, UNEVEN, [0, 0, 0, 1, 0, 0]])
def test_frequencies_are_the_probabilities(probabilities):
    n = 100_000
    p = np.full(6, 1 / 6) if probabilities is None else np.asarray(probabilities)
    counts = Categorical(6, probabilities).sample(n, seed=1).numpy().sum(axis=0)
    # Five standard deviations; none at all where p is 0 or 1.
    assert (np.abs(counts - n * p) <= 5 * np.sqrt(n * p * (1 - p))).all()


def test_samples_are_independent():
    category = Categorical(6).sample(20_000, seed=2).numpy().argmax(axis=-1)
    pairs = np.zeros((6, 6))
    np.add.at(pairs, (category[::2], category[1::2]), 1)
    assert stats.chi2_contingency(pairs).pvalue > 1e-4


def test_a_seed_is_a_sample():
    first, again, other = (Categorical(10).sample(50, seed).numpy() for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("probabilities", [UNEVEN, [0, 0, 1, 0, 0, 0], [1 / 6] * 6])
def test_entropy(probabilities):
    code = Categorical(6, probabilities)
    assert code.entropy() == pytest.approx(stats.entropy(probabilities), abs=1e-12)


@pytest.mark.parametrize("categories", [1, 2, 10])
def test_entropy_of_equal_categories_is_ln_k(categories):
    assert Categorical(categories).entropy() == pytest.approx(np.log(categories), abs=1e-12)


@pytest.mark.parametrize("scale", [1.0, 80.0])
def test_log_prob_is_the_logarithm_of_the_softmax_at_the_code(scale):
    logits = scale * np.random.default_rng(0).normal(size=(9, 6))
    category = np.arange(9) % 6
    values = Categorical(6).posterior_log_prob(np.eye(6)[category], logits).numpy()
    expected = logits[np.arange(9), category] - special.logsumexp(logits, axis=-1)
    np.testing.assert_allclose(values, expected, rtol=1e-5, atol=1e-6)


def test_log_prob_does_not_depend_on_the_prior():
    logits = np.random.default_rng(1).normal(size=(6, 6))
    uniform, uneven = Categorical(6), Categorical(6, UNEVEN)
    np.testing.assert_array_equal(
        uniform.posterior_log_prob(np.eye(6), logits), uneven.posterior_log_prob(np.eye(6), logits)
    )


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_posterior_is_the_softmax_in_float32(dtype):
    logits = np.random.default_rng(2).normal(size=(4, 3)).astype(dtype)
    posterior = Categorical(3).posterior(logits)
    assert list(posterior) == ["probabilities"]
    assert posterior["probabilities"].dtype == "float32"
    expected = special.softmax(logits.astype("float64"), axis=-1)
    np.testing.assert_allclose(posterior["probabilities"], expected, rtol=1e-6)


def test_head_gives_one_logit_for_each_category():
    code = Categorical(7)
    assert (code.dimension, code.posterior_params_size) == (7, 7)


def test_path_shows_every_category_once():
    ((name, (columns, path)),) = Categorical(4).paths(steps=99).items()
    assert (name, columns) == ("", slice(0, 4))
    np.testing.assert_array_equal(path, np.eye(4))


def test_probabilities_that_nearly_sum_to_one_are_normalised():
    # Rounded to seven digits, as a file would hold them: they sum to 1 + 2e-7.
    rounded = [0.1666667] * 6
    code = Categorical(6, rounded)
    assert sum(code.probabilities) == pytest.approx(1, abs=1e-12)
    assert code.entropy() == pytest.approx(np.log(6), abs=1e-12)
    assert rounded == [0.1666667] * 6


def test_proportions_are_kept():
    p = np.asarray([0.2, 0.3, 0.5]) * (1 + 9e-7)
    np.testing.assert_allclose(Categorical(3, p).probabilities, [0.2, 0.3, 0.5], rtol=1e-12)


@pytest.mark.parametrize(
    "probabilities, got",
    [
        ([0.5, 0.5], "[0.5 0.5]"),
        ([[0.5, 0.25, 0.25]], "[[0.5  0.25 0.25]]"),
        ([0.5, 0.6, 0.1], "[0.5 0.6 0.1]"),
        ([0.5, 0.25, 0.25001], "[0.5     0.25    0.25001]"),
        ([1.5, -0.25, -0.25], "[ 1.5  -0.25 -0.25]"),
        ([np.nan, 0.5, 0.5], "[nan 0.5 0.5]"),
        ([np.inf, 0.5, 0.5], "[inf 0.5 0.5]"),
        ([0, 0, 0], "[0. 0. 0.]"),
        ([], "[]"),
    ],
)
def test_bad_probabilities(probabilities, got):
    with pytest.raises(ValueError) as error:
        Categorical(3, probabilities)
    assert str(error.value) == (
        f"Categorical: probabilities must be 3 numbers of at least 0 that sum to 1, got {got}."
    )


def test_many_bad_probabilities_are_one_line():
    with pytest.raises(ValueError) as error:
        Categorical(3, np.full(1000, 0.123456789))
    assert "\n" not in str(error.value)
