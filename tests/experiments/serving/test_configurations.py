"""The files of `saved_models/serving`: what servers and clusters read of them."""

import json
import re
import subprocess

import pytest
import yaml
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,
)

from support.serving import GENERATOR, ROOT, serving

pytest.importorskip("tensorflow_serving")

from experiments.serving.model_server import read_config
from experiments.serving.served_model import wanted_versions
from trainers.serving.clients import connect
from trainers.serving.signatures import ModelSpec

FILES = ROOT / "saved_models" / "serving"
INT64, TEXT = ".google.protobuf.Int64Value", ".google.protobuf.StringValue"
# Fields by name: number and type, as in TensorFlow Serving's session_bundle_config.proto and
# monitoring_config.proto, which tensorflow-serving-api does not have.
MESSAGES = {
    "BatchingParameters": {
        "max_batch_size": (1, INT64),
        "batch_timeout_micros": (2, INT64),
        "max_enqueued_batches": (3, INT64),
        "num_batch_threads": (4, INT64),
        "thread_pool_name": (5, TEXT),
    },
    "PrometheusConfig": {"enable": (1, "bool"), "path": (2, "string")},
    "MonitoringConfig": {"prometheus_config": (1, ".check.PrometheusConfig")},
}
TYPES = {"bool": 8, "string": 9}


@pytest.fixture(scope="module")
def message():
    """Makes messages of TensorFlow Serving by name."""
    file = descriptor_pb2.FileDescriptorProto(
        name="check.proto", package="check", dependency=["google/protobuf/wrappers.proto"]
    )
    for name, fields in MESSAGES.items():
        made = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            each = made.field.add(name=field, number=number, label=1, type=TYPES.get(kind, 11))
            if kind not in TYPES:
                each.type_name = kind
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)

    def message(name):
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"check.{name}"))()

    return message


def documents(name):
    return [each for each in yaml.safe_load_all((FILES / name).read_text()) if each]


def container():
    return documents("kubernetes.yaml")[0]["spec"]["template"]["spec"]["containers"][0]


def image():
    [kustomization] = documents("kustomization.yaml")
    [image] = kustomization["images"]
    return image["name"], image["newTag"]


def test_models():
    configs = read_config(FILES / "models.config").model_config_list.config
    assert [each.name for each in configs] == ["infogan_digits", "infogan_digits_latest"]
    for each in configs:
        assert (each.base_path, each.model_platform) == ("/models/infogan_digits", "tensorflow")
        served = wanted_versions(each.model_version_policy, [1])
        assert served == {1} and set(each.version_labels.values()) <= served
    assert dict(configs[0].version_labels) == {"stable": 1, "canary": 1}


def test_batching_and_monitoring(message):
    batching = text_format.Parse(
        (FILES / "batching.config").read_text(), message("BatchingParameters")
    )
    assert batching.max_batch_size.value == 64 and batching.num_batch_threads.value >= 1
    monitoring = text_format.Parse(
        (FILES / "monitoring.config").read_text(), message("MonitoringConfig")
    )
    assert monitoring.prometheus_config.enable
    annotations = documents("kubernetes.yaml")[0]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/path"] == monitoring.prometheus_config.path
    with pytest.raises(text_format.ParseError):
        text_format.Parse("max_batch_sise { value: 1 }", message("BatchingParameters"))


def test_both_start_the_same_server_with_files_that_exist():
    [compose] = documents("compose.yaml")
    service = compose["services"]["serving"]
    name, tag = image()
    assert service["image"] == f"{name}:${{TENSORFLOW_SERVING_TAG:-{tag}}}"
    assert container()["image"] == name
    assert service["command"] == container()["args"]
    named = re.findall(r"/config/(\S+)", " ".join(service["command"]))
    [kustomization] = documents("kustomization.yaml")
    assert sorted(named) == sorted(kustomization["configMapGenerator"][0]["files"])
    assert all((FILES / name).is_file() for name in named)
    for volume in service["volumes"]:
        assert volume["read_only"] and (FILES / volume["source"]).is_dir()
    assert all(mount["readOnly"] for mount in container()["volumeMounts"])


def test_the_tag_is_fixed_and_not_below_the_exporter():
    name, tag = image()
    exported = json.loads((GENERATOR / "1" / "assets.extra" / "tfgan_it.json").read_text())
    assert name == "tensorflow/serving"
    assert tuple(map(int, tag.split("."))) >= tuple(map(int, exported["tensorflow"].split(".")))


def test_what_selects_what_in_the_cluster():
    deployment, service = documents("kubernetes.yaml")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert deployment["spec"]["selector"]["matchLabels"] == service["spec"]["selector"] == labels
    ports = {port["name"] for port in container()["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    probes = [container()[f"{kind}Probe"] for kind in ("readiness", "startup", "liveness")]
    assert {next(iter(probe.values()))["port"] for probe in probes} <= ports
    [kustomization] = documents("kustomization.yaml")
    volumes = {v["name"]: v for v in deployment["spec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in container()["volumeMounts"]} == set(volumes)
    assert volumes["config"]["configMap"]["name"] == kustomization["configMapGenerator"][0]["name"]


def test_the_manifest_is_made_of_kubernetes_types():
    client = pytest.importorskip("kubernetes").client
    api = client.ApiClient()
    for document in documents("kubernetes.yaml"):
        kind = f"V1{document['kind']}"
        read = api._ApiClient__deserialize(document, kind)
        assert api.sanitize_for_serialization(read) == document  # An unknown name would be lost.


@pytest.mark.slow
def test_the_stand_in_serves_them_and_the_probes_answer(tmp_path):
    config = tmp_path / "models.config"
    config.write_text((FILES / "models.config").read_text())
    flags = [f"--model_config_file={config}", f"--models_root={ROOT / 'saved_models'}"]
    with serving(*flags, "--file_system_poll_wait_seconds=0.1") as served:
        client = connect(served.grpc)
        for spec in (
            ModelSpec("infogan_digits", label="canary"),
            ModelSpec("infogan_digits_latest"),
        ):
            assert "sample" in client.signatures(spec)
        path = container()["readinessProbe"]["httpGet"]["path"]
        [compose] = documents("compose.yaml")
        probe = compose["services"]["serving"]["healthcheck"]["test"]
        assert path in probe[-1]
        port = served.rest.rpartition(":")[2]
        command = [*probe[1:3], probe[3].replace("8501", port)]
        assert subprocess.run(command, check=False).returncode == 0
        changed = config.with_name("changed")
        changed.write_text(config.read_text().replace('"stable" value: 1', '"stable" value: 2'))
        changed.replace(config)
        while subprocess.run(command, check=False).returncode == 0:
            pass
        assert "sample" in client.signatures(ModelSpec("infogan_digits", label="canary"))
