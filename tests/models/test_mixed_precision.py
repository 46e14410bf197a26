"""Half precision: what is scaled, what stays float32."""

import keras
import numpy as np
import pytest

from support.cases import slow
from support.small_models import (
    CODES,
    IMAGES,
    NOISE,
    assert_same_state,
    compiled,
    small_model,
    state,
)
from tfgan_it import recipes
from tfgan_it.regularizers import R1, CodeInformation

SGD, LossScale = keras.optimizers.SGD, keras.optimizers.LossScaleOptimizer


@pytest.fixture(params=["mixed_bfloat16", "mixed_float16"])
def policy(request):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.fixture
def float16():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.examples(1)
@pytest.mark.parametrize("latent", [*slow(NOISE), CODES])
def test_trains_in_half_precision(policy, latent):
    model = small_model(latent, normalized=True, moving_average=0.9)
    terms = [CodeInformation()] if latent.codes else []
    model.compile("adam", "adam", discriminator_regularizers=[R1(1.0)], terms=terms)
    optimizers = model.generator_optimizer, model.discriminator_optimizer
    scaled = [isinstance(optimizer, LossScale) for optimizer in optimizers]
    assert scaled == [policy == "mixed_float16"] * 2
    before = state(model)
    history = model.fit(IMAGES, batch_size=16, verbose=0).history
    assert np.isfinite(list(history.values())).all()
    after = state(model)
    assert all(np.isfinite(value).all() for value in after)
    assert {v.dtype for v in model.trainable_variables} == {"float32"}
    assert model.step.numpy() == 3
    if policy == "mixed_float16":
        assert [optimizer.iterations.numpy() for optimizer in optimizers] == [3, 3]
    moved = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert sum(moved) >= len(model.weights)


def test_recipes_make_float32_images(policy):
    model = recipes.infogan((8, 8, 1), width=4, features=16, noise=6)
    images = model.generate(2, seed=0)
    assert images.dtype == model.score(images).dtype == "float32"
    assert {value.dtype.name for value in model.infer_codes(images).values()} == {"float32"}
    assert model(model.sample_latents(2, seed=0), training=True).dtype == "float32"


def test_images_are_float32_whatever_the_generator_ends_in(policy):
    assert small_model().generate(2, seed=0).dtype == "float32"


@pytest.mark.slow
def test_the_scale_of_the_loss_does_not_change_the_update():
    plain, wrapped = small_model(CODES), small_model(CODES)
    for model in (plain, wrapped):
        optimizers = SGD(0.3), SGD(0.2)
        if model is wrapped:
            # Scales that differ: one player's must not stand in for the other's.
            scales = 2.0**6, 2.0**9
            optimizers = [
                LossScale(inner, initial_scale=s)
                for inner, s in zip(optimizers, scales, strict=True)
            ]
        terms = {"discriminator_regularizers": [R1(1.0)], "terms": [CodeInformation()]}
        model.compile(*optimizers, **terms)
        model.fit(IMAGES, batch_size=16, verbose=0)
    for ours, theirs in zip(plain.weights, wrapped.weights, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-6)
    before = small_model(CODES)
    assert not np.allclose(before.get_weights()[1], plain.get_weights()[1], atol=1e-3)


@pytest.mark.slow
def test_wrapped_optimizers_are_saved_and_not_wrapped_twice(float16, tmp_path):
    model = compiled(small_model())
    model.fit(IMAGES, batch_size=16, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded.generator_optimizer, LossScale)
    assert isinstance(loaded.generator_optimizer.inner_optimizer, SGD)
    assert_same_state(model, loaded)
    for each in (model, loaded):
        each.fit(IMAGES, batch_size=16, verbose=0)
    assert_same_state(model, loaded)


def test_one_optimizer_for_both_is_refused(float16):
    optimizer = SGD(0.1)
    with pytest.raises(ValueError, match="must be two objects"):
        small_model().compile(optimizer, optimizer)
