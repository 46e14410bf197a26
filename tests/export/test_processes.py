"""Exports of several processes to one folder, and of processes that are killed."""

import signal

import numpy as np
import pytest

from support.exporters import POINTS, Exporters
from support.savedmodel_client import run_signatures
from tfgan_it.export.finished import versions


@pytest.fixture(scope="module")
def exporters():
    with Exporters() as exporters:
        yield exporters


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
def test_exports_in_the_same_moment_get_versions_of_their_own(exporters, tmp_path):
    assert exporters.run(tmp_path, None, None, None) == [0, 0, 0]
    check_whole(tmp_path, [1, 2, 3])


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_export_blocks_nothing(exporters, tmp_path, point):
    killed = -signal.SIGKILL
    done = [1] if point == "after the version" else []
    assert exporters.run(tmp_path, point) == [killed]
    assert sorted(versions(tmp_path)) == done  # A server sees a whole version or none.
    assert exporters.run(tmp_path, None, point) == [0, killed]
    assert len(versions(tmp_path)) == 2 * len(done) + 1
    assert exporters.run(tmp_path, None) == [0]
    check_whole(tmp_path, range(1, 2 * len(done) + 3))
