"""Flags from a file."""

import json
import re

import pytest

from support.run_files import one_line
from trainers.config_file import read_config, with_config
from trainers.train import PROGRAM


def chosen(ended):
    """The options that a dry run prints."""
    assert (ended.status, ended.err) == (0, "")
    return dict(line.split(None, 1) for line in ended.out.splitlines())


@pytest.fixture
def config(tmp_path):
    """Writes a file of flags."""

    def config(text, name="config.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return config


def test_flags_on_the_command_line_win(train, config):
    path = config("recipe: wgan\nsteps: 7\nseed: 3\njit: true\nset: {limit: 1e-2, width: 8}\n")
    options = chosen(train("--seed=4", f"--config={path}", "--set=width=16", "--dry_run"))
    assert (options["recipe"], options["steps"], options["seed"]) == ("wgan", "7", "4")
    assert options["jit"] == "True"
    assert options["set"] == "['limit=1e-2', 'width=8', 'width=16']"  # The last counts.


def test_a_flag_wins_over_a_hyperparameter_in_the_file(train, config):
    path = config("set: [learning_rate=0.1, width=8]\nclip_norm: 2\n")
    options = chosen(train(f"--config={path}", "--learning_rate=0.2", "--dry_run"))
    assert options["set"] == "['learning_rate=0.2', 'clip_norm=2.0', 'width=8']"


@pytest.mark.slow
def test_the_options_of_a_run_can_be_given_back(train, trained):
    path = trained.path / "options.json"
    recorded = json.loads(path.read_text())["options"]
    for given in (path, trained.path):
        options = chosen(train(f"--config={given}", "--dry_run"))
        assert options == {name: str(value) for name, value in recorded.items()}


def test_lists_and_absent_values(train, config):
    path = config("metrics: [coverage, mind]\nkeep_best: -mind\nresume: null\nfeatures: pixels\n")
    options = chosen(train("--config", path, "--dry_run"))
    assert options["metrics"] == "['coverage', 'mind']" and options["keep_best"] == "-mind"


def test_a_required_flag_may_be_in_the_file(sample, config):
    path = config("model: none\ncodes: {category: 3}\n")
    assert "No run and no .keras file at none" in one_line(sample(f"--config={path}"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stesp: 3", "Unknown option in .*config.yaml 'stesp': use one of .* \\(nearest: steps"),
        ("config: other.yaml", "Unknown option in .*'config'"),
        ("steps: many", "config.yaml: steps is 'many': "),
        ("steps: 0", "config.yaml: steps is '0': "),
        ("steps: [1, 2]", "config.yaml: steps takes one value, got \\[1, 2\\]"),
        ("precision: half", "config.yaml: precision is 'half': "),
        ("set: {widht: 3}", "'widht': .*nearest: width"),
        ("recipe: wgna", "nearest: wgan"),
        ("- steps", "config.yaml is not a YAML file of options: "),
        ("3: 4", "config.yaml is not a YAML file of options: "),
        ("a: [", "config.yaml is not a YAML file of options: "),
        ("", "config.yaml is not a YAML file of options: "),
        ("a: !!python/object/apply:os.system [ls]", "is not a YAML file of options: "),
    ],
)
def test_a_mistake_is_one_line(train, config, text, message):
    assert re.search(message, one_line(train(f"--config={config(text)}", "--dry_run")))


def test_files_that_are_none(train, tmp_path):
    assert "none.yaml" in one_line(train(f"--config={tmp_path / 'none.yaml'}"))
    assert "must be a file of at most 1 MiB" in one_line(train("--config=/dev/zero"))
    assert "--config is empty" in one_line(train("--config="))
    (tmp_path / "x.json").write_text("[1]")
    assert "x.json is not a JSON object" in one_line(train(f"--config={tmp_path / 'x.json'}"))


def test_without_a_file_the_arguments_are_unchanged():
    given = ["--steps=3", "--set", "config=4"]
    assert with_config(PROGRAM.new_flags(), given) == given


def test_json_and_yaml_are_the_same(config):
    content = {"recipe": "gan", "steps": 3, "set": ["width=4"]}
    assert read_config(str(config(json.dumps(content), "a.json"))) == content
    assert read_config(str(config(json.dumps(content), "a.yaml"))) == content
