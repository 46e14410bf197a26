"""What the server answers by gRPC and REST: the outputs of C++, or a clear error."""

import json
import re

import numpy as np
import pytest
import requests

from support.savedmodel_client import run_signatures
from support.serving import GENERATOR, of_the_generator

grpc = pytest.importorskip("grpc")
pytest.importorskip("tensorflow_serving")

from trainers.serving.clients import connect  # noqa: E402
from trainers.serving.messages import (  # noqa: E402
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    to_array,
    to_proto,
)
from trainers.serving.signatures import ModelSpec  # noqa: E402

SEEDS = np.array([7, -8, 2**40], np.int64)
DIGITS = ModelSpec("digits")


@pytest.fixture(scope="module")
def served():
    with of_the_generator() as served:
        yield served


@pytest.fixture(params=["grpc", "rest"])
def client(served, request):
    client = connect(getattr(served, request.param))
    yield client
    client.close()


def rest(served, body, what=":predict"):
    response = requests.post(f"{served.rest}/v1/models/digits{what}", data=body, timeout=60)
    return response.status_code, response.json()


def test_answers_are_those_of_the_loader(client):
    [expected] = run_signatures(GENERATOR / "1", [("sample", {"seed": SEEDS})])
    answer = client.predict(DIGITS, "sample", {"seed": SEEDS})
    assert answer.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(answer[name], array, rtol=0, atol=1e-6)
    part = client.predict(DIGITS, "sample", {"seed": SEEDS}, ["style"])
    assert list(part) == ["style"]
    np.testing.assert_array_equal(part["style"], answer["style"])
    empty = client.predict(ModelSpec("digits", 1), "sample", {"seed": SEEDS[:0]})
    assert empty["images"].shape == (0, 8, 8, 1)


def test_metadata_and_status(client):
    signatures = client.signatures(DIGITS)
    assert sorted(signatures) == ["generate", "infer_codes", "sample", "score", "serving_default"]
    assert {k: str(x) for k, x in signatures["generate"].inputs.items()} == {
        "category": "float32 (None, 10)",
        "seed": "int64 (None,)",
        "style": "float32 (None, 2)",
    }
    assert client.versions("digits") == {1: ("AVAILABLE", "")}


def test_rows_and_columns_of_json(served):
    columns = {"signature_name": "generate", "inputs": {"seed": [1, 2]}}
    columns["inputs"] |= {"category": np.eye(10)[:2].tolist(), "style": [[0, 0.5], [-1, 1]]}
    keys = columns["inputs"]
    rows = [dict(zip(keys, row, strict=True)) for row in zip(*keys.values(), strict=True)]
    status, by_column = rest(served, json.dumps(columns))
    assert status == 200 and list(by_column) == ["outputs"]
    status, by_row = rest(served, json.dumps({"signature_name": "generate", "instances": rows}))
    assert status == 200 and by_row["predictions"] == by_column["outputs"]
    status, two = rest(served, '{"signature_name": "sample", "instances": [3, 4]}')
    assert status == 200 and sorted(two["predictions"][1]) == ["category", "images", "style"]


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ("", 400, "JSON Parse error"),
        ("[" * 100_000, 400, "JSON Parse error"),
        ("[]", 400, "either 'inputs' or 'instances'"),
        ('{"inputs": {}, "instances": []}', 400, "either 'inputs' or 'instances'"),
        ('{"signature_name": 3, "inputs": {}}', 400, "signature_name is a string"),
        ('{"signature_name": "smaple", "inputs": {}}', 412, '"smaple" not found'),
        ('{"inputs": {}}', 400, r"missing \['latents'\]"),
        ('{"signature_name": "sample", "inputs": {"seeds": [1]}}', 400, r"extra \['seeds'\]"),
        ('{"signature_name": "sample", "inputs": {"seed": [1.5]}}', 400, "expected type int64"),
        ('{"signature_name": "sample", "inputs": {"seed": ["1"]}}', 400, "expected type int64"),
        ('{"signature_name": "sample", "inputs": {"seed": [true]}}', 400, "expected type int64"),
        ('{"signature_name": "sample", "inputs": {"seed": [null]}}', 400, "expected type int64"),
        ('{"signature_name": "sample", "inputs": {"seed": [1, [2]]}}', 400, "of one shape"),
        (f'{{"signature_name": "sample", "inputs": {{"seed": [{2**63}]}}}}', 400, "range of int64"),
        (f'{{"signature_name": "sample", "inputs": {{"seed": [{2**70}]}}}}', 400, "huge numbers"),
        ('{"signature_name": "sample", "inputs": {"seed": 7}}', 400, "dimension 0"),
        ('{"signature_name": "sample", "inputs": {"seed": [[7]]}}', 400, "Ranks|rank|shape"),
        ('{"inputs": {"latents": [[1, 2]]}}', 400, "Dimension|shape"),
        ('{"signature_name": "sample", "instances": []}', 400, "at least one example"),
    ],
)
def test_bad_requests_are_clear_errors(served, body, status, message):
    answered = rest(served, body)
    assert answered[0] == status and re.search(message, answered[1]["error"])


def test_unknown_places(served):
    for path in ("", "/v1", "/v1/models/digits/versions/x", "/v1/models/digits:classify"):
        assert requests.get(served.rest + path, timeout=60).status_code == 404
    assert rest(served, "{}", "/versions/2:predict")[0] == 404
    assert rest(served, "{}", "/labels/canary:predict") == (
        400,
        {"error": "Unrecognized servable version label: canary"},
    )
    assert requests.post(served.rest + "/v1/models/digits:predict", timeout=9).status_code == 400


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"seed": np.float32([1])}, "INVALID_ARGUMENT"),
        ({"seed": np.int32([1])}, "INVALID_ARGUMENT"),
        ({"seed": np.array([b"1"], object)}, "INVALID_ARGUMENT"),
        ({"seed": np.int64([[1]])}, "INVALID_ARGUMENT"),
        ({}, "INVALID_ARGUMENT"),
    ],
)
def test_wrong_types_and_shapes_by_grpc(served, inputs, code):
    with grpc.insecure_channel(served.grpc) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        request = predict_pb2.PredictRequest()
        request.model_spec.name, request.model_spec.signature_name = "digits", "sample"
        for name, array in inputs.items():
            request.inputs[name].CopyFrom(to_proto(array))
        with pytest.raises(grpc.RpcError) as raised:
            stub.Predict(request)
        assert raised.value.code().name == code
        request.inputs["seed"].Clear()  # Values by field; more of them than the shape has.
        request.inputs["seed"].dtype = 9
        request.inputs["seed"].tensor_shape.dim.add(size=3)
        request.inputs["seed"].int64_val.extend([1, 2])
        with pytest.raises(grpc.RpcError, match="has 3 values, got 2"):
            stub.Predict(request)
        request.inputs["seed"].int64_val.append(3)
        assert to_array(stub.Predict(request).outputs["images"]).shape == (3, 8, 8, 1)


def test_a_reload_changes_nothing_if_it_is_not_valid(served):
    from trainers.serving.messages import model_management_pb2

    with grpc.insecure_channel(served.grpc) as channel:
        stub = model_service_pb2_grpc.ModelServiceStub(channel)
        request = model_management_pb2.ReloadConfigRequest()
        request.config.model_config_list.config.add(name="digits", base_path="")
        with pytest.raises(grpc.RpcError, match="base_path"):
            stub.HandleReloadConfigRequest(request)
    assert connect(served.grpc).versions("digits") == {1: ("AVAILABLE", "")}


def test_values_that_are_not_finite_stay_in_their_example(client):
    images = np.random.default_rng(0).uniform(-1, 1, (3, 8, 8, 1)).astype("float32")
    good = client.predict(DIGITS, "infer_codes", {"images": images})
    images[1, 4, 4] = np.nan
    answer = client.predict(DIGITS, "infer_codes", {"images": images})
    for name, array in answer.items():
        np.testing.assert_array_equal(array[[0, 2]], good[name][[0, 2]])
        assert np.isnan(array[1]).all()


@pytest.mark.slow
def test_100_000_seeds(served):
    client = connect(served.grpc, deadline=120)
    answer = client.predict(DIGITS, "sample", {"seed": np.arange(100_000)}, ["images", "style"])
    assert answer["images"].shape == (100_000, 8, 8, 1)
    some = client.predict(DIGITS, "sample", {"seed": np.array([0, 99_999])}, ["images", "style"])
    np.testing.assert_allclose(answer["images"][[0, -1]], some["images"], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(answer["style"][[0, -1]], some["style"])


def test_requests_are_counted(served):
    rest(served, '{"signature_name": "sample", "instances": [3]}')
    text = requests.get(served.rest + "/monitoring/prometheus/metrics", timeout=60).text
    assert re.search(
        r'^:tensorflow:serving:request_count\{model_name="digits",status="OK"\} ', text, re.M
    )
