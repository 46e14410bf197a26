"""InfoNCE between places and wholes, against two loops."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.games import assert_equal_on_two, slopes_of, step_of
from support.small_models import IMAGES, NOISE, compiled, small_model
from tfgan_it.models import GAN
from tfgan_it.networks import dcgan_discriminator, infomax_head
from tfgan_it.regularizers import InfoMax
from tfgan_it.seeds import seeded_initializers

RNG = np.random.default_rng(0)
LOCAL = RNG.normal(size=(4, 3, 2)).astype("float32")
GLOBAL = RNG.normal(size=(4, 2)).astype("float32")


def by_loops(local, whole):
    """I_NCE of each image: its places against those of all other images."""
    batch, positions, _ = local.shape
    choices = 1 + (batch - 1) * positions
    nats = np.zeros(batch)
    for i in range(batch):
        negatives = [
            np.exp(whole[i] @ local[j, q]) for j in range(batch) if j != i for q in range(positions)
        ]
        for p in range(positions):
            own = whole[i] @ local[i, p]
            found = np.log(np.exp(own) / (np.exp(own) + sum(negatives)))
            nats[i] += (found + np.log(choices)) / positions
    return nats


def shown(local=LOCAL, whole=GLOBAL, reports=None, source="real"):
    """A step in which samples of one source have these features, and others none."""
    outputs = {"logits": whole[:, 0], "local": local, "global": whole}
    arguments = {f"{source}_outputs": outputs} | ({"real": local} if source == "real" else {})
    report = (lambda **values: reports.update(values)) if reports is not None else None
    return step_of(**arguments, **({"report": report} if report else {}))


@pytest.mark.parametrize("source", ["real", "generated"])
def test_each_position_is_contrasted_with_those_of_other_images(source):
    reports = {}
    infomax, expected = InfoMax(source, weight=0.3), by_loops(LOCAL, GLOBAL)
    step = shown(*map(tf.constant, (LOCAL, GLOBAL)), reports, source)
    penalty = infomax.value(step)
    assert penalty.shape == (4,) and penalty.dtype == "float32"
    np.testing.assert_allclose(penalty, -0.3 * expected, rtol=1e-5)
    assert list(reports) == list(infomax.metric_names) == [f"infomax_nats_{source}"]
    np.testing.assert_allclose(reports[f"infomax_nats_{source}"], expected, rtol=1e-5)


@pytest.mark.parametrize("batch, positions", [(2, 1), (4, 3), (7, 2)])
def test_at_most_the_logarithm_of_the_choices(batch, positions):
    # It is reached where every place is found, and 0 where none can be.
    most = np.log(1 + (batch - 1) * positions)
    whole = 30 * np.eye(batch, dtype="float32")
    local = np.repeat(np.eye(batch, dtype="float32")[:, None], positions, axis=1)
    information = InfoMax().information
    np.testing.assert_allclose(information(local, whole), np.full(batch, most), rtol=1e-6)
    np.testing.assert_allclose(information(0 * local, whole), np.zeros(batch), atol=1e-6)
    local = RNG.normal(0, 3, (batch, positions, 5)).astype("float32")
    assert information(local, 9 * local[:, 0]).numpy().max() <= most + 1e-6


def test_a_single_image_has_no_information():
    np.testing.assert_allclose(InfoMax().information(LOCAL[:1], GLOBAL[:1]), [0], atol=1e-6)


def test_gradients_are_those_of_the_loops():
    local, whole = tf.constant(LOCAL), tf.constant(GLOBAL)
    with tf.GradientTape() as tape:
        tape.watch([local, whole])
        term = InfoMax(weight=0.3).loss(shown(local, whole))
    expected = slopes_of(lambda *features: -0.3 * by_loops(*features).mean(), LOCAL, GLOBAL)
    for gradient, slope in zip(tape.gradient(term, [local, whole]), expected, strict=True):
        np.testing.assert_allclose(gradient, slope, atol=1e-5)


def test_features_of_any_size_give_finite_gradients():
    local, whole = tf.constant(100 * LOCAL), tf.constant(100 * GLOBAL)
    with tf.GradientTape() as tape:
        tape.watch([local, whole])
        term = InfoMax().loss(shown(local, whole))
    assert all(np.isfinite(x).all() for x in (term, *tape.gradient(term, [local, whole])))


def test_half_precision_is_widened():
    half = [ops.cast(x, "float16") for x in (LOCAL, GLOBAL)]
    information = InfoMax().information(*half)
    expected = by_loops(*(x.numpy().astype("float64") for x in half))
    assert information.dtype == "float32"
    np.testing.assert_allclose(information, expected, rtol=1e-5)


@pytest.mark.slow
def test_negatives_are_those_of_all_replicas():
    infomax = InfoMax("generated", weight=0.3)
    loss = lambda local, whole: infomax.loss(shown(local, whole, source="generated"))  # noqa: E731
    term = assert_equal_on_two(loss, LOCAL, GLOBAL)
    assert float(term) == pytest.approx(-0.3 * by_loops(LOCAL, GLOBAL).mean(), abs=1e-5)


def played(generator_regularizers=(), discriminator_regularizers=()):
    """Weights before and after one step of a game of images."""
    with seeded_initializers(1):
        head = functools.partial(infomax_head, dimension=3)
        discriminator = dcgan_discriminator((8, 8, 1), width=2, normalization=None, head=head)
        inputs = keras.Input((NOISE.dimension,))
        images = keras.layers.Dense(64, "tanh", kernel_initializer="glorot_uniform")(inputs)
        generator = keras.Model(inputs, keras.layers.Reshape((8, 8, 1))(images))
    model = compiled(
        GAN(generator, discriminator, NOISE),
        generator_regularizers=generator_regularizers,
        discriminator_regularizers=discriminator_regularizers,
        run_eagerly=True,
    )
    before = model.generator.get_weights(), model.discriminator.get_weights()
    model.train_on_batch(np.tile(IMAGES[:8], (1, 2, 2, 1)))
    return before, (model.generator.get_weights(), model.discriminator.get_weights())


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_each_players_term_trains_only_that_player():
    first, plain = played()
    again, by_generator = played([InfoMax("generated", weight=50.0)])
    _, by_discriminator = played((), [InfoMax("real", weight=50.0)])
    for ours, theirs in zip(first[0] + first[1], again[0] + again[1], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(plain[1], by_generator[1], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)
    moved = [np.abs(a - b).max() for a, b in zip(plain[0], by_generator[0], strict=True)]
    assert min(moved) > 1e-3
    moved = [np.abs(a - b).max() for a, b in zip(plain[1], by_discriminator[1], strict=True)]
    assert max(moved) > 1e-3


def test_a_discriminator_without_features_is_refused():
    model = compiled(small_model(), discriminator_regularizers=[InfoMax()], run_eagerly=True)
    message = (
        r"^InfoMax: the discriminator must give 'local' and 'global' \(see "
        r"networks.infomax_head\), got logits\.\Z"
    )
    with pytest.raises(ValueError, match=message):
        model.train_on_batch(IMAGES[:8])
