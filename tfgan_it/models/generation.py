"""Samples of a trained generator by seed, condition and code."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import ops, tree

from tfgan_it.checks import check_bool, check_integer, check_seed, shown
from tfgan_it.conditions import conditions_from_seeds
from tfgan_it.datasets.batches import in_order
from tfgan_it.datasets.images import as_array
from tfgan_it.errors import unknown_name
from tfgan_it.latents import Latent
from tfgan_it.latents.code_sampling import code_values
from tfgan_it.memory import check_memory
from tfgan_it.models.incoming import empty_samples
from tfgan_it.models.keras_methods import KerasMethods
from tfgan_it.seeds import latents_from_seeds
from tfgan_it.typing import Nest, Tensor
from tfgan_it.visualization.pil import check_pil_shape, to_pil

_UNCONDITIONAL = "This model takes no conditions: GAN(..., conditions=...) sets them."


class GeneratesSamples(KerasMethods):
    """`generate` of an adversarial model, and the latents for it."""

    def sample_latents(
        self, n: int, seed: int | None = None, codes: Mapping[str, Tensor] | None = None
    ) -> np.ndarray:
        """Draws latents `(n, latent.dimension)`; latent i is a function of (seed, i).

        Args:
            n: Number of latents.
            seed: Whole number of 64 bits; random if None.
            codes: Values of some codes by name: one for all latents, or one for each.

        Raises:
            ValueError: If n or the seed is not a whole number in its range, a code is unknown (the
                message names the nearest), or its values have another shape or are not categories;
                or if the model has no latent.
        """
        latent = self._latent()
        n, seed = check_integer("", "n", n, 0), _seed(seed)
        check_memory(f"n={n} latents", 4.0 * n * latent.dimension)
        columns = self._columns_of_codes(codes or {}, n)
        latents = latents_from_seeds(latent, np.full(n, seed, "int64"), np.arange(n)).numpy()
        return self._with_columns(latents, columns)

    def with_codes(self, latents: np.ndarray, codes: Mapping[str, Tensor]) -> np.ndarray:
        """Replaces the values of some codes in latents `(n, dimension)`; see `sample_latents`.

        Raises:
            ValueError: If latents have another shape, or as for `sample_latents`.
        """
        latents = as_array("latents", latents)
        if latents.shape[1:] != (self._latent().dimension,):
            raise ValueError(
                f"latents must be (n, {self._latent().dimension}), got the shape {latents.shape}."
            )
        return self._with_columns(latents, self._columns_of_codes(codes, len(latents)))

    def _columns_of_codes(self, codes: Mapping[str, Tensor], n: int) -> dict[str, np.ndarray]:
        latent = self._latent()
        if not isinstance(codes, Mapping):
            raise ValueError(f"codes must be a dict of values by name, got {shown(codes)}.")
        parts = latent.codes.parts if latent.codes else {}
        for name in codes:
            if name not in parts:
                raise unknown_name("code", name, parts)
        return {name: code_values(name, parts[name], values, n) for name, values in codes.items()}

    def _with_columns(self, latents: np.ndarray, columns: dict[str, np.ndarray]) -> np.ndarray:
        if not columns:
            return latents
        latent = self._latent()
        return ops.convert_to_numpy(
            latent.join_latents({**latent.split_latents(latents), **columns})
        )

    def _latent(self) -> Latent:
        if self.latent is None:
            raise ValueError("This model has no latent: it translates samples, see translate.")
        return self.latent

    def latents_of_seeds(self, seeds: Sequence[int]) -> np.ndarray:
        """Returns the latent of `generate(1, seed)` for each seed, `(len(seeds), dimension)`.

        Raises:
            ValueError: If these are not whole numbers of 64 bits.
        """
        if isinstance(seeds, str) or not hasattr(seeds, "__iter__"):
            raise ValueError(f"seeds must be a list of whole numbers, got {shown(seeds)}.")
        seeds = np.asarray([check_seed("", seed) for seed in seeds], "int64")
        return latents_from_seeds(self._latent(), seeds, np.zeros_like(seeds)).numpy()

    def sample_conditions(self, n: int, seed: int) -> Nest:
        """Draws `n` conditions from their prior; condition i is a function of (seed, i).

        Raises:
            ValueError: If the model takes no conditions, they have no prior, or a number is not a
                whole number in its range.
        """
        if self.conditions is None:
            raise ValueError(_UNCONDITIONAL)
        n, seed = check_integer("", "n", n, 0), check_seed("", seed)
        return conditions_from_seeds(self.conditions, np.full(n, seed, "int64"), np.arange(n))

    def generate(
        self,
        n: int,
        seed: int | None = None,
        batch_size: int = 256,
        *,
        conditions: Nest | None = None,
        codes: Mapping[str, Tensor] | None = None,
        as_images: bool = False,
    ) -> Nest:
        """Generates `n` float32 samples, with the averaged weights if the model has them.

        The first k samples of `generate(n, seed)` equal `generate(k, seed)`.

        Args:
            n: Number of samples.
            seed: Whole number of 64 bits; random if None.
            batch_size: Number of samples in a batch.
            conditions: One condition for all samples, or one for each, such as a label. By default
                they are drawn from their prior.
            codes: Values of some codes by name, such as `{"category": 3, "style": [0.5, 0.0]}`: one
                for all samples, or one for each. The other codes are drawn.
            as_images: Whether to return a list of `PIL.Image.Image` objects, see
                `visualization.to_pil`; of samples that are a dict, a dict of lists.

        Raises:
            ValueError: If a number is outside of its range, a code is unknown or has another shape,
                the model does not take the conditions or has no prior of them, or samples that are
                not images are wanted as images.
        """
        if check_bool("", "as_images", as_images):
            check_pil_shape(self.sample_shape)
        n, seed = check_integer("", "n", n, 0), _seed(seed)
        batch_size = check_integer("", "batch_size", batch_size, 1)
        if conditions is not None and self.conditions is None:
            raise ValueError(_UNCONDITIONAL)
        shapes = tree.flatten(tree.map_shape_structure(math.prod, self.sample_shape))
        check_memory(f"n={n} samples of {self.sample_shape}", 4.0 * n * sum(shapes))
        if n == 0:
            return [] if as_images else empty_samples(self.sample_shape)
        if self.conditions is not None and conditions is not None:
            conditions = self.conditions.broadcast(conditions, n)
        inputs = self.sample_latents(n, seed, codes)
        if self.conditions is not None:
            if conditions is None:
                conditions = self.sample_conditions(n, seed)
            inputs = ((inputs, conditions),)
        # All of it is checked above.
        samples = keras.Model.predict(self, in_order(inputs, batch_size), verbose=0)
        return to_pil(samples, value_range=self.value_range) if as_images else samples


def _seed(seed: int | None) -> int:
    """Returns the seed, or a random one for None."""
    if seed is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    return check_seed("", seed)
