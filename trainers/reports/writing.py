"""Writing of a run's report."""

from __future__ import annotations

import pathlib
import warnings
from typing import Any

from tfgan_it.errors import one_line
from tfgan_it.files import replace_text

from ..conditions import Data
from ..run_directory import RunDirectory
from .findings import Findings, find, find_of_run
from .page import compose
from .recorded_run import RecordedRun

REPORT = "report.html"


def write_report(
    run: RunDirectory, findings: Findings | None = None, out: pathlib.Path | None = None
) -> int:
    """Writes the report of a run.

    Args:
        run: Folder of the run.
        findings: What its model and its data show; by default those of the newest checkpoint.
        out: The page, by default `report.html` in the folder.

    Returns:
        The number of bytes of the page.

    Raises:
        ValueError: If a file of the run is damaged.
        OSError: If the page cannot be written.
    """
    recorded = RecordedRun.read(run.path)
    page = compose(recorded, find_of_run(run) if findings is None else findings)
    path = out or run.path / REPORT
    if not (path.is_file() and path.read_bytes() == page.encode()):
        replace_text(path, page)
    return len(page.encode())


def leave_report(run: RunDirectory, model: Any, data: Data) -> None:
    """Writes the report of a run that ends; if that fails, it warns in one line.

    Args:
        run: Folder of the run.
        model: Its model as it was saved; None for that of the newest checkpoint.
        data: The data set.
    """
    try:
        write_report(run, find_of_run(run, data) if model is None else find(model, data))
    except Exception as error:  # The run is more than its report.
        warnings.warn(f"{run.path / REPORT} was not written: {one_line(str(error))}", stacklevel=2)
