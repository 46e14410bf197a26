"""What `import tfgan_it` imports beside Keras: nothing that takes long and may not be needed."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, keras
before = set(sys.modules)
import tfgan_it
print(*sorted(set(sys.modules) - before))
"""


@pytest.mark.slow
def test_large_libraries_are_imported_where_they_are_used():
    listed = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    added = listed.stdout.split()
    assert "tfgan_it.recipes" in added
    families = {".".join(name.split(".")[:2]) for name in added if not name.startswith("tfgan_it")}
    slow = ("ensemble", "cluster", "linear_model", "metrics", "neighbors", "svm", "tree")
    assert not families.intersection(f"sklearn.{name}" for name in slow)
    others = {"tensorflow_datasets", "matplotlib.pyplot", "dask", "mlflow", "scipy.signal"}
    assert not others & families
