"""An InfoGAN that encodes, reconstructs and edits samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_integer, shown
from tfgan_it.latents import Normal, Product
from tfgan_it.latents.code_sampling import code_sample, normal_sample, posterior_mode
from tfgan_it.losses import diagonal_gaussian_kullback_leibler
from tfgan_it.metrics.sample_quality.inversion import invert_generator
from tfgan_it.models.gan import GAN
from tfgan_it.models.network_outputs import check_networks, sample_shape
from tfgan_it.models.runtime import without_updates
from tfgan_it.step import GeneratedSamples
from tfgan_it.typing import Draw, Nest, Sampler, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class VariationalInfoGAN(GAN):
    """ViGAN: an InfoGAN with an encoder of the noise, for reconstructing and editing images.

        encoder:       q(z|x) = N(mu(x), sigma(x)^2),   c ~ Q(c|x),   x^ = G(z, c)
        generator, q:  V_G(G(z', c')) + V_G(x^) - lambda L_I on both
                       + a KL(q(z|x) || p(z)) + b / 2 ||f(x) - f(x^)||^2
        D, Q:          V_D on x, G(z', c') and x^ - lambda L_I on both kinds of generated images

    z', c' are drawn from the latent, and f are the discriminator's `features`. With a = b the last
    two terms are -a ELBO, in nats and up to a constant, of a variational autoencoder with the
    likelihood N(f(x^), I). The encoder infers only the noise; Q infers the codes of a real image.
    In the paper, a description that comes with the image takes their place, and editing replaces
    it. No gradient passes through the inferred codes, and KL is only of the noise, so that codes
    carry information at no cost.

    The terms `regularizers.CodeInformation`, `PosteriorKL` and `FeatureReconstruction` of
    `compile(terms=[...])` add and report L_I, KL and the squared distance. L_I is reported only for
    latents drawn from the prior, because otherwise it is not a bound of mutual information.
    `evaluate` reconstructs from the posterior's mean.

    Args:
        generator: As for `GAN`.
        discriminator: As for `GAN`, with `codes` and `features` `(batch, n)`.
        latent: A `latents.Product` of a `Normal` noise and codes.
        encoder: Network from images to raw parameters of q(z|x), `(batch,
            noise.posterior_params_size)`. The generator's optimiser updates it.
        **kwargs: As for `GAN`. A `moving_average` averages discriminator and encoder as well.

    Raises:
        ValueError: If the noise is not `Normal`, the discriminator has no `features`, or the
            encoder does not fit.

    Source: Gorijala and Dukkipati, 2017, "Image Generation and Editing with Variational Info
    Generative Adversarial Networks", its objective after secondary texts; the reconstruction in
    features by Larsen et al., 2016, "Autoencoding beyond pixels using a learned similarity metric".
    Departures: every second sample of a batch is a reconstruction of the real image at its
    position, the others are generated from the prior, so that a step costs one batch, and V and L_I
    are means over both; no labels; the adversarial loss also updates the encoder, because one pass
    serves all terms; sigma has the floor `minimum_scale` of the noise.

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
    >>> model.encode(images).shape, model.edit(images, {"category": 2}).shape
    ((5, 7), (5, 8, 8, 1))
    """

    latent: Product

    takes_conditions = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Product,
        encoder: keras.Model,
        **kwargs: Any,
    ) -> None:
        check_networks(generator=generator, discriminator=discriminator, encoder=encoder)
        super().__init__(generator, discriminator, latent, **kwargs)
        noise = self.latent.parts.get("noise") if isinstance(self.latent, Product) else None
        if not (isinstance(noise, Normal) and self.recognizes_codes):
            raise ValueError(
                f"VariationalInfoGAN encodes noise that is Normal and needs codes that the "
                f"discriminator recognises, such as Product(noise=Normal(62), "
                f"category=Categorical(10)), got {latent!r}."
            )
        shapes = sample_shape("encoder", encoder), encoder.output_shape[1:]
        if shapes != (self.sample_shape, (noise.posterior_params_size,)):
            raise ValueError(
                f"The encoder must take samples {self.sample_shape} and give "
                f"{noise.posterior_params_size} parameters of the noise, got {shapes[0]} to "
                f"{shapes[1]}."
            )
        self.encoder = encoder
        self.generator_networks = {"encoder": encoder}
        self.encoder_average = self.average_of(encoder)

    def sample_batch(
        self,
        batch: Nest,
        prior: Tensor,
        generate: Callable[..., dict[str, Nest]],
        draw: Draw | None,
        training: bool = True,
    ) -> GeneratedSamples:
        """Generates samples; in training every second one is a reconstruction.

        The latents of samples 0, 2, 4, ... are drawn from the posterior of the real sample at the
        same position. The generator's outputs include `posterior_kl`, their KL in nats.
        """
        if not training:
            return super().sample_batch(batch, prior, generate, draw, training)
        assert draw is not None, "an update draws"
        encoded = batch["samples"][::2]
        posterior = self._noise.posterior(self.call_in_training(self.encoder, encoded))
        codes = self._codes
        inferred = without_updates(self.discriminate)(encoded, training=True)["codes"]
        parameters = codes.split_parameters(inferred)

        def draw_encoded(sample: Sampler) -> Tensor:
            # Draws for all samples, so that they do not depend on how replicas share the batch.
            return draw(sample)[::2]

        parts = {"noise": normal_sample(posterior, draw_encoded)}
        for name, part in codes.parts.items():
            parts[name] = ops.stop_gradient(code_sample(part, parameters[name], draw_encoded))
        n = ops.shape(prior)[0]
        posterior_latents = ops.repeat(self.latent.join_latents(parts), 2, axis=0)[:n]
        latents = ops.where(ops.arange(n)[:, None] % 2 == 0, posterior_latents, prior)
        outputs = {**generate(latents, None), "posterior_kl": self._kl(posterior)}
        return GeneratedSamples(outputs, latents, slice(1, None, 2), slice(None, None, 2))

    def encode(
        self,
        x: Nest,
        batch_size: int = 256,
        *,
        y: Nest | None = None,
        starts: int = 1,
        steps: int = 0,
        seed: int = 0,
    ) -> np.ndarray:
        """Infers the latent of each sample, float32 `(n, latent.dimension)`.

        Noise and continuous codes are the posterior's mean. A categorical code is the most probable
        category, because the generator is not trained on mixtures of categories.

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1].
            batch_size: Number of samples in a batch.
            y: None: the model takes no conditions.
            starts: 1: a search starts from the encoder's latent.
            steps: Number of steps of a search that improves it, see `metrics.invert_generator`.
            seed: Without effect: nothing is drawn.

        Raises:
            ValueError: If there is more than one start.
        """
        if starts != 1 or y is not None:
            raise ValueError(
                f"encode of {type(self).__name__} starts once, from its encoder, and takes no "
                f"conditions, got starts={starts}, y={shown(y)}."
            )
        latents = self.in_batches(self.encoded, x, batch_size)
        if not check_integer("encode", "steps", steps, 0):
            return latents
        options = {"steps": steps, "batch_size": batch_size, "starts": 1}
        return invert_generator(self, x, first=latents, **options).latents

    def reconstruct(self, x: Tensor, batch_size: int = 256) -> np.ndarray:
        """Generates samples from `encode(x)`, float32 in [-1, 1], of the shape of `x`."""
        return self.in_batches(self.reconstructed, x, batch_size)

    def extra_signatures(self) -> dict[str, Any]:
        """Further signatures of an export: `encode` and `reconstruct`, of images in [-1, 1]."""
        images = {"images": tf.TensorSpec((None, *self.sample_shape), tf.float32)}
        return {
            "encode": (lambda images: {"latents": self.encoded(images)}, images),
            "reconstruct": (lambda images: {"images": self.reconstructed(images)}, images),
        }

    def encoded(self, x: Tensor) -> Tensor:
        """Like `encode`, for a tensor of scaled samples."""
        codes = self._codes
        parameters = codes.split_parameters(self.discriminate(x)["codes"])
        parts = {name: posterior_mode(part, parameters[name]) for name, part in codes.parts.items()}
        return self.latent.join_latents({"noise": self._posterior(x)["mean"], **parts})

    def reconstructed(self, x: Tensor) -> Tensor:
        """Like `reconstruct`, for a tensor of scaled samples."""
        return self(self.encoded(x))

    def posterior_kl(self, x: Tensor) -> Tensor:
        """Computes KL(q(z|x) || p(z)) of a tensor of scaled samples, nats, `(batch,)`."""
        return self._kl(self._posterior(x))

    @property
    def _noise(self) -> Normal:
        noise = self.latent.parts["noise"]
        assert isinstance(noise, Normal), "as the constructor has checked"
        return noise

    def _kl(self, posterior: dict[str, Tensor]) -> Tensor:
        # Divided by the prior's scale, so that the prior is N(0, I).
        mean, scale = (posterior[name] / self._noise.scale for name in ("mean", "scale"))
        return diagonal_gaussian_kullback_leibler(mean, 2 * ops.log(scale))

    def _posterior(self, x: Tensor) -> dict[str, Tensor]:
        """Computes q(z|x) with the averaged encoder, if the model has it."""
        if self.encoder_average is None:
            return self._noise.posterior(self.encoder(x, training=False))
        return self._noise.posterior(self.encoder_average.apply(self.encoder, x))
