"""Writes the report of a run anew, one HTML page: curves, measures, pictures, neighbours.

python -m trainers.report runs/00000-infogan-digits
python -m trainers.report infogan                       the only run in runs/ with that in its name
python -m trainers.report 0 --out=report.html --open    run number 0

A run writes its report when it ends. This makes that of a run that still trains, or was killed.
"""

from __future__ import annotations

import webbrowser

from absl import flags

from tfgan_it.files import local_path

from . import command_line
from .library import import_whole
from .page_template import page_path
from .run_names import find_run

FLAGS = flags.FlagValues()
_DATA = command_line.group(FLAGS, "data")
flags.DEFINE_string("run_dir", "runs", "Folder in which a run is looked for by its name.", **_DATA)
_OUTPUT = command_line.group(FLAGS, "output")
flags.DEFINE_string("out", None, "The page; by default report.html of the run.", **_OUTPUT)
flags.DEFINE_bool("open", False, "Show the page in the web browser.", **_OUTPUT)


def main(values: flags.FlagValues, arguments: list[str]) -> None:
    """Writes the page, and prints its path and size."""
    path = find_run(arguments[0], local_path(values.run_dir, "run_dir"))
    out = page_path(str(path / "report.html") if values.out is None else values.out)
    import_whole()
    from .reports.writing import write_report
    from .run_directory import RunDirectory

    size = write_report(RunDirectory(path), out=out)
    print(f"{out}  {size / 1e6:.1f} MB")
    if values.open and not webbrowser.open(out.resolve().as_uri()):
        print("no web browser was found: open the page yourself")


PROGRAM = command_line.Program("report", __doc__, FLAGS, main, positional=("RUN",))

if __name__ == "__main__":
    command_line.run(PROGRAM)
