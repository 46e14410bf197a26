"""What an edit changed, and what it kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from tfgan_it.checks import check_seed, shown
from tfgan_it.datasets.images import as_array, check_images, scale_images
from tfgan_it.estimators import checks
from tfgan_it.metrics.sample_quality.features import FeatureNetwork

_BATCH, _EPSILON = 250, 1e-10


def perceptual_distance(images: Any, others: Any, features: FeatureNetwork) -> np.ndarray:
    """Computes sum_l mean over positions of ||u_l(x) - u_l(x')||^2 of each pair, `(n,)`.

    u_l is the vector of channels at a position of the l-th convolution's map, made unit length. It
    is 0 for equal images, and at most 4 for each convolution. It depends on the features, whose
    name belongs to the number, so that only its ratio to that of unrelated images has a meaning.

    Args:
        images: Images x, `(n, height, width, channels)`, uint8, or float in [-1, 1].
        others: Images x', in the same order.
        features: A fitted `FeatureNetwork` with convolutions.

    Raises:
        ValueError: If shapes differ or are not that of the features, or their network has no
            convolutions.

    Source: Zhang et al., 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual
    Metric" (LPIPS). Departures: channels have equal weights, without a fit to judgements of people;
    the features are of the user's data.

    Example:

    >>> images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), "uint8")
    >>> features = FeatureNetwork("noise_cnn", width=4, steps=0).fit(images)
    >>> float(perceptual_distance(images, images, features).max())
    0.0
    >>> bool(perceptual_distance(images, images[::-1], features).min() > 0)
    True
    """
    if not isinstance(features, FeatureNetwork):
        raise ValueError(
            f"perceptual_distance: features must be a FeatureNetwork, got {shown(features)}"
        )
    checks.fitted(features, "network_")
    x, y = (as_array("images", part) for part in (images, others))
    if x.shape != y.shape or x.ndim != 4 or not len(x):
        raise ValueError(f"perceptual_distance: give images of one shape, got {x.shape}, {y.shape}")
    network = features.network_
    if x.shape[1:] != network.input_shape[1:]:
        raise ValueError(
            f"perceptual_distance: {features.name} takes images of {network.input_shape[1:]}, got "
            f"{x.shape[1:]}"
        )
    for part in (x, y):
        check_images(part, part.shape[1:])
    maps = [layer.output for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
    if not maps:
        raise ValueError(f"perceptual_distance: {features.name} has no convolutions")
    deep = keras.Model(network.input, maps)
    found = []
    for start in range(0, len(x), _BATCH):
        both = (deep(scale_images(part[start : start + _BATCH])) for part in (x, y))
        found.append(sum(_distance(a, b) for a, b in zip(*map(_as_list, both), strict=True)))
    return np.concatenate(found)


def editing_scores(
    images: Any,
    edited: Any,
    features: FeatureNetwork,
    *,
    classifier: Callable[[Any], Any] | None = None,
    wanted: Any = None,
    seed: int = 0,
) -> dict[str, float]:
    """Measures how often an edit changed what was wanted, and how much of an image it kept.

        kept        1 - E d(x, edit(x)) / E d(x, x'),  1 for the same image, 0 for an unrelated one
        changed     share of the edited images of the wanted class
        was_before  the same of the images before: what an edit that does nothing reaches

    with d the `perceptual_distance` and x' another image, drawn at random. An edit that only
    reconstructs says what is lost besides: its `kept` is the most that an edit can reach.

    Args:
        images: Images before, `(n, height, width, channels)`, n at least 2.
        edited: Images after.
        features: A fitted `FeatureNetwork`.
        classifier: Function from images to p(y|x), such as a `LabelClassifier`; None to leave out
            what was changed.
        wanted: Wanted class of each edited image, whole numbers `(n,)`, or one for all.
        seed: Seed of the unrelated images.

    Returns:
        `kept`, `distance`, `distance_of_others`; with a classifier `changed` and `was_before`.

    Raises:
        ValueError: As for `perceptual_distance`; or if there are fewer than two images, only one
            of classifier and wanted classes is given, the classifier does not give probabilities
            for each image, or has no such class.

    Example: an edit that does nothing.

    >>> images = np.random.default_rng(0).integers(0, 256, (8, 8, 8, 1), "uint8")
    >>> features = FeatureNetwork("noise_cnn", width=4, steps=0).fit(images)
    >>> editing_scores(images, images, features)["kept"]
    1.0
    """
    images, edited = as_array("images", images), as_array("images", edited)
    if images.ndim != 4 or len(images) < 2:
        raise ValueError(
            "editing_scores: needs at least 2 images, (n, height, width, channels), got the shape "
            f"{images.shape}"
        )
    if (classifier is None) != (wanted is None):
        raise ValueError("editing_scores: give both classifier and wanted, or none of them")
    # No image is its own partner.
    random = np.random.default_rng(check_seed("editing_scores", seed) % 2**64)
    step = int(random.integers(1, len(images)))
    distance = float(perceptual_distance(images, edited, features).mean())
    others = float(perceptual_distance(images, np.roll(images, step, axis=0), features).mean())
    scores = {
        "kept": 1 - distance / others if others else float("nan"),
        "distance": distance,
        "distance_of_others": others,
    }
    if classifier is not None:
        for name, part in (("changed", edited), ("was_before", images)):
            scores[name] = _share(classifier, part, wanted)
    return scores


def _share(classifier: Callable[[Any], Any], images: np.ndarray, wanted: Any) -> float:
    """Returns how many of the images are of their wanted class."""
    probabilities = checks.array(classifier(images), "what the classifier gives")
    if probabilities.ndim != 2 or len(probabilities) != len(images):
        raise ValueError(
            f"editing_scores: the classifier must give p(y|x), ({len(images)}, classes), got "
            f"{probabilities.shape}"
        )
    if not np.isfinite(probabilities).all():
        raise ValueError("editing_scores: the classifier gives values that are not finite")
    asked, classes = checks.array(wanted, "wanted"), probabilities.shape[1]
    whole = asked.dtype.kind in "iu" or (asked.dtype.kind == "f" and np.all(asked == asked // 1))
    if asked.shape not in ((), (1,), (len(images),)) or not whole:
        raise ValueError(
            f"editing_scores: wanted must be a class, or one for each of {len(images)} images, got "
            f"{shown(wanted)}"
        )
    if asked.min() < 0 or asked.max() >= classes:
        raise ValueError(
            f"editing_scores: wanted must be in 0..{classes - 1}, the classes of the classifier, "
            f"got {asked.min()} to {asked.max()}"
        )
    return float((probabilities.argmax(axis=1) == asked).mean())


def _as_list(maps: Any) -> list[Any]:
    return list(maps) if isinstance(maps, list | tuple) else [maps]


def _distance(a: Any, b: Any) -> np.ndarray:
    a, b = (np.asarray(x, "float64") for x in (a, b))
    a, b = (x / np.sqrt((x**2).sum(axis=-1, keepdims=True) + _EPSILON) for x in (a, b))
    return ((a - b) ** 2).sum(axis=-1).mean(axis=(1, 2))
