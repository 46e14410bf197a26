"""Writes a trained model as SavedModel for TensorFlow Serving, below `saved_models/NAME/VERSION/`.

python -m trainers.export --model=runs/00000-infogan-digits --name=digits
"""

from __future__ import annotations

import json
import pathlib

from absl import flags

from trainers import command_line
from trainers.run_directory import load_model

FLAGS = flags.FLAGS
flags.DEFINE_string("model", None, "The folder of a run, or a .keras file.", required=True)
flags.DEFINE_string("name", None, "What it is served under; the model's own name by default.")
flags.DEFINE_string("export_dir", "saved_models", "The folder that holds all served models.")
flags.DEFINE_integer("version", None, "One above the highest there, by default.", lower_bound=1)


def main(arguments: list[str]) -> None:
    """Exports, and says what can be asked of the export."""
    model = load_model(FLAGS.model)
    path = pathlib.Path(FLAGS.export_dir) / (FLAGS.name or model.name)
    folder = model.export(path, FLAGS.version)
    print(folder)
    description = json.loads((folder / "assets.extra" / "tfgan_it.json").read_text())
    for name, signature in description["signatures"].items():
        print(f"  {name:<16}{', '.join(signature['inputs'])} -> {', '.join(signature['outputs'])}")


if __name__ == "__main__":
    command_line.run(main)
