"""CycleGAN's published defaults; the model itself is tested with the models."""

import numpy as np
import pytest

from tfgan_it import losses, recipes
from tfgan_it.regularizers import CycleConsistency, IdentityMapping

SMALL = {"width": 2, "blocks": 1, "depth": 1}


def test_defaults_are_the_published_ones():
    model = recipes.cyclegan((8, 8, 1), **SMALL)
    assert isinstance(model.adversarial_loss, losses.LeastSquares)
    (cycle,) = model.generator_regularizers
    assert isinstance(cycle, CycleConsistency) and cycle.lambda_ == 10.0
    assert model.pool.size == 50
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        assert float(optimizer.learning_rate) == pytest.approx(2e-4)
        assert (optimizer.beta_1, optimizer.beta_2) == (0.5, 0.999)


def test_domains_of_two_shapes():
    model = recipes.cyclegan({"a": (8, 8, 1), "b": (8, 8, 3)}, lambda_identity=0.0, **SMALL)
    assert model.translate(np.zeros((2, 8, 8, 1), "uint8"), to="b").shape == (2, 8, 8, 3)
    assert model.translate(np.zeros((2, 8, 8, 3), "uint8"), to="a").shape == (2, 8, 8, 1)


def test_identity_is_a_term_where_it_is_asked_for():
    model = recipes.cyclegan((8, 8, 1), lambda_identity=5.0, pool_size=0, **SMALL)
    assert [type(t) for t in model.generator_regularizers] == [CycleConsistency, IdentityMapping]
    assert model.pool is None


def test_a_misspelt_hyperparameter_is_refused_before_anything_is_built():
    with pytest.raises(TypeError, match=r"^Unknown hyperparameter of cyclegan 'block': .*\.$"):
        recipes.cyclegan((8, 8, 1), block=3)
