"""Heads of discriminators with further outputs besides the logit."""

from __future__ import annotations

import keras
from keras import layers, ops

from tfgan_it.layers import GaussianBottleneck, spectral_normalization
from tfgan_it.networks.dcgan import normal_initializer


def bottleneck_head(x: keras.KerasTensor, dimension: int = 128) -> dict[str, keras.KerasTensor]:
    """Computes a logit that is linear in a Gaussian bottleneck of the features.

    Args:
        x: Last hidden map, `(batch, ...)`.
        dimension: Columns of the code.

    Returns:
        `logits` `(batch, 1)`, and `bottleneck`, each code's KL from N(0, I) in nats, `(batch,)`.

    Source: Peng et al., 2019, "Variational Discriminator Bottleneck: Improving Imitation Learning,
    Inverse RL, and GANs by Constraining Information Flow".
    """
    code, information = GaussianBottleneck(dimension, name="bottleneck")(layers.Flatten()(x))
    logits = layers.Dense(1, dtype="float32", name="logits")(code)
    return {"logits": logits, "bottleneck": information}


def infomax_head(x: keras.KerasTensor, dimension: int = 256) -> dict[str, keras.KerasTensor]:
    """Computes a spectrally normalised logit, and local and global features in one space.

    Args:
        x: Last hidden map, `(batch, height, width, channels)`.
        dimension: Dimension of the space in which `regularizers.InfoMax` compares the features.

    Returns:
        `logits` `(batch, 1)`, `local` `(batch, height * width, dimension)`, `global`
        `(batch, dimension)`.

    Raises:
        ValueError: If the map has no positions, as for points.

    Source: Lee et al., 2021, "InfoMax-GAN: Improved Adversarial Image Generation via Information
    Maximization and Contrastive Learning". Departures: both projections have one hidden layer and a
    shortcut, spectrally normalised; global features are of the map summed over its places, as in
    the paper's residual networks, and the logit is linear in the flattened map, as in DCGAN.
    """
    if len(x.shape) != 4:
        raise ValueError(
            f"infomax_head: x must be (batch, height, width, channels), got {x.shape}."
        )

    def dense(units: int, **kwargs: object) -> layers.Layer:
        return spectral_normalization(
            layers.Dense(units, kernel_initializer=normal_initializer(), **kwargs)
        )

    def projected(features: keras.KerasTensor) -> keras.KerasTensor:
        hidden = layers.ReLU()(dense(dimension)(features))
        return layers.Add(dtype="float32")([dense(dimension)(hidden), dense(dimension)(features)])

    positions = layers.Reshape((x.shape[1] * x.shape[2], x.shape[3]))(x)
    whole = ops.sum(positions, axis=1)
    logits = dense(1, dtype="float32", name="logits")(layers.Flatten()(x))
    return {"logits": logits, "local": projected(positions), "global": projected(whole)}


def with_probe(discriminator: keras.Model, probe: keras.Model) -> keras.Model:
    """Adds the output `log_ratio`, the logit of a separate network, to a discriminator.

    Args:
        discriminator: Network from images to logits, or to a dict with `logits`.
        probe: Network from images to `(batch, 1)`. It shares no weights, so that only
            `regularizers.DensityRatioLoss` trains it.

    Example:

    >>> from tfgan_it.networks import mlp_discriminator
    >>> model = with_probe(mlp_discriminator((2,)), mlp_discriminator((2,), width=8))
    >>> sorted(model.output)
    ['log_ratio', 'logits']
    """
    inputs = keras.Input(discriminator.input_shape[1:], name="images")
    outputs = discriminator(inputs)
    outputs = outputs if isinstance(outputs, dict) else {"logits": outputs}
    # Both networks may have the same name.
    probe = keras.Model(probe.inputs, probe.outputs[0], name=f"{probe.name}_probe")
    return keras.Model(
        inputs, {**outputs, "log_ratio": probe(inputs)}, name=f"{discriminator.name}_with_probe"
    )
