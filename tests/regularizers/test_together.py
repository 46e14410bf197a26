"""All terms that speak of information, in one game: on replicas, saved, and in what is reported."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from support.cases import slow
from support.games import (
    POINTS,
    assert_survives,
    game_of_points,
    history_of,
    step_of,
)
from support.replicas import MIRRORED
from support.small_models import IMAGES, NOISE, SHAPE, compiled, state
from tfgan_it.layers import GaussianBottleneck, SeparableCritic
from tfgan_it.models import GAN
from tfgan_it.models.runtime import Stream
from tfgan_it.networks import with_probe
from tfgan_it.regularizers import (
    Bottleneck,
    DensityRatio,
    DensityRatioLoss,
    FeatureGaussian,
    InfoMax,
    LabelMarginal,
    MutualInformation,
    NeighborEntropy,
)
from tfgan_it.seeds import StatelessSeed, seeded_initializers

OF_PARTS = [
    "discriminator_bottleneck_nats",
    "discriminator_bottleneck_beta",
    "infomax_nats_real",
    "probe_js_nats",
    "generator_bottleneck_nats",
    "infomax_nats_generated",
    "sample_entropy_nats",
    "label_marginal_nats",
    "feature_gaussian_nats",
    "reverse_kl_nats",
    "forward_kl_nats",
    "mutual_information_nats",
]


def small_generator():
    """From a noisy code of the last three latents."""
    inputs = keras.Input((NOISE.dimension,))
    hidden = layers.Dense(5, "tanh")(inputs[:, 3:])
    r, information = GaussianBottleneck(3)(hidden, noise=inputs[:, :3])
    images = layers.Reshape(SHAPE)(layers.Dense(16, "tanh")(r))
    return keras.Model(inputs, {"samples": images, "bottleneck": information})


def small_discriminator():
    """A noisy code, a feature of each row and one of the whole, and a probe."""
    inputs = keras.Input(SHAPE)
    rows = layers.Dense(3, "tanh")(layers.Reshape((4, 4))(inputs))
    whole = layers.Flatten()(rows)
    code, information = GaussianBottleneck(2)(whole)
    outputs = {
        "logits": layers.Dense(1)(code),
        "bottleneck": information,
        "local": rows,
        "global": layers.Dense(3)(whole),
    }
    discriminator = keras.Model(inputs, outputs)
    hidden = layers.Dense(4, "tanh")(layers.Flatten()(inputs))
    return with_probe(discriminator, keras.Model(inputs, layers.Dense(1)(hidden)))


def small_network(outputs, activation):
    inputs = keras.Input(SHAPE)
    return keras.Model(inputs, layers.Dense(outputs, activation)(layers.Flatten()(inputs)))


def game(strategy=None, **options):
    """A game of images in which everything is limited, maximised or measured."""
    with (strategy or tf.distribute.get_strategy()).scope(), seeded_initializers(1):
        critic = SeparableCritic((4,), 2)
        return compiled(
            GAN(small_generator(), small_discriminator(), NOISE, seed=7),
            0.05,
            0.05,
            discriminator_regularizers=[
                Bottleneck(information_limit=0.1, alpha=0.5),
                InfoMax("real", 0.1, every=2),
                DensityRatioLoss(0.5),
            ],
            generator_regularizers=[
                Bottleneck("generator", beta=0.1),
                InfoMax("generated", 0.1),
                NeighborEntropy(0.01, every=2),
                LabelMarginal(small_network(3, "softmax"), [0.6, 0.3, 0.1], 0.5),
                FeatureGaussian(small_network(2, "tanh"), "full", 0.01),
                DensityRatio("reverse", 0.1),
                DensityRatio("forward", 0.1),
                MutualInformation("mine", critic, beta=5.0, clipped=True, every=2),
            ],
            **options,
        )


@pytest.fixture(scope="module")
def one():
    """After four steps on one device: the game, what it was before, and what it reported."""
    model = game()
    before = state(model)
    return model, before, history_of(model, IMAGES)


@pytest.fixture(scope="module")
def two():
    """The same on two replicas."""
    model = game(MIRRORED)
    return model, state(model), history_of(model, IMAGES)


def test_all_is_reported_in_order(one):
    model, _, history = one
    assert model.metric_names[3:] == OF_PARTS
    assert set(history) == set(model.metric_names)
    reported = {name: np.array(values) for name, values in history.items()}
    # NaN at steps without the term.
    assert all(
        np.isfinite(x[~np.isnan(x)]).all() and not np.isnan(x).all() for x in reported.values()
    )
    assert len({tuple(values) for values in history.values()}) == len(history)


def test_everything_moves_but_what_is_frozen(one):
    model, before, _ = one
    frozen = {
        id(variable)
        for part in model.generator_regularizers
        for name in ("classifier", "features")
        for variable in getattr(getattr(part, name, None), "weights", [])
    }
    assert len(frozen) == 4
    frozen.add(id(model.generator_regularizers[0].beta))  # A fixed price.
    for variable, old in zip(model.weights, before, strict=False):
        differs = not np.array_equal(variable.numpy(), old)
        assert differs != (id(variable) in frozen), variable.path


@pytest.mark.slow
def test_two_replicas_are_one_device(one, two):
    for ours, theirs, first in zip(state(one[0]), state(two[0]), two[1], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=2e-5)
        assert ours.shape == first.shape
    for weight in two[0].weights:
        np.testing.assert_array_equal(*(value.numpy() for value in weight.value.values))


@pytest.mark.slow
def test_two_replicas_report_what_one_device_does(one, two):
    for name, values in one[2].items():
        np.testing.assert_allclose(two[2][name], values, rtol=1e-4, atol=1e-4, err_msg=name)
    for name in ("infomax_nats_real", "sample_entropy_nats", "mutual_information_nats"):
        assert np.isnan(two[2][name]).tolist() == [False, True, False, True]


@pytest.mark.slow
@pytest.mark.parametrize("images", [16, 21])
def test_evaluate_reports_the_game_itself(one, two, images):
    result, other = (
        model.evaluate(IMAGES[:images], batch_size=8, verbose=0) for model, *_ in (one, two)
    )
    assert list(result) == ["discriminator_loss", "generator_loss", "js_nats"]
    assert other == pytest.approx(result, abs=1e-4)


@pytest.mark.slow
def test_a_loaded_model_continues_as_the_original(one, tmp_path):
    # Last: it plays the game on.
    loaded = assert_survives(one[0], tmp_path)
    assert loaded.metric_names == one[0].metric_names
    memory = (model.generator_regularizers[-1].bound.log_denominator for model in (loaded, one[0]))
    assert float(next(memory)) == pytest.approx(float(next(memory)), abs=1e-5)
    for ours, theirs in zip(one[0].parts[1:], loaded.parts[1:], strict=True):
        configs = [
            {key: value for key, value in part.get_config().items() if not isinstance(value, dict)}
            for part in (ours, theirs)
        ]
        assert configs[0] == configs[1] and type(ours) is type(theirs)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
@pytest.mark.parametrize("policy", ["mixed_float16", *slow("mixed_bfloat16")])
def test_in_half_precision_all_is_finite(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = game(run_eagerly=True)
    finally:
        keras.config.set_dtype_policy(before)
    first = model.generator.get_weights()
    for _ in range(2):
        logs = model.train_on_batch(IMAGES[:8], return_dict=True)
    assert np.isfinite(list(logs.values())).all()
    for ours, theirs in zip(first, model.generator.get_weights(), strict=True):
        assert np.isfinite(theirs).all() and np.abs(ours - theirs).max() > 0


@pytest.mark.parametrize("every", [1, 3])
def test_what_is_reported_is_the_mean_of_the_steps_in_which_it_applies(every):
    make = lambda: NeighborEntropy(0.1, every=every)  # noqa: E731
    model = game_of_points(rates=(0.0, 0.0), generator_regularizers=[make], run_eagerly=True)
    history = model.fit(POINTS, batch_size=8, steps_per_epoch=5, verbose=0).history
    entropies = []
    for step in range(0, 5, every):
        z = model.latent.sample(8, seed=StatelessSeed(model.seed, step, Stream.LATENTS, 0))
        shown = step_of(generated=model.generator(z))
        entropies.append(-10 * np.mean(NeighborEntropy(0.1).value(shown)))
    assert history["sample_entropy_nats"][0] == pytest.approx(np.mean(entropies), rel=1e-4)
    assert np.ptp(entropies) > 0.1
