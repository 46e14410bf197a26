"""The interface of latent distributions."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.configuration import Configurable
from tfgan_it.memory import check_memory
from tfgan_it.seed_numbers import keras_seed
from tfgan_it.typing import Seed, Tensor

if TYPE_CHECKING:
    from tfgan_it.latents.product import Product


class Latent(Configurable, abc.ABC):
    """Distribution of a generator's input, with the posterior of a recognition head.

    One object serves the generator's input (`sample`), the recognition head
    (`posterior_params_size`, `posterior`), the information losses (`posterior_log_prob`, `entropy`)
    and the figures (`traversal`).

    Attributes:
        dimension: Number of columns of a sample.
        posterior_params_size: Number of outputs of a recognition head that describe Q(c|x).
    """

    dimension: int
    posterior_params_size: int

    def _drawn(self, batch: Tensor, seed: Seed) -> tuple[Tensor, Seed]:
        """Checks the arguments of `sample`, and returns them as `keras.random` takes them."""
        if not ops.is_tensor(batch):
            batch = check_integer(self, "batch", batch, 0)
            check_memory(f"{type(self).__name__}: batch={batch}", 4.0 * batch * self.dimension)
        return batch, keras_seed(seed)

    @abc.abstractmethod
    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws `batch` samples: float32 `(batch, dimension)`.

        `seed` is as for `keras.random`: an int, a `keras.random.SeedGenerator`, or None.
        """

    @abc.abstractmethod
    def entropy(self) -> float:
        """Returns the exact H(c) in nats; the differential entropy of a continuous latent.

        It is a number, or a scalar tensor if the distribution is learned.
        """

    @abc.abstractmethod
    def posterior_log_prob(self, code: Tensor, parameters: Tensor) -> Tensor:
        """Computes ln Q(c|x) in nats, `(batch,)`.

        Args:
            code: Samples of the latent, `(batch, dimension)`.
            parameters: Raw outputs of a recognition head, `(batch, posterior_params_size)`.
        """

    @abc.abstractmethod
    def posterior(self, parameters: Tensor) -> dict[str, Tensor]:
        """Returns the named, constrained parameters of Q(c|x), each with a leading batch axis."""

    def paths(self, steps: int) -> dict[str, tuple[slice, np.ndarray]]:
        """Returns the paths along which this latent varies, by name.

        A path is a slice of columns and their values, `(steps, columns)`. A Product has no paths;
        its parts have.
        """
        return {}

    def traversal(self, samples: Tensor, steps: int = 10) -> dict[str, np.ndarray]:
        """Varies `samples` along every code, or along the noise if there is no code.

        Args:
            samples: Samples of the latent, `(n, dimension)`.
            steps: Number of points on each continuous path; a categorical code has all categories.

        Returns:
            float32 `(n, points, dimension)` by path name, such as `category` and `style_0`.
        """
        samples = np.asarray(samples, "float32")
        varied = self.codes.parts if self.codes else self.parts
        variations, start = {}, 0
        for name, part in self.parts.items():
            for key, (columns, path) in (part.paths(steps) if name in varied else {}).items():
                values = np.repeat(samples[:, None, :], len(path), axis=1)
                values[:, :, start + columns.start : start + columns.stop] = path
                variations[f"{name}_{key}" if key else name] = values
            start += part.dimension
        return variations

    @property
    @abc.abstractmethod
    def values(self) -> str:
        """Description of a sample, such as `2 numbers in [-1, 1]`."""

    def describe(self) -> str:
        """Returns a line for each part: its name, its values and its entropy in nats.

        The parts other than `noise` are codes: `model.generate(n, codes={name: value})` sets them.
        """
        width = max(map(len, self.parts))
        return "\n".join(
            f"{name:<{width}}  {part.values}, H = {float(part.entropy()):.4f} nats"
            for name, part in self.parts.items()
        )

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """Weights of the distribution, trained by the generator's optimiser; empty by default."""
        return []

    def log_prob(self, samples: Tensor) -> Tensor:
        """Computes ln p in nats of the columns with a learned distribution, `(batch,)`; else 0."""
        return ops.zeros_like(samples[:, 0])

    @property
    def parts(self) -> dict[str, Latent]:
        """The parts by name, in the order of their columns; a plain latent is only noise."""
        return {"noise": self}

    @property
    def codes(self) -> Product | None:
        """The parts that carry information, as one latent; None without any."""
        return None

    def split_latents(self, samples: Tensor) -> dict[str, Tensor]:
        """Returns the columns of each part, by name."""
        return {"noise": samples}

    def join_latents(self, values: dict[str, Tensor]) -> Tensor:
        """Inverts `split_latents`."""
        return values["noise"]

    def codes_from_latents(self, samples: Tensor) -> Tensor:
        """Returns the columns of `codes`; without codes, an empty slice."""
        return samples[:, self.dimension :]
