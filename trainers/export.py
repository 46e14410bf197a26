"""Exports a trained model as a SavedModel for TensorFlow Serving, `saved_models/NAME/VERSION/`.

python -m trainers.export --model=runs/00000-infogan-digits --name=digits
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

from absl import flags

from tfgan_it.files import local_path, reading

from . import command_line
from .library import import_whole
from .run_files import model_path

FLAGS = flags.FlagValues()
_MODEL = command_line.group(FLAGS, "model")
flags.DEFINE_string("model", None, "Folder of a run, or a .keras file.", required=True, **_MODEL)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string(
    "name",
    None,
    "Name of the served model; by default RECIPE_DATASET as after training; of a .keras file, its "
    "model's own.",
    **_OUTPUT,
)
flags.DEFINE_string("export_dir", "saved_models", "Folder of all served models.", **_OUTPUT)
flags.DEFINE_integer(
    "version", None, "Version; by default one above the highest.", lower_bound=1, **_OUTPUT
)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Exports the model, and prints the signatures."""
    exports = local_path(values.export_dir, "export_dir")
    path = model_path(values.model)
    import_whole()
    from tfgan_it.checks import check_name

    from .run_directory import load_model

    if values.name is not None:
        check_name("", "--name", values.name)
    model = load_model(path)
    folder = model.export(exports / (values.name or default_name(path, model)), values.version)
    print(folder)
    description = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())
    for name, signature in description["signatures"].items():
        print(f"  {name:<16}{', '.join(signature['inputs'])} -> {', '.join(signature['outputs'])}")


def default_name(path: pathlib.Path, model: Any) -> str:
    """Returns the name under which a run is exported after its training, or that of a model.

    Raises:
        ValueError: If the run's options, which may be from elsewhere, give none that is safe.
    """
    from tfgan_it.checks import check_name

    from .run_directory import RunDirectory, export_name

    if not path.is_dir():
        return model.name
    options = RunDirectory(path).options
    with reading(path / "options.json", "a record of this program's options"):
        return check_name("", "the name of the export", export_name(options))


PROGRAM = command_line.Program("export", __doc__, FLAGS, main)

if __name__ == "__main__":
    command_line.run(PROGRAM)
