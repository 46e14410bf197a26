import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfgan_it.latents import Normal, Uniform

# Each latent beside the same distribution in SciPy.
CASES = [
    pytest.param(Normal(3), stats.norm(0, 1), id="standard_normal"),
    pytest.param(Normal(3, scale=0.1), stats.norm(0, 0.1), id="narrow_normal"),
    pytest.param(Uniform(3), stats.uniform(-1, 2), id="uniform"),
    pytest.param(Uniform(3, low=2, high=2.5), stats.uniform(2, 0.5), id="shifted_uniform"),
]


@pytest.mark.parametrize("latent, reference", CASES)
def test_samples_follow_the_distribution(latent, reference):
    n = 20_000
    sample = latent.sample(n, seed=0).numpy()
    assert sample.shape == (n, 3)
    assert sample.dtype == np.float32
    for column in sample.T:
        assert stats.kstest(column, reference.cdf).pvalue > 1e-3
    correlations = np.corrcoef(sample.T)[np.triu_indices(3, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(n)


@pytest.mark.parametrize("latent", [Normal(3), Uniform(3)])
def test_empty_batch(latent):
    sample = latent.sample(0, seed=0)
    assert sample.shape == (0, 3)
    assert sample.dtype == "float32"


@pytest.mark.parametrize("latent", [Normal(3), Uniform(3)])
def test_a_seed_is_a_sample(latent):
    first, again, other = (latent.sample(5, seed).numpy() for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


@pytest.mark.parametrize("latent, reference", CASES)
def test_entropy_is_that_of_the_distribution_drawn_from(latent, reference):
    assert latent.entropy() == pytest.approx(3 * reference.entropy(), abs=1e-12)


def sigma_of(raw, floor=0.05):
    return floor + np.log1p(np.exp(raw))


@pytest.mark.parametrize("latent", [Normal(3), Uniform(3)])
def test_log_prob_is_that_of_a_gaussian_for_each_column(latent):
    # As many samples as columns: indexing one for the other would not raise.
    rng = np.random.default_rng(0)
    code, mean, raw = rng.normal(size=(3, 3, 3))
    values = latent.posterior_log_prob(code, np.concatenate([mean, raw], axis=-1)).numpy()
    expected = stats.norm.logpdf(code, mean, sigma_of(raw)).sum(axis=-1)
    np.testing.assert_allclose(values, expected, rtol=1e-5)


def test_columns_of_code_mean_and_scale_belong_together():
    rng = np.random.default_rng(1)
    code, mean, raw = rng.normal(size=(3, 6, 4))
    order = [2, 0, 3, 1]
    latent = Uniform(4)

    def values(code, mean, raw):
        return latent.posterior_log_prob(code, np.concatenate([mean, raw], axis=-1)).numpy()

    together = values(code[:, order], mean[:, order], raw[:, order])
    np.testing.assert_allclose(together, values(code, mean, raw), rtol=1e-5)
    assert (np.abs(values(code[:, order], mean, raw) - values(code, mean, raw)) > 1e-3).all()


def test_samples_do_not_mix():
    rng = np.random.default_rng(2)
    code, parameters = rng.normal(size=(4, 4)), rng.normal(size=(4, 8))
    moved = code.copy()
    moved[1, 2] += 1
    latent = Normal(4)
    difference = latent.posterior_log_prob(moved, parameters) - latent.posterior_log_prob(
        code, parameters
    )
    np.testing.assert_array_equal(difference.numpy() != 0, [False, True, False, False])


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_posterior_is_a_mean_and_a_scale_in_float32(dtype):
    parameters = np.asarray([[1, -2, 0, 3], [0, 5, -4, 1]], dtype)
    posterior = Uniform(2, minimum_scale=0.25).posterior(parameters)
    assert list(posterior) == ["mean", "scale"]
    assert posterior["mean"].dtype == posterior["scale"].dtype == "float32"
    np.testing.assert_array_equal(posterior["mean"], parameters[:, :2])
    np.testing.assert_allclose(posterior["scale"], sigma_of(parameters[:, 2:], 0.25), rtol=1e-3)


@pytest.mark.parametrize("latent", [Normal(1, minimum_scale=0.2), Uniform(1, minimum_scale=0.2)])
def test_scale_has_a_floor(latent):
    for raw in (-1e4, -50.0):
        parameters = tf.constant([[0.5, raw]])
        assert float(latent.posterior(parameters)["scale"][0, 0]) == pytest.approx(0.2)
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            value = latent.posterior_log_prob([[0.5]], parameters)
        assert float(value[0]) == pytest.approx(stats.norm.logpdf(0, 0, 0.2))
        assert np.isfinite(tape.gradient(value, parameters)).all()


@pytest.mark.parametrize("latent", [Normal(3), Uniform(3)])
def test_head_gives_a_mean_and_a_scale_for_each_column(latent):
    assert (latent.dimension, latent.posterior_params_size) == (3, 6)


@pytest.mark.parametrize(
    "latent, ends", [(Normal(2, scale=0.5), (-1, 1)), (Uniform(2, low=0, high=4), (0, 4))]
)
def test_paths_run_along_one_column_each(latent, ends):
    paths = latent.paths(5)
    assert list(paths) == ["0", "1"]
    for column, (columns, path) in enumerate(paths.values()):
        assert columns == slice(column, column + 1)
        np.testing.assert_allclose(path, np.linspace(*ends, 5)[:, None])


@pytest.mark.parametrize("low, high", [(1, 1), (1, -1), (float("nan"), 1), (0, float("inf"))])
def test_bad_interval(low, high):
    message = r"^Uniform: (low must be below high|low must be a finite|high must be a finite).*\Z"
    with pytest.raises(ValueError, match=message):
        Uniform(2, low, high)
