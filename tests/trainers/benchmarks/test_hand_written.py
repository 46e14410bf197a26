"""The hand-written loops play the games that they are compared with."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it import recipes
from trainers.benchmarks.hand_written import LOSSES, two_pass_step

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1)).astype("uint8")


@pytest.fixture(params=sorted(LOSSES))
def model(request):
    chosen = {"width": 2, "features": 8} if request.param == "infogan" else {"width": 2}
    return recipes.get(request.param)((8, 8, 1), moving_average=None, **chosen)


@pytest.fixture
def eagerly():
    """Tracing costs more than running these."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.examples(3)
@pytest.mark.usefixtures("eagerly")
def test_one_step_moves_both_networks_and_nothing_else(model):
    networks = model.generator, model.discriminator
    trained = [v for network in networks for v in network.trainable_variables]
    others = [v for v in model.variables if not any(v is w for n in networks for w in n.weights)]
    before = [keras.ops.convert_to_numpy(v) for v in (*trained, *others)]
    two_pass_step(model.name, model, tf.constant(IMAGES[: 8 * model.discriminator_steps]))()
    after = [keras.ops.convert_to_numpy(v) for v in (*trained, *others)]
    for variable, start, end in zip((*trained, *others), before, after, strict=True):
        trained_now = any(variable is w for w in trained) and "kernel" in variable.path
        assert not trained_now or np.abs(end - start).max() > 0, variable.path
        assert any(variable is w for w in trained) or (start == end).all(), variable.path


@pytest.mark.examples(3)
def test_its_losses_are_those_of_the_game(model):
    latents = tf.constant(model.sample_latents(8, seed=0))
    real = tf.constant(IMAGES[:8] / 127.5 - 1.0, "float32")
    fake = model.generator(latents, training=True)
    outputs = [model.discriminate(x, training=True) for x in (real, fake)]
    game = model.adversarial_loss
    logits = [o["logits"] for o in outputs]
    generator_loss = np.mean(game.generator_loss(*logits))
    discriminator_loss = np.mean(game.discriminator_loss(*logits))
    if model.name == "infogan":  # But for H(c), which no gradient sees.
        codes = model.latent.codes
        columns = model.latent.codes_from_latents(latents)
        sent = float(np.mean(codes.posterior_log_prob(columns, outputs[1]["codes"])))
        generator_loss, discriminator_loss = generator_loss - sent, discriminator_loss - sent
    if model.name == "r3gan":
        model.discriminator_regularizers[0].gamma = 0.0
    if model.name == "wgan_gp":
        model.discriminator_regularizers[0].lambda_ = 0.0
    ours = [float(loss(model, real, fake, latents)) for loss in LOSSES[model.name]]
    np.testing.assert_allclose(ours, [discriminator_loss, generator_loss], rtol=1e-5, atol=1e-6)


def test_an_unknown_recipe_is_refused():
    with pytest.raises(ValueError, match="hand-written loop"):
        two_pass_step("dcgn", None, None)
