"""Puts runs of one data set side by side: a table, and one HTML page with their curves and samples.

python -m trainers.compare runs/00000-infogan-digits runs/00001-infogan-digits
python -m trainers.compare 0 1 2 --out=compare.html --open

Runs may still train. `python -m trainers.report RUN` shows one of them in full.
"""

from __future__ import annotations

import webbrowser

from absl import flags

from tfgan_it.files import local_path, replace_text

from . import command_line
from .page_template import page_path
from .run_names import find_run

FLAGS = flags.FlagValues()
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_string("run_dir", "runs", "Folder in which runs are looked for by name.", **_DATA)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", "compare.html", "The page.", **_OUTPUT)
flags.DEFINE_bool("open", False, "Show the page in the web browser.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Prints a table, and writes the page."""
    from .reports.recorded_run import RecordedRun
    from .reports.side_by_side import SideBySide

    folder, out = local_path(values.run_dir, "run_dir"), page_path(values.out)
    runs = [RecordedRun.read(find_run(argument, folder)) for argument in arguments]
    compared = SideBySide(runs)
    print(compared.text())
    page = compared.page()
    replace_text(out, page)
    print(f"\n{out}  {len(page.encode()) / 1e6:.1f} MB")
    if values.open and not webbrowser.open(out.resolve().as_uri()):
        print("no web browser was found: open the page yourself")


PROGRAM = command_line.Program(
    "compare", __doc__, FLAGS, main, positional=("RUN", "RUN"), several=True
)

if __name__ == "__main__":
    command_line.run(PROGRAM)
