"""An InfoGAN of several modalities: each modality reveals the code that generates all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import as_array, check_images
from tfgan_it.errors import unknown_name
from tfgan_it.latents import Product
from tfgan_it.latents.code_sampling import posterior_mode
from tfgan_it.models.gan import GAN
from tfgan_it.networks.multimodal import checked_modalities
from tfgan_it.regularizers.information.code_information import check_codes_output
from tfgan_it.seeds import latents_from_seeds
from tfgan_it.typing import Tensor

# Names of the parts of a latent, and of inputs and outputs of an export.
_RESERVED = {"noise", "images", "latents", "seed", "logit"}


@keras.saving.register_keras_serializable(package="tfgan_it")
class MultimodalInfoGAN(GAN):
    """min_{G, Q} max_D V(D; x) - lambda (L_I(c; x) + sum_m lambda_m L_I(c; x_m)), x = x_1..x_M.

    A sample x is one array with the channels of all modalities. The joint posterior of L_I(c; x)
    is a product or a mixture of the Q_m (see `layers.PosteriorFusion`), and
    L_I(c; x_m) = H(c) + E ln Q_m(c|x_m); all are lower bounds in nats. The discriminator takes all
    modalities of a sample together, so that the generator must keep them consistent.

    The terms `regularizers.CodeInformation` and `ModalityInformation` of `compile(terms=[...])`
    add and report L_I of all modalities and of each, in nats.

    Args:
        generator: Built model from latents to all modalities `(height, width, channels)`.
        discriminator: Model from images to `{"logits", "codes", "codes_<modality>" for each,
            "modality_weights"}`, such as `networks.multimodal_discriminator`. `codes_<modality>`
            must depend only on the channels of that modality.
        latent: A `latents.Product` of noise and codes.
        modalities: Number of channels of each modality by name, in the order of the channels.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: If modalities do not add up to the channels or have a reserved name, if the
            discriminator lacks their outputs, or as for `GAN`.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets". The product, and the sum over single and joint
    modalities, are those of Wu and Goodman, 2018, "Multimodal Generative Models for Scalable
    Weakly-Supervised Learning". This system is not published; the nearest are those two and
    adversarially learned inference of several modalities (MMALI). Departures: codes are recognised
    only in generated samples, as in InfoGAN; `regularizers.CrossModalInformation` adds real pairs.
    """

    latent: Product

    takes_conditions = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Product,
        modalities: Mapping[str, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(generator, discriminator, latent, **kwargs)
        self.modalities = {
            name: check_integer(self, f"modality {name!r}", count, 1)
            for name, count in modalities.items()
        }
        self.channels = checked_modalities(self.modalities, self.sample_shape)
        reserved = sorted(set(self.modalities) & (_RESERVED | set(self._codes.parts)))
        if reserved:
            raise ValueError(
                f"A modality cannot be called {reserved[0]!r}, the name of a code or of an input "
                f"of an export; got {', '.join(self.modalities)}."
            )
        parameters = self._codes.posterior_params_size
        for name in self.modalities:
            check_codes_output(self, f"codes_{name}", parameters)
        check_codes_output(self, "modality_weights", len(self.modalities))

    def split(self, samples: Tensor) -> dict[str, Tensor]:
        """Splits samples into the modalities, `(n, height, width, channels)` by name."""
        return {name: samples[..., channels] for name, channels in self.channels.items()}

    def infer_codes_of(
        self, modality: str, x: Tensor, batch_size: int = 256
    ) -> dict[str, np.ndarray]:
        """Computes the posterior parameters under Q_m(c|x_m), from one modality only.

        Args:
            modality: Name of the modality.
            x: Its samples `(n, height, width, channels)`, uint8, or float in [-1, 1].
            batch_size: Number of samples in a batch.

        Returns:
            As `infer_codes`.

        Raises:
            ValueError: If the modality is unknown (the message names the nearest), or samples have
                another shape.
        """
        posterior = self._codes.posterior(self._read(modality, x, batch_size))
        return {name: ops.convert_to_numpy(value) for name, value in posterior.items()}

    def modality_weights(self, samples: Tensor, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Computes the weight of each modality in the joint posterior, `(n,)` by name.

        Args:
            samples: Samples `(n, height, width, channels)` of all modalities.
            batch_size: Number of samples in a batch.
        """
        weights = self.in_batches(
            lambda x: self.discriminate(x)["modality_weights"], samples, batch_size
        )
        return dict(zip(self.modalities, weights.T, strict=True))

    def translate(
        self,
        x: Tensor,
        source: str,
        target: str,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """Generates one modality from the most probable codes of another, with random noise.

        Args:
            x: Source samples `(n, height, width, channels)`, uint8, or float in [-1, 1].
            source: Name of the modality of `x`.
            target: Name of the modality to generate.
            seed: Seed of the noise; output i is a function of (x_i, seed, i).
            batch_size: Number of samples in a batch.

        Returns:
            float32 `(n, height, width, channels)` of the target, in [-1, 1].
        """
        self._check_modality(target)
        codes = self._codes
        parameters = codes.split_parameters(self._read(source, x, batch_size))
        modes = {name: posterior_mode(part, parameters[name]) for name, part in codes.parts.items()}
        parts = self.latent.split_latents(self.sample_latents(len(x), seed))
        latents = ops.convert_to_numpy(self.latent.join_latents(parts | modes))
        samples = self.predict(latents, batch_size=batch_size, verbose=0)
        return samples[..., self.channels[target]]

    def _check_modality(self, modality: str) -> str:
        if modality not in self.modalities:
            raise unknown_name("modality", modality, self.modalities)
        return modality

    def _shape_of(self, modality: str) -> tuple[int, int, int]:
        return (*self.sample_shape[:2], self.modalities[modality])

    def _read(self, modality: str, x: Tensor, batch_size: int) -> np.ndarray:
        """Parameters of Q_m(c|x_m), `(n, P)`."""
        x, shape = as_array("images", x), self._shape_of(self._check_modality(modality))
        check_images(x, shape, value_range=self.value_range)
        x = ops.convert_to_numpy(self.scale(x))
        name = f"codes_{modality}"
        return self.in_batches(
            lambda batch: self.discriminate(batch)[name], self._padded(modality, x), batch_size
        )

    def _padded(self, modality: str, x: Tensor) -> Tensor:
        """Fills the other modalities with -1; the posterior of this one does not depend on them."""
        channels = self.channels[modality]
        missing = (channels.start, self.sample_shape[-1] - channels.stop)
        return ops.pad(x, [*[(0, 0)] * (len(x.shape) - 1), missing], constant_values=-1.0)

    def extra_signatures(self) -> dict[str, Any]:
        """Further signatures of an export, for each modality m: `infer_codes_m`, `generate_m`.

        `infer_codes_m` takes `m`, that modality in [-1, 1]. `generate_m` takes a seed and codes as
        `generate` does, and returns only `m`.
        """
        codes = self._codes.parts.items()
        specs = {name: tf.TensorSpec((None, part.dimension), tf.float32) for name, part in codes}
        specs = {"seed": tf.TensorSpec((None,), tf.int64), **specs}
        signatures = {}
        for name in self.modalities:
            image_spec = {name: tf.TensorSpec((None, *self._shape_of(name)), tf.float32)}
            signatures[f"infer_codes_{name}"] = (self._inference_of(name), image_spec)
            signatures[f"generate_{name}"] = (self._generation_of(name), specs)
        return signatures

    def _inference_of(self, modality: str) -> Callable[..., dict[str, Tensor]]:
        def infer(**inputs: Any) -> dict[str, Tensor]:
            outputs = self.discriminate(self._padded(modality, inputs[modality]))
            return self._codes.posterior(outputs[f"codes_{modality}"])

        return infer

    def _generation_of(self, modality: str) -> Callable[..., dict[str, Tensor]]:
        def generate(seed: Tensor, **codes: Any) -> dict[str, Tensor]:
            parts = self.latent.split_latents(
                latents_from_seeds(self.latent, seed, tf.zeros_like(seed))
            )
            return {
                modality: self(self.latent.join_latents(parts | codes))[
                    ..., self.channels[modality]
                ]
            }

        return generate
