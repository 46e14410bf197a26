"""Exports a trained model as a SavedModel for TensorFlow Serving, `saved_models/NAME/VERSION/`.

python -m trainers.export --model=runs/00000-infogan-digits --name=digits
"""

from __future__ import annotations

import json

from absl import flags

from tfgan_it.checks import check_name
from tfgan_it.files import local_path
from trainers import command_line
from trainers.run_directory import load_model

FLAGS = flags.FLAGS
flags.adopt_module_key_flags(command_line)
flags.DEFINE_string("model", None, "Folder of a run, or a .keras file.", required=True)
flags.DEFINE_string("name", None, "Name of the served model; by default that of the model.")
flags.DEFINE_string("export_dir", "saved_models", "Folder of all served models.")
flags.DEFINE_integer("version", None, "Version; by default one above the highest.", lower_bound=1)


def main(arguments: list[str]) -> None:
    """Exports the model, and prints the signatures."""
    if FLAGS.name is not None:
        check_name("", "--name", FLAGS.name)
    exports = local_path(FLAGS.export_dir, "export_dir")
    model = load_model(FLAGS.model)
    folder = model.export(exports / (FLAGS.name or model.name), FLAGS.version)
    print(folder)
    description = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())
    for name, signature in description["signatures"].items():
        print(f"  {name:<16}{', '.join(signature['inputs'])} -> {', '.join(signature['outputs'])}")


if __name__ == "__main__":
    command_line.run(main)
