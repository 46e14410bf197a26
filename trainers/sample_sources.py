"""Where samples come from: a run, a model, an export, a data set, a folder of images."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pathlib
from typing import Any

import numpy as np

from tfgan_it import datasets, files
from tfgan_it.metrics.sample_quality import Features

from .conditions import evenly_asked
from .exported_generator import ExportedGenerator, is_export
from .run_directory import load_model

_BATCH = 256


@dataclasses.dataclass(frozen=True)
class SampleSource:
    """Samples to measure, and what is known of where they come from.

    Attributes:
        description: What the samples are, for a record.
        samples: Samples `(n, ...)`, uint8, or floats in [-1, 1].
        training: Samples that generators are trained on; None for generated samples.
        training_labels: Labels of those, or None.
        value_range: Range of float images.
    """

    description: str
    samples: np.ndarray
    training: np.ndarray | None = None
    training_labels: np.ndarray | None = None
    value_range: tuple[float, float] | None = (-1.0, 1.0)

    def stored_as(self, other: SampleSource) -> SampleSource:
        """Returns the samples rounded to uint8 if those of `other` are: as an image file has them.

        So a run has the same measures as its images in files.
        """
        if other.samples.dtype != np.uint8 or self.samples.dtype == np.uint8:
            return self
        rounded = datasets.images.to_uint8(self.samples, value_range=self.value_range)
        return dataclasses.replace(self, samples=rounded)


def sample_source(
    name: str, n: int, *, seed: int = 0, files_dir: str | None = None, test: bool = False
) -> SampleSource:
    """Loads or generates samples.

    Args:
        name: Folder of a run or of an export, a `.keras` file, or what `datasets.load` takes: the
            name of a data set, a folder of images, an `.npz` archive.
        n: Largest number of samples; of a data set, random ones.
        seed: Seed of generated samples and of the choice from a data set. A conditional model
            generates all classes equally often.
        files_dir: As for `datasets.load`.
        test: Whether the samples of a data set are those of its test split; otherwise those of its
            training split, or all of a folder or archive, as of images of another program.

    Raises:
        FileNotFoundError: If there is nothing of that name.
        ValueError: If the source has no samples of one array, such as pairs.
    """
    path = pathlib.Path(name)
    if is_export(path):
        exported = ExportedGenerator(path)
        described = f"{n} samples of {name}, seeds {seed} to {seed + n - 1}"
        return SampleSource(described, _exported_samples(exported, n, seed))
    if path.suffix == ".keras" or (path / "options.json").is_file():
        model = load_model(path)
        labels = evenly_asked(model, n)
        samples = model.generate(n, seed=seed, conditions=labels)
        described = f"{n} samples of {name}, seed {seed}"
        return SampleSource(described, _one_array(name, samples), value_range=model.value_range)
    data = datasets.one_set(datasets.load(name, files_dir=files_dir))
    split, part = data.train_images, f"the training split of {name}"
    if test:
        split, part = data.test_images, f"the test split of {name}"
    elif path.exists():
        split, part = np.concatenate([data.train_images, data.test_images]), name
    chosen = np.random.default_rng(seed).permutation(len(split))[:n]
    described = f"{len(chosen)} of {part}"
    return SampleSource(
        described, _one_array(name, split[np.sort(chosen)]), data.train_images, data.train_labels
    )


@dataclasses.dataclass(frozen=True)
class CachedFeatures:
    """Features that are kept in a folder by the content of the samples and the name.

    Args:
        features: The features.
        folder: Folder of the cache; None for no cache.
    """

    features: Features
    folder: str | os.PathLike | None

    @property
    def name(self) -> str:
        """Name of the features."""
        return self.features.name

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns the features of the samples, computed or read."""
        if self.folder is None:
            return self.features(samples)
        samples = np.ascontiguousarray(samples)
        content = hashlib.sha256(f"{samples.dtype} {samples.shape}".encode())
        content.update(samples.view("uint8").data)
        path = pathlib.Path(self.folder) / f"{self.name}-{content.hexdigest()[:32]}.npy"
        if path.is_file():
            return np.load(path, allow_pickle=False)
        computed = self.features(samples)
        with files.replacing(path) as partial:
            np.save(partial, computed)
        return computed


def _exported_samples(exported: ExportedGenerator, n: int, seed: int) -> np.ndarray:
    seeds, labels = list(range(seed, seed + n)), evenly_asked(exported, n)
    parts = []
    for start in range(0, n, _BATCH):
        part = slice(start, start + _BATCH)
        some = None if labels is None else labels[part]
        parts.append(_one_array("the export", exported.samples_of_seeds(seeds[part], some, {})))
    return np.concatenate(parts)


def _one_array(name: str, samples: Any) -> np.ndarray:
    if isinstance(samples, dict):
        raise ValueError(f"{name} has samples of {', '.join(samples)}: measures take one array.")
    return np.asarray(samples)
