"""Two processes that find each other by TF_CONFIG do what one device does."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest

from support.small_models import CODES, IMAGES, compiled, small_model
from tfgan_it import distribution
from tfgan_it.regularizers import R1

RUNNER = pathlib.Path(__file__).parents[1] / "support" / "worker_runner.py"
STEPS = 3


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="module")
def workers(tmp_path_factory):
    """What each of two workers left: its record and its weights."""
    out = tmp_path_factory.mktemp("workers")
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    processes = []
    for index in range(2):
        config = {"cluster": cluster, "task": {"type": "worker", "index": index}}
        processes.append(
            subprocess.Popen(
                [sys.executable, str(RUNNER), str(out), str(STEPS)],
                env={**os.environ, "TF_CONFIG": json.dumps(config)},
                stderr=subprocess.PIPE,
                text=True,
            )
        )
    for process in processes:
        _, errors = process.communicate(timeout=180)
        assert process.returncode == 0, errors[-2000:]
    records = [json.loads((out / f"{index}.json").read_text()) for index in range(2)]
    weights = [list(np.load(out / f"{index}.npz").values()) for index in range(2)]
    return records, weights


@pytest.mark.slow
def test_all_workers_end_with_the_same_weights(workers):
    _, (first, second) = workers
    for ours, theirs in zip(first, second, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.slow
def test_they_equal_one_device(workers):
    records, (weights, _) = workers
    model = small_model(CODES, moving_average=0.9)
    compiled(model, 0.3, 0.3, discriminator_regularizers=[R1(1.0)])
    before = model.get_weights()
    reported = model.fit(IMAGES, batch_size=8, steps_per_epoch=STEPS, verbose=0).history
    for ours, theirs, start in zip(model.get_weights(), weights, before, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
        assert ours.shape == () or np.abs(ours - start).max() > 1e-3
    for record in records:
        assert record["replicas"] == 2
        for name, values in reported.items():
            assert record["reported"][name] == pytest.approx(values[-1], abs=1e-5), name
        measured = model.evaluate(IMAGES, batch_size=16, verbose=0)
        assert record["measured"] == pytest.approx(measured, abs=1e-4)


@pytest.mark.slow
def test_one_of_them_is_the_chief(workers):
    assert [record["chief"] for record in workers[0]] == [True, False]


def test_without_a_cluster_it_says_what_is_missing(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)
    with pytest.raises(ValueError, match=r"^The strategy multi_worker needs TF_CONFIG .*\.\Z"):
        distribution.strategy("multi_worker")


def test_a_single_process_is_the_chief():
    assert distribution.is_chief(distribution.strategy("default"))
    assert not distribution.has_many_workers(distribution.strategy("default"))
