"""Runs signatures of a SavedModel only by TensorFlow's C++: python savedmodel_runner.py FOLDER

FOLDER holds request.json and inputs.npz of `savedmodel_client`; added are outputs.npz, or error.txt
and exit status 1.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from experiments.serving.session import ServingError, Session


def main(folder: Path) -> None:
    request = json.loads((folder / "request.json").read_text())
    arrays, results = np.load(folder / "inputs.npz", allow_pickle=True), {}
    try:
        step = "load"
        session = Session(request["export_dir"])
        for number, run in enumerate(request["runs"]):
            step = run["signature"]
            feeds = {name: arrays[f"{number}/{name}"] for name in run["feeds"]}
            fetched = session.run(feeds, list(run["fetches"].values()))
            for name, array in zip(run["fetches"], fetched, strict=True):
                results[f"{number}/{name}"] = array
    except ServingError as error:
        (folder / "error.txt").write_text(f"{step}: {error}")
        sys.exit(1)
    np.savez(folder / "outputs.npz", **results)
    assert not {"tensorflow", "keras"} & sys.modules.keys()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
