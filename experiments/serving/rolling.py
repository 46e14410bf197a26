"""Versions that are rolled over and back while clients ask, and a check of every answer."""

from __future__ import annotations

import contextlib
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tfgan_it.files import replace_text
from trainers.serving.grpc_client import GrpcClient
from trainers.serving.latencies import measure
from trainers.serving.signatures import ModelSpec

ROOT = Path(__file__).parents[2]
SEEDS = np.arange(16)
WAYS = ("label", "folder")
_CONFIG = """model_config_list {{ config {{
  name: "m" base_path: "{folder}" model_platform: "tensorflow"
  {policy}
}} }}
"""


@contextlib.contextmanager
def served(config: Path, poll_seconds: float = 0.1) -> Iterator[str]:
    """Starts the server of a `models.config` in its own process; yields its gRPC address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "experiments.serving", "--port=0", "--rest_api_port=0"]
        + [f"--model_config_file={config}", f"--file_system_poll_wait_seconds={poll_seconds}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        match = re.match(r"gRPC (\S+),", process.stdout.readline())
        if match is None:
            raise OSError("The server has not started.")
        yield match[1]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def roll_over(
    exports: list[Path], way: str, requests: int, clients: int, changes: int
) -> dict[str, Any]:
    """Changes from the first export to the second and back under load, and checks every answer.

    Args:
        exports: Two exports with the signature `sample`, whose images differ.
        way: `label`: both are loaded, and the label that clients ask for moves. `folder`: clients
            ask for the highest version; the second appears and is taken away, so that each change
            loads a version and unloads the other.
        requests: Least number of requests, each of one seed.
        clients: Number of threads that send them.
        changes: Least number of changes; requests go on until then.

    Returns:
        Latencies, the numbers of requests, changes and answers of each version.

    Raises:
        AssertionError: If an answer is not that of the version that it says.
        Exception: The first error of a request.
    """
    expected = dict(enumerate(map(_images, exports), 1))
    assert np.abs(expected[1] - expected[2]).max() > 0.1
    spec = ModelSpec("m", label="stable" if way == "label" else None)
    answered: list[int] = []
    numbers, made = itertools.count(), itertools.count()
    enough, ended = threading.Event(), threading.Event()

    with _served_versions(exports, way) as (address, put):
        client = GrpcClient(address, deadline=60)

        def ask() -> None:
            place = next(numbers) % len(SEEDS)
            number, answer = client.predict_with_version(
                spec, "sample", {"seed": SEEDS[place : place + 1]}
            )
            far = np.abs(answer["images"][0] - expected[number][place]).max()
            assert far < 1e-5, f"Seed {SEEDS[place]}: {far:g} from the image of version {number}."
            answered.append(number)

        def roll() -> None:
            for number in itertools.cycle((2, 1)):
                put(number)
                while client.predict_with_version(spec, "sample", {"seed": SEEDS[:1]})[0] != number:
                    time.sleep(0.02)
                if next(made) + 1 >= changes:
                    enough.set()
                if ended.is_set():
                    return

        rolling = threading.Thread(target=roll)
        rolling.start()
        try:
            latencies = measure(
                ask, requests, clients, lambda: rolling.is_alive() and not enough.is_set()
            )
        finally:
            ended.set()
            rolling.join()
        client.close()
    assert enough.is_set(), "The versions stopped changing."
    return {
        "requests": len(answered),
        "changes": next(made),
        "answers_of_version": {str(n): count for n, count in sorted(Counter(answered).items())},
        **{name: round(number, 2) for name, number in latencies.items()},
    }


@contextlib.contextmanager
def _served_versions(exports: list[Path], way: str) -> Iterator[tuple[str, Callable[[int], None]]]:
    """Serves version 1; yields the address, and what asks the server to change to a version."""
    with tempfile.TemporaryDirectory() as root:
        folder, aside, config = Path(root, "m"), Path(root, "aside"), Path(root, "models.config")

        def put(number: int) -> None:
            policy = "model_version_policy { latest { num_versions: 1 } }"
            if way == "label":
                policy = "model_version_policy { all {} } "
                policy += f'version_labels {{ key: "stable" value: {number} }}'
            replace_text(config, _CONFIG.format(folder=folder, policy=policy))
            if way == "folder" and number == 2:
                aside.rename(folder / "2")
            elif way == "folder" and not aside.exists():
                (folder / "2").rename(aside)

        shutil.copytree(exports[0], folder / "1")
        shutil.copytree(exports[1], folder / "2" if way == "label" else aside)
        put(1)
        with served(config) as address:
            yield address, put


def _images(export: Path) -> np.ndarray:
    """Returns the image of each seed, by TensorFlow's Python, which the server does not run."""
    import tensorflow as tf

    sample = tf.saved_model.load(export).signatures["sample"]
    return np.asarray(sample(seed=tf.constant(SEEDS, tf.int64))["images"])
