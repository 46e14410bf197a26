import numpy as np
import pytest
from scipy.stats import norm

from tfgan_it import latents, metrics, recipes


class FixedGenerator:
    """A generator that is a given function of its latents."""

    conditions = None

    def __init__(self, latent, function, shape):
        self.latent, self.function, self.sample_shape = latent, function, shape

    def sample_latents(self, n, seed):
        return self.latent.sample(n, seed=seed).numpy()

    def predict(self, z, verbose=0):
        return self.function(z)


def test_a_generator_that_ignores_its_latents_has_none():
    model = FixedGenerator(latents.Normal(3), lambda z: np.ones((len(z), 2), "float32"), (2,))
    measured = metrics.gilbo(model, samples=2000, steps=300)
    assert abs(measured.value) < 3 * measured.standard_error and measured.n == 500


def test_of_two_categories_and_a_noise_one_category_is_told():
    latent = latents.Product(noise=latents.Normal(2), a=latents.Categorical(4))
    model = FixedGenerator(latent, lambda z: z[:, 2:], (4,))
    measured = metrics.gilbo(model, samples=2000, steps=400, learning_rate=0.01)
    assert measured.value == pytest.approx(np.log(4), abs=4 * measured.standard_error + 0.02)


def test_a_gaussian_channel():
    # x = z + w with w in the columns that the encoder's codes lack: I = 1/2 ln(1 + 1/s^2).
    scale = 0.5
    random = np.random.default_rng(0)
    model = FixedGenerator(
        latents.Normal(1),
        lambda z: (z + scale * random.normal(size=z.shape)).astype("float32"),
        (1,),
    )
    measured = metrics.gilbo(model, samples=8000, steps=600, learning_rate=0.003)
    exact = 0.5 * np.log(1 + 1 / scale**2)
    assert measured.value == pytest.approx(exact, abs=4 * measured.standard_error + 0.02)
    # A standard error of the mean of ln e.
    log_e = norm.logpdf(random.normal(size=2000), scale=1.0)
    assert measured.standard_error == pytest.approx(np.std(log_e) / np.sqrt(2000), rel=0.2)


@pytest.mark.slow
def test_a_model_with_conditions_and_images():
    model = recipes.conditional_gan((8, 8, 1), conditions=3, width=4, latent_dimension=2)
    measured = metrics.gilbo(model, samples=100, steps=3)
    assert np.isfinite(measured.value) and measured.n == 25


def test_models_without_a_latent_are_refused_in_one_line():
    model = FixedGenerator(None, None, (2,))
    with pytest.raises(ValueError, match="the model has no latent"):
        metrics.gilbo(model)
