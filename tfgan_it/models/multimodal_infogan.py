"""An InfoGAN of several modalities: each modality reveals the code that generates all."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import as_array, check_images
from tfgan_it.datasets.modalities import PRESENT
from tfgan_it.errors import unknown_name
from tfgan_it.export.signatures import Signature
from tfgan_it.information import co_information
from tfgan_it.latents import Product
from tfgan_it.latents.code_sampling import posterior_mode
from tfgan_it.layers import PosteriorFusion
from tfgan_it.layers.nested import nested_layers
from tfgan_it.losses import VariationalMutualInformation
from tfgan_it.models.gan import GAN
from tfgan_it.networks.modality_shapes import checked_modalities, modality_shapes
from tfgan_it.regularizers.information.code_information import check_codes_output
from tfgan_it.seeds import latents_from_seeds
from tfgan_it.step import GeneratedSamples
from tfgan_it.typing import Draw, Nest, Tensor

# Names of the parts of a latent, and of inputs and outputs of an export.
_RESERVED = {"noise", "images", "latents", "seed", "logit", PRESENT}


@keras.saving.register_keras_serializable(package="tfgan_it")
class MultimodalInfoGAN(GAN):
    """min_{G, Q} max_D V(D; x) - lambda (L_I(c; x) + sum_m lambda_m L_I(c; x_m)), x = x_1..x_M.

    A sample x is one array with the channels of all modalities, or a dict of modalities: images,
    spectrograms, texts. The joint posterior of L_I(c; x) is a product or a mixture of the Q_m (see
    `layers.PosteriorFusion`), and L_I(c; x_m) = H(c) + E ln Q_m(c|x_m); all are lower bounds in
    nats. The discriminator takes all modalities of a sample together, so that the generator must
    keep them consistent.

    Modalities may be missing. A dict then has the part `present`, `(n, M)`, 1 for the modalities
    that are there and 0 for the others, at least one of each sample (`datasets.hide_modalities`).
    Generated samples are shown to the discriminator with the masks of the real ones, as in MisGAN,
    so that what is missing at random does not distinguish them. Codes are inferred and samples
    completed from any of the modalities, whether some are missing in training or not.

    The terms `regularizers.CodeInformation` and `ModalityInformation` of `compile(terms=[...])`
    add and report L_I of all modalities and of each, in nats.

    Args:
        generator: Built model from latents to all modalities `(height, width, channels)`, or to a
            dict of them, and `present` if some may be missing.
        discriminator: Model from samples to `{"logits", "codes", "codes_<modality>" for each,
            "modality_weights"}`, such as `networks.multimodal_discriminator`. `codes_<modality>`
            must depend only on that modality.
        latent: A `latents.Product` of noise and codes.
        modalities: Number of channels of each modality by name, in the order of the channels; None
            for samples that are a dict, whose parts they are.
        **kwargs: As for `GAN`.

    Raises:
        ValueError: If modalities do not add up to the channels or have a reserved name, if the
            discriminator lacks their outputs, or as for `GAN`.

    Source: Chen et al., 2016, "InfoGAN: Interpretable Representation Learning by Information
    Maximizing Generative Adversarial Nets". The product, and the sum over single and joint
    modalities, are those of Wu and Goodman, 2018, "Multimodal Generative Models for Scalable
    Weakly-Supervised Learning"; masks are those of Li, Jiang and Marlin, 2019, "MisGAN: Learning
    from Incomplete Data with Generative Adversarial Networks". This system is not published; the
    nearest are those and adversarially learned inference of several modalities (MMALI). Departures:
    recognition learns from generated samples, as in InfoGAN, from real pairs
    (`regularizers.CrossModalInformation`), or from these alone, as in `recipes.multimodal_infogan`;
    masks are taken from the data, not generated.
    """

    latent: Product

    takes_conditions = False

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        latent: Product,
        modalities: Mapping[str, int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(generator, discriminator, latent, **kwargs)
        if modalities is not None:
            modalities = {
                name: check_integer(self, f"modality {name!r}", count, 1)
                for name, count in modalities.items()
            }
        self.modality_shapes = modality_shapes(self.sample_shape, modalities)
        self.modalities = {name: shape[-1] for name, shape in self.modality_shapes.items()}
        self.channels: dict[str, slice] = {}
        if not isinstance(self.sample_shape, dict):
            self.channels = checked_modalities(self.modalities, self.sample_shape)
        self.may_be_missing = isinstance(self.sample_shape, dict) and PRESENT in self.sample_shape
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
        layers = (x for x in nested_layers(discriminator) if isinstance(x, PosteriorFusion))
        self.fusion = next(layers, PosteriorFusion(self._codes))

    def split(self, samples: Nest) -> dict[str, Tensor]:
        """Splits samples into the modalities, `(n, ...)` by name, without `present`."""
        if not self.channels:
            return {name: samples[name] for name in self.modalities}
        return {name: samples[..., channels] for name, channels in self.channels.items()}

    def sample_batch(
        self,
        batch: Nest,
        prior: Tensor,
        generate: Callable[..., dict[str, Nest]],
        draw: Draw | None,
        training: bool = True,
    ) -> GeneratedSamples:
        """Generates samples, of which the same modalities are missing as of the real ones."""
        generated = super().sample_batch(batch, prior, generate, draw, training)
        if not self.may_be_missing:
            return generated
        samples = {**generated.outputs["samples"], PRESENT: batch["samples"][PRESENT]}
        return GeneratedSamples({**generated.outputs, "samples": samples}, prior)

    def infer_codes(
        self, x: Nest, y: Nest | None = None, batch_size: int = 256
    ) -> dict[str, np.ndarray]:
        """Computes the posterior parameters of each sample's codes, from any of its modalities.

        Args:
            x: Samples; or a dict of some modalities `(n, ...)`, uint8, or float in [-1, 1].
            y: None: the model takes no conditions.
            batch_size: Number of samples in a batch.

        Returns:
            As `GAN.infer_codes`, under the joint posterior of the modalities that are given.

        Raises:
            ValueError: If no modality is given, one is unknown (the message names the nearest), or
                samples have another shape or other numbers.
        """
        partial = isinstance(x, Mapping) and (self.channels or set(x) != set(self.sample_shape))
        if not partial:
            return super().infer_codes(x, y, batch_size)
        posterior = self._codes.posterior(self._read(x, batch_size))
        return {name: ops.convert_to_numpy(value) for name, value in posterior.items()}

    def infer_codes_of(
        self, modality: str, x: Tensor, batch_size: int = 256
    ) -> dict[str, np.ndarray]:
        """Computes the posterior parameters under Q_m(c|x_m), from one modality only.

        Args:
            modality: Name of the modality.
            x: Its samples `(n, ...)`, uint8, or float in [-1, 1].
            batch_size: Number of samples in a batch.

        Returns:
            As `infer_codes`.

        Raises:
            ValueError: If the modality is unknown (the message names the nearest), or samples have
                another shape.
        """
        return self.infer_codes({modality: x}, batch_size=batch_size)

    def modality_weights(self, samples: Nest, batch_size: int = 256) -> dict[str, np.ndarray]:
        """Computes the weight of each modality in the joint posterior, `(n,)` by name.

        Args:
            samples: Samples `(n, ...)` of all modalities, or a dict of some: the others have no
                weight.
            batch_size: Number of samples in a batch.
        """
        if isinstance(samples, Mapping) and set(samples) != set(self.sample_shape):
            _, weights = self._fused(samples, batch_size)
            return dict(zip(self.modalities, weights.T, strict=True))
        weights = self.in_batches(
            lambda x: self.discriminate(x)["modality_weights"], samples, batch_size
        )
        return dict(zip(self.modalities, weights.T, strict=True))

    def generate_from(
        self, given: Mapping[str, Tensor], seed: int | None = None, batch_size: int = 256
    ) -> dict[str, np.ndarray]:
        """Generates all modalities from the most probable codes of those given, with random noise.

        Args:
            given: One or several modalities by name, `(n, ...)`, uint8, or float in [-1, 1].
            seed: Seed of the noise; output i is a function of (given_i, seed, i).
            batch_size: Number of samples in a batch.

        Returns:
            float32 `(n, ...)` by modality, those that are given included.

        Raises:
            ValueError: As for `infer_codes`.
        """
        codes = self._codes
        parameters = codes.split_parameters(self._read(given, batch_size))
        modes = {name: posterior_mode(part, parameters[name]) for name, part in codes.parts.items()}
        n = len(next(iter(given.values())))
        parts = self.latent.split_latents(self.sample_latents(n, seed))
        latents = ops.convert_to_numpy(self.latent.join_latents(parts | modes))
        return self.split(self.predict(latents, batch_size=batch_size, verbose=0))

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
            x: Source samples `(n, ...)`, uint8, or float in [-1, 1].
            source: Name of the modality of `x`.
            target: Name of the modality to generate.
            seed: Seed of the noise; output i is a function of (x_i, seed, i).
            batch_size: Number of samples in a batch.

        Returns:
            float32 `(n, ...)` of the target; images are in [-1, 1].
        """
        self._check_modality(target)
        return self.generate_from({source: x}, seed, batch_size)[target]

    def subset_information(
        self, n: int = 2000, seed: int | None = None, batch_size: int = 256
    ) -> dict[str, float]:
        """Computes L_I(c; x_S) of each set S of modalities on n generated samples, in nats.

            L_I(c; x_S) = H(c) + E ln Q_S(c|x_S) <= I(c; x_S)

        with the joint posterior Q_S of the modalities in S, see `layers.PosteriorFusion`.

        Args:
            n: Number of samples.
            seed: Seed of the samples.
            batch_size: Number of samples in a batch.

        Returns:
            The bounds by the names of S, joined by `+`, in the order of the modalities; and
            `co_information`, see `information.co_information`: positive where modalities
            repeat what they tell of the codes. A difference of bounds is not a bound.
        """
        latents = self.sample_latents(n, seed)
        samples = self.split(self.predict(latents, batch_size=batch_size, verbose=0))
        codes = self.latent.codes_from_latents(latents)
        measure = VariationalMutualInformation(self._codes)
        found = {}
        for subset in self._subsets():
            parameters = self._read({name: samples[name] for name in subset}, batch_size)
            nats = measure.per_code(codes, parameters).values()
            found[subset] = float(sum(ops.mean(each) for each in nats))
        return {
            **{"+".join(subset): nats for subset, nats in found.items()},
            "co_information": co_information(found),
        }

    def _subsets(self) -> list[tuple[str, ...]]:
        """Returns all sets of modalities that are not empty, the smallest first."""
        sizes = range(1, len(self.modalities) + 1)
        return [s for size in sizes for s in itertools.combinations(self.modalities, size)]

    def _checked(self, samples: Nest, minimum: int = 1, purpose: str = "") -> Nest:
        """As `GAN`, and checks the masks of missing modalities."""
        samples = super()._checked(samples, minimum, purpose)
        if self.may_be_missing:
            present = samples[PRESENT]
            if not np.isin(present, (0, 1)).all() or not present.any(axis=1).all():
                row = int(np.argmin(present.any(axis=1) & np.isin(present, (0, 1)).all(axis=1)))
                raise ValueError(
                    f"{PRESENT} must be 1 for the modalities that a sample has, of which there is "
                    f"at least one, and 0 for the others, got {present[row].tolist()} for sample "
                    f"{row}."
                )
        return samples

    def _check_modality(self, modality: str) -> str:
        if modality not in self.modalities:
            raise unknown_name("modality", modality, self.modalities)
        return modality

    def _read(self, given: Mapping[str, Tensor], batch_size: int) -> np.ndarray:
        """Parameters of the joint posterior of what is given, `(n, P)`."""
        return self._fused(given, batch_size)[0]

    def _fused(self, given: Mapping[str, Tensor], batch_size: int) -> tuple[np.ndarray, np.ndarray]:
        """Parameters of the joint posterior of what is given, `(n, P)`, and weights, `(n, M)`."""
        arrays = {}
        for name, x in given.items():
            shape = self.modality_shapes[self._check_modality(name)]
            x = as_array(name, x)
            check_images(x, shape, value_range=self.value_range)
            arrays[name] = ops.convert_to_numpy(self.scale(x))
        if not arrays:
            raise ValueError(
                f"All modalities are missing: give at least one of {', '.join(self.modalities)}."
            )
        counts = {name: len(x) for name, x in arrays.items()}
        if len(set(counts.values())) > 1:
            counted = ", ".join(f"{n} {name}" for name, n in counts.items())
            raise ValueError(f"All modalities must have the same number of samples, got {counted}.")
        return self.in_batches(
            lambda batch: self._fusion_of(list(arrays), self.discriminate(batch)),
            self._padded(arrays),
            batch_size,
        )

    def _fusion_of(self, names: Sequence[str], outputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Fuses the posteriors of some modalities, without those of the others."""
        parameters = [outputs[f"codes_{name}"] for name in self.modalities]
        present = ops.ones_like(outputs["modality_weights"])
        present *= np.isin(list(self.modalities), names).astype("float32")
        if len(names) == 1:
            return outputs[f"codes_{names[0]}"], present
        # A mixture's weights are a softmax, which restricted to some is their renormalisation.
        scores = ops.log(ops.maximum(outputs["modality_weights"], 1e-30))
        return self.fusion(parameters, scores, present=present)

    def _padded(self, given: Mapping[str, Tensor]) -> Nest:
        """Fills the other modalities: -1 in images, 0 in texts. Their posteriors are not read."""
        like = next(iter(given.values()))
        n = ops.shape(like)[0]
        parts = {
            name: given[name]
            if name in given
            else ops.full((n, *shape), -1.0 if len(shape) == 3 else 0.0)
            for name, shape in self.modality_shapes.items()
        }
        if self.channels:
            return ops.concatenate(list(parts.values()), axis=-1)
        if self.may_be_missing:
            there = [float(name in given) for name in self.modalities]
            parts[PRESENT] = ops.tile(ops.convert_to_tensor([there], dtype="float32"), (n, 1))
        return parts

    def extra_signatures(self) -> dict[str, Any]:
        """Further signatures of an export: `infer_codes_m`, `generate_m` of each modality m.

        `infer_codes_m` takes `m`, that modality in the range of samples. `generate_m` takes a seed
        and codes as `generate` does, and returns only `m`. With three modalities or more there is
        an `infer_codes_l_m` of each two.
        """
        codes = self._codes.parts.items()
        specs = {name: tf.TensorSpec((None, part.dimension), tf.float32) for name, part in codes}
        specs = {"seed": tf.TensorSpec((None,), tf.int64), **specs}
        signatures = {}
        subsets = [s for s in self._subsets() if len(s) < min(3, max(2, len(self.modalities)))]
        for names in subsets:
            inputs = {
                name: tf.TensorSpec((None, *self.modality_shapes[name]), tf.float32)
                for name in names
            }
            signatures[f"infer_codes_{'_'.join(names)}"] = Signature(
                self._inference_of(names), inputs, samples=()
            )
        for name in self.modalities:
            signatures[f"generate_{name}"] = Signature(
                self._generation_of(name), specs, samples=(name,)
            )
        return signatures

    def _inference_of(self, names: Sequence[str]) -> Callable[..., dict[str, Tensor]]:
        def infer(**inputs: Any) -> dict[str, Tensor]:
            outputs = self.discriminate(self._padded(inputs))
            return self._codes.posterior(self._fusion_of(names, outputs)[0])

        return infer

    def _generation_of(self, modality: str) -> Callable[..., dict[str, Tensor]]:
        def generate(seed: Tensor, **codes: Any) -> dict[str, Tensor]:
            parts = self.latent.split_latents(
                latents_from_seeds(self.latent, seed, tf.zeros_like(seed))
            )
            return {modality: self.split(self(self.latent.join_latents(parts | codes)))[modality]}

        return generate
