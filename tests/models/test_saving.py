"""A loaded model continues as the original."""

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
from tfgan_it.losses import Minimax
from tfgan_it.models import GAN
from tfgan_it.regularizers import R1, CodeInformation

OPTIMIZERS = keras.optimizers


def full_game(model):
    """Everything that a run can carry."""
    terms = [CodeInformation({"category": 0.5, "style": 0.1})] if model.latent.codes else []
    model.compile(
        OPTIMIZERS.Adam(OPTIMIZERS.schedules.ExponentialDecay(1e-2, 2, 0.5), 0.5),
        OPTIMIZERS.RMSprop(1e-3, centered=True),
        Minimax(),
        discriminator_regularizers=[R1(2.0)],
        discriminator_steps=2,
        terms=terms,
    )
    return model


def train(model, steps=3):
    return model.fit(IMAGES, batch_size=7, steps_per_epoch=steps, verbose=0).history


def reloaded(model, path):
    model.save(path / "model.keras")
    return keras.models.load_model(path / "model.keras")


@pytest.fixture(
    scope="module",
    params=[*slow(NOISE), CODES],
    ids=["GAN", "InfoGAN"],
)
def run(request, tmp_path_factory):
    """A model after three steps, the same loaded, and the history of three more steps of each."""
    model = full_game(small_model(request.param, normalized=True, moving_average=0.9))
    train(model)
    path = tmp_path_factory.mktemp("run")
    loaded = reloaded(model, path)
    model.save_weights(path / "model.weights.h5")
    saved = state(model)
    histories = train(model), train(loaded)
    return {"path": path, "saved": saved, "models": (model, loaded), "histories": histories}


def test_a_loaded_model_is_the_saved_one(run):
    loaded = keras.models.load_model(run["path"] / "model.keras")
    assert type(loaded) is type(run["models"][0]) and loaded.step.numpy() == 3
    # For each variable two slots: Adam's moments, and a centred RMSprop's velocity and mean.
    for player in ("generator", "discriminator"):
        slots = [v for v in getattr(loaded, f"{player}_optimizer").variables if len(v.shape)]
        assert len(slots) == 2 * len(getattr(loaded, player).trainable_variables)
        assert all(np.any(v.numpy()) for v in slots)
    for ours, theirs in zip(state(loaded), run["saved"], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_it_makes_the_same_images(run):
    loaded = keras.models.load_model(run["path"] / "model.keras")
    again = small_model(run["models"][0].latent, normalized=True, moving_average=0.9)
    full_game(again).load_weights(run["path"] / "model.weights.h5")
    np.testing.assert_array_equal(loaded.generate(3, seed=0), again.generate(3, seed=0))
    np.testing.assert_array_equal(loaded.score(IMAGES), again.score(IMAGES))


def test_training_continues_bit_for_bit(run):
    model, loaded = run["models"]
    assert loaded.step.numpy() == 6
    assert_same_state(model, loaded)
    assert run["histories"][0] == run["histories"][1]


@pytest.mark.slow
def test_weights_are_enough_to_resume(run):
    model = small_model(run["models"][0].latent, normalized=True, moving_average=0.9)
    full_game(model).load_weights(run["path"] / "model.weights.h5")
    for ours, theirs in zip(state(model), run["saved"], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert train(model) == run["histories"][0]
    assert_same_state(model, run["models"][0])


def test_the_game_itself_is_saved(run):
    model, loaded = run["models"]
    assert loaded.get_compile_config() == model.get_compile_config()
    assert loaded.discriminator_steps == 2
    assert [r.gamma for r in loaded.discriminator_regularizers] == [2.0]
    assert type(loaded.adversarial_loss) is Minimax
    assert loaded.decay == loaded.generator_average.decay == 0.9
    if model.latent.codes:
        assert loaded.terms[0].weights_by_code == {"category": 0.5, "style": 0.1}


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param(OPTIMIZERS.SGD(0.1, momentum=0.9, nesterov=True), marks=pytest.mark.slow),
        OPTIMIZERS.RMSprop(1e-3),
    ],
)
def test_custom_optimizers(tmp_path, optimizer):
    config = optimizer.get_config()
    model = small_model()
    model.compile(optimizer, type(optimizer).from_config({**config, "name": "other"}))
    train(model)
    loaded = reloaded(model, tmp_path)
    assert_same_state(model, loaded)
    assert loaded.generator_optimizer.get_config() == config
    train(model), train(loaded)
    assert_same_state(model, loaded)


@pytest.mark.examples(1)
@pytest.mark.parametrize("latent", [NOISE, CODES])
def test_an_uncompiled_model(tmp_path, latent):
    model = small_model(latent, seed=5, name="game")
    loaded = reloaded(model, tmp_path)
    assert (type(loaded), loaded.name, loaded.seed) == (type(model), "game", 5)
    assert not loaded.compiled and loaded.generator_average is None
    assert repr(loaded.latent) == repr(latent)
    assert_same_state(model, loaded)
    np.testing.assert_array_equal(loaded.generate(2, seed=0), model.generate(2, seed=0))
    train(compiled(loaded), 1)


def test_config_names_every_argument_of_the_constructor():
    model = small_model(CODES, moving_average=0.5, seed=9, name="game")
    copy = GAN.from_config(model.get_config())
    assert (copy.decay, copy.seed, copy.name) == (0.5, 9, "game")
    assert copy.generator is not model.generator


def test_a_frozen_layer_stays_frozen(tmp_path):
    model = small_model()
    model.generator.get_layer("hidden").trainable = False
    train(compiled(model))
    loaded = reloaded(model, tmp_path)
    train(loaded), train(model)
    assert_same_state(model, loaded)
    kernels = [m.generator.get_layer("hidden").kernel.numpy() for m in (small_model(), loaded)]
    np.testing.assert_array_equal(*kernels)
