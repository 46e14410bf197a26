"""Models whose generator translates samples of one domain into those of another."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from tfgan_it.checks import check_integer
from tfgan_it.datasets.images import as_array, check_images
from tfgan_it.errors import unknown_name
from tfgan_it.export.signatures import Signature
from tfgan_it.models.gan import GAN
from tfgan_it.models.network_outputs import symbolic
from tfgan_it.typing import Nest, Tensor

OTHER = {"a": "b", "b": "a"}


class Translator(GAN):
    """A GAN of samples `{"a": x_a, "b": x_b}`, whose generator takes such a dict.

    The subclass sets `domains`, the shape of a sample of each, and `targets`, the domains that
    samples are translated to.
    """

    takes_conditions = takes_latents = False
    targets: tuple[str, ...] = ("b",)
    domains: dict[str, tuple[int, ...]]

    def translate(self, x: Tensor, to: str = "b", batch_size: int = 256) -> np.ndarray:
        """Translates samples to the other domain, float32 `(n, ...)`.

        Args:
            x: Samples `(n, ...)`, uint8, or float in [-1, 1]: of a for `to="b"`, of b for `to="a"`.
            to: Domain of the result.
            batch_size: Number of samples in a batch.

        Raises:
            ValueError: If the domain is unknown, or samples have another shape.
        """
        if to not in self.targets:
            raise unknown_name("domain", to, self.targets)
        batch_size = check_integer("", "batch_size", batch_size, 1)
        x = as_array("images", x)
        check_images(x, self.domains[OTHER[to]], value_range=self.value_range)
        parts = [
            self._translated(to, self.scale(x[start : start + batch_size]))
            for start in range(0, len(x), batch_size)
        ]
        return np.concatenate([ops.convert_to_numpy(part) for part in parts])

    def extra_signatures(self) -> dict[str, Any]:
        """Signatures of an export, of images in the range: `translate`, or one for each domain."""

        def signature(to: str) -> Signature:
            images = {"images": tf.TensorSpec((None, *self.domains[OTHER[to]]), tf.float32)}
            return Signature(
                lambda images: {"images": self._translated(to, images)}, images, samples=("images",)
            )

        if len(self.targets) == 1:
            return {"translate": signature(self.targets[0])}
        return {f"translate_to_{to}": signature(to) for to in self.targets}

    def _translated(self, to: str, x: Tensor) -> Tensor:
        """Translates with the averaged weights, if the model has them."""
        other = ops.zeros((ops.shape(x)[0], *self.domains[to]))
        return self.call_generator({to: other, OTHER[to]: x})["samples"][to]

    def _generator_input(self) -> Nest:
        return symbolic(self.domains)
