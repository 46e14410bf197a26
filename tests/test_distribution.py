import numpy as np
import pytest
import tensorflow as tf

from support.replicas import MIRRORED
from tfgan_it.distribution import (
    STRATEGIES,
    add_clipped_gradients,
    all_gather,
    positive_mask,
    strategy,
)


def test_default_is_one_device():
    default = strategy()
    assert default is tf.distribute.get_strategy()
    assert default.num_replicas_in_sync == 1


def test_mirrored_makes_its_own_strategy():
    mirrored = strategy("mirrored")
    assert isinstance(mirrored, tf.distribute.MirroredStrategy)
    # Every GPU; without one, the two logical CPUs of these tests.
    devices = [tf.config.list_logical_devices(kind) for kind in ("GPU", "CPU")]
    assert mirrored.num_replicas_in_sync == len(devices[0] or devices[1])
    with mirrored.scope():
        assert tf.distribute.get_strategy() is mirrored


@pytest.mark.parametrize(("name", "nearest"), [("miror", "mirrored"), ("Default", "default")])
def test_unknown_names_are_refused(name, nearest):
    with pytest.raises(ValueError) as error:
        strategy(name)
    assert str(error.value) == (
        f"Unknown strategy {name!r}: use one of default, mirrored, multi_worker, tpu "
        f"(nearest: {nearest})."
    )


def test_strategies_are_made_on_demand():
    assert sorted(STRATEGIES) == ["default", "mirrored", "multi_worker", "tpu"]
    assert not any(isinstance(make, tf.distribute.Strategy) for make in STRATEGIES.values())


# add_clipped_gradients


def values(tensors):
    return [None if tensor is None else np.asarray(tensor).tolist() for tensor in tensors]


@pytest.mark.parametrize(
    "others, expected",
    [
        # Norms 5 and 10: halved.
        ([[6.0], [[8.0, 0.0]]], [[6.0], [[8.0, 0.0]]]),
        # Norms 5 and 2.5: as it is.
        ([[1.5], [[2.0, 0.0]]], [[4.5], [[6.0, 0.0]]]),
        ([[0.0], [[0.0, 0.0]]], [[3.0], [[4.0, 0.0]]]),
        # The other direction counts as well.
        ([[0.0], [[0.0, -50.0]]], [[3.0], [[4.0, -5.0]]]),
    ],
)
def test_others_are_scaled_down_to_the_norm_of_the_first(others, expected):
    gradients = [tf.constant([3.0]), tf.constant([[4.0, 0.0]])]
    summed = add_clipped_gradients(gradients, [tf.constant(other) for other in others])
    assert values(summed) == expected


def test_norms_are_over_what_both_move():
    gradients = [tf.constant([3.0, 4.0]), None, tf.constant(100.0), None]
    others = [tf.constant([0.0, 10.0]), tf.constant([1000.0]), None, None]
    assert values(add_clipped_gradients(gradients, others)) == [[3.0, 9.0], [1000.0], 100.0, None]


def test_nothing_in_common_is_nothing_to_scale():
    gradients = [tf.constant(3.0), None]
    assert values(add_clipped_gradients(gradients, [None, tf.constant(9.0)])) == [3.0, 9.0]
    assert values(add_clipped_gradients(gradients, [None, None])) == [3.0, None]


def test_without_any_gradient_others_vanish():
    zero = [tf.constant([0.0]), tf.constant([0.0])]
    assert values(add_clipped_gradients(zero, [tf.constant([2.0]), tf.constant([1.0])])) == [
        [0.0],
        [0.0],
    ]


def test_norms_are_those_of_the_global_batch():
    # The replicas' shares: summed (3, 4) and (6, 8); their own norms would give other scales.
    shares = tf.constant([[[3.0, 0.0], [9.0, 8.0]], [[0.0, 4.0], [-3.0, 0.0]]])

    def on_replica():
        mine = shares[tf.distribute.get_replica_context().replica_id_in_sync_group]
        return add_clipped_gradients([mine[0], None], [mine[1], tf.constant(7.0)])

    summed = tf.function(lambda: MIRRORED.run(on_replica))()
    np.testing.assert_allclose(summed[0].values, [[7.5, 4.0], [-1.5, 4.0]])
    np.testing.assert_allclose(summed[1].values, [7.0, 7.0])


# all_gather, positive_mask


def test_on_one_device_all_rows_are_at_hand():
    rows = tf.constant([[1.0, 2.0]])
    assert all_gather(rows) is rows
    np.testing.assert_array_equal(positive_mask(3, 3), np.eye(3, dtype=bool))


@pytest.mark.parametrize("rows", [1, 3])
def test_replicas_find_their_own_rows_among_all(rows):
    whole = tf.reshape(tf.range(4.0 * rows), (2 * rows, 2))

    def on_replica():
        index = tf.distribute.get_replica_context().replica_id_in_sync_group
        mine = whole[index * rows : (index + 1) * rows]
        everywhere = all_gather(mine)
        assert everywhere.shape[1:] == (2,)
        own = positive_mask(tf.shape(mine)[0], tf.shape(everywhere)[0])
        return everywhere, tf.boolean_mask(tf.tile(everywhere[None], (rows, 1, 1)), own), own, mine

    everywhere, found, own, mine = tf.function(lambda: MIRRORED.run(on_replica))()
    for replica in range(2):
        np.testing.assert_array_equal(everywhere.values[replica], whole)
        np.testing.assert_array_equal(found.values[replica], mine.values[replica])
        assert own.values[replica].numpy().sum(axis=1).tolist() == [1] * rows


def test_the_gradient_of_what_is_gathered_reaches_each_row():
    weights = np.arange(1.0, 5.0)

    def on_replica():
        index = tf.distribute.get_replica_context().replica_id_in_sync_group
        rows = tf.zeros((2, 1))
        with tf.GradientTape() as tape:
            tape.watch(rows)
            scale = tf.cast(index + 1, "float32")
            loss = scale * tf.reduce_sum(
                tf.constant(weights[:, None], "float32") * all_gather(rows)
            )
        return tape.gradient(loss, rows)

    gradients = tf.function(lambda: MIRRORED.run(on_replica))().values
    # Each row's weight, by the losses of both replicas: 1 + 2.
    np.testing.assert_allclose(np.concatenate(gradients)[:, 0], 3 * weights)
