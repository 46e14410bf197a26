"""A categorical code."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tfgan_it.checks import check_integer, shown
from tfgan_it.information import categorical_log_prob, shannon_entropy
from tfgan_it.latents.latent import Latent
from tfgan_it.memory import check_memory
from tfgan_it.row_seeds import uniform
from tfgan_it.typing import Seed, Tensor


@keras.saving.register_keras_serializable(package="tfgan_it")
class Categorical(Latent):
    """c ~ Cat(p), one-hot, with H(c) = -sum_k p_k ln p_k nats (ln K if p is uniform).

    The recognition head outputs K logits.

    Args:
        categories: Number K of categories.
        probabilities: Probabilities p, K numbers that sum to 1; None for a uniform p.

    Example:

    >>> code = Categorical(10)
    >>> round(code.entropy(), 4)
    2.3026
    >>> code.sample(4, seed=0).shape.as_list()
    [4, 10]
    """

    def __init__(self, categories: int, probabilities: Sequence[float] | None = None) -> None:
        self.categories = check_integer(self, "categories", categories, 1)
        check_memory(f"{type(self).__name__}: categories={self.categories}", 8 * self.categories)
        self.dimension = self.posterior_params_size = self.categories
        self.probabilities = None
        if probabilities is not None:
            p = np.asarray(probabilities)
            if p.dtype.kind not in "fiu":
                raise ValueError(
                    f"{type(self).__name__}: probabilities must be {self.categories} numbers, got "
                    f"{shown(probabilities)}."
                )
            p = p.astype("float64")
            if p.shape != (self.categories,) or not (np.all(p >= 0) and abs(p.sum() - 1) < 1e-6):
                raise ValueError(
                    f"Categorical: probabilities must be {self.categories} numbers of at least 0 "
                    f"that sum to 1, got {np.array2string(p, threshold=10)}."
                )
            exact = abs(p.sum() - 1) < 1e-12
            self.probabilities = [float(value) for value in (p if exact else p / p.sum())]

    @property
    def values(self) -> str:
        """Range of the categories."""
        return f"a category from 0 to {self.categories - 1}"

    @property
    def _p(self) -> np.ndarray:
        uniform = np.full(self.categories, 1 / self.categories)
        return uniform if self.probabilities is None else np.asarray(self.probabilities)

    def sample(self, batch: int, seed: Seed = None) -> Tensor:
        """Draws one-hot categories, `(batch, categories)`, float32."""
        batch, seed = self._drawn(batch, seed)
        # Comparing one uniform number with the cumulative sum draws from p exactly. An empty batch
        # and a p with zeros need no special case.
        u = uniform(batch, 1, seed=seed)
        edges = ops.convert_to_tensor(np.cumsum(self._p)[None, :-1].astype("float32"))
        index = ops.sum(ops.cast(u >= edges, "int32"), axis=-1)
        return ops.one_hot(index, self.categories, dtype="float32")

    def entropy(self) -> float:
        """Returns H(c) in nats."""
        return float(shannon_entropy(self._p))

    def posterior_log_prob(self, code: Tensor, parameters: Tensor) -> Tensor:
        """Computes sum_k c_k ln softmax(parameters)_k, nats, `(batch,)`."""
        return categorical_log_prob(ops.cast(code, "float32"), ops.cast(parameters, "float32"))

    def posterior(self, parameters: Tensor) -> dict[str, Tensor]:
        """Returns `probabilities`, `(batch, categories)`."""
        return {"probabilities": ops.softmax(ops.cast(parameters, "float32"), axis=-1)}

    def paths(self, steps: int) -> dict[str, tuple[slice, np.ndarray]]:
        """Returns a path over all categories; `steps` is ignored."""
        return {"": (slice(0, self.categories), np.eye(self.categories, dtype="float32"))}
