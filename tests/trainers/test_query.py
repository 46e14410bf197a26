"""`trainers.query` against a server of the generator that the repository holds."""

import json

import numpy as np
import pytest
from PIL import Image

from support.savedmodel_client import run_signatures
from support.serving import GENERATOR, of_the_generator

pytest.importorskip("tensorflow_serving")


@pytest.fixture(scope="module")
def served():
    with of_the_generator() as served:
        yield served


def arrays(folder):
    with np.load(folder / "outputs.npz") as content:
        return dict(content)


@pytest.mark.parametrize("api", ["grpc", "rest"])
def test_seeds_to_images(query, served, api, tmp_path):
    address = getattr(served, api)
    ended = query(address, "--model=digits", "--seeds=1,2,5-9", f"--out={tmp_path}")
    assert (ended.status, ended.err) == (0, "")
    assert "images                  float32 (7, 8, 8, 1)\n" in ended.out
    [expected] = run_signatures(
        GENERATOR / "1", [("sample", {"seed": np.array([1, 2, *range(5, 10)])})]
    )
    for name, array in expected.items():
        np.testing.assert_allclose(arrays(tmp_path)[name], array, rtol=0, atol=1e-6)
    with Image.open(tmp_path / "images-9.png") as image:
        pixels = np.round((expected["images"][-1, ..., 0] + 1) * 127.5)
        assert np.abs(np.asarray(image) - pixels).max() <= 1


def test_codes_images_and_parts_of_batches(query, served, tmp_path):
    flags = [
        "--signature=generate",
        "--seeds=0-4",
        "--codes=category=3",
        "--codes=style=[0.5,-0.5]",
    ]
    ended = query(served.grpc, "--model=digits", *flags, "--batch_size=2", f"--out={tmp_path}")
    assert ended.status == 0, ended.err
    [expected] = run_signatures(
        GENERATOR / "1",
        [
            (
                "generate",
                {
                    "seed": np.arange(5),
                    "category": np.eye(10, dtype="float32")[[3] * 5],
                    "style": np.float32([[0.5, -0.5]] * 5),
                },
            )
        ],
    )
    np.testing.assert_allclose(arrays(tmp_path)["images"], expected["images"], rtol=0, atol=1e-6)
    read = tmp_path / "read"
    flags = ["--signature=infer_codes", f"--images={tmp_path}", "--outputs=style_mean"]
    ended = query(served.rest, "--model=digits", *flags, f"--out={read}")
    assert ended.status == 0, ended.err
    assert list(arrays(read)) == ["style_mean"] and arrays(read)["style_mean"].shape == (5, 2)


def test_latencies(query, served, tmp_path):
    flags = ["--seeds=0-3", "--requests=40", "--concurrency=4", f"--out={tmp_path}"]
    ended = query(served.grpc, "--model=digits", *flags)
    assert ended.status == 0, ended.err
    measured = json.loads(ended.out.splitlines()[-1])
    assert (measured["batch"], measured["requests"], measured["concurrency"]) == (4, 40, 4)
    assert 0 < measured["p50_ms"] <= measured["p90_ms"] <= measured["p99_ms"] <= measured["max_ms"]


def test_description(query, served, tmp_path):
    ended = query(served.rest, "--model=digits", "--describe", "--version=1")
    lines = ended.out.splitlines()
    assert lines[0] == "version 1 AVAILABLE" and "score" in lines
    assert "  -> logit                   float32 (None,)" in lines


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--model=digit"], "serves no model 'digit'"),
        (["--model=digits", "--version=2"], "digits has no version 2 on .*: 1 (AVAILABLE)"),
        (["--model=digits", "--label=canary"], "Unrecognized servable version label: canary"),
        (["--model=digits", "--label=a", "--version=1"], "Give either --version or --label"),
        (["--model=digits", "--signature=smaple"], "(nearest: sample)"),
        (["--model=digits", "--outputs=imags"], "(nearest: images)"),
        (["--model=digits"], "sample needs seed, int64 (None,), which is missing"),
        (["--model=digits", "--seeds=x"], "--seeds takes numbers"),
        (["--model=digits", "--seeds=1", "--requests=2", "--concurrency=3"], "--concurrency=3"),
        (["--model=digits", "--seeds=1", "--value_range=1,-1"], "--value_range=1,-1"),
        (["--seeds=1"], "Give --model"),
    ],
)
def test_mistakes_are_one_line(query, served, tmp_path, flags, message):
    for address in (served.grpc, served.rest):
        ended = query(address, *flags, f"--out={tmp_path / 'out'}")
        assert (ended.status, ended.out) == (2, "")
        assert ended.err.count("\n") == 1 and ended.err.startswith("error: ")
        for part in message.split(".*"):
            assert part in ended.err
    assert not (tmp_path / "out").exists()


def test_no_server(query, tmp_path):
    assert "Give SERVER; SERVER is missing" in query("--model=digits").err
    ended = query("127.0.0.1:1", "--model=digits", "--seeds=1", "--deadline=0.2")
    assert ended.status == 2 and "No answer within 0.2 s" in ended.err
