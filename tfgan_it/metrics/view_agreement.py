"""How much of a code stays when an image is looked at once more: a score that needs no labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops, tree

from tfgan_it.datasets.images import scale_images
from tfgan_it.latents import Categorical
from tfgan_it.layers import RandomViews
from tfgan_it.losses import iic_information
from tfgan_it.metrics.clustering import clustering_scores
from tfgan_it.seeds import StatelessSeed


def categorical_code(model: Any) -> str | None:
    """The name of a model's first categorical code; None where it recognises none."""
    codes = model.latent.codes.parts if model.recognizes_codes else {}
    return next((name for name, part in codes.items() if isinstance(part, Categorical)), None)


def category_scores(
    model: Any, images: Any, labels: Any, batch_size: int = 256, conditions: Any = None
) -> dict[str, float]:
    """`clustering_scores` of the most probable category of each image; {} where there is no code.

    Args:
        model: As for `categorical_code`.
        images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
        labels: Integers `(n,)`.
        batch_size: Images at a time.
        conditions: Raw conditions of the images, where the model takes some.
    """
    code = categorical_code(model)
    if code is None:
        return {}
    posteriors = model.infer_codes(images, batch_size=batch_size, y=conditions)
    scores = posteriors[f"{code}_probabilities"]
    return clustering_scores(labels, np.argmax(scores, -1), scores.shape[-1])


def view_information(
    model: Any,
    images: Any,
    *,
    code: str | None = None,
    transformations: RandomViews | None = None,
    seed: int = 0,
    batch_size: int = 1000,
    conditions: Any = None,
) -> float:
    """I(c; c') in nats of a categorical code of two random views t(x), t'(x) of real images.

        P_ij = 1/n sum_x Q(i|t(x)) Q(j|t'(x)),   I = sum_ij P_ij ln P_ij / (P_i P_j)   (P symmetric)

    At most ln K, reached by a code that is certain, uses all K categories equally, and does not see
    the transformation. It tells a code of what images show from one of how they are shown, and so
    may choose between runs, steps and heads where there are no labels. By chance it has about
    (K - 1)^2 / 2n nats.

    Args:
        model: A `GAN` that recognises the code.
        images: Real images `(n, height, width, channels)`, uint8, or float in [-1, 1].
        code: Name of the categorical code; the first where None.
        transformations: What makes a view.
        seed: Seed of the views.
        batch_size: Images at a time.
        conditions: Raw conditions of the images, where the model takes some.

    Raises:
        ValueError: a model that recognises no categorical code.

    Source: the quantity that Ji et al., 2019, "Invariant Information Clustering for Unsupervised
    Image Classification and Segmentation", maximise and choose heads by.
    """
    code = code or categorical_code(model)
    if code is None:
        raise ValueError(f"{model.name} recognises no categorical code.")
    transformations = transformations or RandomViews()
    readings: list[list[np.ndarray]] = [[], []]
    for start in range(0, len(images), batch_size):
        rows = slice(start, start + batch_size)
        batch = scale_images(images[rows])
        y = None
        if conditions is not None:
            y = tree.map_structure(lambda values, rows=rows: values[rows], conditions)
        for view, found in enumerate(readings):
            stream = StatelessSeed(seed, start, view)
            seen = transformations.transform(batch, lambda f: f(len(batch), seed=stream))  # noqa: B023
            parameters = model.infer_codes(ops.convert_to_numpy(seen), batch_size=batch_size, y=y)
            found.append(parameters[f"{code}_probabilities"])
    p, q = (np.concatenate(found).astype("float64") for found in readings)
    return float(iic_information(p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)))
