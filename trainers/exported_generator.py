"""A generator that was exported, asked for samples as a server asks it."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.conditions import Label


def is_export(path: str | os.PathLike) -> bool:
    """Whether a folder is an export, or holds versions of one."""
    return _version(pathlib.Path(path)) is not None


class ExportedGenerator:
    """The signature `sample` of an export.

    Args:
        path: `NAME/VERSION/`, or `NAME/`, of which the highest version is taken.

    Attributes:
        name: What the exported model was called.
        conditions: The `Label` of which it is asked for a class; None where it takes nothing.

    Raises:
        ValueError: an export of something else, or under conditions that are not labels.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        folder = _version(pathlib.Path(path))
        description = folder and folder / "assets.extra" / "tfgan_it.json"
        if not description or not description.is_file():
            raise ValueError(f"{path} is not an export of tfgan_it: it has no tfgan_it.json.")
        described = json.loads(description.read_text())
        signature = described["signatures"].get("sample")
        if signature is None:
            raise ValueError(f"{folder} has no signature 'sample': it draws nothing by seeds.")
        self.name = described["model"]
        taken = {name: spec for name, spec in signature["inputs"].items() if name != "seed"}
        if taken and taken != {"conditions": "int64 (None,)"}:
            raise ValueError(f"{folder} takes {', '.join(taken)}: only labels can be asked for.")
        self.conditions = Label(described["conditions"]["classes"]) if taken else None
        self._outputs = [name for name in signature["outputs"] if name not in described["latent"]]
        self._loaded = tf.saved_model.load(folder)

    def samples_of_seeds(self, seeds: list[int], labels: Any, codes: dict[str, Any]) -> Any:
        """For each seed its sample, under its label where the generator takes some.

        Raises:
            ValueError: codes, which only a run or a .keras file can be asked for.
        """
        if codes:
            raise ValueError("--codes needs a run or a .keras file, got an export.")
        given = {"seed": tf.constant(seeds, tf.int64)}
        if labels is not None:
            given["conditions"] = tf.constant(labels, tf.int64)
        answer = self._loaded.signatures["sample"](**given)
        samples = {name: np.asarray(answer[name]) for name in self._outputs}
        return samples["images"] if list(samples) == ["images"] else samples


def _version(path: pathlib.Path) -> pathlib.Path | None:
    """The folder of the highest version; None where there is none."""
    if (path / "saved_model.pb").is_file():
        return path
    if not path.is_dir():
        return None
    versions = [child for child in path.iterdir() if child.name.isdecimal()]
    versions = [child for child in versions if (child / "saved_model.pb").is_file()]
    return max(versions, key=lambda child: int(child.name), default=None)
