"""Spectral normalisation."""

from __future__ import annotations

from keras import layers


def spectral_normalization(layer: layers.Layer) -> layers.SpectralNormalization:
    """The layer with its kernel divided by its largest singular value at each training call.

    The kernel counts as a matrix with a column for each output; one power iteration a call tracks
    its singular value.

    Source: Miyato et al., 2018, "Spectral Normalization for Generative Adversarial Networks".
    Departures: Keras writes the normalised kernel back, so that the gradient does not pass through
    the singular value.

    Example:

    >>> import keras
    >>> dense = layers.Dense(2, kernel_initializer=keras.initializers.Constant(5.0))
    >>> print(spectral_normalization(dense)(keras.ops.ones((1, 2)), training=True).numpy().round(4))
    [[1. 1.]]
    """
    # In half precision Keras would round the kernel that it writes back; the layer itself still
    # computes in its own policy.
    return layers.SpectralNormalization(layer, dtype="float32")
