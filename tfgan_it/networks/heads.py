"""What a discriminator may say beside its logit: heads on its last hidden map."""

from __future__ import annotations

import keras
from keras import layers, ops

from tfgan_it.layers import GaussianBottleneck, spectral_normalization
from tfgan_it.networks.dcgan import normal_initializer


def bottleneck_head(x: keras.KerasTensor, dimension: int = 128) -> dict[str, keras.KerasTensor]:
    """The logit is linear in a Gaussian code of the features, whose information is known.

    Args:
        x: The last hidden map, `(batch, ...)`.
        dimension: Columns of the code.

    Returns:
        `logits` `(batch, 1)`, and `bottleneck`, each code's KL from N(0, I) in nats, `(batch,)`.

    Source: Peng et al., 2019, "Variational Discriminator Bottleneck".
    """
    code, information = GaussianBottleneck(dimension, name="bottleneck")(layers.Flatten()(x))
    logits = layers.Dense(1, dtype="float32", name="logits")(code)
    return {"logits": logits, "bottleneck": information}


def infomax_head(x: keras.KerasTensor, dimension: int = 256) -> dict[str, keras.KerasTensor]:
    """A spectrally normalised logit, and local and global features in one space.

    Args:
        x: The last hidden map, `(batch, height, width, channels)`.
        dimension: Dimension of the space in which `regularizers.InfoMax` compares them.

    Returns:
        `logits` `(batch, 1)`, `local` `(batch, height * width, dimension)`, `global`
        `(batch, dimension)`.

    Raises:
        ValueError: a map without positions, as that of points.

    Source: Lee et al., 2021, "InfoMax-GAN". Departures: both projections are one hidden layer and a
    shortcut, spectrally normalised; global features are those before the logit, pooled by a sum.
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
    logits = dense(1, dtype="float32", name="logits")(whole)
    return {"logits": logits, "local": projected(positions), "global": projected(whole)}


def with_probe(discriminator: keras.Model, probe: keras.Model) -> keras.Model:
    """A discriminator that also gives `log_ratio`, the logit of a network of its own.

    Args:
        discriminator: Images to logits, or to a dict with `logits`.
        probe: Images to `(batch, 1)`; it shares no weights, so that it learns from
            `regularizers.DensityRatioLoss` alone.

    Example:

    >>> from tfgan_it.networks import mlp_discriminator
    >>> model = with_probe(mlp_discriminator((2,)), mlp_discriminator((2,), width=8))
    >>> sorted(model.output)
    ['log_ratio', 'logits']
    """
    inputs = keras.Input(discriminator.input_shape[1:], name="images")
    outputs = discriminator(inputs)
    outputs = outputs if isinstance(outputs, dict) else {"logits": outputs}
    # Both may have the name that their builder gives.
    probe = keras.Model(probe.inputs, probe.outputs[0], name=f"{probe.name}_probe")
    return keras.Model(
        inputs, {**outputs, "log_ratio": probe(inputs)}, name=f"{discriminator.name}_with_probe"
    )
