"""GANs whose information is measured, for Keras 3 and TensorFlow."""

from tfgan_it import (
    augmentation,
    callbacks,
    conditions,
    datasets,
    distribution,
    estimators,
    information,
    latents,
    layers,
    losses,
    metrics,
    models,
    networks,
    optimizers,
    recipes,
    regularizers,
    visualization,
)
from tfgan_it.version import __version__

__all__ = [
    "__version__",
    "augmentation",
    "callbacks",
    "conditions",
    "datasets",
    "distribution",
    "estimators",
    "information",
    "latents",
    "layers",
    "losses",
    "metrics",
    "models",
    "networks",
    "optimizers",
    "visualization",
    "recipes",
    "regularizers",
]
