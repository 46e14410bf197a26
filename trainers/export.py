"""Exports a trained model, `saved_models/NAME/VERSION/`, for TensorFlow Serving, ONNX or LiteRT.

python -m trainers.export --model=runs/00000-infogan-digits --name=digits
python -m trainers.export --model=runs/00000-infogan-digits --format=litert --weights=int8
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
    "Name of the served model; by default RECIPE_DATASET as after training, or the name of the "
    ".keras file's model; with _FORMAT if it is not TensorFlow's.",
    **_OUTPUT,
)
flags.DEFINE_string("export_dir", "saved_models", "Folder of all served models.", **_OUTPUT)
flags.DEFINE_integer(
    "version", None, "Version; by default one above the highest.", lower_bound=1, **_OUTPUT
)
flags.DEFINE_enum(
    "format", "tf_saved_model", ["tf_saved_model", "onnx", "litert"], "Format.", **_OUTPUT
)
flags.DEFINE_string(
    "weights",
    "float32",
    "How weights are stored: float32; of a SavedModel also bfloat16, of ONNX int8, of LiteRT "
    "float16 or int8.",
    **_OUTPUT,
)
flags.DEFINE_enum(
    "images", "float32", ["float32", "uint8", "png"], "What is returned as images.", **_OUTPUT
)
flags.DEFINE_list("signatures", None, "Names of signatures; by default all.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Exports the model, and prints the signatures."""
    exports = local_path(values.export_dir, "export_dir")
    path = model_path(values.model)
    import_whole()
    from tfgan_it.checks import check_name

    from .run_directory import RunDirectory, load_model

    if values.name is not None:
        check_name("", "--name", values.name)
    model = load_model(path)
    name = values.name or default_name(path, model)
    if values.format != "tf_saved_model" and not values.name:
        name = f"{name}_{values.format}"  # A server of one format looks for the highest version.
    folder = model.export(
        exports / name,
        values.version,
        format=values.format,
        weights=values.weights,
        images=values.images,
        signatures=values.signatures,
        details=RunDirectory(path).export_details() if path.is_dir() else None,
    )
    print(folder)
    description = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())
    for signature, tensors in description["signatures"].items():
        print(f"  {signature:<16}{', '.join(tensors['inputs'])} -> {', '.join(tensors['outputs'])}")


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
