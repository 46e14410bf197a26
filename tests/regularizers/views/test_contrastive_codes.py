"""Which code a pair shares: how pairs are drawn, and H's bound in nats."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from support.games import assert_survives, drawn_from, game_of_points, history_of, step_of
from support.replicas import MIRRORED
from tfgan_it import latents
from tfgan_it.regularizers import ContrastiveCodes
from tfgan_it.seeds import StatelessSeed

LATENT = latents.Product(
    noise=latents.Normal(3),
    category=latents.Categorical(4),
    style=latents.Uniform(2),
    size=latents.Normal(1),
)
CODES = {"category": slice(3, 7), "style_0": slice(7, 8), "style_1": slice(8, 9)}
CODES |= {"size": slice(9, 10)}
ROWS = 4000


class Game:
    """What a part of a game of points is built for."""

    sample_shape, seed, latent = (2,), 0, LATENT


def built(game=Game, **arguments):
    part = ContrastiveCodes(**arguments)
    part.build_for(game)
    return part


def rows(seed, n=ROWS):
    stream = StatelessSeed(seed)
    return lambda function: function(n, seed=stream)


@functools.cache
def pairs(gap, shared_noise=True, seed=0):
    part = built(shared_noise=shared_noise)
    return [ops.convert_to_numpy(x) for x in part.pairs(rows(seed), gap)]


def test_each_continuous_column_and_each_category_is_one_choice():
    assert [(c.start, c.stop) for c in built().choices] == [(3, 7), (7, 8), (8, 9), (9, 10)]
    shared, _, _ = pairs(0.0)
    assert shared.shape == (ROWS,) and shared.dtype == "int32"
    np.testing.assert_allclose(np.bincount(shared) / ROWS, 0.25, atol=0.03)


@pytest.mark.parametrize("gap", [0.0, 0.6, 1.9])
def test_exactly_one_code_is_shared(gap):
    shared, first, second = pairs(gap)
    assert first.shape == second.shape == (ROWS, 10)
    for index, columns in enumerate(CODES.values()):
        equal = (first[:, columns] == second[:, columns]).all(axis=1)
        assert equal[shared == index].all()
        if index or gap:  # Without a gap one of four categories is drawn twice by chance.
            assert not equal[shared != index].any()
        else:
            assert equal[shared != index].mean() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("gap", [0.0, 0.6, 1.9])
def test_uniform_codes_stay_apart_and_within_their_range(gap):
    shared, first, second = pairs(gap)
    for index, name in ((1, "style_0"), (2, "style_1")):
        a, b = (side[shared != index, CODES[name]][:, 0] for side in (first, second))
        assert np.abs([a, b]).max() <= 1 + 1e-6
        distance = np.abs(a - b) - gap
        assert distance.min() > -1e-6
        # That of two draws from U(0, r), r = 2 - gap: mean r / 3, second moment r^2 / 6.
        assert distance.mean() == pytest.approx((2 - gap) / 3, rel=0.06)
        assert (distance**2).mean() == pytest.approx((2 - gap) ** 2 / 6, rel=0.1)
        assert (a > b).mean() == pytest.approx(0.5, abs=0.03)
        same = first[shared == index, CODES[name]][:, 0]
        assert same.var() == pytest.approx(1 / 3, rel=0.1)


def test_with_a_gap_all_other_categories_are_as_likely():
    shared, first, second = pairs(0.6)
    one, other = (side[:, CODES["category"]] for side in (first, second))
    for category in (one, other):
        assert set(np.unique(category)) == {0, 1} and (category.sum(axis=1) == 1).all()
    steps = (other.argmax(1) - one.argmax(1))[shared != 0] % 4
    np.testing.assert_allclose(
        np.bincount(steps, minlength=4) / len(steps), [0, *[1 / 3] * 3], atol=0.03
    )


def test_noise_is_shared_where_it_is_asked_for():
    _, first, second = pairs(0.0)
    np.testing.assert_array_equal(first[:, :3], second[:, :3])
    _, first, second = pairs(0.0, shared_noise=False)
    assert abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1]) < 0.05


def test_categories_that_differ_are_resampled():
    class Unequal(Game):
        latent = latents.Product(
            c=latents.Categorical(3, [0.7, 0.2, 0.1]), d=latents.Categorical(3, [0.7, 0.2, 0.1])
        )

    shared, first, second = (
        ops.convert_to_numpy(x) for x in built(Unequal, gap=0.5).pairs(rows(1), 0.5)
    )
    for side in (first, second):
        np.testing.assert_allclose(side[:, :3].mean(axis=0), [0.7, 0.2, 0.1], atol=0.03)
    equal = (first[:, :3] == second[:, :3]).all(axis=1)[shared == 1]
    assert equal.mean() == pytest.approx(0.49 + 0.04 + 0.01, abs=0.04)


@pytest.mark.parametrize(
    "arguments, expected",
    [
        ({}, {0: 1.9, 34_999: 1.9, 35_000: 0.0, 10**7: 0.0}),
        ({"gap": 1.0, "gap_steps": 0}, {0: 0.0, 5: 0.0}),
        (
            {"gap": 1.2, "gap_steps": 40, "gap_drops": 4, "start": 100},
            {0: 1.2, 109: 1.2, 110: 0.9, 119: 0.9, 120: 0.6, 130: 0.3, 140: 0.0, 999: 0.0},
        ),
    ],
)
def test_the_gap_falls_in_drops(arguments, expected):
    part = ContrastiveCodes(**arguments)
    for step, gap in expected.items():
        found = part.gap_at(tf.constant(step, "int64"))
        assert found.dtype == "float32" and float(found) == pytest.approx(gap, abs=1e-6)


class Told(keras.layers.Layer):
    """An H whose logits are a linear function of what it sees."""

    def __init__(self, kernel):
        super().__init__()
        self.kernel = self.add_weight(kernel.shape, initializer=lambda *_, **__: ops.array(kernel))

    def call(self, pairs, training):
        assert training
        return pairs @ self.kernel


def test_cross_entropy_of_what_is_shared_and_its_gradients():
    kernel = np.random.default_rng(0).normal(size=(4, 4)).astype("float32")
    scale = np.random.default_rng(1).normal(size=(10, 2)).astype("float32")
    part = built(weight=0.7, gap=0.6)
    part.classifier = Told(kernel)
    generator, reports, calls = tf.Variable(scale), {}, []

    def generate(z):
        calls.append(z)
        return {"samples": tf.tanh(z @ generator)}

    step = step_of(generate=generate, draw=drawn_from(3), report=reports.update)
    with tf.GradientTape() as tape:
        term = part.loss(step)
    shared, first, second = (x.numpy() for x in part.pairs(drawn_from(3), 0.6))

    def cross_entropy(kernel, scale):
        logits = np.concatenate([np.tanh(first @ scale), np.tanh(second @ scale)], 1) @ kernel
        return np.log(np.exp(logits).sum(1)) - logits[np.arange(5), shared], logits

    expected, logits = cross_entropy(kernel, scale)
    assert len(calls) == 1 and calls[0].shape == (10, 10)
    assert float(term) == pytest.approx(0.7 * expected.mean(), rel=1e-5)
    np.testing.assert_allclose(reports["contrastive_nats"], np.log(4) - expected, rtol=1e-4)
    np.testing.assert_array_equal(reports["contrastive_accuracy"], logits.argmax(1) == shared)
    assert float(reports["contrastive_gap"]) == pytest.approx(0.6)
    assert set(reports) == set(part.metric_names)
    variables = [part.classifier.kernel, generator]
    for index, gradient in enumerate(tape.gradient(term, variables)):
        move = np.random.default_rng(2).normal(size=gradient.shape)
        ends = []
        for sign in (1, -1):
            weights = [kernel.astype("float64"), scale.astype("float64")]
            weights[index] = weights[index] + sign * 1e-4 * move
            ends.append(0.7 * cross_entropy(*weights)[0].mean())
        slope = (ends[0] - ends[1]) / 2e-4
        assert slope == pytest.approx(float((gradient.numpy() * move).sum()), rel=1e-3)


def game(strategy=None, rates=(0.1, 0.1), **arguments):
    """Run as it is written: tracing takes longer than a few steps."""
    make = functools.partial(ContrastiveCodes, **{"gap": 0.5, **arguments})
    return game_of_points(
        latent=LATENT,
        generator_regularizers=[make],
        strategy=strategy,
        rates=rates,
        run_eagerly=strategy is None,
    )


def classifier_of(model):
    return model.generator_regularizers[0].classifier


def test_h_is_a_function_of_the_seed_and_moved_by_the_generators_optimizer():
    kernels = []
    for seed, state in ((5, 1), (5, 2), (6, 1)):
        keras.utils.set_random_seed(state)  # The global seed must not matter.
        part = ContrastiveCodes()
        part.build_for(type("Seeded", (Game,), {"seed": seed}))
        kernels.append(part.classifier.get_weights())
    for one, same, other in zip(*kernels, strict=True):
        np.testing.assert_array_equal(one, same)
        assert one.ndim == 1 or not np.isclose(one, other).all()
    model = game()
    for variable in classifier_of(model).trainable_variables:
        assert any(v is variable for v in model.players[1].variables)
        assert not any(v is variable for v in model.players[0].variables)


@pytest.mark.slow
def test_training_raises_the_bound():
    # Each code is in the image as it is: what is shared can be seen.
    part = built(type("Seen", (Game,), {"sample_shape": (10,)}), gap=1.0)
    optimizer, nats = keras.optimizers.Adam(0.005), []
    for step in range(60):
        shown = step_of(
            generate=lambda z: {"samples": z},
            draw=rows(step, 128),
            report=lambda contrastive_nats, **others: nats.append(np.mean(contrastive_nats)),
        )
        with tf.GradientTape() as tape:
            term = part.loss(shown)
        variables = part.classifier.trainable_variables
        optimizer.apply(tape.gradient(term, variables), variables)
    assert abs(nats[0]) < 0.2 and 0.3 < np.mean(nats[-5:]) < np.log(4)


def test_it_does_not_move_the_discriminator():
    without, with_term = (game(weight=w, rates=(0.0, 0.1)) for w in (0.0, 9.0))
    for model in (without, with_term):
        history_of(model, steps=1)
    for ours, theirs in zip(
        without.discriminator.get_weights(), with_term.discriminator.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_nothing_happens_before_the_start():
    model = game(start=2, rates=(0.0, 0.0))
    first = classifier_of(model).get_weights()
    history = history_of(model, steps=4)
    gaps = history["contrastive_gap"]
    assert np.isnan(gaps[:2]).all() and gaps[2:] == pytest.approx([0.5, 0.5])
    nats = history["contrastive_nats"]
    assert np.isnan(nats[:2]).all() and nats[2] != 0
    model = game(start=2)
    history_of(model, steps=2)
    for ours, theirs in zip(first, classifier_of(model).get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    history_of(model, steps=1)
    assert np.abs(first[0] - classifier_of(model).get_weights()[0]).max() > 0


@pytest.mark.slow
def test_two_replicas_equal_one_device():
    one, two = game(weight=5.0), game(MIRRORED, weight=5.0)
    histories = [history_of(model, steps=2) for model in (one, two)]
    for name, values in histories[0].items():
        assert values == pytest.approx(histories[1][name], abs=1e-5), name
    for ours, theirs in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_it_survives_being_saved(tmp_path):
    model = game(start=1, every=2)
    history_of(model, steps=3)
    loaded = assert_survives(model, tmp_path, np.zeros((48, 2), "float32"))
    assert loaded.generator_regularizers[0].get_config()["start"] == 1


@pytest.mark.parametrize(
    "latent, message",
    [
        (
            latents.Normal(3),
            r"the latent must have at least 2 codes to choose from, got 0 in Normal",
        ),
        (
            latents.Product(noise=latents.Normal(3), c=latents.Categorical(3)),
            "the latent must have at least 2 codes to choose from, got 1 in Product",
        ),
        (
            latents.Product(c=latents.Uniform(2, 0, 1.5)),
            r"gap must be below the range of Uniform\(.*\), got 1.9",
        ),
    ],
)
def test_latents_that_it_cannot_use(latent, message):
    with pytest.raises(ValueError, match=rf"^ContrastiveCodes: {message}.*\.\Z"):
        built(type("Other", (Game,), {"latent": latent}))
