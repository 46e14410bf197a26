"""Writes features of torch-fidelity's Inception network of 2015 with random weights.

In the environment of `experiments/oracles/sample_quality.py`:

    oracle/bin/python experiments/oracles/inception_2015.py

Writes `tests/metrics/sample_quality/inception_2015_values.json`. The weights and images are made by
`tests/support/random_inception.py`, with which the tests make them again: the published weights are
90 MB, and what is to be tested is the network.
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile

import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from support.random_inception import images, random_weights  # noqa: E402


class _Shapes(FeatureExtractorInceptionV3):
    """The network without a file: its state dict has the names and shapes."""

    def load_state_dict(self, state):
        """Loads nothing."""


def main() -> None:
    """Computes and writes the features of each image."""
    with tempfile.NamedTemporaryFile(suffix=".pth") as file:
        torch.save({}, file.name)
        network = _Shapes("inception", ["2048"], feature_extractor_weights_path=file.name)
    shapes = {
        name: list(tensor.shape)
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }
    weights = {name: torch.from_numpy(array) for name, array in random_weights(shapes).items()}
    torch.nn.Module.load_state_dict(network, weights, strict=False)
    features = {
        name: network(torch.from_numpy(each.transpose(0, 3, 1, 2).copy()))[0].tolist()
        for name, each in images().items()
    }
    path = ROOT / "tests" / "metrics" / "sample_quality" / "inception_2015_values.json"
    # Every sixteenth of 2048 features: some of each branch of the last block.
    kept = {name: [row[::16] for row in rows] for name, rows in features.items()}
    path.write_text(json.dumps({"shapes": shapes, "features": kept}) + "\n")


if __name__ == "__main__":
    main()
