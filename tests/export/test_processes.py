"""Exports of several processes to one folder, and of processes that are killed."""

import signal

import numpy as np
import pytest

from support.exporters import POINTS, Exporters
from support.savedmodel_client import run_signatures
from tfgan_it.export.finished import versions


def check_whole(path, expected):
    """Checks that the folder has these versions, whole ones that answer, and nothing else."""
    assert {child.name for child in path.iterdir()} == {str(number) for number in expected}
    files = [
        {file.relative_to(path / str(number)) for file in (path / str(number)).rglob("*")}
        for number in expected
    ]
    assert all(each == files[0] for each in files)
    [answer] = run_signatures(path / str(max(expected)), [("sample", {"seed": np.arange(2)})])
    assert answer["images"].shape == (2, 8, 8, 1)


@pytest.mark.slow
def test_exports_at_once_and_exports_that_are_killed(tmp_path):
    with Exporters() as exporters:
        killed = [-signal.SIGKILL] * len(POINTS)
        assert exporters.run(tmp_path, *POINTS, None) == [*killed, 0]
        assert versions(tmp_path) == {1, 2}  # That of "after the version" was whole.
        assert exporters.run(tmp_path, None, None, None) == [0, 0, 0]
    check_whole(tmp_path, [1, 2, 3, 4, 5])
