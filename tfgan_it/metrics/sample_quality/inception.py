"""Keras's InceptionV3 as features, and features of resized images."""

from __future__ import annotations

import os
from typing import Any

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_choice, check_integer
from tfgan_it.estimators.array_training import as_samples, float32_layers
from tfgan_it.files import local_path
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.metrics.sample_quality.features import Features, weights_hash

INTERPOLATIONS = ("bilinear", "bicubic", "lanczos3", "lanczos5")
_BATCH = 64


class ResizedFeatures(CheckedKeywords):
    """Features of images after resizing to a square, with antialiasing if they shrink.

    The filter and the size are part of the name, as other filters give other numbers.

    Args:
        features: Features of images of the new size.
        size: Height and width of the resized images.
        interpolation: One of `bilinear`, `bicubic`, `lanczos3` and `lanczos5`.

    Raises:
        ValueError: If the size is below 1 or the filter is unknown.

    Source: Parmar et al., 2022, "On Aliased Resizing and Surprising Subtleties in GAN Evaluation".

    Example:

    >>> from tfgan_it.metrics import Pixels
    >>> features = ResizedFeatures(Pixels(), 2)
    >>> features.name, features(np.full((1, 8, 6, 1), 255, "uint8")).round(3).tolist()
    ('pixels@bicubic2', [[1.0, 1.0, 1.0, 1.0]])
    """

    def __init__(self, features: Features, size: int, interpolation: str = "bicubic") -> None:
        self.features = features
        self.size = check_integer(self, "size", size, 1)
        self.interpolation = check_choice("interpolation", interpolation, INTERPOLATIONS)

    @property
    def name(self) -> str:
        """The name of the features, `@`, the filter and the size."""
        return f"{self.features.name}@{self.interpolation}{self.size}"

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns features `(n, d)` of images `(n, height, width, channels)`.

        Raises:
            ValueError: If the samples are not images.
        """
        if np.ndim(samples) != 4 or not len(samples):
            raise ValueError(
                "ResizedFeatures: images must be (n, height, width, channels), got "
                f"{np.shape(samples)}."
            )
        parts = (samples[i : i + _BATCH] for i in range(0, len(samples), _BATCH))
        return np.concatenate([self.features(self._resized(as_samples(part))) for part in parts])

    def _resized(self, images: np.ndarray) -> np.ndarray:
        if images.shape[1:3] == (self.size, self.size):
            return images
        resized = ops.image.resize(
            images,
            (self.size, self.size),
            self.interpolation,
            antialias=True,
            data_format="channels_last",
        )
        return ops.convert_to_numpy(resized)


class KerasInception(CheckedKeywords):
    """The means of the last maps of Keras's InceptionV3, `(n, 2048)`, of images of any size.

    Images are resized to 299x299, and grey ones shown in three equal channels. Its weights are not
    those of the network of 2015 with which the Fréchet distance is called FID: the numbers differ,
    and the name says `keras_inception_v3`.

    Args:
        weights: `imagenet`, which Keras downloads, or the path of a weights file of the network
            without its top.
        interpolation: Filter of the resizing, as for `ResizedFeatures`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not of this network, or the filter is unknown.

    Source: Szegedy et al., 2016, "Rethinking the Inception Architecture for Computer Vision".
    """

    def __init__(
        self, weights: str | os.PathLike = "imagenet", interpolation: str = "bicubic"
    ) -> None:
        path = None if weights == "imagenet" else local_path(weights)
        if path is not None and not path.is_file():
            raise FileNotFoundError(f"No weights of InceptionV3 in {path}.")
        try:
            with float32_layers():
                network = keras.applications.InceptionV3(
                    include_top=False,
                    weights="imagenet" if path is None else str(path),
                    input_shape=(299, 299, 3),
                    pooling="avg",
                )
        except Exception as error:  # A file of other weights raises errors of any kind.
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ValueError(f"InceptionV3 cannot be loaded from {weights}: {reason}") from error
        self._resized = ResizedFeatures(_ColorFeatures(network), 299, interpolation)

    @property
    def name(self) -> str:
        """`keras_inception_v3`, the hash of the weights, and the resizing."""
        return self._resized.name

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns features, float32 `(n, 2048)`, of images `(n, height, width, 1 or 3)`.

        Raises:
            ValueError: If the samples are not images of one or three channels.
        """
        if np.ndim(samples) != 4 or np.shape(samples)[-1] not in (1, 3):
            raise ValueError(
                "KerasInception: images must be (n, height, width, 1 or 3), got "
                f"{np.shape(samples)}."
            )
        return self._resized(samples)


class _ColorFeatures:
    """A network's features of images in [-1, 1], grey ones in three channels."""

    def __init__(self, network: keras.Model) -> None:
        self.network = network
        self.name = f"keras_inception_v3-{weights_hash(network)}"

    def __call__(self, samples: Any) -> np.ndarray:
        colored = np.broadcast_to(samples, (*samples.shape[:-1], 3))
        return self.network.predict(np.clip(colored, -1, 1), batch_size=_BATCH, verbose=0)
