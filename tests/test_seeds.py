import itertools
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from support.replicas import MIRRORED
from tfgan_it.latents import Categorical, Normal, Product, Uniform
from tfgan_it.row_seeds import RowSeeds
from tfgan_it.seeds import (
    StatelessSeed,
    latents_from_seeds,
    layer_noise,
    normal_noise,
    seeded_initializers,
    shard_for_replica,
)

LATENT = Product(noise=Normal(2), category=Categorical(5), style=Uniform(1))


def draw(*path, n=4):
    return keras.random.uniform((n,), seed=StatelessSeed(*path)).numpy()


# StatelessSeed


def test_the_same_path_is_the_same_numbers():
    np.testing.assert_array_equal(draw(1, 2, 3), draw(1, 2, 3))


def test_another_path_is_other_numbers():
    paths = [(0,), (1,), (0, 0), (0, 1), (1, 0), (0, 0, 0), (0, 0, 1), (0, 1, 0), (-1,), (0, -1)]
    assert len({tuple(draw(*path)) for path in paths}) == len(paths)


def test_draws_of_neighbouring_paths_do_not_overlap():
    # A key that merely counts draws up would run into the next seed's.
    keys = [
        tuple(stream.next().numpy())
        for low in range(3)
        for high in range(3)
        for stream in (StatelessSeed(low + 2**32 * high), StatelessSeed(low, high))
        for _ in range(4)
    ]
    assert len(set(keys)) == len(keys)


def test_making_one_leaves_no_trace():
    keras.backend.clear_session()  # Older versions of Keras keep the generator.
    keras.utils.set_random_seed(0)
    expected = random.random(), np.random.random(), keras.random.uniform((1,)).numpy()
    keras.backend.clear_session()
    keras.utils.set_random_seed(0)
    seed = StatelessSeed(0, 1)
    seed.next()
    assert (random.random(), np.random.random(), keras.random.uniform((1,)).numpy()) == expected
    assert not [value for value in vars(seed).values() if isinstance(value, keras.Variable)]


def test_every_bit_of_a_seed_counts():
    seeds = [0] + [int(np.uint64(1 << bit).astype("int64")) for bit in range(64)]
    assert len({tuple(draw(seed)) for seed in seeds}) == 65


def test_tensors_are_as_good_as_integers():
    seed, step = tf.constant(2**40 + 3, "int64"), tf.constant(7, "int64")
    np.testing.assert_array_equal(draw(seed, step, 1), draw(2**40 + 3, 7, 1))


def test_successive_draws_are_independent():
    n = 20_000
    seed = StatelessSeed(3, 1)
    draws = np.stack([keras.random.normal((n,), seed=seed).numpy() for _ in range(4)])
    correlations = np.corrcoef(draws)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(n)


def test_a_second_draw_is_the_same_whatever_the_first_one_was():
    one, other = StatelessSeed(3), StatelessSeed(3)
    keras.random.normal((2,), seed=one)
    keras.random.uniform((50, 3), seed=other)
    np.testing.assert_array_equal(
        keras.random.normal((4,), seed=one), keras.random.normal((4,), seed=other)
    )


@pytest.mark.parametrize("fixed", ["seed", "row"])
def test_neighbouring_paths_are_independent(fixed):
    n = 4000

    @tf.function
    def sample_of_each_path():
        counter, constant = tf.range(n, dtype="int64"), tf.zeros(n, "int64")
        seeds, rows = (constant, counter) if fixed == "seed" else (counter, constant)
        return latents_from_seeds(Uniform(2, 0, 1), seeds, rows)

    sample = sample_of_each_path().numpy()
    assert stats.kstest(sample.ravel(), "uniform").pvalue > 1e-3
    neighbours = np.corrcoef(np.hstack([sample[:-1], sample[1:]]).T)[np.triu_indices(4, 1)]
    assert np.abs(neighbours).max() < 5 / np.sqrt(n)


def test_a_graph_draws_what_python_draws():
    traces = []

    @tf.function
    def sample(seed, step):
        traces.append(1)
        stream = StatelessSeed(seed, step, 2)
        return LATENT.sample(3, stream), LATENT.sample(3, stream)

    for seed, step in [(0, 0), (0, 1), (2**50, 1)]:
        drawn = sample(tf.constant(seed, "int64"), tf.constant(step, "int64"))
        stream = StatelessSeed(seed, step, 2)
        for graph in drawn:
            np.testing.assert_array_equal(graph, LATENT.sample(3, stream))
    assert len(traces) == 1


# Among 77,000 keys of 32 bits, such as `tf.random.fold_in` makes, two agree: these paths'.
@pytest.mark.parametrize(
    "one, other", [((25412, 0), (72937, 0)), ((0, 28315, 0, 0), (0, 46857, 0, 0))]
)
def test_paths_do_not_collide(one, other):
    assert (draw(*one) != draw(*other)).any()


# shard_for_replica


@pytest.fixture(scope="module")
def strategy():
    return MIRRORED


def global_draw(rows):
    return LATENT.sample(rows, seed=StatelessSeed(5, 1))


def test_outside_of_a_strategy_every_row_is_kept():
    np.testing.assert_array_equal(shard_for_replica(global_draw, 6), global_draw(6))


@pytest.mark.parametrize("graph", [False, True], ids=["eager", "graph"])
@pytest.mark.parametrize("rows", [1, 3])
def test_replicas_together_draw_what_one_device_would(strategy, graph, rows):
    def on_replicas():
        return strategy.run(lambda: shard_for_replica(global_draw, rows))

    drawn = tf.function(on_replicas)() if graph else on_replicas()
    shares = [share.numpy() for share in strategy.experimental_local_results(drawn)]
    assert [share.shape for share in shares] == [(rows, 8)] * 2
    np.testing.assert_array_equal(np.concatenate(shares), global_draw(2 * rows))
    assert (shares[0][:, :2] != shares[1][:, :2]).all()


def test_rows_may_be_a_tensor(strategy):
    @tf.function
    def on_replicas(rows):
        return strategy.run(lambda rows: shard_for_replica(global_draw, rows), args=(rows,))

    shares = strategy.experimental_local_results(on_replicas(tf.constant(2)))
    np.testing.assert_array_equal(np.concatenate(shares), global_draw(4))


# layer_noise


LIKE = tf.zeros((6, 3))


def streamed(seed):
    """What a step gives to `layer_noise`: a stream for each call."""
    calls = itertools.count()
    return lambda sample, rows: shard_for_replica(
        lambda n: sample(n, seed=StatelessSeed(seed, next(calls))), rows
    )


def test_outside_of_a_step_layers_are_in_inference_mode():
    assert normal_noise(LIKE) is None
    with layer_noise(streamed(0)):
        assert normal_noise(LIKE) is not None
        with layer_noise(None):
            assert normal_noise(LIKE) is None
        assert normal_noise(LIKE) is not None
    assert normal_noise(LIKE) is None


def test_layers_are_in_inference_mode_after_an_error():
    with pytest.raises(KeyError), layer_noise(streamed(0)):
        raise KeyError
    assert normal_noise(LIKE) is None


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_noise_is_standard_normal_of_the_shape_that_is_asked(dtype):
    like = tf.zeros((5000, 2, 3), dtype)
    with layer_noise(streamed(0)):
        noise, other = normal_noise(like), normal_noise(like)
    assert noise.shape == like.shape and noise.dtype == dtype
    for drawn in (noise, other):
        assert stats.kstest(np.ravel(drawn).astype("float64"), "norm").pvalue > 1e-3
    columns = np.hstack([np.reshape(x, (5000, 6)) for x in (noise, other)]).astype("float64")
    correlations = np.corrcoef(columns.T)[np.triu_indices(12, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(5000)
    with layer_noise(streamed(0)):
        np.testing.assert_array_equal(normal_noise(like), noise)
    with layer_noise(streamed(1)):
        assert (np.abs(normal_noise(like) - noise) > 1e-3).mean() > 0.99


@pytest.mark.parametrize("bits", [-(2**31), -1, 0, 2**31 - 1])
def test_noise_is_finite_for_all_draws(bits, monkeypatch):
    drawn = lambda shape, *args, **kwargs: tf.fill(shape, tf.constant(bits, "int32"))  # noqa: E731
    with layer_noise(lambda sample, rows: sample(rows, seed=StatelessSeed(0))):
        monkeypatch.setattr(tf.random, "stateless_uniform", drawn)
        noise = normal_noise(LIKE).numpy()
    expected = stats.norm.ppf(np.clip((bits / 2**31 + 1) / 2, 2**-25, 1 - 2**-25))
    np.testing.assert_allclose(noise, np.full((6, 3), expected), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
def test_noise_in_a_graph_is_that_of_python(compiled):
    @tf.function(jit_compile=compiled)
    def noise(seed, like):
        with layer_noise(lambda sample, rows: sample(rows, seed=StatelessSeed(seed, 3))):
            return normal_noise(like)

    for seed in (0, 2**40):
        with layer_noise(lambda sample, rows, seed=seed: sample(rows, StatelessSeed(seed, 3))):
            expected = normal_noise(LIKE)
        drawn = noise(tf.constant(seed, "int64"), LIKE)
        np.testing.assert_allclose(drawn, expected, rtol=1e-5, atol=1e-6)


def test_replicas_together_have_the_noise_of_one_device(strategy):
    def on_replica():
        with layer_noise(streamed(4)):
            return normal_noise(LIKE)

    shares = strategy.experimental_local_results(strategy.run(on_replica))
    with layer_noise(streamed(4)):
        whole = normal_noise(tf.zeros((12, 3)))
    np.testing.assert_array_equal(np.concatenate(shares), whole)


# latents_from_seeds


def test_a_row_does_not_depend_on_its_neighbours():
    seeds, rows = np.asarray([5, 7, 5, -1, 2**40]), np.asarray([0, 0, 1, 3, 2])
    together = latents_from_seeds(LATENT, seeds, rows).numpy()
    assert together.shape == (5, 8)
    assert together.dtype == np.float32
    alone = [
        latents_from_seeds(LATENT, seeds[i : i + 1], rows[i : i + 1]).numpy() for i in range(5)
    ]
    np.testing.assert_array_equal(together, np.concatenate(alone))
    order = [4, 1, 0, 3, 2]
    np.testing.assert_array_equal(
        latents_from_seeds(LATENT, seeds[order], rows[order]), together[order]
    )


def test_rows_of_one_seed_and_seeds_of_one_row_differ():
    noise = latents_from_seeds(Normal(1), [1, 1, 2, 2], [1, 2, 1, 2]).numpy()
    assert len(np.unique(noise)) == 4


def test_no_rows():
    latents = latents_from_seeds(LATENT, np.zeros(0, "int64"), np.zeros(0, "int64"))
    assert latents.shape == (0, 8)
    assert latents.dtype == "float32"


def test_a_longer_batch_begins_with_the_shorter_one():
    longest = latents_from_seeds(LATENT, np.full(9, 3), np.arange(9)).numpy()
    for n in (0, 1, 2, 5):
        np.testing.assert_array_equal(
            latents_from_seeds(LATENT, np.full(n, 3), np.arange(n)), longest[:n]
        )


def test_the_batch_size_does_not_trace_again():
    latent = Normal(1)
    before = latents_from_seeds.experimental_get_tracing_count()
    for n in range(1, 9):
        latents_from_seeds(latent, np.zeros(n, "int64"), np.arange(n))
    assert latents_from_seeds.experimental_get_tracing_count() - before <= 2


def test_a_row_is_a_sample_of_one():
    expected = [LATENT.sample(1, RowSeeds([seed], [row])) for seed, row in [(4, 0), (-2, 7)]]
    drawn = latents_from_seeds(LATENT, np.asarray([4, -2]), np.asarray([0, 7]))
    np.testing.assert_array_equal(drawn, np.concatenate(expected))


def test_a_latent_that_draws_by_keras_is_drawn_row_by_row():
    class Drawn(Normal):
        def sample(self, batch, seed=None):
            return keras.random.truncated_normal((batch, self.dimension), seed=seed)

    latent = Drawn(2)
    expected = [latent.sample(1, StatelessSeed(seed, row)) for seed, row in [(4, 0), (-2, 7)]]
    drawn = latents_from_seeds(latent, np.asarray([4, -2]), np.asarray([0, 7]))
    np.testing.assert_array_equal(drawn, np.concatenate(expected))
    assert latents_from_seeds(latent, [], []).shape == (0, 2)


@pytest.mark.examples(1)
@pytest.mark.parametrize(
    "integers",
    [list, lambda values: np.asarray(values, "int32"), tf.constant],
    ids=["list", "int32", "tensor"],
)
def test_integers_of_any_kind_are_the_same_rows(integers):
    for seeds, rows in [([1, 2, 3], [0, 5, 0]), ([7], [2]), ([4, 4], [1, 0])]:
        expected = latents_from_seeds(LATENT, np.asarray(seeds, "int64"), np.asarray(rows, "int64"))
        drawn = latents_from_seeds(LATENT, integers(seeds), integers(rows))
        np.testing.assert_array_equal(drawn, expected)


def test_latents_of_one_shape_are_not_mistaken_for_each_other():
    seeds = np.arange(50)
    narrow, wide = (
        latents_from_seeds(Uniform(2, 0, high), seeds, seeds).numpy() for high in (1, 3)
    )
    np.testing.assert_allclose(wide, 3 * narrow, rtol=1e-6)


def test_rows_in_a_graph_of_unknown_size():
    seeds = tf.TensorSpec((None,), "int64")
    function = tf.function(
        lambda seeds: latents_from_seeds(LATENT, seeds, tf.zeros_like(seeds)),
        input_signature=[seeds],
    )
    assert function.get_concrete_function().structured_outputs.shape[1] == 8
    for seeds in ([], [3], [4, 3, 3]):
        seeds = np.asarray(seeds, "int64")
        expected = latents_from_seeds(LATENT, seeds, 0 * seeds)
        np.testing.assert_array_equal(function(seeds), expected)


def test_every_bit_of_a_row_counts():
    rows = np.asarray([0, 2**32], "int64")
    one, other = latents_from_seeds(Normal(1), np.zeros(2, "int64"), rows).numpy()
    assert one != other


# seeded_initializers


def weights_of(seed):
    with seeded_initializers(seed):
        network = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(4, "relu")]
        )
    return np.concatenate([weight.numpy().ravel() for weight in network.weights])


def test_weights_are_a_function_of_the_seed():
    first = weights_of(1)
    random.seed(99)
    keras.utils.set_random_seed(98)
    np.testing.assert_array_equal(weights_of(1), first)
    kernels = first != 0
    assert (weights_of(2)[kernels] != first[kernels]).all()


def test_without_a_seed_weights_are_what_they_would_be():
    random.seed(5)
    plain = weights_of(None)
    assert (weights_of(None)[plain != 0] != plain[plain != 0]).all()
    random.seed(5)
    np.testing.assert_array_equal(weights_of(None), plain)


def test_random_state_is_put_back():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    with seeded_initializers(0):
        random.random()
    assert random.random() == expected


def test_random_state_is_put_back_after_an_error():
    random.seed(3)
    expected = random.random()
    random.seed(3)
    with pytest.raises(KeyError), seeded_initializers(0):
        random.random()
        raise KeyError
    assert random.random() == expected


def test_seeds_can_be_nested():
    with seeded_initializers(1):
        first = random.random()
        second = random.random()
    with seeded_initializers(1):
        assert random.random() == first
        with seeded_initializers(2):
            random.random()
        assert random.random() == second
