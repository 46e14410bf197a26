"""A product of independent latents: noise, and codes that carry information."""

from __future__ import annotations

import keras
from keras import ops

from tfgan_it.checks import check_name
from tfgan_it.latents.latent import Latent
from tfgan_it.seed_numbers import seeds_of_parts
from tfgan_it.typing import Seed, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Product(Latent):
    """Independent named parts, concatenated in their order, `noise` first.

    H is the sum of the parts' entropies, ln Q the sum of their log-probabilities. The part named
    `noise` carries no information; every other part is a code, which a recognition head recovers.

    Args:
        noise: Latent of the noise; None for only codes.
        **codes: Latent of each code, by name.

    Example: the latent of InfoGAN on MNIST.

    >>> from tfgan_it.latents import Categorical, Normal, Uniform
    >>> latent = Product(noise=Normal(62), category=Categorical(10), style=Uniform(2))
    >>> latent.dimension, latent.codes.posterior_params_size
    (74, 14)
    >>> sorted(latent.split_latents(latent.sample(3, seed=0)))
    ['category', 'noise', 'style']
    >>> print(latent.describe())
    noise     62 numbers ~ N(0, 1), H = 87.9742 nats
    category  a category from 0 to 9, H = 2.3026 nats
    style     2 numbers in [-1, 1], H = 1.3863 nats
    """

    def __init__(self, noise: Latent | None = None, **codes: Latent) -> None:
        parts = {"noise": noise} if noise is not None else {}
        parts.update(codes)
        if not parts:
            raise ValueError("Product: give at least one part, such as noise=Normal(62).")
        for name, part in parts.items():
            check_name(self, "a part's name", name)
            if not isinstance(part, Latent) or isinstance(part, Product):
                raise ValueError(
                    f"Product: part {name!r} must be Normal, Uniform or Categorical, got {part!r}."
                )
        self._parts = parts
        self.dimension = sum(part.dimension for part in parts.values())
        self.posterior_params_size = sum(part.posterior_params_size for part in parts.values())

    @property
    def parts(self) -> dict[str, Latent]:
        """The parts by name, in the order of their columns."""
        return dict(self._parts)

    @property
    def values(self) -> str:
        """Description of the values of each part."""
        return "; ".join(f"{name}: {part.values}" for name, part in self._parts.items())

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """Weights of all parts."""
        return [v for part in self._parts.values() for v in part.trainable_variables]

    def log_prob(self, samples: Tensor) -> Tensor:
        """Computes the sum of ln p over the parts, `(batch,)`."""
        columns = self.split_latents(samples)
        return sum(part.log_prob(columns[name]) for name, part in self._parts.items())

    @property
    def codes(self) -> Product | None:
        """All parts but `noise`; None without codes."""
        codes = {name: part for name, part in self._parts.items() if name != "noise"}
        return Product(**codes) if codes else None

    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws `(batch, dimension)`, float32; the parts have independent random streams."""
        batch, _ = self._drawn(batch, seed)
        seeds = seeds_of_parts(seed, len(self._parts))
        samples = [
            part.sample(batch, seed) for part, seed in zip(self._parts.values(), seeds, strict=True)
        ]
        return ops.concatenate(samples, axis=-1)

    def split_latents(self, samples: Tensor) -> dict[str, Tensor]:
        """Returns the columns of each part, by name."""
        return self._columns(samples, "dimension")

    def codes_from_latents(self, samples: Tensor) -> Tensor:
        """Returns the columns of all parts but `noise`: samples of `codes`."""
        noise = self._parts.get("noise")
        return samples[:, noise.dimension :] if noise else samples

    def split_parameters(self, parameters: Tensor) -> dict[str, Tensor]:
        """Returns the recognition head's outputs for each part, by name."""
        return self._columns(parameters, "posterior_params_size")

    def join_latents(self, values: dict[str, Tensor]) -> Tensor:
        """Inverts `split_latents`."""
        return ops.concatenate([values[name] for name in self._parts], axis=-1)

    def entropies(self) -> dict[str, float]:
        """Returns H of each part in nats, by name."""
        return {name: part.entropy() for name, part in self._parts.items()}

    def entropy(self) -> float:
        """Returns the sum of the parts' entropies in nats."""
        return sum(self.entropies().values())

    def posterior_log_probs(self, code: Tensor, parameters: Tensor) -> dict[str, Tensor]:
        """Computes ln Q of each part in nats, `(batch,)`, by name."""
        codes, parameters = self.split_latents(code), self.split_parameters(parameters)
        return {
            name: part.posterior_log_prob(codes[name], parameters[name])
            for name, part in self._parts.items()
        }

    def posterior_log_prob(self, code: Tensor, parameters: Tensor) -> Tensor:
        """Computes the sum of ln Q over the parts in nats, `(batch,)`."""
        return sum(self.posterior_log_probs(code, parameters).values())

    def posterior(self, parameters: Tensor) -> dict[str, Tensor]:
        """Returns all posteriors: `category_probabilities`, `style_mean`, `style_scale`."""
        parameters = self.split_parameters(parameters)
        return {
            f"{name}_{key}": value
            for name, part in self._parts.items()
            for key, value in part.posterior(parameters[name]).items()
        }

    def _columns(self, values: Tensor, width: str) -> dict[str, Tensor]:
        columns, start = {}, 0
        for name, part in self._parts.items():
            stop = start + getattr(part, width)
            columns[name] = values[:, start:stop]
            start = stop
        return columns
