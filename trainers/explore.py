"""Writes one HTML page in which a generator is looked at: codes, seeds, nats, real images.

python -m trainers.explore runs/00000-infogan-digits --open
python -m trainers.explore infogan.keras --out=infogan.html
python -m trainers.explore saved_models/infogan_digits_onnx     an export to ONNX

The page holds the model, and computes with it. It needs no server and no network.
"""

from __future__ import annotations

import pathlib
import tempfile
import webbrowser

from absl import flags

from tfgan_it.files import check_folder

from . import command_line
from .library import import_whole
from .page_template import page_path
from .run_files import model_path

FLAGS = flags.FlagValues()
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_integer(
    "images", 200, "Real images of the run's data set in the page.", lower_bound=0, **_DATA
)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", None, "The page; by default NAME.html in this folder.", **_OUTPUT)
flags.DEFINE_bool("open", False, "Show the page in the web browser.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Writes the page, and prints its path and size."""
    path = model_path(arguments[0])
    out = None if values.out is None else page_path(values.out)
    if out is None:
        check_folder(pathlib.Path.cwd())
    import_whole()
    from tfgan_it.files import replace_text

    from .explored_model import explored_model
    from .explorer_page import compose
    from .real_images import real_images

    with tempfile.TemporaryDirectory() as folder:
        model = explored_model(path, pathlib.Path(folder))
    images, reason = real_images(path, model.description, values.images)
    out = out or pathlib.Path(f"{model.name}.html")
    page = compose(model, images)
    replace_text(out, page)
    if reason:
        print(f"no real images: {reason}")
    print(f"{out}  {len(page) / 1e6:.1f} MB")
    if values.open and not webbrowser.open(out.resolve().as_uri()):
        print("no web browser was found: open the page yourself")


PROGRAM = command_line.Program("explore", __doc__, FLAGS, main, positional=("RUN_OR_EXPORT",))

if __name__ == "__main__":
    command_line.run(PROGRAM)
