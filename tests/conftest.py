"""What every test needs before TensorFlow starts: quiet logs and two logical devices."""

import collections
import gc
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # As in the programs, on every processor.

import pathlib

import keras
import pytest
import tensorflow as tf

# Two replicas without a GPU; it has to happen before TensorFlow touches its devices.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)


def pytest_addoption(parser):
    """How many kills `tests/trainers/test_kill.py` spreads over its recipes."""
    parser.addoption("--kills", type=int, default=27, help="number of kills of trainers")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks as slow what follows the first cases of a test that is marked `examples`."""
    seen = collections.Counter()
    for item in items:
        if mark := item.get_closest_marker("examples"):
            test = item.nodeid.partition("[")[0]
            seen[test] += 1
            if seen[test] > mark.args[0]:
                item.add_marker(pytest.mark.slow)


def pytest_collection_finish():
    """What is imported by now stays: the collector need not look through it again and again."""
    _collect()


@pytest.fixture(scope="module", autouse=True)
def collected():
    """Frees each file's graphs at its end: left to pile up, they stop some test for a minute."""
    yield
    _collect()


def _collect():
    gc.collect()
    gc.freeze()  # What is left is kept by something, and is not looked through again.


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """Each test begins with the same random state, before its fixtures draw from it."""
    keras.utils.set_random_seed(0)


@pytest.fixture(scope="session")
def files_dir() -> pathlib.Path:
    """Raw files of real data sets beside the checkout."""
    path = pathlib.Path(__file__).parents[1].parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"no raw data files in {path}")
    return path
