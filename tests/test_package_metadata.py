"""What installs the package agrees with what it imports, tests and records."""

import ast
import configparser
import json
import pathlib
import re
import sys
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import tfgan_it

ROOT = pathlib.Path(__file__).parents[1]
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
PINS = (ROOT / "constraints.txt").read_text()
CONSTRAINTS = {
    canonicalize_name(Requirement(line).name): next(iter(Requirement(line).specifier)).version
    for line in PINS.splitlines()
    if not line.startswith("#")
}
EXTRAS = SETUP["options.extras_require"]
PINNED = re.search(r"--extra=\{(.*?)\}", PINS)[1].split(",")
# Distributions whose modules have another name.
MODULES = {
    "PIL": "pillow",
    "absl": "absl-py",
    "grpc": "grpcio",
    "sklearn": "scikit-learn",
    "tensorflow_serving": "tensorflow-serving-api",
    "yaml": "pyyaml",
}


def declared(*extras):
    """The requirements of the package and its extras, with the comment behind each."""
    lines = [SETUP["options"]["install_requires"], *(EXTRAS[extra] for extra in extras)]
    pairs = [line.partition("  #") for line in "\n".join(lines).splitlines() if line]
    return {Requirement(requirement): reason for requirement, _, reason in pairs}


@pytest.mark.parametrize("requirement, reason", declared(*EXTRAS).items(), ids=str)
def test_a_range_has_a_floor_and_a_ceiling_only_with_a_reason(requirement, reason):
    operators = {specifier.operator for specifier in requirement.specifier}
    assert operators == {">="} or (operators == {">=", "<"} and reason)


@pytest.mark.parametrize("requirement", declared(*PINNED), ids=str)
def test_the_versions_of_the_records_are_in_range(requirement):
    assert CONSTRAINTS[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_constraints_are_the_versions_of_the_records():
    found = set()
    for path in (ROOT / "results").rglob("*.json"):
        versions = json.loads(path.read_text())
        for name in ("keras", "numpy", "tensorflow"):
            found |= {(name, version) for version in _values(versions, name)}
    assert found == {(name, CONSTRAINTS[name]) for name in ("keras", "numpy", "tensorflow")}


def _values(record, key):
    if isinstance(record, dict):
        for name, value in record.items():
            if name == key and isinstance(value, str) and re.fullmatch(r"\d+\.\d+\.\d+", value):
                yield value
            yield from _values(value, key)
    elif isinstance(record, list):
        for value in record:
            yield from _values(value, key)


def imports(folder):
    """Names of the distributions, not of the standard library, that the modules import."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names} - sys.stdlib_module_names:
                yield canonicalize_name(MODULES.get(name, name))


@pytest.mark.parametrize(
    "folder, extras",
    [("tfgan_it", ["serving"]), ("trainers", ["mlflow", "plots", "serving", "wandb"])],
)
def test_what_is_imported_is_declared(folder, extras):
    allowed = {canonicalize_name(requirement.name) for requirement in declared(*extras)}
    # Modules of trainers/ import each other relatively: the folder is installed by another name.
    assert set(imports(folder)) - {"tfgan-it"} <= allowed


def test_the_pythons_of_the_classifiers_are_those_of_the_workflow():
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    tested = re.findall(r"3\.\d+", re.search(r"python: \[(.*)\]", workflow)[1])
    classifiers = re.findall(r"Python :: (3\.\d+)", SETUP["metadata"]["classifiers"])
    assert classifiers == tested
    lowest = SETUP["options"]["python_requires"].removeprefix(">=")
    assert tested[0] == lowest
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    assert "python_version" not in settings["mypy"]  # On each, with the stubs that fit it.
    assert settings["ruff"]["target-version"] == f"py{lowest.replace('.', '')}"


def test_releases_are_dated_and_the_newest_is_cited():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    headings = re.findall(r"^## (.*)$", changelog, flags=re.M)
    releases = [
        re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2}|in development)\)", heading).groups()
        for heading in headings
    ]
    dates = [date for _, date in releases if date != "in development"]
    assert dates == sorted(dates, reverse=True)
    assert Version(tfgan_it.__version__).base_version == releases[0][0]
    newest = next(release for release in releases if release[1] != "in development")
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)$", citation, flags=re.M)[1] == newest[0]
    assert re.search(r"^date-released: (.*)$", citation, flags=re.M)[1] == newest[1]
