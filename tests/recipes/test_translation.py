"""Published defaults of CycleGAN, pix2pix and CUT; the models are tested with the models."""

import numpy as np
import pytest

from tfgan_it import losses, recipes
from tfgan_it.regularizers import (
    R1,
    CycleConsistency,
    IdentityMapping,
    PairedReconstruction,
    PatchInformation,
)

SMALL = {"width": 2, "blocks": 1, "depth": 1}


def adams(model):
    for optimizer in (model.generator_optimizer, model.discriminator_optimizer):
        yield float(optimizer.learning_rate), optimizer.beta_1, optimizer.beta_2


PUBLISHED = [(pytest.approx(2e-4), 0.5, 0.999)] * 2


def test_cyclegan():
    model = recipes.cyclegan((8, 8, 1), **SMALL)
    assert isinstance(model.adversarial_loss, losses.LeastSquares)
    (cycle,) = model.generator_regularizers
    assert isinstance(cycle, CycleConsistency) and cycle.lambda_ == 10.0
    assert model.pool.size == 50 and not model.paired
    assert list(adams(model)) == PUBLISHED


def test_pix2pix():
    model = recipes.pix2pix((8, 8, 1), width=2, depth=1)
    assert isinstance(model.adversarial_loss, losses.NonSaturating)
    (distance,) = model.generator_regularizers
    assert isinstance(distance, PairedReconstruction)
    assert (distance.lambda_, distance.distance) == (100.0, "l1")
    assert model.discriminator.pairs and model.paired
    assert list(adams(model)) == PUBLISHED
    assert (
        recipes.pix2pix((8, 8, 1), width=2, lambda_reconstruction=0.0).generator_regularizers == []
    )


def test_cut():
    model = recipes.cut((8, 8, 1), **SMALL)
    assert isinstance(model.adversarial_loss, losses.LeastSquares)
    (information,) = model.generator_regularizers
    assert isinstance(information, PatchInformation)
    assert (information.lambda_, information.identity) == (1.0, True)
    assert (information.patches, information.units, information.temperature) == (256, 256, 0.07)
    assert not model.discriminator.pairs and not model.paired
    assert list(adams(model)) == PUBLISHED


@pytest.mark.parametrize("name", ["cyclegan", "pix2pix", "cut"])
def test_domains_of_two_shapes(name):
    options = {"cyclegan": SMALL, "cut": {**SMALL, "identity": False}}.get(name, {"width": 2})
    model = recipes.get(name)({"a": (8, 8, 1), "b": (8, 8, 3)}, **options)
    assert model.translate(np.zeros((2, 8, 8, 1), "uint8"), to="b").shape == (2, 8, 8, 3)
    if name == "cyclegan":
        assert model.translate(np.zeros((2, 8, 8, 3), "uint8"), to="a").shape == (2, 8, 8, 1)


def test_identity_is_a_term_where_it_is_asked_for():
    model = recipes.cyclegan((8, 8, 1), lambda_identity=5.0, pool_size=0, **SMALL)
    assert [type(t) for t in model.generator_regularizers] == [CycleConsistency, IdentityMapping]
    assert model.pool is None


def test_terms_of_the_user_come_behind():
    model = recipes.pix2pix((8, 8, 1), width=2, depth=1, discriminator_regularizers="r1")
    assert isinstance(model.discriminator_regularizers[0], R1)
    data = {name: np.zeros((4, 8, 8, 1), "uint8") for name in "ab"}
    history = model.fit(data, batch_size=4, verbose=0).history
    assert np.isfinite(history["discriminator_loss"]).all()


def test_a_misspelt_hyperparameter_is_refused_before_anything_is_built():
    with pytest.raises(TypeError, match=r"^Unknown hyperparameter of cyclegan 'block': .*\.$"):
        recipes.cyclegan((8, 8, 1), block=3)
