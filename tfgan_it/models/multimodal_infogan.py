"""An InfoGAN of several modalities: one code, read from any of them, draws all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.datasets.images import check_images, scale_images
from tfgan_it.errors import unknown_name
from tfgan_it.latents import Product
from tfgan_it.latents.code_sampling import posterior_mode
from tfgan_it.models.gan import GAN
from tfgan_it.networks.multimodal import checked_modalities
from tfgan_it.regularizers.information.code_information import check_codes_output
from tfgan_it.seeds import latents_from_seeds
from tfgan_it.typing import Tensor

# What these names mean elsewhere: the parts of a latent, the inputs and outputs of an export.
_TAKEN = {"noise", "images", "latents", "seed", "logit"}


@keras.saving.register_keras_serializable(package="tfgan_it")
class MultimodalInfoGAN(GAN):
    """min_{G, Q} max_D V(D; x) - lambda (L_I(c; x) + sum_m lambda_m L_I(c; x_m)), x = x_1..x_M.

    A sample x is one array of all modalities on its channels. L_I(c; x_m) = H(c) + E ln Q_m(c|x_m)
    is of one modality alone, L_I(c; x) of the joint posterior, a product of the Q_m or a mixture
    (see `layers.PosteriorFusion`); all are lower bounds in nats. V's discriminator sees all
    modalities of a sample at once, so that what is generated has to belong together.

    L_I of all modalities together and of each are the terms `regularizers.CodeInformation` and
    `ModalityInformation` of `compile(terms=[...])`, which report them in nats.

    Args:
        generator: Built model, latents to all modalities `(height, width, channels)`.
        discriminator: Images to `{"logits", "codes", "codes_<modality>" for each,
            "modality_weights"}`, as `networks.multimodal_discriminator` gives them.
            `codes_<modality>` must be a function of the channels of that modality alone.
        latent: A `latents.Product` of noise and codes.
        modalities: Channels of each modality by name, in their order; as images are.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: modalities that do not share the channels, or with the name of something else; a
            discriminator without their outputs; what `GAN` raises.

    Source: Chen et al., 2016, "InfoGAN". The product is that of Wu and Goodman, 2018, "Multimodal
    Generative Models for Scalable Weakly-Supervised Learning", the sum over one and all modalities
    that of its objective. No publication has this system: nearest are those and adversarially
    learned inference of several modalities at once (MMALI). Departures: codes are recognised in
    generated samples alone, as in InfoGAN; `regularizers.CrossModalInformation` adds real pairs.
    """

    latent: Product

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Product,
        modalities: Mapping[str, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(generator, discriminator, latent, **kwargs)
        self.modalities = {name: int(count) for name, count in modalities.items()}
        self.channels = checked_modalities(self.modalities, self.sample_shape)
        taken = sorted(set(self.modalities) & (_TAKEN | set(self._codes.parts)))
        if taken:
            raise ValueError(
                f"No modality can be called {taken[0]!r}, which means something else, such as a "
                f"code; got {', '.join(self.modalities)}."
            )
        parameters = self._codes.posterior_params_size
        for name in self.modalities:
            check_codes_output(self, f"codes_{name}", parameters)
        check_codes_output(self, "modality_weights", len(self.modalities))

    def split(self, samples: Tensor) -> dict[str, Tensor]:
        """The channels of each modality, `(n, height, width, channels)` by name."""
        return {name: samples[..., own] for name, own in self.channels.items()}

    def infer_codes_of(
        self, modality: str, x: Tensor, batch_size: int = 256
    ) -> dict[str, np.ndarray]:
        """Posterior parameters under Q_m(c|x_m): of one modality, the others unseen.

        Args:
            modality: Its name.
            x: `(n, height, width, channels)` of that modality alone, uint8, or float in [-1, 1].
            batch_size: Samples at a time.

        Returns:
            As `infer_codes`.

        Raises:
            ValueError: an unknown modality, with the nearest; samples of another shape.
        """
        posterior = self._codes.posterior(self._read(modality, x, batch_size))
        return {name: ops.convert_to_numpy(value) for name, value in posterior.items()}

    def modality_weights(self, samples: Tensor, batch_size: int = 256) -> dict[str, np.ndarray]:
        """The share of each modality in the joint posterior, `(n,)` by name.

        Args:
            samples: `(n, height, width, channels)` of all modalities.
            batch_size: Samples at a time.
        """
        shares = self.in_batches(
            lambda x: self.discriminate(x)["modality_weights"], samples, batch_size
        )
        return dict(zip(self.modalities, shares.T, strict=True))

    def translate(
        self,
        x: Tensor,
        source: str,
        target: str,
        seed: int | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """Reads the codes of one modality and draws another: the most probable codes, fresh noise.

        Args:
            x: `(n, height, width, channels)` of the source alone, uint8, or float in [-1, 1].
            source: Name of the modality that is read.
            target: Name of the modality that is drawn.
            seed: Of the noise; row i is a function of (x_i, seed, i).
            batch_size: Samples at a time.

        Returns:
            float32 `(n, height, width, channels)` of the target, in [-1, 1].
        """
        self._known(target)
        codes = self._codes
        parameters = codes.split_parameters(self._read(source, x, batch_size))
        read = {name: posterior_mode(part, parameters[name]) for name, part in codes.parts.items()}
        parts = self.latent.split_latents(self.sample_latents(len(x), seed))
        latents = ops.convert_to_numpy(self.latent.join_latents(parts | read))
        made = self.predict(latents, batch_size=batch_size, verbose=0)
        return made[..., self.channels[target]]

    def _known(self, modality: str) -> str:
        if modality not in self.modalities:
            raise unknown_name("modality", modality, self.modalities)
        return modality

    def _shape_of(self, modality: str) -> tuple[int, int, int]:
        return (*self.sample_shape[:2], self.modalities[modality])

    def _read(self, modality: str, x: Tensor, batch_size: int) -> np.ndarray:
        """Parameters of Q_m(c|x_m), `(n, P)`."""
        x = np.asarray(x)
        check_images(x, self._shape_of(self._known(modality)))
        x = ops.convert_to_numpy(scale_images(x))
        name = f"codes_{modality}"
        return self.in_batches(
            lambda batch: self.discriminate(batch)[name], self._alone(modality, x), batch_size
        )

    def _alone(self, modality: str, x: Tensor) -> Tensor:
        """Samples of one modality beside others that are black, which its posterior cannot see."""
        own = self.channels[modality]
        before = ops.full_like(x[..., :1], -1.0)
        parts = [ops.repeat(before, own.start, axis=-1), x]
        parts.append(ops.repeat(before, self.sample_shape[-1] - own.stop, axis=-1))
        return ops.concatenate(parts, axis=-1)

    def extra_signatures(self) -> dict[str, Any]:
        """What an export offers besides, for each modality m: `infer_codes_m` and `generate_m`.

        `infer_codes_m` takes `m`, that modality in [-1, 1]; `generate_m` takes a seed and codes as
        `generate` does, and gives `m` alone.
        """
        codes = self._codes.parts.items()
        given = {name: tf.TensorSpec((None, part.dimension), tf.float32) for name, part in codes}
        given = {"seed": tf.TensorSpec((None,), tf.int64), **given}
        signatures = {}
        for name in self.modalities:
            one = {name: tf.TensorSpec((None, *self._shape_of(name)), tf.float32)}
            signatures[f"infer_codes_{name}"] = (self._inference_of(name), one)
            signatures[f"generate_{name}"] = (self._generation_of(name), given)
        return signatures

    def _inference_of(self, modality: str) -> Callable[..., dict[str, Tensor]]:
        def infer(**inputs: Any) -> dict[str, Tensor]:
            outputs = self.discriminate(self._alone(modality, inputs[modality]))
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
