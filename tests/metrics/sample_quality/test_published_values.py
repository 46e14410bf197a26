"""Values of precision, recall, density and coverage that their authors' program prints."""

import numpy as np
import pytest

from tfgan_it import metrics

PUBLISHED = {"precision": 0.4772, "recall": 0.4705, "density": 1.0555, "coverage": 0.9735}


@pytest.mark.slow
def test_ten_thousand_gaussian_points_in_a_thousand_dimensions():
    """k = 5 for all four, of N(0, I): the example of Naeem et al., 2020, whose seed is not known.

    A few points near the centre lie in a large share of all balls, so that the density varies most.
    """
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(2, 10_000, 1000))
    scores = metrics.prdc(real, generated)
    for name, value in PUBLISHED.items():
        spread = 0.2 if name == "density" else 0.03
        assert scores[name].value == pytest.approx(value, abs=spread), name
