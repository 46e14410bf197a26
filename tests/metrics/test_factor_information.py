"""Factors read of samples, and the information of codes on them, against known tables."""

import numpy as np
import pytest

from tfgan_it import latents, recipes
from tfgan_it.datasets import MovingSprites
from tfgan_it.metrics import FactorReader, LabelClassifier, code_factor_information


class Made:
    """A model whose samples are its codes."""

    name, conditions = "made", None
    latent = latents.Product(
        noise=latents.Normal(2), shape=latents.Categorical(3), path=latents.Categorical(2)
    )

    def sample_latents(self, n, seed):
        return np.asarray(self.latent.sample(n, seed))

    def predict(self, x, verbose):
        return x


def read(samples):
    """Factors: one that is the shape, one that is the path with an error of a quarter, and 0."""
    shape, path = samples[:, 2:5].argmax(1), samples[:, 5:7].argmax(1)
    wrong = np.random.default_rng(0).uniform(size=len(path)) < 0.25
    return np.stack([shape, np.where(wrong, 1 - path, path), 0 * path], axis=1)


def test_information_of_each_code_on_each_factor():
    found = code_factor_information(Made(), read, ["shape", "path", "none"], n=20_000)
    flipped = np.log(2) + 0.25 * np.log(0.25) + 0.75 * np.log(0.75)
    expected = {
        "shape": {"shape": np.log(3), "path": 0.0, "none": 0.0},
        "path": {"shape": 0.0, "path": flipped, "none": 0.0},
    }
    assert found.keys() == expected.keys()
    for code, row in expected.items():
        assert found[code] == pytest.approx(row, abs=0.01)


@pytest.mark.slow
def test_a_reader_learns_factors_of_real_videos():
    moving = MovingSprites(frames=2)
    factors = moving.sample_factors(400, seed=0)
    factors[:, [1, 5, 6]] = 3 * (factors[:, [1, 5, 6]] > 1)  # The smallest and the largest.
    videos = moving.images_at(factors)
    chosen = factors[:, [5, 6]] // 3  # Left or right, above or below.
    reader = FactorReader(LabelClassifier(steps=80)).fit(videos[:300], chosen[:300])
    assert reader(videos[300:]).shape == (100, 2)
    assert min(reader.accuracies(videos[300:], chosen[300:])) > 0.8  # By chance 0.5.


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: FactorReader().fit(np.zeros((4, 2)), [0, 1, 0, 1]), r"must be \(4, factors\)"),
        (lambda: FactorReader()(np.zeros((4, 2))), "not fitted"),
        (lambda: code_factor_information(Made(), read, ["a"], n=9), r"return \(9, 1\), got \(9, 3"),
        (
            lambda: code_factor_information(recipes.dcgan((8, 8, 1), width=2), read, "abc"),
            "dcgan has no categorical codes",
        ),
    ],
)
def test_a_mistake_is_one_line(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert "\n" not in str(error.value)
