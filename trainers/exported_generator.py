"""Samples of an exported generator, by its serving signature."""

from __future__ import annotations

import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from tfgan_it.checks import check_name
from tfgan_it.conditions import Label, Text
from tfgan_it.datasets import Vocabulary
from tfgan_it.errors import one_line
from tfgan_it.files import local_path, read_json, reading


def is_export(path: str | os.PathLike) -> bool:
    """Returns whether a folder is an export, or holds versions of one."""
    return _version(local_path(path)) is not None


class ExportedGenerator:
    """The signature `sample` of an export.

    Args:
        path: `NAME/VERSION/`, or `NAME/` for the highest version.

    Attributes:
        name: Name of the exported model.
        vocabulary: What reads the samples as texts; None if they are something else.
        rate: Samples per second of sounds; None if they are something else.
        conditions: The `Label` or the `Text` of a conditional model; None without conditions.

    Raises:
        ValueError: If the export is not one of a generator of this library, or takes conditions
            other than labels or texts.
    """

    def __init__(self, path: str | os.PathLike) -> None:
        folder = _version(local_path(path))
        description = (folder or local_path(path)) / "assets.extra" / "tfgan_it.json"
        if folder is None or not description.is_file():
            raise ValueError(f"{path} is not an export of tfgan_it: it has no tfgan_it.json.")
        described = read_json(description)
        with reading(description, "the description of an export"):
            signature = described["signatures"].get("sample", {"inputs": {}, "outputs": {}})
            inputs = {name: spec for name, spec in signature["inputs"].items() if name != "seed"}
            labels = inputs == {"conditions": "int64 (None,)"}
            condition = described.get("conditions") or {}
            self.conditions: Label | Text | None = None
            texts = condition.get("kind") == Text.__name__ and list(inputs) == ["conditions"]
            if labels:
                self.conditions = Label(condition["classes"])
            elif texts:
                known = condition["vocabulary"]
                known = known and Vocabulary(**known["config"])
                self.conditions = Text(condition["texts"], known, condition["length"])
            codes = dict(described["latent"] or {})
            characters = described.get("vocabulary")
            self.vocabulary = characters and Vocabulary(**characters)
            self.rate = described.get("rate")
            self._outputs = [name for name in signature["outputs"] if name not in codes]
            self.name = check_name("", "the model's name", described["model"])
        if not signature["outputs"]:
            raise ValueError(f"{folder} has no signature 'sample': it draws nothing by seeds.")
        if inputs and not self.conditions:
            names = one_line(", ".join(map(str, inputs)))
            raise ValueError(f"{folder} takes {names}: only labels or a text can be asked for.")
        with reading(folder, "an export that can be loaded"):
            self._loaded = tf.saved_model.load(folder)
            self._sample = self._loaded.signatures["sample"]

    def samples_of_seeds(self, seeds: list[int], labels: Any, codes: dict[str, Any]) -> Any:
        """Generates the sample of each seed, and of its label or text if the generator takes one.

        Raises:
            ValueError: If codes are given, which need a run or a .keras file.
        """
        if codes:
            raise ValueError("--codes needs a run or a .keras file, got an export.")
        inputs = {"seed": tf.constant(seeds, tf.int64)}
        if labels is not None:
            if isinstance(self.conditions, Text):
                labels = self.conditions.encode(labels)
            inputs["conditions"] = tf.constant(labels, tf.int64)
        outputs = self._sample(**inputs)
        samples = {name: np.asarray(outputs[name]) for name in self._outputs}
        return samples["images"] if list(samples) == ["images"] else samples


def _version(path: pathlib.Path) -> pathlib.Path | None:
    """Returns the folder of the highest version, or None."""
    if (path / "saved_model.pb").is_file():
        return path
    if not path.is_dir():
        return None
    versions = [child for child in path.iterdir() if child.name.isdecimal()]
    versions = [child for child in versions if (child / "saved_model.pb").is_file()]
    return max(versions, key=lambda child: int(child.name), default=None)
