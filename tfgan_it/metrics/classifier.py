"""A small classifier of a data set's labels, for metrics of generated samples."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops
from scipy.optimize import minimize_scalar
from sklearn.base import BaseEstimator

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_in_range, check_integer, check_seed
from tfgan_it.estimators import checks
from tfgan_it.estimators.array_training import (
    ArrayTraining,
    as_samples,
    shuffled,
    small_network,
)
from tfgan_it.information import from_logits, log_softmax
from tfgan_it.keywords import CheckedKeywords
from tfgan_it.layers import BatchNormalization

_WINDOW = 512  # Samples of a frame of a spectrogram.


class LabelClassifier(CheckedKeywords, BaseEstimator):
    """p(y|x) of a small network, trained on labelled samples, for metrics such as LabelInformation.

    A held-out tenth of the samples determines the best step and the temperature of the logits, so
    that probabilities are calibrated. The labels serve only the measurement: no generator trains
    on them. Points are not standardised: give them with means near 0 and standard deviations near
    1, and images as uint8 or in [-1, 1].

    The accuracy on the test split of the 8x8 digits is 97 % (.972, .961, .967 with seeds 0 to 2),
    on that of MNIST 98 % (.980 with seed 0).

    Args:
        network: Function from (shape of a sample, number of classes) to a built `keras.Model` of
            logits; `small_network` by default.
        held_out: Fraction of the samples held out for early stopping.
        steps: Largest number of training steps.
        batch_size: Number of samples in a step.
        learning_rate: Learning rate of Adam.
        patience: Number of validations without progress before the learning rate falls.
        seed: Seed of weights, split and order. The result is a function of (seed, data).

    Attributes:
        num_classes_: One more than the largest label.
        temperature_: Temperature of the logits.
        held_out_accuracy_: Accuracy on the held-out samples.

    Source: Guo et al., 2017, "On Calibration of Modern Neural Networks", for the temperature.

    Example:

    >>> random = np.random.default_rng(0)
    >>> labels = random.integers(0, 2, 500)
    >>> points = random.normal(4.0 * labels[:, None], 1.0, (500, 2))
    >>> classifier = LabelClassifier(steps=100).fit(points, labels)
    >>> classifier([[0.0, 0.0], [4.0, 4.0]]).round(1).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(
        self,
        network: Callable[[tuple[int, ...], int], keras.Model] | None = None,
        *,
        held_out: float = 0.1,
        steps: int = 1500,
        batch_size: int = 128,
        learning_rate: float = 2e-3,
        patience: int = 4,
        seed: int = 0,
    ) -> None:
        self.network, self.held_out, self.steps = network, held_out, steps
        self.batch_size, self.learning_rate = batch_size, learning_rate
        self.patience, self.seed = patience, seed

    def fit(self, samples: Any, labels: Any) -> LabelClassifier:
        """Trains and calibrates the network.

        Args:
            samples: Images `(n, height, width, channels)`, uint8 or float, or points `(n, d)`.
            labels: Integers from 0, `(n,)`.

        Raises:
            ValueError: If samples are not finite numbers, labels are not n integers from 0 of at
                least two classes, an argument is invalid, or training diverges.
        """
        samples, labels = checks.array(samples, "samples"), checks.array(labels, "labels")
        if not samples.size or not np.isfinite(samples).all():
            reason = "not finite" if samples.size else f"empty, of shape {samples.shape}"
            raise ValueError(f"LabelClassifier: samples are {reason}.")
        if labels.shape != (len(samples),) or labels.dtype.kind not in "iu" or labels.min() < 0:
            raise ValueError(
                f"LabelClassifier: labels must be {len(samples)} integers from 0, got "
                f"{labels.dtype} {labels.shape}."
            )
        self.num_classes_ = int(labels.max()) + 1
        if self.num_classes_ < 2:
            raise ValueError("LabelClassifier: labels are all 0: give at least two classes.")
        for name in ("steps", "batch_size", "patience"):
            check_integer(self, name, getattr(self, name), 1)
        check_in_range(self, "held_out", self.held_out, 0, 1, "()")
        random = np.random.default_rng([check_seed(self, self.seed) % 2**64, 0])
        order = random.permutation(len(samples))
        validation, train = np.split(order, [max(1, round(self.held_out * len(samples)))])
        build = self.network or small_network
        self._training = ArrayTraining(
            functools.partial(build, samples.shape[1:], self.num_classes_),
            sparse_cross_entropy,
            self.learning_rate,
            self.seed,
        )
        x, y = as_samples(samples[train]), labels[train]
        size = min(self.batch_size, len(train))
        rows = shuffled(len(train), random)
        held_out, truth = as_samples(samples[validation]), labels[validation]
        self.steps_ = self._training.run_while_better(
            x,
            y,
            lambda steps: rows(steps * size).reshape(steps, size),
            lambda: _mean_cross_entropy(self._training.outputs(held_out), truth),
            steps=self.steps,
            every=max(20, min(len(train) // size, self.steps // 15)),
            patience=self.patience,
        )
        logits = self._training.outputs(held_out)
        optimum = minimize_scalar(
            lambda log: _mean_cross_entropy(logits / np.exp(log), truth),
            bounds=(-3.0, 3.0),
            method="bounded",
        )
        self._extremes = np.array([samples.min(), samples.max()], samples.dtype)
        self.temperature_ = float(np.exp(optimum.x))
        self.held_out_accuracy_ = float(np.mean(logits.argmax(axis=-1) == truth))
        return self

    def __call__(self, samples: Any) -> np.ndarray:
        """Returns p(y|x), float64 `(n, num_classes_)`.

        Raises:
            ValueError: If samples have another shape or scale than those of `fit`, or there is no
                `fit` before.
        """
        checks.fitted(self, "temperature_")
        samples = checks.array(samples, "samples")
        shape = self._training.network.input_shape[1:]
        if samples.shape[1:] != shape:
            raise ValueError(
                f"LabelClassifier: samples have shape {samples.shape}, must be (n, *{shape})."
            )
        names = ("the set of training samples", "the set of samples")
        checks.same_scale(self._extremes, samples, names, scaled=True)
        logits = self._training.outputs(as_samples(samples)).astype("float64")
        return from_logits(logits / self.temperature_).values

    def accuracy(self, samples: Any, labels: Any) -> float:
        """Returns the fraction of samples whose most probable class is their label."""
        return float(np.mean(self(samples).argmax(axis=-1) == np.asarray(labels)))


@network_builder
def normalized_network(
    shape: tuple[int, ...], classes: int, *, width: int = 32, dropout: float = 0.3
) -> keras.Model:
    """Builds a convolutional classifier with batch normalisation, more accurate than the default.

    Convolutions 4x4/2 of `width` and 2 `width`, one 3x3 of 4 `width`, each with batch normalisation
    and leaky ReLU of slope .2; 2x2 max pooling, dropout, a dense layer. Waveforms enter as
    `log_mel_maps`. The test accuracy of
    `LabelClassifier(normalized_network, steps=3000, patience=2)` is 99.2 % on MNIST and 90.8 % on
    Fashion-MNIST (seed 0); that of the default network is 98.0 % and 88.3 %.

    Args:
        shape: (height, width, channels) of images, or (length, 1) of waveforms.
        classes: Number of classes.
        width: Channels of the first map.
        dropout: Fraction of features to drop in training.

    Example:

    >>> normalized_network((28, 28, 1), 10, width=4).output_shape
    (None, 10)
    """
    inputs = keras.Input(shape)
    x = normalized_maps(inputs, width)
    x = keras.layers.MaxPooling2D(2, padding="same")(x)
    x = keras.layers.Dropout(dropout)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.layers.Dense(classes, dtype="float32")(x))


def normalized_maps(x: Any, width: int) -> Any:
    """Applies the convolutions of `normalized_network` to images or waveforms.

    Returns:
        Maps of 4 `width` channels.

    Example:

    >>> normalized_maps(keras.Input((28, 28, 1)), 4).shape
    (None, 7, 7, 16)
    """
    if len(x.shape) == 3:
        x = log_mel_maps(x)
    for channels, size, strides in ((width, 4, 2), (2 * width, 4, 2), (4 * width, 3, 1)):
        x = keras.layers.Conv2D(
            channels, size, strides, "same", use_bias=False, kernel_initializer="he_normal"
        )(x)
        x = keras.layers.LeakyReLU(0.2)(BatchNormalization(momentum=0.9)(x))
    return x


def log_mel_maps(x: Any) -> Any:
    """Computes ln(M |STFT|^2 + 1e-3) of waveforms `(batch, length, 1)`, by Keras's layer.

    The maps have about 64 frames as rows and 40 mel bands as columns, which are spaced as those of
    sounds at 8 kHz.

    Raises:
        ValueError: If the waveforms have other channels than one, or fewer than 512 samples.

    Example:

    >>> log_mel_maps(keras.Input((8192, 1))).shape
    (None, 65, 40, 1)
    """
    length, channels = x.shape[1:]
    if channels != 1 or length < _WINDOW:
        raise ValueError(
            f"Sounds must be waveforms (length, 1) of at least {_WINDOW} samples, got "
            f"{(length, channels)}."
        )
    # In decibels the layer would take the loudest of the batch into account.
    spectrogram = keras.layers.MelSpectrogram(
        fft_length=_WINDOW,
        sequence_stride=max(1, length // 64),
        sampling_rate=8000,
        num_mel_bins=40,
        power_to_db=False,
    )
    return ops.log(ops.transpose(spectrogram(x[..., 0]), (0, 2, 1))[..., None] + 1e-3)


def sparse_cross_entropy(labels: Any, logits: Any) -> Any:
    """Computes -ln p(y|x) of classes y `(n,)` and logits `(n, classes)`, for `ArrayTraining`."""
    return ops.sparse_categorical_crossentropy(ops.cast(labels, "int32"), logits, from_logits=True)


def _mean_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> float:
    log_probabilities = log_softmax(logits.astype("float64"))
    return float(-np.mean(log_probabilities[np.arange(len(labels)), labels]))
