"""InfoGAN's networks."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import keras
from keras import layers

from tfgan_it.arguments import network_builder
from tfgan_it.checks import check_choice
from tfgan_it.layers import Conv2D, Conv2DTranspose, GaussianBottleneck
from tfgan_it.networks.dcgan import batch_normalization, normal_initializer
from tfgan_it.networks.sizes import checked_image_shape, halvings
from tfgan_it.typing import Tensor

# 28x28 and 32x32 have the published two stages; larger images have more.
_SMALLEST = 8
ENCODERS = ("shared", "separate")


@network_builder
def infogan_generator(
    image_shape: Sequence[int], latent_dimension: int, *, width: int = 64, features: int = 1024
) -> keras.Model:
    """Builds a generator from latents `(batch, latent_dimension)` to float32 images in [-1, 1].

    FC `features` -> FC to the smallest map -> transposed convolutions 4x4/2, channels halving
    down to `width` -> one to the image's channels; batch normalisation and ReLU between. 28x28x1
    with the defaults is the published MNIST generator: FC 1024, FC 7x7x128, 64, 1.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the latents.
        width: Channels of the last hidden map.
        features: Units of the first dense layer.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets", appendix C.1 and the authors' code. Departures: tanh
    for images in [-1, 1] in place of a sigmoid for [0, 1]; more stages above 32x32.
    """
    height, image_width, channels = checked_image_shape(image_shape)
    stages = halvings(image_shape, _SMALLEST)
    small = (height // 2**stages, image_width // 2**stages, width * 2 ** (stages - 1))
    inputs = keras.Input((latent_dimension,), name="latents")
    x = inputs
    for units in (features, small[0] * small[1] * small[2]):
        x = layers.Dense(units, use_bias=False, kernel_initializer=normal_initializer())(x)
        x = layers.ReLU()(batch_normalization()(x))
    x = layers.Reshape(small)(x)
    for stage in range(stages - 1):
        x = Conv2DTranspose(
            small[2] // 2 ** (stage + 1),
            4,
            strides=2,
            padding="same",
            use_bias=False,
            kernel_initializer=normal_initializer(),
        )(x)
        x = layers.ReLU()(batch_normalization()(x))
    x = Conv2DTranspose(
        channels, 4, strides=2, padding="same", kernel_initializer=normal_initializer()
    )(x)
    outputs = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(inputs, outputs, name="infogan_generator")


@network_builder
def bottleneck_generator(
    image_shape: Sequence[int],
    latent_dimension: int,
    *,
    code: int = 16,
    hidden: int = 128,
    width: int = 64,
    features: int = 1024,
) -> keras.Model:
    """Builds a generator with a Gaussian bottleneck r ~ e(r|z).

    z passes through a hidden layer to a Gaussian code r with as many columns as the noise, which
    samples it. `infogan_generator` takes r. The outputs are `samples` and `bottleneck`,
    KL(e(r|z) || N(0, I)) in nats, `(batch,)`.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        latent_dimension: Columns of the noise (first) and z together.
        code: Columns of z.
        hidden: Units of the encoder's hidden layer.
        width: As for `infogan_generator`.
        features: As for `infogan_generator`.

    Source: Jeon et al., 2021, "IB-GAN: Disentangled Representation Learning with Information
    Bottleneck Generative Adversarial Networks". Departures: InfoGAN's generator after r.
    """
    noise = latent_dimension - code
    inputs = keras.Input((latent_dimension,), name="latents")
    encoded = layers.Dense(hidden, activation="relu")(inputs[:, noise:])
    bottleneck = GaussianBottleneck(noise, name="bottleneck")
    r, information = bottleneck(encoded, noise=inputs[:, :noise])
    images = infogan_generator(image_shape, noise, width=width, features=features)(r)
    outputs = {"samples": images, "bottleneck": information}
    return keras.Model(inputs, outputs, name="bottleneck_generator")


@network_builder
def infogan_trunk(
    image_shape: Sequence[int],
    *,
    width: int = 64,
    features: int = 1024,
    negative_slope: float = 0.01,
    name: str = "infogan_trunk",
) -> keras.Model:
    """Builds the shared trunk of discriminator and recognition head, to `(batch, features)`.

    Conv 4x4/2 `width` -> leaky ReLU -> conv 4x4/2, channels doubling, batch normalisation, leaky
    ReLU -> FC `features`, batch normalisation, leaky ReLU.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        width: Channels of the first map.
        features: Number of features.
        negative_slope: Slope of the leaky ReLU; the authors' code has .01.
        name: Name of the network.

    Source: as for `infogan_generator`.
    """
    stages = halvings(image_shape, _SMALLEST)
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = inputs
    for stage in range(stages):
        x = Conv2D(
            width * 2**stage,
            4,
            strides=2,
            padding="same",
            use_bias=stage == 0,
            kernel_initializer=keras.initializers.TruncatedNormal(stddev=0.02),
        )(x)
        if stage:
            x = batch_normalization()(x)
        x = layers.LeakyReLU(negative_slope=negative_slope)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(features, use_bias=False, kernel_initializer=normal_initializer())(x)
    x = layers.LeakyReLU(negative_slope=negative_slope)(batch_normalization()(x))
    return keras.Model(inputs, x, name=name)


@network_builder
def discriminator_head(features: int = 1024) -> keras.Model:
    """Builds a head from features `(batch, features)` to float32 logits `(batch, 1)`."""
    inputs = keras.Input((features,), name="features")
    logits = layers.Dense(
        1, kernel_initializer=normal_initializer(), dtype="float32", name="logits"
    )(inputs)
    return keras.Model(inputs, logits, name="discriminator_head")


@network_builder
def recognition_head(
    posterior_params_size: int,
    features: int = 1024,
    *,
    hidden: int = 128,
    negative_slope: float = 0.01,
    kernel_initializer: str | None = None,
    with_hidden: bool = False,
    name: str = "recognition_head",
) -> keras.Model:
    """Builds a head from features `(batch, features)` to the raw parameters of Q(c|x), float32.

    FC `hidden`, batch normalisation, leaky ReLU, FC `posterior_params_size`.

    Args:
        posterior_params_size: `latent.codes.posterior_params_size`.
        features: Number of features of the trunk.
        hidden: Units of the hidden layer.
        negative_slope: Slope of the leaky ReLU.
        kernel_initializer: Initialiser of the kernels; N(0, .02^2) by default, as in the authors'
            code.
        with_hidden: Whether to output the input of the last layer as well, `(batch, hidden)`.
        name: Name of the network.

    Source: as for `infogan_generator`.
    """
    inputs = keras.Input((features,), name="features")

    def dense(units: int, **kwargs: object) -> layers.Layer:
        kernel = kernel_initializer or normal_initializer()
        return layers.Dense(units, kernel_initializer=kernel, **kwargs)

    x = dense(hidden, use_bias=False)(inputs)
    x = layers.LeakyReLU(negative_slope=negative_slope)(batch_normalization()(x))
    outputs = dense(posterior_params_size, dtype="float32", name="parameters")(x)
    return keras.Model(inputs, [outputs, x] if with_hidden else outputs, name=name)


@network_builder
def infogan_discriminator(
    image_shape: Sequence[int],
    posterior_params_size: int,
    *,
    width: int = 64,
    features: int = 1024,
    encoder: str = "shared",
) -> keras.Model:
    """Builds a discriminator with a logit, the parameters of Q(c|x), and features.

    Args:
        image_shape: (height, width, channels), height and width divisible by 4.
        posterior_params_size: `latent.codes.posterior_params_size`.
        width: Channels of a trunk's first map.
        features: Number of features of a trunk.
        encoder: `shared` for a recognition head on the discriminator's trunk, as in the paper; or
            `separate` for a head with a separate trunk, so that constraints of the discriminator,
            such as a Lipschitz constant, do not affect Q, and Q does not affect its features. The
            outputs then include `recognition_features`, the input of Q's last layer.

    Raises:
        ValueError: If the encoder is unknown; the message names the nearest.

    Example: the network for MNIST with the published latent.

    >>> model = infogan_discriminator((28, 28, 1), 14)
    >>> {name: output.shape for name, output in model.output.items()}
    {'logits': (None, 1), 'codes': (None, 14), 'features': (None, 1024)}

    Source: as for `infogan_generator`.
    """
    check_choice("encoder", encoder, ENCODERS)
    trunk = functools.partial(infogan_trunk, image_shape, width=width, features=features)
    inputs = keras.Input(checked_image_shape(image_shape), name="images")
    x = encoder_features = trunk()(inputs)
    if encoder == "separate":
        encoder_features = trunk(name="encoder_trunk")(inputs)
    logits = discriminator_head(features)(x)
    head = recognition_head(posterior_params_size, features, with_hidden=True)
    codes, hidden = head(encoder_features)
    outputs = {"logits": logits, "codes": codes, "features": _float32(x, "features")}
    if encoder == "separate":
        outputs["recognition_features"] = _float32(hidden, "recognition_features")
    return keras.Model(inputs, outputs, name="infogan_discriminator")


def _float32(x: Tensor, name: str) -> Tensor:
    return layers.Activation("linear", dtype="float32", name=name)(x)
