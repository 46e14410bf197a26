"""Exports that exist: their versions, and whether one is that of a model."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import Any

from keras import ops

from tfgan_it.files import read_json
from tfgan_it.version import __version__

DESCRIPTION = "assets.extra/tfgan_it.json"
TRAINED_MODEL = "assets.extra/model.keras"  # Beside it, written by the trainer.


def versions(path: Path) -> set[int]:
    """Returns the version numbers in the folder of a served model."""
    return {int(child.name) for child in path.iterdir() if child.name.isdecimal()}


def weights_digest(model: Any) -> str:
    """Returns 32 hex digits of the SHA-256 of a model's weights, in their order."""
    digest = hashlib.sha256()
    for weight in model.weights:
        digest.update(ops.convert_to_numpy(weight).tobytes())
    return digest.hexdigest()[:32]


def finished_export(model: Any, path: Path) -> Path | None:
    """Returns the newest version in `path` if it is an export of this model at this step, or None.

    It is one if this version of tfgan_it wrote it, at the same step, from the same weights.

    Args:
        model: A `models.GAN`.
        path: Folder with all versions, which need not exist.
    """
    if not path.is_dir() or not versions(path):
        return None
    newest = path / str(max(versions(path)))
    expected = {"tfgan_it": __version__, "step": model.trained_steps}
    with contextlib.suppress(OSError, ValueError):  # Another program wrote it, or it is damaged.
        description = read_json(newest / DESCRIPTION)
        if {**description, **expected} == description:
            return newest if description.get("weights") == weights_digest(model) else None
    return None
