"""Real samples as latents, and samples with other codes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from keras import ops, tree

from tfgan_it.checks import check_integer, check_seed
from tfgan_it.datasets.batches import in_order
from tfgan_it.latents.code_sampling import posterior_mode
from tfgan_it.metrics.sample_quality.inversion import invert_generator
from tfgan_it.models.exportable import Exportable
from tfgan_it.typing import Nest, Tensor


class EditsSamples(Exportable):
    """`encode` and `edit` of an adversarial model with a latent."""

    def encode(
        self,
        x: Nest,
        batch_size: int = 32,
        *,
        y: Nest | None = None,
        starts: int = 4,
        steps: int = 300,
        seed: int = 0,
    ) -> np.ndarray:
        """Finds the latent of each sample, float32 `(n, latent.dimension)`, by gradient descent.

        It is `metrics.invert_generator`, which tells what is lost as well. If the discriminator
        recognises codes, every start has the codes that it infers: the most probable category, and
        the mean of a continuous code. Otherwise codes are those of the best start.

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1].
            batch_size: Number of samples whose latents are searched at once.
            y: Conditions of the samples, for a conditional model.
            starts: Number of starts for each sample.
            steps: Number of steps of the search.
            seed: Seed of the starts.

        Raises:
            ValueError: If the model has no latent, or as for `metrics.invert_generator`.
        """
        latent, seed = self._latent(), check_seed("encode", seed)
        starts = check_integer("encode", "starts", starts, 1)
        first = None
        if self.recognizes_codes:
            modes = self.in_batches(self._inferred_modes, x, 256, y)
            n = len(next(iter(modes.values())))
            drawn = self.sample_latents(n * starts, seed)
            columns = {name: np.repeat(mode, starts, axis=0) for name, mode in modes.items()}
            first = ops.convert_to_numpy(
                latent.join_latents({**latent.split_latents(drawn), **columns})
            )
        return invert_generator(
            self,
            x,
            conditions=y,
            starts=starts,
            steps=steps,
            batch_size=batch_size,
            seed=seed,
            first=first,
        ).latents

    def edit(
        self,
        x: Nest,
        codes: Mapping[str, Tensor] | None = None,
        batch_size: int = 256,
        *,
        y: Nest | None = None,
        **search: int,
    ) -> np.ndarray:
        """Generates the samples of `encode(x)` with other values of some codes.

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1].
            codes: New values by name of code: `(n, columns)`, or one for all; for a categorical
                code also category numbers, `(n,)` or one. None only reconstructs.
            batch_size: Number of samples that are generated at once; the search has its own.
            y: Conditions of the samples, for a conditional model.
            **search: Further arguments of `encode`.

        Raises:
            ValueError: If a code is unknown (the message names the nearest), or its values have
                another shape or are not categories.
        """
        n = len(tree.flatten(self._checked(x))[0])
        self._columns_of_codes(codes or {}, n)  # Before the search.
        latents = self.with_codes(self.encode(x, y=y, **search), codes or {})
        inputs = (
            latents
            if self.conditions is None
            else ((latents, self._checked_conditions(y, len(latents))),)
        )
        return self.predict(in_order(inputs, batch_size), verbose=0)

    def _inferred_modes(self, samples: Nest, *conditions: Nest) -> dict[str, Tensor]:
        codes = self._codes
        parameters = codes.split_parameters(self.discriminate(samples, *conditions)["codes"])
        return {name: posterior_mode(part, parameters[name]) for name, part in codes.parts.items()}
