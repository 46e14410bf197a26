"""An InfoGAN that encodes images, reconstructs them and edits them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.components import StepContext
from tfgan_it.datasets.batches import in_order
from tfgan_it.errors import unknown_name
from tfgan_it.latents import Normal, Product
from tfgan_it.losses.gaussian_divergences import diagonal_gaussian_kullback_leibler
from tfgan_it.models.infogan import InfoGAN
from tfgan_it.models.read_codes import code_sample, code_values, normal_sample, typical_code


@keras.saving.register_keras_serializable(package="tfgan_it")
class VariationalInfoGAN(InfoGAN):
    """ViGAN: an InfoGAN whose noise an encoder reads in images, so that they can be edited.

        encoder:       q(z|x) = N(mu(x), sigma(x)^2),   c ~ Q(c|x),   x^ = G(z, c)
        generator, q:  V_G(G(z', c')) + V_G(x^) - lambda L_I on both
                       + a KL(q(z|x) || p(z)) + b / 2 ||f(x) - f(x^)||^2
        D, Q:          V_D on x, G(z', c') and x^ - lambda L_I on both kinds of generated images

    z', c' are drawn from the latent, f are the discriminator's `features`. With a = b the last two
    terms are -a ELBO of a variational autoencoder whose likelihood is N(f(x^), I), in nats and up
    to a constant. The encoder reads the noise alone. A code of a real image is what Q reads in it:
    the paper separates an image's latent representation from its description, which is what
    editing replaces, and Q is what reads descriptions without labels. No gradient passes that
    reading, and KL is paid for the noise alone, which leaves to the codes what they can say.

    `fit` and `evaluate` report, beside InfoGAN's, `posterior_kl_nats` and `reconstruction_loss`,
    1/2 ||f(x) - f(x^)||^2. L_I is reported of latents that are drawn from the latent, for of others
    it bounds no mutual information. `evaluate` reconstructs from the posterior's mean.

    Args:
        generator: As for `GAN`.
        discriminator: As for `InfoGAN`, and with `features` `(batch, n)`.
        latent: A `latents.Product` of a `Normal` noise and codes.
        encoder: Images to the raw parameters of q(z|x), `(batch, noise.posterior_params_size)`. It
            is moved by the generator's optimiser.
        **kwargs: As for `GAN`. A `moving_average` averages discriminator and encoder as well.

    Raises:
        ValueError: a noise that is not `Normal`, a discriminator without `features`, an encoder
            that does not fit.

    Source: Gorijala and Dukkipati, 2017, "Image Generation and Editing with Variational Info
    Generative Adversarial Networks", its objective after secondary texts; the reconstruction in
    features by Larsen et al., 2016, "Autoencoding beyond pixels using a learned similarity metric".
    Departures: every second row of
    a batch is a reconstruction of that row's real image, the others are drawn, so that a step
    costs one batch, and V and L_I are means over both; no labels; the adversarial loss moves the
    encoder too, as one pass serves all; a floor under sigma, that of the noise's `minimum_scale`.

    Example:

    >>> from tfgan_it import latents, networks
    >>> latent = latents.Product(noise=latents.Normal(4), category=latents.Categorical(3))
    >>> sizes = {"width": 2, "features": 8}
    >>> model = VariationalInfoGAN(
    ...     networks.infogan_generator((8, 8, 1), 7, **sizes),
    ...     networks.infogan_discriminator((8, 8, 1), 3, **sizes),
    ...     latent,
    ...     networks.image_encoder((8, 8, 1), 8, **sizes),
    ... )
    >>> images = np.zeros((5, 8, 8, 1), "uint8")
    >>> model.encode(images).shape, model.edit(images, category=2).shape
    ((5, 7), (5, 8, 8, 1))
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Product,
        encoder: keras.Model,
        **kwargs: Any,
    ) -> None:
        super().__init__(generator, discriminator, latent, **kwargs)
        noise = latent.parts.get("noise")
        if not isinstance(noise, Normal):
            raise ValueError(
                f"VariationalInfoGAN encodes noise that is Normal, such as "
                f"Product(noise=Normal(62), category=Categorical(10)), got {latent!r}."
            )
        shapes = encoder.input_shape[1:], encoder.output_shape[1:]
        if shapes != (self.sample_shape, (noise.posterior_params_size,)):
            raise ValueError(
                f"The encoder must take images {self.sample_shape} and give "
                f"{noise.posterior_params_size} parameters of the noise, got {shapes[0]} to "
                f"{shapes[1]}."
            )
        outputs = discriminator(keras.KerasTensor((None, *self.sample_shape)))
        if "features" not in outputs:
            raise ValueError(
                "VariationalInfoGAN's discriminator must give 'features' (batch, n), in which "
                f"images are compared, got {', '.join(sorted(outputs))}."
            )
        self.encoder = encoder
        self.encoder_average = self._average_of(encoder)

    def compile(
        self, *args: Any, kl_weight: float = 1.0, reconstruction_weight: float = 1.0, **kwargs: Any
    ) -> None:
        """As `InfoGAN.compile`, and the weights of the two variational terms.

        Args:
            *args: As for `InfoGAN.compile`.
            kl_weight: a, of KL(q(z|x) || p(z)).
            reconstruction_weight: b, of 1/2 ||f(x) - f(x^)||^2.
            **kwargs: As for `InfoGAN.compile`.

        Raises:
            ValueError: a negative weight.
        """
        weights = {"kl_weight": kl_weight, "reconstruction_weight": reconstruction_weight}
        for name, weight in weights.items():
            if not weight >= 0:
                raise ValueError(f"{name} must be at least 0, got {weight}.")
        super().compile(*args, **kwargs)
        self.kl_weight, self.reconstruction_weight = map(float, weights.values())

    @property
    def quantities(self) -> list[str]:
        """Names of what `fit` and `evaluate` report, in order."""
        return [*super().quantities, "posterior_kl_nats", "reconstruction_loss"]

    @property
    def generator_variables(self) -> list[keras.Variable]:
        """What the generator's optimiser moves: the encoder too."""
        return [*super().generator_variables, *self.encoder.trainable_variables]

    def generate_in_training(
        self,
        latents: Any,
        real: Any,
        generate: Callable[[Any], dict[str, Any]],
        draw: Callable[[Callable[..., Any]], Any],
    ) -> tuple[Any, dict[str, Any]]:
        """As `GAN.generate_in_training`; every second row is a reconstruction of its real image.

        From the first row on, each second latent is a sample of the posterior of that row's real
        image. Among the generator's outputs is `posterior_kl`, KL in nats of those rows alone.
        """
        encoded = _reconstructed_rows(real)
        posterior = self._noise.posterior(self._as_stepped(self.encoder)(encoded, training=True))
        codes = self.latent.codes
        parameters = codes.split_parameters(self._features_and_codes(encoded)["codes"])

        def drawn(sample: Callable[..., Any]) -> Any:
            # Numbers for all rows: those of a row do not hang on how replicas share the batch.
            return _reconstructed_rows(draw(sample))

        parts = {"noise": normal_sample(posterior, drawn)}
        for name, part in codes.parts.items():
            parts[name] = ops.stop_gradient(code_sample(part, parameters[name], drawn))
        rows = ops.shape(latents)[0]
        read = ops.repeat(self.latent.join_latents(parts), 2, axis=0)[:rows]
        latents = ops.where(ops.arange(rows)[:, None] % 2 == 0, read, latents)
        return latents, {**generate(latents), "posterior_kl": self._kl(posterior)}

    def shared_loss(self, context: StepContext) -> tuple[Any, dict[str, Any]]:
        """-sum_i lambda_i L_I(c_i), `(batch,)`; in the generator's step a KL + b R as well."""
        loss, quantities = super().shared_loss(context)
        if context.player == "discriminator":
            return loss, quantities
        if context.player == "evaluation":
            kl, reconstruction = self._at_rest(context.real)
        else:
            # L_I on a sample of the posterior bounds nothing: its codes are not of the prior.
            quantities = {name: value[1::2] for name, value in quantities.items()}
            kl = context.generator_outputs["posterior_kl"]
            images = [_reconstructed_rows(x) for x in (context.real, context.fake)]
            # In one batch, whose statistics normalise both: equal images have equal features.
            both = self._features_and_codes(ops.concatenate(images))["features"]
            reconstruction = _half_distance(*ops.split(both, 2))
            variational = self.kl_weight * kl + self.reconstruction_weight * reconstruction
            loss = loss + ops.mean(variational)
        return loss, {**quantities, "posterior_kl_nats": kl, "reconstruction_loss": reconstruction}

    def train_step(self, data: Any) -> dict[str, Any]:
        """As `GAN.train_step`; the encoder's average follows."""
        logs = super().train_step(data)
        if self.encoder_average is not None:
            # The step has been counted by now.
            self.encoder_average.update(self.encoder, self.step - self.first_step - 1)
        return logs

    def encode(self, images: Any, batch_size: int = 256) -> np.ndarray:
        """The latent of each image, float32 `(n, latent.dimension)`.

        Of the noise and of continuous codes it is the posterior's mean, of a categorical code the
        most probable category, for a mixture of categories is nothing that the generator knows.

        Args:
            images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
            batch_size: Images at a time.
        """
        return self._in_batches(self._encoded, images, batch_size)

    def reconstruct(self, images: Any, batch_size: int = 256) -> np.ndarray:
        """What the generator makes of `encode(images)`, float32 in [-1, 1], of their shape."""
        return self._in_batches(lambda x: self(self._encoded(x)), images, batch_size)

    def edit(self, images: Any, batch_size: int = 256, **codes: Any) -> np.ndarray:
        """Images with other codes and the noise that was read in them, as of `reconstruct`.

        Args:
            images: `(n, height, width, channels)`, uint8, or float in [-1, 1].
            batch_size: Images at a time.
            **codes: The new value of each code that changes: `(n, columns)`, or one row for all; of
                a categorical code also category numbers, `(n,)` or one.

        Raises:
            ValueError: an unknown code, with the nearest; values of another shape, no category.
        """
        latents = self.encode(images, batch_size)
        parts = dict(self.latent.split_latents(latents))
        for name, values in codes.items():
            if name not in self.latent.codes.parts:
                raise unknown_name("code", name, self.latent.codes.parts)
            parts[name] = code_values(name, self.latent.parts[name], values, len(latents))
        latents = ops.convert_to_numpy(self.latent.join_latents(parts))
        return self.predict(in_order(latents, batch_size), verbose=0)

    def extra_signatures(self) -> dict[str, Any]:
        """What an export offers besides: `encode` and `reconstruct`, for images in [-1, 1]."""
        images = {"images": tf.TensorSpec((None, *self.sample_shape), tf.float32)}
        return {
            "encode": (lambda images: {"latents": self._encoded(images)}, images),
            "reconstruct": (lambda images: {"images": self(self._encoded(images))}, images),
        }

    @property
    def _noise(self) -> Normal:
        return self.latent.parts["noise"]

    def _kl(self, posterior: dict[str, Any]) -> Any:
        """KL(q(z|x) || p(z)) in nats, `(batch,)`."""
        # In units of the prior's scale, where the prior is N(0, I).
        mean, scale = (posterior[name] / self._noise.scale for name in ("mean", "scale"))
        return diagonal_gaussian_kullback_leibler(mean, 2 * ops.log(scale))

    def _features_and_codes(self, images: Any) -> dict[str, Any]:
        """As in training, without augmentation and without a trace in the statistics."""
        with keras.StatelessScope():
            return self.discriminate(images, training=True)

    def _resting_posterior(self, images: Any) -> dict[str, Any]:
        """q(z|x) by the averaged encoder, where there is one."""
        if self.encoder_average is None:
            return self._noise.posterior(self.encoder(images, training=False))
        return self._noise.posterior(self.encoder_average.apply(self.encoder, images))

    def _encoded(self, images: Any) -> Any:
        codes = self.latent.codes
        parameters = codes.split_parameters(self.discriminate(images)["codes"])
        parts = {name: typical_code(part, parameters[name]) for name, part in codes.parts.items()}
        return self.latent.join_latents({"noise": self._resting_posterior(images)["mean"], **parts})

    def _at_rest(self, real: Any) -> tuple[Any, Any]:
        """KL and reconstruction loss of images, `(batch,)` each."""
        features = [self.discriminate(x)["features"] for x in (real, self(self._encoded(real)))]
        return self._kl(self._resting_posterior(real)), _half_distance(*features)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments, networks and latent serialised."""
        serialize = keras.saving.serialize_keras_object
        return {**super().get_config(), "encoder": serialize(self.encoder)}

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, serialised."""
        config = super().get_compile_config()
        weights = ("kl_weight", "reconstruction_weight")
        return config and {**config, **{name: getattr(self, name) for name in weights}}


def _reconstructed_rows(x: Any) -> Any:
    """Those of a step's rows that are reconstructions of their real images."""
    return x[::2]


def _half_distance(features: Any, others: Any) -> Any:
    """1/2 ||f - g||^2, `(batch,)`, float32."""
    difference = ops.cast(features, "float32") - ops.cast(others, "float32")
    return 0.5 * ops.sum(ops.square(difference), axis=-1)
