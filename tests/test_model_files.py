"""Model files that are damaged, or made to do harm: one line each, and nothing happens."""

import base64
import io
import json
import marshal
import os
import pathlib
import sys
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest

import tfgan_it
from support import damage
from support.small_models import CODES, compiled, small_model
from tfgan_it.model_files import load_model, written_by

# By name in an archive of Keras.
CONFIG, WEIGHTS = "config.json", "model.weights.h5"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The smallest InfoGAN, compiled, as a file."""
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    compiled(small_model(CODES)).save(path)
    return path


@pytest.fixture(scope="module")
def members(saved):
    with zipfile.ZipFile(saved) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def attack(members, tmp_path):
    """Loads a file with other members, and returns the line that refuses it."""

    def attack(changed=(), method=zipfile.ZIP_STORED, edit=None):
        path = tmp_path / "hostile.keras"
        with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as archive:
            warnings.simplefilter("ignore")  # A name may come twice.
            for name, content in [*{**members, **dict(changed)}.items()]:
                if content is not None:
                    archive.writestr(name, content)
        if edit:
            content = bytearray(path.read_bytes())
            edit(content)
            path.write_bytes(content)
        home, modules = pathlib.Path.cwd(), set(sys.modules)
        with damage.memory_limit(300), damage.nothing_written(tmp_path, home / "tests"):
            line = damage.outcome(load_model, path)
        assert not any(name.split(".")[0] in FOREIGN for name in set(sys.modules) - modules)
        return line and line.removeprefix(f"{path} cannot be loaded: ")

    return attack


FOREIGN = {"antigravity", "this", "subprocess", "hostile"}


@pytest.fixture
def attack_config(members, attack):
    """As `attack`, with a changed configuration."""

    def attack_config(change):
        config = json.loads(members[CONFIG])
        changed = change(config)
        return attack({CONFIG: json.dumps(config if changed is None else changed)})

    return attack_config


def dense(config):
    layers = config["config"]["generator"]["config"]["layers"]
    return next(layer for layer in layers if layer["class_name"] == "Dense")


def replaced_layer(**new):
    """Another layer in the place of the first Dense."""

    def change(config):
        layer = dense(config)
        name = layer["config"]["name"]
        layer.update({"registered_name": None, **new, "name": name})
        layer["config"] = {**new["config"], "name": name}

    return change


def activated_by(module, name):
    def change(config):
        dense(config)["config"]["activation"] = {
            "module": module,
            "class_name": "function",
            "config": name,
            "registered_name": name,
        }

    return change


def test_a_whole_file_is_loaded(saved, attack):
    model, loaded = keras.models.load_model(saved), load_model(saved)
    assert loaded.trained_steps == model.trained_steps == 0
    for mine, theirs in zip(loaded.variables, model.variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert attack() is None
    assert attack(method=zipfile.ZIP_DEFLATED) is None


def test_the_version_that_wrote_a_file(saved, tmp_path):
    assert written_by(saved) is None and written_by(tmp_path / "none.keras") is None
    path = tmp_path / "new.keras"
    path.write_bytes(saved.read_bytes())
    for comment, version in ((b"tfgan_it 9.9", "9.9"), (b"\xff", None), (b"tfgan_it", None)):
        with zipfile.ZipFile(path, "a") as archive:
            archive.comment = comment
        assert written_by(path) == version
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"tfgan_it 9.9"
        archive.writestr("more", b"")
    assert damage.outcome(load_model, path) == (
        f"{path} cannot be loaded: tfgan_it 9.9 wrote it, this is tfgan_it {tfgan_it.__version__}."
    )


def test_what_is_not_a_file(tmp_path, saved):
    (tmp_path / "folder.keras").mkdir()
    os.mkfifo(tmp_path / "pipe.keras")
    (tmp_path / "device.keras").symlink_to("/dev/zero")
    (tmp_path / "dangling.keras").symlink_to("nowhere")
    (tmp_path / "saved.zip").write_bytes(saved.read_bytes())
    names = ["folder.keras", "pipe.keras", "device.keras", "dangling.keras", "saved.zip", "none"]
    for name in names:
        assert damage.outcome(load_model, tmp_path / name), name
    with pytest.raises(ValueError, match="must be a path on this machine"):
        load_model("gs://bucket/model.keras")


LAMBDA = marshal.dumps((lambda x: pathlib.Path("hostile").touch()).__code__)
LAMBDA = base64.b64encode(LAMBDA).decode()
CODE = {"class_name": "__lambda__", "config": {"code": LAMBDA, "defaults": None, "closure": None}}


@pytest.mark.parametrize(
    "change",
    [
        replaced_layer(module="keras.layers", class_name="Lambda", config={"function": CODE}),
        replaced_layer(module="keras.layers", class_name="TFSMLayer", config={"filepath": "/tmp"}),
        replaced_layer(
            module="keras.layers", class_name="StringLookup", config={"vocabulary": "/etc/passwd"}
        ),
        replaced_layer(module="os", class_name="system", config={"command": "touch hostile"}),
        replaced_layer(module="subprocess", class_name="Popen", config={"args": "ls"}),
        replaced_layer(module="antigravity", class_name="X", config={}),
        replaced_layer(module="keras.callbacks", class_name="CSVLogger", config={"filename": "h"}),
        replaced_layer(module="keras.utils", class_name="Sequence", config={}),
        *(
            activated_by(module, name)
            for module, name in [
                ("os", "system"),
                ("builtins", "eval"),
                ("builtins", "open"),
                ("this", "s"),
                ("keras.utils", "plot_model"),
                ("keras.utils", "get_file"),
                ("keras.utils", "save_img"),
                ("keras.utils", "set_random_seed"),
                ("keras.config", "set_floatx"),
                ("keras.config", "enable_unsafe_deserialization"),
                ("keras.models", "load_model"),
                ("keras.saving", "load_model"),
                ("keras.distribution", "initialize"),
                ("keras.src.utils.file_utils", "rmtree"),
                ("keras.src.saving.saving_lib", "load_model"),
            ]
        ),
        lambda config: {"module": "os", "class_name": "system", "config": {"command": "ls"}},
        lambda config: dense(config)["config"].update(
            activation={
                "class_name": "__typespec__",
                "config": [],
                "spec_name": "system",
                "module": "os",
                "registered_name": "system",
            }
        ),
        lambda config: config["config"].update(name="../../x"),
        lambda config: config["config"].update(name=".."),
        lambda config: config["config"].update(seed=CODE),
    ],
)
def test_nothing_in_a_file_is_executed(attack_config, change):
    assert attack_config(change)
    assert not pathlib.Path("hostile").exists()


def renamed_code(config):
    text = json.dumps(config).replace('"category"', '"x/../../../../CODE"')
    return json.loads(text)


def test_the_root_is_a_model(attack, tmp_path):
    keras.Sequential([keras.Input((2,)), keras.layers.ReLU()]).save(tmp_path / "no_weights.keras")
    root = {"module": "keras.layers", "class_name": "ReLU", "config": {}, "registered_name": None}
    with zipfile.ZipFile(tmp_path / "no_weights.keras") as archive:
        weights = archive.read("model.weights.h5")
    line = attack({CONFIG: json.dumps(root), "model.weights.h5": weights})
    assert line == "it is a ReLU, not a keras.Model."


def test_a_name_in_a_file_is_not_a_path(attack_config):
    line = attack_config(renamed_code)
    assert "a part's name must have 1 to 100 printable characters, no slash" in line


def with_units(units):
    return lambda config: dense(config)["config"].update(units=units)


def latent_of(part, **values):
    return lambda config: config["config"]["latent"]["config"][part]["config"].update(values)


@pytest.mark.parametrize(
    "change",
    [
        *(with_units(n) for n in (10**8, 10**12, 2**63, 10**30, -1, 1.5, "8", None, [8])),
        latent_of("category", categories=10**9),
        latent_of("category", categories=10**30),
        latent_of("noise", dimension=10**13),
        lambda config: config["config"].update(seed=float("nan")),
        lambda config: config["config"].update(moving_average=[0.9]),
        lambda config: config["config"].__delitem__("generator"),
        lambda config: config["config"].update(latent=None),
        lambda config: config["config"].update(generator=config["config"]["latent"]),
        lambda config: config["config"].update(
            seed={"class_name": "__numpy__", "config": {"value": 0, "dtype": "(1000000000,9)f8"}}
        ),
        lambda config: [],
        lambda config: {"class_name": "GAN"},
    ],
)
def test_configurations_of_sizes_and_kinds_that_cannot_be(attack_config, change):
    assert attack_config(change)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"", "config.json is not JSON."),
        (b"\xff\xfe{", "config.json is not JSON."),
        (b"[" * 100_000, "it is nested too deeply."),
        (b"NaN", "config.json does not describe a model."),
        (b"{}" + b" " * 2**23, "config.json has more than 8388608 bytes."),
    ],
)
def test_texts_that_are_no_configuration(attack, text, line):
    assert attack({CONFIG: text}) == line


def encrypted(content):
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"changed": {WEIGHTS: None}}, "its members must be config.json, "),
        ({"changed": {"x": b""}}, "its members must be config.json, "),
        ({"changed": {"assets/../../x": b""}}, "its members must be config.json, "),
        ({"changed": {"/etc/x": b""}}, "its members must be config.json, "),
        ({"method": zipfile.ZIP_LZMA}, "metadata.json is compressed in a way that Keras does not"),
        ({"method": zipfile.ZIP_BZIP2}, "metadata.json is compressed in a way that Keras does not"),
        ({"edit": encrypted}, "metadata.json is encrypted"),
        ({"edit": lambda content: content.__delitem__(slice(-40, None))}, "it is not a whole arch"),
        ({"changed": {WEIGHTS: b""}}, "OSError: Unable to synchronously open file"),
        (
            {"changed": {WEIGHTS: bytes(2**26)}, "method": zipfile.ZIP_DEFLATED},
            "model.weights.h5 claims 67108864 bytes of ",
        ),
    ],
)
def test_archives_that_keras_does_not_write(attack, arguments, line):
    assert attack(**arguments).startswith(line)


def test_a_member_that_comes_twice(saved, tmp_path):
    path = tmp_path / "twice.keras"
    path.write_bytes(saved.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(CONFIG, "{}")
    assert "its members must be " in damage.outcome(load_model, path)


def test_a_flipped_bit_of_a_weight_is_noticed(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "flipped.keras").write_bytes(content)
    line = damage.outcome(load_model, tmp_path / "flipped.keras")
    assert line.endswith("cannot be loaded: it is not a whole archive.")


def first_kernel(file):
    """Its path, which differs between versions of Keras."""
    return file.visit(lambda name: name if name.endswith("layers/dense/vars/0") else None)


def instead(**other):
    """Replaces the first kernel."""

    def change(file):
        path = first_kernel(file)
        del file[path]
        file.create_dataset(path, **other)

    return change


def link(kind, *arguments):
    def change(file):
        path = first_kernel(file)
        del file[path]
        file[path] = kind(*(arguments or (path,)))

    return change


@pytest.mark.parametrize(
    "change",
    [
        instead(shape=(10**12,), chunks=(1024,), dtype="f4", compression="gzip"),
        instead(shape=(10**6, 10**6), dtype="f4", fillvalue=1.0),
        instead(shape=(10,), dtype="u1", external=[("/etc/passwd", 0, 10)]),
        instead(data=np.array(["text"], h5py.string_dtype())),
        instead(data=np.zeros((3, 3), "f4")),
        instead(data=np.zeros((0,), "f4")),
        link(h5py.ExternalLink, "/etc/passwd", "/"),
        link(h5py.SoftLink),  # To itself.
        link(h5py.SoftLink, "/vars/0"),
        lambda file: file.__delitem__(first_kernel(file)),
        lambda file: file.__delitem__("vars"),
        lambda file: file.__delitem__("generator_optimizer"),
        lambda file: file.__delitem__(first_kernel(file).partition("/dense")[0]),
    ],
)
def test_weights_that_are_not_those_of_the_networks(attack, members, change):
    content = io.BytesIO(members[WEIGHTS])
    with h5py.File(content, "r+") as file:
        change(file)
    assert attack({WEIGHTS: content.getvalue()})


def damaged_member(content, seed):
    if content[:1] == b"{":
        return damage.damaged_json(content.decode(), seed)
    return damage.damaged_bytes(content, seed)


def fuzz(saved, folder, seeds):
    """Loads damaged copies; returns how many of them are refused."""
    content, refused = saved.read_bytes(), 0
    for seed in seeds:
        path = folder / f"damaged-{seed}.keras"
        path.write_bytes(damage.damaged_zip(content, seed, damaged_member))
        with damage.nothing_written(folder):
            refused += damage.outcome(load_model, path) is not None
        path.unlink()
    return refused


def test_damaged_files(saved, tmp_path):
    with damage.memory_limit(300):
        assert fuzz(saved, tmp_path, range(16)) > 8


@pytest.mark.slow
def test_many_damaged_files(saved, tmp_path):
    with damage.memory_limit(500):
        assert fuzz(saved, tmp_path, range(16, 900)) > 500
