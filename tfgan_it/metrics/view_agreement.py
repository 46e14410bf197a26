"""Agreement of a code between two views of an image: a score without labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops, tree

from tfgan_it.arguments import check_arguments
from tfgan_it.datasets.images import as_array
from tfgan_it.latents import Categorical
from tfgan_it.layers import RandomViews
from tfgan_it.losses import iic_information
from tfgan_it.metrics.clustering import clustering_scores
from tfgan_it.seeds import StatelessSeed


def categorical_code(model: Any) -> str | None:
    """Returns the name of a model's first categorical code, or None."""
    codes = model.latent.codes.parts if model.recognizes_codes else {}
    return next((name for name, part in codes.items() if isinstance(part, Categorical)), None)


@check_arguments()
def category_scores(
    model: Any, images: Any, labels: Any, batch_size: int = 256, conditions: Any = None
) -> dict[str, float]:
    """Computes `clustering_scores` of the most probable category of each image.

    Args:
        model: A `GAN`; the result is {} if it recognises no categorical code.
        images: Images `(n, height, width, channels)`, uint8, or float in [-1, 1].
        labels: Integers `(n,)`.
        batch_size: Number of images in a batch.
        conditions: Raw conditions of the images, for a conditional model.
    """
    code = categorical_code(model)
    if code is None:
        return {}
    posteriors = model.infer_codes(images, conditions, batch_size)
    scores = posteriors[f"{code}_probabilities"]
    return clustering_scores(labels, np.argmax(scores, -1), scores.shape[-1])


@check_arguments()
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
    """Computes I(c; c') in nats of a categorical code between two random views of real images.

        P_ij = 1/n sum_x Q(i|t(x)) Q(j|t'(x)),   I = sum_ij P_ij ln P_ij / (P_i P_j)   (P symmetric)

    The maximum is ln K, for a code that is certain, uniform over K categories, and invariant to the
    transformations. As it needs no labels, it can select between runs, steps and heads. A random
    code has about (K - 1)^2 / 2n nats.

    Args:
        model: A `GAN` that recognises the code.
        images: Real images `(n, height, width, channels)`, uint8, or float in [-1, 1].
        code: Name of the categorical code; by default the first.
        transformations: Random transformations of a view; by default `RandomViews()`.
        seed: Seed of the views.
        batch_size: Number of images in a batch.
        conditions: Raw conditions of the images, for a conditional model.

    Raises:
        ValueError: If the model recognises no categorical code.

    Source: Ji et al., 2019, "Invariant Information Clustering for Unsupervised Image Classification
    and Segmentation", maximise it and select heads by it.
    """
    code = code or categorical_code(model)
    if code is None:
        raise ValueError(f"{model.name} recognises no categorical code.")
    transformations, images = transformations or RandomViews(), as_array("images", images)
    posteriors: list[list[np.ndarray]] = [[], []]
    for start in range(0, len(images), batch_size):
        rows = slice(start, start + batch_size)
        batch = model.scale(images[rows])
        y = None
        if conditions is not None:
            y = tree.map_structure(lambda values, rows=rows: values[rows], conditions)
        for view, parts in enumerate(posteriors):
            stream = StatelessSeed(seed, start, view)
            views = transformations.transform(batch, lambda f: f(len(batch), seed=stream))  # noqa: B023
            parameters = model.infer_codes(ops.convert_to_numpy(views), y, batch_size)
            parts.append(parameters[f"{code}_probabilities"])
    p, q = (np.concatenate(parts).astype("float64") for parts in posteriors)
    return float(iic_information(p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)))
