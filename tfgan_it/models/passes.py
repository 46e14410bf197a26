"""Which networks may see real and generated samples in one pass."""

from __future__ import annotations

import keras
from keras import layers

from tfgan_it.layers import GlobalSumPooling2D, SelfAttention

_ROW_BY_ROW = (
    layers.Activation,
    layers.Add,
    layers.AveragePooling2D,
    layers.Concatenate,
    layers.Conv1D,
    layers.Conv2D,
    layers.Conv2DTranspose,
    layers.Conv3D,
    layers.Dense,
    layers.DepthwiseConv2D,
    layers.ELU,
    layers.Flatten,
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.GroupNormalization,
    layers.InputLayer,
    layers.LayerNormalization,
    layers.LeakyReLU,
    layers.MaxPooling2D,
    layers.PReLU,
    layers.ReLU,
    layers.Rescaling,
    layers.Reshape,
    layers.SeparableConv2D,
    layers.UpSampling2D,
    layers.ZeroPadding2D,
    GlobalSumPooling2D,
    SelfAttention,
)


def is_row_by_row(network: keras.Model) -> bool:
    """Whether a network treats each row of a batch alone, and remembers nothing of it.

    Then one pass over two batches is two passes over one each. It is so where all of its layers are
    of a kind that is known to do so; batch normalisation, packing, dropout, spectral normalisation
    and layers of somebody's own are not.

    Example:

    >>> from tfgan_it import networks
    >>> is_row_by_row(networks.dcgan_discriminator((8, 8, 1), normalization=None))
    True
    >>> is_row_by_row(networks.dcgan_discriminator((8, 8, 1), normalization="batch"))
    False
    """
    if isinstance(network, keras.Sequential):
        parts = network.layers
    elif isinstance(network, keras.Model) and hasattr(network, "operations"):
        parts = network.operations
    else:
        return False
    return all(
        is_row_by_row(part) if isinstance(part, keras.Model) else type(part) in _ROW_BY_ROW
        for part in parts
    )
