"""GANs whose information is measured, for Keras 3 and TensorFlow."""

from tfgan_it import (
    callbacks,
    datasets,
    distribution,
    latents,
    losses,
    metrics,
    models,
    networks,
    pictures,
    recipes,
    regularizers,
)
from tfgan_it.version import __version__

__all__ = [
    "__version__",
    "callbacks",
    "datasets",
    "distribution",
    "latents",
    "losses",
    "metrics",
    "models",
    "networks",
    "pictures",
    "recipes",
    "regularizers",
]
