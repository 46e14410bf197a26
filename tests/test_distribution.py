import pytest
import tensorflow as tf

from tfgan_it.distribution import STRATEGIES, strategy


def test_default_is_one_device():
    default = strategy()
    assert default is tf.distribute.get_strategy()
    assert default.num_replicas_in_sync == 1


def test_mirrored_makes_a_strategy_of_its_own():
    mirrored = strategy("mirrored")
    assert isinstance(mirrored, tf.distribute.MirroredStrategy)
    # Every GPU; where there is none, the two logical CPUs of these tests.
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
