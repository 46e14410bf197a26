"""A pool of earlier generated samples for the discriminator."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops, tree

from tfgan_it.checks import check_integer
from tfgan_it.distribution import all_gather, replica_index
from tfgan_it.terms import BuiltGAN, Part
from tfgan_it.typing import Draw, Nest


@keras.saving.register_keras_serializable(package="tfgan_it")
class ImagePool(Part):
    """Replaces half of the generated samples by samples of earlier steps.

    Each position of the global batch of B samples owns floor(`size` / B) entries. With probability
    1/2 its sample is exchanged with one of them, chosen uniformly. The first samples of training
    fill the pool and are not exchanged. Of a batch larger than the pool the first `size` samples
    take part.

    Args:
        size: Number of samples of each domain in the pool.
        **kwargs: As for `keras.layers.Layer`.

    Raises:
        ValueError: If the size is below 1.

    Source: Shrivastava et al., 2017, "Learning from Simulated and Unsupervised Images through
    Adversarial Training"; the exchange after Zhu et al., 2017, "Unpaired Image-to-Image Translation
    using Cycle-Consistent Adversarial Networks", who treat the samples of a batch one after the
    other.
    """

    def __init__(self, size: int = 50, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = check_integer(self, "size", size, 1)

    def build_for(self, model: BuiltGAN) -> None:
        """Creates the entries of the pool in the shape of the model's samples."""
        if hasattr(self, "filled"):
            return
        self.filled = self.add_state("filled", dtype="int32")
        shapes = model.sample_shape
        shapes = shapes if isinstance(shapes, dict) else {"samples": shapes}
        self.entries = {
            name: self.add_state(f"entries_{name}", shape=(self.size, *shape))
            for name, shape in shapes.items()
        }

    def exchange(self, samples: Nest, draw: Draw) -> Nest:
        """Exchanges samples with the pool, and returns those for the discriminator.

        Args:
            samples: Generated samples of this replica, `(n, ...)`, or a dict of them by domain.
            draw: As for `Runtime.draw`.

        Returns:
            Samples of the same shapes and dtypes.
        """
        single = not isinstance(samples, dict)
        samples = {"samples": samples} if single else samples
        n = ops.shape(tree.flatten(samples)[0])[0]
        # Every replica updates the same pool with the samples of all replicas.
        numbers = all_gather(draw(lambda rows, seed: keras.random.uniform((rows, 2), seed=seed)))
        total = ops.shape(numbers)[0]
        total = min(total, self.size) if isinstance(total, int) else ops.minimum(total, self.size)
        numbers = numbers[:total]
        used = self.size // total * total  # Every position has the same number of entries.
        full = self.filled >= used
        index = ops.arange(total)
        entry = ops.cast(numbers[:, 1] * ops.cast(self.size // total, "float32"), "int32")
        position = ops.where(
            full, index + total * entry, ops.minimum(self.filled, used - total) + index
        )
        swapped = ops.logical_and(full, numbers[:, 0] < 0.5)
        outputs = {}
        for name, new in samples.items():
            whole, entries = all_gather(ops.cast(new, "float32")), self.entries[name]
            gathered = whole[:total]
            old = ops.take(entries, position, axis=0)
            swap = ops.reshape(swapped, (-1, *[1] * (len(new.shape) - 1)))
            stored = ops.where(ops.logical_or(swap, ops.logical_not(full)), gathered, old)
            mixed = ops.concatenate([ops.where(swap, old, gathered), whole[total:]])
            entries.assign(ops.scatter_update(entries, position[:, None], stored))
            first = replica_index() * n
            outputs[name] = ops.cast(mixed[first : first + n], new.dtype)
        self.filled.assign(ops.minimum(self.filled + total, used))
        return outputs["samples"] if single else outputs
