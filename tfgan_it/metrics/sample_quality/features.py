"""Features of images: what measures of sample quality compare."""

from __future__ import annotations

import hashlib
import os
from typing import Any, Protocol

import keras
import numpy as np
from keras import layers, ops
from sklearn.base import BaseEstimator

from tfgan_it.checks import check_integer
from tfgan_it.estimators import checks
from tfgan_it.estimators.array_training import ArrayTraining, as_samples, shuffled
from tfgan_it.files import local_path, replacing
from tfgan_it.information import bounds
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.layers import RandomViews
from tfgan_it.losses import IICLoss
from tfgan_it.metrics.classifier import normalized_maps, sparse_cross_entropy
from tfgan_it.model_files import load_model

_TEMPERATURE = 0.1  # Of the scores of partners.


class Features(Protocol):
    """A function from samples to features; its name is part of every number measured with it.

    Attributes:
        name: What identifies the features, such as `mnist_cnn-1a2b`: the name of the network and
            the hash of its weights.
    """

    @property
    def name(self) -> str:
        """What identifies the features."""
        ...

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns features, float `(n, d)`."""
        ...


class Pixels:
    """The samples themselves as features: each flattened, uint8 mapped to [-1, 1].

    Example:

    >>> Pixels()(np.zeros((2, 4, 4, 1), "uint8")).shape
    (2, 16)
    """

    name = "pixels"

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns float32 `(n, d)`."""
        samples = as_samples(samples)
        return samples.reshape(len(samples), -1)


class FeatureNetwork(CheckedKeywords, BaseEstimator):
    """Features of a small convolutional network, the means of its last maps, `(n, 4 width)`.

    With labels it learns to classify. Without labels it learns to find the same category in two
    random views of an image, by their mutual information. With partners, images of the same content
    in another style, it learns to find the partner of an image among those of a batch: InfoNCE of
    scores f(x) . f(x') / .1, both ways; a dense layer then reads the maps with their places, and
    features have length 1. With `steps=0` its weights are random, as a control. The measures do not
    name such features FID, which is of one Inception network.

    Args:
        name: Name of the network; `features.name` adds the first digits of the hash of its weights.
        width: Channels of the first map.
        steps: Number of training steps.
        batch_size: Number of images in a step.
        learning_rate: Learning rate of Adam.
        categories: Number of categories without labels.
        seed: Seed of weights, views and order. The result is a function of (seed, data).

    Source: the network is that of `normalized_network`. Without labels: Ji et al., 2019, "Invariant
    Information Clustering for Unsupervised Image Classification and Segmentation". With partners:
    van den Oord et al., 2018, "Representation Learning with Contrastive Predictive Coding".

    Example:

    >>> images = np.random.default_rng(0).integers(0, 256, (64, 8, 8, 1), "uint8")
    >>> features = FeatureNetwork("noise_cnn", width=4, steps=0).fit(images)
    >>> features(images).shape
    (64, 16)
    >>> features.name[:10]
    'noise_cnn-'
    """

    def __init__(
        self,
        name: str = "cnn",
        *,
        width: int = 32,
        steps: int = 3000,
        batch_size: int = 128,
        learning_rate: float = 2e-3,
        categories: int = 50,
        seed: int = 0,
    ) -> None:
        # scikit-learn's clone needs the argument under its own name.
        self.label, self.width, self.steps = name, width, steps
        self.batch_size, self.learning_rate = batch_size, learning_rate
        self.categories, self.seed = categories, seed

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        names = ("width", "steps", "batch_size", "learning_rate", "categories", "seed")
        return {"name": self.label, **{name: getattr(self, name) for name in names}}

    def fit(self, images: Any, labels: Any = None, *, partners: Any = None) -> FeatureNetwork:
        """Trains the network.

        Args:
            images: Images `(n, height, width, channels)`, uint8, or floats in [-1, 1]; or
                waveforms `(n, length, 1)`, which need labels.
            labels: Integers from 0, `(n,)`, or None.
            partners: For each image one of the same content, such as the same thing in another
                style, in an array of the same shape; or None.

        Raises:
            ValueError: If there are no images, their shape is not that of images, there are not as
                many labels or partners, both are given, or training diverges.
        """
        samples = as_samples(images)
        sounds = samples.ndim == 3 and labels is not None
        if (samples.ndim != 4 and not sounds) or not len(samples):
            raise ValueError(
                "FeatureNetwork: images must be (n, height, width, channels), or waveforms "
                f"(n, length, 1) with labels, got {np.shape(images)}."
            )
        steps = check_integer(self, "steps", self.steps, 0)
        size = min(check_integer(self, "batch_size", self.batch_size, 1), len(samples))
        targets = np.zeros(len(samples)) if labels is None else checks.labels(labels)
        checks.same_length(samples, targets, "labels")
        background = _background(samples)
        if partners is not None:
            samples = self._with_partners(samples, partners, labels)
            build, loss = lambda: self._network_of_pairs(samples.shape[2:], background), _retrieval
        elif labels is None:
            build, loss = lambda: self._network_of_views(samples.shape[1:], background), _agreement
        else:
            classes = 1 + int(targets.max())
            build, loss = lambda: self._classifier(samples.shape[1:], classes), sparse_cross_entropy
        training = ArrayTraining(build, loss, self.learning_rate, self.seed)
        rows = shuffled(len(samples), np.random.default_rng(self.seed % 2**64))
        for fraction, share in ((1.0, 0.6), (0.3, 0.3), (0.1, 0.1)):
            training.optimizer.learning_rate = self.learning_rate * fraction
            count = round(share * steps)
            loss = training.run(samples, targets, rows(count * size).reshape(count, size))
            if count and not np.isfinite(loss):
                raise ValueError(
                    f"FeatureNetwork: the loss is {loss}: use a smaller learning_rate than "
                    f"{self.learning_rate}."
                )
        self.network_ = training.network.get_layer("features")
        return self

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns features, float32 `(n, 4 width)`.

        Raises:
            ValueError: If the samples have another shape than those of the network.
        """
        checks.fitted(self, "network_")
        samples, shape = as_samples(samples), self.network_.input_shape[1:]
        if samples.shape[1:] != shape:
            raise ValueError(f"{self.name} takes samples of {shape}, got {samples.shape[1:]}.")
        return self.network_.predict(samples, batch_size=500, verbose=0)

    @property
    def name(self) -> str:
        """The name of the network and the first four digits of the hash of its weights."""
        checks.fitted(self, "network_")
        return f"{self.label}-{weights_hash(self.network_)}"

    def save(self, path: str | os.PathLike) -> None:
        """Writes the network as a `.keras` file, whole or not at all."""
        checks.fitted(self, "network_")
        with replacing(local_path(path)) as partial:
            self.network_.save(partial)

    @classmethod
    def load(cls, path: str | os.PathLike, name: str = "cnn") -> FeatureNetwork:
        """Loads what `save` wrote, or another network from samples to features `(n, d)`.

        Raises:
            ValueError: If the file is damaged, or is not of such a network.
        """
        features, network = cls(name), load_model(path)
        shapes: list[Any] = [getattr(network, f"{end}_shape", None) for end in ("input", "output")]
        if not all(isinstance(shape, tuple) for shape in shapes) or len(shapes[1]) != 2:
            raise ValueError(f"{path} is not a network from samples to features (n, d).")
        features.network_ = network
        return features

    def _with_partners(self, samples: np.ndarray, partners: Any, labels: Any) -> np.ndarray:
        """Returns images and partners side by side, `(n, 2, height, width, channels)`."""
        partners = as_samples(partners)
        if labels is not None or partners.shape != samples.shape or samples.ndim != 4:
            raise ValueError(
                "FeatureNetwork: partners must be images of the shape of images, "
                f"{samples.shape}, and without labels, got {partners.shape}"
                + (" and labels." if labels is not None else ".")
            )
        return np.stack([samples, partners], axis=1)

    def _classifier(self, shape: tuple[int, ...], classes: int) -> keras.Model:
        images = keras.Input(shape)
        return keras.Model(images, layers.Dense(classes)(self._trunk(shape)(images)))

    def _network_of_views(self, shape: tuple[int, ...], background: float) -> keras.Model:
        trunk, head, images = self._trunk(shape), layers.Dense(self.categories), keras.Input(shape)
        views = [head(trunk(view(images))) for view in _views(background)]
        return keras.Model(images, ops.stack(views, axis=1))

    def _network_of_pairs(self, shape: tuple[int, ...], background: float) -> keras.Model:
        trunk, pairs = self._trunk(shape, places=True), keras.Input((2, *shape))
        views = enumerate(_views(background))
        read = [trunk(view(pairs[:, index])) for index, view in views]
        return keras.Model(pairs, ops.stack(read, axis=1))

    def _trunk(self, shape: tuple[int, ...], places: bool = False) -> keras.Model:
        """Builds the network of the features; with `places` they depend on where things are."""
        inputs = keras.Input(shape)
        maps = normalized_maps(inputs, self.width)
        if places:
            read = layers.Dense(4 * self.width)(layers.Flatten()(maps))
            return keras.Model(inputs, layers.UnitNormalization()(read), name="features")
        return keras.Model(inputs, layers.GlobalAveragePooling2D()(maps), name="features")


def weights_hash(network: keras.Model) -> str:
    """Returns the first four digits of the sha256 of a network's weights."""
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()[:4]


def _background(samples: np.ndarray) -> float:
    """Returns the median of the values at the borders of images; -1 for other samples."""
    if samples.ndim != 4:
        return -1.0
    rows, columns = samples[:, [0, -1]], samples[:, :, [0, -1]]
    return float(np.median(np.concatenate([rows.ravel(), columns.ravel()])))


def _views(background: float) -> list[RandomViews]:
    """Two layers of random views, whose erased and outer pixels have the colour of a background."""
    return [RandomViews(contrast=0.3, brightness=0.2, erase=0.3, fill=background) for _ in range(2)]


def _agreement(labels: Any, logits: Any) -> Any:
    return IICLoss(from_logits=True).call(logits[:, 0], logits[:, 1])


def _retrieval(labels: Any, features: Any) -> Any:
    """The negative mean of InfoNCE from images to partners, and back, in nats, `(batch,)`."""
    scores = ops.matmul(features[:, 0], ops.transpose(features[:, 1])) / _TEMPERATURE
    return -0.5 * (bounds.info_nce(scores) + bounds.info_nce(ops.transpose(scores)))
