"""Samples of a trained generator, by seed, condition and code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from keras import ops

from tfgan_it.conditions import conditions_from_seeds
from tfgan_it.datasets.batches import in_order
from tfgan_it.errors import unknown_name
from tfgan_it.latents.code_sampling import code_values
from tfgan_it.models.training import TrainedOnSamples
from tfgan_it.seeds import latents_from_seeds
from tfgan_it.typing import Nest, Shape, Tensor


class GeneratesSamples(TrainedOnSamples):
    """`generate` of an adversarial model, and the latents that it makes samples of."""

    def sample_latents(
        self, n: int, seed: int | None = None, codes: Mapping[str, Tensor] | None = None
    ) -> np.ndarray:
        """Latents `(n, latent.dimension)`, row i a function of (seed, i); a fresh seed where None.

        Args:
            n: Number of latents.
            seed: Any 64-bit integer.
            codes: Values of some codes by name: one for all, or one for each latent.

        Raises:
            ValueError: an unknown code, with the nearest; values of another shape, or a number that
                is not a category; a model without a latent.
        """
        if self.latent is None:
            raise ValueError("This model has no latent: it translates samples, see translate.")
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        latents = latents_from_seeds(self.latent, np.full(n, seed, "int64"), np.arange(n)).numpy()
        return self.with_codes(latents, codes or {})

    def with_codes(self, latents: np.ndarray, codes: Mapping[str, Tensor]) -> np.ndarray:
        """The latents with other values of some codes; see `sample_latents`."""
        assert self.latent is not None, "the model has no latent"
        parts = dict(self.latent.split_latents(latents))
        known = self.latent.codes.parts if self.latent.codes else {}
        for name, values in codes.items():
            if name not in known:
                raise unknown_name("code", name, known or ["none"])
            parts[name] = code_values(name, known[name], values, len(latents))
        return ops.convert_to_numpy(self.latent.join_latents(parts)) if codes else latents

    def latents_of_seeds(self, seeds: Sequence[int]) -> np.ndarray:
        """`(len(seeds), latent.dimension)`, for each seed that of `generate(1, seed)`."""
        seeds = np.asarray(seeds, "int64")
        return latents_from_seeds(self.latent, seeds, np.zeros_like(seeds)).numpy()

    def sample_conditions(self, n: int, seed: int) -> Nest:
        """Conditions of `n` samples drawn from their prior, row i a function of (seed, i)."""
        return conditions_from_seeds(self.conditions, np.full(n, seed, "int64"), np.arange(n))

    def generate(
        self,
        n: int,
        seed: int | None = None,
        batch_size: int = 256,
        *,
        conditions: Nest | None = None,
        codes: Mapping[str, Tensor] | None = None,
    ) -> Nest:
        """`n` samples, float32, of the averaged weights where there are some.

        The first k samples of `generate(n, seed)` are those of `generate(k, seed)`.

        Args:
            n: Number of samples.
            seed: Any 64-bit integer; a fresh one where None.
            batch_size: Samples at a time.
            conditions: One condition for all samples, or one for each, such as a label; drawn from
                their prior where None.
            codes: Values of some codes by name, such as `{"category": 3, "style": [0.5, 0.0]}`: one
                for all samples, or one for each. The others are drawn.

        Raises:
            ValueError: an unknown code, values of another shape, conditions that the model does not
                take or that have no prior.
        """
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        if conditions is not None and self.conditions is None:
            raise ValueError("This model takes no conditions: GAN(..., conditions=...) sets them.")
        if n == 0:
            return _empty(self.sample_shape)
        inputs = self.sample_latents(n, seed, codes)
        if self.conditions is not None:
            if conditions is None:
                given = self.sample_conditions(n, seed)
            else:
                given = self.conditions.given(conditions, n)
            inputs = ((inputs, given),)
        return self.predict(in_order(inputs, batch_size), verbose=0)


def _empty(shape: Shape) -> Nest:
    if isinstance(shape, dict):
        return {name: _empty(part) for name, part in shape.items()}
    return np.zeros((0, *shape), "float32")
