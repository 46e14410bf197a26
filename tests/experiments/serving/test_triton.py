"""Opt-in: Triton, from an environment of its own, answers as the C++ loader does.

python -m venv triton && triton/bin/pip install nvidia-pytriton
TFGAN_IT_PYTRITON=triton/bin/python pytest -m slow tests/experiments/serving/test_triton.py

Passed with nvidia-pytriton 0.7.0 in Python 3.11.2. In 3.11.7 its backend, built with an older
one, ends in an AttributeError of `_recursion_count`.
"""

import json
import os
import socket
import subprocess
import time

import numpy as np
import pytest
import requests

from support.savedmodel_client import run_signatures
from support.serving import GENERATOR, ROOT

pytest.importorskip("tensorflow_serving")

from experiments.serving.triton import specification

PYTHON = os.environ.get("TFGAN_IT_PYTRITON")


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="TFGAN_IT_PYTRITON is no Python with nvidia-pytriton")
def test_triton_answers_as_the_loader(tmp_path):
    spec = specification(GENERATOR / "1", "sample", free_port())
    (tmp_path / "spec.json").write_text(json.dumps(spec))
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [PYTHON, "-m", "experiments.serving.triton", str(tmp_path / "spec.json")],
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{spec['http_port']}/v2/models/sample"
            for _ in range(120):
                time.sleep(1)
                assert process.poll() is None, (tmp_path / "log").read_text()[-2000:]
                try:
                    if requests.get(f"{url}/ready", timeout=5).ok:
                        break
                except requests.ConnectionError:
                    pass
            seeds = [7, -8, 2**40]
            tensor = {"name": "seed", "shape": [3, 1], "datatype": "INT64", "data": seeds}
            answer = requests.post(f"{url}/infer", json={"inputs": [tensor]}, timeout=60).json()
            wrong = {**tensor, "datatype": "FP32", "data": [0.5, 1, 2]}
            refused = requests.post(f"{url}/infer", json={"inputs": [wrong]}, timeout=60)
        finally:
            process.terminate()
            process.wait(timeout=60)
    [expected] = run_signatures(GENERATOR / "1", [("sample", {"seed": np.array(seeds)})])
    outputs = {each["name"]: each for each in answer["outputs"]}
    assert outputs.keys() == expected.keys()
    for name, array in expected.items():
        given = np.reshape(outputs[name]["data"], outputs[name]["shape"])
        np.testing.assert_allclose(given, array, rtol=0, atol=1e-6)
    assert refused.status_code == 400 and "error" in refused.json()
