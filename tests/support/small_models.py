"""Models that trace in a second, and what their networks compute, written out in TensorFlow."""

import math

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tfgan_it import latents, models
from tfgan_it.regularizers import CodeInformation
from tfgan_it.seeds import seeded_initializers

SHAPE = (4, 4, 1)
IMAGES = np.random.default_rng(0).integers(0, 256, (48, *SHAPE), "uint8")
NOISE = latents.Normal(6)
CODES = latents.Product(
    noise=latents.Normal(2), category=latents.Categorical(3), style=latents.Uniform(1)
)


def small_model(latent=NOISE, *, normalized=False, seed=7, **kwargs):
    """A GAN, whose discriminator recognises codes where the latent has some.

    It always has the same first weights.
    """

    def hidden(x, name):
        x = layers.Dense(8, name=name)(x)
        return layers.Activation("tanh")(layers.BatchNormalization()(x) if normalized else x)

    with seeded_initializers(1):
        inputs = keras.Input((latent.dimension,))
        pixels = layers.Dense(16, "tanh", name="pixels")(hidden(inputs, "hidden"))
        generator = keras.Model(inputs, layers.Reshape(SHAPE)(pixels), name="generator")
        inputs = keras.Input(SHAPE)
        features = hidden(layers.Flatten()(inputs), "trunk")
        outputs = layers.Dense(1, name="logits")(features)
        if latent.codes:
            codes = layers.Dense(latent.codes.posterior_params_size, name="codes")(features)
            outputs = {"logits": outputs, "codes": codes}
        discriminator = keras.Model(inputs, outputs, name="discriminator")
    return models.GAN(generator, discriminator, latent, seed=seed, **kwargs)


def compiled(model, generator_rate=0.1, discriminator_rate=0.1, **kwargs):
    """The model, compiled with plain SGD; by default an InfoGAN where it recognises codes."""
    rates = generator_rate, discriminator_rate
    if model.recognizes_codes:
        kwargs.setdefault("terms", [CodeInformation()])
    model.compile(*(keras.optimizers.SGD(rate) for rate in rates), **kwargs)
    return model


def generator_weights(model):
    """In the order that `generate` takes them."""
    return [v.numpy() for v in model.generator.trainable_variables]


def discriminator_weights(model):
    """In the order that `discriminate` takes them: trunk, adversarial head, recognition head."""
    heads = ["logits", "codes"] if model.latent.codes else ["logits"]
    parts = [model.discriminator.get_layer(name) for name in ("trunk", *heads)]
    return [v.numpy() for part in parts for v in part.trainable_variables]


def generate(weights, z):
    """Images of latents, without batch normalisation."""
    kernel, bias, pixel_kernel, pixel_bias = weights
    return tf.reshape(tf.tanh(tf.tanh(z @ kernel + bias) @ pixel_kernel + pixel_bias), (-1, *SHAPE))


def discriminate(weights, x):
    """Logits `(batch,)`, and parameters of Q(c|x) where there is a recognition head."""
    kernel, bias, logit_kernel, logit_bias, *recognition = weights
    features = tf.tanh(tf.reshape(x, (-1, 16)) @ kernel + bias)
    parameters = features @ recognition[0] + recognition[1] if recognition else None
    return (features @ logit_kernel + logit_bias)[:, 0], parameters


def information(z, parameters):
    """H(c) + ln Q(c|x) of each of CODES, nats, `(batch,)` by name."""
    category, style = z[:, 2:5], z[:, 5]
    scale = 0.05 + tf.math.softplus(parameters[:, 4])
    log_density = -0.5 * ((style - parameters[:, 3]) / scale) ** 2 - tf.math.log(scale)
    return {
        "category": math.log(3)
        + tf.reduce_sum(category * tf.nn.log_softmax(parameters[:, :3]), axis=-1),
        "style": math.log(2) + log_density - 0.5 * math.log(2 * math.pi),
    }


def scaled(images):
    """uint8 to [-1, 1]."""
    return images.astype("float32") / 127.5 - 1


def state(model):
    """All that a run carries from step to step: weights, averages, step, both optimisers."""
    variables = list(model.weights)
    if model.compiled:
        variables += model.generator_optimizer.variables + model.discriminator_optimizer.variables
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def assert_same_state(model, other, tolerance=0.0):
    """Bit for bit where the tolerance is 0."""
    for a, b in zip(state(model), state(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)
