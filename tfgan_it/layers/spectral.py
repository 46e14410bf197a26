"""Spectral normalisation."""

from __future__ import annotations

from keras import layers


def spectral_normalization(layer: layers.Layer) -> layers.SpectralNormalization:
    """Divides a layer's kernel by its largest singular value at each training call.

    The kernel is a matrix with a column for each output. One power iteration per call tracks its
    singular value.

    Source: Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks".
    Departures: Keras writes the normalised kernel back, so that the gradient does not pass through
    the singular value.

    Example:

    >>> import keras
    >>> dense = layers.Dense(2, kernel_initializer=keras.initializers.Constant(5.0))
    >>> print(spectral_normalization(dense)(keras.ops.ones((1, 2)), training=True).numpy().round(4))
    [[1. 1.]]
    """
    # In half precision Keras would round the kernel that it writes back. The layer still computes
    # in its own dtype policy.
    return layers.SpectralNormalization(layer, dtype="float32")
