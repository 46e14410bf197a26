"""Pooling by attention, position by position."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgan_it.layers import AttentionPooling

RNG = np.random.default_rng(0)
MAPS = RNG.normal(size=(2, 3, 4, 5)).astype("float32")
QUERIES = RNG.normal(size=(3, 5)).astype("float32")


def pooling(queries=QUERIES, **arguments):
    layer = AttentionPooling(len(queries), **arguments)
    layer.build(MAPS.shape)
    layer.kernel.assign(queries)
    return layer


def written_out(features, queries):
    pooled = np.zeros((len(features), len(queries), features.shape[-1]))
    maps = np.zeros((len(features), len(queries), *features.shape[1:3]))
    for i, feature in enumerate(features.astype("float64")):
        for q, query in enumerate(queries):
            weights = np.exp([[place @ query / np.sqrt(5) for place in row] for row in feature])
            maps[i, q] = weights / weights.sum()
            pooled[i, q] = (maps[i, q][..., None] * feature).sum(axis=(0, 1))
    return pooled, maps


def test_each_query_reads_the_places_that_resemble_it():
    pooled, maps = written_out(MAPS, QUERIES)
    found, where = pooling()(MAPS, return_attention_maps=True)
    np.testing.assert_allclose(found, pooled, atol=1e-5)
    np.testing.assert_allclose(where, maps, atol=1e-6)
    np.testing.assert_allclose(pooling()(MAPS), pooled, atol=1e-5)
    np.testing.assert_allclose(pooling().attention_maps(MAPS), maps, atol=1e-6)


def test_empty_queries_read_the_mean_and_loud_ones_one_place():
    mean = MAPS.mean(axis=(1, 2))
    np.testing.assert_allclose(pooling(0 * QUERIES)(MAPS)[:, 0], mean, atol=1e-6)
    loud = pooling(1000 * QUERIES)(MAPS).numpy()
    for i, feature in enumerate(MAPS.reshape(2, 12, 5)):
        for q, query in enumerate(QUERIES):
            np.testing.assert_allclose(loud[i, q], feature[(feature @ query).argmax()], atol=1e-5)


def test_the_gradient_reaches_queries_and_features():
    weights = RNG.normal(size=(2, 3, 5))
    layer, features = pooling(), tf.constant(MAPS)
    with tf.GradientTape() as tape:
        tape.watch(features)
        value = tf.reduce_sum(weights.astype("float32") * layer(features))
    gradients = tape.gradient(value, [layer.kernel, features])
    for index, gradient in enumerate(gradients):
        move = RNG.normal(size=gradient.shape)
        ends = []
        for sign in (1, -1):
            arrays = [QUERIES.astype("float64"), MAPS.astype("float64")]
            arrays[index] = arrays[index] + sign * 1e-5 * move
            ends.append((weights * written_out(arrays[1], arrays[0])[0]).sum())
        slope = (ends[0] - ends[1]) / 2e-5
        assert slope == pytest.approx(float((gradient.numpy() * move).sum()), rel=1e-3)


def test_queries_start_apart():
    layer = AttentionPooling(40)
    layer.build((None, 4, 4, 50))
    assert layer.kernel.numpy().std() == pytest.approx(1, abs=0.05)


def test_half_precision():
    layer = pooling(dtype="mixed_bfloat16")
    pooled, maps = layer(MAPS, return_attention_maps=True)
    assert (pooled.dtype, maps.dtype, layer.kernel.dtype) == ("bfloat16", "float32", "float32")
    np.testing.assert_allclose(maps, written_out(MAPS, QUERIES)[1], atol=0.01)


def test_keras_round_trip(tmp_path):
    inputs = keras.Input(MAPS.shape[1:])
    outputs = AttentionPooling(2)(inputs, return_attention_maps=True)
    model = keras.Model(inputs, outputs)
    assert [tuple(output.shape) for output in outputs] == [(None, 2, 5), (None, 2, 3, 4)]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for ours, theirs in zip(model(MAPS), loaded(MAPS), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_bad_arguments():
    with pytest.raises(
        ValueError,
        match=r"^AttentionPooling: queries must be a whole number of at least 1, got 0\.\Z",
    ):
        AttentionPooling(0)
    message = r"^AttentionPooling: inputs must be .*channels\), got \(None, 7\)\.\Z"
    with pytest.raises(ValueError, match=message):
        AttentionPooling(2).build((None, 7))
