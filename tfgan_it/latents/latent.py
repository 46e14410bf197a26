"""What every latent distribution can do."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING

import keras
import numpy as np
from keras import ops

from tfgan_it.configuration import Configurable
from tfgan_it.typing import Seed, Tensor

if TYPE_CHECKING:
    from tfgan_it.latents.product import Product


class Latent(Configurable, abc.ABC):
    """A distribution that feeds a generator, and that a recognition head can be asked about.

    One object serves the generator's input (`sample`), the recognition head
    (`posterior_params_size`, `posterior`), the information losses (`posterior_log_prob`, `entropy`)
    and the pictures (`traversal`).

    Attributes:
        dimension: Number of columns of a sample.
        posterior_params_size: Number of outputs a recognition head needs to describe Q(c|x).
    """

    dimension: int
    posterior_params_size: int

    @abc.abstractmethod
    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws `batch` samples: float32 `(batch, dimension)`.

        `seed` is what `keras.random` takes: an int, a `keras.random.SeedGenerator`, or None.
        """

    @abc.abstractmethod
    def entropy(self) -> float:
        """H(c) in nats, exact; differential where the latent is continuous.

        A number, or a scalar tensor where the distribution is learned.
        """

    @abc.abstractmethod
    def posterior_log_prob(self, code: Tensor, parameters: Tensor) -> Tensor:
        """ln Q(c|x) in nats, `(batch,)`.

        Args:
            code: `(batch, dimension)`, drawn by `sample`.
            parameters: `(batch, posterior_params_size)`, raw outputs of a recognition head.
        """

    @abc.abstractmethod
    def posterior(self, parameters: Tensor) -> dict[str, Tensor]:
        """The named, constrained parameters of Q(c|x), each with a leading batch axis."""

    def paths(self, steps: int) -> dict[str, tuple[slice, np.ndarray]]:
        """The ways in which this latent alone can vary, by name.

        Each is the columns that vary and their values along the path, `(steps, columns)`. A
        Product has none of its own; its parts have.
        """
        return {}

    def traversal(self, samples: Tensor, steps: int = 10) -> dict[str, np.ndarray]:
        """Variations of `samples` along every code (along the noise where there is no code).

        Args:
            samples: `(rows, dimension)`, drawn by `sample`.
            steps: Points on each continuous path; a categorical code shows every category.

        Returns:
            float32 `(rows, points, dimension)` by path name, such as `category` and `style_0`.
        """
        samples = np.asarray(samples, "float32")
        varied = self.codes.parts if self.codes else self.parts
        variations, start = {}, 0
        for name, part in self.parts.items():
            for key, (columns, path) in (part.paths(steps) if name in varied else {}).items():
                rows = np.repeat(samples[:, None, :], len(path), axis=1)
                rows[:, :, start + columns.start : start + columns.stop] = path
                variations[f"{name}_{key}" if key else name] = rows
            start += part.dimension
        return variations

    @property
    @abc.abstractmethod
    def values(self) -> str:
        """What a sample is, in words, such as `2 numbers in [-1, 1]`."""

    def describe(self) -> str:
        """One line for each part: its name, what its values are, and its entropy in nats.

        The parts other than `noise` are codes: `model.generate(n, codes={name: value})` sets them.
        """
        width = max(map(len, self.parts))
        return "\n".join(
            f"{name:<{width}}  {part.values}, H = {float(part.entropy()):.4f} nats"
            for name, part in self.parts.items()
        )

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """Weights of the distribution itself, moved by the generator's optimiser; mostly none."""
        return []

    def log_prob(self, samples: Tensor) -> Tensor:
        """ln p in nats of what `samples` have of a learned distribution, `(batch,)`; else 0."""
        return ops.zeros_like(samples[:, 0])

    @property
    def parts(self) -> dict[str, Latent]:
        """The named parts in the order of their columns; a plain latent is all noise."""
        return {"noise": self}

    @property
    def codes(self) -> Product | None:
        """The parts that carry information, as one latent; None where there are none."""
        return None

    def split_latents(self, samples: Tensor) -> dict[str, Tensor]:
        """The columns of each part, by name."""
        return {"noise": samples}

    def join_latents(self, values: dict[str, Tensor]) -> Tensor:
        """The inverse of `split_latents`."""
        return values["noise"]

    def codes_from_latents(self, samples: Tensor) -> Tensor:
        """The columns of `codes`; none where there are none."""
        return samples[:, self.dimension :]
