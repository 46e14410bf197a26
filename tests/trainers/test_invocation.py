"""The command line by which a process can be started again."""

import pytest

from trainers.invocation import invocation


@pytest.mark.parametrize(
    ("file", "program"),
    [
        ("outer/inner/train.py", "outer.inner.train"),
        ("outer/train.py", "outer.train"),
        ("outer/inner/__main__.py", "outer.inner"),
    ],
)
def test_a_module_is_named_in_full(file, program, tmp_path):
    for package in ("outer", "outer/inner"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    assert invocation([str(tmp_path / file), "--a=1 2"]) == f"python -m {program} '--a=1 2'"
