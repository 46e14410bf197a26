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
    """Features of a small convolutional network, `(n, 4 width)`.

    With labels it learns to classify. Without labels it learns to find the same category in two
    random views of an image, by their mutual information. Either way features are the means of its
    last maps. With partners, images of the same content in another style, it learns to find the
    partner of an image among those of a batch, from a random view of each: the mean of InfoNCE from
    f(x) to f(x') and back, with scores f(x) . f(x') / .1. A dense layer then reads the maps with
    their places, and features have length 1. With `steps=0` the weights are random, as a control.

    What a view leaves empty has the median value at the borders of the images. The measures do not
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
    van den Oord et al., 2018, "Representation Learning with Contrastive Predictive Coding", with
    features of length 1, a fixed temperature and both directions.

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
            ValueError: If there are no images, their shape is not that of images, a value is not
                finite, there are not as many labels or partners, both are given, pairs or the
                batch are fewer than two, or training diverges.
        """
        samples = as_samples(images)
        sounds = samples.ndim == 3 and labels is not None
        if (samples.ndim != 4 and not sounds) or not samples.size:
            raise ValueError(
                "FeatureNetwork: images must be (n, height, width, channels), or waveforms "
                f"(n, length, 1) with labels, got {np.shape(images)}."
            )
        steps = check_integer(self, "steps", self.steps, 0)
        size = min(check_integer(self, "batch_size", self.batch_size, 1), len(samples))
        targets = np.zeros(len(samples)) if labels is None else checks.labels(labels)
        checks.same_length(samples, targets, "labels")
        _check_finite("images", samples)
        if partners is not None:
            if labels is not None:
                raise ValueError("FeatureNetwork: give labels or partners, not both.")
            checks.same_scale(images, partners, ("images", "partners"), scaled=True)
            samples = _pairs(samples, as_samples(partners))
            if steps and size < 2:
                raise ValueError(
                    "FeatureNetwork: partners are found among those of a batch: give two pairs and "
                    f"batch_size=2 or more, got {len(samples)} and {self.batch_size}."
                )
            build, loss = lambda: self._network_of_pairs(samples), _retrieval
        elif labels is None:
            build, loss = lambda: self._network_of_views(samples), _agreement
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

    def _classifier(self, shape: tuple[int, ...], classes: int) -> keras.Model:
        images = keras.Input(shape)
        return keras.Model(images, layers.Dense(classes)(self._trunk(shape)(images)))

    def _network_of_views(self, samples: np.ndarray) -> keras.Model:
        images, background = keras.Input(samples.shape[1:]), _background(samples)
        trunk, head = self._trunk(samples.shape[1:]), layers.Dense(self.categories)
        views = [head(trunk(_random_view(background)(images))) for _ in range(2)]
        return keras.Model(images, ops.stack(views, axis=1))

    def _network_of_pairs(self, samples: np.ndarray) -> keras.Model:
        pairs, trunk = keras.Input(samples.shape[1:]), self._trunk(samples.shape[2:], places=True)
        # Of each side its own: a strange colour in the gaps would tell the style.
        views = [_random_view(_background(samples[:, i]))(pairs[:, i]) for i in range(2)]
        return keras.Model(pairs, ops.stack([trunk(view) for view in views], axis=1))

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


def _check_finite(name: str, samples: np.ndarray) -> None:
    if not np.isfinite(samples).all():
        raise ValueError(f"FeatureNetwork: {name} must be finite, some values are NaN or infinite.")


def _pairs(images: np.ndarray, partners: np.ndarray) -> np.ndarray:
    """Returns images and partners side by side, `(n, 2, height, width, channels)`."""
    if partners.shape != images.shape:
        raise ValueError(
            f"FeatureNetwork: partners must have the shape of images, {images.shape}, got "
            f"{partners.shape}."
        )
    _check_finite("partners", partners)
    return np.stack([images, partners], axis=1)


def _background(images: np.ndarray) -> float:
    """Returns the median of the values at the borders of images."""
    rows, columns = images[:, [0, -1]], images[:, :, [0, -1]]
    return float(np.median(np.concatenate([rows.ravel(), columns.ravel()])))


def _random_view(background: float) -> RandomViews:
    return RandomViews(contrast=0.3, brightness=0.2, erase=0.3, fill=background)


def _agreement(labels: Any, logits: Any) -> Any:
    return IICLoss(from_logits=True).call(logits[:, 0], logits[:, 1])


def _retrieval(labels: Any, features: Any) -> Any:
    """The negative mean of InfoNCE from images to partners, and back, in nats, `(batch,)`."""
    scores = ops.matmul(features[:, 0], ops.transpose(features[:, 1])) / _TEMPERATURE
    return -0.5 * (bounds.info_nce(scores) + bounds.info_nce(ops.transpose(scores)))
