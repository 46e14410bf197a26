import itertools

import keras
import numpy as np
import pytest
from scipy import stats

from tfgan_it.latents import Categorical, Normal, Product, Uniform
from tfgan_it.seeds import StatelessSeed


def mnist_latent():
    return Product(noise=Normal(62), category=Categorical(10), style=Uniform(2))


def test_noise_comes_first_then_the_codes_in_order():
    latent = Product(style=Uniform(2), category=Categorical(3), noise=Normal(1))
    assert list(latent.parts) == ["noise", "style", "category"]
    assert list(latent.codes.parts) == ["style", "category"]


def test_columns_stand_in_the_order_of_the_parts():
    latent = Product(noise=Uniform(2, 5, 6), category=Categorical(3), style=Uniform(1, -9, -8))
    sample = latent.sample(50, seed=0).numpy()
    assert sample.shape == (50, 6)
    assert sample.dtype == np.float32
    assert ((sample[:, :2] >= 5) & (sample[:, :2] <= 6)).all()
    np.testing.assert_array_equal(sample[:, 2:5].sum(axis=-1), np.ones(50))
    assert ((sample[:, 5] >= -9) & (sample[:, 5] <= -8)).all()


def test_empty_batch():
    assert mnist_latent().sample(0, seed=0).shape == (0, 74)


def test_join_is_the_inverse_of_split():
    latent = mnist_latent()
    sample = latent.sample(4, seed=0)
    parts = latent.split_latents(sample)
    widths = [(name, part.shape[1]) for name, part in parts.items()]
    assert widths == [("noise", 62), ("category", 10), ("style", 2)]
    shuffled = {name: parts[name] for name in ("style", "noise", "category")}
    np.testing.assert_array_equal(latent.join_latents(shuffled), sample)


def test_columns_of_codes_are_what_codes_describes():
    latent = mnist_latent()
    sample = latent.sample(4, seed=0).numpy()
    codes = latent.codes_from_latents(sample)
    np.testing.assert_array_equal(codes, sample[:, 62:])
    np.testing.assert_array_equal(latent.codes.codes_from_latents(codes), codes)
    assert codes.shape[1] == latent.codes.dimension


def test_noise_has_no_codes():
    assert Product(noise=Normal(2)).codes is None


def test_parameters_are_split_by_what_each_part_needs():
    codes = mnist_latent().codes
    assert codes.posterior_params_size == 14
    split = codes.split_parameters(np.arange(14)[None])
    np.testing.assert_array_equal(split["category"], [np.arange(10)])
    np.testing.assert_array_equal(split["style"], [[10, 11, 12, 13]])


@pytest.mark.parametrize(
    "seed",
    [
        lambda: 0,
        lambda: 2**40 + 1,
        lambda: -1,
        lambda: None,
        lambda: keras.random.SeedGenerator(0),
        lambda: StatelessSeed(0, 1),
    ],
    ids=["int", "large_int", "negative_int", "none", "generator", "stateless"],
)
def test_parts_are_independent(seed):
    n = 20_000
    latent = Product(
        noise=Normal(2),
        normal=Normal(2),
        style=Uniform(2),
        uniform=Uniform(2),
        single=Uniform(1),
        category=Categorical(3),
    )
    parts = latent.split_latents(latent.sample(n, seed()).numpy())
    # A normal number is made of two uniform ones: its square shows bits that are shared.
    features = {name: np.column_stack([part, part**2]) for name, part in parts.items()}
    for one, other in itertools.combinations(features.values(), 2):
        columns = one.shape[1]
        correlations = np.corrcoef(one.T, other.T)[:columns, columns:]
        assert np.abs(correlations).max() < 5 / np.sqrt(n)


def test_a_seed_is_a_sample():
    latent = mnist_latent()
    samples = [latent.sample(3, seed).numpy() for seed in (5, 5, 6, 5 + 2**32)]
    np.testing.assert_array_equal(samples[0], samples[1])
    for other in samples[2:]:
        assert (samples[0][:, :62] != other[:, :62]).all()


def test_a_negative_seed_is_one_of_its_own():
    latent = mnist_latent()
    sample = latent.sample(3, seed=-1).numpy()
    with pytest.raises(ValueError, match=r"^seed must be a whole number from .*, got 18446.*\Z"):
        latent.sample(3, seed=2**64 - 1)
    for other in (0, 1, -2, 2**32 - 1):
        assert (latent.sample(3, other).numpy()[:, :62] != sample[:, :62]).all()


def test_entropies_add():
    latent = Product(noise=Normal(3, scale=2), a=Categorical(2, [0.9, 0.1]), b=Uniform(2, 0, 3))
    expected = {
        "noise": 3 * stats.norm(scale=2).entropy(),
        "a": stats.entropy([0.9, 0.1]),
        "b": 2 * stats.uniform(0, 3).entropy(),
    }
    assert latent.entropies() == pytest.approx(expected)
    assert latent.entropy() == pytest.approx(sum(expected.values()))


def test_log_probs_add():
    codes = Product(style=Uniform(2), category=Categorical(3))
    rng = np.random.default_rng(0)
    parameters = rng.normal(size=(4, 7))
    style, category = rng.uniform(-1, 1, size=(4, 2)), np.eye(3)[[0, 2, 1, 0]]
    sample = np.concatenate([style, category], axis=-1)
    sigma = 0.05 + np.log1p(np.exp(parameters[:, 2:4]))
    softmax = np.exp(parameters[:, 4:]) / np.exp(parameters[:, 4:]).sum(axis=-1, keepdims=True)
    expected = {
        "style": stats.norm.logpdf(style, parameters[:, :2], sigma).sum(axis=-1),
        "category": np.log(softmax[category == 1]),
    }
    log_probs = codes.posterior_log_probs(sample, parameters)
    assert list(log_probs) == ["style", "category"]
    for name, value in expected.items():
        np.testing.assert_allclose(log_probs[name], value, rtol=1e-5)
    np.testing.assert_allclose(
        codes.posterior_log_prob(sample, parameters), sum(expected.values()), rtol=1e-5
    )


def test_posterior_is_named_after_the_codes():
    codes = mnist_latent().codes
    parameters = np.random.default_rng(0).normal(size=(5, 14))
    posterior = codes.posterior(parameters)
    shapes = {name: tuple(value.shape) for name, value in posterior.items()}
    assert shapes == {
        "category_probabilities": (5, 10),
        "style_mean": (5, 2),
        "style_scale": (5, 2),
    }
    np.testing.assert_allclose(posterior["style_mean"], parameters[:, 10:12], rtol=1e-6)


@pytest.mark.parametrize("part", [3, None, "normal", Product(noise=Normal(1))])
def test_bad_part(part):
    with pytest.raises(ValueError, match=r"^Product: part 'code' must be .*Normal, .*, got .*\.\Z"):
        Product(noise=Normal(2), code=part)


def test_no_part():
    with pytest.raises(ValueError, match=r"^Product: give at least one part, .*\Z"):
        Product()
