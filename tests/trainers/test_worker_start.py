"""Jobs of two workers that cannot start: each worker ends in bounded time, with one line."""

import re
import socket

import numpy as np
import pytest

from support.run_files import one_line
from support.trainer_runner import SMALL, Worker, free_cluster, start_workers


@pytest.fixture
def places(tmp_path):
    return [f"--run_dir={tmp_path / 'runs'}", f"--export_dir={tmp_path / 'exports'}", "--steps=4"]


def lines_of(workers):
    """The line with which each worker ends."""
    try:
        return [one_line(worker.ended()) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()


@pytest.mark.slow
def test_other_flags_are_refused(tmp_path, places):
    own = ["--seed=3"], ["--seed=4"]
    lines = lines_of(start_workers(tmp_path, *SMALL, *places, own=own))
    assert lines == 2 * [
        "The workers do not train the same run: --seed is 3 at the first one, 4 at worker 1."
    ]
    assert not (tmp_path / "runs").exists() and not (tmp_path / "exports").exists()


@pytest.mark.slow
def test_other_data_are_refused(tmp_path, places):
    """Of the same name, each in the working directory of its worker."""
    images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), "uint8")
    for index in range(2):
        home = tmp_path / f"home{index}" / "images"
        home.parent.mkdir()
        images[5, 3, 3] = index
        np.savez(home, images=images)
    homes = [tmp_path / f"home{index}" for index in range(2)]
    lines = lines_of(
        start_workers(tmp_path / "job", *SMALL, *places, "--dataset=~/images.npz", homes=homes)
    )
    assert lines[0] == lines[1]
    assert re.match("The workers do not train the same run: train_images is ", lines[0])
    assert not (tmp_path / "runs").exists() and not (tmp_path / "exports").exists()


@pytest.mark.slow
def test_a_worker_without_its_data(tmp_path, places):
    own = [], ["--dataset=/nowhere/images.npz"]
    first, second = lines_of(start_workers(tmp_path, *SMALL, *places, own=own))
    assert "/nowhere/images.npz" in second
    assert first.startswith("A worker is gone; ")
    assert not (tmp_path / "runs").exists() and not (tmp_path / "exports").exists()


@pytest.mark.slow
def test_an_absent_worker_is_named(tmp_path, places):
    cluster = free_cluster()
    flags = [*SMALL, *places, "--wait=3"]
    [line] = lines_of([Worker(tmp_path / "worker1", cluster, 1, flags, None)])
    mine, other = cluster["worker"][1], cluster["worker"][0]
    assert line == (
        f"No worker at {other} after 3 s; this one is {mine}. Start every worker of TF_CONFIG."
    )
    assert not (tmp_path / "runs").exists()


@pytest.mark.slow
def test_a_port_in_use_is_named(tmp_path, places):
    cluster = free_cluster()
    port = int(cluster["worker"][0].rpartition(":")[2])
    with socket.create_server(("", port)):
        [line] = lines_of([Worker(tmp_path / "worker0", cluster, 0, [*SMALL, *places], None)])
    assert line.startswith(f"Port {port} of this worker, {cluster['worker'][0]} in TF_CONFIG, ")
