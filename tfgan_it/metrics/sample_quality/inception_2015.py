"""The Inception network of 2015, with which the Fréchet distance is called FID."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any

import keras
import numpy as np

from tfgan_it.datasets.images import to_uint8
from tfgan_it.estimators.array_training import float32_layers
from tfgan_it.files import local_path
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.metrics.sample_quality.torch_weights import read_torch_weights

# The first digits of the sha256, which are in the name of the published file.
_SHA256 = "6726825d"
_SIDE, _BATCH, _EPSILON = 299, 32, 1e-3


class Inception2015(CheckedKeywords):
    """Features of the network in `inception-2015-12-05`, `(n, 2048)`, of images of any size.

    `frechet_distance` of them is the FID, and `kernel_distance` the KID. They are those of
    torch-fidelity: images are resized to 299x299 as TensorFlow 1 did, bilinearly without
    antialiasing, and averages of 3x3 do not count the padding.

    Args:
        weights: `pt_inception-2015-12-05-6726825d.pth` or
            `weights-inception-2015-12-05-6726825d.pth`, two names of one file that pytorch-fid and
            torch-fidelity have published.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If its checksum is another.

    Source: Szegedy et al., 2016, "Rethinking the Inception Architecture for Computer Vision";
    Heusel et al., 2017, "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium".
    """

    name = f"inception_2015-{_SHA256}"

    def __init__(self, weights: str | os.PathLike) -> None:
        path = local_path(weights)
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if not found.startswith(_SHA256):
            raise ValueError(
                f"{path} is not the network of 2015: its sha256 is {found[:8]}..., not "
                f"{_SHA256}...."
            )
        self.network = inception_2015(read_torch_weights(path))

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns features, float32 `(n, 2048)`, of images `(n, height, width, 1 or 3)`.

        Args:
            samples: uint8, or floats in [-1, 1], which are rounded to uint8.

        Raises:
            ValueError: If the samples are not images of one or three channels.
        """
        if np.ndim(samples) != 4 or np.shape(samples)[-1] not in (1, 3) or not len(samples):
            raise ValueError(
                "Inception2015: images must be (n, height, width, 1 or 3), got "
                f"{np.shape(samples)}."
            )
        parts = (samples[i : i + _BATCH] for i in range(0, len(samples), _BATCH))
        return np.concatenate([self._features(to_uint8(part)) for part in parts])

    def _features(self, images: np.ndarray) -> np.ndarray:
        colored = np.broadcast_to(images, (*images.shape[:-1], 3)).astype("float32")
        resized = (resized_as_tensorflow_1(colored, _SIDE) - 128) / 128
        return self.network.predict(resized, batch_size=_BATCH, verbose=0)


def resized_as_tensorflow_1(images: np.ndarray, side: int) -> np.ndarray:
    """Resizes images to a square bilinearly, without antialiasing, the corners not aligned.

    The pixel i of n lies at i m / n of the m pixels of the image.

    Args:
        images: float32 `(n, height, width, channels)`.
        side: Height and width of the result.

    Example:

    >>> resized_as_tensorflow_1(np.array([[[[0.0], [4.0]]]], "float32"), 4)[0, 0, :, 0].tolist()
    [0.0, 2.0, 4.0, 4.0]
    """
    for axis in (2, 1):
        size = images.shape[axis]
        places = np.arange(side, dtype="float32") * np.float32(size / side)
        low = places.astype(int)
        high = np.minimum(low + 1, size - 1)
        shape = [1, 1, 1, 1]
        shape[axis] = side
        share = (places - low.astype("float32")).reshape(shape)
        lower, upper = (np.take(images, at, axis) for at in (low, high))
        images = lower + (upper - lower) * share
    return images


def inception_2015(weights: dict[str, np.ndarray]) -> keras.Model:
    """Builds the network, from images `(299, 299, 3)` to features, of the weights of PyTorch.

    It is Keras's InceptionV3 with a maximum in place of the last average of 3x3. The scales of the
    normalisation, which Keras's has not, go into the kernels.

    Args:
        weights: Arrays `LAYER.conv.weight`, `LAYER.bn.weight`, `LAYER.bn.bias`,
            `LAYER.bn.running_mean` and `LAYER.bn.running_var`, in the order of the layers.

    Raises:
        ValueError: If they are not those of this network.
    """
    with float32_layers():
        average = keras.applications.InceptionV3(
            include_top=False, weights=None, input_shape=(_SIDE, _SIDE, 3), pooling="avg"
        )
        pools = [x for x in average.layers if isinstance(x, keras.layers.AveragePooling2D)]
        last = max(pools, key=_number)

        def copied(layer: keras.Layer) -> keras.Layer:
            if layer is last:
                return keras.layers.MaxPooling2D(3, 1, "same", name=layer.name)
            return layer.__class__.from_config(layer.get_config())

        network = keras.models.clone_model(average, clone_function=copied)
    layers = {
        kind: sorted((x for x in network.layers if isinstance(x, kind)), key=_number)
        for kind in (keras.layers.Conv2D, keras.layers.BatchNormalization)
    }
    names = [name.removesuffix(".conv.weight") for name in weights if name.endswith(".conv.weight")]
    try:
        for name, convolution, normalization in zip(names, *layers.values(), strict=True):
            scale, shift, mean, variance = (
                weights[f"{name}.bn.{part}"]
                for part in ("weight", "bias", "running_mean", "running_var")
            )
            factor = scale / np.sqrt(variance + _EPSILON)
            kernel = weights[f"{name}.conv.weight"].transpose(2, 3, 1, 0)
            convolution.set_weights([kernel * factor])
            normalization.set_weights([shift, mean * factor, np.full_like(mean, 1 - _EPSILON)])
    except (KeyError, ValueError) as error:
        raise ValueError(f"The weights are not those of Inception of 2015: {error}.") from error
    return network


def _number(layer: keras.Layer) -> int:
    """Returns the number of a layer in the order of creation; Keras names the first without one."""
    match = re.search(r"_(\d+)$", layer.name)
    return int(match[1]) if match else 0
