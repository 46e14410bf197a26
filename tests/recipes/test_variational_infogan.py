"""The recipe's own choices; what a variational InfoGAN does is tested with the model."""

import numpy as np
import pytest

from tfgan_it import latents, recipes, visualization
from tfgan_it.regularizers import CodeInformation, FeatureReconstruction, PosteriorKL

SHAPE = (8, 8, 1)
SMALL = {"width": 2, "features": 5, "noise": 4, "categories": 3, "run_eagerly": True}
IMAGES = np.random.default_rng(0).uniform(-1, 1, (24, *SHAPE)).astype("float32")


def small(**hyperparameters):
    return recipes.variational_infogan(SHAPE, **{**SMALL, **hyperparameters})


@pytest.mark.examples(2)
@pytest.mark.parametrize(
    ("hyperparameters", "weights"),
    [
        ({}, {"category": 1.0, "style": 0.1}),
        ({"continuous": 0}, {"category": 1.0}),
        ({"categories": 0}, {"style": 0.1}),
        ({"lambda_information": 2.0}, {"category": 2.0, "style": 2.0}),
        ({"lambda_information": {"category": 3.0, "style": 0.0}}, {"category": 3.0, "style": 0.0}),
    ],
)
def test_weights_of_the_codes(hyperparameters, weights):
    assert small(**hyperparameters).terms[0].weights_by_code == weights


def test_what_is_asked_for_is_built():
    model = small(minimum_scale=0.3, continuous=1, kl_weight=0.5, reconstruction_weight=0.7)
    expected = latents.Product(
        noise=latents.Normal(4),
        category=latents.Categorical(3),
        style=latents.Uniform(1, minimum_scale=0.3),
    )
    assert repr(model.latent) == repr(expected)
    # A mean of five squares, and half their sum.
    kinds = [CodeInformation, PosteriorKL, FeatureReconstruction]
    assert [type(term) for term in model.terms] == kinds
    assert [term.weight for term in model.terms[1:]] == [0.5, 2 * 0.7 / 5]
    assert model.encoder.output_shape == (None, 8)
    assert model.encoder_average.decay == model.generator_average.decay == 0.999
    assert small(moving_average=None).encoder_average is None
    assert model.encoder.get_layer("encoder_trunk").output_shape == (None, 5)


def test_the_encoder_is_a_function_of_the_seed_with_its_own_weights():
    models = [small(seed=seed) for seed in (1, 1, 2)]
    one, same, other = (
        np.concatenate([w.numpy().ravel() for w in model.encoder.weights]) for model in models
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other)[one != 0].all()
    first = models[0].discriminator.get_layer("infogan_trunk").weights[0].numpy()
    ratio = models[0].encoder.get_layer("encoder_trunk").weights[0].numpy() / first
    assert ratio.std() > 0.1  # Not the same numbers of another width.


def test_no_code_at_all():
    message = "categories and continuous are both 0; give it a code to send"
    with pytest.raises(ValueError, match=message):
        small(categories=0, continuous=0)


def test_training_and_pictures():
    model = small()
    before = [v.numpy() for v in model.encoder.trainable_variables]
    history = model.fit(IMAGES, batch_size=4, steps_per_epoch=1, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    for old, new in zip(before, model.encoder.trainable_variables, strict=True):
        assert not np.array_equal(old, new)
    assert visualization.reconstructions(model, IMAGES[:3]).shape == (2 * 42 + 2, 3 * 42 + 2, 3)
