"""Which versions are loaded, labelled and unloaded, and when."""

import threading

import pytest

pytest.importorskip("tensorflow_serving")

from google.protobuf import text_format

from experiments.serving.model_server import read_config
from experiments.serving.served_model import ServedModel, wanted_versions
from experiments.serving.session import ServingError
from trainers.serving.messages import model_server_config_pb2


class Loaded:
    """Instead of a `Servable`: the folder, and whether it is closed."""

    def __init__(self, folder):
        self.content = (folder / "content").read_text()
        if self.content == "damaged":
            raise ServingError("it is\ndamaged", 9)
        self.closed = False

    def close(self):
        self.closed = True


def config(folder, text=""):
    made = model_server_config_pb2.ModelConfig(name="m", base_path=str(folder))
    return text_format.Parse(text, made)


def put(folder, number, content="whole"):
    (folder / str(number)).mkdir(exist_ok=True)
    (folder / str(number) / "content").write_text(content)


def states(model):
    return {number: state for number, (state, _, _) in model.states().items()}


def current(model, **asked):
    with model.use(**asked) as (number, _):
        return number


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", {10}),
        ("model_version_policy { latest { num_versions: 2 } }", {9, 10}),
        ("model_version_policy { all {} }", {2, 9, 10}),
        ("model_version_policy { specific { versions: 2 versions: 3 } }", {2}),
    ],
)
def test_policies(policy, expected):
    made = config("/m", policy)
    assert wanted_versions(made.model_version_policy, [9, 10, 2]) == expected
    assert wanted_versions(made.model_version_policy, []) == set()


def test_a_version_is_loaded_before_the_last_one_is_unloaded(tmp_path):
    put(tmp_path, 1)
    loading = []

    def load(folder):
        loading.append((folder.name, current(model) if loading else None))
        return Loaded(folder)

    model = ServedModel(config(tmp_path), load)
    model.poll()
    (tmp_path / ".writing.2").mkdir()
    put(tmp_path, 2)
    with model.use() as (number, servable):
        thread = threading.Thread(target=model.poll)
        thread.start()
        while states(model).get(1) != "UNLOADING":
            pass
        assert (number, servable.closed) == (1, False)  # Its last request has not ended.
        assert current(model) == 2
    thread.join()
    assert loading == [("1", None), ("2", 1)] and servable.closed
    assert states(model) == {1: "END", 2: "AVAILABLE"}


def test_a_damaged_version_is_not_served_and_tried_again_when_it_changes(tmp_path):
    put(tmp_path, 1)
    put(tmp_path, 2, "damaged")
    tries = []
    model = ServedModel(config(tmp_path), lambda folder: tries.append(folder) or Loaded(folder))
    model.poll()
    assert states(model) == {2: "END"} and model.states()[2][2] == "it is damaged"
    with pytest.raises(ServingError, match=r"not found for request: Latest\(m\)"):
        current(model)
    model.poll()
    assert len(tries) == 1
    put(tmp_path, 2)
    model.poll()
    assert current(model) == 2


def test_rollback_by_deleting_and_by_a_policy(tmp_path):
    put(tmp_path, 1)
    put(tmp_path, 2)
    model = ServedModel(config(tmp_path), Loaded)
    model.poll()
    assert current(model) == 2
    model.config = config(tmp_path, "model_version_policy { specific { versions: 1 } }")
    model.poll()
    assert current(model) == 1 and states(model) == {1: "AVAILABLE", 2: "END"}
    model.config = config(tmp_path)
    model.poll()
    (tmp_path / "2" / "content").unlink()
    (tmp_path / "2").rmdir()
    model.poll()
    assert current(model) == 1
    (tmp_path / "1").rename(tmp_path / "gone")
    model.poll()  # Nothing is left: what is loaded is kept.
    assert current(model) == 1


def test_labels_move_when_their_version_is_loaded(tmp_path):
    put(tmp_path, 1)
    put(tmp_path, 2)
    both = "model_version_policy { all {} } version_labels { key: 'stable' value: 1 } "
    model = ServedModel(
        config(tmp_path, both + "version_labels { key: 'canary' value: 2 }"), Loaded
    )
    model.poll()
    assert (current(model, label="stable"), current(model, label="canary")) == (1, 2)
    assert (current(model, version=1), current(model)) == (1, 2)
    model.config = config(tmp_path, both.replace("1", "2"))
    model.poll()
    assert current(model, label="stable") == 2
    for asked, message in (({"label": "canary"}, "label: canary"), ({"version": 3}, "m, 3")):
        with pytest.raises(ServingError, match=message):
            current(model, **asked)


def test_a_configuration_with_a_mistake_names_its_line(tmp_path):
    path = tmp_path / "models.config"
    path.write_text("model_config_list {\n  config { nmae: 'm' }\n}")
    with pytest.raises(ServingError, match=r"models.config: 2:12 : .*nmae"):
        read_config(path)
    path.write_text("model_config_list { config { name: 'm' base_path: '/models/m' } }")
    [only] = read_config(path, "/here").model_config_list.config
    assert only.base_path == "/here/m"
