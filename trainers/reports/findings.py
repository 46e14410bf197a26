"""What a report shows of the model and of the data themselves, beside the files of a run."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from tfgan_it import datasets, metrics, visualization
from tfgan_it.errors import one_line
from tfgan_it.latents import Categorical
from tfgan_it.metrics.measured_codes import bounds_nats

from ..conditions import Data, conditions_of
from ..run_directory import RunDirectory, load_model
from ..run_options import degradation

_Samples = (
    datasets.ImageDataset
    | datasets.PointDataset
    | datasets.SoundDataset
    | datasets.TextDataset
    | datasets.VideoDataset
)
_MOST_READ = 500  # Real images whose category is inferred.
_SHOWN = 8  # Images of a category, and pairs of neighbours.
_MOST_ROWS = 20  # Categories.
_COMPARED = 64  # Samples whose neighbours are looked for.
_VALUES = 2**24  # Most values of training samples in which they are looked for.


@dataclasses.dataclass(frozen=True)
class Category:
    """Real images that the model puts into one category.

    Attributes:
        name: The category, or all images where none is inferred.
        count: Number of its images.
        share: Share of their most frequent class, 0 without labels.
        label: Name of that class, or nothing.
        picture: Some of the images, PNG; empty without any.
    """

    name: str
    count: int
    share: float
    label: str
    picture: bytes


@dataclasses.dataclass(frozen=True)
class Neighbours:
    """The samples that are nearest to a training sample, each above that one.

    Attributes:
        pairs: PNG and distance of each.
        mean: Mean distance of all samples that were compared.
        compared: Their number.
    """

    pairs: list[tuple[bytes, float]]
    mean: float
    compared: int


@dataclasses.dataclass(frozen=True)
class Findings:
    """Parts of a report that take the model and the data.

    Attributes:
        bounds: Upper bounds in nats by the names of quantities.
        parameters: Number of parameters by network.
        read: Number of real images whose category was inferred.
        categories: Real images by category.
        trained_on: Number of training samples in which neighbours were looked for.
        neighbours: Those of `generated` and of `test` samples.
        points: Generated points in front of real ones, PNG, or None.
        lacking: What is not there, with the reason.
    """

    bounds: dict[str, float] = dataclasses.field(default_factory=dict)
    parameters: dict[str, int] = dataclasses.field(default_factory=dict)
    read: int = 0
    categories: list[Category] = dataclasses.field(default_factory=list)
    trained_on: int = 0
    neighbours: dict[str, Neighbours] = dataclasses.field(default_factory=dict)
    points: bytes | None = None
    lacking: dict[str, str] = dataclasses.field(default_factory=dict)


def find(model: Any, data: Data) -> Findings:
    """Looks at a trained model and its data.

    It is a function of weights and data. A part that cannot be made is named with the reason.

    Args:
        model: The trained model.
        data: The data set that it was trained on.
    """
    found: dict[str, Any] = {"bounds": bounds_nats(model), "lacking": {}}
    found["parameters"] = {
        name: network.count_params()
        for name, network in (
            ("generator", model.generator),
            ("discriminator", model.discriminator),
        )
        if network is not None
    }
    if isinstance(data, datasets.ImagePairs):
        why = "the model translates images, and its samples show them above their translations"
        return Findings(**found | {"lacking": {"Real images, nearest neighbours": why}})
    if isinstance(data, datasets.ModalityDataset):
        why = "samples have several modalities, which have no common distance"
        return Findings(**found | {"lacking": {"Real images, nearest neighbours": why}})
    parts: dict[str, Callable[[Any, _Samples], dict[str, Any]]] = {
        "Real images": _real_images,
        "Nearest neighbours": _neighbours,
    }
    if len(data.sample_shape) == 1:
        parts = {"Points": _points, "Nearest neighbours": _neighbours}
    for name, part in parts.items():
        try:
            found |= part(model, data)
        except Exception as error:  # Whatever is wrong with it, the others are shown.
            found["lacking"][name] = _reason(error)
    return Findings(**found)


def find_of_run(run: RunDirectory, data: Data | None = None) -> Findings:
    """Loads the newest checkpoint of a run, and its data if not given; see `find`."""
    missing = "Real images and nearest neighbours"
    try:
        model = load_model(run.path)
    except Exception as error:  # A report is made of whatever there is.
        return Findings(lacking={missing: _reason(error)})
    try:
        return find(model, loaded_data(run) if data is None else data)
    except Exception as error:
        return Findings(bounds=bounds_nats(model), lacking={missing: _reason(error)})


def loaded_data(run: RunDirectory) -> Data:
    """Loads the data set of a run.

    Raises:
        ValueError: If it is another one now.
    """
    options, recorded = run.options, run.fingerprint
    places = {name: options.get(name) for name in ("files_dir", "image_size", "cache_dir")}
    data = datasets.load(options["dataset"], **places)
    chosen = degradation(options.get("degrade"))
    if chosen and isinstance(data, datasets.ImageDataset):
        data = datasets.degraded(data, *chosen)
    if options.get("mirror"):
        data = datasets.mirrored(data)
    if recorded and (
        difference := datasets.fingerprint_difference(recorded, datasets.fingerprint(data))
    ):
        raise ValueError(f"the data set is not the one of the training: {difference}")
    return data


def _reason(error: Exception) -> str:
    return one_line(str(error)) or type(error).__name__


def _real_images(model: Any, data: _Samples) -> dict[str, Any]:
    """Sorts test images by the category that is inferred, or shows some."""
    images, labels = data.test_images[:_MOST_READ], data.test_labels
    rows = np.arange(len(images))
    names = getattr(data, "class_names", None)
    code = None
    if model.recognizes_codes:
        parts = model.latent.codes.parts
        code = next((name for name, part in parts.items() if isinstance(part, Categorical)), None)
    if isinstance(data, datasets.TextDataset):
        shown = _png(visualization.words(data.test_texts[: 4 * _SHOWN]))
        return {"read": 0, "categories": [Category("", len(images), 0.0, "", shown)]}
    if code is None:
        shown = _drawn(data, images[: 4 * _SHOWN], 2 * _SHOWN)
        return {"read": 0, "categories": [Category("", len(images), 0.0, "", shown)]}
    conditions = conditions_of(model, data)[1]
    if conditions is not None:
        conditions = conditions[: len(images)]
    inferred = model.infer_codes(images, conditions)[f"{code}_probabilities"].argmax(axis=1)
    count = model.latent.codes.parts[code].dimension
    categories = []
    for category in range(min(count, _MOST_ROWS)):
        members = rows[inferred == category]
        share, label = 0.0, ""
        if labels is not None and len(members):
            classes, counts = np.unique(np.asarray(labels)[members], return_counts=True)
            best = int(counts.argmax())
            share = float(counts[best] / len(members))
            label = str(classes[best]) if names is None else str(names[int(classes[best])])
        picture = b""
        if len(members):
            picture = _drawn(data, images[members[:_SHOWN]], len(members[:_SHOWN]))
        categories.append(Category(f"{code} {category}", len(members), share, label, picture))
    return {"read": len(images), "categories": categories}


def _drawn(data: _Samples, samples: Any, columns: int) -> bytes:
    if isinstance(data, datasets.SoundDataset):
        return _png(visualization.sounds(samples, columns))
    return _png(visualization.grid(datasets.to_uint8(samples), columns))


def _neighbours(model: Any, data: _Samples) -> dict[str, Any]:
    """Finds the training sample that is nearest to each of some generated and some test samples."""
    if model.latent is None:
        raise ValueError(f"{model.name} makes samples of other samples, not of a latent")
    compared = min(_COMPARED, len(data.test_images))
    conditions = conditions_of(model, data)[1]
    if conditions is not None:
        conditions = conditions[:compared]
    generated = model.generate(compared, seed=0, conditions=conditions)
    images = len(data.sample_shape) == 3
    if images:
        generated = datasets.to_uint8(generated, value_range=model.value_range)
    most = max(compared, _VALUES // int(np.prod(data.sample_shape)))
    chosen = np.random.default_rng(0).permutation(len(data.train_images))[:most]
    training = np.asarray(data.train_images[np.sort(chosen)])
    pixels, found = metrics.Pixels(), {}
    for name, samples in (("generated", generated), ("test", data.test_images[:compared])):
        samples = np.asarray(samples)
        distances, indices = metrics.nearest_training(pixels(training), pixels(samples))
        closest = np.argsort(distances, kind="stable")[:_SHOWN] if images else ()
        pairs = [
            (
                _png(visualization.pairs(samples[i : i + 1], training[indices[i]][None])),
                distances[i],
            )
            for i in closest
        ]
        found[name] = Neighbours(pairs, float(distances.mean()), len(samples))
    return {"trained_on": len(training), "neighbours": found}


def _points(model: Any, data: _Samples) -> dict[str, Any]:
    """Draws generated points in front of real ones."""
    generated = model.generate(2000, seed=0)
    return {"points": _png(visualization.scatter(generated, reference=data.test_images[:2000]))}


def _png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()
