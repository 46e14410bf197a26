"""What a server can be asked: the signatures of an export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import tensorflow as tf

from tfgan_it.seeds import latents_from_seeds


class Signature(NamedTuple):
    """One function that a server offers.

    Attributes:
        function: Tensors by name to float32 tensors by name.
        inputs: The `tf.TensorSpec` of each input, by name; the first axis is that of rows.
        example: One row of some inputs by name, to warm a server up with; those that are called as
            an input of another signature need none, others are 0 where they have none.
    """

    function: Callable[..., dict[str, tf.Tensor]]
    inputs: Mapping[str, tf.TensorSpec]
    example: Mapping[str, tf.Tensor] = {}


class Signatures:
    """The functions of a model that a server offers, its networks at rest.

    Each is row-wise: every input and output has a leading batch axis, also the seeds, and may be
    empty. So a server may join the requests of many clients into one batch.

    A model adds to them, or replaces some, by a method `extra_signatures()`, which gives a
    `Signature`, or its first fields as a tuple, by name; None takes one away.

    Args:
        model: A `models.GAN`.

    Attributes:
        inputs: The `tf.TensorSpec` of each input by name, for each signature that the model has.

    Raises:
        ValueError: a code that is called as an input or output of a signature is.
    """

    def __init__(self, model: Any) -> None:
        self._gan = model
        self._latent = model.latent
        self._codes = list(model.latent.codes.parts) if model.latent.codes else []
        latents = {"latents": _rows(model.latent.dimension)}
        seed = {"seed": _rows(dtype=tf.int64)}
        images = {"images": _rows(*model.sample_shape)}
        codes = {name: _rows(model.latent.parts[name].dimension) for name in self._codes}
        taken = sorted(codes.keys() & (latents | seed | images))
        if taken:
            raise ValueError(
                f"No code can be called {taken[0]!r} in an export, where it has another meaning; "
                f"the latent is {self._latent!r}."
            )
        offered = {
            "serving_default": Signature(self.serving_default, latents),
            "sample": Signature(self.sample, seed),
            "generate": Signature(self.generate, seed | codes),
            "infer_codes": Signature(self.infer_codes, images),
            "score": Signature(self.score, images),
        }
        if not codes:
            del offered["generate"]
        if not hasattr(model, "infer_codes"):
            del offered["infer_codes"]
        if model.samples_per_logit > 1:  # Rows of a server's batch have nothing to do with another.
            del offered["score"]
        if hasattr(model, "extra_signatures"):
            offered |= model.extra_signatures()
        self._offered = {
            name: Signature(*offer) for name, offer in offered.items() if offer is not None
        }
        self.inputs = {name: dict(offer.inputs) for name, offer in self._offered.items()}

    def serving_default(self, latents: tf.Tensor) -> dict[str, tf.Tensor]:
        """The image of each latent."""
        return {"images": tf.cast(self._gan(latents), tf.float32)}

    def sample(self, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The image of each seed, `model.generate(1, seed)`, and its codes by name."""
        latents = self._draw(seed)
        parts = self._latent.split_latents(latents)
        return self.serving_default(latents) | {name: parts[name] for name in self._codes}

    def generate(self, seed: tf.Tensor, **codes: tf.Tensor) -> dict[str, tf.Tensor]:
        """The image of each row of codes, with the noise of the seed."""
        parts = self._latent.split_latents(self._draw(seed))
        return self.serving_default(self._latent.join_latents(parts | codes))

    def infer_codes(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """The parameters of Q(c|x) by name, for images in [-1, 1]."""
        return self._latent.codes.posterior(self._gan.discriminate(images)["codes"])

    def score(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """The discriminator's logit on each image in [-1, 1]; high means real."""
        return {"logit": self._gan.discriminate(images)["logits"]}

    def trace(self) -> dict[str, Any]:
        """The concrete function of each signature, by name."""
        return {
            name: tf.function(_with_a_row(offer.function), autograph=False).get_concrete_function(
                **offer.inputs
            )
            for name, offer in self._offered.items()
        }

    def examples(self) -> dict[str, dict[str, tf.Tensor]]:
        """One row of inputs for each signature, as the model itself draws them."""
        seed = tf.zeros(1, tf.int64)
        latents = self._draw(seed)
        values = {"seed": seed, "latents": latents} | self._latent.split_latents(latents)
        values |= self.serving_default(latents)

        def row(spec: tf.TensorSpec) -> tf.Tensor:
            return tf.zeros((1, *spec.shape[1:]), spec.dtype)

        return {
            signature: {
                name: (values | dict(offer.example)).get(name, row(spec))
                for name, spec in offer.inputs.items()
            }
            for signature, offer in self._offered.items()
        }

    def _draw(self, seed: tf.Tensor) -> tf.Tensor:
        return latents_from_seeds(self._latent, seed, tf.zeros_like(seed))


def _rows(*shape: int, dtype: tf.DType = tf.float32) -> tf.TensorSpec:
    return tf.TensorSpec((None, *shape), dtype)


def _with_a_row(function: Callable[..., dict[str, tf.Tensor]]) -> Callable[..., Any]:
    """`function`, made to see one row where there is none, and to answer with none.

    On an empty batch, the Conv2D of TensorFlow with oneDNN gives the shape of its input, on which
    the next layer fails.
    """

    def call(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = tf.shape(next(iter(inputs.values())))[0]
        missing = tf.maximum(1 - rows, 0)
        padded = {
            name: tf.concat([x, tf.zeros((missing, *x.shape[1:]), x.dtype)], axis=0)
            for name, x in inputs.items()
        }
        return {name: y[:rows] for name, y in function(**padded).items()}

    return call
